"""EDTF dates and the plain bounds that queries compare."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allegiance.dates import Bounds, bounds_of


@pytest.mark.parametrize(
    ("edtf", "earliest", "latest"),
    [
        ("2024-10-01", "2024-10-01", "2024-10-01"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023-02", "2023-02-01", "2023-02-28"),
        ("2024", "2024-01-01", "2024-12-31"),
        ("202X", "2020-01-01", "2029-12-31"),
        ("19XX", "1900-01-01", "1999-12-31"),
        ("2023/2024", "2023-01-01", "2024-12-31"),
        ("2024-10-01/2024-11", "2024-10-01", "2024-11-30"),
        ("2024-21", "2024-03-01", "2024-05-31"),
        ("2024/..", "2024-01-01", None),
        ("../2024", None, "2024-12-31"),
    ],
)
def test_a_date_reaches_from_its_first_to_its_last_day(
    edtf: str, earliest: str | None, latest: str | None
) -> None:
    """A year, month, decade, season or interval gives its first and last day; `..` is open."""
    assert bounds_of(edtf) == Bounds(
        earliest and date.fromisoformat(earliest),  # type: ignore[arg-type]
        latest and date.fromisoformat(latest),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("edtf", "earliest", "latest"),
    [
        ("2025-06-21~", "2025-06-20", "2025-06-22"),
        ("2024-12-31?", "2024-12-30", "2025-01-01"),
        ("2024-03-01%", "2024-02-29", "2024-03-02"),
        ("2024-01~", "2023-12-01", "2024-02-29"),
        ("2024-12?", "2024-11-01", "2025-01-31"),
        ("2024~", "2023-01-01", "2025-12-31"),
        ("2023~/2024", "2022-01-01", "2024-12-31"),
        ("2023/2024~", "2023-01-01", "2025-12-31"),
    ],
)
def test_a_doubtful_date_is_one_unit_wider_on_each_doubtful_side(
    edtf: str, earliest: str, latest: str
) -> None:
    """About a day is a day more on both sides, about a month a month, about a year a year."""
    assert bounds_of(edtf) == Bounds(date.fromisoformat(earliest), date.fromisoformat(latest))


@pytest.mark.parametrize(
    "edtf",
    [
        *("2024-13-40", "2024-02-30", "2023-02-29", "2024-00", "2024-10-00", "0000", "0000-01-01"),
        *("9999-12-31~", "0001-01-01~", "9999-12~", "0001-01~", "9999~", "0001~"),
        *("", "..", "2024-1", "24-10-01", "01.10.2024", "October 2024", "2024\n", "/2024"),
        *("2025/2024", "2024-10-02/2024-10-01", "2024-10-01T12:00", "Y12024", "2024-10-01~~"),
        "../..",
    ],
)
def test_no_date_is_a_sentence_that_names_the_text(edtf: str) -> None:
    """What no calendar has, or no EDTF of level 0 or 1, raises ValueError and quotes the text."""
    with pytest.raises(ValueError, match=r"no (EDTF )?date|ends before|is open") as raised:
        bounds_of(edtf)
    assert repr(edtf) in str(raised.value)


@settings(deadline=None, max_examples=40)
@given(
    st.from_regex(
        r"[0-9X]{4}(-[0-9]{2}){0,2}[~?%]?(/(\.\.|[0-9]{4}(-[0-9]{2}){0,2}[~?%]?))?", fullmatch=True
    )
)
def test_whatever_the_digits_a_date_has_ordered_bounds_or_is_none(edtf: str) -> None:
    """Every text gives bounds in order, or ValueError and nothing else."""
    try:
        bounds = bounds_of(edtf)
    except ValueError:
        return
    if bounds.earliest and bounds.latest:
        assert bounds.earliest <= bounds.latest


@settings(deadline=None, max_examples=20)
@given(st.dates(date(2, 1, 1), date(9998, 12, 31)))
def test_a_day_means_itself_and_about_it_its_neighbours(day: date) -> None:
    """An exact day has itself as both bounds; with a tilde, the days before and after."""
    assert bounds_of(day.isoformat()) == Bounds(day, day)
    one = timedelta(days=1)
    assert bounds_of(day.isoformat() + "~") == Bounds(day - one, day + one)
