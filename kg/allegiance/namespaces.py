"""The prefixes and the IRI policy of the graph, once.

https://w3id.org/allegiance/
    ontology#Term              a class or property
    scheme/NAME/value          a concept of a scheme (modality, polarity, ...)
    id/slug                    an actor, place, topic, event, treaty, tie or statement
    source/document            a document; also the graph of what is known about it
    claim/document/id          a claim; also the graph of what the claim says
    capture/page               a captured page
    rule/name                  a rule that derives edges
    link/thing/match-item      a link; also the graph of the match that it holds
    graph/NAME                 register, inferences, comparisons, service
    dataset/NAME               a part of the graph, as the graph of the service describes it
    question/name              a question of kg/queries, as an example query
    prefix/name                the declaration of a prefix
    snapshot/hash              a snapshot
"""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode

if TYPE_CHECKING:
    from collections.abc import Mapping

BASE = "https://w3id.org/allegiance/"
ONTOLOGY = NamedNode(BASE + "ontology")
EDTF = NamedNode("http://id.loc.gov/datatypes/edtf/EDTF")

PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        "al": BASE + "ontology#",
        "capture": BASE + "capture/",
        "claim": BASE + "claim/",
        "dcterms": "http://purl.org/dc/terms/",
        "graph": BASE + "graph/",
        "id": BASE + "id/",
        "link": BASE + "link/",
        "oa": "http://www.w3.org/ns/oa#",
        "owl": "http://www.w3.org/2002/07/owl#",
        "prov": "http://www.w3.org/ns/prov#",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "rule": BASE + "rule/",
        "schema": "https://schema.org/",
        "scheme": BASE + "scheme/",
        "semapv": "https://w3id.org/semapv/vocab/",
        "sh": "http://www.w3.org/ns/shacl#",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "source": BASE + "source/",
        "wd": "http://www.wikidata.org/entity/",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    }
)

__all__ = [
    "BASE",
    "EDTF",
    "ONTOLOGY",
    "PREFIXES",
    "capture_iri",
    "claim_iri",
    "compact",
    "concept_iri",
    "dataset_iri",
    "graph_iri",
    "link_iri",
    "prefix_iri",
    "question_iri",
    "rule_iri",
    "source_iri",
    "term",
    "thing_iri",
]


@cache
def term(curie: str) -> NamedNode:
    """Expand a prefixed name.

    >>> term("al:patron").value
    'https://w3id.org/allegiance/ontology#patron'
    """
    prefix, _, local = curie.partition(":")
    return NamedNode(PREFIXES[prefix] + local)


def compact(iri: str) -> str:
    """Write an IRI as a prefixed name where a prefix of the graph fits, else in angle brackets.

    >>> compact("https://w3id.org/allegiance/id/iran")
    'id:iran'
    """
    best = max(
        (name for name, space in PREFIXES.items() if iri.startswith(space)),
        key=lambda name: len(PREFIXES[name]),
        default=None,
    )
    return f"<{iri}>" if best is None else f"{best}:{iri[len(PREFIXES[best]) :]}"


def thing_iri(slug: str) -> NamedNode:
    """Name an actor, place, topic, event, treaty, tie or statement."""
    return NamedNode(f"{BASE}id/{slug}")


def source_iri(slug: str) -> NamedNode:
    """Name a document."""
    return NamedNode(f"{BASE}source/{slug}")


def claim_iri(document: str, claim: str) -> NamedNode:
    """Name a claim, and the graph of what it says."""
    return NamedNode(f"{BASE}claim/{document}/{claim}")


def link_iri(thing: str, answer: str) -> NamedNode:
    """Name a link, and the graph of its match."""
    return NamedNode(f"{BASE}link/{thing}/{answer}")


def capture_iri(page: str) -> NamedNode:
    """Name a captured page."""
    return NamedNode(f"{BASE}capture/{page}")


@cache
def concept_iri(scheme: str, value: str) -> NamedNode:
    """Name a concept of one of the ontology's schemes."""
    return NamedNode(f"{BASE}scheme/{scheme}/{value}")


def graph_iri(name: str) -> NamedNode:
    """Name one of the graphs that hold no claim: register, inferences, comparisons, service."""
    return NamedNode(f"{BASE}graph/{name}")


def dataset_iri(name: str = "") -> NamedNode:
    """Name a part of the graph as a dataset; without a name, all of it."""
    return NamedNode(f"{BASE}dataset/{name}".rstrip("/"))


def question_iri(name: str) -> NamedNode:
    """Name a question of kg/queries."""
    return NamedNode(f"{BASE}question/{name}")


def prefix_iri(name: str) -> NamedNode:
    """Name the declaration of a prefix."""
    return NamedNode(f"{BASE}prefix/{name}")


def rule_iri(name: str) -> NamedNode:
    """Name a rule of kg/rules."""
    return NamedNode(f"{BASE}rule/{name}")
