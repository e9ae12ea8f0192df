"""Check what SHACL cannot say: leaks, doubled claims, long quotations, dates in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allegiance.content import content_triples
from allegiance.dates import bounds_of
from allegiance.document import read_date
from allegiance.finding import Finding, Place, Severity
from allegiance.provenance import names_in
from allegiance.view import leaked_triples, trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyoxigraph import Store

    from allegiance.corpus import Corpus
    from allegiance.document import Claim, SourceDocument

__all__ = ["QUOTED_WORDS", "check_corpus", "check_quotations", "check_view"]

QUOTED_WORDS = 12
_EXPECTING = frozenset({"prediction", "hypothetical", "normative"})


def check_corpus(
    corpus: Corpus, events: Iterable[str] | None = None, entries: Iterable[str] | None = None
) -> Iterator[Finding]:
    """Check claims against one another and against their documents.

    With `events` or `entries`, only these ids are judged across documents, not all there are.
    """
    for document in corpus.documents.values():
        yield from _doubled(document, corpus)
        for claim in document.claims:
            yield from _order(claim)
            yield from _own_condition(claim)
        yield from _drafts(document)
    yield from check_quotations(corpus)
    yield from _mixed_events(corpus, corpus.events if events is None else events)
    yield from _unused_entries(corpus, corpus.entries if entries is None else entries)


def check_quotations(corpus: Corpus) -> Iterator[Finding]:
    """Find what quotes more words of a document than the project may hold."""
    for document in corpus.documents.values():
        for claim in document.claims:
            yield from _quotations(claim)
        for unclaimed in document.unclaimed:
            if unclaimed.passage.quoted_words > QUOTED_WORDS:
                yield _long(
                    "The passage", unclaimed.passage.quoted_words, unclaimed.passage.words_place
                )
    for entry in corpus.entries.values():
        words = len((entry.described_as or "").split())
        if words > QUOTED_WORDS:
            yield _long("describedAs", words, entry.place)


def check_view(store: Store) -> Iterator[Finding]:
    """Check a built store: no leak, no triple without its source."""
    place = Place("the built graph")
    for triple, claim in leaked_triples(store):
        message = f"{triple} stands in the asserted view, and only {claim} says it."
        remedy = "Correct kg/rules/10-asserted-view.rq; the view holds asserted claims only."
        yield Finding(place, "integrity/leak", message, remedy)
    for triple in trace(store).untraced:
        message = f"{triple} stands in the asserted view, and no claim holds it."
        remedy = "Correct the rule in kg/rules that derives it, or add the claim."
        yield Finding(place, "integrity/untraced", message, remedy)


def _doubled(document: SourceDocument, corpus: Corpus) -> Iterator[Finding]:
    seen: dict[object, Claim] = {}
    says: dict[str, Claim] = {}
    for claim in document.claims:
        if claim.frame.kind in {"tie", "figure"} or claim.values.get("id") is not None:
            triples = frozenset(triple for triple, _ in content_triples(claim, corpus))
            key = (triples, claim.status, claim.polarity, claim.attributed_to, claim.conditions)
            earlier = seen.setdefault(key, claim)
            if earlier is not claim:
                message = f"The claim {claim.id} says the same as {earlier.id}, at {earlier.place}."
                remedy = "Add the passage to the other claim's `at`, and remove this one."
                yield Finding(claim.place, "integrity/duplicate-claim", message, remedy)
        earlier = says.setdefault(claim.says.casefold(), claim)
        if earlier is not claim:
            message = f"The sentence of {claim.id} is that of {earlier.id}, at {earlier.place}."
            remedy = "Say what tells the two apart, or merge them."
            place = claim.source.place_of("says")
            yield Finding(place, "integrity/same-sentence", message, remedy)


def _quotations(claim: Claim) -> Iterator[Finding]:
    for passage in claim.passages:
        if passage.quoted_words > QUOTED_WORDS:
            yield _long("The passage", passage.quoted_words, passage.words_place)
    quoted = [("hedge", claim.source.get("hedge")), ("wording", claim.values.get("wording"))]
    for key in ("date", "since", "until"):
        value = claim.values.get(key)
        quoted.append((f"{key}.words", value.get("words") if value else None))
    for name, part in quoted:
        words = len((part.text or "").split()) if part else 0
        if part is not None and words > QUOTED_WORDS:
            yield _long(name, words, part.place)


def _long(name: str, words: int, place: Place) -> Finding:
    message = f"{name} quotes {words} words of the document; {QUOTED_WORDS} are the limit."
    remedy = "Quote fewer words: for a long passage its first and last ones (`starts`, `ends`)."
    return Finding(place, "integrity/long-quotation", message, remedy)


def _drafts(document: SourceDocument) -> Iterator[Finding]:
    """Find what `allegiance new` proposed and nobody has decided on yet."""
    for claim in document.claims:
        if claim.review == "draft":
            message = f"The claim {claim.id} is a draft; it stays out of the asserted view."
            remedy = "Read it beside its sentence, correct it and remove `review: draft`."
            place = claim.source.place_of("review")
            yield Finding(place, "integrity/draft-left", message, remedy, Severity.WARNING)
    for unclaimed in document.unclaimed:
        if unclaimed.reason.startswith("draft:"):
            message = "Whether this sentence holds a claim is not decided yet."
            remedy = "Write the claim, or give a reason such as heading, question or repetition."
            place = unclaimed.passage.place
            yield Finding(place, "integrity/draft-left", message, remedy, Severity.WARNING)


def _order(claim: Claim) -> Iterator[Finding]:
    since, until = claim.values.get("since"), claim.values.get("until")
    if since is None or until is None:
        return
    begin, end = bounds_of(read_date(since).edtf), bounds_of(read_date(until).edtf)
    if begin.earliest and end.latest and begin.earliest > end.latest:
        message = (
            f"The tie ends ({read_date(until).edtf}) before it begins ({read_date(since).edtf})."
        )
        yield Finding(until.place, "integrity/date-order", message, "Correct since or until.")


def _own_condition(claim: Claim) -> Iterator[Finding]:
    conditions = claim.source.get("condition")
    for part in () if conditions is None else conditions.each():
        if part.text in {claim.id, f"{claim.document}/{claim.id}"}:
            message = f"The claim {claim.id} is its own condition."
            remedy = "Name the claim that states the if."
            yield Finding(part.place, "integrity/own-condition", message, remedy)


def _mixed_events(corpus: Corpus, judged: Iterable[str]) -> Iterator[Finding]:
    """Find events that one claim asserts and another only expects: they have to be two events."""
    for name in judged:
        claims = corpus.events[name]
        real = [claim for claim in claims if claim.in_view]
        for claim in claims:
            if real and claim.status in _EXPECTING and claim.frame.kind == "event":
                message = (
                    f"{name} is an asserted event at {real[0].place}; "
                    f"the status of this claim is {claim.status}."
                )
                remedy = "Give the expected event an id of its own, or none."
                place = claim.values.place_of("id")
                yield Finding(place, "integrity/mixed-event", message, remedy)


def _unused_entries(corpus: Corpus, judged: Iterable[str]) -> Iterator[Finding]:
    used: set[str] = set()
    for document in corpus.documents.values():
        used |= names_in(document)
    for entry in corpus.entries.values():
        used.update(entry.references.values())
    for name in judged:
        if name not in used:
            message = f"No document speaks of {name}."
            remedy = "Remove the entry, or write the claim that needs it."
            place = corpus.entries[name].place
            yield Finding(place, "integrity/unused-entry", message, remedy, Severity.WARNING)
