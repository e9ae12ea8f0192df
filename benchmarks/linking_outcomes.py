"""Hold what was asked and what came out, and count it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from allegiance.reconciliation import Query

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from allegiance.reconciliation import Matcher

__all__ = ["Mention", "Outcome", "asked", "matched", "shares"]


@dataclass(frozen=True, slots=True)
class Mention:
    """Hold a name as a text writes it, what it should lead to, and from what it was taken.

    `gold` is empty where nobody has found the item; of a metonym, what it stands for in any row
    (the Kremlin: Russia, and its government). `sort` is label, alias or metonym.
    """

    text: str
    type: str | None
    gold: frozenset[str]
    sort: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold what one method gave for a mention: ids, best first, and whether it was sure."""

    mention: Mention
    found: tuple[str, ...]
    match: bool
    reason: str = ""


def asked(matcher: Matcher, mention: Mention, type_name: str | None) -> Outcome:
    """Ask the matcher for one mention."""
    candidates = matcher.candidates(Query(mention.text, type=type_name, limit=5))
    first = candidates[0] if candidates else None
    ids = tuple(each.entity.id for each in candidates)
    return Outcome(mention, ids, first is not None and first.match, first.reason if first else "")


def shares(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """Count hits among the first and the first five, wrong firsts, and empty answers."""
    total = len(outcomes) or 1
    first = sum(not each.mention.gold.isdisjoint(each.found[:1]) for each in outcomes)
    five = sum(not each.mention.gold.isdisjoint(each.found[:5]) for each in outcomes)
    none = sum(not each.found for each in outcomes)
    return {
        "mentions": str(len(outcomes)),
        "hit@1": f"{first / total:.2f}",
        "hit@5": f"{five / total:.2f}",
        "wrong@1": f"{(len(outcomes) - first - none) / total:.2f}",
        "none": f"{none / total:.2f}",
    }


def matched(outcomes: Iterable[Outcome]) -> dict[str, str]:
    """Count matches, and those of them that are wrong."""
    matches = [each for each in outcomes if each.match]
    wrong = sum(each.found[0] not in each.mention.gold for each in matches)
    share = f"{wrong / len(matches):.1%}" if matches else "no match"
    return {"match: true": str(len(matches)), "of these wrong": f"{wrong} ({share})"}
