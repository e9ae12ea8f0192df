"""Results of queries: read from a file of the suite or from a response, and compared."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from io import StringIO
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from datasets import read_graph
from isomorphism import isomorphic
from pyoxigraph import (
    BlankNode,
    Dataset,
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    RdfFormat,
    Triple,
    parse,
    parse_query_results,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from isomorphism import Row

__all__ = ["JSON", "Graph", "Result", "Solutions", "accepted", "read_file", "read_response", "same"]

XSD = "http://www.w3.org/2001/XMLSchema#"
INTEGERS = (
    "integer",
    "negativeInteger",
    "nonNegativeInteger",
    "nonPositiveInteger",
    "positiveInteger",
    "long",
    "int",
    "short",
    "byte",
    "unsignedLong",
    "unsignedInt",
    "unsignedShort",
    "unsignedByte",
)
RESULT_SET = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"

JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"
CSV = "text/csv"
TSV = "text/tab-separated-values"
RESULTS: Mapping[str, QueryResultsFormat] = MappingProxyType(
    {JSON: QueryResultsFormat.JSON, XML: QueryResultsFormat.XML, TSV: QueryResultsFormat.TSV}
)
GRAPHS: Mapping[str, RdfFormat] = MappingProxyType(
    {
        "text/turtle": RdfFormat.TURTLE,
        "application/n-triples": RdfFormat.N_TRIPLES,
        "application/n-quads": RdfFormat.N_QUADS,
        "application/rdf+xml": RdfFormat.RDF_XML,
        "application/trig": RdfFormat.TRIG,
        "application/ld+json": RdfFormat.JSON_LD,
        "text/n3": RdfFormat.N3,
    }
)

# What is asked for where the expected result is in a file of this suffix: the same format, so that
# all writers of a server are tested.
ACCEPT: Mapping[str, str] = MappingProxyType(
    {
        ".srj": JSON,
        ".srx": XML,
        ".csv": CSV,
        ".tsv": TSV,
        ".ttl": "text/turtle",
        ".nt": "application/n-triples",
    }
)


@dataclass(frozen=True, slots=True)
class Solutions:
    """Hold what SELECT finds. Cells are in the order of the variables, which are sorted."""

    variables: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """Hold what CONSTRUCT makes."""

    triples: frozenset[Row]


Result = bool | Solutions | Graph


def same(left: Result, right: Result) -> bool:
    """Compare two results as bags, up to the names of blank nodes; not the order of solutions.

    Cells are the same if their values are: what an operator returns is a value, and "2.0" and "2"
    of xsd:decimal are two ways to write it. The datatypes have to be the same.
    """
    match left, right:
        case Solutions(), Solutions():
            ours, theirs = ([_values(row) for row in each.rows] for each in (left, right))
            return left.variables == right.variables and isomorphic(ours, theirs)
        case Graph(), Graph():
            return isomorphic(left.triples, right.triples)
        case _:
            return left == right


def _values(row: Row) -> Row:
    return tuple(map(_value, row))


def _value(term: Any) -> Any:  # noqa: ANN401 - it returns what kind of term it takes
    """Write numbers and truth values in the one way that stands for all; leave others alone.

    >>> _value(Literal("+02.50", datatype=NamedNode(XSD + "decimal"))).value
    '2.5'
    """
    if isinstance(term, Triple):
        return Triple(term.subject, term.predicate, _value(term.object))
    return _canonical(term) if isinstance(term, Literal) else term


def _canonical(literal: Literal) -> Literal:
    kind = literal.datatype.value.removeprefix(XSD)
    text = literal.value.strip()
    try:
        if kind in ("decimal", *INTEGERS):
            text = format(Decimal(text).normalize(), "f")
        elif kind in ("double", "float"):
            text = repr(float(text))
        elif kind == "boolean":
            text = {"1": "true", "0": "false"}.get(text, text)
    except (InvalidOperation, ValueError):
        return literal  # an ill-typed literal is no more than its text
    return literal if text == literal.value else Literal(text, datatype=literal.datatype)


def accepted(file: Path, base: str) -> str:
    """Tell which format to ask for, so that the response can be compared with a file."""
    accept = ACCEPT[file.suffix]
    return JSON if accept in GRAPHS and isinstance(read_file(file, base), Solutions) else accept


def read_file(file: Path, base: str) -> Result:
    """Read an expected result: a graph may also be one that describes solutions."""
    accept = ACCEPT[file.suffix]
    if accept not in GRAPHS:
        return read_response(accept, file.read_bytes())
    quads = read_graph(file, base)
    described = _described(Dataset(quads))
    if described.variables:
        return described
    return Graph(frozenset(tuple(quad.triple) for quad in quads))


def _described(graph: Dataset) -> Solutions:
    """Read solutions from the graph that describes them with the W3C's result-set vocabulary."""
    values, names = _objects(graph, "value"), _objects(graph, "variable")
    variables = tuple(sorted(each.object.value for each in _about(graph, "resultVariable")))
    cells: dict[Any, dict[str, Any]] = {each.object: {} for each in _about(graph, "solution")}
    for each in _about(graph, "binding"):
        cells[each.subject][names[each.object].value] = values[each.object]
    rows = tuple(tuple(row.get(name) for name in variables) for row in cells.values())
    return Solutions(variables, rows)


def _objects(graph: Dataset, name: str) -> dict[Any, Any]:
    return {each.subject: each.object for each in _about(graph, name)}


def _about(graph: Dataset, name: str) -> Iterator[Any]:
    return graph.quads_for_predicate(NamedNode(RESULT_SET + name))


def read_response(media_type: str, body: bytes) -> Result:
    """Read the body of a response.

    Raises SyntaxError or UnicodeDecodeError where it is not of its type, and ValueError where the
    type is none of results or graphs.
    """
    if media_type in GRAPHS:
        triples = parse(body, GRAPHS[media_type])
        return Graph(frozenset(tuple(quad.triple) for quad in triples))
    if media_type == CSV:
        return _read_csv(body.decode())
    if media_type not in RESULTS:
        message = f"{media_type or 'no type'} is not a format of results."
        raise ValueError(message)
    results = parse_query_results(body, RESULTS[media_type])
    if isinstance(results, QueryBoolean):
        return bool(results)
    variables = tuple(sorted(variable.value for variable in results.variables))
    rows = tuple(tuple(solution[name] for name in variables) for solution in results)
    return Solutions(variables, rows)


def _read_csv(text: str) -> Solutions:
    """Read CSV, in which every term but a blank node is no more than its text."""
    header, *lines = csv.reader(StringIO(text, newline=""))
    order = sorted(range(len(header)), key=lambda column: header[column])
    rows = tuple(tuple(_cell(([*line] or [""])[column]) for column in order) for line in lines)
    return Solutions(tuple(sorted(header)), rows)


def _cell(text: str) -> BlankNode | Literal:
    return BlankNode(text[2:]) if text.startswith("_:") else Literal(text)
