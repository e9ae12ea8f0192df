"""Say what a change does to the register, to the headers of documents and to captured pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allegiance.namespaces import term
from allegiance.review.change import Change
from allegiance.review.side import literal_under
from allegiance.review.wording import part_changes, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from allegiance.review.records import Side, Thing
    from allegiance.review.wording import Wording

__all__ = ["thing_changes"]

_NOUNS = {"entry": "Entry", "document": "Document", "capture": "Captured page"}
# Whoever alters these alters what claims elsewhere are about, without touching them.
_MEANING = frozenset(
    term(name).value for name in ("rdf:type", "rdfs:label", "al:captureDigest", "schema:url")
)
_MEANS = {
    "entry": "means something else to every claim that names it",
    "capture": "is another page to every passage that points into it",
}


def thing_changes(before: Side, after: Side, was: Wording, now: Wording) -> Iterator[Change]:
    """Give the changes of entries, documents and captured pages."""
    for kind, old, new in (
        ("entry", before.entries, after.entries),
        ("document", before.documents, after.documents),
        ("capture", before.captures, after.captures),
    ):
        for name in sorted(new.keys() - old.keys()):
            yield _whole(kind, "added", new[name], now)
        for name in sorted(old.keys() - new.keys()):
            yield _whole(kind, "removed", old[name], was)
        yield from _altered(kind, old, new, was, now)


def _whole(kind: str, action: str, thing: Thing, wording: Wording) -> Change:
    verb = "is new" if action == "added" else "is gone"
    return Change(kind, action, thing.name, f"{_called(kind, thing, wording)} {verb}.")


def _altered(
    kind: str, old: Mapping[str, Thing], new: Mapping[str, Thing], was: Wording, now: Wording
) -> Iterator[Change]:
    for name in sorted(old.keys() & new.keys()):
        parts = part_changes(old[name].parts, new[name].parts, was, now)
        if parts:
            called = _called(kind, new[name], now)
            sentence = f"{called}: {'; '.join(map(str, parts))}."
            yield Change(kind, "altered", name, sentence, parts)
            if kind in _MEANS and _differs_in_meaning(old[name], new[name]):
                told = f"{called} {_MEANS[kind]}: {'; '.join(map(str, parts))}."
                yield Change("attention", "altered", name, told, parts)


def _differs_in_meaning(old: Thing, new: Thing) -> bool:
    return any(old.parts.get(key) != new.parts.get(key) for key in _MEANING)


def _called(kind: str, thing: Thing, wording: Wording) -> str:
    """Write what a thing is called, with its id where that is not all its name."""
    if kind == "capture":
        return f"{_NOUNS[kind]} {thing.name}"
    if kind == "document":
        title = literal_under(wording.side.store, thing.iri, "dcterms:title") or ""
        return f"{_NOUNS[kind]} {thing.name} ({quoted(title)})"
    return f"{_NOUNS[kind]} {wording.node(thing.iri)} ({wording.kind(thing.parts)}, {thing.name})"
