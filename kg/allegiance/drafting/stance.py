"""Read how a sentence puts a claim forward: as a fact, a possibility, a forecast, a demand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allegiance.drafting.clauses import Clause
    from allegiance.drafting.lexicon import Lexicon

__all__ = ["Stance", "has_condition", "stance_of"]


@dataclass(frozen=True, slots=True)
class Stance:
    """Hold status and polarity, with the words that weaken the claim (`hedge`).

    `doubted`: the text reports from hearsay and names nobody ("reportedly").
    """

    status: str = "asserted"
    negated: bool = False
    certainty: str | None = None
    hedge: str | None = None
    doubted: bool = False


def stance_of(clause: Clause, sentence: str, lexicon: Lexicon) -> Stance:
    """Read the words between subject and verb, and for what is no statement the sentence's if."""
    between = clause.between.lower().replace("\u2019", "'")
    negated = any(_holds(between, word) for word in lexicon.negation) or "n't" in between
    doubted = any(_holds(sentence.lower(), word) for word in lexicon.doubt)
    for modal in sorted(lexicon.modals, key=lambda found: -len(found.words)):
        if _holds(between, modal.words) or _contracted(between, modal.words):
            status, certainty, hedge = modal.status, modal.certainty, modal.words
            break
    else:
        status, certainty, hedge = "asserted", None, None
    if clause.trigger.frame != "statement" and has_condition(sentence, lexicon):
        status = "hypothetical"
    return Stance(status, negated, certainty, hedge, doubted)


def has_condition(sentence: str, lexicon: Lexicon) -> bool:
    """Tell whether a sentence states an if."""
    words = sentence.lower()
    return any(_holds(words, word) for word in lexicon.condition) or words.startswith("should ")


def _holds(text: str, words: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(words)}(?![\w-])", text) is not None


def _contracted(text: str, modal: str) -> bool:
    return f"{modal}n't" in text or (modal == "will" and "won't" in text)
