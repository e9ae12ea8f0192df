"""Events are held against items by date: what is unknown never contradicts."""

from __future__ import annotations

import pytest

from allegiance.dates import bounds_of
from allegiance.links.periods import dates_contradict, named_times_contradict
from allegiance.wikidata.item import Item


@pytest.mark.parametrize(
    ("ours", "dates", "is_contradiction"),
    [
        ("2024-10-01", {"P585": "2024-10-01"}, False),
        ("2024-10", {"P585": "2024-10-01"}, False),
        ("2024-04", {"P585": "2024-10-01"}, True),
        ("2025-06-20", {"P580": "2025-06-13", "P582": "2025-06-24"}, False),
        ("2025-07", {"P580": "2025-06-13", "P582": "2025-06-24"}, True),
        ("2025-05", {"P580": "2025-06-13"}, True),
        ("2026", {"P580": "2025-06-13"}, False),
        ("2024", {}, False),
        ("2024", {"P585": "long ago"}, False),
    ],
)
def test_dates_contradict_where_they_exclude_each_other(
    ours: str, dates: dict[str, str], *, is_contradiction: bool
) -> None:
    """An event wholly before or after the item is another one; an open end excludes nothing."""
    item = Item("Q1", {"en": "Strike"}, dates=dates)

    assert dates_contradict([bounds_of(ours)], item) is is_contradiction


@pytest.mark.parametrize(
    ("ours", "theirs", "is_contradiction"),
    [
        ("War of 2025", "2026 war", True),
        ("Strike, April 2024", "October 2024 strikes", True),
        ("Strike, April 2024", "April 2024 strikes", False),
        ("Strike, April 2024", "Strikes", False),
        ("War of 2024", "Conflict (2023\u2013present)", False),
        ("Blows, 2023 to 2025", "2024 war", True),
    ],
)
def test_names_contradict_by_year_and_month(
    ours: str, theirs: str, *, is_contradiction: bool
) -> None:
    """Years or months that both names give and do not share; a span says nothing."""
    assert named_times_contradict([ours], theirs) is is_contradiction
