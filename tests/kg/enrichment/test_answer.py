"""What an answer is read as, and what is no answer."""

from __future__ import annotations

import json

import pytest
from pyoxigraph import Literal, NamedNode

from allegiance.enrichment.answer import BrokenAnswerError, read_answer

WD = "http://www.wikidata.org/entity/"
P31 = "http://www.wikidata.org/prop/direct/P31"
IRAN = WD + "Q794"

Row = dict[str, dict[str, str]]


def row(value: dict[str, str], item: str = IRAN) -> Row:
    """Write a row about Iran."""
    uri = "uri"
    return {
        "item": {"type": uri, "value": item},
        "property": {"type": uri, "value": P31},
        "value": value,
    }


def answered(*rows: Row, names: tuple[str, ...] = ("item", "property", "value")) -> bytes:
    """Write results."""
    return json.dumps({"head": {"vars": names}, "results": {"bindings": rows}}).encode()


@pytest.mark.parametrize(
    "address",
    [
        "http://www.wikidata.org/entity/Q6256",
        "https://www.wikidata.org/entity/Q6256",
        "https://www.wikidata.org/wiki/Q6256",
        "https://m.wikidata.org/wiki/Q6256#P31",
    ],
)
def test_addresses_of_items_become_one_iri(address: str) -> None:
    """However an endpoint writes an item, in the graph it is the IRI by which graphs join."""
    content = answered(row({"type": "uri", "value": address}))
    (triple,) = read_answer(content, [IRAN], "x:").triples
    assert triple.object == NamedNode(WD + "Q6256")


def test_an_item_written_otherwise_is_the_one_that_was_asked_for() -> None:
    """A mirror that answers with https speaks of the same item."""
    content = answered(row({"type": "literal", "value": "x"}, "https://www.wikidata.org/wiki/Q794"))
    (triple,) = read_answer(content, [IRAN], "x:").triples
    assert triple.subject == NamedNode(IRAN)


def test_literals_keep_language_and_datatype() -> None:
    """Nothing of a value is lost."""
    day = "http://www.w3.org/2001/XMLSchema#date"
    content = answered(
        row({"type": "literal", "value": "ایران", "xml:lang": "fa"}),
        row({"type": "literal", "value": "1979-02-11", "datatype": day}),
    )
    found = [triple.object for triple in read_answer(content, [IRAN], "x:").triples]
    assert found == [
        Literal("ایران", language="fa"),
        Literal("1979-02-11", datatype=NamedNode(day)),
    ]


def test_blank_nodes_of_two_answers_stay_apart() -> None:
    """The same label in two batches is two nodes."""
    content = answered(row({"type": "bnode", "value": "t0"}))
    found = {
        read_answer(content, [IRAN], f"http://example.org/{batch}-").triples[0].object
        for batch in (1, 2)
    }
    assert found == {NamedNode("http://example.org/1-t0"), NamedNode("http://example.org/2-t0")}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "cut off or no result"),
        (b"<html>503</html>", "cut off or no result"),
        (answered(row({"type": "literal", "value": "x"}))[:-2], "cut off or no result"),
        (answered() + b"trailing", "cut off or no result"),
        (b'{"error": "timeout"}', "columns none|cut off or no result"),
        (b'{"head": {}, "boolean": true}', "yes or no"),
        (answered(names=("a",)), "columns a"),
        (answered(row({"type": "literal", "value": "x"}, WD + "Q30")), "not asked for"),
        (answered({"item": {"type": "uri", "value": IRAN}}), "lacks a property or a value"),
    ],
)
def test_what_is_no_whole_answer_is_told(content: bytes, told: str) -> None:
    """Nothing that is cut off, an error or about something else is read as facts."""
    with pytest.raises(BrokenAnswerError, match=told):
        read_answer(content, [IRAN], "x:")


def test_an_empty_answer_is_one() -> None:
    """Nothing known of the items is no fault."""
    assert read_answer(answered(), [IRAN], "x:").triples == ()
