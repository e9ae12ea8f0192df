"""Dates in sentences: each pattern of the table, and what has to stay unresolved."""

from __future__ import annotations

import datetime

import pytest

from allegiance.drafting.dating import dates_in, publication_day

# A Wednesday.
PUBLISHED = datetime.date(2024, 10, 2)


@pytest.mark.parametrize(
    ("sentence", "words", "edtf"),
    [
        ("On Tuesday, they fired.", "On Tuesday", "2024-10-01"),
        ("They met on Wednesday.", "on Wednesday", "2024-10-02"),
        ("They met on Thursday.", "on Thursday", "2024-09-26"),
        ("They signed it in December.", "in December", "2023-12"),
        ("They signed it in October.", "in October", "2024-10"),
        ("They met on 3 May 2024.", "on 3 May 2024", "2024-05-03"),
        ("They met on May 3, 2024.", "on May 3, 2024", "2024-05-03"),
        ("They met on 3 May.", "on 3 May", "2024-05-03"),
        ("They met on 3 November.", "on 3 November", "2023-11-03"),
        ("They are allies since 1980.", "since 1980", "1980"),
        ("It ended in April 1980.", "in April 1980", "1980-04"),
        ("It ended last year.", "last year", "2023"),
        ("It began earlier this year.", "earlier this year", "2024"),
        ("It began last month.", "last month", "2024-09"),
        ("In March last year they met.", "In March last year", "2023-03"),
        ("They met yesterday.", "yesterday", "2024-10-01"),
        ("They met two days ago.", "two days ago", "2024-09-30"),
        ("They met three years ago.", "three years ago", "2021~"),
        ("They met 11 months ago.", "11 months ago", "2023-11~"),
    ],
)
def test_words_come_to_one_date(sentence: str, words: str, edtf: str) -> None:
    """Each wording of the table is resolved against the publication date."""
    assert [(words, edtf)] == [(d.words, d.edtf) for d in dates_in(sentence, PUBLISHED)]


@pytest.mark.parametrize(
    "sentence",
    [
        "They met last Tuesday.",
        "They met last week.",
        "They meet today.",
        "It happened in the spring.",
        "It happened in the 1980s.",
        "It lasted from 1980 to 1988.",
        "It lasted two weeks.",
        "Some 2024 men came.",
        "In 2024-25 it rained.",
        "They may march on Rome.",
        "It happened on 31 February 2024.",
        "One of three states spoke.",
        "They liked last year's dance.",
    ],
)
def test_what_is_ambiguous_stays_unresolved(sentence: str) -> None:
    """A wording that could mean two days, or no date at all, gives none."""
    assert () == dates_in(sentence, PUBLISHED)


def test_without_a_day_of_publication_only_full_dates_count() -> None:
    """Nothing is counted back from a publication whose day is not known."""
    sentence = "They met on Tuesday, in December, last year and on 3 May 2024."

    assert ["2024-05-03"] == [dated.edtf for dated in dates_in(sentence, None)]


@pytest.mark.parametrize("published", [None, "2024-10", "2024-10-02~", "2024-10-01/2024-10-03"])
def test_only_one_exact_day_is_a_publication_day(published: str | None) -> None:
    """An approximate, open or coarse date is no day to count from."""
    assert publication_day(published) is None


def test_a_relative_date_tells_how_it_was_settled() -> None:
    """What was counted from the publication has a basis; what names its year has none."""
    relative, full = dates_in("On Tuesday, as in May 2020, they met.", PUBLISHED)

    assert ("counted from the publication, 2024-10-02", None) == (relative.basis, full.basis)
