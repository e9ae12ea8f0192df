"""Run the shapes with pySHACL on a plain rdflib graph, and lead each result back to its line.

The graph is the union of ontology, register, documents and all claims, hypothetical ones included:
a shape speaks of what is written, not of what is held true. Beside the shapes, every literal is
looked at for being a form of its datatype, since pySHACL lets several pass that are none.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import pyshacl
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, parse
from pyshacl.errors import ReportableRuntimeError
from rdflib import BNode, Graph, URIRef
from rdflib import Literal as RdflibLiteral
from rdflib.collection import Collection
from rdflib.namespace import RDF, SH

from allegiance.errors import AllegianceError
from allegiance.finding import Finding, Place, Severity
from allegiance.lexical_forms import XSD, is_lexical_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from pyoxigraph import Quad
    from rdflib.term import Node

    from allegiance.build import PlacedQuad

__all__ = [
    "ILL_TYPED",
    "REMEDY",
    "SHAPE",
    "Positions",
    "check_literals",
    "check_shapes",
    "load_shapes",
    "rdflib_graph",
    "rdflib_term",
    "shape_results",
]

ILL_TYPED = "integrity/ill-typed-literal"

REMEDY = URIRef("https://w3id.org/allegiance/shape#remedy")
PLACE = URIRef("https://w3id.org/allegiance/shape#place")
SHAPE = "https://w3id.org/allegiance/shape/"
_SEVERITIES: Mapping[Node, Severity] = {
    SH.Violation: Severity.VIOLATION,
    SH.Warning: Severity.WARNING,
    SH.Info: Severity.INFO,
}
_SHOWN = 60
_EXAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "boolean": "true",
        "date": "2024-03-01",
        "dateTime": "2024-03-01T12:00:00Z",
        "decimal": "1.5",
        "duration": "P1Y2M",
        "gYear": "2024",
        "gYearMonth": "2024-03",
        "integer": "24",
    }
)
_OWN_SHAPES = "ontology.ttl"


@dataclass(slots=True)
class Positions:
    """Remember where each triple was written, from the exact triple to its mere subject."""

    places: dict[tuple[Node, ...], Place] = field(default_factory=dict)

    def remember(self, placed: PlacedQuad) -> None:
        """Keep the first place of a triple, of its subject and predicate, and of its subject."""
        quad = placed.quad
        subject, predicate = rdflib_term(quad.subject), rdflib_term(quad.predicate)
        for key in (
            (subject,),
            (subject, predicate),
            (subject, predicate, rdflib_term(quad.object)),
        ):
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
        graph.add(
            (rdflib_term(quad.subject), rdflib_term(quad.predicate), rdflib_term(quad.object))
        )
    return graph


def load_shapes(folder: Path) -> Graph:
    """Read the shapes on the data; those on the ontology itself are for its own tests."""
    files = (file for file in sorted(folder.glob("*.ttl")) if file.name != _OWN_SHAPES)
    # Each file has blank nodes of its own. Parsed by rdflib, the same takes four times as long.
    return rdflib_graph(
        quad
        for file in files
        for quad in parse(path=file, format=RdfFormat.TURTLE, rename_blank_nodes=True)
    )


def check_shapes(
    data: Graph,
    shapes: Graph,
    positions: Positions,
    nodes: AbstractSet[Node] | None = None,
) -> Iterator[Finding]:
    """Validate a graph and give a finding for each result, at the place where it was written.

    Literals are looked at wherever they stand, or only with `nodes` as subjects; that the shapes
    too judge these nodes only is a matter of their targets (see `allegiance.retargeting`). Raises
    AllegianceError where pySHACL cannot run, since an unchecked graph must not pass.
    """
    results = shape_results(data, shapes)
    for report in results.subjects(RDF.type, SH.ValidationReport):
        for result in results.objects(report, SH.result):
            yield _finding(result, results, data, shapes, positions)
    yield from check_literals(data, positions, nodes)


def shape_results(data: Graph, shapes: Graph) -> Graph:
    """Return the validation report of SHACL as the graph that pySHACL makes.

    Raises AllegianceError where pySHACL cannot run.
    """
    with warnings.catch_warnings():
        # rdflib compares an ill-typed date by the truth of NotImplemented; the result stands.
        warnings.filterwarnings("ignore", "NotImplemented", DeprecationWarning)
        try:
            _, results, text = pyshacl.validate(
                data, shacl_graph=shapes, meta_shacl=False, advanced=False
            )
        except ReportableRuntimeError as error:
            message = f"The shapes could not be run: {error.message}"
            raise AllegianceError(message) from error
    if not isinstance(results, Graph):
        message = f"The shapes could not be run: {text}"
        raise AllegianceError(message)
    return results


def check_literals(
    data: Graph, positions: Positions, nodes: AbstractSet[Node] | None = None
) -> Iterator[Finding]:
    """Give a finding for each literal that is no form of its datatype of XML Schema.

    `nodes` are the subjects whose literals are looked at; None: all.
    """
    for subject, predicate, value in data:
        if not isinstance(value, RdflibLiteral) or value.datatype is None:
            continue
        if is_lexical_form(str(value), str(value.datatype)):
            continue
        if nodes is None or subject in nodes:
            yield _ill_typed(value, positions.find(subject, predicate, value))


def _ill_typed(value: RdflibLiteral, place: Place) -> Finding:
    name = str(value.datatype).removeprefix(XSD)
    example = f", such as {_EXAMPLES[name]}" if name in _EXAMPLES else ""
    return Finding(
        place=place,
        rule=ILL_TYPED,
        message=f'"{_short(value)}" is no value of the datatype xsd:{name}.',
        remedy=f"Write a form of xsd:{name}{example}, with the digits 0 to 9 and no space around "
        "it; or give the value the datatype that it has.",
    )


def _finding(
    result: Node, results: Graph, data: Graph, shapes: Graph, positions: Positions
) -> Finding:
    shape = results.value(result, SH.sourceShape)
    focus = results.value(result, SH.focusNode)
    value = results.value(result, SH.value)
    message = shapes.value(shape, SH.message) or results.value(result, SH.resultMessage)
    # A rule on a node reports the node itself, which the place shows already.
    shown = ""
    if value is not None and value != focus and not isinstance(value, BNode):
        shown = f" (found: {_short(value)})"
    return Finding(
        place=positions.find(focus or BNode(), _path(result, results, data, shapes), value),
        rule=f"shape/{str(shape).removeprefix(SHAPE)}",
        message=f"{message}{shown}",
        remedy=str(shapes.value(shape, REMEDY) or "See shapes/README.md for the rule."),
        severity=_SEVERITIES.get(
            results.value(result, SH.resultSeverity) or SH.Violation, Severity.VIOLATION
        ),
    )


def _path(result: Node, results: Graph, data: Graph, shapes: Graph) -> Node | None:
    """Return the property that a result speaks of: of alternatives, the one that has the value."""
    shape = results.value(result, SH.sourceShape)
    path = shapes.value(shape, PLACE) or shapes.value(shape, SH.path)
    alternatives = None if path is None else shapes.value(path, SH.alternativePath)
    if alternatives is None:
        return path
    focus, value = results.value(result, SH.focusNode), results.value(result, SH.value)
    return next(
        (each for each in Collection(shapes, alternatives) if (focus, each, value) in data), None
    )


def _short(value: Node) -> str:
    whole = str(value).removeprefix("https://w3id.org/allegiance/")
    # What nobody can see is often what is wrong.
    text = "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in whole
    )
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def rdflib_term(node: object) -> Node:
    """Write a term as rdflib has it, without a change of its form.

    Raises AllegianceError for a triple, which is no term of RDF 1.1.
    """
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
