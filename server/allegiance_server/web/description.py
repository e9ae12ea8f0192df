"""The description of this endpoint: SPARQL 1.1 Service Description, VoID and DCAT in one document.

What the graph of the service in the snapshot says of the data is completed by what only the server
knows: its address, its formats, its limits. An editor that asks the endpoint in vain for prefixes,
partitions and examples finds them here, as SIB's sparql-editor does.
Specifications: https://www.w3.org/TR/sparql11-service-description/, https://www.w3.org/TR/void/
"""

from __future__ import annotations

from functools import lru_cache
from heapq import merge
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse, serialize

from allegiance.description import COPIES, SERVICE_GRAPH
from allegiance.namespaces import BASE, PREFIXES, dataset_iri, graph_iri
from allegiance_server.protocol.search_patterns import FUNCTIONS, MAX_MATCHES, PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from allegiance_server.settings import Settings

__all__ = ["service_description", "void_description"]

VOCABULARIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **PREFIXES,
        PREFIX: FUNCTIONS,
        "dataset": f"{BASE}dataset/",
        "dcat": "http://www.w3.org/ns/dcat#",
        "entailment": "http://www.w3.org/ns/entailment/",
        "foaf": "http://xmlns.com/foaf/0.1/",
        "formats": "http://www.w3.org/ns/formats/",
        "question": f"{BASE}question/",
        "sd": "http://www.w3.org/ns/sparql-service-description#",
        "void": "http://rdfs.org/ns/void#",
        "void-ext": "http://ldf.fi/void-ext#",
    }
)
SYNTAXES: Final[Mapping[str, RdfFormat]] = MappingProxyType(
    {
        "text/turtle": RdfFormat.TURTLE,
        "application/n-triples": RdfFormat.N_TRIPLES,
        "application/rdf+xml": RdfFormat.RDF_XML,
        "application/ld+json": RdfFormat.JSON_LD,
        "application/trig": RdfFormat.TRIG,
        "application/n-quads": RdfFormat.N_QUADS,
    }
)
GRAPH_FORMATS: Final = ("Turtle", "N-Triples", "RDF_XML", "JSON-LD", "TriG", "N-Quads")
SOLUTION_FORMATS: Final = tuple(f"SPARQL_Results_{name}" for name in ("JSON", "XML", "CSV", "TSV"))
CLAIM_GRAPHS: Final = (
    "The default graph is the asserted view, and not the union of the named graphs. What a claim "
    "says, asserted or not, stands in a graph of its own, whose IRI is the claim's and begins with "
    f"{PREFIXES['claim']}: GRAPH ?claim {{ ... }}. So does the match of a link to Wikidata, "
    f"accepted or refused: {PREFIXES['link']}. The named graphs listed here hold neither."
)
SEARCH: Final = (
    f'Full-text search over names, titles and summaries: ?thing {PREFIX}:search "words", or '
    f'(?thing ?score ?text) {PREFIX}:search "words". At most {MAX_MATCHES:,} matches.'
)

_Node = NamedNode | Literal
_Facts = dict[str, "_Node | list[_Node]"]


def service_description(
    base_url: str, settings: Settings, snapshot_name: str, service_graph: bytes, media_type: str
) -> bytes:
    """Describe the service and its data, in one of the media types of graphs.

    `base_url` is the address of the server as the request has it; a public URL of the settings goes
    first. `service_graph` is the N-Triples of the snapshot's graph of the service.
    """
    base = (settings.public_url or base_url).rstrip("/")
    told = _ordered(service_graph)
    own = [*_service(base, settings), *_access(base, snapshot_name), *_targets(base, told)]
    return _serialised(own, told, media_type)


def void_description(
    base_url: str, settings: Settings, snapshot_name: str, service_graph: bytes, media_type: str
) -> bytes:
    """Describe the data and where to get at them; the arguments are those of the other one."""
    base = (settings.public_url or base_url).rstrip("/")
    told = _ordered(service_graph)
    own = [*_void(base), *_access(base, snapshot_name), *_targets(base, told)]
    return _serialised(own, told, media_type)


def _service(base: str, settings: Settings) -> Iterator[Triple]:
    endpoint = NamedNode(f"{base}/sparql")
    service, offered = _service_iri(base), NamedNode(f"{endpoint.value}#dataset")
    facts: _Facts = {
        "rdf:type": _term("sd:Service"),
        "rdfs:comment": [_english(text) for text in _limits(settings)],
        "sd:endpoint": endpoint,
        "sd:supportedLanguage": [_term("sd:SPARQL11Query")],
        "sd:resultFormat": [_term(f"formats:{name}") for name in SOLUTION_FORMATS + GRAPH_FORMATS],
        "sd:defaultEntailmentRegime": _term("entailment:Simple"),
        "sd:propertyFeature": _term(f"{PREFIX}:search"),
        "sd:defaultDataset": offered,
    }
    if settings.writable:
        facts["sd:supportedLanguage"] = [_term("sd:SPARQL11Query"), _term("sd:SPARQL11Update")]
        facts["sd:inputFormat"] = [_term(f"formats:{name}") for name in GRAPH_FORMATS[:4]]
    if settings.endpoints:
        facts["sd:feature"] = _term("sd:BasicFederatedQuery")
    yield from _facts(service, facts)
    search: _Facts = {"rdf:type": _term("sd:Feature"), "rdfs:label": _english("full-text search")}
    yield from _facts(_term(f"{PREFIX}:search"), {**search, "rdfs:comment": _english(SEARCH)})
    yield from _graphs(endpoint, offered)


def _graphs(endpoint: NamedNode, offered: NamedNode) -> Iterator[Triple]:
    """Describe the default graph and the named graphs that hold no claim."""
    named: dict[str, tuple[NamedNode, NamedNode]] = {
        name: (graph_iri(name), dataset_iri(name)) for name in COPIES
    }
    named["service"] = (SERVICE_GRAPH, SERVICE_GRAPH)
    described: _Facts = {
        "rdf:type": _term("sd:Dataset"),
        "dcterms:description": _english(CLAIM_GRAPHS),
        "sd:defaultGraph": dataset_iri("asserted-view"),
        "sd:namedGraph": [NamedNode(f"{endpoint.value}#graph-{name}") for name in named],
    }
    yield from _facts(offered, described)
    yield from _facts(dataset_iri("asserted-view"), {"rdf:type": _term("sd:Graph")})
    for name, (graph, content) in named.items():
        facts: _Facts = {"rdf:type": _term("sd:NamedGraph"), "sd:name": graph, "sd:graph": content}
        yield from _facts(NamedNode(f"{endpoint.value}#graph-{name}"), facts)
        yield from _facts(content, {"rdf:type": _term("sd:Graph")})


def _access(base: str, snapshot_name: str) -> Iterator[Triple]:
    """Say how to get at the data: the VoID and DCAT that depend on the address."""
    endpoint, service = NamedNode(f"{base}/sparql"), _service_iri(base)
    distribution = NamedNode(f"{endpoint.value}#distribution")
    title = {"dcterms:title": _english("SPARQL endpoint of Allegiance")}
    data: _Facts = {
        "rdf:type": _term("dcat:Dataset"),
        "void:sparqlEndpoint": endpoint,
        "dcat:distribution": distribution,
        "dcat:version": Literal(snapshot_name),
    }
    access: _Facts = {
        "rdf:type": _term("dcat:DataService"),
        "dcat:endpointURL": endpoint,
        "dcat:endpointDescription": endpoint,
        "dcat:servesDataset": dataset_iri(),
    }
    offer: _Facts = {
        "rdf:type": _term("dcat:Distribution"),
        "dcat:accessURL": endpoint,
        "dcat:accessService": service,
    }
    yield from _facts(dataset_iri(), data)
    yield from _facts(service, {**access, **title})
    yield from _facts(distribution, {**offer, **title})


def _void(base: str) -> Iterator[Triple]:
    document: _Facts = {
        "rdf:type": _term("void:DatasetDescription"),
        "foaf:primaryTopic": dataset_iri(),
    }
    yield from _facts(NamedNode(f"{base}/void"), document)


def _targets(base: str, told: Iterable[Triple]) -> Iterator[Triple]:
    """Say of each example query that it is for this endpoint; declare the server's own prefix."""
    for triple in told:
        if triple.object == _term("sh:SPARQLExecutable"):
            yield Triple(triple.subject, _term("schema:target"), NamedNode(f"{base}/sparql"))
    declaration = NamedNode(f"{BASE}prefix/{PREFIX}")
    space = Literal(FUNCTIONS, datatype=_term("xsd:anyURI"))
    yield from _facts(NamedNode(f"{BASE}prefixes"), {"sh:declare": declaration})
    yield from _facts(declaration, {"sh:prefix": Literal(PREFIX), "sh:namespace": space})


def _limits(settings: Settings) -> Iterator[str]:
    """Say in words what the service refuses and where it stops, each limit with its unit."""
    yield (
        f"A query may run for {settings.query_timeout_s:g} seconds; it may have "
        f"{settings.max_query_bytes:,} bytes, {settings.max_query_patterns:,} patterns and "
        f"{settings.max_query_depth:,} levels of brackets, and its result "
        f"{settings.max_result_bytes:,} bytes. What is beyond a limit is an error: no result is "
        "cut short in silence."
    )
    if settings.endpoints:
        listed = ", ".join(f"<{each.address}> ({each.name})" for each in settings.endpoints)
        yield (
            f"SERVICE may call {listed}; a clause may take and give "
            f"{settings.federation_max_rows:,} rows. FROM names graphs of this server."
        )
    else:
        yield (
            "No query calls another server: SERVICE is refused, and FROM names graphs of this one."
        )
    if settings.client_processing_s_per_minute > 0:
        yield (
            f"A client may use {settings.client_processing_s_per_minute:g} seconds of processing "
            "in a minute."
        )
    if settings.client_errors_per_minute > 0:
        yield f"A client may cause {settings.client_errors_per_minute:,} errors in a minute."


@lru_cache(maxsize=2)
def _ordered(service_graph: bytes) -> tuple[Triple, ...]:
    """Parse and sort once: the same snapshot is described again and again."""
    triples = {quad.triple for quad in parse(service_graph, format=RdfFormat.N_TRIPLES)}
    return tuple(sorted(triples, key=_place))


def _serialised(own: list[Triple], told: tuple[Triple, ...], media_type: str) -> bytes:
    """Write triples, once each; what is said of one subject stands together."""
    merged = merge(sorted(set(own).difference(told), key=_place), told, key=_place)
    syntax = SYNTAXES[media_type]
    named = syntax not in {RdfFormat.N_TRIPLES, RdfFormat.N_QUADS}
    return serialize(merged, format=syntax, prefixes=dict(VOCABULARIES) if named else None) or b""


def _place(triple: Triple) -> tuple[int, str, str, str]:
    """Put the service first, then the datasets and all else, and the many partitions last."""
    subject = str(triple.subject)
    path = subject.removeprefix(f"<{VOCABULARIES['dataset']}")
    rank = 2 if path != subject and "/" in path else 0 if "/sparql#" in subject else 1
    return rank, subject, triple.predicate.value, str(triple.object)


def _service_iri(base: str) -> NamedNode:
    return NamedNode(f"{base}/sparql#service")


def _facts(subject: NamedNode, facts: Mapping[str, _Node | list[_Node]]) -> Iterator[Triple]:
    for predicate, value in facts.items():
        for each in value if isinstance(value, list) else [value]:
            yield Triple(subject, _term(predicate), each)


def _term(curie: str) -> NamedNode:
    prefix, _, local = curie.partition(":")
    return NamedNode(VOCABULARIES[prefix] + local)


def _english(text: str) -> Literal:
    return Literal(text, language="en")
