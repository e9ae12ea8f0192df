"""What is known about claims, documents, captures and entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from allegiance.corpus import read_corpus
from allegiance.namespaces import BASE, compact
from allegiance.provenance import (
    capture_triples,
    claim_triples,
    document_triples,
    entry_triples,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conftest import Checkout
    from pyoxigraph import Triple

    from allegiance.corpus import Corpus
    from allegiance.finding import Place

PATRONAGE = "patronage: {patron: arcadia, client: reed-front}"
XSD = "http://www.w3.org/2001/XMLSchema#"


def short(node: object) -> str:
    """Write a term with a short name."""
    text = str(node)
    return compact(text[1:-1]) if text.startswith("<") else text


def written(placed: Iterable[tuple[Triple, Place]]) -> set[str]:
    """Write triples with short names."""
    return {
        f"{short(triple.subject)} {short(triple.predicate)} {short(triple.object)}"
        for triple, _ in placed
    }


@pytest.fixture
def read(checkout: Checkout, claim: Callable[..., str]) -> Callable[..., Corpus]:
    """Give a reader of a document doc with one claim."""

    def read_one(more: str = "", **lines: str) -> Corpus:
        checkout.write_source("doc", claim("one", PATRONAGE, **lines), more=more)
        corpus = read_corpus(checkout.bundle)
        assert corpus.findings == ()
        return corpus

    return read_one


def about(corpus: Corpus) -> set[str]:
    """Write what is known about the one claim."""
    return written(claim_triples(corpus.claims["doc/one"], corpus))


def test_a_claim_says_what_where_and_how_firmly(read: Callable[..., Corpus]) -> None:
    """Sentence, document, content, status, polarity and review of a claim are triples of it."""
    assert {
        "claim:doc/one rdf:type al:Claim",
        'claim:doc/one al:says "Sentence of one."@en',
        "claim:doc/one al:assertedIn source:doc",
        "claim:doc/one al:content id:patronage--arcadia--reed-front",
        "claim:doc/one al:epistemicStatus scheme:epistemic-status/asserted",
        "claim:doc/one al:polarity scheme:polarity/affirmed",
        "claim:doc/one al:reviewStatus scheme:review-status/reviewed",
    } <= about(read())


def test_a_claim_of_a_document_without_author_is_its_outlets(read: Callable[..., Corpus]) -> None:
    """Where the document names no author, its first outlet asserts the claim and is its origin."""
    found = about(read())
    assert "claim:doc/one al:assertedBy id:daily-reed" in found
    assert "claim:doc/one al:origin id:daily-reed" in found


def test_a_claim_of_a_signed_document_is_its_authors(read: Callable[..., Corpus]) -> None:
    """Where the document names its author, the outlet asserts nothing."""
    found = about(read(more="author: ana-writer\n"))
    assert "claim:doc/one al:assertedBy id:ana-writer" in found
    assert not any("daily-reed" in triple for triple in found)


def test_a_chain_of_attribution_keeps_its_order_and_its_origin(read: Callable[..., Corpus]) -> None:
    """Each link has its position; the last one is the origin, and the author still asserts."""
    found = about(read(status="attributed", attributedTo="[arcadia, minister-of-arcadia]"))
    assert {
        "claim:doc/one al:attributedTo id:arcadia",
        "claim:doc/one al:attributedTo id:minister-of-arcadia",
        "claim:doc/one#attribution-1 al:attributedTo id:arcadia",
        f'claim:doc/one#attribution-1 al:position "1"^^<{XSD}integer>',
        "claim:doc/one#attribution-2 al:attributedTo id:minister-of-arcadia",
        f'claim:doc/one#attribution-2 al:position "2"^^<{XSD}integer>',
        "claim:doc/one al:assertedBy id:daily-reed",
    } <= found
    assert [triple for triple in found if " al:origin " in triple] == [
        "claim:doc/one al:origin id:minister-of-arcadia"
    ]


def test_hedge_certainty_confidence_and_condition_are_kept_apart(
    read: Callable[..., Corpus],
) -> None:
    """The source's doubt and the extractor's confidence are different properties."""
    found = about(
        read(certainty="likely", hedge="perhaps", confidence="0.5", condition="doc/other")
    )
    assert {
        "claim:doc/one al:certainty scheme:certainty/likely",
        'claim:doc/one al:hedge "perhaps"',
        f'claim:doc/one al:extractionConfidence "0.5"^^<{XSD}decimal>',
        "claim:doc/one al:condition claim:doc/other",
    } <= found


def test_evidence_leads_to_the_words_of_the_capture(
    read: Callable[..., Corpus], passage: Callable[[str], str]
) -> None:
    """A passage has its offsets, its digest, its words and a link into the live page."""
    link = "https://example.org/page#:~:text=Arcadia%20has%20backed%20the%20Reed%20Front"
    digest = passage("Arcadia has backed the Reed Front").rpartition(" ")[2].rstrip("}")
    assert {
        "claim:doc/one al:evidence claim:doc/one#evidence-1",
        "claim:doc/one#evidence-1 oa:hasSource capture:invented-page",
        "claim:doc/one#evidence-1 oa:hasSelector claim:doc/one#passage-1",
        f'claim:doc/one#evidence-1 al:passageDigest "{digest}"',
        'claim:doc/one#evidence-1 oa:exact "Arcadia has backed the Reed Front"@en',
        f'claim:doc/one#passage-1 oa:start "30"^^<{XSD}integer>',
        f'claim:doc/one#passage-1 oa:end "63"^^<{XSD}integer>',
        f'claim:doc/one#evidence-1 al:textFragmentLink "{link}"^^<{XSD}anyURI>',
    } <= about(read())


def test_a_claim_without_dates_holds_when_its_document_appeared(
    read: Callable[..., Corpus],
) -> None:
    """The day of publication is the first and the last day on which the claim surely holds."""
    assert {
        f'claim:doc/one al:heldFrom "2024-10-02"^^<{XSD}date>',
        f'claim:doc/one al:heldUntil "2024-10-02"^^<{XSD}date>',
    } <= about(read())


def test_a_document_has_title_capture_and_chain_of_publications(checkout: Checkout) -> None:
    """The second publication republishes the first; title and span of the capture are given."""
    file = checkout.write_source("doc", "  []\n")
    second = '  - {outlet: evening-post, url: "https://example.org/b"}\ncapture:'
    file.write_text(file.read_text().replace("capture:", second, 1))
    found = written(document_triples(read_corpus(checkout.bundle).documents["doc"]))
    assert {
        "source:doc rdf:type al:Document",
        "source:doc rdf:type schema:NewsArticle",
        'source:doc dcterms:title "Headline of an invented page"@en',
        f'source:doc al:recordedOn "2026-11-21"^^<{XSD}date>',
        "source:doc al:capturedIn capture:invented-page",
        f'source:doc al:captureStart "0"^^<{XSD}integer>',
        "source:doc#publication-1 al:outlet id:daily-reed",
        f'source:doc#publication-1 al:earliestPublished "2024-10-02"^^<{XSD}date>',
        "source:doc#publication-2 al:outlet id:evening-post",
        "source:doc#publication-2 al:republishes source:doc#publication-1",
        f'source:doc#publication-2 schema:url "https://example.org/b"^^<{XSD}anyURI>',
    } <= found
    assert "source:doc#publication-1 al:republishes" not in " ".join(found)


def test_an_assessment_stands_beside_the_claim(read: Callable[..., Corpus]) -> None:
    """A verdict has its claim, its author, its day and its reason; the claim stays as it is."""
    more = (
        "assessments:\n"
        "  - {claim: one, verdict: questioned, by: Editors, date: 2024-10-03, reason: Old.}\n"
    )
    corpus = read(more=more)
    node = "source:doc#assessment-1"
    assert {
        f"{node} rdf:type al:Assessment",
        f"{node} al:assessedClaim claim:doc/one",
        f"{node} al:verdict scheme:verdict/questioned",
        f'{node} al:assessedBy "Editors"',
        f'{node} al:assessmentReason "Old."@en',
        f'{node} al:earliestDate "2024-10-03"^^<{XSD}date>',
    } <= written(document_triples(corpus.documents["doc"]))


def test_an_entry_says_who_is_meant(read: Callable[..., Corpus]) -> None:
    """An entry has its class, its names, and whom it belongs to."""
    corpus = read()
    assert written(entry_triples(corpus.entries["minister-of-arcadia"])) == {
        "id:minister-of-arcadia rdf:type al:UnnamedActor",
        'id:minister-of-arcadia rdfs:label "Minister of Arcadia (unnamed)"@en',
        'id:minister-of-arcadia al:describedAs "Its minister"',
        "id:minister-of-arcadia al:affiliatedWith id:arcadia",
    }
    assert 'id:reed-front al:alias "Front of the Reeds"' in written(
        entry_triples(corpus.entries["reed-front"])
    )


def test_a_capture_is_its_address_and_digest_and_never_its_text(
    read: Callable[..., Corpus], page: str
) -> None:
    """What was fetched is known by address, digest and normalisation; no text of it is held."""
    capture = read().captures["invented-page"]
    found = written(capture_triples(capture))
    assert found == {
        "capture:invented-page rdf:type al:Capture",
        f'capture:invented-page schema:url "https://example.org/page"^^<{XSD}anyURI>',
        f'capture:invented-page al:captureDigest "{capture.sha256}"',
        'capture:invented-page al:normalisation "None."',
    }
    assert page[:20] not in " ".join(found)


def test_every_triple_of_a_claim_leads_into_its_file(read: Callable[..., Corpus]) -> None:
    """No triple about a claim stands without the line it comes from."""
    corpus = read()
    for triple, place in claim_triples(corpus.claims["doc/one"], corpus):
        assert place.file == "kg/data/sources/doc.yaml", triple
        assert 10 <= place.line <= 14, triple
        assert str(triple.subject).startswith(f"<{BASE}claim/doc/one")
