"""Count the rows of a result while its bytes go by, without parsing them."""

from __future__ import annotations

import re
from typing import Final, Protocol

__all__ = ["RowCounter", "row_counter"]

JSON_TYPES: Final = ("application/sparql-results+json", "application/json")
XML_TYPES: Final = ("application/sparql-results+xml", "application/xml", "text/xml")
LINE_TYPES: Final = ("application/n-triples", "application/n-quads")


class RowCounter(Protocol):
    """Count rows in parts of a serialised result."""

    rows: int

    def feed(self, chunk: bytes) -> None:
        """Take the next part."""


class PatternCounter:
    """Count matches of a pattern that stands once in each row and cannot stand in a literal.

    In JSON a quotation mark inside a string has a backslash before it, so that the start of a
    solution, `{"name":{"type":`, or an empty one between brackets or commas, is no text. `overlap`
    is the length in bytes of the longest match that two parts may share.
    """

    def __init__(self, pattern: re.Pattern[bytes], overlap: int, start: int = 0) -> None:
        """Start at so many rows."""
        self.rows = start
        self._pattern = pattern
        self._overlap = overlap
        self._kept = b""

    def feed(self, chunk: bytes) -> None:
        """Count in the next part; what a match across the border needs is kept."""
        text = self._kept + chunk
        end = 0
        for match in self._pattern.finditer(text):
            self.rows += 1
            end = match.end()
        self._kept = text[max(end, len(text) - self._overlap) :]


class CsvCounter:
    """Count the lines of CSV outside of quotation marks; the first one is the header."""

    def __init__(self) -> None:
        """Start before the header."""
        self.rows = -1
        self._is_quoted = False

    def feed(self, chunk: bytes) -> None:
        """Count in the next part."""
        for index, piece in enumerate(chunk.split(b'"')):
            if index:
                self._is_quoted = not self._is_quoted
            if not self._is_quoted:
                self.rows += piece.count(b"\n")


# Behind `[` or `,` a solution begins; the first binding's value cannot begin one, being no object
# with a binding in it.
_JSON_ROW: Final = re.compile(rb'[\[,]\{(?:\}(?=[,\]])|"(?:[^"\\]|\\.)*":\{"type":)')
_XML_ROW: Final = re.compile(rb"<result(?:>|/>)")
_LINE: Final = re.compile(rb"\n")


def row_counter(media_type: str) -> RowCounter | None:
    """Make the counter for a media type; None where rows cannot be told without parsing.

    >>> counter = row_counter("text/csv")
    >>> counter.feed(b'x\\r\\n"two\\r\\nlines"\\r\\n')
    >>> counter.rows
    1
    """
    if media_type == "text/csv":
        return CsvCounter()
    if media_type in JSON_TYPES:
        return PatternCounter(_JSON_ROW, 256)
    if media_type in XML_TYPES:
        return PatternCounter(_XML_ROW, 8)
    if media_type == "text/tab-separated-values":
        return PatternCounter(_LINE, 0, start=-1)
    return PatternCounter(_LINE, 0) if media_type in LINE_TYPES else None
