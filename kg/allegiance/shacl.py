"""Run the shapes with pySHACL on a plain rdflib graph, and lead each result back to its line.

The graph is the union of ontology, register, documents and all claims, hypothetical ones included:
a shape speaks of what is written, not of what is held true.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyshacl
from pyoxigraph import BlankNode, Literal, NamedNode
from rdflib import BNode, Graph, URIRef
from rdflib import Literal as RdflibLiteral
from rdflib.namespace import RDF, SH

from allegiance.errors import AllegianceError
from allegiance.finding import Finding, Place, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from pyoxigraph import Quad
    from rdflib.term import Node

    from allegiance.build import PlacedQuad

__all__ = ["REMEDY", "SHAPE", "Positions", "check_shapes", "load_shapes", "rdflib_graph"]

REMEDY = URIRef("https://w3id.org/allegiance/shape#remedy")
SHAPE = "https://w3id.org/allegiance/shape/"
_SEVERITIES: Mapping[Node, Severity] = {
    SH.Violation: Severity.VIOLATION,
    SH.Warning: Severity.WARNING,
    SH.Info: Severity.INFO,
}
_SHOWN = 60
_OWN_SHAPES = "ontology.ttl"


@dataclass(slots=True)
class Positions:
    """Remember where each triple was written, from the exact triple to its mere subject."""

    places: dict[tuple[Node, ...], Place] = field(default_factory=dict)

    def remember(self, placed: PlacedQuad) -> None:
        """Keep the first place of a triple, of its subject and predicate, and of its subject."""
        quad = placed.quad
        subject, predicate = _term(quad.subject), _term(quad.predicate)
        for key in ((subject,), (subject, predicate), (subject, predicate, _term(quad.object))):
            self.places.setdefault(key, placed.place)

    def find(self, focus: Node, path: Node | None, value: Node | None) -> Place:
        """Return the narrowest place that is known of a result."""
        for key in ((focus, path, value), (focus, path), (focus,)):
            found = self.places.get(tuple(part for part in key if part is not None))
            if found is not None:
                return found
        return Place(str(focus))


def rdflib_graph(quads: Iterable[Quad]) -> Graph:
    """Copy quads into one rdflib graph, whatever graph they stand in."""
    graph = Graph()
    for quad in quads:
        graph.add((_term(quad.subject), _term(quad.predicate), _term(quad.object)))
    return graph


def load_shapes(folder: Path) -> Graph:
    """Read the shapes on the data; those on the ontology itself are for its own tests."""
    shapes = Graph()
    for file in sorted(folder.glob("*.ttl")):
        if file.name != _OWN_SHAPES:
            shapes.parse(file, format="turtle")
    return shapes


def check_shapes(data: Graph, shapes: Graph, positions: Positions) -> Iterator[Finding]:
    """Validate a graph and give a finding for each result, at the place where it was written.

    Raises AllegianceError where pySHACL cannot run, since an unchecked graph must not pass.
    """
    with warnings.catch_warnings():
        # rdflib compares an ill-typed date by the truth of NotImplemented; the result stands.
        warnings.filterwarnings("ignore", "NotImplemented", DeprecationWarning)
        _, results, text = pyshacl.validate(
            data, shacl_graph=shapes, meta_shacl=False, advanced=False
        )
    if not isinstance(results, Graph):
        message = f"The shapes could not be run: {text}"
        raise AllegianceError(message)
    for report in results.subjects(RDF.type, SH.ValidationReport):
        for result in results.objects(report, SH.result):
            yield _finding(result, results, shapes, positions)


def _finding(result: Node, results: Graph, shapes: Graph, positions: Positions) -> Finding:
    shape = results.value(result, SH.sourceShape)
    focus = results.value(result, SH.focusNode)
    path, value = results.value(result, SH.resultPath), results.value(result, SH.value)
    message = shapes.value(shape, SH.message) or results.value(result, SH.resultMessage)
    # A rule on a node reports the node itself, which the place shows already.
    shown = ""
    if value is not None and value != focus and not isinstance(value, BNode):
        shown = f" (found: {_short(value)})"
    return Finding(
        place=positions.find(focus or BNode(), path, value),
        rule=f"shape/{str(shape).removeprefix(SHAPE)}",
        message=f"{message}{shown}",
        remedy=str(shapes.value(shape, REMEDY) or "See shapes/README.md for the rule."),
        severity=_SEVERITIES.get(
            results.value(result, SH.resultSeverity) or SH.Violation, Severity.VIOLATION
        ),
    )


def _short(value: Node) -> str:
    text = str(value).removeprefix("https://w3id.org/allegiance/")
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def _term(node: object) -> Node:
    if isinstance(node, NamedNode):
        return URIRef(node.value)
    if isinstance(node, BlankNode):
        return BNode(node.value)
    if isinstance(node, Literal):
        if node.language is not None:
            return RdflibLiteral(node.value, lang=node.language)
        plain = node.datatype.value == "http://www.w3.org/2001/XMLSchema#string"
        datatype = None if plain else URIRef(node.datatype.value)
        # Normalised, "2024-10-01Z"^^xsd:date would lose its Z before any shape sees it.
        return RdflibLiteral(node.value, datatype=datatype, normalize=False)
    message = f"{node} has no place in a plain RDF 1.1 graph."
    raise AllegianceError(message)
