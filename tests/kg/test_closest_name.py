"""The name that was meant is found among few and many, and never at any price."""

from __future__ import annotations

import time

import pytest

from allegiance.closest_name import closest_name

MANY = [f"{letter}{number:04}-of-many" for letter in "abcdefgh" for number in range(1000)]


@pytest.mark.parametrize("typed", ["irann", "rian", "ira", "iran-"])
def test_a_slip_of_the_pen_is_mended(typed: str) -> None:
    """One letter too many, too few or exchanged is seen through."""
    assert closest_name(typed, ["hezbollah", "iran", "israel"]) == "iran"


@pytest.mark.parametrize(
    "typed", ["head-of-hezbolah", "haed-of-hezbollah", "head-off-hezbollah", "head-of-hezbollahh"]
)
def test_among_many_names_a_slip_anywhere_is_mended(typed: str) -> None:
    """Beginning or end leads to the name, wherever the slip is."""
    assert closest_name(typed, [*MANY, "head-of-hezbollah"]) == "head-of-hezbollah"


def test_what_is_like_nothing_gets_no_suggestion() -> None:
    """A wrong suggestion would be worse than none."""
    assert closest_name("borduria", ["iran", "israel"]) is None


def test_a_hundred_names_among_thousands_cost_little() -> None:
    """Eight hundred thousand comparisons would take fifteen seconds."""
    begin = time.process_time()
    for number in range(100):
        closest_name(f"x{number:04}-of-mnay", MANY)
    assert time.process_time() - begin < 4


def test_a_name_of_a_megabyte_is_compared_with_none() -> None:
    """It is no slip of the pen."""
    assert closest_name("a" * 1_000_000, ["a" * 999_999]) is None
