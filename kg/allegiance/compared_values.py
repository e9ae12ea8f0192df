"""Find things with so many values of a property that shapes could not compare them in time.

A shape that puts two properties in order looks at every pair of their values, and pySHACL needs
about 0.3 ms for each pair: two thousand dates of one event would take it twenty minutes.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from allegiance.finding import Finding
from allegiance.limits import shortened
from allegiance.namespaces import compact, term

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from pyoxigraph import NamedNode

    from allegiance.build import PlacedQuad
    from allegiance.finding import Place

__all__ = ["COMPARED", "MAX_COMPARED", "crowded_values"]

COMPARED: Final = frozenset(
    term(name)
    for name in (
        *("oa:start", "oa:end", "al:captureStart", "al:captureEnd", "al:heldFrom", "al:heldUntil"),
        *("al:lowValue", "al:highValue", "al:earliestPublished", "al:latestPublished"),
        *("al:earliestDate", "al:latestDate", "al:earliestStart", "al:latestStart"),
        *("al:earliestEnd", "al:latestEnd"),
    )
)
# Sources differ about when something happened, but not in so many ways.
MAX_COMPARED: Final = 50


def crowded_values(
    placed: Iterable[PlacedQuad],
    most: int = MAX_COMPARED,
    predicates: AbstractSet[NamedNode] | None = COMPARED,
) -> Iterator[Finding]:
    """Give a finding for each property of a thing that has too many different values.

    It stands at the first value too many. `predicates` are those looked at; None: all.
    """
    values: dict[tuple[object, object], dict[object, Place]] = defaultdict(dict)
    for quad, place in placed:
        if predicates is None or quad.predicate in predicates:
            values[quad.subject, quad.predicate].setdefault(quad.object, place)
    for (subject, predicate), found in values.items():
        if len(found) > most:
            name = shortened(compact(str(subject)[1:-1]))
            message = (
                f"{compact(str(predicate)[1:-1])} of {name} has {len(found)} different values."
            )
            remedy = f"Give it {most} at most; what differs so much is several things."
            yield Finding(tuple(found.values())[most], "integrity/many-values", message, remedy)
