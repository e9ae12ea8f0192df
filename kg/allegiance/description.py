"""Describe the graph in RDF: its datasets with their partitions, its prefixes, its questions.

    dataset                            all of it; its subsets are
    dataset/asserted-view              the default graph, partitioned
    dataset/claims                     what claims say, each in its own graph, partitioned
    dataset/links                      the matches of links, each in its own graph
    dataset/register, ...              the graphs that repeat a part of the default graph
    dataset/claims/al:State/al:alias   the partition of a class, and of one of its properties
    question/NAME                      a question of kg/queries, as an example query
    prefixes                           the prefixes that the questions use

The partitions have the form of SIB's void-generator, the questions that of its sparql-examples:
editors complete from the first and list the second. None of it is a blank node.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING
from urllib.parse import quote

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, QuerySolutions, Triple

from allegiance.namespaces import (
    BASE,
    PREFIXES,
    compact,
    dataset_iri,
    graph_iri,
    prefix_iri,
    question_iri,
    term,
)
from allegiance.partitions import ASSERTED_VIEW, CLAIMS, Partitions, Scope, count_partitions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pyoxigraph import Store

    from allegiance.questions import Question

__all__ = ["COPIES", "SERVICE_GRAPH", "service_quads"]

SERVICE_GRAPH = graph_iri("service")
COPIES = ("register", "inferences", "comparisons")

_VOID = "http://rdfs.org/ns/void#"
_VOID_EXT = "http://ldf.fi/void-ext#"
_FOAF = "http://xmlns.com/foaf/0.1/"
_CC0 = NamedNode("https://creativecommons.org/publicdomain/zero/1.0/")
_PREFIXES = NamedNode(BASE + "prefixes")
_TOTALS: Mapping[str, str] = {
    "triples": "triples",
    "entities": "entities",
    "classes": "classes",
    "properties": "properties",
    "subjects": "distinctSubjects",
    "objects": "distinctObjects",
}
_TEXTS: Mapping[str, tuple[str, str]] = {
    "": (
        "Allegiance",
        (
            "A knowledge graph of international relations in which no triple stands without its "
            "source. A triple is counted in each graph in which it stands."
        ),
    ),
    "asserted-view": (
        "The asserted view",
        (
            "The default graph: what documents assert in their own voice, the edges derived from "
            "it, the register, the metadata of claims and documents, and the ontology."
        ),
    ),
    "claims": (
        "What claims say",
        (
            "One named graph for each claim, asserted or not; its IRI is the claim's. A triple is "
            "counted in each claim that says it."
        ),
    ),
    "links": (
        "The links",
        (
            "One named graph for each link to an item of Wikidata, accepted or refused; its IRI is "
            "the link's. The default graph has the matches of those that are accepted, too."
        ),
    ),
    "register": ("The register", "The entries of the register, which the default graph has too."),
    "inferences": ("The derived edges", "The edges of the rules, which the default graph has too."),
    "comparisons": (
        "The comparisons of claims",
        "Which claims contradict, update or corroborate which; the default graph has them too.",
    ),
}
_EXAMPLES = """
SELECT (MIN(STR(?entity)) AS ?example) WHERE {
  VALUES ?class { al:State al:Claim al:Patronage al:Statement }
  ?entity a ?class .
} GROUP BY ?class"""
_HEADER = re.compile(r"^# (?:number|title|question|group): .*\n", re.MULTILINE)
_COMMENT = re.compile(r"^\s*#.*\n", re.MULTILINE)
_FORM = re.compile(r"^\s*(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.MULTILINE | re.IGNORECASE)
_DECLARED = re.compile(r"^\s*PREFIX\s", re.MULTILINE | re.IGNORECASE)
_Node = NamedNode | Literal


def service_quads(store: Store, questions: Iterable[Question]) -> Iterator[Quad]:
    """Describe a built store and the questions that can be put to it, in the graph of the service.

    What the store has in that graph already is not counted: the graph does not describe itself.
    """
    parts = {scope: count_partitions(store, scope) for scope in (ASSERTED_VIEW, CLAIMS)}
    triples = chain(
        _document(),
        _dataset(store, parts),
        *(_partitioned(scope.name, counts) for scope, counts in parts.items()),
        _prefixes(),
        *(_example(question) for question in questions),
    )
    for triple in triples:
        yield Quad(triple.subject, triple.predicate, triple.object, SERVICE_GRAPH)


def _document() -> Iterator[Triple]:
    title = "Description of the graph: datasets, prefixes, example queries"
    yield Triple(SERVICE_GRAPH, term("rdf:type"), _void("DatasetDescription"))
    yield Triple(SERVICE_GRAPH, term("dcterms:title"), _english(title))
    yield Triple(SERVICE_GRAPH, NamedNode(_FOAF + "primaryTopic"), dataset_iri())


def _dataset(store: Store, parts: Mapping[Scope, Partitions]) -> Iterator[Triple]:
    """Describe the whole, and each of its parts by its name and its size."""
    whole = dataset_iri()
    sizes = {**_sizes_of_copies(store), "links": _size_of_links(store)}
    for name in _TEXTS:
        yield from _named(name)
        if name:
            yield Triple(whole, _void("subset"), dataset_iri(name))
    for name, size in sizes.items():
        yield Triple(dataset_iri(name), _void("triples"), _integer(size))
    for scope, counts in parts.items():
        for key, local in _TOTALS.items():
            yield Triple(dataset_iri(scope.name), _void(local), _integer(counts.totals[key]))
    total = sum(sizes.values()) + sum(counts.totals["triples"] for counts in parts.values())
    yield Triple(whole, _void("triples"), _integer(total))
    yield Triple(whole, _void("uriSpace"), Literal(BASE))
    for namespace in sorted(_namespaces(parts.values())):
        yield Triple(whole, _void("vocabulary"), NamedNode(namespace))
    for example in _examples_of_entities(store):
        yield Triple(whole, _void("exampleResource"), NamedNode(example))


def _named(name: str) -> Iterator[Triple]:
    subject = dataset_iri(name)
    title, description = _TEXTS[name]
    yield Triple(subject, term("rdf:type"), _void("Dataset"))
    yield Triple(subject, term("dcterms:title"), _english(title))
    yield Triple(subject, term("dcterms:description"), _english(description))
    yield Triple(subject, term("dcterms:license"), _CC0)
    yield Triple(subject, term("dcterms:creator"), Literal("Allegiance contributors"))


def _sizes_of_copies(store: Store) -> Mapping[str, int]:
    return {
        name: sum(1 for _ in store.quads_for_pattern(None, None, None, graph_iri(name)))
        for name in COPIES
    }


def _size_of_links(store: Store) -> int:
    links = store.quads_for_pattern(None, term("rdf:type"), term("al:Link"), DefaultGraph())
    nodes = (quad.subject for quad in links)
    return sum(
        1
        for node in nodes
        if isinstance(node, NamedNode)
        for _ in store.quads_for_pattern(None, None, None, node)
    )


def _examples_of_entities(store: Store) -> Iterator[str]:
    """Give one IRI of each class of _EXAMPLES that has an entity, always the same one."""
    found = store.query(_EXAMPLES, prefixes=dict(PREFIXES))
    for row in found if isinstance(found, QuerySolutions) else ():
        if isinstance(row["example"], Literal):
            yield row["example"].value


def _namespaces(parts: Iterable[Partitions]) -> set[str]:
    """Return the namespaces of the terms that are used as classes or properties."""
    used = {node.value for counts in parts for pair in counts.triples for node in pair}
    return {space for space in PREFIXES.values() if any(iri.startswith(space) for iri in used)}


def _partitioned(name: str, counts: Partitions) -> Iterator[Triple]:
    """Write the partitions by class, of each by property, of each by kind of object."""
    for of_class, number in counts.entities.items():
        part = _part(name, of_class)
        yield Triple(dataset_iri(name), _void("classPartition"), part)
        yield Triple(part, _void("class"), of_class)
        yield Triple(part, _void("entities"), _integer(number))
    for (of_class, of_property), number in counts.triples.items():
        part = _part(name, of_class, of_property)
        yield Triple(_part(name, of_class), _void("propertyPartition"), part)
        yield Triple(part, _void("property"), of_property)
        yield Triple(part, _void("triples"), _integer(number))
    kinds = (
        (counts.objects, _void("classPartition"), _void("class")),
        (
            counts.literals,
            NamedNode(_VOID_EXT + "datatypePartition"),
            NamedNode(_VOID_EXT + "datatype"),
        ),
    )
    for found, link, says in kinds:
        for key, number in found.items():
            yield Triple(_part(name, *key[:2]), link, _part(name, *key))
            yield Triple(_part(name, *key), says, key[2])
            yield Triple(_part(name, *key), _void("triples"), _integer(number))


def _part(name: str, *terms: NamedNode) -> NamedNode:
    """Name a partition after its terms, with slashes between."""
    return NamedNode("/".join((dataset_iri(name).value, *map(_step, terms))))


@cache
def _step(node: NamedNode) -> str:
    return quote(compact(node.value).strip("<>"), safe=":")


def _prefixes() -> Iterator[Triple]:
    yield Triple(_PREFIXES, term("rdf:type"), term("owl:Ontology"))
    for name, namespace in PREFIXES.items():
        declaration = prefix_iri(name)
        yield Triple(_PREFIXES, term("sh:declare"), declaration)
        yield Triple(declaration, term("rdf:type"), term("sh:PrefixDeclaration"))
        yield Triple(declaration, term("sh:prefix"), Literal(name))
        address = Literal(namespace, datatype=term("xsd:anyURI"))
        yield Triple(declaration, term("sh:namespace"), address)


def _example(question: Question) -> Iterator[Triple]:
    """Write a question as a query that runs as it stands, wherever it is put."""
    subject = question_iri(question.name)
    body = _HEADER.sub("", question.text)
    found = _FORM.search(body)
    form = found[1].lower() if found else "select"
    facts: list[tuple[str, _Node]] = [
        ("rdf:type", term("sh:SPARQLExecutable")),
        ("rdfs:label", _english(question.title)),
        ("rdfs:comment", _english(question.question)),
        ("schema:keywords", _english(question.group)),
        ("sh:prefixes", _PREFIXES),
        (f"sh:{form}", Literal(_declared(body))),
    ]
    if form != "describe":
        # SHACL has no class for DESCRIBE; editors ask for sh:describe all the same.
        facts.append(("rdf:type", term(f"sh:SPARQL{form.capitalize()}Executable")))
    for predicate, value in facts:
        yield Triple(subject, term(predicate), value)


def _declared(text: str) -> str:
    """Put the declarations of the prefixes that a query uses before it."""
    if _DECLARED.search(text):
        return text
    code = _COMMENT.sub("", text)
    used = [name for name in PREFIXES if re.search(rf"(?<![\w:-]){name}:", code)]
    return "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in used) + text


def _void(local: str) -> NamedNode:
    return NamedNode(_VOID + local)


def _english(text: str) -> Literal:
    return Literal(text, language="en")


def _integer(number: int) -> Literal:
    return Literal(number)
