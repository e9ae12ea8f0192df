"""Check that every name leads somewhere: to an entry of the right kind, an event, a claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allegiance.closest_name import closest_name
from allegiance.dates import bounds_of
from allegiance.document import read_date
from allegiance.finding import Finding
from allegiance.limits import at_most

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from allegiance.corpus import Corpus
    from allegiance.document import Claim, DateValue, SourceDocument
    from allegiance.finding import Place
    from allegiance.frames import Field
    from allegiance.located import Located

__all__ = ["check_names"]

_ADDING_ENTRY = "add the entry to kg/data/actors"
_ADDING = {
    "captured page": "add the page there",
    "claim": "add the claim",
    "event": "add a claim with `event:` that has this id",
    "treaty": "add a claim with `treaty:` that has this id",
}
_PLACES = frozenset({"Place", "State"})


def check_names(corpus: Corpus, events: Iterable[str] | None = None) -> Iterator[Finding]:
    """Give a finding for each dangling, mistyped or doubled name, and for each impossible date.

    With `events`, only the events of these ids are judged across documents, not all there are.
    Beyond a thousand findings it is only said that there are more.
    """
    yield from at_most(_names(corpus, corpus.events if events is None else events))


def _names(corpus: Corpus, events: Iterable[str]) -> Iterator[Finding]:
    yield from _register(corpus)
    for document in corpus.documents.values():
        yield from _header(document, corpus)
        seen: dict[str, Claim] = {}
        for claim in document.claims:
            earlier = seen.setdefault(claim.id, claim)
            if earlier is not claim:
                yield _doubled(claim, earlier)
            yield from _claim(claim, corpus)
    yield from _events(corpus, events)


def _register(corpus: Corpus) -> Iterator[Finding]:
    for entry in corpus.entries.values():
        for key, target in entry.references.items():
            if target not in corpus.entries:
                found = entry.source.get(key)
                place = entry.place if found is None else found.place
                yield _unknown(target, place, "entry of the register", corpus.entries)


def _header(document: SourceDocument, corpus: Corpus) -> Iterator[Finding]:
    authors = document.source.get("author")
    for part in () if authors is None else authors.each():
        yield from _actor(part.text or "", part.place, corpus)
    yield from _date(document.recorded)
    for publication in document.publications:
        yield from _actor(publication.outlet, publication.source.place_of("outlet"), corpus)
        if publication.published is not None:
            yield from _date(publication.published)
    for assessment in document.assessments:
        yield from _date(assessment.date)
        if corpus.resolve(document.id, assessment.claim) is None:
            place = assessment.source.place_of("claim")
            yield _unknown_claim(assessment.claim, place, document.id, corpus)
    yield from _span(document, corpus)


def _span(document: SourceDocument, corpus: Corpus) -> Iterator[Finding]:
    span, source = document.capture, document.source.get("capture") or document.source
    capture = corpus.captures.get(span.page)
    if capture is None:
        place = source.place_of("page")
        yield _unknown(span.page, place, "captured page", corpus.captures)
    elif not 0 <= span.start < span.end <= capture.characters:
        message = f"{span.start} to {span.end} is no part of {capture.characters} characters."
        remedy = "Count characters from 0; end after start."
        yield Finding(source.place_of("end"), "names/offsets", message, remedy)


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
        message = f"{name} is {_a(entry.class_name)}, not an actor."
        yield Finding(place, "names/wrong-kind", message, "Name an actor of kg/data/actors/.")


def _is_actor(class_name: str, corpus: Corpus) -> bool:
    return corpus.vocabulary.is_a(class_name, "Actor")


def _location(name: str, place: Place, corpus: Corpus) -> Iterator[Finding]:
    entry = corpus.entries.get(name)
    if entry is None:
        places = [key for key, found in corpus.entries.items() if found.class_name in _PLACES]
        yield _unknown(name, place, "place or state", places)
    elif entry.class_name not in _PLACES:
        message = f"{name} is {_a(entry.class_name)}, neither a place nor a state."
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


def _events(corpus: Corpus, judged: Iterable[str]) -> Iterator[Finding]:
    for name in judged:
        claims = corpus.events[name]
        yield from _treaty_or_event(name, claims)
        if name in corpus.entries:
            place = claims[0].values.place_of("id")
            message = f"{name} is an event here, and an entry at {corpus.entries[name].place}."
            yield Finding(place, "names/clash", message, "Give one of them another id.")
        labels = [claim for claim in claims if claim.values.get("label") is not None]
        for claim in labels[1:]:
            message = f"{name} has its label already, at {labels[0].values.place_of('label')}."
            place = claim.values.place_of("label")
            yield Finding(place, "names/two-labels", message, "Remove this label.")
        if not labels and claims[0].frame.kind != "statement":
            message = f"{name} has an id and no label."
            remedy = "Add `label:`, a short noun phrase, to one of the claims that describe it."
            yield Finding(claims[0].values.place_of("id"), "names/no-label", message, remedy)


def _treaty_or_event(name: str, claims: tuple[Claim, ...]) -> Iterator[Finding]:
    first = claims[0]
    for claim in claims[1:]:
        if (claim.frame.kind == "treaty") is not (first.frame.kind == "treaty"):
            place = first.values.place_of("id")
            message = (
                f"{name} is {_a(claim.frame.kind)} here, and {_a(first.frame.kind)} at {place}."
            )
            remedy = "Give one of them another id; a treaty and its signing are two things."
            yield Finding(claim.values.place_of("id"), "names/clash", message, remedy)


def _doubled(claim: Claim, earlier: Claim) -> Finding:
    message = f"A claim of {claim.document} has the id {claim.id} already, at {earlier.place}."
    remedy = "Give each claim an id of its own."
    return Finding(claim.source.place_of("id"), "names/duplicate-claim", message, remedy)


def _unknown_claim(name: str, place: Place, document: str, corpus: Corpus) -> Finding:
    home, slash, claim = name.partition("/")
    if not slash:
        return _unknown(name, place, "claim", (c.id for c in corpus.documents[document].claims))
    # To compare with every claim there is would take a second for each unknown one.
    known = [key for key in corpus.claims if key.startswith(f"{home}/")]
    known = known or [key for key in corpus.claims if key.endswith(f"/{claim}")]
    return _unknown(name, place, "claim", known)


def _unknown(name: str, place: Place, noun: str, known: Iterable[str]) -> Finding:
    close = closest_name(name, known)
    remedy = f"Correct the id, or {_ADDING.get(noun, _ADDING_ENTRY)}."
    if close:
        remedy = f"Did you mean {close}?"
    where = " in kg/data/captures.yaml" if noun == "captured page" else ""
    return Finding(place, "names/unknown", f"There is no {noun} {name!r}{where}.", remedy)


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'AEIOaeio' else 'a'} {noun}"
