"""Read EDTF dates and give the plain bounds that SPARQL can compare.

The words of the source, the EDTF value and the bounds are kept side by side (decision 0013).
Approximate and uncertain dates (`~`, `?`, `%`) widen by one unit of their precision.
Specification: https://www.loc.gov/standards/datetime/ (levels 0 and 1).
"""

from __future__ import annotations

import calendar
import datetime
import re
import time
from dataclasses import dataclass
from functools import lru_cache

from edtf import parse_edtf
from edtf.parser.edtf_exceptions import EDTFParseException

__all__ = ["Bounds", "bounds_of"]

_QUALIFIED = re.compile(r"(\d{4}(?:-\d{2}){0,2})[~?%]")
_PLAIN = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-(\d{2}))?)?")
_YEAR, _DAY = 0, 2
_LEVEL_1 = re.compile(
    r"(?:\.\.|\d{3}[\dX]|\d{2}XX|\d{4}-\d{2}(?:-\d{2})?)[~?%]?"
    r"(?:/(?:\.\.|\d{4}(?:-\d{2}(?:-\d{2})?)?)[~?%]?)?"
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Hold the first and the last day that a date can mean; None is an open end."""

    earliest: datetime.date | None
    latest: datetime.date | None


@lru_cache(maxsize=65536)
def bounds_of(edtf: str) -> Bounds:
    """Return the bounds of an EDTF date.

    Raises ValueError with a sentence where the text is no EDTF date of level 0 or 1.

    >>> bounds_of("2024-10")
    Bounds(earliest=datetime.date(2024, 10, 1), latest=datetime.date(2024, 10, 31))
    >>> bounds_of("2025-06-21~").earliest
    datetime.date(2025, 6, 20)
    """
    if not edtf or not _LEVEL_1.fullmatch(edtf):
        message = f"{edtf!r} is no EDTF date (2024, 2024-10, 2024-10-01, 2024-10-01~, 2023/2024)"
        raise ValueError(message)
    try:
        strict = _plain_bounds(edtf) or _parsed_bounds(edtf)
        widened = _widened(edtf, strict)
    except (EDTFParseException, ValueError, OverflowError) as error:
        # Also 2023-02-29, and what reaches beyond the years 1 to 9999.
        message = f"{edtf!r} is no date of the calendar"
        raise ValueError(message) from error
    if strict.earliest and strict.latest and strict.earliest > strict.latest:
        message = f"{edtf!r} ends before it begins"
        raise ValueError(message)
    if widened == Bounds(None, None):
        message = f"{edtf!r} is open at both ends"
        raise ValueError(message)
    return widened


def _plain_bounds(edtf: str) -> Bounds | None:
    """Read the common forms without the library, which needs 10 ms for each."""
    found = _PLAIN.fullmatch(edtf.rstrip("~?%"))
    if found is None:
        return None
    year, month, day = (int(part or 0) for part in found.groups())
    if found[3]:
        exact = datetime.date(year, month, day)
        return Bounds(exact, exact)
    last = month or 12
    end = datetime.date(year, last, calendar.monthrange(year, last)[1])
    return Bounds(datetime.date(year, month or 1, 1), end)


def _parsed_bounds(edtf: str) -> Bounds:
    parsed = parse_edtf(edtf)
    return Bounds(_day(parsed.lower_strict()), _day(parsed.upper_strict()))


def _widened(edtf: str, strict: Bounds) -> Bounds:
    first, _, last = edtf.partition("/")
    earliest, latest = strict.earliest, strict.latest
    return Bounds(
        _shift(earliest, first, -1) if _QUALIFIED.fullmatch(first) else earliest,
        _shift(latest, last or first, 1) if _QUALIFIED.fullmatch(last or first) else latest,
    )


def _day(moment: object) -> datetime.date | None:
    if isinstance(moment, time.struct_time):
        return datetime.date(moment.tm_year, moment.tm_mon, moment.tm_mday)
    return None


def _shift(day: datetime.date | None, edtf: str, step: int) -> datetime.date | None:
    if day is None:
        return None
    precision = edtf.rstrip("~?%").count("-")
    if precision == _DAY:
        return day + datetime.timedelta(days=step)
    if precision == _YEAR:
        return day.replace(year=day.year + step)
    return _shift_month(day, step)


def _shift_month(day: datetime.date, step: int) -> datetime.date:
    """Move a month's first day one month back, or its last day to the end of the next month."""
    if step < 0:
        return (day - datetime.timedelta(days=1)).replace(day=1)
    first_of_next = day + datetime.timedelta(days=1)
    return (first_of_next + datetime.timedelta(days=31)).replace(day=1) - datetime.timedelta(days=1)
