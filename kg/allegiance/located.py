"""Read YAML so that every value keeps its place, and nothing is guessed.

PyYAML's loader turns `NO` into false, `012` into 10 and a date into a date. Composing nodes instead
keeps every scalar as it was written, with its line and column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

import yaml
from yaml._yaml import CParser

from allegiance.finding import Finding, Place
from allegiance.limits import (
    MAX_DEPTH,
    MAX_FILE_BYTES,
    MAX_FINDINGS,
    MAX_NODES,
    at_most,
    long_line,
    nested_too_deep,
    shortened,
    too_large,
)
from allegiance.yaml_faults import fault_of, place_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Located", "LocatedFile", "read_text", "read_yaml"]

_AMBIGUOUS = re.compile(r"(?:y|n|yes|no|on|off|null|~)", re.IGNORECASE)
_OCTAL = re.compile(r"[-+]?0[0-9_]+")
_NOTHING = frozenset({"null", "~"})


@dataclass(frozen=True, slots=True)
class Located:
    """Hold a value, a list or a mapping with the place where it stands.

    Exactly one of `text`, `items` and `entries` is not None. `keys` gives each key's own place.
    """

    place: Place
    text: str | None = None
    plain: bool = False
    items: tuple[Located, ...] | None = None
    entries: Mapping[str, Located] | None = None
    keys: Mapping[str, Place] = field(default_factory=dict)

    def get(self, key: str) -> Located | None:
        """Return the value under a key, or None, also where this is no mapping."""
        return None if self.entries is None else self.entries.get(key)

    def place_of(self, key: str) -> Place:
        """Return where the value of a key stands, or the mapping where it has no such key."""
        found = self.get(key)
        return self.place if found is None else found.place

    def texts(self) -> tuple[str, ...]:
        """Return the scalars of a list, or the one scalar; mappings in it are left out."""
        return tuple(part.text for part in self.each() if part.text is not None)

    def each(self) -> Iterator[Located]:
        """Iterate a list's items, or give the value itself: one value or a list means the same."""
        if self.items is None:
            yield self
        else:
            yield from self.items

    def whole_number(self) -> int:
        """Return what JSON Schema holds for an integer; 30.0 is one too."""
        return int((self.text or "0").partition(".")[0])

    def plain_value(self) -> object:
        """Return what JSON Schema validates: dict, list, int, float, bool or str."""
        if self.entries is not None:
            return {key: value.plain_value() for key, value in self.entries.items()}
        if self.items is not None:
            return [item.plain_value() for item in self.items]
        return _scalar(self.text or "", plain=self.plain)


@dataclass(frozen=True, slots=True)
class LocatedFile:
    """Hold what a file says, or None where it cannot be read, with the findings of the reading."""

    name: str
    root: Located | None
    findings: tuple[Finding, ...]


def _scalar(text: str, *, plain: bool) -> object:
    # Up to 18 digits: longer ones are no offset and no count, and Python refuses 4301 of them.
    if plain and re.fullmatch(r"-?(?:0|[1-9][0-9]{0,17})", text):
        return int(text)
    if plain and re.fullmatch(r"-?(?:0|[1-9][0-9]{0,17})\.[0-9]+", text):
        return float(text)
    if plain and text in {"true", "false"}:
        return text == "true"
    return text


def read_text(name: str, content: bytes) -> tuple[str | None, tuple[Finding, ...]]:
    """Decode a file as UTF-8, or say at which line it is not."""
    if len(content) > MAX_FILE_BYTES:
        return None, (too_large(name, len(content)),)
    try:
        return content.decode("utf-8-sig"), ()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = len(content[content.rfind(b"\n", 0, error.start) + 1 : error.start].decode()) + 1
        return None, (
            Finding(
                Place(name, line, column),
                "syntax/encoding",
                f"Byte 0x{content[error.start]:02x} is not UTF-8.",
                "Save the file as UTF-8 (in most editors: Save with Encoding).",
            ),
        )


def read_yaml(name: str, content: bytes) -> LocatedFile:
    """Read one YAML document; syntax errors, double keys and ambiguous words become findings.

    >>> read_yaml("a.yaml", b"country: NO").findings[0].rule
    'syntax/ambiguous-word'
    """
    text, findings = read_text(name, content)
    long = long_line(name, content)
    if text is None or long is not None:
        return LocatedFile(name, None, findings if long is None else (*findings, long))
    try:
        node = _Composer(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        return LocatedFile(name, None, (_fault(name, text, error),))
    except yaml.YAMLError as error:
        return LocatedFile(name, None, (_reader_error(name, text, error),))
    if node is None:
        empty = Finding(Place(name), "syntax/empty", "The file is empty.", "Write the document.")
        return LocatedFile(name, None, (empty,))
    walker = _Walker(name)
    root = walker.walk(node, 0)
    return LocatedFile(name, root, tuple(at_most(chain(walker.findings, _aliases(name, text)))))


def _aliases(name: str, text: str) -> Iterator[Finding]:
    """Find aliases among the parser's events: a composed node has the place of its anchor."""
    for event in yaml.parse(text, Loader=yaml.CSafeLoader) if "*" in text else ():
        mark = event.start_mark
        if isinstance(event, yaml.AliasEvent) and mark is not None:
            place = Place(name, mark.line + 1, mark.column + 1)
            message = (
                f"An alias (*{shortened(event.anchor or '')}) repeats another part of the file."
            )
            yield Finding(place, "syntax/alias", message, "Write the value out, without & and *.")


def _fault(name: str, text: str, error: yaml.MarkedYAMLError) -> Finding:
    if isinstance(error, _NestingError):
        return nested_too_deep(place_of(name, error))
    if isinstance(error, _CountError):
        return _too_many(place_of(name, error))
    return fault_of(name, text, error)


def _too_many(place: Place) -> Finding:
    message = f"The file has more than {MAX_NODES} values."
    return Finding(place, "syntax/too-large", message, "Split it by document.")


def _reader_error(name: str, text: str, error: yaml.YAMLError) -> Finding:
    # A reader error (a control character) has no mark, but an offset that counts bytes.
    before = text.encode()[: int(getattr(error, "position", 0) or 0)].decode(errors="ignore")
    line = before.count("\n") + 1
    column = len(before) - before.rfind("\n")
    message = f"Not YAML: {getattr(error, 'reason', None) or error}."
    remedy = "Remove the control character."
    return Finding(Place(name, line, column), "syntax/character", message, remedy)


class _NestingError(yaml.MarkedYAMLError):
    """Tell that a file is nested too deep to be composed at all."""


class _CountError(yaml.MarkedYAMLError):
    """Tell that a file has too many values to be kept in memory."""


class _Composer(CParser):
    """Compose nodes without asking what type a scalar has: the reader keeps it as written."""

    def resolve(self, kind: type, value: object, implicit: object) -> str:  # noqa: ARG002 - the parser's interface
        return ""

    depth = 0
    count = 0

    def descend_resolver(self, node: yaml.Node | None, index: object) -> None:  # noqa: ARG002
        """Stop below the first node that is nested too deep: composing recurses in C, unguarded."""
        self.depth += 1
        self.count += 1
        if self.depth > MAX_DEPTH + 2 and node is not None:
            raise _NestingError(problem_mark=node.start_mark)
        if self.count > MAX_NODES and node is not None:
            raise _CountError(problem_mark=node.start_mark)

    def ascend_resolver(self) -> None:
        """Count back on the way up."""
        self.depth -= 1


class _Walker:
    """Turn nodes into located values and gather what is wrong on the way."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.findings: list[Finding] = []
        self.seen: set[int] = set()

    def place(self, node: yaml.Node) -> Place:
        return Place(self.name, node.start_mark.line + 1, node.start_mark.column + 1)

    def find(self, node: yaml.Node, rule: str, message: str, remedy: str) -> None:
        # One more than will be shown, so that it can be said that there are more.
        if len(self.findings) <= MAX_FINDINGS:
            self.findings.append(Finding(self.place(node), rule, message, remedy))

    def walk(self, node: yaml.Node, depth: int) -> Located:
        place = self.place(node)
        if id(node) in self.seen and not isinstance(node, yaml.ScalarNode):
            # An alias, which is a finding already: followed, a few of them make a million values.
            return Located(place, text="")
        self.seen.add(id(node))
        if depth > MAX_DEPTH:
            self.findings.append(nested_too_deep(place))
            return Located(place, text="")
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, place, depth)
        if isinstance(node, yaml.SequenceNode):
            items = tuple(self.walk(item, depth + 1) for item in node.value)
            return Located(place, items=items)
        return self.scalar(node, place)

    def mapping(self, node: yaml.MappingNode, place: Place, depth: int) -> Located:
        entries: dict[str, Located] = {}
        keys: dict[str, Place] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.find(key, "syntax/key", "A key is a list or mapping.", "Use a word as key.")
            elif key.value in entries:
                message = (
                    f"The key {shortened(key.value)!r} stands twice; YAML keeps only one of them."
                )
                self.find(key, "syntax/duplicate-key", message, "Remove or rename one of them.")
            else:
                keys[key.value] = self.place(key)
                entries[key.value] = self.walk(value, depth + 1)
        return Located(place, entries=entries, keys=keys)

    def scalar(self, node: yaml.Node, place: Place) -> Located:
        text = str(node.value)
        plain = not getattr(node, "style", None)
        if plain and _AMBIGUOUS.fullmatch(text):
            message = f"YAML readers take the bare word {text} for true, false or nothing."
            other = "or drop the key" if text.lower() in _NOTHING else "or write true or false"
            remedy = f'Put it in quotes: "{text}", {other}.'
            self.find(node, "syntax/ambiguous-word", message, remedy)
        if plain and not text:
            remedy = "Write it, or drop the key or the hyphen."
            self.find(node, "syntax/empty-value", "A value is missing.", remedy)
        if plain and _OCTAL.fullmatch(text):
            shown = shortened(text)
            message = f"YAML readers take {shown} for an octal number."
            remedy = f'Write {shown.lstrip("0") or "0"}, or put it in quotes: "{shown}".'
            self.find(node, "syntax/octal", message, remedy)
        return Located(place, text=text, plain=plain)
