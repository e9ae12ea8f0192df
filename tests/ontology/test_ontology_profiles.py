"""Prove that the ontology, and the graph built with it, stay within OWL 2 DL and OWL 2 RL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import owlrl
import pytest
import rustdl
from owlrl.Namespaces import ERRNS
from pyoxigraph import DefaultGraph, RdfFormat, parse, serialize
from rdflib import OWL, RDF, RDFS, SKOS, XSD, BNode, Graph, Literal, Namespace, URIRef

from allegiance.bundle import default_bundle
from allegiance.namespaces import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rdflib.term import Node

    from allegiance.snapshot import Snapshot

AL = Namespace("https://w3id.org/allegiance/ontology#")
ITEM = Namespace("https://w3id.org/allegiance/id/")
INVERSE = OWL.inverseOf | ~OWL.inverseOf
DISJOINT = OWL.propertyDisjointWith | ~OWL.propertyDisjointWith

PROPERTY_KINDS = frozenset({OWL.AnnotationProperty, OWL.DatatypeProperty, OWL.ObjectProperty})
CLASS_KINDS = frozenset({OWL.Class, RDFS.Datatype})
DECLARATIONS = PROPERTY_KINDS | CLASS_KINDS | {OWL.NamedIndividual, OWL.Ontology}
BUILT_IN_ANNOTATIONS = frozenset(
    {OWL.deprecated, OWL.versionInfo, RDFS.comment, RDFS.isDefinedBy, RDFS.label, RDFS.seeAlso}
)
HEADER = frozenset({OWL.imports, OWL.priorVersion, OWL.versionIRI})

# https://www.w3.org/TR/owl2-profiles/ section 4.2.5: the axioms of OWL 2 RL that need no blank
# node. It leaves out owl:ReflexiveProperty and owl:disjointUnionOf. Lists and class expressions
# (4.2.3) need blank nodes, which the ontology has none of (ontology/decisions/0015).
RL_CLASS_AXIOMS = frozenset({RDFS.subClassOf, OWL.disjointWith, OWL.equivalentClass})
RL_PROPERTY_AXIOMS = frozenset(
    {RDFS.subPropertyOf, OWL.equivalentProperty, OWL.inverseOf, OWL.propertyDisjointWith}
)
RL_TYPINGS = frozenset({RDFS.domain, RDFS.range})
RL_INDIVIDUAL_AXIOMS = frozenset({OWL.differentFrom, OWL.sameAs})
RL_AXIOMS = RL_CLASS_AXIOMS | RL_PROPERTY_AXIOMS | RL_TYPINGS | RL_INDIVIDUAL_AXIOMS
RL_PREDICATES = RL_AXIOMS | BUILT_IN_ANNOTATIONS | HEADER | {RDF.type}
NEEDS_SIMPLE = frozenset(
    {
        OWL.AsymmetricProperty,
        OWL.FunctionalProperty,
        OWL.InverseFunctionalProperty,
        OWL.IrreflexiveProperty,
    }
)
PROPERTY_SORTS = NEEDS_SIMPLE | {OWL.SymmetricProperty, OWL.TransitiveProperty}
RL_TYPES = DECLARATIONS | PROPERTY_SORTS
# Section 4.2.1: the datatypes of OWL 2 RL; owl:real, owl:rational and all dates without a time
# are not among them.
RL_DATATYPES = frozenset(
    {RDF.PlainLiteral, RDF.XMLLiteral, RDFS.Literal}
    | {XSD.decimal, XSD.integer, XSD.nonNegativeInteger, XSD.nonPositiveInteger}
    | {XSD.positiveInteger, XSD.negativeInteger, XSD.long, XSD.int, XSD.short, XSD.byte}
    | {XSD.unsignedLong, XSD.unsignedInt, XSD.unsignedShort, XSD.unsignedByte}
    | {XSD.float, XSD.double, XSD.string, XSD.normalizedString, XSD.token, XSD.language}
    | {XSD.Name, XSD.NCName, XSD.NMTOKEN, XSD.boolean, XSD.hexBinary, XSD.base64Binary}
    | {XSD.anyURI, XSD.dateTime, XSD.dateTimeStamp}
)
RESERVED = (str(OWL), str(RDF), str(RDFS), str(XSD))


def read_ontology() -> Graph:
    """Read the ontology, with its alignments: they too have to stay in the profiles."""
    graph = Graph()
    for file in sorted(default_bundle().ontology.glob("*.ttl")):
        graph.parse(file)
    return graph


@pytest.fixture(name="ontology", scope="module")
def _ontology() -> Graph:
    return read_ontology()


@pytest.fixture(name="view", scope="session")
def _view(snapshot: Snapshot) -> Graph:
    """Read the default graph of the built snapshot: the view, and with it the ontology."""
    quads = parse(path=snapshot.nquads, format=RdfFormat.N_QUADS)
    triples = (quad.triple for quad in quads if isinstance(quad.graph_name, DefaultGraph))
    text = serialize(triples, format=RdfFormat.N_TRIPLES)
    assert text is not None
    return read_ontology().parse(data=text, format="nt")


def planted(graph: Graph, turtle: str) -> Graph:
    """Return a copy with some more triples, written in Turtle."""
    copy = Graph()
    copy += graph
    head = "".join(f"@prefix {name}: <{space}> .\n" for name, space in PREFIXES.items())
    return copy.parse(data=head + turtle, format="turtle")


# --- OWL 2 RL -----------------------------------------------------------------------------------


def outside_rl(graph: Graph) -> set[str]:
    """Name what is not on the list of OWL 2 RL's axioms, or not in one of the forms allowed."""
    return {found for triple in graph for found in _outside_rl(*triple)}


def _outside_rl(subject: Node, predicate: Node, value: Node) -> Iterator[str]:
    if BNode in {type(subject), type(value)}:
        yield "blank node"
    elif predicate == RDF.type and _reserved(value) and value not in RL_TYPES:
        yield f"{value} of {subject}"
    elif predicate in RL_CLASS_AXIOMS and OWL.Thing in {subject, value}:
        # 4.2.3: owl:Thing may stand on neither side.
        yield f"owl:Thing in {predicate} of {subject}"
    elif predicate == RDFS.range and _reserved(value) and value not in RL_DATATYPES:
        yield f"range {value} of {subject}"
    elif _reserved(predicate) and predicate not in RL_PREDICATES:
        yield f"{predicate} of {subject}"


def _reserved(node: Node) -> bool:
    return str(node).startswith(RESERVED)


def test_the_ontology_uses_only_axioms_of_owl_2_rl(ontology: Graph) -> None:
    """Every axiom is on the list of section 4.2.5 of the OWL 2 Profiles."""
    assert outside_rl(ontology) == set()


@pytest.mark.parametrize(
    "turtle",
    [
        "al:partOf a owl:ReflexiveProperty .",
        "al:Actor owl:disjointUnionOf (al:State al:Person) .",
        "al:Actor rdfs:subClassOf owl:Thing .",
        "al:since rdfs:range xsd:date .",
        "al:backs owl:hasSelf true .",
        "al:Patronage rdfs:subClassOf [ owl:onProperty al:patron ; owl:someValuesFrom al:Actor ] .",
    ],
)
def test_an_axiom_outside_of_owl_2_rl_is_found(ontology: Graph, turtle: str) -> None:
    """The list refuses what the profile leaves out."""
    assert outside_rl(planted(ontology, turtle))


# --- OWL 2 DL -----------------------------------------------------------------------------------


def dl_faults(graph: Graph) -> set[tuple[str, str]]:
    """Name the rules of OWL 2 DL that a graph breaks, each with the IRI.

    Sections are those of https://www.w3.org/TR/owl2-syntax/. Datatypes of single values are left
    out: dates are not among those of OWL 2, which ontology/decisions/0013 accepts for the data.
    """
    return {(rule, str(node)) for rule, node in _dl_faults(graph)}


def _dl_faults(graph: Graph) -> Iterator[tuple[str, Node]]:
    yield from _two_kinds(graph)
    yield from _undeclared(graph)
    yield from _mixed(graph)
    yield from _not_simple(graph)
    for node, kind in graph.subject_objects(RDF.type):
        # 5.1 to 5.6: a declared term is not of the reserved vocabulary.
        if kind in DECLARATIONS and _reserved(node):
            yield "reserved", node


def _declared(graph: Graph, kinds: frozenset[URIRef]) -> set[Node]:
    return {node for kind in kinds for node in graph.subjects(RDF.type, kind)}


def _two_kinds(graph: Graph) -> Iterator[tuple[str, Node]]:
    """Find terms declared as two things that exclude each other (5.8.1)."""
    for kinds in (PROPERTY_KINDS, CLASS_KINDS):
        for node in _declared(graph, kinds):
            if len(kinds.intersection(graph.objects(node, RDF.type))) > 1:
                yield "two kinds", node


def _undeclared(graph: Graph) -> Iterator[tuple[str, Node]]:
    """Find terms in use that nothing declares (5.8.2)."""
    properties = _declared(graph, PROPERTY_KINDS) | RL_AXIOMS | BUILT_IN_ANNOTATIONS | HEADER
    classes = _declared(graph, CLASS_KINDS) | RL_DATATYPES | DECLARATIONS | PROPERTY_SORTS
    for subject, predicate, value in graph:
        if predicate == RDF.type:
            used, known = {value}, classes
        elif predicate in RL_CLASS_AXIOMS:
            used, known = {subject, value}, classes
        elif predicate in RL_PROPERTY_AXIOMS:
            used, known = {subject, value}, properties
        elif predicate in RL_TYPINGS:
            used, known = {value}, classes
        else:
            used, known = {predicate}, properties
        for node in used - known:
            yield "undeclared", node


def _mixed(graph: Graph) -> Iterator[tuple[str, Node]]:
    """Find values of the wrong sort, and axioms that join properties of two sorts."""
    things = _declared(graph, frozenset({OWL.ObjectProperty}))
    values = _declared(graph, frozenset({OWL.DatatypeProperty}))
    for subject, predicate, value in graph:
        literal = isinstance(value, Literal)
        if (predicate in things and literal) or (predicate in values and not literal):
            yield "value of the wrong sort", predicate
        elif predicate in RL_PROPERTY_AXIOMS and (subject in things) != (value in things):
            yield "properties of two sorts", subject
    for sort in PROPERTY_SORTS - {OWL.FunctionalProperty}:
        for node in graph.subjects(RDF.type, sort):
            if node not in things:
                yield "sort of object properties", node


def _not_simple(graph: Graph) -> Iterator[tuple[str, Node]]:
    """Find properties that are transitive, or above such a one, where 11.2 wants simple ones."""
    composite = {
        above
        for node in graph.subjects(RDF.type, OWL.TransitiveProperty)
        for base in {node, *graph.objects(node, INVERSE)}
        for above in graph.transitive_objects(base, RDFS.subPropertyOf)
        if above is not None
    }
    for node in composite:
        disjoint = any(graph.objects(node, DISJOINT))
        if disjoint or NEEDS_SIMPLE.intersection(graph.objects(node, RDF.type)):
            yield "not simple", node
        if any(_counts(graph, where) for where in graph.subjects(OWL.onProperty, node)):
            yield "not simple", node


def _counts(graph: Graph, restriction: Node) -> bool:
    return any(
        "ardinality" in str(predicate) or predicate == OWL.hasSelf
        for predicate in graph.predicates(restriction)
    )


def test_the_ontology_is_owl_2_dl(ontology: Graph) -> None:
    """Every term is declared once, as one kind, and used as what it is."""
    assert dl_faults(ontology) == set()


@pytest.mark.parametrize(
    ("turtle", "rule", "node"),
    [
        ("al:backs a owl:DatatypeProperty .", "two kinds", AL.backs),
        ("al:State a rdfs:Datatype .", "two kinds", AL.State),
        ("al:Actor rdfs:subClassOf al:Acter .", "undeclared", AL.Acter),
        ("al:backs rdfs:subPropertyOf al:allyOf .", "undeclared", AL.allyOf),
        ("id:iran al:suports id:hamas .", "undeclared", AL.suports),
        ("id:iran a al:Stat .", "undeclared", AL.Stat),
        ("al:unit rdfs:range al:words .", "undeclared", AL.words),
        ("rdfs:Container a owl:Class .", "reserved", RDFS.Container),
        ('id:iran al:backs "Hezbollah" .', "value of the wrong sort", AL.backs),
        ("id:iran al:says id:hamas .", "value of the wrong sort", AL.says),
        ("al:says rdfs:subPropertyOf al:content .", "properties of two sorts", AL.says),
        ("al:says a owl:TransitiveProperty .", "sort of object properties", AL.says),
        ("al:partOf a owl:AsymmetricProperty .", "not simple", AL.partOf),
        ("al:backs owl:propertyDisjointWith al:partOf .", "not simple", AL.partOf),
        ("al:backs a owl:IrreflexiveProperty ; owl:inverseOf al:partOf .", "not simple", AL.backs),
        ("al:partOf rdfs:subPropertyOf al:backs . al:backs a owl:FunctionalProperty .",
         "not simple", AL.backs),
        ("al:Event rdfs:subClassOf [ owl:onProperty al:partOf ; owl:maxCardinality 1 ] .",
         "not simple", AL.partOf),
    ],
)  # fmt: skip
def test_a_fault_against_owl_2_dl_is_found(
    ontology: Graph, turtle: str, rule: str, node: URIRef
) -> None:
    """Each rule of the check can fail, and says which term is at fault."""
    assert (rule, str(node)) in dl_faults(planted(ontology, turtle)) - dl_faults(ontology)


def test_the_built_view_is_owl_2_dl(view: Graph) -> None:
    """The data use no term that the ontology does not declare, and none against its sort."""
    assert dl_faults(view) == set()


# --- Consistency --------------------------------------------------------------------------------


def is_consistent(graph: Graph, folder: Path) -> bool:
    """Ask a reasoner for OWL 2 DL; it must have understood every axiom."""
    file = folder / "ontology.rdf"
    graph.serialize(file, format="xml")
    assert rustdl.dropped_axioms(str(file)) == {}
    return bool(rustdl.is_consistent(str(file)))


def test_a_reasoner_finds_the_ontology_consistent(ontology: Graph, tmp_path: Path) -> None:
    """The axioms of the ontology do not contradict each other."""
    assert is_consistent(ontology, tmp_path)


def test_no_class_is_impossible(ontology: Graph, tmp_path: Path) -> None:
    """Every class can have a member: with one put into each, the ontology stays consistent."""
    names = {str(node) for node in ontology.subjects(RDF.type, OWL.Class)}
    members = "".join(
        f"id:member-{number} a owl:NamedIndividual, <{name}> .\n"
        for number, name in enumerate(sorted(names))
    )
    assert is_consistent(planted(ontology, members), tmp_path)


CONTRADICTIONS = [
    "id:x a owl:NamedIndividual, al:Person, al:State .",
    "id:x a owl:NamedIndividual, al:Treaty, al:TreatySigning .",
    "id:x a owl:NamedIndividual, al:Patronage, al:ArmedGroup .",
]


@pytest.mark.parametrize("turtle", CONTRADICTIONS)
def test_a_reasoner_finds_a_planted_contradiction(
    ontology: Graph, turtle: str, tmp_path: Path
) -> None:
    """Nothing is a person and a state, a treaty and its signing, a tie and a group."""
    assert not is_consistent(planted(ontology, turtle), tmp_path)


def touched_by_axioms(graph: Graph) -> Graph:
    """Keep the axioms, the types, and the assertions of properties that an axiom speaks of.

    All else cannot take part in a contradiction. Labels, summaries, offsets and most links have
    properties without domain, range, superproperty or sort, so that no rule of OWL 2 RL starts
    from them; a closure over all of them takes many times as long and finds the same.
    """
    spoken_of = {
        node
        for axiom in RL_PROPERTY_AXIOMS
        for pair in graph.subject_objects(axiom)
        for node in pair
    }
    spoken_of |= {node for axiom in RL_TYPINGS for node in graph.subjects(axiom)}
    spoken_of |= {node for sort in PROPERTY_SORTS for node in graph.subjects(RDF.type, sort)}
    kept = spoken_of | RL_AXIOMS | {RDF.type}
    smaller = Graph()
    for triple in graph:
        if triple[1] in kept:
            smaller.add(triple)
    return smaller


def rl_contradictions(graph: Graph) -> set[str]:
    """Return what the rules of OWL 2 RL (section 4.3) find impossible in a graph."""
    closure = touched_by_axioms(graph)
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(closure)
    return {str(message) for message in closure.objects(None, ERRNS.error)}


def test_the_rules_of_owl_2_rl_find_nothing_impossible_in_the_ontology(ontology: Graph) -> None:
    """The closure of the ontology under OWL 2 RL has no error."""
    assert rl_contradictions(ontology) == set()


@pytest.mark.parametrize("turtle", CONTRADICTIONS)
def test_the_rules_of_owl_2_rl_find_a_planted_contradiction(ontology: Graph, turtle: str) -> None:
    """The same contradictions show as errors in the closure."""
    (found,) = rl_contradictions(planted(ontology, turtle))
    assert str(ITEM.x) in found


def test_nothing_follows_from_a_link(ontology: Graph) -> None:
    """Two things with one item stay two, are no concepts, and nothing else is derived of either."""
    things = (
        "id:iran a owl:NamedIndividual, al:State . id:hamas a owl:NamedIndividual, al:ArmedGroup ."
    )
    matches = "id:iran skos:exactMatch wd:Q1 . id:hamas skos:exactMatch wd:Q1 ."
    link = (
        "link:hamas a al:Link ; al:linkedThing id:hamas ; al:linkedItem wd:Q1 ;"
        " al:matchProperty skos:exactMatch ."
    )

    stated = planted(Graph(), matches + link)
    assert len(stated) == 6

    def derived(closure: Graph) -> set[tuple[Node, Node, Node]]:
        owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(closure)
        about = {ITEM.iran, ITEM.hamas}
        return {triple for triple in closure if about.intersection(triple)}

    axioms = touched_by_axioms(planted(ontology, things))
    linked = derived(axioms + stated)
    assert {(s, o) for s, p, o in linked if p == OWL.sameAs and s != o} == set()
    assert linked - set(stated) == derived(touched_by_axioms(planted(ontology, things)))


def test_assertions_that_an_axiom_touches_are_kept(ontology: Graph) -> None:
    """An edge with a superproperty and a value with a range stay; a label goes."""
    edge, number = (ITEM.iran, AL.backs, ITEM.hamas), (ITEM.x, AL.position, Literal(1))
    label = (ITEM.iran, SKOS.altLabel, Literal("Persia"))
    graph = Graph()
    graph += ontology
    for triple in (edge, number, label):
        graph.add(triple)
    kept = touched_by_axioms(graph)
    assert (edge in kept, number in kept, label in kept) == (True, True, False)


def test_the_built_view_holds_nothing_impossible(view: Graph) -> None:
    """What the documents affirm, with the register and the edges, agrees with the ontology."""
    assert rl_contradictions(view) == set()


def test_a_reasoner_finds_the_built_view_consistent(view: Graph, tmp_path: Path) -> None:
    """The same holds for a reasoner of OWL 2 DL, until a state of the register is made a person."""
    small = touched_by_axioms(view)
    state = next(small.subjects(RDF.type, AL.State))
    assert is_consistent(small, tmp_path)
    assert not is_consistent(planted(small, f"<{state}> a al:Person ."), tmp_path)
