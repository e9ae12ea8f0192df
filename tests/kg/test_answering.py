"""Answers as a table and in the standard formats."""

from __future__ import annotations

import json

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from allegiance.answering import answer
from allegiance.errors import QuerySyntaxError, UsageError
from allegiance.namespaces import term, thing_iri

SELECT = "SELECT ?s ?o { ?s al:backs ?o } ORDER BY ?o"
CONSTRUCT = "CONSTRUCT { ?o al:backedBy ?s } WHERE { ?s al:backs ?o }"


@pytest.fixture
def store() -> Store:
    """Fill a store with two edges and a link."""
    made = Store()
    made.add(Quad(thing_iri("arcadia"), term("al:backs"), thing_iri("reed-front")))
    made.add(Quad(thing_iri("arcadia"), term("al:backs"), NamedNode("https://example.org/x")))
    for number in (1, 2):
        link = Literal(f"https://example.org/{number}", datatype=term("xsd:anyURI"))
        made.add(Quad(thing_iri("arcadia"), term("schema:url"), link))
    return made


def test_a_table_has_short_names_and_a_count(store: Store) -> None:
    """Prefixes need no declaration, IRIs are shown with them, and the rows are counted."""
    lines = answer(store, SELECT, "table").splitlines()
    assert lines[0].split() == ["s", "o"]
    assert [line.split() for line in lines[2:4]] == [
        ["id:arcadia", "<https://example.org/x>"],
        ["id:arcadia", "id:reed-front"],
    ]
    assert lines[-1] == "2 rows"


def test_addresses_are_numbered_below_the_table(store: Store) -> None:
    """A link takes no column: it is a number in the row, and stands whole below."""
    text = answer(store, "SELECT ?url { ?s schema:url ?url } ORDER BY ?url", "table")
    assert text.endswith("\n[1] https://example.org/1\n[2] https://example.org/2\n\n2 rows\n")


def test_one_row_is_one_row_and_an_empty_answer_is_none(store: Store) -> None:
    """The count is written in words that fit."""
    assert answer(store, SELECT + " LIMIT 1", "table").endswith("\n1 row\n")
    assert answer(store, SELECT + " LIMIT 0", "table").endswith("\n0 rows\n")


def test_markup_in_a_literal_stays_text(store: Store) -> None:
    """What looks like a style of the terminal is shown as it is."""
    text = answer(store, 'SELECT ?x { VALUES ?x { "[bold]a[/bold] :smile:" } }', "table")
    assert "[bold]a[/bold] :smile:" in text


def test_yes_and_no_are_words(store: Store) -> None:
    """An ASK query is answered yes or no."""
    assert answer(store, "ASK { id:arcadia al:backs ?o }", "table") == "yes\n"
    assert answer(store, "ASK { id:borduria al:backs ?o }", "table") == "no\n"


def test_rows_in_the_standard_formats(store: Store) -> None:
    """CSV, TSV, JSON and XML hold whole IRIs, by the standards of SPARQL."""
    query = "SELECT ?o { id:arcadia al:backs ?o FILTER (STRENDS(STR(?o), 'front')) }"
    iri = "https://w3id.org/allegiance/id/reed-front"
    assert answer(store, query, "csv") == f"o\r\n{iri}\r\n"
    assert answer(store, query, "tsv") == f"?o\n<{iri}>\n"
    assert json.loads(answer(store, query, "json")) == {
        "head": {"vars": ["o"]},
        "results": {"bindings": [{"o": {"type": "uri", "value": iri}}]},
    }
    assert f"<uri>{iri}</uri>" in answer(store, query, "xml")


def test_a_graph_is_turtle_unless_asked_otherwise(store: Store) -> None:
    """A CONSTRUCT query is shown with prefixes, or as N-Triples."""
    turtle = answer(store, CONSTRUCT, "turtle")
    assert "@prefix id: <https://w3id.org/allegiance/id/> ." in turtle
    assert "id:reed-front al:backedBy id:arcadia ." in turtle
    assert answer(store, CONSTRUCT, "table") == turtle
    lines = answer(store, CONSTRUCT, "ntriples").splitlines()
    assert sorted(lines)[1] == (
        "<https://w3id.org/allegiance/id/reed-front> "
        "<https://w3id.org/allegiance/ontology#backedBy> "
        "<https://w3id.org/allegiance/id/arcadia> ."
    )


@pytest.mark.parametrize(
    ("query", "form", "said"),
    [
        (SELECT, "turtle", "turtle holds graphs; this query gives rows"),
        ("ASK {}", "ntriples", "ntriples holds graphs"),
        (CONSTRUCT, "csv", "csv holds rows; this query gives a graph"),
    ],
)
def test_a_format_that_does_not_fit_is_told_which_do(
    query: str, form: str, said: str, store: Store
) -> None:
    """Rows are no Turtle and graphs no CSV; the error names the formats that fit."""
    with pytest.raises(UsageError, match=f"{said}.* Choose "):
        answer(store, query, form)


def test_a_query_that_does_not_parse_is_told_where(store: Store) -> None:
    """The error gives the line and column at which the query stops being one."""
    with pytest.raises(QuerySyntaxError, match=r"at line 2, column 9"):
        answer(store, "SELECT * {\n ?s ?p }", "table")
