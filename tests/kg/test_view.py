"""The asserted view: what stands in it, what does not, and that leaks are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from allegiance.build import build_store
from allegiance.corpus import read_corpus
from allegiance.integrity import check_view
from allegiance.namespaces import PREFIXES, claim_iri, graph_iri, term, thing_iri
from allegiance.view import leaked_triples, trace

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Checkout

PATRONAGE = "patronage: {patron: arcadia, client: reed-front}"
TIE = thing_iri("patronage--arcadia--reed-front")
STRIKE = "event: {type: MilitaryStrike, actor: reed-front, target: borduria}"
SYMMETRIC = (
    *("alliedWith", "alliedByTreatyWith", "inPartnershipWith", "cooperatesWith", "adversaryOf"),
    *("hasDiplomaticRelationsWith", "severedRelationsWith"),
)


@pytest.fixture
def build(checkout: Checkout) -> Callable[..., Store]:
    """Give a builder of documents doc, other, ... with these claims."""

    def run(*documents: str, **header: str) -> Store:
        for slug, text in zip(("doc", "other"), documents, strict=False):
            checkout.write_source(slug, text, **header)
        corpus = read_corpus(checkout.bundle)
        assert corpus.findings == ()
        return build_store(corpus)

    return run


def in_view(store: Store, subject: NamedNode) -> list[Quad]:
    """Return what the default graph says of a thing."""
    return list(store.quads_for_pattern(subject, None, None, DefaultGraph()))


RETRACTION = (
    "assessments:\n  - {claim: one, verdict: retracted, by: E, date: 2025-01-01, reason: R.}\n"
)
OUTSIDE = [
    {"status": "hypothetical"},
    {"status": "attributed", "attributedTo": "minister-of-arcadia"},
    {"attributedTo": "minister-of-arcadia"},
    {"status": "judgement"},
    {"status": "prediction"},
    {"status": "normative"},
    {"polarity": "negated"},
    {"review": "draft"},
    {"review": "retracted"},
]


@pytest.mark.parametrize("lines", OUTSIDE, ids=str)
def test_what_a_document_does_not_assert_itself_stays_in_its_claim(
    lines: dict[str, str], build: Callable[..., Store], claim: Callable[..., str]
) -> None:
    """What is supposed, attributed, judged, denied or a draft stands in its claim's graph only."""
    store = build(claim("one", PATRONAGE, **lines))
    graph = claim_iri("doc", "one")
    assert Quad(TIE, term("al:patron"), thing_iri("arcadia"), graph) in store
    assert in_view(store, TIE) == []
    assert not any(store.quads_for_pattern(graph, term("al:inAssertedView"), None))
    assert not any(store.quads_for_pattern(None, term("al:backs"), None))
    assert list(leaked_triples(store)) == []
    assert trace(store).untraced == ()


def test_a_claim_that_an_assessment_takes_back_leaves_the_view(
    build: Callable[..., Store], claim: Callable[..., str]
) -> None:
    """A verdict of retraction takes the claim out of the view; doubt and refutation do not."""
    refutation = RETRACTION.replace("retracted", "refuted")
    assert in_view(build(claim("one", PATRONAGE), more=RETRACTION), TIE) == []
    assert len(in_view(build(claim("one", PATRONAGE), more=refutation), TIE)) == 3


def test_what_is_asserted_stands_in_the_view_once(
    build: Callable[..., Store], claim: Callable[..., str]
) -> None:
    """Two documents that assert one tie give each of its triples once."""
    store = build(claim("one", PATRONAGE), claim("one", PATRONAGE))
    assert {(quad.predicate, quad.object) for quad in in_view(store, TIE)} == {
        (term("rdf:type"), term("al:Patronage")),
        (term("al:patron"), thing_iri("arcadia")),
        (term("al:client"), thing_iri("reed-front")),
    }
    assert len(in_view(store, TIE)) == 3
    found = store.query(
        "SELECT (COUNT(*) AS ?n) { ?tie al:patron ?patron }", prefixes=dict(PREFIXES)
    )
    assert next(iter(found))["n"].value == "1"


def test_an_asserted_claim_shields_no_hypothetical_one(
    build: Callable[..., Store], claim: Callable[..., str]
) -> None:
    """Where one claim asserts a tie and another supposes a date of it, the date stays out."""
    supposed = PATRONAGE.replace("}", ", since: 2020}")
    store = build(claim("one", PATRONAGE) + claim("two", supposed, status="hypothetical"))
    assert {quad.predicate for quad in in_view(store, TIE)} == {
        *(term("rdf:type"), term("al:patron"), term("al:client")),
    }
    assert list(leaked_triples(store)) == []


# --- attacks -------------------------------------------------------------------------------------


@pytest.mark.parametrize("lines", [*OUTSIDE, {"more": RETRACTION}], ids=str)
def test_whatever_stands_outside_the_view_is_found_if_it_is_copied_into_it(
    lines: dict[str, str], build: Callable[..., Store], claim: Callable[..., str]
) -> None:
    """Each reason for which a claim stays out is seen again when its triples are in by force."""
    given = dict(lines)
    header = {"more": given.pop("more")} if "more" in given else {}
    store = build(claim("one", PATRONAGE, **given), **header)
    graph = claim_iri("doc", "one")
    copied = [quad.triple for quad in store.quads_for_pattern(TIE, None, None, graph)]
    store.extend(Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in copied)
    assert set(leaked_triples(store)) == {(triple, graph) for triple in copied}
    assert len(copied) == 3


def test_a_hypothetical_that_is_put_into_the_view_by_hand_is_found(
    build: Callable[..., Store], claim: Callable[..., str]
) -> None:
    """That the view calls a supposed claim its own does not hide that it is supposed."""
    store = build(claim("one", PATRONAGE) + claim("two", STRIKE, status="hypothetical"))
    graph, node = claim_iri("doc", "two"), thing_iri("doc--two")
    true = Literal("true", datatype=term("xsd:boolean"))
    store.add(Quad(graph, term("al:inAssertedView"), true))
    copied = [quad.triple for quad in store.quads_for_pattern(node, None, None, graph)]
    assert len(copied) == 3
    store.extend(Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in copied)
    assert set(leaked_triples(store)) == {(triple, graph) for triple in copied}
    assert set(trace(store).untraced) == set(copied)
    findings = list(check_view(store))
    assert sorted(found.rule for found in findings) == [
        *["integrity/leak"] * 3,
        *["integrity/untraced"] * 3,
    ]
    assert all("stands in the asserted view" in found.message for found in findings)


@pytest.mark.parametrize(
    ("subject", "predicate", "value"),
    [
        ("arcadia", "al:backs", thing_iri("borduria")),
        ("arcadia", "rdf:type", term("al:ArmedGroup")),
        ("arcadia", "rdfs:label", Literal("Another name", language="en")),
        ("ghost", "rdf:type", term("al:State")),
        ("patronage--arcadia--reed-front", "al:ongoing", Literal("x")),
        ("arcadia", "al:governmentOf", thing_iri("borduria")),
    ],
)
def test_a_triple_that_no_claim_and_no_entry_holds_is_untraced(
    subject: str,
    predicate: str,
    value: NamedNode | Literal,
    build: Callable[..., Store],
    claim: Callable[..., str],
) -> None:
    """One forged triple is found, whether it forges an edge, a class, a name or a detail."""
    store = build(claim("one", PATRONAGE))
    assert trace(store).untraced == ()
    assert trace(store).coverage == 1.0
    forged = Quad(thing_iri(subject), term(predicate), value)
    store.add(forged)
    tracing = trace(store)
    assert tracing.untraced == (forged.triple,)
    assert tracing.coverage < 1.0
    assert [found.rule for found in check_view(store)] == ["integrity/untraced"]


def test_a_forged_edge_is_found_unless_an_inference_holds_it(
    build: Callable[..., Store], claim: Callable[..., str]
) -> None:
    """An edge counts as derived only where the graph of inferences has it."""
    store = build(claim("one", PATRONAGE))
    edge = Quad(thing_iri("arcadia"), term("al:backs"), thing_iri("reed-front"))
    assert edge in store
    store.remove(Quad(edge.subject, edge.predicate, edge.object, graph_iri("inferences")))
    assert trace(store).untraced == (edge.triple,)


def test_an_entry_that_nobody_speaks_of_is_traced_to_the_register(
    build: Callable[..., Store], claim: Callable[..., str]
) -> None:
    """The register stands for itself: an unused entry is no triple without a source."""
    store = build(claim("one", PATRONAGE))
    assert Quad(thing_iri("syldavia"), term("rdf:type"), term("al:State")) in store
    assert trace(store).by_origin["register"] > 0
    assert trace(store).untraced == ()


def test_the_origins_of_a_small_graph_add_up(
    build: Callable[..., Store], claim: Callable[..., str]
) -> None:
    """Three triples of the claim, its edges, and all else from register and sources."""
    store = build(claim("one", PATRONAGE))
    tracing = trace(store)
    assert tracing.by_origin["claims"] == 3
    # backs, backedBy, and alliedWith in both directions
    assert tracing.by_origin["inferences"] == 4
    assert tracing.by_origin["comparisons"] == 0
    total = sum(1 for _ in store.quads_for_pattern(None, None, None, DefaultGraph()))
    assert sum(tracing.by_origin.values()) == total


# --- derived edges -------------------------------------------------------------------------------


def test_each_derived_edge_names_its_rule_and_its_claims(
    build: Callable[..., Store], claim: Callable[..., str]
) -> None:
    """For every edge there is an inference with its rule, its tie and each claim it rests on."""
    store = build(
        claim("one", PATRONAGE)
        + claim("two", "adversity: {parties: [arcadia, borduria]}")
        + claim("three", "diplomaticRelations: {parties: [arcadia, syldavia], status: severed}"),
        claim("four", PATRONAGE),
    )
    inferences = graph_iri("inferences")
    edges = {quad.triple for quad in store.quads_for_pattern(None, None, None, inferences)}
    found = store.query(
        "SELECT ?s ?p ?o ?rule (GROUP_CONCAT(STR(?claim); separator=' ') AS ?claims) {"
        " ?inference a al:Inference ; al:inferredSubject ?s ; al:inferredPredicate ?p ;"
        " al:inferredObject ?o ; al:byRule ?rule ; al:fromTie ?tie ; prov:wasDerivedFrom ?claim ."
        " ?rule a al:Rule } GROUP BY ?s ?p ?o ?rule ORDER BY ?p ?s",
        prefixes=dict(PREFIXES),
    )
    explained = {(row["s"], row["p"], row["o"]): row["claims"].value for row in found}
    assert set(explained) == {(edge.subject, edge.predicate, edge.object) for edge in edges}
    assert len(edges) == 8
    backs = explained[thing_iri("arcadia"), term("al:backs"), thing_iri("reed-front")]
    assert set(backs.split()) == {
        claim_iri("doc", "one").value,
        claim_iri("other", "four").value,
    }


def test_nobody_is_allied_with_himself(
    build: Callable[..., Store], claim: Callable[..., str]
) -> None:
    """No derived edge leads from a thing to itself, and the symmetric ones lead both ways."""
    kinds = ("alliance", "formalAlliance", "strategicPartnership", "economicCooperation")
    contents = [f"{kind}: {{parties: [arcadia, borduria, syldavia]}}" for kind in kinds]
    contents += [
        "adversity: {parties: [arcadia, borduria]}",
        "diplomaticRelations: {parties: [arcadia, borduria], status: severed}",
        "diplomaticRelations: {parties: [arcadia, syldavia], status: restored}",
        "patronage: {patron: arcadia, client: arcadia}",
        "recognition: {recogniser: arcadia, recognised: arcadia}",
    ]
    store = build("".join(claim(f"c{n}", text) for n, text in enumerate(contents)))
    edges = {
        (quad.subject, quad.predicate, quad.object)
        for quad in store.quads_for_pattern(None, None, None, graph_iri("inferences"))
    }
    assert {str(p).rpartition("#")[2].rstrip(">") for _, p, _ in edges} == set(SYMMETRIC)
    assert all(one != other for one, _, other in edges)
    assert all((other, predicate, one) in edges for one, predicate, other in edges)


def test_a_blank_node_of_the_ontology_is_no_leak(
    build: Callable[..., Store], claim: Callable[..., str]
) -> None:
    """Blank nodes occur in the ontology alone, and count as sources."""
    store = build(claim("one", PATRONAGE))
    blank = [
        q for q in store.quads_for_pattern(None, None, None) if isinstance(q.subject, BlankNode)
    ]
    assert all(isinstance(quad.graph_name, DefaultGraph) for quad in blank)
    assert trace(store).untraced == ()


def test_a_triple_about_a_stranger_is_untraced(build: Callable[..., Store]) -> None:
    """A subject outside the graph's names is no source and no term unless it is declared as one."""
    store = build()
    stranger = NamedNode("https://example.org/stranger")
    forged = Triple(stranger, term("rdfs:label"), Literal("Stranger"))
    store.add(Quad(*forged, DefaultGraph()))

    assert trace(store).untraced == (forged,)
