"""The common forms of dates are read without the library, and read as it reads them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allegiance import dates
from allegiance.dates import bounds_of

PLAIN = st.dates().flatmap(
    lambda day: st.sampled_from([day.isoformat(), day.isoformat()[:7], day.isoformat()[:4]])
)


@settings(max_examples=60, deadline=None)
@given(PLAIN, st.sampled_from(["", "~", "?", "%"]))
def test_plain_dates_are_read_as_the_library_reads_them(text: str, sign: str) -> None:
    """Year, month and day, with or without a qualifier, have the library's bounds."""
    assert dates._plain_bounds(text + sign) == dates._parsed_bounds(text + sign)  # noqa: SLF001 - the two ways


@pytest.mark.parametrize("text", ["2023-02-29", "2024-04-31", "0000-01-01", "2024-10-00"])
def test_a_day_that_is_none_is_refused(text: str) -> None:
    """The calendar is checked on the short way too."""
    with pytest.raises(ValueError, match="is no date of the calendar"):
        bounds_of(text)


def test_a_thousand_plain_dates_cost_less_than_a_second() -> None:
    """The library needs ten seconds for them, which a hostile file could ask for."""
    begin = time.process_time()
    for year in range(1000, 2000):
        bounds_of(f"{year}-07-0{year % 9 + 1}")
    assert time.process_time() - begin < 1
