"""Hold the ontology to its style: the shapes of shapes/ontology.ttl, and that each can fail."""

from __future__ import annotations

from dataclasses import dataclass

import pyshacl
import pytest
from rdflib import RDF, RDFS, SH, Graph, Namespace, URIRef

from allegiance.bundle import default_bundle

AL = Namespace("https://w3id.org/allegiance/ontology#")
SCHEME = Namespace("https://w3id.org/allegiance/scheme/")
SHAPE = Namespace("https://w3id.org/allegiance/shape/")
REMEDY = URIRef("https://w3id.org/allegiance/shape#remedy")
HEADER = URIRef("https://w3id.org/allegiance/ontology")
NOTES = URIRef("https://w3id.org/allegiance/ontology/alignments")

PREFIXES = """
PREFIX al: <https://w3id.org/allegiance/ontology#>
PREFIX aspect: <https://w3id.org/allegiance/scheme/aspect/>
PREFIX certainty: <https://w3id.org/allegiance/scheme/certainty/>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX polarity: <https://w3id.org/allegiance/scheme/polarity/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX scheme: <https://w3id.org/allegiance/scheme/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """Hold an edit that breaks the ontology, and the terms at which each shape must find it."""

    edit: str
    found: dict[str, set[URIRef]]


def replaced(term: str, predicate: str, value: str) -> str:
    """Write an edit that puts one value in the place of another."""
    found = f"{term} {predicate} ?o"
    return f"DELETE {{ {found} }} INSERT {{ {term} {predicate} {value} }} WHERE {{ {found} }}"


def removed(term: str, predicate: str) -> str:
    """Write an edit that takes a value away."""
    return f"DELETE WHERE {{ {term} {predicate} ?o }}"


def added(turtle: str) -> str:
    """Write an edit that adds triples."""
    return f"INSERT DATA {{ {turtle} }}"


def renamed(old: str, new: str) -> str:
    """Write an edit that gives a term another IRI where it is declared."""
    return f"DELETE {{ {old} ?p ?o }} INSERT {{ {new} ?p ?o }} WHERE {{ {old} ?p ?o }}"


ACCIDENT, ALARM = AL.Accident, AL.Alarm
BELIEF = SCHEME["aspect/belief"]
# Each shape with edits that it, and it alone unless another one is named, must find.
FAULTS: dict[str, list[Fault]] = {
    "class-name": [
        Fault(renamed("al:Accident", "al:Sad_Accident"), {"class-name": {AL.Sad_Accident}}),
        Fault(renamed("al:Accident", "al:accident"), {"class-name": {AL.accident}}),
    ],
    "class-name-singular": [
        Fault(renamed("al:Alarm", "al:Alarms"), {"class-name-singular": {AL.Alarms}}),
    ],
    "concept-in-scheme": [
        Fault(removed("aspect:belief", "skos:inScheme"), {"concept-in-scheme": {BELIEF}}),
        Fault(
            replaced("aspect:belief", "skos:inScheme", "scheme:aspects"),
            {"concept-in-scheme": {BELIEF}},
        ),
        Fault(
            added("aspect:belief skos:inScheme scheme:polarity ."),
            {"concept-in-scheme": {BELIEF}, "scheme-names": {SCHEME.polarity}},
        ),
    ],
    "concept-label": [
        Fault(
            "DELETE { aspect:belief skos:prefLabel ?o } INSERT { aspect:belief rdfs:label ?o }"
            " WHERE { aspect:belief skos:prefLabel ?o }",
            {"concept-label": {BELIEF}},
        ),
    ],
    "concept-name": [
        Fault(
            renamed("aspect:belief", "aspect:Belief"),
            {"concept-name": {SCHEME["aspect/Belief"]}},
        ),
    ],
    "concept-placed": [
        Fault(removed("aspect:belief", "skos:topConceptOf"), {"concept-placed": {BELIEF}}),
    ],
    "datatype-property-range": [
        Fault(added("al:hedge rdfs:range xsd:date ."), {"datatype-property-range": {AL.hedge}}),
    ],
    "deprecated-term": [
        Fault(added("al:hedge owl:deprecated true ."), {"deprecated-term": {AL.hedge}}),
    ],
    "object-property-domain": [
        Fault(
            added("al:patron rdfs:domain al:Patronage ."),
            {"object-property-domain": {AL.patron}},
        ),
    ],
    "object-property-range": [
        Fault(added("al:patron rdfs:range al:Actor ."), {"object-property-range": {AL.patron}}),
    ],
    "ontology-created": [
        Fault(removed(f"<{NOTES}>", "dcterms:created"), {"ontology-created": {NOTES}}),
    ],
    "ontology-licence": [
        Fault(removed(f"<{HEADER}>", "dcterms:license"), {"ontology-licence": {HEADER}}),
    ],
    "ontology-title": [
        Fault(replaced(f"<{HEADER}>", "dcterms:title", '"A"@es'), {"ontology-title": {HEADER}}),
    ],
    "ontology-version": [
        Fault(
            replaced(f"<{HEADER}>", "owl:versionIRI", f"<{HEADER}/latest>"),
            {"ontology-version": {HEADER}},
        ),
    ],
    "property-axioms": [
        Fault(added("al:client a owl:FunctionalProperty ."), {"property-axioms": {AL.client}}),
        Fault(
            added("al:client a owl:InverseFunctionalProperty ."),
            {"property-axioms": {AL.client}},
        ),
    ],
    "property-name": [
        Fault(renamed("al:hedge", "al:Hedge"), {"property-name": {AL.Hedge}}),
        Fault(renamed("al:patron", "al:the-patron"), {"property-name": {AL["the-patron"]}}),
    ],
    "scheme-labels": [
        Fault(
            replaced("aspect:belief", "skos:prefLabel", '"aim"@en'),
            {"scheme-labels": {SCHEME.aspect}},
        ),
    ],
    "scheme-name": [
        Fault(
            added(
                'scheme:Polarity a skos:ConceptScheme ; skos:prefLabel "p"@en ; al:ring "detail" ;'
                f' skos:definition "P."@en ; rdfs:isDefinedBy <{HEADER}> .'
            ),
            {"scheme-name": {SCHEME.Polarity}},
        ),
    ],
    "scheme-names": [
        Fault(
            replaced("aspect:belief", "skos:inScheme", "scheme:certainty"),
            {"scheme-names": {SCHEME.certainty}},
        ),
    ],
    "term-definition": [
        Fault(removed("al:Alarm", "skos:definition"), {"term-definition": {ALARM}}),
        Fault(
            replaced("al:Alarm", "skos:definition", '"No full stop"@en'),
            {"term-definition": {ALARM}},
        ),
        Fault(
            replaced("al:Alarm", "skos:definition", '"No language."'),
            {"term-definition": {ALARM}},
        ),
    ],
    "term-definition-unique": [
        Fault(
            "DELETE { al:Alarm skos:definition ?a } INSERT { al:Alarm skos:definition ?b }"
            " WHERE { al:Alarm skos:definition ?a . al:Accident skos:definition ?b }",
            {"term-definition-unique": {ACCIDENT, ALARM}},
        ),
    ],
    "term-example": [Fault(removed("al:Alarm", "al:example"), {"term-example": {ALARM}})],
    "term-example-text": [
        Fault(added('al:Alarm al:example "One more."@en .'), {"term-example-text": {ALARM}}),
        Fault(replaced("al:Alarm", "al:example", '"Sirens."'), {"term-example-text": {ALARM}}),
    ],
    "term-is-defined-by": [
        Fault(removed("al:Alarm", "rdfs:isDefinedBy"), {"term-is-defined-by": {ALARM}}),
        Fault(
            removed("polarity:negated", "rdfs:isDefinedBy"),
            {"term-is-defined-by": {SCHEME["polarity/negated"]}},
        ),
    ],
    "term-kind": [
        Fault(added("al:backs a owl:DatatypeProperty ."), {"term-kind": {AL.backs}}),
        Fault(removed("al:Alarm", "a"), {"term-kind": {ALARM}}),
    ],
    "term-label": [
        Fault(removed("al:Alarm", "rdfs:label"), {"term-label": {ALARM}}),
        Fault(added('al:Alarm rdfs:label "siren"@en .'), {"term-label": {ALARM}}),
        Fault(replaced("al:Alarm", "rdfs:label", '"alarma"@es'), {"term-label": {ALARM}}),
    ],
    "term-label-unique": [
        Fault(
            replaced("al:Alarm", "rdfs:label", '"accident"@en'),
            {"term-label-unique": {ACCIDENT, ALARM}},
        ),
    ],
    "term-ring": [
        Fault(removed("al:Alarm", "al:ring"), {"term-ring": {ALARM}}),
        Fault(replaced("al:Alarm", "al:ring", '"outer"'), {"term-ring": {ALARM}}),
    ],
}
CASES = [
    pytest.param(fault, id=f"{name}-{number}")
    for name, faults in FAULTS.items()
    for number, fault in enumerate(faults)
]


@pytest.fixture(name="ontology", scope="module")
def _ontology() -> Graph:
    graph = Graph()
    for file in sorted(default_bundle().ontology.glob("*.ttl")):
        graph.parse(file)
    return graph


@pytest.fixture(name="shapes", scope="module")
def _shapes() -> Graph:
    return Graph().parse(default_bundle().shapes / "ontology.ttl")


def findings(ontology: Graph, shapes: Graph) -> dict[str, set[URIRef]]:
    """Validate, and return the terms at fault under the name of each shape."""
    _, report, _ = pyshacl.validate(ontology, shacl_graph=shapes)
    assert isinstance(report, Graph)
    found: dict[str, set[URIRef]] = {}
    for result in report.subjects(RDF.type, SH.ValidationResult):
        shape, focus = report.value(result, SH.sourceShape), report.value(result, SH.focusNode)
        name = str(shape).removeprefix(str(SHAPE))
        found.setdefault(name, set()).add(URIRef(str(focus)))
    return found


def excerpt(ontology: Graph) -> Graph:
    """Return the part of the ontology that the edits touch, so that each check stays quick."""
    kept = {AL.Accident, AL.Alarm, AL.backs, AL.client, AL.hedge, AL.patron, HEADER, NOTES}
    kept |= {SCHEME.aspect, SCHEME["aspect/aim"], SCHEME["aspect/belief"], SCHEME.certainty}
    kept |= {SCHEME.polarity, SCHEME["polarity/negated"]}
    part = Graph()
    for subject, predicate, value in ontology:
        if subject in kept:
            part.add((subject, predicate, value))
    return part


def test_the_ontology_keeps_its_style(ontology: Graph, shapes: Graph) -> None:
    """No shape on the ontology finds a fault in it."""
    assert findings(ontology, shapes) == {}


def test_every_shape_is_tried(shapes: Graph) -> None:
    """For each shape there is an edit that breaks the ontology."""
    named = {str(shape).removeprefix(str(SHAPE)) for shape in shapes.subjects(REMEDY)}
    tried = {name for name, faults in FAULTS.items() if all(name in f.found for f in faults)}
    assert named == tried


@pytest.mark.parametrize("fault", CASES)
def test_a_broken_ontology_is_found_out(ontology: Graph, shapes: Graph, fault: Fault) -> None:
    """An edit against the style is found by its shape, at its term, and nothing else is."""
    broken = excerpt(ontology)
    broken.update(PREFIXES + fault.edit)
    assert findings(broken, shapes) == fault.found


def test_outside_terms_are_left_alone(shapes: Graph) -> None:
    """A class of another vocabulary needs neither label nor definition here."""
    outside = Graph().parse(
        data="<http://www.w3.org/ns/prov#some_agents> a <http://www.w3.org/2002/07/owl#Class> .",
        format="turtle",
    )
    assert findings(outside, shapes) == {}


@pytest.mark.parametrize("part", [SH.message, SH.severity, SH.description, RDFS.label, REMEDY])
def test_every_shape_explains_itself(shapes: Graph, part: URIRef) -> None:
    """A shape has one message, severity, description, label and remedy."""
    targets = {SH.targetClass, SH.targetSubjectsOf}
    named = {shape for target in targets for shape in shapes.subjects(target)}
    assert all(str(shape).startswith(str(SHAPE)) for shape in named)
    assert {shape for shape in named if len(list(shapes.objects(shape, part))) != 1} == set()
