"""Turn what a claim says into the triples of the claim's graph."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Triple

from allegiance.dates import bounds_of
from allegiance.document import read_date
from allegiance.namespaces import EDTF, claim_iri, concept_iri, term, thing_iri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allegiance.corpus import Corpus
    from allegiance.document import Claim, DateValue
    from allegiance.finding import Place
    from allegiance.frames import Field
    from allegiance.located import Located

__all__ = ["content_iri", "content_triples", "date_triples", "reference_iri"]

_TYPE = term("rdf:type")
_XSD = {
    "integer": term("xsd:integer"),
    "number": term("xsd:decimal"),
    "boolean": term("xsd:boolean"),
}
_IN_OUR_WORDS = frozenset({"label", "description", "outcome", "purpose"})
_BOUNDS = {
    "date": ("earliestDate", "latestDate"),
    "since": ("earliestStart", "latestStart"),
    "until": ("earliestEnd", "latestEnd"),
    "published": ("earliestPublished", "latestPublished"),
}


def content_iri(claim: Claim) -> NamedNode:
    """Name the tie, event, statement, figure or characterisation that a claim describes.

    Ties take their name from class and roles, so that two documents speak of the same tie; an
    event or statement from its id; all else from the claim.
    """
    if claim.frame.kind == "tie":
        return thing_iri("--".join((_kebab(claim.frame.class_name), *_identity(claim))))
    given = claim.values.get("id")
    name = f"{claim.document}--{claim.id}" if given is None else given.text
    return thing_iri(name or claim.id)


def content_triples(claim: Claim, corpus: Corpus) -> Iterator[tuple[Triple, Place]]:
    """Give the triples of a claim's graph, each with the place of the value that it comes from."""
    node = content_iri(claim)
    if claim.values.get("type") is None:
        yield Triple(node, _TYPE, term("al:" + claim.frame.class_name)), claim.values.place
    for key, value in (claim.values.entries or {}).items():
        field = claim.frame.fields[key]
        if field.type == "date":
            yield from date_triples(node, field.predicate or key, read_date(value))
        elif field.type != "slug":
            predicate = _predicate(field)
            for part in value.each():
                yield Triple(node, predicate, _object(field, part, claim, corpus)), part.place


def date_triples(node: NamedNode, name: str, date: DateValue) -> Iterator[tuple[Triple, Place]]:
    """Give a date three times: as EDTF, as plain bounds, and in the words of the source."""
    yield Triple(node, term("al:" + name), Literal(date.edtf, datatype=EDTF)), date.place
    bounds = bounds_of(date.edtf)
    for local, day in zip(_BOUNDS[name], (bounds.earliest, bounds.latest), strict=True):
        if day is not None:
            literal = Literal(day.isoformat(), datatype=term("xsd:date"))
            yield Triple(node, term("al:" + local), literal), date.place
    if date.words is not None:
        yield Triple(node, term(f"al:{name}Words"), Literal(date.words)), date.words_place
    if date.basis is not None:
        yield Triple(node, term(f"al:{name}Basis"), Literal(date.basis)), date.basis_place


def reference_iri(reference: str, claim: Claim, corpus: Corpus) -> NamedNode:
    """Name what a reference means: a thing by its id, or what another claim describes.

    A name with a slash is always document/claim.
    """
    if "/" in reference:
        found = corpus.resolve(claim.document, reference)
        return thing_iri(reference) if found is None else content_iri(found)
    return thing_iri(reference)


def _predicate(field: Field) -> NamedNode:
    if field.predicate is None:
        return _TYPE
    return term("rdfs:label") if field.predicate == "label" else term("al:" + field.predicate)


def _object(field: Field, part: Located, claim: Claim, corpus: Corpus) -> NamedNode | Literal:
    text = part.text or ""
    if field.scheme is not None:
        return concept_iri(field.scheme, text)
    if field.type.startswith("class:"):
        return term("al:" + text)
    if field.type == "claim":
        document, _, name = text.rpartition("/")
        return claim_iri(document or claim.document, name)
    if field.type == "content":
        found = corpus.resolve(claim.document, text)
        return thing_iri(text) if found is None else content_iri(found)
    if field.type == "text":
        ours = field.predicate in _IN_OUR_WORDS
        return Literal(text, language="en") if ours else Literal(text)
    datatype = _XSD.get(field.type)
    return (
        reference_iri(text, claim, corpus) if datatype is None else Literal(text, datatype=datatype)
    )


def _identity(claim: Claim) -> Iterator[str]:
    for key in claim.frame.identity:
        value = claim.values.get(key)
        if value is not None:
            parts = sorted(_slug(text) for text in value.texts())
            yield from parts


def _kebab(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    # A name in another script leaves nothing; its hash keeps it apart from the next one.
    return slug or hashlib.sha256(text.encode()).hexdigest()[:12]
