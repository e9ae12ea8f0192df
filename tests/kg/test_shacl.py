"""Shapes: each result leads back to the line that was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad
from rdflib import BNode, Graph, URIRef
from rdflib import Literal as RdflibLiteral

from allegiance.build import PlacedQuad, corpus_quads
from allegiance.corpus import read_corpus
from allegiance.finding import Place, Severity
from allegiance.namespaces import term, thing_iri
from allegiance.shacl import Positions, check_shapes, load_shapes, rdflib_graph

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Checkout

    from allegiance.finding import Finding

PATRONAGE = "patronage: {patron: arcadia, client: reed-front, mode: [weapons, training]}"
DOC = "kg/data/sources/doc.yaml"
PREFIXES = """\
@prefix al: <https://w3id.org/allegiance/ontology#> .
@prefix id: <https://w3id.org/allegiance/id/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix shape: <https://w3id.org/allegiance/shape/> .
@prefix told: <https://w3id.org/allegiance/shape#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


@pytest.fixture
def check(checkout: Checkout, claim: Callable[..., str]) -> Callable[..., list[Finding]]:
    """Give a checker of a document with one claim against shapes of the test's own."""

    def run(shapes: str, content: str = PATRONAGE, **lines: str) -> list[Finding]:
        checkout.write_shapes(PREFIXES + shapes)
        checkout.write_source("doc", claim("one", content, **lines))
        positions, quads = Positions(), []
        for placed in corpus_quads(read_corpus(checkout.bundle)):
            positions.remember(placed)
            quads.append(placed.quad)
        shapes_graph = load_shapes(checkout.bundle.shapes)
        return sorted(check_shapes(rdflib_graph(quads), shapes_graph, positions))

    return run


def test_a_wrong_value_is_told_where_the_value_stands(check: Callable[..., list[Finding]]) -> None:
    """Of two values of one key the wrong one is found, with the shape's name and its remedy."""
    (found,) = check(
        "shape:Mode a sh:PropertyShape ; sh:targetSubjectsOf al:patron ; sh:path al:supportMode ;\n"
        "  sh:in ( <https://w3id.org/allegiance/scheme/support-mode/weapons> ) ;\n"
        '  sh:message "Only weapons count." ; told:remedy "Write weapons." .\n'
    )
    assert str(found.place) == f"{DOC}:14:70"
    assert found.rule == "shape/Mode"
    assert found.message == "Only weapons count. (found: scheme/support-mode/training)"
    assert found.remedy == "Write weapons."
    assert found.severity is Severity.VIOLATION


def test_too_many_values_are_told_where_the_first_stands(
    check: Callable[..., list[Finding]],
) -> None:
    """A result without a value leads to the first triple of the property."""
    (found,) = check(
        "shape:One a sh:PropertyShape ; sh:targetSubjectsOf al:patron ; sh:path al:supportMode ;\n"
        '  sh:maxCount 1 ; sh:message "One mode." .\n'
    )
    assert str(found.place) == f"{DOC}:14:61"
    assert found.message == "One mode."
    assert found.remedy == "See shapes/README.md for the rule."


def test_a_missing_value_is_told_where_its_subject_begins(
    check: Callable[..., list[Finding]],
) -> None:
    """A result on a property that is not there leads to the content, the claim or the entry."""
    (content,) = check(
        "shape:Since a sh:PropertyShape ; sh:targetSubjectsOf al:patron ; sh:path al:since ;\n"
        '  sh:minCount 1 ; sh:message "Since when?" ; sh:severity sh:Warning .\n'
    )
    assert (str(content.place), content.severity) == (f"{DOC}:14:16", Severity.WARNING)
    (claim,) = check(
        "shape:Doubt a sh:PropertyShape ; sh:targetClass al:Claim ; sh:path al:certainty ;\n"
        '  sh:minCount 1 ; sh:message "How sure?" ; sh:severity sh:Info .\n'
    )
    assert (str(claim.place), claim.severity) == (f"{DOC}:10:5", Severity.INFO)
    (entry,) = check(
        "shape:Code a sh:PropertyShape ; sh:targetNode id:borduria ; sh:path al:isoCode ;\n"
        '  sh:minCount 1 ; sh:message "Which code?" .\n'
    )
    assert str(entry.place) == "kg/data/actors/actors.yaml:3:3"


def test_shapes_see_what_is_only_supposed(check: Callable[..., list[Finding]]) -> None:
    """A hypothetical claim is held to the same shapes as an asserted one."""
    shape = (
        "shape:None a sh:NodeShape ; sh:targetClass al:Patronage ; sh:nodeKind sh:Literal ;\n"
        '  sh:message "None." .\n'
    )
    assert [str(f.place) for f in check(shape, status="hypothetical")] == [f"{DOC}:14:16"]


def test_a_long_value_is_shortened(check: Callable[..., list[Finding]]) -> None:
    """Of a value at most sixty characters are shown."""
    (found,) = check(
        "shape:Short a sh:PropertyShape ; sh:targetClass al:Claim ; sh:path al:says ;\n"
        '  sh:maxLength 50 ; sh:message "Too long." .\n',
        says="x" * 61,
    )
    assert found.message == f"Too long. (found: {'x' * 57}...)"
    assert str(found.place) == f"{DOC}:11:11"


def test_data_that_fit_the_shapes_have_no_findings(check: Callable[..., list[Finding]]) -> None:
    """A shape that holds says nothing."""
    shape = (
        "shape:Ok a sh:PropertyShape ; sh:targetClass al:Claim ; sh:path al:says ; sh:minCount 1 ."
    )
    assert check(shape) == []


def test_the_shapes_of_the_ontology_are_not_for_the_data(checkout: Checkout) -> None:
    """ontology.ttl in the folder of shapes is left to the ontology's own tests."""
    checkout.write_shapes(PREFIXES + "shape:A a sh:NodeShape .\n")
    (checkout.bundle.shapes / "ontology.ttl").write_text(PREFIXES + "shape:B a sh:NodeShape .\n")
    assert len(load_shapes(checkout.bundle.shapes)) == 1


def test_a_position_is_the_narrowest_that_is_known() -> None:
    """Exact triple before property before subject; an unknown thing is its own place."""
    subject, predicate = thing_iri("a"), term("al:alias")
    positions = Positions()
    for line, text in ((2, "one"), (3, "two")):
        quad = Quad(subject, predicate, Literal(text))
        positions.remember(PlacedQuad(quad, Place("f.yaml", line)))
    focus, path = URIRef(subject.value), URIRef(predicate.value)
    assert positions.find(focus, path, RdflibLiteral("two")) == Place("f.yaml", 3)
    assert positions.find(focus, path, RdflibLiteral("three")) == Place("f.yaml", 2)
    assert positions.find(focus, URIRef("https://example.org/p"), None) == Place("f.yaml", 2)
    assert positions.find(URIRef("https://example.org/b"), path, None) == Place(
        "https://example.org/b"
    )


def test_terms_keep_language_datatype_and_label() -> None:
    """Copied into rdflib, a literal keeps what it is, and a plain text has no datatype."""
    subject = NamedNode("https://example.org/s")
    values = [Literal("a"), Literal("a", language="en"), Literal("5", datatype=term("xsd:integer"))]
    graph = rdflib_graph(
        [Quad(subject, term("al:alias"), value) for value in [*values, BlankNode("b")]]
    )
    assert isinstance(graph, Graph)
    found = set(graph.objects())
    assert found == {
        RdflibLiteral("a"),
        RdflibLiteral("a", lang="en"),
        RdflibLiteral(5),
        BNode("b"),
    }
