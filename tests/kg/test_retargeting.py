"""Shapes that judge given nodes only find of these what they find of them among all nodes."""

from __future__ import annotations

import warnings
from collections import Counter
from functools import cache
from random import Random
from typing import TYPE_CHECKING

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store
from rdflib import BNode, Graph, URIRef
from rdflib.namespace import RDF, RDFS, SH

from allegiance.quad_source import Overlay, StoreQuads
from allegiance.reach import Reach
from allegiance.retargeting import Targets, retargeted
from allegiance.shacl import rdflib_graph, rdflib_term, shape_results

if TYPE_CHECKING:
    from collections.abc import Iterable

    from allegiance.quad_source import QuadSource
    from allegiance.reach import Term

PREFIXES = """\
@prefix e: <http://e.org/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
e:Named a sh:NodeShape ; sh:property e:NamedName .
e:NamedName sh:path e:name ; sh:minCount 1 ; sh:uniqueLang true ; sh:languageIn ( "en" "de" ) .
"""
# Each alone and with others: a path without end, or a closed shape, would hide how far others look.
NASTY = (
    """e:Or a sh:NodeShape ; sh:targetClass e:C ;
    sh:or ( [ sh:path e:p ; sh:minCount 2 ] [ sh:path e:q ; sh:class e:D ] ) .""",
    """e:And a sh:NodeShape ; sh:targetClass e:D ; sh:targetNode e:n3 ;
    sh:and ( e:Named [ sh:property
        [ sh:path ( e:p e:q ) ; sh:minCount 1 ; sh:node e:Named ] ] ) .""",
    """e:Not a sh:NodeShape ; sh:targetSubjectsOf e:q ;
    sh:not [ sh:path e:p ; sh:minCount 1 ; sh:node e:Named ] .""",
    """e:Xone a sh:NodeShape ; sh:targetObjectsOf e:r ;
    sh:xone ( [ sh:path [ sh:inversePath e:q ] ; sh:minCount 1 ]
        [ sh:path e:p ; sh:maxCount 0 ] e:Named ) .""",
    """e:Node a sh:NodeShape ; sh:targetClass e:C ; sh:node e:Named ; sh:property e:Outer .
e:Outer a sh:PropertyShape ; sh:path e:p ; sh:property e:Inner .
e:Inner a sh:PropertyShape ; sh:path ( e:q e:r ) ; sh:minCount 1 ; sh:class e:C .""",
    """e:Qualified a sh:NodeShape ; sh:targetClass e:D ; sh:property
    [ sh:path ( e:p e:q ) ; sh:qualifiedValueShape [ sh:class e:C ] ; sh:qualifiedMinCount 1 ;
      sh:qualifiedMaxCount 1 ; sh:qualifiedValueShapesDisjoint true ] ,
    [ sh:path e:q ; sh:qualifiedValueShapesDisjoint true ; sh:qualifiedMinCount 1 ;
      sh:qualifiedValueShape [ sh:property [ sh:path ( e:r e:p ) ; sh:minCount 1 ] ] ] .""",
    """e:Star a sh:PropertyShape ; sh:targetClass e:C ; sh:path [ sh:zeroOrMorePath e:q ] ;
    sh:maxCount 2 ; sh:nodeKind sh:IRI ; sh:node e:Named .""",
    """e:Plus a sh:PropertyShape ; sh:targetNode e:n0 , e:n1 ;
    sh:path [ sh:oneOrMorePath ( e:p [ sh:inversePath e:q ] ) ] ; sh:maxCount 1 .""",
    """e:Optional a sh:PropertyShape ; sh:targetSubjectsOf e:r ;
    sh:path ( [ sh:zeroOrOnePath e:p ] e:q ) ; sh:class e:C .""",
    """e:Inverse a sh:PropertyShape ; sh:targetObjectsOf e:name ; sh:targetClass e:C ;
    sh:path [ sh:inversePath [ sh:alternativePath ( e:name e:p ( e:q e:r ) ) ] ] ; sh:maxCount 1 ;
    sh:minLength 3 .""",
    """e:Less a sh:PropertyShape ; sh:targetSubjectsOf e:low ; sh:path e:low ;
    sh:lessThan e:high ; sh:lessThanOrEquals e:other .""",
    """e:Equals a sh:PropertyShape ; sh:targetClass e:C ; sh:path ( e:p e:q ) ;
    sh:equals e:r ; sh:disjoint e:q .""",
    """e:Closed a sh:NodeShape ; sh:targetSubjectsOf e:p ; sh:closed true ;
    sh:ignoredProperties ( rdf:type e:p ) ; sh:property [ sh:path e:q ; sh:maxCount 1 ] .""",
    """e:K a rdfs:Class , sh:NodeShape ;
    sh:property [ sh:path e:q ; sh:maxCount 1 ; sh:hasValue e:n1 ] .""",
    """e:Untyped sh:targetClass e:C ; sh:path e:p ; sh:in ( e:n0 e:n1 "x"@en ) .""",
    """e:Several a sh:NodeShape ; sh:targetClass e:C , e:K ; sh:targetSubjectsOf e:p ;
    sh:targetObjectsOf e:q ; sh:targetNode e:n1 , "x"@en ; sh:severity sh:Warning ;
    sh:class e:D .""",
    """e:Target a sh:PropertyShape ; sh:targetClass e:D ; sh:path e:p ; sh:maxCount 1 .
e:Referrer a sh:NodeShape ; sh:targetSubjectsOf e:r ; sh:property e:Target .""",
    """e:Deep a sh:NodeShape ; sh:targetClass e:C ; sh:not [ sh:or ( [ sh:path e:p ; sh:node
    [ sh:xone ( [ sh:path e:q ; sh:minCount 1 ] [ sh:path e:r ; sh:node e:Named ] ) ] ] ) ] .""",
)
# Of these the focus is not the node that is judged, but one to which its shape leads.
INSIDE = {URIRef("http://e.org/Inner")}

TYPE, SUBCLASS = NamedNode(str(RDF.type)), NamedNode(str(RDFS.subClassOf))


def node(name: str) -> NamedNode:
    """Return a node of the example."""
    return NamedNode(f"http://e.org/{name}")


NODES = (*(node(f"n{number}") for number in range(5)), BlankNode("b0"), BlankNode("b1"))
TEXTS = (Literal("x", language="en"), Literal("y", language="en"), Literal("z", language="fr"))
CLASS_TREE = (
    Quad(node("D"), SUBCLASS, node("C")),
    Quad(node("E"), SUBCLASS, node("D")),
    Quad(node("K"), SUBCLASS, node("E")),
)
EDGES = tuple(node(name) for name in "pqr")
CLASSES = tuple(node(name) for name in "CDEK")
NUMBERS = tuple(node(name) for name in ("low", "high", "other"))
VALUES = (Literal(1), Literal(2), Literal("1"))
JUDGED = (*NODES, *TEXTS, *CLASSES, *VALUES)

Result = tuple[object, ...]


def results(data: Graph, shapes: Graph) -> Counter[Result]:
    """Return what a report says, each result as often as it stands there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a shape that pySHACL takes for a recursive one
        report = shape_results(data, shapes)
    parts = (
        SH.sourceShape,
        SH.focusNode,
        SH.resultPath,
        SH.value,
        SH.sourceConstraintComponent,
        SH.resultSeverity,
    )
    return Counter(
        tuple(_comparable(part, report.value(result, part)) for part in parts)
        for result in report.objects(None, SH.result)
    )


def _comparable(part: URIRef, term: object) -> object:
    """Make blank nodes of shapes equal; those of the data are known by their labels."""
    is_of_shapes = part in {SH.sourceShape, SH.resultPath} and isinstance(term, BNode)
    return "_" if is_of_shapes else term


def store_of(quads: Iterable[Quad]) -> Store:
    """Return a store with quads and the class tree."""
    store = Store()
    store.extend([*quads, *CLASS_TREE])
    return store


def narrowed(
    reach: Reach, targets: Targets, source: QuadSource, nodes: set[Term]
) -> Counter[Result]:
    """Return what the shapes have against nodes, looking at what these depend on only."""
    data = rdflib_graph(reach.neighbourhood(source, nodes))
    return results(data, targets.narrowed(data, {rdflib_term(each) for each in nodes}))


def against(found: Counter[Result], nodes: Iterable[Term]) -> Counter[Result]:
    """Keep the results whose focus is among the nodes and is the node that is judged."""
    foci = {rdflib_term(each) for each in nodes}
    kept = {
        result: number
        for result, number in found.items()
        if result[1] in foci and result[0] not in INSIDE
    }
    return Counter(kept)


@cache
def read(*texts: str) -> tuple[Graph, Reach, Targets]:
    """Read shapes, and what is read from them once."""
    shapes = Graph().parse(data=PREFIXES + "\n".join(texts), format="turtle")
    return shapes, Reach.of(shapes), Targets.of(shapes)


def quad_by(random: Random) -> Quad:
    """Return any quad: mostly an edge, else a class, a name or a number."""
    subject = random.choice(NODES)
    predicates, values = random.choices(
        ((EDGES, NODES), ((TYPE,), CLASSES), ((node("name"),), TEXTS), (NUMBERS, VALUES)),
        weights=(10, 4, 3, 3),
    )[0]
    return Quad(subject, random.choice(predicates), random.choice(values))


def quads_by(random: Random) -> set[Quad]:
    """Return a graph with so few edges that not every node is a neighbour of every other."""
    return {quad_by(random) for _ in range(random.randint(8, 26))}


@pytest.mark.parametrize("text", NASTY, ids=lambda text: text.split()[0])
def test_nodes_judged_one_by_one_are_judged_as_all_at_once(text: str) -> None:
    """All runs on one node each find together what one run on all finds, no more and no less.

    Each sees only what its node depends on, and what it finds is about its node.
    """
    shapes, reach, targets = read(text)
    for seed in range(8):
        random = Random(seed)  # noqa: S311 - data of a test
        store = store_of(quads_by(random))
        found: Counter[Result] = Counter()
        for each in JUDGED:
            of_node = narrowed(reach, targets, StoreQuads(store), {each})
            assert against(of_node, {each}) == against(of_node, JUDGED)
            found += of_node

        assert found == results(rdflib_graph(store), shapes)


@pytest.mark.parametrize("seed", range(60))
def test_of_some_nodes_is_found_what_is_found_of_them_among_all(seed: int) -> None:
    """With several shapes at once, a run on some nodes and one on the others find the whole."""
    random = Random(seed)  # noqa: S311 - data of a test
    shapes, reach, targets = read(*random.sample(NASTY, 4))
    store, nodes = store_of(quads_by(random)), set(random.sample(JUDGED, 6))
    everything = results(rdflib_graph(store), shapes)
    some = narrowed(reach, targets, StoreQuads(store), nodes)
    others = narrowed(reach, targets, StoreQuads(store), set(JUDGED) - nodes)

    assert some + others == everything
    assert against(some, nodes) == against(everything, nodes)


@pytest.mark.parametrize("text", NASTY, ids=lambda text: text.split()[0])
def test_a_change_alters_nothing_about_nodes_that_it_does_not_affect(text: str) -> None:
    """What the shapes have against the other nodes is the same before the change and after it."""
    _, reach, targets = read(text)
    for seed in range(25):
        random = Random(seed)  # noqa: S311 - data of a test
        quads = quads_by(random)
        changes = {quad_by(random), random.choice(sorted(quads, key=str))}
        before = StoreQuads(store_of(quads))
        after = Overlay(before, removed=changes & quads, added=changes - quads)
        affected = reach.affected(random.choice((before, after)), changes)
        assert affected is not None
        rest = set(JUDGED) - affected

        assert narrowed(reach, targets, before, rest) == narrowed(reach, targets, after, rest)


def test_what_only_its_target_shows_to_be_a_shape_stays_one() -> None:
    """A shape without a type is none without its target; another one may still ask for it."""
    shapes = Graph().parse(data=PREFIXES + NASTY[14], format="turtle")
    bare = retargeted(shapes, Graph(), set())

    assert list(bare.triples((None, SH.targetClass, None))) == []
    assert (URIRef("http://e.org/Untyped"), RDF.type, SH.PropertyShape) in bare


def test_a_shape_that_is_a_class_judges_given_instances_only() -> None:
    """An implicit target is a target: the class is none any more, its given instance is named."""
    shapes = Graph().parse(data=PREFIXES + NASTY[13], format="turtle")
    given = URIRef("http://e.org/n1")
    data = rdflib_graph([Quad(node(name), TYPE, node("K")) for name in ("n0", "n1")])
    found = retargeted(shapes, data, {given})

    assert list(found.subjects(RDF.type, RDFS.Class)) == []
    assert list(found.objects(URIRef("http://e.org/K"), SH.targetNode)) == [given]


def test_the_shapes_that_are_read_are_left_as_they_are() -> None:
    """Retargeting copies: the shapes judge all nodes afterwards as before."""
    shapes = Graph().parse(data=PREFIXES + NASTY[15], format="turtle")
    before = set(shapes)
    retargeted(shapes, Graph(), {URIRef("http://e.org/n1")})

    assert set(shapes) == before
