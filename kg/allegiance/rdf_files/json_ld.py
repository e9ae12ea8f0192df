"""Read JSON-LD without fetching anything, and learn where its statements stand.

The only context that may be named by its address is our own; every other stands in the file.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from allegiance.finding import Finding
from allegiance.limits import shortened
from allegiance.namespaces import BASE, PREFIXES
from allegiance.rdf_files.json_values import JsonValue, read_json
from allegiance.rdf_files.places import BLANK, Lines, Places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["CONTEXT", "json_ld_findings", "json_ld_places", "with_own_context"]

CONTEXT: Final = BASE + "context.jsonld"
# Each is replaced by the whole context.
_MOST_NAMED = 20
_KEYWORDS = frozenset(
    (
        *("@base", "@container", "@context", "@direction", "@graph", "@id", "@import"),
        *("@included", "@index", "@json", "@language", "@list", "@nest", "@none", "@prefix"),
        *("@propagate", "@protected", "@reverse", "@set", "@type", "@value", "@version"),
        "@vocab",
    )
)


def with_own_context(text: str, own: Mapping[str, object]) -> str:
    """Write our context out wherever a file names it by its address."""
    root, written, end = read_json(text), json.dumps(own["@context"]), len(text)
    parts: list[str] = []
    for part in sorted(_remote(root), key=lambda value: value.start, reverse=True):
        if part.text == CONTEXT:
            parts += [text[part.end : end], written]
            end = part.start
    return text[:end] + "".join(reversed(parts))


def json_ld_findings(lines: Lines, text: str, own: Mapping[str, object]) -> Iterator[Finding]:
    """Find contexts that would have to be fetched, doubled keys, and keys that mean nothing."""
    root = read_json(text)
    terms = _terms(root, own)
    named = tuple(_remote(root))
    if len(named) > _MOST_NAMED:
        message = f"The file names contexts by their address {len(named)} times."
        place = lines.place(named[_MOST_NAMED].start)
        yield Finding(
            place, "syntax/remote-context", message, "Name the context once, at the head."
        )
    for part in named:
        if part.text != CONTEXT:
            message = f"The context {shortened(part.text or '')} would have to be fetched."
            remedy = f"Write the context out in the file, or use {CONTEXT}; nothing is fetched."
            yield Finding(lines.place(part.start), "syntax/remote-context", message, remedy)
    contexts = {id(part) for part in _contexts(root)}
    for part in root.all_objects():
        yield from _doubled_keys(lines, part)
        if id(part) not in contexts:
            yield from _unknown_keys(lines, part, terms)


def json_ld_places(name: str, text: str, own: Mapping[str, object]) -> Places:
    """Note the place of each subject and value, as far as names can be expanded simply."""
    places = Places(Lines(name, text))
    root = read_json(text)
    _Walk(places, _terms(root, own)).node(root, "")
    return places


def _remote(root: JsonValue) -> Iterator[JsonValue]:
    """Give the texts that stand where a context or a part of one would be fetched from."""
    for part in root.all_objects():
        context = part.get("@context")
        for each in () if context is None else context.each():
            if each.text is not None:
                yield each
        imported = part.get("@import")
        if imported is not None:
            yield imported


def _contexts(root: JsonValue) -> Iterator[JsonValue]:
    """Give every object that is a context or stands in one: its keys are terms."""
    for part in root.all_objects():
        context = part.get("@context")
        if context is not None:
            yield from context.all_objects()


def _terms(root: JsonValue, own: Mapping[str, object]) -> Mapping[str, str]:
    """Gather what each term of the file's contexts means, wherever it is declared."""
    terms: dict[str, str] = {}
    if any(part.text == CONTEXT for part in _remote(root)):
        _own_terms(own["@context"], terms)
    for part in root.all_objects():
        context = part.get("@context")
        for each in () if context is None else context.each():
            for key, _, value in each.entries or ():
                meant = value.get("@id") or value.get("@reverse") or value
                terms.setdefault(key, meant.text or "")
    return terms


def _own_terms(context: object, terms: dict[str, str], *, is_scoped: bool = False) -> None:
    for key, value in context.items() if isinstance(context, dict) else ():
        meant = (value.get("@id") or value.get("@reverse")) if isinstance(value, dict) else value
        # What a keyword says inside a term, such as @base, holds for the term alone.
        if not (is_scoped and key.startswith("@")):
            terms.setdefault(key, meant if isinstance(meant, str) else "")
        if isinstance(value, dict):
            _own_terms(value.get("@context"), terms, is_scoped=True)


def _doubled_keys(lines: Lines, part: JsonValue) -> Iterator[Finding]:
    seen: set[str] = set()
    for key, offset, _ in part.entries or ():
        if key in seen:
            message = f"The key {shortened(key)!r} stands twice; JSON keeps only one of them."
            remedy = "Remove one of them, or write one list."
            yield Finding(lines.place(offset), "syntax/duplicate-key", message, remedy)
        seen.add(key)


def _unknown_keys(lines: Lines, part: JsonValue, terms: Mapping[str, str]) -> Iterator[Finding]:
    """Find keys that no context knows: a JSON-LD reader drops them without a word."""
    if "@vocab" in terms or part.get("@value") is not None:
        return
    for key, offset, _ in part.entries or ():
        if key not in terms and key not in _KEYWORDS and ":" not in key:
            message = f"No context says what the key {shortened(key)!r} means; it would be lost."
            remedy = "Correct its spelling, or add it to the context of the file."
            yield Finding(lines.place(offset), "structure/unknown-key", message, remedy)


class _Walk:
    """Visit the node objects of a file and note where their properties stand."""

    def __init__(self, places: Places, terms: Mapping[str, str]) -> None:
        self._places = places
        self._terms = terms

    def node(self, value: JsonValue, default: str) -> None:
        """Visit a node object, or each of a list; `default` is its name where it gives none."""
        if value.items is not None:
            for item in value.items:
                self.node(item, default)
            return
        name = self._name(value) or default
        if value.entries is not None:
            self._places.subject(name, value.start)
        for key, _, part in value.entries or ():
            meant = self._meaning(key)
            if meant in {"@graph", "@included", "@set", "@list"}:
                self.node(part, BLANK)
            elif meant == "@type" or not meant.startswith("@"):
                predicate = PREFIXES["rdf"] + "type" if meant == "@type" else meant
                self._property(name, predicate, part)

    def _property(self, name: str, predicate: str, part: JsonValue) -> None:
        container = part.get("@list") or part.get("@set") or part
        for item in container.each():
            self._places.value(name, predicate, item.start)
            if item.entries is not None and item.get("@value") is None:
                self.node(item, BLANK)

    def _name(self, value: JsonValue) -> str | None:
        for key, _, part in value.entries or ():
            if self._meaning(key) == "@id" and part.text is not None:
                if part.text.startswith("_:"):
                    return BLANK
                return urljoin(self._terms.get("@base", ""), self._expanded(part.text))
        return None

    def _meaning(self, key: str) -> str:
        """Return the IRI or keyword that a key stands for."""
        meant = self._terms.get(key)
        if meant:
            return self._expanded(meant)
        expanded = self._expanded(key)
        if ":" in expanded or expanded.startswith("@"):
            return expanded
        return self._terms.get("@vocab", "") + key

    def _expanded(self, name: str) -> str:
        prefix, colon, local = name.partition(":")
        space = self._terms.get(prefix)
        return space + local if colon and space and not local.startswith("//") else name
