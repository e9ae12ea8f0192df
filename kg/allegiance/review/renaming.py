"""Find the claims that only got another id: content and passage are the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from allegiance.review.records import ClaimRecord, Side, Term

__all__ = ["Renaming", "find_renamed"]


@dataclass(frozen=True, slots=True)
class Renaming:
    """Hold the new name of each claim that got one, and the new name of each node that did."""

    claims: Mapping[str, str]
    nodes: Mapping[Term, Term]

    def claim(self, name: str) -> str:
        """Return a claim's name after the change."""
        return self.claims.get(name, name)


def find_renamed(before: Side, after: Side) -> Renaming:
    """Pair the claims that only one side has.

    A statement proposes another claim by its name, so that pairs found in one round can make
    further ones in the next.
    """
    gone = {name: before.claims[name] for name in before.claims.keys() - after.claims.keys()}
    new = {name: after.claims[name] for name in after.claims.keys() - before.claims.keys()}
    claims: dict[str, str] = {}
    nodes: dict[Term, Term] = {}
    while True:
        pairs = _pairs(gone.values(), new.values(), nodes)
        if not pairs:
            return Renaming(claims, nodes)
        for old, other in pairs:
            claims[old.name] = other.name
            nodes[old.iri] = other.iri
            if old.content != other.content:
                nodes[old.content] = other.content
            del gone[old.name], new[other.name]


def _pairs(
    gone: Iterable[ClaimRecord], new: Iterable[ClaimRecord], nodes: Mapping[Term, Term]
) -> list[tuple[ClaimRecord, ClaimRecord]]:
    """Pair claims of like content, in the order of their names where several are alike."""
    waiting: dict[object, list[ClaimRecord]] = {}
    for claim in sorted(gone, key=lambda claim: claim.name, reverse=True):
        waiting.setdefault(_content(claim.with_names(nodes)), []).append(claim)
    ordered = sorted(new, key=lambda claim: claim.name)
    found = ((waiting.get(_content(claim)), claim) for claim in ordered)
    return [(alike.pop(), claim) for alike, claim in found if alike]


def _content(claim: ClaimRecord) -> object:
    return frozenset(claim.said.items()), claim.passages
