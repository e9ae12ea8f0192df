"""The query that an endpoint is asked, and the settings that name endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyoxigraph import Store

from allegiance.enrichment.endpoint import read_endpoint_settings
from allegiance.enrichment.selection import Selection
from allegiance.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

ITEM = "http://www.wikidata.org/entity/Q794"
LABELS = """\
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?item ?property ?value WHERE {
  VALUES ?item { }
  VALUES ?property { rdfs:label }
  ?item ?property ?value .
}
"""
ADDRESS = 'address = "https://example.org/sparql"\n'
LICENCE = 'licence = "https://example.org/licence"\n'


def test_items_are_put_into_the_query() -> None:
    """The filled query parses, and gives rows for its items alone."""
    store = Store()
    property_ = "<http://www.wikidata.org/prop/direct/P17>"
    store.update(f"INSERT DATA {{ <{ITEM}> {property_} 1 . <x:other> {property_} 2 }}")
    query = Selection.of_properties(["P31", "P17"]).filled([ITEM])
    assert [str(row["item"]) for row in store.query(query)] == [f"<{ITEM}>"]


@pytest.mark.parametrize("wrong", ["P0", "p31", "31", "P31>", "Q5", ""])
def test_only_properties_are_asked_for(wrong: str) -> None:
    """What is no property's id does not get into the query."""
    with pytest.raises(UsageError, match="is no property"):
        Selection.of_properties(["P31", wrong])


def test_a_query_of_the_callers_own_is_taken(tmp_path: Path) -> None:
    """A file with room for the items is filled as it stands."""
    file = tmp_path / "labels.rq"
    file.write_text(LABELS, encoding="utf-8")
    filled = Selection.of_file(file).filled([ITEM])
    assert filled == LABELS.replace("VALUES ?item { }", f"VALUES ?item {{ <{ITEM}> }}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (LABELS.replace("VALUES ?item { }", ""), "VALUES \\?item {} once"),
        (LABELS.replace("?value WHERE", "WHERE"), "SELECT \\?item \\?property \\?value"),
        (LABELS.replace("SELECT ?item ?property ?value", "ASK"), "SELECT \\?item"),
        (LABELS + "LIMIT 10", "LIMIT or OFFSET"),
        (LABELS.replace("?item ?property ?value .\n}", "?item ?property"), "line . column"),
        (LABELS.replace("PREFIX rdfs:", "PREFIX r:"), "Declare each prefix"),
    ],
)
def test_a_query_that_would_go_wrong_is_refused(text: str, told: str, tmp_path: Path) -> None:
    """What is wrong with a query is told before anybody is asked."""
    file = tmp_path / "own.rq"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=told.replace("line .", "line .*")):
        Selection.of_file(file)


def test_settings_name_endpoints_beside_wikidata(tmp_path: Path) -> None:
    """Address and licence are given, the rest has its default; Wikidata is known without them."""
    file = tmp_path / "endpoints.toml"
    file.write_text(f'contact = "a@example.org"\n[endpoints.own]\n{ADDRESS}{LICENCE}batch = 50\n')
    settings = read_endpoint_settings(file)
    own = settings.find("own")
    assert (own.address, own.batch, own.pause_s) == ("https://example.org/sparql", 50, 1.0)
    assert settings.contact == "a@example.org"
    assert settings.find("wikidata").address == "https://query.wikidata.org/sparql"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"[endpoints.own]\n{ADDRESS}", "needs address and licence"),
        (f"[endpoints.own]\n{ADDRESS}{LICENCE}speed = 9\n", "needs address and licence"),
        (f"[endpoints.own]\n{ADDRESS}{LICENCE}batch = 201\n", "from 1 to 200"),
        (f"[endpoints.own]\n{ADDRESS}{LICENCE}batch = 1.5\n", "whole number"),
        (f"[endpoints.own]\n{ADDRESS}{LICENCE}pause_s = nan\n", "from 0 to 3600"),
        (f"[endpoints.own]\n{ADDRESS}{LICENCE}timeout_s = true\n", "from 0.1"),
        (f"[endpoints.'../x']\n{ADDRESS}{LICENCE}", "names no endpoint"),
        (f'[endpoints.own]\naddress = "file:///etc/passwd"\n{LICENCE}', "Give an address"),
        ("endpoints = 3", "are tables"),
        ("[endpoints", "cannot be read"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(text: str, told: str, tmp_path: Path) -> None:
    """Each fault of the file is told with what to write instead."""
    file = tmp_path / "endpoints.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=told):
        read_endpoint_settings(file)


def test_an_unknown_endpoint_is_told_with_the_known_ones() -> None:
    """A name is not taken for an address."""
    with pytest.raises(UsageError, match="known: wikidata"):
        read_endpoint_settings(None).find("https://example.org/sparql")
