"""The graph of the service: datasets, prefixes and example queries, for editors to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QuerySolutions,
    RdfFormat,
    Store,
)

from allegiance.build import build_snapshot, build_store, ensure_snapshot
from allegiance.corpus import read_corpus
from allegiance.counting import count
from allegiance.description import SERVICE_GRAPH, service_quads
from allegiance.namespaces import PREFIXES, dataset_iri, graph_iri, question_iri, term, thing_iri
from allegiance.questions import Question, load_questions

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Checkout

VOID = "http://rdfs.org/ns/void#"
VOID_EXT = "http://ldf.fi/void-ext#"
PATRONAGE = "patronage: {patron: arcadia, client: reed-front}"
# What an editor asks, in the form of SIB's sparql-editor: it knows nothing of this graph.
COMPLETION = f"""
PREFIX void: <{VOID}>
PREFIX ext: <{VOID_EXT}>
SELECT DISTINCT ?class ?property ?kind WHERE {{
  ?part void:class ?class ; void:propertyPartition ?of .
  ?of void:property ?property .
  OPTIONAL {{
    {{ ?of void:classPartition [ void:class ?kind ] }}
    UNION {{ ?of ext:datatypePartition [ ext:datatype ?kind ] }}
  }}
}}"""
LISTED = """
PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?example ?comment ?query WHERE {
  ?example a sh:SPARQLExecutable ; rdfs:comment ?comment ;
    sh:select|sh:ask|sh:construct|sh:describe ?query .
}"""
DECLARED = """
PREFIX sh: <http://www.w3.org/ns/shacl#>
SELECT ?prefix ?namespace WHERE { [] sh:prefix ?prefix ; sh:namespace ?namespace }"""


def question(name: str, text: str) -> Question:
    """Make a question without parameters."""
    return Question(name, 1, f"Title of {name}", f"What is {name}?", "Actors", (), text)


def described(store: Store, *questions: Question) -> Store:
    """Return what the graph of the service says, as a default graph."""
    found = Store()
    for quad in service_quads(store, questions):
        assert quad.graph_name == SERVICE_GRAPH
        found.add(Quad(quad.subject, quad.predicate, quad.object))
    return found


def rows(store: Store, query: str, graph: NamedNode | None = None) -> list[list[str]]:
    """Ask as an editor does: the default graph, or the graph that `default-graph-uri` names."""
    found = store.query(query, default_graph=graph) if graph else store.query(query)
    assert isinstance(found, QuerySolutions)
    return [["" if value is None else value.value for value in row] for row in found]


def objects(store: Store, subject: NamedNode, predicate: str) -> list[object]:
    """Return the values of a property."""
    found = store.quads_for_pattern(subject, NamedNode(predicate), None)
    return [quad.object for quad in found]


def number(store: Store, subject: NamedNode, local: str) -> int:
    """Return the one number that VoID gives a dataset."""
    (found,) = objects(store, subject, VOID + local)
    assert isinstance(found, Literal)
    assert found.datatype == term("xsd:integer")
    return int(found.value)


@pytest.fixture
def small(checkout: Checkout, claim: Callable[..., str]) -> Store:
    """Build a graph of one asserted patronage and one supposed strike."""
    checkout.write_source(
        "doc",
        claim("one", PATRONAGE)
        + claim("two", "event: {type: MilitaryStrike, actor: reed-front}", status="hypothetical"),
    )
    return build_store(read_corpus(checkout.bundle))


def test_a_snapshot_holds_the_description_in_a_graph_of_its_own(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """The build adds the graph of the service, and not one triple to the default graph."""
    checkout.write_source("doc", claim("one", PATRONAGE))
    built = build_store(read_corpus(checkout.bundle))
    expected = len(built) + len(list(service_quads(built, load_questions(checkout.bundle.queries))))
    snapshot = build_snapshot(checkout.bundle, checkout.root / "build")
    assert snapshot.manifest["quads"] == expected
    store = Store()
    store.bulk_load(path=snapshot.nquads, format=RdfFormat.N_QUADS)
    assert any(store.quads_for_pattern(dataset_iri(), None, None, SERVICE_GRAPH))
    assert set(built) == {quad for quad in store if quad.graph_name != SERVICE_GRAPH}


def test_another_question_makes_another_snapshot(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """The questions are part of what is built: a new one is not served from an old snapshot."""
    checkout.write_source("doc", claim("one", PATRONAGE))
    header = "# number: 1\n# title: T\n# question: What?\n# group: G\n"
    checkout.write_query("one", header + "ASK { ?s ?p ?o }\n")
    first = ensure_snapshot(checkout.bundle, checkout.root / "build")
    assert ensure_snapshot(checkout.bundle, checkout.root / "build").name == first.name
    checkout.write_query("two", header + "ASK { ?s ?p ?o }\n")
    assert ensure_snapshot(checkout.bundle, checkout.root / "build").name != first.name


def test_the_numbers_about_the_data_leave_the_description_out(small: Store) -> None:
    """`allegiance stats` counts the same with the graph of the service and without it."""
    before = count(small)
    small.extend(list(service_quads(small, load_questions())))
    assert count(small) == before


def test_a_description_does_not_describe_itself(small: Store) -> None:
    """Described a second time, with the first description in the store, the graph is the same."""
    first = list(service_quads(small, load_questions()))
    small.extend(first)
    assert set(service_quads(small, load_questions())) == set(first)
    assert len(set(first)) == len(first)


def test_a_description_has_no_blank_node(small: Store) -> None:
    """Each partition has a name that lasts, whatever else changes."""
    for quad in service_quads(small, load_questions()):
        assert isinstance(quad.subject, NamedNode)
        assert not isinstance(quad.object, BlankNode)


def test_the_parts_add_up_to_the_whole(small: Store) -> None:
    """Each quad of the store stands in one of six subsets."""
    found = described(small)
    subsets = objects(found, dataset_iri(), VOID + "subset")
    names = ("asserted-view", "claims", "links", "register", "inferences", "comparisons")
    assert set(subsets) == {dataset_iri(name) for name in names}
    sizes = {name: number(found, dataset_iri(name), "triples") for name in names}
    assert sum(sizes.values()) == number(found, dataset_iri(), "triples") == len(small)
    assert sizes["inferences"] == 4
    # A patronage with its two sides, and a strike with the one who strikes.
    assert sizes["claims"] == 5
    assert sizes["comparisons"] == 0
    assert sizes["links"] == 0


def test_a_dataset_says_what_it_is_and_who_may_use_it(small: Store) -> None:
    """Title, licence, address of its things, vocabularies; CC0 for every part."""
    found = described(small)
    datasets = [q.subject for q in found.quads_for_pattern(None, None, NamedNode(VOID + "Dataset"))]
    assert len(datasets) == 7
    licence = NamedNode("https://creativecommons.org/publicdomain/zero/1.0/")
    for dataset in datasets:
        assert isinstance(dataset, NamedNode)
        assert objects(found, dataset, PREFIXES["dcterms"] + "license") == [licence]
        assert len(objects(found, dataset, PREFIXES["dcterms"] + "title")) == 1
    assert objects(found, dataset_iri(), VOID + "uriSpace") == [
        Literal("https://w3id.org/allegiance/")
    ]
    vocabularies = objects(found, dataset_iri(), VOID + "vocabulary")
    assert NamedNode(PREFIXES["al"]) in vocabularies
    assert NamedNode(PREFIXES["sh"]) not in vocabularies


def test_the_example_resources_are_in_the_data(small: Store) -> None:
    """A state, a claim and a patronage, the first of each; there is no statement here."""
    found = objects(described(small), dataset_iri(), VOID + "exampleResource")
    assert set(found) == {
        thing_iri("arcadia"),
        NamedNode(PREFIXES["claim"] + "doc/one"),
        thing_iri("patronage--arcadia--reed-front"),
    }


def test_partitions_tell_an_editor_what_follows_a_class(small: Store) -> None:
    """A patronage has a patron that is a state, also where only a claim says so."""
    found = rows(described(small), COMPLETION)
    al = PREFIXES["al"]
    assert [al + "Patronage", al + "patron", al + "State"] in found
    assert [al + "MilitaryStrike", al + "actor", al + "ArmedGroup"] in found
    assert [al + "Claim", al + "inAssertedView", PREFIXES["xsd"] + "boolean"] in found
    assert not any(kind == al + "Place" for _, name, kind in found if name == al + "patron")


def test_a_partition_is_named_after_its_terms(small: Store) -> None:
    """Class, property and kind follow each other in the IRI; a term without a prefix is quoted."""
    found = described(small)
    part = dataset_iri("claims/al:Patronage/al:patron")
    assert number(found, part, "triples") == 1
    assert objects(found, dataset_iri("claims/al:Patronage"), VOID + "propertyPartition").count(
        part
    )
    assert objects(
        found, dataset_iri("claims/al:Patronage/al:patron/al:State"), VOID + "class"
    ) == [term("al:State")]
    edtf = "http:%2F%2Fid.loc.gov%2Fdatatypes%2Fedtf%2FEDTF"
    published = dataset_iri(f"asserted-view/al:Publication/al:published/{edtf}")
    assert len(objects(found, published, VOID_EXT + "datatype")) == 1


def test_every_prefix_of_the_graph_is_declared(small: Store) -> None:
    """An editor learns the prefixes that need no declaration here."""
    found = rows(described(small), DECLARED)
    assert sorted(found) == sorted([name, space] for name, space in PREFIXES.items())


@pytest.mark.parametrize(
    ("text", "form", "classes"),
    [
        ("SELECT * WHERE { ?s ?p ?o }", "select", {"SPARQLExecutable", "SPARQLSelectExecutable"}),
        ("ASK { { SELECT ?s { ?s ?p ?o } } }", "ask", {"SPARQLExecutable", "SPARQLAskExecutable"}),
        (
            "# Who?\nconstruct where { ?s ?p ?o }",
            "construct",
            {"SPARQLExecutable", "SPARQLConstructExecutable"},
        ),
        ("DESCRIBE <https://example.org/ask>", "describe", {"SPARQLExecutable"}),
    ],
)
def test_an_example_is_of_the_class_of_its_form(text: str, form: str, classes: set[str]) -> None:
    """SHACL has a class for each form of query but DESCRIBE; all of them can be run."""
    found = described(Store(), question("one", text))
    kinds = objects(found, question_iri("one"), PREFIXES["rdf"] + "type")
    assert set(kinds) == {term(f"sh:{name}") for name in classes}
    assert objects(found, question_iri("one"), f"{PREFIXES['sh']}{form}") == [Literal(text)]


def test_an_example_says_what_it_asks_in_words(small: Store) -> None:
    """Title, question and group come from the header, which the query then lacks."""
    text = "# number: 1\n# title: T\n# question: Q?\n# group: G\n# parameter a (thing): who\nASK {}"
    found = described(small, question("one", text))
    subject = question_iri("one")
    english = {
        "rdfs:label": "Title of one",
        "rdfs:comment": "What is one?",
        "schema:keywords": "Actors",
    }
    for name, words in english.items():
        assert objects(found, subject, term(name).value) == [Literal(words, language="en")]
    assert objects(found, subject, term("sh:ask").value) == [
        Literal("# parameter a (thing): who\nASK {}")
    ]
    (prefixes,) = objects(found, subject, term("sh:prefixes").value)
    assert isinstance(prefixes, NamedNode)
    assert len(objects(found, prefixes, term("sh:declare").value)) == len(PREFIXES)


def test_an_example_declares_the_prefixes_that_it_uses_and_no_others() -> None:
    """Words of a comment are no prefixes; a query that declares its own is left alone."""
    text = "# the claim: id: x\nASK { id:iran a al:State }"
    own = "PREFIX id: <https://example.org/>\nASK { id:x ?p ?o }"
    found = described(Store(), question("one", text), question("two", own))
    declared = f"PREFIX al: <{PREFIXES['al']}>\nPREFIX id: <{PREFIXES['id']}>\n"
    assert sorted(rows(found, LISTED)) == [
        [question_iri("one").value, "What is one?", declared + text],
        [question_iri("two").value, "What is two?", own],
    ]


def test_every_published_question_runs_in_an_engine_that_knows_no_prefix(graph: Store) -> None:
    """All questions are examples, and each parses without the graph's prefixes."""
    examples = rows(graph, LISTED, SERVICE_GRAPH)
    assert {name for name, _, _ in examples} == {
        question_iri(found.name).value for found in load_questions()
    }
    assert len(examples) == len(load_questions()) > 40
    for _, _, text in examples:
        Store().query(text)


def test_the_service_can_be_asked_beside_the_data(graph: Store) -> None:
    """Over both graphs at once, editors complete from the same description."""
    both = [DefaultGraph(), SERVICE_GRAPH]
    found = graph.query(COMPLETION, default_graph=both)
    assert isinstance(found, QuerySolutions)
    together = [["" if value is None else value.value for value in row] for row in found]
    alone = rows(graph, COMPLETION, SERVICE_GRAPH)
    assert sorted(together) == sorted(alone)
    assert len(alone) > 1000
    assert rows(graph, COMPLETION) == []
    assert graph_iri("service") == SERVICE_GRAPH
