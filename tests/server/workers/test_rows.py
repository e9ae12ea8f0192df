"""Rows are counted exactly, whatever stands in the values and wherever the parts are cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some
from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Store,
    Triple,
    serialize,
)

from allegiance_server.protocol.media_types import CSV, JSON, JSONLD, RDFXML, TRIG, TSV, TURTLE, XML
from allegiance_server.workers.rows import row_counter

# What looks like a border of rows in one of the formats or in several.
NASTY = (
    '},{"x":{"type":',
    ",{},",
    "[{}]",
    ',{"',
    "[{",
    "<result>",
    "</result><result>",
    "&lt;result>",
    "\n",
    "\r\n",
    "\r",
    "\t",
    '"',
    '""',
    '\\"',
    "\\",
    "\\\\",
    "\\n",
    ",",
    "é😀",
    " . ",
)
TEXTS = some.lists(some.sampled_from(NASTY) | some.text(max_size=3), max_size=5).map("".join)
IRIS = some.sampled_from(("http://e.org/a", "http://e.org/,(x),y", "urn:x:%22%3Cresult%3E"))
LITERALS = some.one_of(
    TEXTS.map(Literal),
    TEXTS.map(lambda text: Literal(text, language="en")),
    TEXTS.map(lambda text: Literal(text, datatype=NamedNode("http://e.org/d"))),
    some.integers().map(Literal),
)
SIMPLE = LITERALS | IRIS.map(NamedNode)
TRIPLES = some.builds(Triple, IRIS.map(NamedNode), IRIS.map(NamedNode), SIMPLE)
VALUES = some.none() | SIMPLE | TRIPLES
ROWS = some.lists(some.tuples(VALUES, VALUES), max_size=6)
CUTS = some.lists(some.integers(0, 2000), max_size=8) | some.just(list(range(2000)))


def cut(whole: bytes, places: list[int]) -> list[bytes]:
    """Cut bytes at the places that are in them."""
    borders = [0, *sorted(place for place in places if place < len(whole)), len(whole)]
    return [whole[start:end] for start, end in pairwise(borders)]


def count(media_type: str, parts: list[bytes]) -> int:
    """Count the rows of a result that comes in parts."""
    counter = row_counter(media_type)
    assert counter is not None
    for part in parts:
        counter.feed(part)
    return counter.rows


def written(value: object) -> str:
    """Write a value as SPARQL does."""
    if value is None:
        return "UNDEF"
    return f"<<( {value} )>>" if isinstance(value, Triple) else str(value)


def solutions(rows: list[tuple[object, object]], names: tuple[str, str]) -> QuerySolutions:
    """Make the result of a query that has these rows."""
    values = " ".join(f"({written(first)} {written(second)})" for first, second in rows)
    header = " ".join(f"?{name}" for name in names)
    results = Store().query(f"SELECT * {{ VALUES ({header}) {{ {values} }} }}")
    assert isinstance(results, QuerySolutions)
    return results


@pytest.mark.parametrize("media_type", [JSON, "application/json", XML, "text/xml", CSV, TSV])
@given(rows=ROWS, places=CUTS, names=some.sampled_from((("x", "y"), ("type", "v" * 700))))
@example(rows=[(None, None), (Literal(",{},"), None)], places=[], names=("x", "y"))
@settings(max_examples=60, deadline=None)
def test_solutions_are_counted_exactly(
    media_type: str, rows: list[tuple[object, object]], places: list[int], names: tuple[str, str]
) -> None:
    """The count is the number of solutions, empty ones and nasty text included."""
    results_format = QueryResultsFormat.from_media_type(media_type)
    assert results_format is not None
    whole = solutions(rows, names).serialize(format=results_format)
    assert whole is not None
    assert count(media_type, cut(whole, places)) == len(rows)


@pytest.mark.parametrize("media_type", ["application/n-triples", "application/n-quads"])
@given(objects=some.lists(SIMPLE, max_size=6), places=CUTS)
@settings(max_examples=60, deadline=None)
def test_triples_are_counted_exactly(
    media_type: str, objects: list[Literal | NamedNode], places: list[int]
) -> None:
    """In the formats of lines the count is the number of triples."""
    rdf_format = RdfFormat.from_media_type(media_type)
    triples = [Triple(BlankNode("b"), NamedNode("http://e.org/p"), each) for each in objects]
    whole = serialize(triples, format=rdf_format)
    assert whole is not None
    assert count(media_type, cut(whole, places)) == len(objects)


@pytest.mark.parametrize("media_type", [TURTLE, TRIG, RDFXML, JSONLD])
def test_formats_without_rows_are_not_counted(media_type: str) -> None:
    """Where a row is no line or element, there is no counter: a guess would be in the log."""
    assert row_counter(media_type) is None


@pytest.mark.parametrize("media_type", [JSON, XML])
def test_truth_has_no_rows(media_type: str) -> None:
    """The answer to ASK is no row."""
    results_format = QueryResultsFormat.from_media_type(media_type)
    truth = Store().query("ASK {}")
    assert isinstance(truth, QueryBoolean)
    whole = truth.serialize(format=results_format)
    assert whole is not None
    assert count(media_type, [whole]) == 0
