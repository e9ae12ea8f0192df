"""Say which links to Wikidata a change adds, removes or alters, row by row of kg/data/links."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from allegiance.links.tables import NO_TERM, read_mapping_table
from allegiance.namespaces import thing_iri
from allegiance.review.change import Change, PartChange
from allegiance.review.wording import local_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from allegiance.review.wording import Wording

__all__ = ["Links", "link_changes", "read_links"]

_KEY = ("subject_id", "predicate_modifier", "predicate_id", "object_id")
_Row: TypeAlias = "Mapping[str, str]"
# From what a link says (who, how, to which item) to all columns of its row.
Links: TypeAlias = "Mapping[tuple[str, ...], _Row]"


def read_links(tables: Iterable[tuple[str, bytes]]) -> Links:
    """Read tables by name and content; faults in them are a matter of `allegiance validate`."""
    links: dict[tuple[str, ...], _Row] = {}
    for name, content in tables:
        text = content.decode("utf-8-sig", errors="replace")
        for row in read_mapping_table(name, text)[0]:
            links[tuple(row.values.get(column, "") for column in _KEY)] = row.values
    return links


def link_changes(before: Links, after: Links, was: Wording, now: Wording) -> Iterator[Change]:
    """Give the changes of links; one that is lost also as kind `attention`."""
    for key in sorted(after.keys() - before.keys()):
        yield Change("link", "added", key[0], f"{_told(key, now)} is new.")
    answered = {key[0] for key in after.keys() - before.keys()}
    for key in sorted(before.keys() - after.keys()):
        sentence = f"{_told(key, was)} is gone."
        # Where an item was found at last, nothing is lost.
        if key[-1] != NO_TERM or key[0] not in answered:
            yield Change("attention", "removed", key[0], sentence)
        yield Change("link", "removed", key[0], sentence)
    for key in sorted(before.keys() & after.keys()):
        parts = tuple(_parts(before[key], after[key]))
        if parts:
            sentence = f"{_told(key, now)}: {'; '.join(map(str, parts))}."
            yield Change("link", "altered", key[0], sentence, parts)


def _told(key: tuple[str, ...], wording: Wording) -> str:
    subject, modifier, predicate, item = key
    slug = subject.removeprefix("id:")
    entry = wording.side.entries.get(slug)
    label = slug if entry is None else wording.node(thing_iri(slug))
    negated = "not " if modifier else ""
    return f"The link of {label} ({slug}) to {item} ({negated}{_words(predicate)})"


def _words(predicate: str) -> str:
    return local_words(predicate.rpartition(":")[2])


def _parts(old: _Row, new: _Row) -> Iterator[PartChange]:
    for column in sorted({*old, *new} - {*_KEY}):
        was, now = old.get(column, ""), new.get(column, "")
        if was != now:
            yield PartChange(column.replace("_", " "), was, now)
