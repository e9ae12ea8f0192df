"""Read the test suite of SHACL, a W3C Recommendation, into frozen values.

A test is a graph of data, one of shapes, and the report that is expected, or a failure. All stand
in Turtle files; where one file holds data and shapes, their blank nodes are the same.
"""

from __future__ import annotations

import os
import warnings
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from pyoxigraph import RdfFormat, parse
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import SH, Namespace

from allegiance.shacl import rdflib_graph

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyoxigraph import Quad
    from rdflib.term import Node

__all__ = ["SHAPE_SUITES", "Outline", "ShapeCase", "absence", "outline", "shape_cases"]

# Where the suite is published: relative names in its files mean something below this address.
BASE = "https://w3c.github.io/data-shapes/data-shapes-test-suite/tests/"
VARIABLE = "ALLEGIANCE_W3C_SHAPES"
CHECKOUT = Path(__file__).resolve().parents[2]
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
RESULT = (SH.focusNode, SH.resultPath, SH.value, SH.sourceConstraintComponent, SH.resultSeverity)

# Its quads and its prefixes.
File = tuple[tuple["Quad", ...], "Mapping[str, str]"]

SHAPE_SUITES: Mapping[str, str] = MappingProxyType(
    {"core": "SHACL Core", "sparql": "SHACL-SPARQL"},
)


@dataclass(frozen=True, slots=True)
class Outline:
    """Hold what is compared of a report: whether all conforms, and each result's five parts.

    Blank nodes count as one: their labels say nothing, and paths that are not mere predicates are
    blank nodes too. Literals are written in the one form that rdflib has for their value, since it
    reads them so.
    """

    conforms: bool
    results: Mapping[tuple[str, ...], int]


@dataclass(frozen=True, slots=True)
class ShapeCase:
    """Hold a test; `expected` is None where a failure is what has to come of it."""

    name: str
    data: tuple[Quad, ...]
    shapes: tuple[Quad, ...]
    # Those of the file of the data: a graph that rdflib reads knows them too.
    prefixes: Mapping[str, str]
    expected: Outline | None


def root() -> Path:
    """Name the folder of the suite's manifest."""
    named = os.environ.get(VARIABLE)
    folder = Path(named) if named else CHECKOUT.parent / "shared" / "w3c" / "data-shapes"
    return folder / "data-shapes-test-suite" / "tests"


def absence() -> str | None:
    """Say that the suite is not held and what to do about it; None where it is held."""
    if (root() / "manifest.ttl").is_file():
        return None
    return (
        f"the suite of SHACL is not held: no {root()} "
        f"(clone https://github.com/w3c/data-shapes and set {VARIABLE})"
    )


@cache
def shape_cases(suite: str) -> tuple[ShapeCase, ...]:
    """Read the tests of a suite, `core` or `sparql`; none where the suite is not held."""
    if absence() is not None:
        return ()
    return tuple(_cases(root() / suite / "manifest.ttl"))


def outline(report: Graph, node: Node) -> Outline:
    """Read what is compared of a report, which is a node of a graph."""
    conforms = report.value(node, SH.conforms)
    results = Counter(
        tuple(_text(report.value(result, part)) for part in RESULT)
        for result in report.objects(node, SH.result)
    )
    return Outline(str(conforms) in {"true", "1"}, results)


def _text(term: Node | None) -> str:
    if term is None:
        return ""
    if isinstance(term, Literal):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of ill-typed booleans, which rdflib takes for false
            return Literal(str(term), term.language, term.datatype).n3()
    return "_" if isinstance(term, BNode) else term.n3()


def _cases(file: Path) -> Iterator[ShapeCase]:
    """Read a manifest with those that it includes."""
    read = _read(file)
    graph = rdflib_graph(read[0])
    for each in sorted(graph.objects(None, MF.include)):
        yield from _cases(_file(each))
    for head in graph.objects(None, MF.entries):
        for test in Collection(graph, head):
            yield _case(graph, test, {file: read})


def _case(graph: Graph, test: Node, files: dict[Path, File]) -> ShapeCase:
    action, result = graph.value(test, MF.action), graph.value(test, MF.result)
    for part in (SHT.dataGraph, SHT.shapesGraph):
        file = _file(graph.value(action, part))
        if file not in files:
            files[file] = _read(file)
    data, prefixes = files[_file(graph.value(action, SHT.dataGraph))]
    shapes, _ = files[_file(graph.value(action, SHT.shapesGraph))]
    expected = None if result in {None, SHT.Failure} else outline(graph, result or BNode())
    return ShapeCase(str(test).removeprefix(BASE), data, shapes, prefixes, expected)


def _read(file: Path) -> File:
    base = BASE + file.relative_to(root()).as_posix()
    parser = parse(path=file, format=RdfFormat.TURTLE, base_iri=base, rename_blank_nodes=True)
    return tuple(parser), parser.prefixes


def _file(node: Node | None) -> Path:
    if not isinstance(node, URIRef):
        message = f"{node} is no file of the suite of SHACL."
        raise TypeError(message)
    return root() / node.removeprefix(BASE)
