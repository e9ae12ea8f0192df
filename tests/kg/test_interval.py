"""When a claim's content is said to hold."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from allegiance.corpus import read_corpus
from allegiance.interval import Interval, validity_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Checkout

FIRST, LAST = date.min.isoformat(), date.max.isoformat()
PUBLISHED = ("2024-10-02", "2024-10-02")
PATRONAGE = "patronage: {patron: arcadia, client: reed-front"


def interval(first: str, last: str) -> Interval:
    """Write an interval by its days."""
    return Interval(date.fromisoformat(first), date.fromisoformat(last))


def test_intervals_overlap_on_a_common_day() -> None:
    """Both ends of an interval belong to it."""
    one = interval("2024-01-01", "2024-01-31")
    assert one.overlaps(interval("2024-01-31", "2024-02-01"))
    assert interval("2024-01-31", "2024-02-01").overlaps(one)
    assert not one.overlaps(interval("2024-02-01", "2024-02-02"))
    assert one.overlaps(interval(FIRST, LAST))


@pytest.mark.parametrize(
    ("content", "certain", "possible"),
    [
        (PATRONAGE + "}", PUBLISHED, (FIRST, LAST)),
        (PATRONAGE + ", since: 2020}", ("2020-12-31", "2024-10-02"), ("2020-01-01", LAST)),
        (PATRONAGE + ", until: 2023}", ("2023-01-01", "2023-01-01"), (FIRST, "2023-12-31")),
        (
            PATRONAGE + ", since: 2020, until: 2023-05}",
            ("2020-12-31", "2023-05-01"),
            ("2020-01-01", "2023-05-31"),
        ),
        (PATRONAGE + ", since: 2025}", PUBLISHED, ("2025-01-01", LAST)),
        (
            "event: {type: MilitaryStrike, date: 2024-04}",
            ("2024-04-01", "2024-04-30"),
            ("2024-04-01", "2024-04-30"),
        ),
        (
            "event: {type: MilitaryStrike, date: 2024/..}",
            ("2024-01-01", "2024-10-02"),
            ("2024-01-01", "2024-10-02"),
        ),
        ("event: {type: MilitaryStrike}", PUBLISHED, (FIRST, LAST)),
    ],
)
def test_a_claim_surely_holds_in_one_interval_and_may_in_another(
    content: str,
    certain: tuple[str, str],
    possible: tuple[str, str],
    checkout: Checkout,
    claim: Callable[..., str],
) -> None:
    """A tie surely held from the latest day of its begin until it ended or was written of."""
    checkout.write_source("doc", claim("one", content))
    corpus = read_corpus(checkout.bundle)
    assert corpus.findings == ()
    found = validity_of(corpus.claims["doc/one"], corpus.documents["doc"])
    assert (found.certain, found.possible) == (interval(*certain), interval(*possible))


def test_a_document_without_a_date_may_be_of_any_day(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """Where no publication has a date, its claims hold at an unknown time."""
    file = checkout.write_source("doc", claim("one", PATRONAGE + "}"))
    file.write_text(file.read_text().replace(', published: "2024-10-02"', ""))
    corpus = read_corpus(checkout.bundle)
    found = validity_of(corpus.claims["doc/one"], corpus.documents["doc"])
    assert found.certain == interval(FIRST, LAST)


def test_an_event_of_the_open_future_does_not_end_before_it_begins(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """What is expected from 2030 on is held for the first day of 2030, not for the publication."""
    event = 'event: {type: Election, actor: arcadia, date: "2030/.."}'
    checkout.write_source("doc", claim("vote", event, status="prediction"))
    corpus = read_corpus(checkout.bundle)

    validity = validity_of(corpus.claims["doc/vote"], corpus.documents["doc"])

    assert validity.certain == interval("2030-01-01", "2030-01-01")
