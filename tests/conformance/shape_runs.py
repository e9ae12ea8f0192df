"""Run a test of SHACL in three ways: by pySHACL alone, by our check, and by our check of nodes.

The check of ill-typed literals, which goes beyond SHACL, is no part of any.
"""

from __future__ import annotations

from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING

import pyshacl
from pyoxigraph import RdfFormat, Store, Triple, serialize
from rdflib import BNode, Graph
from rdflib.namespace import RDF, SH
from shape_cases import Outline, outline

from allegiance.errors import AllegianceError
from allegiance.quad_source import StoreQuads
from allegiance.reach import Reach
from allegiance.retargeting import Targets
from allegiance.shacl import rdflib_graph, rdflib_term, shape_results

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyoxigraph import Quad
    from shape_cases import ShapeCase

    from allegiance.reach import Term

__all__ = ["EXPECTED_SHAPE_EXCEPTIONS", "SHAPE_RUNS", "difference"]

BOOLEAN_READ = 'sh:uniqueLang "1"^^xsd:boolean is taken as true, although it is not written "true"'
GRAPH_UNNAMED = "pySHACL has no $shapesGraph"
IMPORT_LEFT = (
    "pySHACL follows no owl:imports to declared prefixes, and our data bring none of their own"
)
TYPE_LOST = "the store keeps an xsd:byte as an xsd:integer"


def by_pyshacl(case: ShapeCase) -> Outline:
    """Run pySHACL on the graphs as rdflib reads them."""
    labels: dict[str, BNode] = {}
    data, shapes = _parsed(case.data, labels), _parsed(case.shapes, labels)
    for prefix, namespace in case.prefixes.items():
        data.bind(prefix, namespace)
    _, report, text = pyshacl.validate(data, shacl_graph=shapes)
    if not isinstance(report, Graph):
        raise AllegianceError(text)
    return _outline(report)


def in_full(case: ShapeCase) -> Outline:
    """Check all data, as `allegiance validate` does."""
    return _outline(shape_results(rdflib_graph(case.data), rdflib_graph(case.shapes)))


def narrowed(case: ShapeCase) -> Outline:
    """Check all nodes, as the gate before a commit does: first one half of them, then the other."""
    store = Store()
    store.extend(case.data)
    shapes = rdflib_graph(case.shapes)
    reach, targets = Reach.of(shapes), Targets.of(shapes)
    nodes = sorted(_nodes(case), key=str)
    found = []
    for half in (nodes[::2], nodes[1::2]):
        part = reach.neighbourhood(StoreQuads(store), half)
        data = rdflib_graph(quad for quad in part if not isinstance(quad.object, Triple))
        foci = {rdflib_term(node) for node in half}
        found.append(_outline(shape_results(data, targets.narrowed(data, foci))))
    results = Counter(found[0].results) + Counter(found[1].results)
    return Outline(all(each.conforms for each in found), results)


SHAPE_RUNS: Mapping[str, Callable[[ShapeCase], Outline]] = MappingProxyType(
    {"pySHACL": by_pyshacl, "all nodes": in_full, "given nodes": narrowed}
)

EXPECTED_SHAPE_EXCEPTIONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "pySHACL": {
            "core/property/uniqueLang-002": BOOLEAN_READ,
            "sparql/pre-binding/shapesGraph-001": GRAPH_UNNAMED,
        },
        "all nodes": {
            "core/property/uniqueLang-002": BOOLEAN_READ,
            "sparql/node/prefixes-001": IMPORT_LEFT,
            "sparql/pre-binding/shapesGraph-001": GRAPH_UNNAMED,
        },
        "given nodes": {
            "core/property/datatype-ill-formed": TYPE_LOST,
            "core/property/uniqueLang-002": BOOLEAN_READ,
            "sparql/node/prefixes-001": IMPORT_LEFT,
            "sparql/pre-binding/shapesGraph-001": GRAPH_UNNAMED,
        },
    }
)


def difference(case: ShapeCase, run: Callable[[ShapeCase], Outline]) -> str | None:
    """Run a test and say how its report is not the expected one; None: it is."""
    try:
        found = run(case)
    except Exception as error:  # noqa: BLE001 - rdflib fails on a query in ways of its own
        return None if case.expected is None else f"it fails: {error}"
    if case.expected is None:
        return "it does not fail"
    if found == case.expected:
        return None
    missing = Counter(case.expected.results) - Counter(found.results)
    surplus = Counter(found.results) - Counter(case.expected.results)
    return f"conforms: {found.conforms}; missing: {dict(missing)}; surplus: {dict(surplus)}"


def _outline(report: Graph) -> Outline:
    (node,) = report.subjects(RDF.type, SH.ValidationReport)
    return outline(report, node)


def _nodes(case: ShapeCase) -> set[Term]:
    """Return every node of the data, and those that the shapes name as targets beside them."""
    found: set[Term] = set()
    for quad in case.data:
        found |= {term for term in (quad.subject, quad.object) if not isinstance(term, Triple)}
    for quad in case.shapes:
        if quad.predicate.value == str(SH.targetNode) and not isinstance(quad.object, Triple):
            found.add(quad.object)
    return found


def _parsed(quads: tuple[Quad, ...], labels: dict[str, BNode]) -> Graph:
    """Have rdflib read the quads by its own parser, as who uses pySHACL alone would."""
    text = serialize((quad.triple for quad in quads), format=RdfFormat.N_TRIPLES)
    return Graph().parse(data=text or b"", format="nt", bnode_context=labels)
