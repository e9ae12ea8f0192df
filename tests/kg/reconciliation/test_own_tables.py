"""The project's own tables as entities: the register, the offline index, the metonyms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from allegiance.bundle import default_bundle
from allegiance.corpus import read_corpus
from allegiance.links.checking import read_links
from allegiance.reconciliation import Matcher, Property, Query
from allegiance.reconciliation.actors import actors_of
from allegiance.reconciliation.items import items_of
from allegiance.reconciliation.metonyms import load_metonyms
from allegiance.wikidata.index import WikidataIndex, index_folder

if TYPE_CHECKING:
    from allegiance.corpus import Corpus
    from allegiance.reconciliation import Candidate
    from allegiance.reconciliation.metonyms import Metonyms


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """Read the data once."""
    return read_corpus(default_bundle())


@pytest.fixture(scope="module")
def metonyms() -> Metonyms:
    """Read the table once."""
    return load_metonyms(default_bundle().schema)


@pytest.fixture(scope="module")
def register(corpus: Corpus, metonyms: Metonyms) -> Matcher:
    """Index the register and the events."""
    return Matcher(actors_of(corpus, metonyms), metonyms)


@pytest.fixture(scope="module")
def items(metonyms: Metonyms) -> Matcher:
    """Index the shipped tables of Wikidata."""
    return Matcher(items_of(WikidataIndex.load(index_folder(default_bundle())), metonyms), metonyms)


def first(matcher: Matcher, text: str, type_name: str) -> Candidate:
    """Return the first candidate."""
    return matcher.candidates(Query(text, type=type_name))[0]


def test_metonyms_stand_for_known_entries_and_linked_items(
    corpus: Corpus, metonyms: Metonyms
) -> None:
    """What a metonym stands for is in the register, or is an item that a checked link names."""
    linked = {link.item for link in read_links(corpus) if link.is_positive}
    unknown = [key for key in metonyms.by_id if key not in corpus.entries and key not in linked]
    assert metonyms.by_id
    assert unknown == []


@pytest.mark.parametrize(
    ("text", "type_name", "expected"),
    [
        ("Hizbollah", "ArmedGroup", "hezbollah"),
        ("Kata\u2019ib Hezbollah", "ArmedGroup", "kataib-hezbollah"),
        ("the Kremlin", "Government", "government-of-russia"),
        ("Tehran", "Government", "government-of-iran"),
        ("Tehran", "Place", "tehran"),
    ],
)
def test_names_of_the_register_match(
    register: Matcher, text: str, type_name: str, expected: str
) -> None:
    """A name of the register leads to its entry; a capital to the city or to the government."""
    found = first(register, text, type_name)
    assert (found.entity.id, found.match) == (expected, True)


def test_an_alias_that_is_a_metonym_is_no_alias(register: Matcher) -> None:
    """The register has Moscow among the names of a government: as a place it is none of it."""
    found = {each.entity.id: each for each in register.candidates(Query("Moscow", "Place"))}
    assert found["moscow"].match
    assert found["government-of-russia"].features["is_metonym"] == 1.0
    assert found["government-of-russia"].score < 50


def test_events_are_found_with_their_dates(register: Matcher) -> None:
    """An event is found by its label, and its date agrees or not."""
    text = "Iranian missile strike on Israel, October 2024"
    for date, agrees in (("2024-10", 1.0), ("2023", 0.0)):
        query = Query(text, "MilitaryStrike", properties=(Property("date", (date,)),))
        found = register.candidates(query)[0]
        assert found.entity.id == "iran-missile-strike-on-israel-october-2024"
        assert found.features["date_match"] == agrees
        assert found.match is bool(agrees)


def test_unnamed_actors_are_not_to_be_found(register: Matcher, corpus: Corpus) -> None:
    """An actor whom a document leaves unnamed is no candidate for any name."""
    assert corpus.entries["head-of-kataib-hezbollah"].class_name == "UnnamedActor"
    assert register.get("head-of-kataib-hezbollah") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ایران", "Q794"),
        ("إسرائيل", "Q801"),
        ("ישראל", "Q801"),
        ("Россия", "Q159"),
        ("中国", "Q148"),
        ("Turkiye", "Q43"),
    ],
)
def test_states_are_found_in_their_scripts(items: Matcher, text: str, expected: str) -> None:
    """Arabic, Persian, Hebrew, Russian and Chinese names of a state lead to its item."""
    assert first(items, text, "State").entity.id == expected


@pytest.mark.parametrize("text", ["Israeli", "Iranian", "Russians", "Natanz"])
def test_doubtful_names_never_match(items: Matcher, register: Matcher, text: str) -> None:
    """Demonyms, and names that mean a town or the site near it, are no match for any type."""
    for type_name in ("State", "Place", "Person", "organisation"):
        for matcher in (items, register):
            assert not any(each.match for each in matcher.candidates(Query(text, type_name)))


def test_a_name_of_several_persons_is_no_match(items: Matcher) -> None:
    """Hassan Nasrallah has a namesake in the index, so that nobody can be sure."""
    found = items.candidates(Query("Hassan Nasrallah", "Person"))
    assert found[0].entity.id == "Q181182"
    assert "Q103859473" in {each.entity.id for each in found}
    assert not found[0].match
