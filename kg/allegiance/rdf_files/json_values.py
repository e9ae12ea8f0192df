"""Read JSON so that every key and value keeps its offset."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import TYPE_CHECKING

from allegiance.limits import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["JsonValue", "first_json_too_deep", "json_fault", "read_json"]

_SPACE = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r"[^\s,\]}]+")
_BRACKET = re.compile(r'"(?:[^"\\]|\\[\s\S])*+(?:"|\Z)|[\[\]{}]')


@dataclass(frozen=True, slots=True)
class JsonValue:
    """Hold a value with its offsets, `end` exclusive.

    At most one of `text` (of a string), `items` and `entries` is not None; `entries` are in order,
    each with its key, the key's offset and the value.
    """

    start: int
    end: int
    text: str | None = None
    items: tuple[JsonValue, ...] | None = None
    entries: tuple[tuple[str, int, JsonValue], ...] | None = None

    def get(self, key: str) -> JsonValue | None:
        """Return the value under a key, or None, also where this is no object."""
        return next((value for name, _, value in self.entries or () if name == key), None)

    def each(self) -> tuple[JsonValue, ...]:
        """Return a list's items, or the value itself."""
        return (self,) if self.items is None else self.items

    def all_objects(self) -> Iterator[JsonValue]:
        """Give every object in it, the outer ones first."""
        if self.entries is not None:
            yield self
        for part in (*(self.items or ()), *(value for _, _, value in self.entries or ())):
            yield from part.all_objects()


def json_fault(text: str) -> tuple[int, str] | None:
    """Return the offset at which a text stops being JSON, and why, or None.

    Its nesting has to be known to be shallow: the reader of the standard library recurses.
    """
    try:
        # Numbers stay texts: Python refuses to read some that are very long.
        json.loads(text, parse_int=str, parse_float=str)
    except json.JSONDecodeError as error:
        return error.pos, error.msg
    return None


def first_json_too_deep(text: str) -> int | None:
    """Return where brackets are first nested too deep, or None.

    >>> first_json_too_deep("[" * 99)
    24
    """
    depth = 0
    for found in _BRACKET.finditer(text):
        if found[0] in "[{":
            depth += 1
        elif found[0] in "]}":
            depth -= 1
        if depth > MAX_DEPTH:
            return found.start()
    return None


def read_json(text: str) -> JsonValue:
    """Read a text that is JSON.

    >>> read_json('{"a": [1]}').get("a").items[0].start
    7
    """
    return _value(text, _skip(text, 0))


def _value(text: str, start: int) -> JsonValue:
    if text[start] == "{":
        return _object(text, start)
    if text[start] == "[":
        return _list(text, start)
    if text[start] == '"':
        content, end = scanstring(text, start + 1, True)  # noqa: FBT003 - its only way to be called
        return JsonValue(start, end, text=content)
    found = _SCALAR.match(text, start)
    return JsonValue(start, start + 1 if found is None else found.end())


def _list(text: str, start: int) -> JsonValue:
    items: list[JsonValue] = []
    position = _skip(text, start + 1)
    while text[position] != "]":
        items.append(_value(text, position))
        position = _next(text, items[-1].end)
    return JsonValue(start, position + 1, items=tuple(items))


def _object(text: str, start: int) -> JsonValue:
    entries: list[tuple[str, int, JsonValue]] = []
    position = _skip(text, start + 1)
    while text[position] != "}":
        key, end = scanstring(text, position + 1, True)  # noqa: FBT003 - its only way to be called
        value = _value(text, _skip(text, _skip(text, end) + 1))
        entries.append((key, position, value))
        position = _next(text, value.end)
    return JsonValue(start, position + 1, entries=tuple(entries))


def _next(text: str, end: int) -> int:
    """Return where the next item begins, or the closing bracket stands."""
    position = _skip(text, end)
    return _skip(text, position + 1) if text[position] == "," else position


def _skip(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return position if found is None else found.end()
