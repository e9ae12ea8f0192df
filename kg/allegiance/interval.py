"""Say when a claim's content is said to hold, so that two claims can be compared in time.

Two intervals are kept apart: within `certain` the content holds if the claim is right; outside
`possible` it does not. A claim without a date of its own holds for certain when it was published.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allegiance.dates import Bounds, bounds_of
from allegiance.document import read_date

if TYPE_CHECKING:
    from allegiance.document import Claim, SourceDocument

__all__ = ["Interval", "Validity", "validity_of"]

_BEGINNING = datetime.date.min
_END = datetime.date.max


@dataclass(frozen=True, slots=True)
class Interval:
    """Hold the first and the last day of an interval, both inclusive."""

    first: datetime.date
    last: datetime.date

    def overlaps(self, other: Interval) -> bool:
        """Tell whether two intervals share a day.

        >>> day = datetime.date
        >>> Interval(day(2024, 1, 1), day(2024, 2, 1)).overlaps(Interval(day(2024, 2, 1), day.max))
        True
        """
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, slots=True)
class Validity:
    """Hold the interval in which a claim's content surely holds, and the one in which it may."""

    certain: Interval
    possible: Interval


def validity_of(claim: Claim, document: SourceDocument) -> Validity:
    """Derive a claim's validity from its dates and from the publication of its document."""
    published = _published(document)
    date = _bounds(claim, "date")
    if date is not None:
        first = date.earliest or _BEGINNING
        # An open end reaches to the publication; of what lies ahead, no more than its first day.
        interval = Interval(first, date.latest or max(first, published.last))
        return Validity(interval, interval)
    since, until = _bounds(claim, "since"), _bounds(claim, "until")
    possible = Interval(
        (since.earliest if since else None) or _BEGINNING,
        (until.latest if until else None) or _END,
    )
    return Validity(_certain(since, until, published), possible)


def _certain(since: Bounds | None, until: Bounds | None, published: Interval) -> Interval:
    """Reach from the day by which a tie had begun to the day until which it surely lasted."""
    if until is not None:
        last = until.earliest or until.latest or published.last
        first = (since.latest if since else None) or last
        return Interval(min(first, last), last)
    first = (since.latest if since else None) or published.first
    return Interval(min(first, published.first), published.last)


def _published(document: SourceDocument) -> Interval:
    """Return when a document first appeared, as far as any of its publications says."""
    for publication in document.publications:
        if publication.published is not None:
            bounds = bounds_of(publication.published.edtf)
            return Interval(bounds.earliest or _BEGINNING, bounds.latest or _END)
    return Interval(_BEGINNING, _END)


def _bounds(claim: Claim, key: str) -> Bounds | None:
    value = claim.values.get(key)
    return None if value is None else bounds_of(read_date(value).edtf)
