"""Find who is said to say what within a sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allegiance.drafting.clauses import Clause, Grammar, Masked
    from allegiance.drafting.lexicon import Lexicon, Trigger
    from allegiance.drafting.mentions import Mention

__all__ = ["Speech", "quoted_spans", "speeches"]

_NAME = r"(?:[Tt]he )?[\ue000-\uf8ff]"
_BOUNDARY = (
    r"(?=$|[.,;:”\"]| (?:in|on|at|after|during|when|while|as|who|to|told|said|late|earlier)\b)"
)
_ACCORDING = re.compile(rf"\b[Aa]ccording to (?:(?P<speaker>{_NAME}){_BOUNDARY})?")
_INVERTED = re.compile(rf"(?: on \w+day)? (?P<speaker>{_NAME}){_BOUNDARY}")
_QUOTED = re.compile(r"“[^“”]*(?:”|$)|^[^“”]*”|\"[^\"]*(?:\"|$)")


@dataclass(frozen=True, slots=True)
class Speech:
    """Hold who says something, and the part of the sentence that gives what is said.

    Offsets are those of the masked text. No speakers: whoever speaks is not in the register.
    `verb` is where the verb stands, None for "according to".
    """

    speakers: tuple[Mention, ...]
    scope: range
    trigger: Trigger | None
    verb: range | None


def speeches(masked: Masked, grammar: Grammar, lexicon: Lexicon) -> tuple[Speech, ...]:
    """Find all acts of saying in a sentence, also those whose speaker nobody knows."""
    found = list(_according(masked))
    for trigger in (*(each for each in lexicon.triggers if each.contains), lexicon.saying):
        clauses = {clause.verb: clause for clause in grammar.clauses(masked, trigger)}
        for verb in grammar.verbs(masked, trigger):
            speech = _speech(masked.text, verb, trigger, clauses.get(verb), masked)
            if speech is not None:
                found.append(speech)
    return tuple(found)


def quoted_spans(text: str) -> Sequence[range]:
    """Return the parts of a text between quotation marks, or from or to one that stands alone.

    >>> quoted_spans('He said "no" twice.')
    [range(8, 12)]
    """
    return [range(*match.span()) for match in _QUOTED.finditer(text)]


def _speech(
    text: str, verb: range, trigger: Trigger, clause: Clause | None, masked: Masked
) -> Speech | None:
    if any(verb.start in span for span in quoted_spans(text)):
        return None
    inverted = _INVERTED.match(text, verb.stop) if clause is None else None
    if clause is not None:
        speakers, start = clause.subjects, clause.start
    elif inverted is not None and _ends_what_is_said(text[: verb.start]):
        speakers, start = masked.named(inverted["speaker"]), verb.start
    elif trigger.name == "speaks" or text[verb.start : verb.stop].endswith("ed"):
        # Nobody is left to whom the sentence could be attributed, and all of it may be said.
        return Speech((), range(len(text)), trigger, verb)
    else:
        # "Demands" and "pledges" may be nouns.
        return None
    before = text[:start]
    scope = range(start) if _ends_what_is_said(before) else range(verb.stop, len(text))
    return Speech(speakers, scope, trigger, verb)


def _ends_what_is_said(before: str) -> bool:
    """Tell whether a text ends as reported speech does before its speaker: by comma or quote."""
    return len(before.split()) > 1 and before.rstrip().endswith((",", "”", '"', ",'"))


def _according(masked: Masked) -> Iterator[Speech]:
    for match in _ACCORDING.finditer(masked.text):
        named = match["speaker"]
        first = match.start() == 0
        scope = range(match.end(), len(masked.text)) if first else range(match.start())
        yield Speech(masked.named(named) if named else (), scope, None, None)
