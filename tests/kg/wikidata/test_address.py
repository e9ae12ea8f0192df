"""Addresses of items: every form that people write leads to one IRI, and nothing else does."""

from __future__ import annotations

import pytest

from allegiance.wikidata.address import entity_iri, item_id


@pytest.mark.parametrize(
    "text",
    [
        "Q794",
        "wikidata:Q794",
        "http://www.wikidata.org/entity/Q794",
        "https://www.wikidata.org/entity/Q794",
        "https://www.wikidata.org/wiki/Q794",
        "http://wikidata.org/wiki/Q794",
        "https://m.wikidata.org/wiki/Q794",
        "https://www.m.wikidata.org/wiki/Q794",
        "HTTPS://WWW.Wikidata.ORG/wiki/Q794",
        "https://www.wikidata.org/wiki/Q794#P31",
        "https://www.wikidata.org/wiki/Q794?uselang=fa#sitelinks",
    ],
)
def test_every_form_of_an_address_gives_the_one_iri(text: str) -> None:
    """Ids, prefixed names and addresses of pages and entities become the same IRI."""
    assert entity_iri(text) == "http://www.wikidata.org/entity/Q794"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Q",
        "Q0",
        "Q042",
        "q42",
        "Q42\n",
        " Q42",
        "Q42 ",
        "Q٤٢",
        "Q４２",
        "Q12345678901",
        "P31",
        "L1",
        "wd:Q42",
        "wikidata:wikidata:Q42",
        "wikidata:https://www.wikidata.org/wiki/Q42",
        "https://www.wikidata.org/wiki/Q42\n",
        "https://www.wikidata.org/wiki/Q42/x",
        "https://www.wikidata.org/wiki/Q42x",
        "https://www.wikidata.org/wiki/Property:P31",
        "https://www.wikidata.org/wiki/Q42#a b",
        "https://www.wikidata.org.example.org/wiki/Q42",
        "https://example.org/?https://www.wikidata.org/wiki/Q42",
        "https://user@www.wikidata.org/wiki/Q42",
        "ftp://www.wikidata.org/wiki/Q42",
        "https://en.wikipedia.org/wiki/Q42",
        "https://www.wikidata.org/WIKI/Q42",
    ],
)
def test_what_names_no_item_gives_none(text: str) -> None:
    """Other digits, line ends, leading zeros, other hosts and other things are refused."""
    assert entity_iri(text) is None


def test_the_id_is_taken_out_of_an_address() -> None:
    """An address of a page gives the bare id."""
    assert item_id("https://m.wikidata.org/wiki/Q219060#P31") == "Q219060"
