"""A result becomes cells in which only safe addresses are links."""

from __future__ import annotations

import json

import pytest

from allegiance_server.web.table import Cell, Table, link_target, shown

XSD = "http://www.w3.org/2001/XMLSchema#"


def table_of(*terms: dict[str, object]) -> Table:
    """Show a result of one row, its variables named a, b, c, ..."""
    names = [chr(ord("a") + index) for index in range(len(terms))]
    results = {
        "head": {"vars": [*names, "unbound"]},
        "results": {"bindings": [dict(zip(names, terms, strict=True))]},
    }
    table = shown("application/sparql-results+json", json.dumps(results).encode())
    assert isinstance(table, Table)
    return table


def test_terms_become_cells() -> None:
    """IRIs are shortened by the prefixes of the graph; what is unbound is empty."""
    table = table_of(
        {"type": "uri", "value": "https://w3id.org/allegiance/id/iran"},
        {"type": "uri", "value": "urn:x"},
        {"type": "literal", "value": "Iran", "xml:lang": "en"},
        {"type": "bnode", "value": "b0"},
    )
    assert table.variables == ("a", "b", "c", "d", "unbound")
    iran = "https://w3id.org/allegiance/id/iran"
    assert table.rows == (
        (
            Cell("id:iran", iran, iran),
            Cell("urn:x", "urn:x"),
            Cell("Iran", "en"),
            Cell("_:b0"),
            Cell(""),
        ),
    )


def test_address_is_a_link_only_where_it_is_meant_as_one() -> None:
    """An xsd:anyURI of http is a link with its fragment; the same words as plain text are none."""
    address = "https://example.org/page#:~:text=backs"
    table = table_of(
        {"type": "literal", "value": address, "datatype": XSD + "anyURI"},
        {"type": "literal", "value": address},
    )
    assert [cell.href for cell in table.rows[0]] == [address, None, None]
    assert [cell.text for cell in table.rows[0]] == ["at the words, example.org", address, ""]


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "javascript://example.org/%0aalert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "//x",
        "http:",
        "http://[",
        "",
    ],
)
def test_other_schemes_are_no_links(text: str) -> None:
    """Only http and https with a host can be clicked."""
    assert link_target(text) is None


def test_triple_terms_are_shown() -> None:
    """A triple in a cell is written out."""
    part = {"type": "uri", "value": "urn:x"}
    value = {"subject": part, "predicate": part, "object": {"type": "literal", "value": "1"}}
    assert table_of({"type": "triple", "value": value}).rows[0][0].text == "<<( urn:x urn:x 1 )>>"


def test_truth_and_graphs_are_shown_as_they_are() -> None:
    """An ASK becomes a truth value, a Turtle document a text."""
    assert shown("application/sparql-results+json", b'{"head":{},"boolean":false}') is False
    assert shown("text/turtle", b"<a> <b> <c> .") == "<a> <b> <c> ."
