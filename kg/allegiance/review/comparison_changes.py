"""Say which comparisons between claims are new and which are gone: contradictions, updates, ..."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from allegiance.review.change import Change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allegiance.review.records import ComparedPair, Side
    from allegiance.review.renaming import Renaming
    from allegiance.review.wording import Wording

__all__ = ["comparison_changes"]

# In the order in which they call for a reviewer.
_VERBS = {
    "Contradiction": "contradicts",
    "Divergence": "diverges from",
    "Update": "updates",
    "Corroboration": "corroborates",
    "Realisation": "realises",
}
_DIRECTED = frozenset({"Update", "Realisation"})


def comparison_changes(
    before: Side, after: Side, renaming: Renaming, was: Wording, now: Wording
) -> Iterator[Change]:
    """Give the comparisons that come and go; one between renamed claims stays what it was."""
    earlier = {_renamed(pair, renaming): pair for pair in before.comparisons}
    for kind, verb in _VERBS.items():
        for pair in sorted(after.comparisons - earlier.keys()):
            if pair.kind == kind:
                yield _change(pair, f"New {kind.lower()}", verb, now, "added")
        for known, pair in sorted(earlier.items()):
            if pair.kind == kind and known not in after.comparisons:
                yield _change(pair, f"No longer a {kind.lower()}", verb, was, "removed")


def _renamed(pair: ComparedPair, renaming: Renaming) -> ComparedPair:
    names = [renaming.claim(pair.first), renaming.claim(pair.second)]
    first, second = names if pair.kind in _DIRECTED else sorted(names)
    return replace(pair, first=first, second=second)


def _change(pair: ComparedPair, lead: str, verb: str, wording: Wording, action: str) -> Change:
    axis = f" ({pair.axis})" if pair.axis else ""
    sentence = f"{lead}{axis}: {wording.told(pair.first)} {verb} {wording.told(pair.second)}."
    return Change("comparison", action, f"{pair.kind} {pair.first} {pair.second}", sentence)
