"""The service description: true to the standard, to the settings and to the snapshot.

The first three tests are those of the W3C's service-description manifest, which names them only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyoxigraph import (
    Literal,
    NamedNode,
    Quad,
    QuerySolutions,
    RdfFormat,
    Store,
    Triple,
    parse,
    serialize,
)

from allegiance.answering import load_store
from allegiance.description import service_quads
from allegiance.namespaces import PREFIXES
from allegiance.questions import Question
from allegiance_server.protocol.media_types import GRAPHS
from allegiance_server.settings import Settings
from allegiance_server.web.description import SYNTAXES, service_description, void_description

if TYPE_CHECKING:
    from collections.abc import Callable

    from allegiance.snapshot import Snapshot

BASE = "https://kg.example"
ENDPOINT = NamedNode(BASE + "/sparql")
SD = "http://www.w3.org/ns/sparql-service-description#"
VOID = "http://rdfs.org/ns/void#"
DCAT = "http://www.w3.org/ns/dcat#"
FORMATS = "http://www.w3.org/ns/formats/"
GRAPH = "https://w3id.org/allegiance/graph/"
DATA = NamedNode("https://w3id.org/allegiance/dataset")
QUESTION = Question("one", 1, "Title", "Who?", "Actors", (), "ASK { id:iran a al:State }")
SETTINGS = Settings(query_timeout_s=7.5, max_query_bytes=4321)
WRITABLE = Settings(writable=True, write_token_sha256="0" * 64, commit_dir="commits")

# Section 3 of the recommendation: which class a property is of, and which class its values are of.
SCHEMA = {
    "endpoint": ("Service", None),
    "feature": ("Service", "Feature"),
    "propertyFeature": ("Service", "Feature"),
    "supportedLanguage": ("Service", "Language"),
    "inputFormat": ("Service", None),
    "resultFormat": ("Service", None),
    "defaultEntailmentRegime": ("Service", "EntailmentRegime"),
    "defaultDataset": ("Service", "Dataset"),
    "defaultGraph": ("Dataset", "Graph"),
    "namedGraph": ("Dataset", "NamedGraph"),
    "name": ("NamedGraph", None),
    "graph": ("NamedGraph", "Graph"),
}
# Individuals whose class other documents of the W3C state.
KNOWN = {
    SD + "SPARQL11Query": "Language",
    SD + "SPARQL11Update": "Language",
    "http://www.w3.org/ns/entailment/Simple": "EntailmentRegime",
}


@pytest.fixture(scope="module")
def service_graph(snapshot: Snapshot) -> bytes:
    """Describe the tiny snapshot and one question, as the build does."""
    quads = service_quads(load_store(snapshot), [QUESTION])
    return serialize((quad.triple for quad in quads), format=RdfFormat.N_TRIPLES) or b""


@pytest.fixture(scope="module")
def describe(service_graph: bytes) -> Callable[..., set[Triple]]:
    """Give what the service description says, parsed."""

    def run(
        settings: Settings = SETTINGS,
        base: str = BASE + "/",
        media_type: str = "text/turtle",
        function: Callable[..., bytes] = service_description,
    ) -> set[Triple]:
        text = function(base, settings, "abc", service_graph, media_type)
        return {quad.triple for quad in parse(text, format=SYNTAXES[media_type])}

    return run


def values(triples: set[Triple], subject: object, predicate: str) -> set[object]:
    """Return the values of a property."""
    return {t.object for t in triples if (t.subject, t.predicate.value) == (subject, predicate)}


def only_service(triples: set[Triple]) -> object:
    """Return the one service that is described."""
    (found,) = (t.subject for t in triples if t.object == NamedNode(SD + "Service"))
    return found


# --- the three of the W3C ------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", GRAPHS)
def test_returns_rdf(
    media_type: str, describe: Callable[..., set[Triple]], service_graph: bytes
) -> None:
    """Whatever media type of graphs is asked for, the same RDF comes back, in that syntax."""
    assert describe(media_type=media_type) == describe()
    assert len(describe()) > len(service_graph.splitlines())


@pytest.mark.parametrize("base", [BASE, BASE + "/"])
def test_has_endpoint_triple(base: str, describe: Callable[..., set[Triple]]) -> None:
    """There is one sd:endpoint, and its value is the address that was asked."""
    found = describe(base=base)
    endpoints = {t.object for t in found if t.predicate.value == SD + "endpoint"}
    assert endpoints == {ENDPOINT}
    assert values(found, only_service(found), SD + "endpoint") == {ENDPOINT}


@pytest.mark.parametrize("settings", [SETTINGS, WRITABLE], ids=["read", "write"])
def test_conforms_to_schema(settings: Settings, describe: Callable[..., set[Triple]]) -> None:
    """Every property of the vocabulary is one of it, on its class and with a value of its class."""
    found = describe(settings)
    classes: dict[object, set[str]] = {NamedNode(iri): {name} for iri, name in KNOWN.items()}
    for triple in found:
        if triple.predicate.value == PREFIXES["rdf"] + "type" and isinstance(
            triple.object, NamedNode
        ):
            classes.setdefault(triple.subject, set()).add(triple.object.value.removeprefix(SD))
    used = [t for t in found if t.predicate.value.startswith(SD)]
    assert len(used) > 20
    for triple in used:
        domain, value_class = SCHEMA[triple.predicate.value.removeprefix(SD)]
        assert domain in classes[triple.subject], triple
        assert not isinstance(triple.object, Literal), triple
        if value_class is not None:
            assert value_class in classes[triple.object], triple
    # What is a service is neither a dataset nor a graph.
    assert classes[only_service(found)] & {"Dataset", "Graph", "NamedGraph"} == set()


# --- true to what the server does ----------------------------------------------------------------


def test_the_public_address_of_the_settings_goes_first(
    describe: Callable[..., set[Triple]],
) -> None:
    """Behind a proxy, the address that the operator names stands in place of the request's."""
    found = describe(Settings(public_url="https://public.example/kg/"))
    address = NamedNode("https://public.example/kg/sparql")
    assert values(found, only_service(found), SD + "endpoint") == {address}
    assert not any(BASE in str(triple) for triple in found)


def test_update_is_offered_only_where_it_is_allowed(describe: Callable[..., set[Triple]]) -> None:
    """A read-only service has one language and reads no format."""
    for settings, languages in (
        (SETTINGS, {"SPARQL11Query"}),
        (WRITABLE, {"SPARQL11Query", "SPARQL11Update"}),
    ):
        found = describe(settings)
        service = only_service(found)
        assert values(found, service, SD + "supportedLanguage") == {
            NamedNode(SD + name) for name in languages
        }
        names = {"Turtle", "N-Triples", "RDF_XML", "JSON-LD"} if settings.writable else set()
        assert values(found, service, SD + "inputFormat") == {
            NamedNode(FORMATS + name) for name in names
        }


def test_all_formats_that_are_offered_are_listed(describe: Callable[..., set[Triple]]) -> None:
    """Four of results and six of graphs, by the IRIs of the W3C."""
    found = describe()
    names = (
        *("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV"),
        *("Turtle", "N-Triples", "RDF_XML", "JSON-LD", "TriG", "N-Quads"),
    )
    assert values(found, only_service(found), SD + "resultFormat") == {
        NamedNode(FORMATS + name) for name in names
    }
    assert set(SYNTAXES) == set(GRAPHS)


def test_no_feature_is_claimed_that_the_service_lacks(describe: Callable[..., set[Triple]]) -> None:
    """The default graph is no union, no query goes elsewhere, no IRI is fetched, no dataset due."""
    found = describe(WRITABLE)
    assert not any(triple.predicate.value == SD + "feature" for triple in found)
    claimed = {str(triple.object) for triple in found}
    for name in ("UnionDefaultGraph", "BasicFederatedQuery", "DereferencesURIs", "RequiresDataset"):
        assert f"<{SD}{name}>" not in claimed


def test_full_text_search_is_a_feature_with_a_prefix(describe: Callable[..., set[Triple]]) -> None:
    """The property that searches is named, and its prefix is declared with the others."""
    found = describe()
    search = NamedNode("https://w3id.org/allegiance/function#search")
    assert values(found, only_service(found), SD + "propertyFeature") == {search}
    assert len(values(found, search, PREFIXES["rdfs"] + "comment")) == 1
    prefixes = NamedNode("https://w3id.org/allegiance/prefixes")
    declared = values(found, prefixes, PREFIXES["sh"] + "declare")
    spelled = {
        value.value
        for node in declared
        for value in values(found, node, PREFIXES["sh"] + "prefix")
        if isinstance(value, Literal)
    }
    assert spelled == {"alf", *PREFIXES}


def test_the_limits_are_told_with_their_units(describe: Callable[..., set[Triple]]) -> None:
    """What is set is what is told; a budget that is not set is not told of."""
    told = " ".join(
        value.value
        for value in values(describe(), only_service(describe()), PREFIXES["rdfs"] + "comment")
        if isinstance(value, Literal)
    )
    assert "7.5 seconds" in told
    assert "4,321 bytes" in told
    assert "SERVICE is refused" in told
    assert "A client may" not in told
    budgeted = describe(Settings(client_processing_s_per_minute=12, client_errors_per_minute=30))
    assert any("12 seconds of processing in a minute" in str(t.object) for t in budgeted)
    assert any("30 errors in a minute" in str(t.object) for t in budgeted)


def test_the_default_dataset_has_the_graphs_that_hold_no_claim(
    describe: Callable[..., set[Triple]], snapshot: Snapshot
) -> None:
    """The default graph has its size, four named graphs their names; a text tells of the claims."""
    found = describe()
    (dataset,) = values(found, only_service(found), SD + "defaultDataset")
    (default,) = values(found, dataset, SD + "defaultGraph")
    store = load_store(snapshot)
    size = sum(1 for quad in store if str(quad.graph_name) == "DEFAULT")
    assert size > 5
    assert values(found, default, VOID + "triples") == {Literal(size)}
    names = {
        name
        for graph in values(found, dataset, SD + "namedGraph")
        for name in values(found, graph, SD + "name")
    }
    assert names == {
        NamedNode(GRAPH + name) for name in ("register", "inferences", "comparisons", "service")
    }
    (text,) = values(found, dataset, PREFIXES["dcterms"] + "description")
    assert "https://w3id.org/allegiance/claim/" in str(text)


def test_the_data_are_described_for_catalogues(describe: Callable[..., set[Triple]]) -> None:
    """DCAT leads from the dataset to the service, and back; the snapshot is its version."""
    found = describe()
    assert values(found, DATA, VOID + "sparqlEndpoint") == {ENDPOINT}
    assert values(found, DATA, DCAT + "version") == {Literal("abc")}
    (distribution,) = values(found, DATA, DCAT + "distribution")
    assert values(found, distribution, DCAT + "accessURL") == {ENDPOINT}
    assert values(found, distribution, DCAT + "accessService") == {only_service(found)}
    assert values(found, only_service(found), DCAT + "servesDataset") == {DATA}


def test_the_examples_are_for_this_endpoint(describe: Callable[..., set[Triple]]) -> None:
    """Each example query of the snapshot gets the endpoint as its target."""
    example = NamedNode("https://w3id.org/allegiance/question/one")
    assert values(describe(), example, PREFIXES["schema"] + "target") == {ENDPOINT}


def test_void_is_the_same_without_the_service(
    describe: Callable[..., set[Triple]], service_graph: bytes
) -> None:
    """The document about the data has all of the snapshot's description, and no word of sd:."""
    found = describe(function=void_description)
    told = {quad.triple for quad in parse(service_graph, format=RdfFormat.N_TRIPLES)}
    assert told < found
    assert not any(SD in str(triple) for triple in found)
    document = NamedNode(BASE + "/void")
    assert values(found, document, "http://xmlns.com/foaf/0.1/primaryTopic") == {DATA}
    assert values(found, DATA, VOID + "sparqlEndpoint") == {ENDPOINT}


def test_an_editor_finds_in_the_document_what_the_default_graph_lacks(
    describe: Callable[..., set[Triple]],
) -> None:
    """Prefixes, examples and partitions: what SIB's editor reads from a service description."""
    store = Store()
    for triple in describe():
        store.add(Quad(triple.subject, triple.predicate, triple.object))
    queries = {
        "prefixes": "SELECT * { [] sh:namespace ?namespace ; sh:prefix ?prefix }",
        "examples": "SELECT * { ?q a sh:SPARQLExecutable ; rdfs:comment ?c ; sh:select|sh:ask ?t }",
        "partitions": "SELECT * { ?g sd:graph|sd:defaultGraph ?d . ?d void:classPartition ?c . "
        "?c void:class ?class ; void:propertyPartition ?p . ?p void:property ?property }",
    }
    for name, query in queries.items():
        found = store.query(query, prefixes={**PREFIXES, "sd": SD, "void": VOID})
        assert isinstance(found, QuerySolutions)
        assert any(True for _ in found), name


def test_the_same_description_has_the_same_bytes(service_graph: bytes) -> None:
    """The order of the snapshot's lines does not matter, so that an ETag can be strong."""
    backwards = b"".join(reversed(service_graph.splitlines(keepends=True)))
    one, two = (
        service_description(BASE, SETTINGS, "abc", told, "text/turtle")
        for told in (service_graph, backwards)
    )
    assert one == two


def test_a_snapshot_without_a_description_still_has_a_service() -> None:
    """Of a snapshot that says nothing of itself, the service and its formats are described."""
    text = service_description(BASE, SETTINGS, "abc", b"", "application/n-triples")
    found = {quad.triple for quad in parse(text, format=RdfFormat.N_TRIPLES)}
    assert values(found, only_service(found), SD + "endpoint") == {ENDPOINT}


def test_the_service_stands_first_in_turtle(service_graph: bytes) -> None:
    """A reader need not scroll past thousands of partitions."""
    text = service_description(BASE, SETTINGS, "abc", service_graph, "text/turtle").decode()
    assert text.index(" sd:Service ") < text.index(" void:Dataset ") < text.index("void:entities 1")
    assert "@prefix sd: " in text
