"""Count the rows of a result while its bytes go by, without parsing them."""

from __future__ import annotations

from typing import Final, Protocol

__all__ = ["RowCounter", "row_counter"]

JSON_TYPES: Final = ("application/sparql-results+json", "application/json")
XML_TYPES: Final = ("application/sparql-results+xml", "application/xml", "text/xml")
LINE_TYPES: Final = ("application/n-triples", "application/n-quads")
# The serialiser writes no attribute to it, and an end tag even where it is empty.
ROW_TAG: Final = b"<result>"


class RowCounter(Protocol):
    """Count rows in parts of a serialised result."""

    rows: int

    def feed(self, chunk: bytes) -> None:
        """Take the next part."""


class JsonCounter:
    """Count the solutions of SPARQL JSON: the objects that stand in an array.

    Text is left out of the count, whatever it says: between its quotation marks every further one
    has a backslash before it.
    """

    def __init__(self) -> None:
        """Start before the first byte."""
        self.rows = 0
        self._is_text = False
        self._kept = b""
        self._before = b""

    def feed(self, chunk: bytes) -> None:
        """Count in the next part; what a part ends with that only the next one explains is kept."""
        text = self._kept + chunk
        end = len(text) - _is_escape_open(text)
        text, self._kept = text[:end], text[end:]
        if b"\\" in text:
            text = text.replace(rb"\\", b"").replace(rb"\"", b"")
        pieces = text.split(b'"')
        structure = self._before + b'"'.join(pieces[self._is_text :: 2])
        self.rows += structure.count(b"[{") + structure.count(b",{")
        self._is_text ^= len(pieces) % 2 == 0
        self._before = b'"' if self._is_text else structure[-1:]


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


class XmlCounter:
    """Count the elements of SPARQL XML that hold a solution: text has no bare `<`."""

    def __init__(self) -> None:
        """Start before the first byte."""
        self.rows = 0
        self._kept = b""

    def feed(self, chunk: bytes) -> None:
        """Count in the next part; a start of the tag that it ends with is kept."""
        text = self._kept + chunk
        self.rows += text.count(ROW_TAG)
        self._kept = text[1 - len(ROW_TAG) :]


class LineCounter:
    """Count the lines of a format that has one for each row and none within."""

    def __init__(self, header_lines: int) -> None:
        """Start before the header."""
        self.rows = -header_lines

    def feed(self, chunk: bytes) -> None:
        """Count in the next part."""
        self.rows += chunk.count(b"\n")


def row_counter(media_type: str) -> RowCounter | None:
    r"""Make the counter for a media type; None where rows cannot be told without parsing.

    >>> counter = row_counter("text/csv")
    >>> counter.feed(b'x\r\n"two\r\nlines"\r\n')
    >>> counter.rows
    1
    """
    if media_type == "text/csv":
        return CsvCounter()
    if media_type in JSON_TYPES:
        return JsonCounter()
    if media_type in XML_TYPES:
        return XmlCounter()
    if media_type == "text/tab-separated-values":
        return LineCounter(header_lines=1)
    return LineCounter(header_lines=0) if media_type in LINE_TYPES else None


def _is_escape_open(text: bytes) -> bool:
    """Tell whether the last byte is a backslash whose other half is to come."""
    return (len(text) - len(text.rstrip(b"\\"))) % 2 == 1
