"""Counting by class, property and kind of object, on a graph small enough to count by eye."""

from __future__ import annotations

from collections import Counter

import pytest
from pyoxigraph import DefaultGraph, Literal, NamedNode, RdfFormat, Store

from allegiance.namespaces import PREFIXES, term
from allegiance.partitions import ASSERTED_VIEW, CLAIMS, Partitions, count_partitions

GRAPH = """
id:arcadia a al:State ; rdfs:label "Arcadia"@en ; al:backs id:reeds .
id:reeds a al:ArmedGroup , al:PoliticalOrganisation ; rdfs:label "Reeds"@en , "Schilf"@de .
claim:one a al:Claim ; al:says "Arcadia backs them." ; al:inAssertedView true .
claim:two a al:Claim ; al:says "It could attack." ; al:attribution id:nobody .
claim:one { id:tie a al:Patronage ; al:patron id:arcadia ; al:client id:reeds . }
claim:two {
  id:tie a al:Patronage ; al:patron id:arcadia ; al:ongoing true .
  id:raid a al:MilitaryStrike ; al:partOf id:war .
}
claim:three { id:war a al:War . }
claim:three a al:Claim .
graph:register { id:arcadia a al:State ; rdfs:label "Arcadia"@en . }
graph:service { id:tie al:says "not data" . }
"""


def store_of(text: str) -> Store:
    """Parse TriG that uses the prefixes of the graph."""
    store = Store()
    prefixes = "".join(f"PREFIX {name}: <{space}>\n" for name, space in PREFIXES.items())
    store.load(prefixes + text, RdfFormat.TRIG)
    return store


@pytest.fixture(scope="module")
def view() -> Partitions:
    """Count the default graph."""
    return count_partitions(store_of(GRAPH), ASSERTED_VIEW)


@pytest.fixture(scope="module")
def claims() -> Partitions:
    """Count what the claims say."""
    return count_partitions(store_of(GRAPH), CLAIMS)


def al(*names: str) -> tuple[NamedNode, ...]:
    """Name terms of the ontology."""
    return tuple(term(name if ":" in name else f"al:{name}") for name in names)


def test_the_totals_of_the_view_are_those_of_the_default_graph(view: Partitions) -> None:
    """No named graph counts: there are 14 triples of 5 subjects, and each subject has a class."""
    assert view.totals == {
        "triples": 14,
        "properties": 6,
        "subjects": 5,
        "objects": 12,
        "entities": 5,
        "classes": 4,
    }


def test_an_entity_of_two_classes_counts_in_both(view: Partitions) -> None:
    """The Reeds are an armed group and a political organisation."""
    assert view.entities == {
        term("al:State"): 1,
        term("al:ArmedGroup"): 1,
        term("al:PoliticalOrganisation"): 1,
        term("al:Claim"): 3,
    }


def test_the_triples_of_a_property_are_counted_once_for_each_class_of_the_subject(
    view: Partitions,
) -> None:
    """That an object has two classes does not make two triples of one."""
    assert view.triples[al("State", "backs")] == 1
    assert view.triples[al("ArmedGroup", "rdfs:label")] == 2
    assert view.triples[al("PoliticalOrganisation", "rdfs:label")] == 2
    assert view.triples[al("Claim", "rdf:type")] == 3
    assert view.triples[al("Claim", "says")] == 2


def test_objects_are_counted_by_their_classes_and_literals_by_their_datatypes(
    view: Partitions,
) -> None:
    """A thing without a class has no kind; what a class is itself is not counted."""
    assert view.objects == {
        al("State", "backs", "ArmedGroup"): 1,
        al("State", "backs", "PoliticalOrganisation"): 1,
    }
    assert view.literals == {
        al("State", "rdfs:label", "rdf:langString"): 1,
        al("ArmedGroup", "rdfs:label", "rdf:langString"): 2,
        al("PoliticalOrganisation", "rdfs:label", "rdf:langString"): 2,
        al("Claim", "says", "xsd:string"): 2,
        al("Claim", "inAssertedView", "xsd:boolean"): 1,
    }


def test_what_claims_say_is_counted_in_each_claim_and_in_no_other_graph(claims: Partitions) -> None:
    """Register and service are no claims; a triple of two claims counts twice, a thing once."""
    assert claims.totals == {
        "triples": 9,
        "properties": 5,
        "subjects": 3,
        "objects": 7,
        "entities": 3,
        "classes": 3,
    }
    assert claims.entities == dict.fromkeys(al("Patronage", "MilitaryStrike", "War"), 1)
    assert claims.triples[al("Patronage", "patron")] == 2
    assert claims.triples[al("Patronage", "ongoing")] == 1


def test_what_an_object_of_a_claim_is_may_stand_in_the_view_or_in_another_claim(
    claims: Partitions,
) -> None:
    """The state is known from the register, the war from the claim that tells of it."""
    assert claims.objects == {
        al("Patronage", "patron", "State"): 2,
        al("Patronage", "client", "ArmedGroup"): 1,
        al("Patronage", "client", "PoliticalOrganisation"): 1,
        al("MilitaryStrike", "partOf", "War"): 1,
    }
    assert claims.literals == {al("Patronage", "ongoing", "xsd:boolean"): 1}


def test_a_graph_of_nothing_has_no_partitions() -> None:
    """All totals are 0."""
    for scope in (ASSERTED_VIEW, CLAIMS):
        counts = count_partitions(Store(), scope)
        assert set(counts.totals.values()) == {0}
        assert (counts.entities, counts.triples) == ({}, {})


def test_the_real_view_has_the_counts_that_a_walk_over_its_quads_gives(graph: Store) -> None:
    """Counting one quad after the other leads to the same partitions."""
    quads = list(graph.quads_for_pattern(None, None, None, DefaultGraph()))
    classes: dict[object, set[NamedNode]] = {}
    for quad in quads:
        if quad.predicate == term("rdf:type"):
            classes.setdefault(quad.subject, set()).add(quad.object)  # type: ignore[arg-type]
    triples: Counter[object] = Counter()
    objects: Counter[object] = Counter()
    literals: Counter[object] = Counter()
    for quad in quads:
        for of_class in classes.get(quad.subject, ()):
            key = (of_class, quad.predicate)
            triples[key] += 1
            if isinstance(quad.object, Literal):
                literals[(*key, quad.object.datatype)] += 1
            elif isinstance(quad.object, NamedNode) and quad.predicate != term("rdf:type"):
                objects.update((*key, kind) for kind in classes.get(quad.object, ()))

    found = count_partitions(graph, ASSERTED_VIEW)

    assert (found.triples, found.objects, found.literals) == (triples, objects, literals)
    assert found.totals["triples"] == len(quads)
    assert len(triples) > 500
