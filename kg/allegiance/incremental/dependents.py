"""Tell which names a branch touches, and which other documents depend on what it did to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from allegiance.content import content_iri
from allegiance.finding import Place
from allegiance.incremental.base_graph import document_of
from allegiance.incremental.library import event_of
from allegiance.namespaces import capture_iri, claim_iri, term, thing_iri
from allegiance.provenance import names_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pyoxigraph import NamedNode, Quad

    from allegiance.corpus import Corpus
    from allegiance.document import Claim, SourceDocument
    from allegiance.incremental.before import Before
    from allegiance.incremental.library import Library

__all__ = ["Touched", "touched_by"]


@dataclass(frozen=True, slots=True)
class Touched:
    """Hold what a branch touches beside its own files.

    `events` are ids that have to be judged across documents, `entries` those that may be without
    use now, `captures` those altered, `documents` unchanged ones that depend on the change. Of
    these, `rewritten` are those whose own triples may be others now.
    """

    events: frozenset[str]
    entries: frozenset[str]
    captures: frozenset[str]
    documents: frozenset[str]
    rewritten: frozenset[str]


def touched_by(corpus: Corpus, before: Before, library: Library) -> Touched:
    """Compare the changed documents, the register and the captures with what they were.

    `corpus` has the changed documents as they are now, and looks up all names.
    """
    claims, earlier = _claims(corpus.documents), _claims(before.documents)
    altered = {
        key
        for key in claims.keys() | earlier.keys()
        if key not in claims or key not in earlier or not _same(claims[key], earlier[key])
    }
    events = {
        name
        for key in altered
        for claim in (claims.get(key), earlier.get(key))
        if claim is not None and (name := event_of(claim))
    }
    new_entries = corpus.entries.keys() - (before.entries or {}).keys()
    if before.entries is not None:
        events |= {name for name in new_entries if name in corpus.events}
    captures = _captures(corpus, before)
    rewritten = {
        *_after_claims(claims, earlier, library),
        *_after_captures(captures, library),
    }
    judged = {
        *_after_events(events, corpus, library),
        *_after_entries(corpus, before, library),
    }
    return Touched(
        frozenset(name for name in events if name in corpus.events),
        frozenset(_unused(corpus, before, library)),
        captures,
        frozenset((rewritten | judged) - library.changed),
        frozenset(rewritten - library.changed),
    )


def _claims(documents: Mapping[str, SourceDocument]) -> dict[str, Claim]:
    return {
        f"{name}/{claim.id}": claim
        for name, document in documents.items()
        for claim in document.claims
    }


def _same(one: Claim, other: Claim) -> bool:
    return one.source.plain_value() == other.source.plain_value()


def _after_claims(
    claims: Mapping[str, Claim], earlier: Mapping[str, Claim], library: Library
) -> Iterator[str]:
    """Find who names a claim that is gone, or a tie or event by a claim that says another now."""
    for key, claim in earlier.items():
        if key not in claims:
            yield from _naming(claim_iri(claim.document, claim.id), library)
        if key not in claims or content_iri(claims[key]) != content_iri(claim):
            yield from _naming(content_iri(claim), library)


def _after_events(events: Iterable[str], corpus: Corpus, library: Library) -> Iterator[str]:
    """Find who rests on a treaty: the first claim of that id decides whether it is one."""
    predicates = {
        field.predicate
        for frame in corpus.frames.values()
        for field in frame.fields.values()
        if field.type == "treaty"
    }
    for name in events:
        for predicate in predicates:
            yield from _files(library.base.quads(None, term(f"al:{predicate}"), thing_iri(name)))


def _after_entries(corpus: Corpus, before: Before, library: Library) -> Iterator[str]:
    """Find who names an entry that is gone or has another class."""
    for name, class_name in (before.entries or {}).items():
        entry = corpus.entries.get(name)
        if entry is None or entry.class_name != class_name:
            yield from _naming(thing_iri(name), library)


def _after_captures(captures: Iterable[str], library: Library) -> Iterator[str]:
    for page in captures:
        yield from _files(library.base.quads(None, term("al:capturedIn"), capture_iri(page)))


def _captures(corpus: Corpus, before: Before) -> frozenset[str]:
    if before.captures is None:
        return frozenset()
    nowhere = Place("")
    now, then = (
        {page: replace(capture, place=nowhere) for page, capture in captures.items()}
        for captures in (corpus.captures, before.captures)
    )
    return frozenset(page for page in now.keys() | then.keys() if now.get(page) != then.get(page))


def _unused(corpus: Corpus, before: Before, library: Library) -> Iterator[str]:
    """Give the entries that nobody may speak of any more, or yet."""
    named = {name for document in before.documents.values() for name in names_in(document)}
    if before.entries is not None:
        named |= before.referred | (corpus.entries.keys() - before.entries.keys())
    for name in named:
        if name in corpus.entries and not library.base.is_named_beside(name, library.changed):
            yield name


def _naming(node: NamedNode, library: Library) -> Iterator[str]:
    """Give the documents with a triple that leads to a node, but for claims that describe it."""
    quads = library.base.quads(None, None, node)
    return _files(quad for quad in quads if quad.predicate != term("al:content"))


def _files(quads: Iterable[Quad]) -> Iterator[str]:
    for quad in quads:
        document = document_of(quad)
        if document is not None:
            yield document
