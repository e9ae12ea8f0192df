"""Resolve the dates that a sentence words, against the day on which it was published.

A small table of patterns and no general parser: such a parser reads a day into nearly every
sentence, and a wrong date is worse than none. What is ambiguous stays unresolved.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allegiance.dates import bounds_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["DatedWords", "dates_in", "publication_day"]

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_MONTHS_OF_YEAR = 12

_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})"
_YEAR = r"(?P<year>1[89]\d\d|20\d\d)\b(?![-\u2013/]\d)"
_DAY = r"(?P<day>[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
_COUNT = rf"(?P<count>{'|'.join(_NUMBERS)}|\d{{1,2}})"


@dataclass(frozen=True, slots=True)
class DatedWords:
    """Hold the words of a date with their offsets in the sentence, and what they come to.

    `since`: the words tell a beginning. `relative`: they were counted from the publication.
    """

    start: int
    end: int
    words: str
    edtf: str
    basis: str | None
    since: bool

    @property
    def relative(self) -> bool:
        """Tell whether the words say no date by themselves."""
        return self.basis is not None


def publication_day(published: str | None) -> datetime.date | None:
    """Return the day of an EDTF date that names exactly one, else None.

    >>> publication_day("2024-10-02"), publication_day("2024-10-02~")
    (datetime.date(2024, 10, 2), None)
    """
    if published is None or not re.fullmatch(r"\d{4}-\d\d-\d\d", published):
        return None
    return bounds_of(published).earliest


def dates_in(sentence: str, published: datetime.date | None) -> tuple[DatedWords, ...]:
    """Find the dates of a sentence, each once and in their order.

    >>> dates_in("They signed it in December.", datetime.date(2024, 10, 2))[0].edtf
    '2023-12'
    >>> dates_in("They signed it in December.", None)
    ()
    """
    return tuple(sorted(_found(sentence, published), key=lambda dated: dated.start))


def _found(sentence: str, published: datetime.date | None) -> Iterator[DatedWords]:
    taken: list[range] = []
    for pattern, resolve in _PATTERNS:
        for match in pattern.finditer(sentence):
            if any(match.start() < span.stop and span.start < match.end() for span in taken):
                continue
            # Also what comes to nothing is taken: no shorter pattern may read a part of it.
            taken.append(range(match.start(), match.end()))
            edtf = resolve(match.groupdict(), published)
            if edtf is not None and _in_calendar(edtf):
                yield _dated(match, edtf, published)


def _dated(match: re.Match[str], edtf: str, published: datetime.date | None) -> DatedWords:
    absolute = match.groupdict().get("year") is not None
    basis = None if absolute or published is None else f"counted from the publication, {published}"
    since = match[0].lower().startswith("since")
    return DatedWords(match.start(), match.end(), match[0], edtf, basis, since)


def _in_calendar(edtf: str) -> bool:
    try:
        bounds_of(edtf)
    except ValueError:
        return False
    return True


def _day_of_year(parts: Mapping[str, str | None], _: datetime.date | None) -> str:
    return f"{parts['year']}-{_month(parts):02}-{int(parts['day'] or 0):02}"


def _month_of_year(parts: Mapping[str, str | None], _: datetime.date | None) -> str:
    return f"{parts['year']}-{_month(parts):02}"


def _year(parts: Mapping[str, str | None], _: datetime.date | None) -> str | None:
    return parts["year"]


def _month_of_relative_year(
    parts: Mapping[str, str | None], published: datetime.date | None
) -> str | None:
    if published is None:
        return None
    year = published.year - (1 if parts["which"] == "last" else 0)
    return f"{year}-{_month(parts):02}"


def _latest_day(parts: Mapping[str, str | None], published: datetime.date | None) -> str | None:
    """Return the latest such day that is not after the publication."""
    if published is None:
        return None
    month, day = _month(parts), int(parts["day"] or 0)
    later = (month, day) > (published.month, published.day)
    return f"{published.year - later}-{month:02}-{day:02}"


def _latest_month(parts: Mapping[str, str | None], published: datetime.date | None) -> str | None:
    if published is None:
        return None
    month = _month(parts)
    return f"{published.year - (month > published.month)}-{month:02}"


def _weekday(parts: Mapping[str, str | None], published: datetime.date | None) -> str | None:
    if published is None:
        return None
    back = (published.weekday() - _DAYS.index(parts["weekday"] or "")) % len(_DAYS)
    return (published - datetime.timedelta(days=back)).isoformat()


def _named_period(parts: Mapping[str, str | None], published: datetime.date | None) -> str | None:
    if published is None:
        return None
    if parts["period"] == "yesterday":
        return (published - datetime.timedelta(days=1)).isoformat()
    which, _, unit = (parts["period"] or "").partition(" ")
    back = 1 if which == "last" else 0
    return str(published.year - back) if unit == "year" else _months_back(published, back)


def _ago(parts: Mapping[str, str | None], published: datetime.date | None) -> str | None:
    if published is None:
        return None
    text, unit = parts["count"] or "", parts["unit"]
    count = int(text) if text.isdigit() else _NUMBERS.index(text) + 1
    if unit == "day":
        return (published - datetime.timedelta(days=count)).isoformat()
    return f"{published.year - count}~" if unit == "year" else _months_back(published, count) + "~"


def _months_back(published: datetime.date, count: int) -> str:
    months = published.year * _MONTHS_OF_YEAR + published.month - 1 - count
    return f"{months // _MONTHS_OF_YEAR}-{months % _MONTHS_OF_YEAR + 1:02}"


def _month(parts: Mapping[str, str | None]) -> int:
    return _MONTHS.index(parts["month"] or "") + 1


# Longer wordings first. "Today", "last week", "last Tuesday" and seasons are left alone on
# purpose: writers mean several things by them.
_PATTERNS: tuple[
    tuple[re.Pattern[str], Callable[[Mapping[str, str | None], datetime.date | None], str | None]],
    ...,
] = (
    (re.compile(rf"\b(?:[Oo]n |[Ss]ince )?{_DAY} {_MONTH},? {_YEAR}"), _day_of_year),
    (re.compile(rf"\b(?:[Oo]n |[Ss]ince )?{_MONTH} {_DAY},? {_YEAR}"), _day_of_year),
    (re.compile(rf"\b(?:[Ii]n |[Ss]ince )?{_MONTH},? (?:of )?{_YEAR}"), _month_of_year),
    (
        re.compile(rf"\b(?:[Ii]n |[Ss]ince ){_MONTH} (?:of )?(?P<which>last|this) year\b"),
        _month_of_relative_year,
    ),
    (re.compile(rf"\b(?:[Oo]n |[Ss]ince )(?:the )?{_DAY} (?:of )?{_MONTH}\b"), _latest_day),
    (re.compile(rf"\b(?:[Oo]n |[Ss]ince ){_MONTH} {_DAY}\b"), _latest_day),
    (re.compile(rf"\b(?:[Ii]n|[Ss]ince) {_MONTH}\b(?! \d)"), _latest_month),
    (re.compile(rf"\b(?:[Ii]n|[Ss]ince) {_YEAR}"), _year),
    (re.compile(rf"\b[Oo]n (?P<weekday>{'|'.join(_DAYS)})\b"), _weekday),
    (
        re.compile(
            r"\b(?:[Ee]arlier )?(?P<period>(?:this|last) (?:month|year)|yesterday)\b(?!['\u2019])"
        ),
        _named_period,
    ),
    (re.compile(rf"\b{_COUNT} (?P<unit>day|month|year)s? ago\b"), _ago),
)
