"""Say of each claim, document and register entry where it comes from.

These triples stand in the default graph beside the asserted view: they are the sources, not facts
about the world.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Triple

from allegiance.content import content_iri, date_triples
from allegiance.fragment import passage_link
from allegiance.interval import validity_of
from allegiance.namespaces import (
    capture_iri,
    claim_iri,
    concept_iri,
    source_iri,
    term,
    thing_iri,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allegiance.corpus import Corpus
    from allegiance.document import Assessment, Claim, Passage, Publication, SourceDocument
    from allegiance.finding import Place
    from allegiance.register import Capture, Entry

__all__ = [
    "capture_triples",
    "claim_triples",
    "document_triples",
    "entry_triples",
    "names_in",
    "naming_triples",
]

Placed = tuple[Triple, "Place"]

_TYPE = term("rdf:type")
_LABEL = term("rdfs:label")
_BOOLEAN = term("xsd:boolean")
_INTEGER = term("xsd:integer")
_URI = term("xsd:anyURI")


def claim_triples(claim: Claim, corpus: Corpus) -> Iterator[Placed]:
    """Give what is known about a claim: who says so, how firmly, and where it stands."""
    node, place = claim_iri(claim.document, claim.id), claim.place
    document = corpus.documents[claim.document]
    yield Triple(node, _TYPE, term("al:Claim")), place
    yield Triple(node, term("al:says"), Literal(claim.says, language="en")), _key(claim, "says")
    yield Triple(node, term("al:assertedIn"), source_iri(claim.document)), place
    yield Triple(node, term("al:content"), content_iri(claim)), claim.values.place
    for actor in _asserters(document):
        yield Triple(node, term("al:assertedBy"), thing_iri(actor)), place
    certain = validity_of(claim, document).certain
    for name, day in (("heldFrom", certain.first), ("heldUntil", certain.last)):
        if day not in {datetime.date.min, datetime.date.max}:
            literal = Literal(day.isoformat(), datatype=term("xsd:date"))
            yield Triple(node, term("al:" + name), literal), place
    yield from _stance(node, claim)
    yield from _chain(node, claim, document)
    for number, passage in enumerate(claim.passages, start=1):
        yield from _evidence(node, number, passage, document, corpus)


def document_triples(document: SourceDocument) -> Iterator[Placed]:
    """Give what is known about a document: title, authors, publications, capture, assessments."""
    node, place = source_iri(document.id), document.source.place
    yield Triple(node, _TYPE, term("al:Document")), place
    yield Triple(node, _TYPE, term("schema:" + document.type)), place
    title = Literal(document.title, language=document.language)
    for predicate in (term("dcterms:title"), _LABEL):
        yield Triple(node, predicate, title), document.source.place_of("title")
    language = Literal(document.language)
    yield Triple(node, term("dcterms:language"), language), document.source.place_of("language")
    recorded = Literal(document.recorded.edtf, datatype=term("xsd:date"))
    yield Triple(node, term("al:recordedOn"), recorded), document.recorded.place
    yield (
        Triple(node, term("al:capturedIn"), capture_iri(document.capture.page)),
        document.capture.place,
    )
    for local, offset in (
        ("captureStart", document.capture.start),
        ("captureEnd", document.capture.end),
    ):
        literal = Literal(str(offset), datatype=_INTEGER)
        yield Triple(node, term("al:" + local), literal), document.capture.place
    for author in document.authors:
        creator = thing_iri(author)
        yield Triple(node, term("dcterms:creator"), creator), document.source.place_of("author")
    for number, publication in enumerate(document.publications, start=1):
        yield from _publication(node, number, publication)
    for number, assessment in enumerate(document.assessments, start=1):
        yield from _assessment(node, number, assessment, document)


def entry_triples(entry: Entry) -> Iterator[Placed]:
    """Give the register's entry of an actor, place or topic: class and names."""
    node, place = thing_iri(entry.id), entry.place
    place_of = entry.source.place_of
    yield Triple(node, _TYPE, term("al:" + entry.class_name)), place
    yield Triple(node, _LABEL, Literal(entry.label, language="en")), place_of("label")
    aliases = entry.source.get("alias")
    for part in () if aliases is None else aliases.each():
        yield Triple(node, term("al:alias"), Literal(part.text or "")), part.place
    texts = (
        ("dcterms:description", entry.description, "description"),
        ("skos:note", entry.note, "note"),
        ("al:describedAs", entry.described_as, "describedAs"),
        ("al:isoCode", entry.iso, "iso"),
    )
    for name, text, key in texts:
        if text is not None:
            yield Triple(node, term(name), Literal(text)), place_of(key)
    if entry.approximate_count is not None:
        count = Literal(str(entry.approximate_count), datatype=_INTEGER)
        yield Triple(node, term("al:approximateCount"), count), place_of("approximateCount")
    for name, target in entry.references.items():
        yield Triple(node, term("al:" + name), thing_iri(target)), place_of(name)


def naming_triples(document: SourceDocument, corpus: Corpus) -> Iterator[Triple]:
    """Say of each entry of the register that a document speaks of it."""
    node = source_iri(document.id)
    for name in sorted(names_in(document)):
        if name in corpus.entries:
            yield Triple(thing_iri(name), term("al:namedIn"), node)


def names_in(document: SourceDocument) -> frozenset[str]:
    """Return the ids of everything that a document speaks of, entries of the register or not."""
    names = {*document.authors, *(publication.outlet for publication in document.publications)}
    for claim in document.claims:
        names.update(claim.attributed_to)
        for key, value in (claim.values.entries or {}).items():
            if claim.frame.fields[key].type in {"actor", "location", "thing"}:
                names.update(value.texts())
    return frozenset(names)


def capture_triples(capture: Capture) -> Iterator[Placed]:
    """Give what is known about a captured page; its text is not part of the graph."""
    node, place = capture_iri(capture.id), capture.place
    yield Triple(node, _TYPE, term("al:Capture")), place
    place_of, url = capture.source.place_of, Literal(capture.url, datatype=_URI)
    yield Triple(node, term("schema:url"), url), place_of("url")
    yield Triple(node, term("al:captureDigest"), Literal(capture.sha256)), place_of("sha256")
    normalisation = Literal(capture.normalisation)
    yield Triple(node, term("al:normalisation"), normalisation), place_of("normalisation")


def _asserters(document: SourceDocument) -> tuple[str, ...]:
    """Return the authors, or the first outlet where the document names none."""
    return document.authors or (document.publications[0].outlet,)


def _key(claim: Claim, key: str) -> Place:
    found = claim.source.get(key)
    return claim.place if found is None else found.place


def _stance(node: NamedNode, claim: Claim) -> Iterator[Placed]:
    concepts = (
        ("epistemicStatus", "epistemic-status", claim.status, "status"),
        ("polarity", "polarity", claim.polarity, "polarity"),
        ("certainty", "certainty", claim.certainty, "certainty"),
        ("reviewStatus", "review-status", claim.review, "review"),
    )
    for name, scheme, value, key in concepts:
        if value is not None:
            yield Triple(node, term("al:" + name), concept_iri(scheme, value)), _key(claim, key)
    if claim.hedge is not None:
        yield Triple(node, term("al:hedge"), Literal(claim.hedge)), _key(claim, "hedge")
    for condition in claim.conditions:
        document, _, name = condition.rpartition("/")
        target = claim_iri(document or claim.document, name)
        yield Triple(node, term("al:condition"), target), _key(claim, "condition")
    if claim.confidence is not None:
        number = Literal(claim.confidence, datatype=term("xsd:decimal"))
        yield Triple(node, term("al:extractionConfidence"), number), _key(claim, "confidence")


def _chain(node: NamedNode, claim: Claim, document: SourceDocument) -> Iterator[Placed]:
    place = _key(claim, "attributedTo")
    for position, actor in enumerate(claim.attributed_to, start=1):
        link = NamedNode(f"{node.value}#attribution-{position}")
        yield Triple(node, term("al:attribution"), link), place
        yield Triple(node, term("al:attributedTo"), thing_iri(actor)), place
        yield Triple(link, _TYPE, term("al:Attribution")), place
        yield Triple(link, term("al:attributedTo"), thing_iri(actor)), place
        yield Triple(link, term("al:position"), Literal(str(position), datatype=_INTEGER)), place
    origins = claim.attributed_to[-1:] or _asserters(document)
    for origin in origins:
        yield Triple(node, term("al:origin"), thing_iri(origin)), place


def _evidence(
    node: NamedNode, number: int, passage: Passage, document: SourceDocument, corpus: Corpus
) -> Iterator[Placed]:
    place = passage.place
    where = NamedNode(f"{node.value}#evidence-{number}")
    selector = NamedNode(f"{node.value}#passage-{number}")
    yield Triple(node, term("al:evidence"), where), place
    yield Triple(where, _TYPE, term("oa:SpecificResource")), place
    yield Triple(where, term("oa:hasSource"), capture_iri(document.capture.page)), place
    yield Triple(where, term("oa:hasSelector"), selector), place
    yield Triple(selector, _TYPE, term("oa:TextPositionSelector")), place
    for name, offset in (("oa:start", passage.start), ("oa:end", passage.end)):
        if offset is not None:
            yield Triple(selector, term(name), Literal(str(offset), datatype=_INTEGER)), place
    if passage.sha256 is not None:
        yield Triple(where, term("al:passageDigest"), Literal(passage.sha256)), place
    texts = (
        ("oa:exact", passage.quote),
        ("al:startsWith", passage.starts),
        ("al:endsWith", passage.ends),
    )
    for name, text in texts:
        if text is not None:
            literal = Literal(text, language=document.language)
            words_place = passage.ends_place if name == "al:endsWith" else None
            yield Triple(where, term(name), literal), words_place or passage.words_place
    capture = corpus.captures.get(document.capture.page)
    if capture is not None:
        link = Literal(passage_link(capture.url, passage), datatype=_URI)
        yield Triple(where, term("al:textFragmentLink"), link), place


def _publication(document: NamedNode, number: int, publication: Publication) -> Iterator[Placed]:
    place = publication.place
    node = NamedNode(f"{document.value}#publication-{number}")
    yield Triple(document, term("al:publication"), node), place
    yield Triple(node, _TYPE, term("al:Publication")), place
    outlet = thing_iri(publication.outlet)
    yield Triple(node, term("al:outlet"), outlet), publication.source.place_of("outlet")
    if number > 1:
        earlier = NamedNode(f"{document.value}#publication-{number - 1}")
        yield Triple(node, term("al:republishes"), earlier), place
    if publication.url is not None:
        url = Literal(publication.url, datatype=_URI)
        yield Triple(node, term("schema:url"), url), publication.source.place_of("url")
    if publication.published is not None:
        yield from date_triples(node, "published", publication.published)


def _assessment(
    source: NamedNode, number: int, assessment: Assessment, document: SourceDocument
) -> Iterator[Placed]:
    place = assessment.place
    node = NamedNode(f"{source.value}#assessment-{number}")
    home, _, name = assessment.claim.rpartition("/")
    yield Triple(node, _TYPE, term("al:Assessment")), place
    yield Triple(node, term("al:assessedClaim"), claim_iri(home or document.id, name)), place
    yield Triple(node, term("al:verdict"), concept_iri("verdict", assessment.verdict)), place
    place_of, reason = assessment.source.place_of, Literal(assessment.reason, language="en")
    yield Triple(node, term("al:assessedBy"), Literal(assessment.by)), place_of("by")
    yield Triple(node, term("al:assessmentReason"), reason), place_of("reason")
    yield from date_triples(node, "date", assessment.date)
