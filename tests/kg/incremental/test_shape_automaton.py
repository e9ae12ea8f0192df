"""The shapes tell along which paths a change alters a verdict, and on what a verdict depends."""

from __future__ import annotations

import pytest
from pyoxigraph import NamedNode, Quad, Store
from rdflib import Graph

from allegiance.incremental.shape_automaton import ShapeAutomaton
from allegiance.quad_source import StoreQuads

PREFIXES = """
@prefix e: <e:> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
"""
# A chain a -p-> b -q-> c -r-> d, and a hub to which many lead by s.
DATA = ("a p b", "b q c", "c r d", "a s hub", "x s hub", "y s hub", "hub t z")


def quad(text: str) -> Quad:
    """Read three names as a quad."""
    subject, predicate, value = (NamedNode(f"e:{name}") for name in text.split())
    return Quad(subject, predicate, value)


def source() -> StoreQuads:
    """Give the data."""
    store = Store()
    store.extend(quad(text) for text in DATA)
    return StoreQuads(store)


def automaton(shape: str) -> ShapeAutomaton:
    """Read a shape whose targets are the subjects of e:p, by that alone."""
    text = f"{PREFIXES} e:S a sh:PropertyShape ; sh:targetSubjectsOf e:p ; {shape} ."
    return ShapeAutomaton.of(Graph().parse(data=text, format="turtle"))


def affected(shape: str, changed: str) -> set[str]:
    """Return the names of the nodes that one changed triple concerns."""
    found = automaton(shape).affected(source(), [quad(changed)])
    return {str(node)[3:-1] for node in found}


def needed(shape: str, focus: str) -> set[str]:
    """Return the triples on which the verdict on a node depends."""
    found = automaton(shape).neighbourhood(source(), [NamedNode(f"e:{focus}")])
    quads = (found_quad.triple for found_quad in found)
    return {" ".join(str(term)[3:-1] for term in (t.subject, t.predicate, t.object)) for t in quads}


NESTED = "sh:path e:p ; sh:node [ sh:property [ sh:path e:q ; sh:minCount 1 ] ]"
SEQUENCE = "sh:path ( e:p e:q ) ; sh:node [ sh:property [ sh:path e:r ; sh:minCount 1 ] ]"


@pytest.mark.parametrize(
    ("shape", "changed", "expected"),
    [
        ("sh:path e:q ; sh:minCount 1", "b q c", {"b"}),
        ("sh:path e:q ; sh:minCount 1", "b u c", set()),
        ("sh:path [ sh:inversePath e:q ] ; sh:minCount 1", "b q c", {"c"}),
        (NESTED, "b q c", {"a"}),
        (NESTED, "b q new", {"a"}),
        (SEQUENCE, "c r d", {"a"}),
        (SEQUENCE, "b q c", {"a"}),
        ("sh:path e:p ; sh:class e:C", "b type C", set()),
        ("sh:path [ sh:alternativePath ( e:p e:r ) ] ; sh:minCount 1", "c r d", {"c"}),
        ("sh:path [ sh:inversePath ( e:p e:q ) ] ; sh:minCount 1", "a p b", {"a", "c"}),
        ("sh:path [ sh:zeroOrOnePath e:q ] ; sh:disjoint e:u", "b u b", {"b"}),
        ("sh:path e:p ; sh:equals e:u", "a u b", {"a"}),
        ("sh:path e:p ; sh:or ( [ sh:path e:q ; sh:minCount 2 ] )", "b q c", {"a"}),
        ("sh:path e:p ; sh:not [ sh:path e:q ; sh:minCount 2 ]", "b q c", {"a"}),
        ("sh:path e:p ; sh:node [ sh:closed true ]", "b anything c", {"a"}),
        ("sh:path e:s ; sh:nodeKind sh:IRI", "a s hub", {"a"}),
    ],
)
def test_a_change_concerns_those_from_whom_a_path_leads_there(
    shape: str, changed: str, expected: set[str]
) -> None:
    """Nodes are found backwards along the paths of the shape, and no other nodes.

    A node that gains or loses its only target is among them.
    """
    assert affected(shape, changed) == expected


def test_a_repeated_path_is_followed_to_its_end() -> None:
    """Where a path repeats, a change at its far end concerns every node before it."""
    shape = "sh:path [ sh:zeroOrMorePath [ sh:alternativePath ( e:p e:q ) ] ] ; sh:node e:N . \
        e:N sh:property [ sh:path e:r ; sh:maxCount 0 ]"

    assert affected(shape, "c r d") == {"a", "b", "c"}


def test_a_shape_that_leads_to_itself_is_followed() -> None:
    """A shape that asks its own question of the next node reaches as far as the data."""
    shape = "sh:path e:p ; sh:node e:N . e:N a sh:NodeShape ; sh:property [ sh:path e:q ; \
        sh:node e:N ] ; sh:property [ sh:path e:r ; sh:maxCount 0 ]"

    assert affected(shape, "c r d") == {"a"}


def test_a_shared_node_is_not_looked_through_where_no_shape_does() -> None:
    """A change at a node that many share concerns none of them unless a path goes on there."""
    assert affected("sh:path e:s ; sh:nodeKind sh:IRI", "hub t z") == set()
    assert affected("sh:path ( e:s e:t ) ; sh:minCount 1", "hub t z") == {"a", "x", "y"}


def test_a_verdict_depends_on_what_the_paths_pass() -> None:
    """The neighbourhood of a node has the triples of its paths and of its targets, and no more."""
    assert needed(SEQUENCE, "a") == {"a p b", "b q c", "c r d"}
    assert needed("sh:path e:s ; sh:nodeKind sh:IRI", "a") == {"a p b", "a s hub"}
    assert needed("sh:path e:p ; sh:node [ sh:closed true ]", "a") == {"a p b", "b q c"}


def test_a_query_in_a_shape_is_known_to_look_anywhere() -> None:
    """A shape with SPARQL says of itself that its reach is not known."""
    assert automaton("sh:path e:p ; sh:sparql [ sh:select 'SELECT $this {}' ]").is_everywhere
    assert not automaton("sh:path e:p").is_everywhere
