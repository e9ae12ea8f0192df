"""The numbers about the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from allegiance.build import build_store
from allegiance.corpus import read_corpus
from allegiance.counting import Statistics, count

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Checkout

PATRONAGE = "patronage: {patron: arcadia, client: reed-front}"


@pytest.fixture(scope="module")
def counted(new_checkout: Callable[[], Checkout], claim: Callable[..., str]) -> Statistics:
    """Count a graph of two documents with five claims, two of which are of one tie."""
    checkout = new_checkout()
    checkout.write_source(
        "doc",
        claim("one", PATRONAGE)
        + claim("two", "event: {type: MilitaryStrike}", status="hypothetical")
        + claim("three", "statement: {speaker: arcadia, modality: threat}"),
    )
    checkout.write_source(
        "other",
        claim("one", PATRONAGE)
        + claim("two", "alliance: {parties: [arcadia, borduria]}", polarity="negated"),
        outlet="evening-post",
    )
    return count(build_store(read_corpus(checkout.bundle)))


def test_claims_are_counted_by_document_and_status(counted: Statistics) -> None:
    """Every claim counts, in the view or not; a status without claims is shown with none."""
    assert counted.tables["claims by document"] == {"doc": 3, "other": 2}
    by_status = counted.tables["claims by epistemic status"]
    assert (by_status["asserted"], by_status["hypothetical"]) == (4, 1)
    assert by_status["prediction"] == 0
    assert sum(by_status.values()) == 5


def test_actors_are_counted_by_their_class(counted: Statistics) -> None:
    """The nine actors of the register, each once."""
    found = counted.tables["actors by class"]
    assert sum(found.values()) == 9
    assert sorted(found.values()) == [1, 1, 1, 3, 3]


def test_only_ties_of_the_view_are_counted_each_once(counted: Statistics) -> None:
    """One patronage that two documents assert is one tie; the denied alliance is none."""
    assert sum(counted.tables["ties of the asserted view by kind"].values()) == 1


def test_comparisons_are_counted_by_kind(counted: Statistics) -> None:
    """Two outlets that assert one tie corroborate each other once."""
    found = counted.tables["comparisons of claims"]
    assert sum(found.values()) == 1
    assert len(found) == 5


def test_the_text_says_that_all_is_traced(counted: Statistics) -> None:
    """The tables come with their sums, and the coverage of the view is whole."""
    text = counted.as_text()
    assert "claims by document: 5\n       3  doc\n       2  other\n" in text
    assert "       0  without a source\n" in text
    assert text.endswith("evidence coverage of the asserted view: 100.00%\n")


def test_plain_values_hold_the_same(counted: Statistics) -> None:
    """The values for JSON are the tables, the origins and the coverage."""
    found = counted.as_dict()
    assert found["tables"] == counted.tables
    assert (found["untraced"], found["coverage"]) == (0, 1.0)
