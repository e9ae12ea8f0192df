"""Read YAML so that every value keeps its place, and nothing is guessed.

PyYAML's loader turns `NO` into false, `012` into 10 and a date into a date. Composing nodes instead
keeps every scalar as it was written, with its line and column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import yaml
from yaml._yaml import CParser

from allegiance.finding import Finding, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Located", "LocatedFile", "read_text", "read_yaml"]

_AMBIGUOUS = re.compile(r"(?:y|n|yes|no|on|off|null|~)", re.IGNORECASE)
_OCTAL = re.compile(r"[-+]?0[0-9_]+")
_MAX_DEPTH = 24
_MAX_BYTES = 8 * 1024 * 1024


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
    if len(content) > _MAX_BYTES:
        message = f"The file has {len(content)} bytes; {_MAX_BYTES} are the limit."
        finding = Finding(Place(name), "syntax/too-large", message, "Split it by document.")
        return None, (finding,)
    try:
        return content.decode("utf-8-sig"), ()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
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
    if text is None:
        return LocatedFile(name, None, findings)
    try:
        node = _Composer(text).get_single_node()
    except _NestingError as error:
        return LocatedFile(name, None, (_nested(_marked(name, error)),))
    except yaml.MarkedYAMLError as error:
        return LocatedFile(name, None, (_syntax(name, text, error),))
    except yaml.YAMLError as error:
        return LocatedFile(name, None, (_reader_error(name, text, error),))
    if node is None:
        empty = Finding(Place(name), "syntax/empty", "The file is empty.", "Write the document.")
        return LocatedFile(name, None, (empty,))
    walker = _Walker(name)
    root = walker.walk(node, 0)
    return LocatedFile(name, root, tuple(walker.findings))


def _marked(name: str, error: yaml.MarkedYAMLError) -> Place:
    mark = error.problem_mark or error.context_mark
    return Place(name, mark.line + 1, mark.column + 1) if mark else Place(name)


def _nested(place: Place) -> Finding:
    return Finding(place, "syntax/nesting", f"Nested deeper than {_MAX_DEPTH}.", "Flatten it.")


def _syntax(name: str, text: str, error: yaml.MarkedYAMLError) -> Finding:
    place = _marked(name, error)
    lines = text.split("\n")
    shown = lines[place.line - 1] if place.line <= len(lines) else ""
    tab = shown.find("\t")
    if tab >= 0 and not shown[:tab].strip():
        return Finding(
            Place(name, place.line, tab + 1),
            "syntax/tab",
            "A tab stands where YAML wants spaces.",
            "Indent with two spaces.",
        )
    problem = (error.problem or "it cannot be read").strip()
    remedy = "Check indentation, quotes and brackets here; put text that has `: ` or `#` in quotes."
    return Finding(place, "syntax/yaml", f"Not YAML: {problem}.", remedy)


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


class _Composer(CParser):
    """Compose nodes without asking what type a scalar has: the reader keeps it as written."""

    def resolve(self, kind: type, value: object, implicit: object) -> str:  # noqa: ARG002 - the parser's interface
        return ""

    depth = 0

    def descend_resolver(self, node: yaml.Node | None, index: object) -> None:  # noqa: ARG002
        """Stop below the first node that is nested too deep: composing recurses in C, unguarded."""
        self.depth += 1
        if self.depth > _MAX_DEPTH + 2 and node is not None:
            raise _NestingError(problem_mark=node.start_mark)

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
        self.findings.append(Finding(self.place(node), rule, message, remedy))

    def walk(self, node: yaml.Node, depth: int) -> Located:
        place = self.place(node)
        if id(node) in self.seen:
            message = "An alias (*name) repeats another part of the file."
            self.find(node, "syntax/alias", message, "Write the value out, without & and *.")
            return Located(place, text="")
        self.seen.add(id(node))
        if depth > _MAX_DEPTH:
            self.findings.append(_nested(place))
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
                message = f"The key {key.value!r} stands twice; YAML keeps only one of them."
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
            self.find(node, "syntax/ambiguous-word", message, f'Put it in quotes: "{text}".')
        if plain and not text:
            self.find(
                node, "syntax/empty-value", "A key has no value.", "Write one, or drop the key."
            )
        if plain and _OCTAL.fullmatch(text):
            message = f"YAML readers take {text} for an octal number."
            remedy = f'Write {text.lstrip("0") or "0"}, or put it in quotes: "{text}".'
            self.find(node, "syntax/octal", message, remedy)
        return Located(place, text=text, plain=plain)
