"""The gate finds what the shapes have against a change, by looking at no more than it concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, Store, Triple
from rdflib import Graph

from allegiance.bundle import default_bundle
from allegiance.namespaces import PREFIXES, link_iri, term, thing_iri
from allegiance.reach import Reach
from allegiance_server.workers.gate import Gate

if TYPE_CHECKING:
    from pathlib import Path

SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix shape: <https://w3id.org/allegiance/shape/> .
@prefix e: <http://e.org/> .
shape:owner a sh:PropertyShape ; sh:severity sh:Violation ; sh:message "no owner" ;
    sh:targetClass e:Thing ; sh:path e:owner ; sh:minCount 1 ; sh:class e:Person .
shape:keys a sh:PropertyShape ; sh:severity sh:Violation ; sh:message "key of nobody" ;
    sh:targetClass e:Key ; sh:path [ sh:inversePath e:holds ] ; sh:minCount 1 ; sh:maxCount 1 .
shape:town a sh:PropertyShape ; sh:severity sh:Violation ; sh:message "owner of no town" ;
    sh:targetSubjectsOf e:owner ; sh:path ( e:owner e:town ) ; sh:minCount 1 ;
    sh:node [ sh:property [ sh:path e:land ; sh:hasValue e:arcadia ] ] .
shape:held a sh:NodeShape ; sh:severity sh:Violation ; sh:message "held is no key" ;
    sh:targetObjectsOf e:holds ; sh:class e:Key .
shape:note a sh:PropertyShape ; sh:severity sh:Warning ; sh:message "no note" ;
    sh:targetClass e:Thing ; sh:path e:note ; sh:minCount 1 .
"""

# Shapes inside shapes, of which a filter on focus nodes finds one result out of five.
NESTED = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix shape: <https://w3id.org/allegiance/shape/> .
@prefix e: <http://e.org/> .
shape:named a sh:NodeShape ; sh:property shape:name .
shape:name a sh:PropertyShape ; sh:path e:name ; sh:minCount 1 ; sh:message "no name" .
shape:either a sh:NodeShape ; sh:targetClass e:House ; sh:message "neither" ;
    sh:or ( [ sh:path e:door ; sh:node shape:named ] [ sh:path e:gate ; sh:minCount 1 ] ) .
shape:locked a sh:NodeShape ; sh:targetClass e:House ; sh:message "no lock" ; sh:node [ sh:property
    [ sh:path e:door ; sh:node [ sh:property [ sh:path e:lock ; sh:minCount 1 ] ] ] ] .
shape:house a sh:NodeShape ; sh:targetClass e:House ;
    sh:property shape:door , shape:doors , shape:owner .
shape:door a sh:PropertyShape ; sh:path e:door ; sh:property shape:name .
shape:doors a sh:PropertyShape ; sh:path e:door ; sh:message "no named door" ;
    sh:qualifiedValueShape shape:named ; sh:qualifiedMinCount 1 .
shape:owner a sh:PropertyShape ; sh:path e:owner ; sh:minCount 1 ; sh:message "no owner" .
"""

TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
SUBCLASS = NamedNode("http://www.w3.org/2000/01/rdf-schema#subClassOf")


def node(name: str) -> NamedNode:
    """Return a node of the example."""
    return NamedNode(f"http://e.org/{name}")


def quad(subject: str, predicate: str, value: str, graph: str = "") -> Quad:
    """Return a quad of the example, in the default graph or in another one."""
    verb = {"a": TYPE, "sub": SUBCLASS}.get(predicate, node(predicate))
    if graph:
        return Quad(node(subject), verb, node(value), node(graph))
    return Quad(node(subject), verb, node(value))


GOOD = (
    quad("lamp", "a", "Thing"),
    quad("lamp", "owner", "ana"),
    quad("ana", "a", "Person"),
    quad("ana", "town", "reed"),
    quad("reed", "land", "arcadia"),
    quad("ana", "holds", "k1"),
    quad("k1", "a", "Key", "g"),
)


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Gate:
    """Return a gate with the shapes of this file."""
    folder: Path = tmp_path_factory.mktemp("shapes")
    (folder / "example.ttl").write_text(SHAPES, encoding="utf-8")
    return Gate(folder)


def store_of(*quads: Quad) -> Store:
    """Return a store with quads."""
    store = Store()
    store.extend(quads)
    return store


def rules(gate: Gate, store: Store, *changed: Quad) -> list[tuple[str, str]]:
    """Return node and rule of what the shapes have against a change."""
    found = gate.violations(store, gate.affected(store, changed))
    return sorted((each.place.file.rpartition("/")[2], each.rule[6:]) for each in found)


def test_good_data_passes(gate: Gate) -> None:
    """The shapes have nothing against the example; a warning counts as nothing."""
    assert rules(gate, store_of(*GOOD), *GOOD) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (quad("lamp", "owner", "ana"), [("lamp", "owner")]),
        (quad("ana", "a", "Person"), [("lamp", "owner")]),
        (quad("ana", "town", "reed"), [("lamp", "town")]),
        (quad("reed", "land", "arcadia"), [("lamp", "town")]),
        (quad("ana", "holds", "k1"), [("k1", "keys")]),
        (quad("k1", "a", "Key", "g"), [("k1", "held")]),
    ],
    ids=["value", "class of a value", "path", "nested", "inverse", "target"],
)
def test_a_removal_is_seen_from_afar(
    gate: Gate, change: Quad, expected: list[tuple[str, str]]
) -> None:
    """What is taken away is missed by every node whose shape leads there."""
    store = store_of(*GOOD)
    store.remove(change)

    assert rules(gate, store, change) == expected


def test_a_second_holder_is_one_too_many(gate: Gate) -> None:
    """What is added can break a rule of the node that it leads to."""
    added = quad("bo", "holds", "k1")

    assert rules(gate, store_of(*GOOD, added), added) == [("k1", "keys")]


def test_a_literal_can_be_a_target(gate: Gate) -> None:
    """A shape that targets the objects of a predicate looks at literals as well."""
    added = Quad(node("bo"), node("holds"), Literal("a key"))

    assert rules(gate, store_of(*GOOD, added), added) == [("a key", "held")]


def test_what_no_shape_looks_for_concerns_nobody(gate: Gate) -> None:
    """A change of a predicate that stands in no shape has nothing checked."""
    store = store_of(quad("lamp", "a", "Thing"))

    assert gate.affected(store, [quad("lamp", "colour", "red")]) == frozenset()


def test_the_class_hierarchy_concerns_everything(gate: Gate) -> None:
    """A new superclass makes every instance subject to further shapes."""
    store = store_of(*GOOD, quad("cup", "a", "Cup"), quad("Cup", "sub", "Thing"))

    assert gate.affected(store, [quad("Cup", "sub", "Thing")]) is None
    assert rules(gate, store, quad("Cup", "sub", "Thing")) == [("cup", "owner")]


def test_a_triple_as_a_term_is_no_matter_for_shapes(gate: Gate) -> None:
    """Shapes are of RDF 1.1: what RDF 1.2 adds to it passes by."""
    added = Quad(node("r"), node("reifies"), Triple(node("a"), node("b"), node("c")))

    assert rules(gate, store_of(*GOOD, added), added) == []


def test_shapes_inside_shapes_look_at_other_nodes(tmp_path: Path) -> None:
    """All five results of a node are found: by or, node, two counts and a qualified count."""
    (tmp_path / "nested.ttl").write_text(NESTED, encoding="utf-8")
    nested = Gate(tmp_path)
    store = store_of(quad("home", "a", "House"), quad("home", "door", "oak"))
    found = nested.violations(store, frozenset({node("home")}))

    assert found == nested.violations(store, None)
    assert sorted((each.place.file[13:], each.message) for each in found) == [
        ("home", "neither"),
        ("home", "no lock"),
        ("home", "no named door"),
        ("home", "no owner"),
        ("oak", "no name"),
    ]


def test_an_ill_typed_literal_is_refused_though_no_shape_looks_at_it(gate: Gate) -> None:
    """A value that is none of its datatype is told by its rule, since no shape says so."""
    month = NamedNode("http://www.w3.org/2001/XMLSchema#gYearMonth")
    added = Quad(node("lamp"), node("made"), Literal("2024-13", datatype=month))
    store = store_of(added)
    (found,) = gate.violations(store, gate.affected(store, [added]))

    assert gate.describe(found) == {
        "focus": "http://e.org/lamp",
        "message": '"2024-13" is no value of the datatype xsd:gYearMonth.',
        "remedy": found.remedy,
        "rule": "https://w3id.org/allegiance/rule/integrity/ill-typed-literal",
    }


def test_a_report_says_what_to_do(gate: Gate) -> None:
    """A finding is told with its node, its path, the rule and the message."""
    store = store_of(quad("lamp", "a", "Thing"))
    (found,) = gate.violations(store, None)

    assert dict(gate.describe(found)) == {
        "focus": "http://e.org/lamp",
        "path": "http://e.org/owner",
        "message": "no owner",
        "remedy": "See shapes/README.md for the rule.",
        "shape": "https://w3id.org/allegiance/shape/owner",
    }


def test_no_match_enters_the_graph_without_a_link() -> None:
    """The project's own shapes refuse an item without its source, and let in one that has it."""
    gate = Gate(default_bundle().shapes)
    known, unknown = (
        Quad(thing_iri(name), term("skos:exactMatch"), NamedNode(PREFIXES["wd"] + "Q9"))
        for name in ("arcadia", "borduria")
    )
    link = Quad(link_iri("arcadia", "exactMatch-Q9"), term("al:linkedThing"), known.subject)
    store = store_of(link, known, unknown)

    assert rules(gate, store, known) == []
    assert rules(gate, store, unknown) == [("borduria", "match-of-a-link")]


def test_the_reach_is_read_from_the_shapes() -> None:
    """The longest way is two steps and one more inside; a path that repeats has no end."""
    shapes = Graph().parse(data=SHAPES, format="turtle")
    reach = Reach.of(shapes)
    assert reach.steps == 3
    assert reach.inverse == {node("holds")}
    assert reach.forward == {node(name) for name in ("owner", "town", "land", "note")}
    assert reach.targets == {node("holds")}

    endless = SHAPES.replace("( e:owner e:town )", "( [ sh:zeroOrMorePath e:owner ] e:town )")
    assert Reach.of(Graph().parse(data=endless, format="turtle")).steps == float("inf")


NAMES = st.sampled_from(["lamp", "ana", "reed", "k1", "bo", "arcadia"])
CHANGES = st.lists(
    st.one_of(
        st.builds(quad, NAMES, st.sampled_from(["owner", "town", "land", "holds", "note"]), NAMES),
        st.builds(quad, NAMES, st.just("a"), st.sampled_from(["Thing", "Person", "Key"])),
        st.sampled_from(GOOD),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(before=CHANGES, changes=CHANGES)
def test_no_more_is_missed_than_by_looking_at_all(
    gate: Gate, before: list[Quad], changes: list[Quad]
) -> None:
    """Of any change, the part that is looked at gives every finding that is new in the whole."""
    store = store_of(*GOOD, *before)
    old = gate.violations(store, None)
    for each in changes:
        if each in store:
            store.remove(each)
        else:
            store.add(each)

    everything = gate.violations(store, None)
    part = gate.violations(store, gate.affected(store, changes))

    assert everything - old <= part <= everything
