"""Find the line that a finding points at.

The files are a contributor's: they may be missing, huge, no text at all, or links that lead out of
the checkout. Where a line cannot be shown, a report does without it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from allegiance.reports.escaping import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from allegiance.finding import Place

__all__ = ["Excerpt", "Sources"]

_MOST_BYTES = 64 * 1024 * 1024
_MOST_CHARACTERS = 200
_MOST_BEFORE = 80
_CHUNK = 64 * 1024
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# YAML 1.1 ends a line at these, too, and its parser counts them.
_BREAKS_OF_YAML = ("\x85", "\u2028", "\u2029")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Hold a line as it can be shown, parted where the finding points."""

    before: str
    after: str

    @property
    def text(self) -> str:
        """Return the whole excerpt."""
        return self.before + self.after


class _Lines:
    """Find lines of one file, going on from where the last one was found."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._number, self._start = 1, 0
        self._text: str | None = None

    def line(self, number: int) -> str | None:
        """Return a line by its number, or None where the file has fewer."""
        if number < self._number:
            self._number, self._start, self._text = 1, 0, None
        if number > self._number:
            self._go_to(number)
        if number != self._number:
            return None
        if self._text is None:
            end = self._content.find(b"\n", self._start)
            line = self._content[self._start : end if end >= 0 else None]
            self._text = line.decode("utf-8", "replace")
        return self._text

    def _go_to(self, number: int) -> None:
        left, start = number - self._number, self._start
        while left and start <= len(self._content):
            found = self._content.count(b"\n", start, start + _CHUNK)
            if found < left:
                left, start = left - found, start + _CHUNK
                continue
            for _ in range(left):
                start = self._content.index(b"\n", start) + 1
            left = 0
        if not left:
            self._number, self._start, self._text = number, start, None


class Sources:
    """Give the offending line of a finding, read when it is asked for.

    Ask for the places of one file after one another: only the last file is kept.
    """

    def __init__(self, root: Path | None) -> None:
        """Read files under a root; without one no line can be shown."""
        self._root = None if root is None else root.resolve()
        self._file: str | None = None
        self._lines: _Lines | None = None

    def line(self, place: Place) -> str | None:
        """Return the line of a place, at most 200 characters of it, with nothing hidden in it."""
        excerpt = self.excerpt(place)
        return None if excerpt is None else excerpt.text

    def excerpt(self, place: Place) -> Excerpt | None:
        """Return the line of a place, parted at the place's column."""
        if place.file != self._file:
            self._file, self._lines = place.file, self._read(place.file)
        line = None if self._lines is None else self._lines.line(place.line)
        return None if line is None else _cut(line, place.column)

    def _read(self, file: str) -> _Lines | None:
        try:
            path = self._inside(file)
            if path is None or not path.is_file() or path.stat().st_size > _MOST_BYTES:
                return None
            with path.open("rb") as opened:
                content = opened.read(_MOST_BYTES)
        # A name that is too long or holds a null byte, a loop of links, no leave to read.
        except (OSError, ValueError, RuntimeError):
            return None
        return _Lines(_with_plain_breaks(content, is_yaml=path.suffix in {".yaml", ".yml"}))

    def _inside(self, file: str) -> Path | None:
        if self._root is None:
            return None
        path = self._root / file
        whole = path.resolve()
        # Behind a link, also one that stays inside, could lie what is nobody's to see: a key.
        is_there = whole == Path(os.path.normpath(path)) and whole.is_relative_to(self._root)
        return whole if is_there else None


def _with_plain_breaks(content: bytes, *, is_yaml: bool) -> bytes:
    plain = content.removeprefix(_BYTE_ORDER_MARK)
    plain = plain.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    for mark in _BREAKS_OF_YAML if is_yaml else ():
        plain = plain.replace(mark.encode(), b"\n")
    return plain


def _cut(line: str, column: int) -> Excerpt:
    at = min(max(column, 1) - 1, len(line))
    backwards = range(at - 1, max(at - _MOST_BEFORE, 0) - 1, -1)
    before = _fitting(line, backwards, _MOST_BEFORE)
    text = ("…" if len(before) < at else "") + "".join(reversed(before))
    room = _MOST_CHARACTERS - 1 - len(text)
    after = _fitting(line, range(at, min(at + room, len(line))), room)
    return Excerpt(text, "".join(after) + ("…" if len(after) < len(line) - at else ""))


def _fitting(line: str, indices: Iterable[int], room: int) -> list[str]:
    """Return the visible forms of the first characters, as many as fit into the room."""
    fitting: list[str] = []
    for index in indices:
        # One by one, the characters of ##[ would not be seen for what they are together.
        in_command = index > 1 and line.startswith("##[", index - 2)
        shown = r"\x5b" if in_command else visible(line[index])
        room -= len(shown)
        if room < 0:
            break
        fitting.append(shown)
    return fitting
