"""Things are found by what people call them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from allegiance.build import build_store
from allegiance.corpus import read_corpus
from allegiance.errors import QuestionError
from allegiance.naming import resolve_thing

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Checkout
    from pyoxigraph import Store


@pytest.fixture(scope="module")
def store(new_checkout: Callable[[], Checkout], claim: Callable[..., str]) -> Store:
    """Build a graph with an event and two things of one name."""
    checkout = new_checkout()
    checkout.write_actors(
        checkout.actors + "  reed-angling: {label: Reed, alias: front of the reeds}\n"
    )
    event = "event: {id: night-raid, label: Raid by night, type: MilitaryStrike}"
    checkout.write_source("doc", claim("one", event))
    return build_store(read_corpus(checkout.bundle))


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("arcadia", "arcadia"),
        ("Arcadia", "arcadia"),
        ("  ARCADIA ", "arcadia"),
        ("Reed Front", "reed-front"),
        ("reed front", "reed-front"),
        ("Minister of Arcadia (unnamed)", "minister-of-arcadia"),
        ("raid by night", "night-raid"),
        ("Fishing Rights", "fishing-rights"),
        ("reed", "reed-angling"),
    ],
)
def test_a_thing_is_found_by_id_label_or_alias(name: str, slug: str, store: Store) -> None:
    """Capitals and blanks do not matter; events have names too."""
    assert resolve_thing(store, name) == slug


def test_a_name_of_two_things_is_told_with_both_ids(store: Store) -> None:
    """An ambiguous name is not resolved by luck."""
    with pytest.raises(QuestionError, match=r"can be reed-angling, reed-front\. Give the id\."):
        resolve_thing(store, "Front of the Reeds")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Arcadai", r"called 'Arcadai'\. Did you mean arcadia\?"),
        ("Borduira", r"Did you mean borduria\?"),
        ("xyzzy", r"called 'xyzzy'\. The ids: kg/data/actors/"),
        ("", r"called ''"),
        ("<iri>", r"cannot be an id|called '<iri>'"),
        ("a{b}", r"cannot be an id|called"),
    ],
)
def test_a_name_that_nothing_bears_is_told_the_nearest(name: str, said: str, store: Store) -> None:
    """A misspelt name is an error with a suggestion, never an empty answer."""
    with pytest.raises(QuestionError, match=said):
        resolve_thing(store, name)
