"""Check that every name leads somewhere: to an entry of the right kind, an event, a claim."""

from __future__ import annotations

import difflib
from collections import Counter
from typing import TYPE_CHECKING

from allegiance.dates import bounds_of
from allegiance.document import read_date
from allegiance.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from allegiance.corpus import Corpus
    from allegiance.document import CaptureSpan, Claim, DateValue, SourceDocument
    from allegiance.finding import Place
    from allegiance.frames import Field
    from allegiance.located import Located

__all__ = ["check_names"]

_PLACES = frozenset({"Place", "State"})


def check_names(corpus: Corpus) -> Iterator[Finding]:
    """Give a finding for each dangling, mistyped or doubled name, and for each impossible date."""
    yield from _register(corpus)
    for document in corpus.documents.values():
        yield from _header(document, corpus)
        counts = Counter(claim.id for claim in document.claims)
        for claim in document.claims:
            if counts[claim.id] > 1:
                yield _doubled(claim)
            yield from _claim(claim, corpus)
    yield from _events(corpus)


def _register(corpus: Corpus) -> Iterator[Finding]:
    for entry in corpus.entries.values():
        for key, target in entry.references.items():
            if target not in corpus.entries:
                found = entry.source.get(key)
                place = entry.place if found is None else found.place
                yield _unknown(target, place, "entry of the register", corpus.entries)


def _header(document: SourceDocument, corpus: Corpus) -> Iterator[Finding]:
    place = document.source.place
    for author in document.authors:
        found = document.source.get("author")
        yield from _actor(author, found.place if found else place, corpus)
    yield from _date(document.recorded)
    for publication in document.publications:
        yield from _actor(publication.outlet, publication.place, corpus)
        if publication.published is not None:
            yield from _date(publication.published)
    for assessment in document.assessments:
        yield from _date(assessment.date)
        if corpus.resolve(document.id, assessment.claim) is None:
            yield _unknown_claim(assessment.claim, assessment.place, document.id, corpus)
    yield from _span(document.capture, corpus)


def _span(span: CaptureSpan, corpus: Corpus) -> Iterator[Finding]:
    capture = corpus.captures.get(span.page)
    if capture is None:
        yield _unknown(
            span.page, span.place, "captured page of kg/data/captures.yaml", corpus.captures
        )
    elif not 0 <= span.start < span.end <= capture.characters:
        message = f"{span.start} to {span.end} is no part of {capture.characters} characters."
        yield Finding(
            span.place, "names/offsets", message, "Count characters from 0; end after start."
        )


def _claim(claim: Claim, corpus: Corpus) -> Iterator[Finding]:
    attributed = claim.source.get("attributedTo")
    for part in attributed.each() if attributed is not None else ():
        yield from _actor(part.text or "", part.place, corpus)
    condition = claim.source.get("condition")
    for part in condition.each() if condition is not None else ():
        yield from _claim_reference(part, claim, corpus)
    for key, value in (claim.values.entries or {}).items():
        yield from _value(claim.frame.fields[key], value, claim, corpus)


def _value(field: Field, value: Located, claim: Claim, corpus: Corpus) -> Iterator[Finding]:
    if field.type == "date":
        yield from _date(read_date(value))
        return
    for part in value.each():
        text = part.text or ""
        if field.type == "actor":
            yield from _actor(text, part.place, corpus)
        elif field.type == "location":
            yield from _location(text, part.place, corpus)
        elif field.type in {"claim", "content"}:
            yield from _claim_reference(part, claim, corpus)
        elif field.type in {"thing", "event", "treaty"}:
            yield from _thing(field.type, part, claim, corpus)


def _actor(name: str, place: Place, corpus: Corpus) -> Iterator[Finding]:
    entry = corpus.entries.get(name)
    if entry is None:
        actors = [
            key for key, found in corpus.entries.items() if _is_actor(found.class_name, corpus)
        ]
        yield _unknown(name, place, "actor", actors)
    elif not _is_actor(entry.class_name, corpus):
        message = f"{name} is a {entry.class_name}, not an actor."
        yield Finding(place, "names/wrong-kind", message, "Name an actor of kg/data/actors/.")


def _is_actor(class_name: str, corpus: Corpus) -> bool:
    return corpus.vocabulary.is_a(class_name, "Actor")


def _location(name: str, place: Place, corpus: Corpus) -> Iterator[Finding]:
    entry = corpus.entries.get(name)
    if entry is None:
        places = [key for key, found in corpus.entries.items() if found.class_name in _PLACES]
        yield _unknown(name, place, "place or state", places)
    elif entry.class_name not in _PLACES:
        message = f"{name} is a {entry.class_name}, neither a place nor a state."
        yield Finding(
            place, "names/wrong-kind", message, "Name an entry of places.yaml or a state."
        )


def _thing(kind: str, part: Located, claim: Claim, corpus: Corpus) -> Iterator[Finding]:
    text = part.text or ""
    if "/" in text:
        yield from _claim_reference(part, claim, corpus)
    elif text not in corpus.events and (kind != "thing" or text not in corpus.entries):
        noun = {"thing": "actor, place, topic or event", "event": "event", "treaty": "treaty"}[kind]
        known = [*corpus.events, *(corpus.entries if kind == "thing" else ())]
        yield _unknown(text, part.place, noun, known)
    elif kind == "treaty" and corpus.events[text][0].frame.kind != "treaty":
        message = f"{text} is an event, not a treaty."
        remedy = "Name what a claim with `treaty:` describes; a signing goes under `event`."
        yield Finding(part.place, "names/wrong-kind", message, remedy)


def _claim_reference(part: Located, claim: Claim, corpus: Corpus) -> Iterator[Finding]:
    if corpus.resolve(claim.document, part.text or "") is None:
        yield _unknown_claim(part.text or "", part.place, claim.document, corpus)


def _date(date: DateValue) -> Iterator[Finding]:
    try:
        bounds_of(date.edtf)
    except ValueError as error:
        remedy = "Write EDTF: 2024-10-01, 2024-10, 2024, 2024-10-01~ (about), 2023/2024."
        yield Finding(date.place, "names/date", f"{error}.", remedy)


def _events(corpus: Corpus) -> Iterator[Finding]:
    for name, claims in corpus.events.items():
        if name in corpus.entries:
            place = claims[0].values.place
            message = f"{name} is an event here, and an entry at {corpus.entries[name].place}."
            yield Finding(place, "names/clash", message, "Give one of them another id.")
        labels = [claim for claim in claims if claim.values.get("label") is not None]
        for claim in labels[1:]:
            message = f"{name} has its label already, at {labels[0].values.place}."
            yield Finding(claim.values.place, "names/two-labels", message, "Remove this label.")
        if not labels and claims[0].frame.kind != "statement":
            message = f"{name} has an id and no label."
            remedy = "Add `label:`, a short noun phrase, to one of the claims that describe it."
            yield Finding(claims[0].values.place, "names/no-label", message, remedy)


def _doubled(claim: Claim) -> Finding:
    found = claim.source.get("id")
    place = claim.place if found is None else found.place
    message = f"Two claims of {claim.document} have the id {claim.id}."
    return Finding(place, "names/duplicate-claim", message, "Give each claim an id of its own.")


def _unknown_claim(name: str, place: Place, document: str, corpus: Corpus) -> Finding:
    here = [claim.id for claim in corpus.documents[document].claims]
    return _unknown(name, place, "claim", [*here, *corpus.claims])


def _unknown(name: str, place: Place, noun: str, known: Iterable[str]) -> Finding:
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.7)
    remedy = f"Did you mean {close[0]}?" if close else f"Correct the id, or add the {noun}."
    return Finding(place, "names/unknown", f"There is no {noun} {name!r}.", remedy)
