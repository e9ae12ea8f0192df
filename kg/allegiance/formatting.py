"""Write contributed YAML files in their one canonical order and layout.

Nothing that a file says is lost: what is written is read again and compared, comments included.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import yaml

from allegiance.comments import comments_of
from allegiance.errors import AllegianceError
from allegiance.finding import Place
from allegiance.key_order import order_of_file
from allegiance.located import Located, read_yaml
from allegiance.parts import Part, read_parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from allegiance.comments import Comment
    from allegiance.frames import Frame
    from allegiance.key_order import KeyOrder

    Fill = Mapping[tuple[int, int], Mapping[str, str]]

__all__ = ["formatted"]

_COLUMNS = 120
_FILE = "file"
_NO_FILL: Fill = MappingProxyType({})

# The reader keeps these as they are written, and a finding asks the author which value is meant.
_LEFT_TO_AUTHOR = {"syntax/ambiguous-word", "syntax/octal", "syntax/empty-value"}
_AMBIGUOUS = re.compile(r"y|n|yes|no|on|off|null|~|[-+]?0[0-9_]+", re.IGNORECASE)
_READS_OTHERWISE = re.compile(
    r"""y | n | yes | no | on | off | null | ~ | true | false | = | << | [-+]?\.inf | \.nan
    | [-+]?\.?[0-9][0-9_.,:/~?%+-]*(?:e[-+]?[0-9]+)?    # numbers, times, dates, EDTF
    | [-+]?0[xob][0-9a-f_]+
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}[t\s].*""",
    re.IGNORECASE | re.VERBOSE,
)
_UNSAFE_START = frozenset("-?:,[]{}#&*!|>'\"%@`")
_UNSAFE_IN_FLOW = frozenset(",[]{}:?")
_JOINERS = "\u200c\u200d"
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_WIDE, _ASTRAL = 0xFF, 0xFFFF
_TOO_LONG_FOR_A_NUMBER = 19


def formatted(text: str, frames: Mapping[str, Frame], fill: Fill = _NO_FILL) -> str:
    r"""Return a document, register or captures file in canonical layout.

    `fill` leads from the place (line, column from 1) of a mapping to entries to set in it; a whole
    number is written as one. Raises AllegianceError where the text cannot be read, is of no known
    kind, has no mapping at a place to fill, or would not say the same afterwards.

    >>> formatted("places:\n  gaza: {'label': 'Gaza'}  # a strip", {})
    'places:\n  gaza:  # a strip\n    label: Gaza\n'
    """
    source = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    before, rules = _read(source)
    _refuse_marks(source)
    if not before.entries or (order := order_of_file(before.entries, frames)) is None:
        raise _refusal(
            before.place,
            "The file is no document, register or list of captures.",
            "Give it the key `document`, `actors`, `places`, `topics` or `captures`.",
        )
    expected = _data(before, fill)
    _refuse_unfilled(before, fill)
    root = _filled(read_parts(source), fill)
    settled = [_settled(part, 0, _inside(part, order)) for part in root.parts]
    lines = [*_block(replace(root, parts=tuple(settled)), 0, order)]
    lines += _comment_lines(root.after, "", first=False)
    written = "\n".join(lines) + "\n"
    _check(source, written, expected, rules)
    return written


def _read(source: str) -> tuple[Located, list[str]]:
    """Read a text and the rules that it breaks, or refuse it by its first hard finding."""
    # A lone surrogate is no UTF-8; passed on, the reader reports it with its line.
    found = read_yaml(_FILE, source.encode("utf-8", "surrogatepass"))
    for finding in found.findings:
        if finding.rule not in _LEFT_TO_AUTHOR:
            raise _refusal(finding.place, finding.message, finding.remedy)
    if found.root is None:
        raise _refusal(Place(_FILE), "The file cannot be read.", "Run `allegiance validate`.")
    return found.root, sorted(finding.rule for finding in found.findings)


def _refusal(place: Place, message: str, remedy: str) -> AllegianceError:
    return AllegianceError(f"Line {place.line}, column {place.column}: {message} {remedy}")


def _refuse_marks(source: str) -> None:
    """Refuse what the reader passes over and the writer would drop: tags, anchors, directives."""
    names = {yaml.TagToken: "tag", yaml.AnchorToken: "anchor", yaml.DirectiveToken: "directive"}
    for token in yaml.scan(source, yaml.CSafeLoader):
        name = names.get(type(token))
        if name is not None:
            place = Place(_FILE, token.start_mark.line + 1, token.start_mark.column + 1)
            raise _refusal(place, f"A YAML {name} stands here and has no meaning.", "Remove it.")


def _refuse_unfilled(root: Located, fill: Fill) -> None:
    missing = sorted(set(fill) - {(place.line, place.column) for place in _mappings(root)})
    if missing:
        place = Place(_FILE, *missing[0])
        raise _refusal(place, "No mapping begins here.", "Read the file again and take its places.")


def _mappings(part: Located) -> Iterator[Place]:
    if part.entries is not None:
        yield part.place
        for value in part.entries.values():
            yield from _mappings(value)
    for item in part.items or ():
        yield from _mappings(item)


def _data(part: Located, fill: Fill) -> object:
    """Return what a file says once it is filled in."""
    if part.items is not None:
        return [_data(item, fill) for item in part.items]
    if part.entries is None:
        return part.plain_value()
    entries = {key: _data(value, fill) for key, value in part.entries.items()}
    for key, text in fill.get((part.place.line, part.place.column), {}).items():
        entries[key] = Located(part.place, text=text, plain=_is_number(text)).plain_value()
    return entries


def _is_number(text: str) -> bool:
    # A digest that happens to be all digits stays a text.
    return text.isdecimal() and text.isascii() and len(text) < _TOO_LONG_FOR_A_NUMBER


def _filled(part: Part, fill: Fill) -> Part:
    parts = [_filled(inner, fill) for inner in part.parts]
    if part.mapping:
        for key, text in fill.get(part.place, {}).items():
            at = next((n for n, inner in enumerate(parts) if inner.key == key), len(parts))
            old = parts[at] if at < len(parts) else Part(part.end, part.end, part.place, key=key)
            value = replace(old, text=text, plain=_is_number(text), mapping=False, parts=())
            parts[at : at + 1] = [value]
    return replace(part, parts=tuple(parts))


def _settled(part: Part, indent: int, order: KeyOrder) -> Part:
    """Move above a part the comments that cannot stay on its line.

    They are those that its line has no room for and, at an item of a list, those that stand above
    the item's first part. It must be known before any part is written: a collection with comments
    inside is not written in one line.
    """
    parts = [_settled(inner, indent + 2, _inside(inner, order)) for inner in part.parts]
    part = replace(part, parts=tuple(parts))
    above = list(part.before)
    if part.key is None and parts:
        first = _sorted(part, order)[0]
        above += first.before
        parts[parts.index(first)] = replace(first, before=())
        part = replace(part, parts=tuple(parts))
    line = _one_line(part, indent, order)
    if line is None and part.key is not None:
        line = _head(part, indent)
    trailing = part.trailing
    # The first line of an item in block layout is that of the item's first part.
    if len(trailing) != 1 or line is None or len(line) + 2 + len(trailing[0].text) > _COLUMNS:
        above, trailing = [*above, *trailing], ()
    above.sort(key=lambda comment: comment.index)
    return replace(part, before=tuple(above), trailing=trailing)


def _block(part: Part, indent: int, order: KeyOrder) -> Iterator[str]:
    """Write the parts of a mapping or list, each on lines of its own."""
    for position, inner in enumerate(_sorted(part, order)):
        lines = [*_comment_lines(inner.before, " " * indent, first=position == 0)]
        if inner.key in order.spaced and position > 0 and (not lines or lines[0]):
            yield ""
        yield from lines
        yield from _part_lines(inner, indent, _inside(inner, order))


def _sorted(part: Part, order: KeyOrder) -> Sequence[Part]:
    """Return a mapping's parts in their order; a list's parts keep theirs."""
    return sorted(part.parts, key=lambda inner: 0 if inner.key is None else order.rank(inner.key))


def _inside(part: Part, order: KeyOrder) -> KeyOrder:
    """Return the order inside a part of a mapping or list; items are ordered as their list is."""
    return order if part.key is None else order.of(part.key)


def _part_lines(part: Part, indent: int, order: KeyOrder) -> list[str]:
    """Write a part without the comments above it."""
    trailing = "".join(f"  {comment.text}" for comment in part.trailing)
    line = _one_line(part, indent, order)
    if line is not None:
        return [line + trailing]
    head, inner = _head(part, indent), [*_block(part, indent + 2, order)]
    if part.key is not None:
        return [head + trailing, *inner]
    return [f"{head} {inner[0].lstrip()}", *inner[1:]]


def _head(part: Part, indent: int) -> str:
    key = "-" if part.key is None else f"{_scalar(part.key, plain=part.key_plain)}:"
    return " " * indent + key


def _one_line(part: Part, indent: int, order: KeyOrder) -> str | None:
    """Write a part in one line, or return None where its value needs lines of its own."""
    head, value = _head(part, indent), _in_line(part, order, flow=False)
    if value is None or (part.text is None and len(head) + 1 + len(value) > _COLUMNS):
        return None
    return f"{head} {value}" if value else head


def _comment_lines(comments: Sequence[Comment], pad: str, *, first: bool) -> Iterator[str]:
    for position, comment in enumerate(comments):
        if comment.after_blank and (position > 0 or not first):
            yield ""
        yield pad + comment.text


def _in_line(part: Part, order: KeyOrder, *, flow: bool) -> str | None:
    """Write a value in one line, or return None where it must stand in block layout."""
    if part.text is not None:
        if part.plain and not part.text:
            return None if flow else ""
        return _scalar(part.text, plain=part.plain, flow=flow)
    if not part.parts:
        return "{}" if part.mapping else "[]"
    if _needs_block(part, order):
        return None
    pieces = [_in_flow(inner, order) for inner in _sorted(part, order)]
    written = ", ".join(piece for piece in pieces if piece is not None)
    if None in pieces:
        return None
    return f"{{{written}}}" if part.mapping else f"[{written}]"


def _needs_block(part: Part, order: KeyOrder) -> bool:
    """Tell whether a collection has comments inside, a digest, or mappings in a list."""
    if any(inner.before or inner.trailing for inner in part.parts):
        return True
    if part.mapping:
        return order.block or any(inner.key == "sha256" for inner in part.parts)
    return any(inner.mapping for inner in part.parts)


def _in_flow(part: Part, order: KeyOrder) -> str | None:
    if part.key is None:
        return _in_line(part, order, flow=True)
    value = _in_line(part, order.of(part.key), flow=True)
    key = _scalar(part.key, plain=part.key_plain, flow=True)
    return None if value is None else f"{key}: {value}"


def _scalar(text: str, *, plain: bool, flow: bool = False) -> str:
    """Write a scalar without quotes where every YAML reader then takes it for what it is here."""
    if plain and _keeps_plain(text):
        return text
    if _is_safe(text, flow=flow) and not _READS_OTHERWISE.fullmatch(text):
        return text
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _keeps_plain(text: str) -> bool:
    value = Located(Place(_FILE), text=text, plain=True).plain_value()
    return not isinstance(value, str) or _AMBIGUOUS.fullmatch(text) is not None


def _is_safe(text: str, *, flow: bool) -> bool:
    if not text or text != text.strip() or text[0] in _UNSAFE_START or text.startswith("..."):
        return False
    if ": " in text or " #" in text or text.endswith(":"):
        return False
    if flow and not _UNSAFE_IN_FLOW.isdisjoint(text):
        return False
    return all(_is_visible(character) for character in text)


def _is_visible(character: str) -> bool:
    # Persian and emoji need the joiners; other invisible characters are shown by their number.
    return character.isprintable() or character in _JOINERS


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if _is_visible(character):
        return character
    code = ord(character)
    if code <= _WIDE:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _ASTRAL else f"\\U{code:08x}"


def _check(source: str, written: str, expected: object, rules: list[str]) -> None:
    """Compare what was written with what was read: data, findings and comments."""
    found, found_rules = _read(written)
    remedy = "Leave the file as it is, and report it: this is an error of the formatter."
    path = _difference(expected, found.plain_value(), "")
    if path is not None:
        message = f"Formatting would change the value at {path or 'the top'}."
        raise _refusal(Place(_FILE), message, remedy)
    if rules != found_rules:
        raise _refusal(Place(_FILE), "Formatting would change what is found wrong.", remedy)
    counted = Counter(comment.text for comment in comments_of(source))
    counted.subtract(comment.text for comment in comments_of(written))
    for comment in comments_of(source):
        if counted[comment.text] != 0:
            line = source.count("\n", 0, comment.index) + 1
            message = f"Formatting would lose or repeat the comment {comment.text!r}."
            raise _refusal(Place(_FILE, line), message, remedy)
    if any(counted.values()):
        raise _refusal(Place(_FILE), "Formatting would make a text into a comment.", remedy)


def _difference(expected: object, found: object, path: str) -> str | None:
    """Return the path of the first value that differs, or None where all are the same."""
    if isinstance(expected, dict) and isinstance(found, dict) and expected.keys() == found.keys():
        inner = ((key, value, found[key]) for key, value in expected.items())
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        inner = ((str(n), *pair) for n, pair in enumerate(zip(expected, found, strict=True)))
    else:
        # As JSON, 1 and 1.0 and true are three values.
        return None if json.dumps(expected) == json.dumps(found) else path
    differences = (_difference(one, other, f"{path}/{key}") for key, one, other in inner)
    return next((place for place in differences if place is not None), None)
