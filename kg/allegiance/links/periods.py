"""Compare when an event was with when an item was, by their dates and by what their names say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from allegiance.dates import bounds_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from allegiance.dates import Bounds
    from allegiance.wikidata.item import Item

__all__ = ["dates_contradict", "named_times_contradict"]

_BEGIN, _END, _POINT = "P580", "P582", "P585"
_YEAR: Final = re.compile(r"\b(1[5-9]\d\d|20\d\d)\b", re.ASCII)
# A name that spans years, or goes back or on from one, does not say that it was in that year.
_SPAN: Final = re.compile(r"\d{4}\s*[\u2013-]|since|present", re.IGNORECASE)
_MONTH: Final = re.compile(
    r"\b(January|February|March|April|May|June|July|August|September|October|November|December)\b"
)


def dates_contradict(ours: Iterable[Bounds], item: Item) -> bool:
    """Tell whether an event lies wholly before or after the item; unknown dates never do.

    Dates of an item are ISO dates, cut to the year or the month where no more is known.
    """
    first = _bounds(item.dates.get(_BEGIN) or item.dates.get(_POINT))
    last = _bounds(item.dates.get(_END) or item.dates.get(_POINT))
    for bounds in ours:
        if last and last.latest and bounds.earliest and bounds.earliest > last.latest:
            return True
        if first and first.earliest and bounds.latest and bounds.latest < first.earliest:
            return True
    return False


def named_times_contradict(ours: Iterable[str], theirs: str) -> bool:
    """Tell whether names put two events into different years, or into months of one year.

    >>> named_times_contradict(["Strike of April 2024"], "October 2024 strikes")
    True
    >>> named_times_contradict(["Strike of April 2024"], "2024 strikes")
    False
    """
    if _SPAN.search(theirs):
        return False
    years, months = set(_YEAR.findall(theirs)), set(_MONTH.findall(theirs))
    for name in ours:
        if _SPAN.search(name):
            continue
        our_years, our_months = set(_YEAR.findall(name)), set(_MONTH.findall(name))
        if years and our_years and not years & our_years:
            return True
        if years & our_years and months and our_months and not months & our_months:
            return True
    return False


def _bounds(date: str | None) -> Bounds | None:
    try:
        return bounds_of(date) if date else None
    except ValueError:
        # What the index holds in another form is as good as unknown here.
        return None
