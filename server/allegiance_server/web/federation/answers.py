"""Read what an endpoint answers to a SELECT, and write its rows as they stand in VALUES.

The body is read row by row: one call that reads many megabytes would hold up the event loop, which
runs in another thread of the same interpreter. Nor is anything made of what no table has: a body of
16 MiB can hold five million empty arrays, which take 25 times as much memory and seconds. What is
not a whole table of the variables that were asked for is broken; nothing is guessed, nothing left
out, nothing there twice.
Specification: https://www.w3.org/TR/sparql11-results-json/
"""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from functools import lru_cache
from json import JSONDecodeError, JSONDecoder
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import quote

from pyoxigraph import BaseDirection, Literal, NamedNode

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator

__all__ = [
    "DEEPEST_TRIPLE",
    "LARGEST_ROW",
    "PIECE",
    "BrokenAnswerError",
    "Row",
    "Term",
    "read_rows",
    "row_text",
    "term_text",
]

UNBOUND: Final = "UNDEF"
UTF_8: Final = getincrementaldecoder("utf-8")
PIECE: Final = 256 * 1024
# No row may be larger than all rows of a query together.
LARGEST_ROW: Final = 8 * 1024 * 1024
# Of what stands beside the rows.
LARGEST_VALUE: Final = 256 * 1024
MOST_MEMBERS: Final = 32
MOST_OF_TERM: Final = 16
# Of triples in triples, in rows of our own workers: none is ever sent on.
DEEPEST_TRIPLE: Final = 8

SPACE: Final = r"[ \t\r\n]*+"
WHITE: Final = re.compile(SPACE.encode())
STRING: Final = r"\"[^\"\\]*+(?:\\.[^\"\\]*+)*+\""
SCALAR: Final = rf"(?:{STRING}|[-+.0-9A-Za-z]++)"

Term = dict[str, Any]
Row = dict[str, Term]


class BrokenAnswerError(ValueError):
    """Tell that what came is no whole answer to what was asked."""


def read_rows(body: bytes, variables: Collection[str], nesting: int = 0) -> Iterator[Row]:
    """Yield the rows of a table, terms as the JSON has them; raises BrokenAnswerError.

    `nesting` is how deep triples may stand in triples: in the answer of an endpoint, not at all.

    >>> body = b'{"head": {"vars": ["a"]}, "results": {"bindings": [{}]}}'
    >>> list(read_rows(body, ["a"]))
    [{}]
    """
    try:
        _check_encoding(body)
        yield from _Reader(body, len(variables), nesting).rows(frozenset(variables))
    except JSONDecodeError as error:
        message = f"it is cut off or no JSON: {error.msg} in a row"
        raise BrokenAnswerError(message) from error
    except UnicodeDecodeError as error:
        message = "it is not in UTF-8"
        raise BrokenAnswerError(message) from error
    except RecursionError as error:
        message = "it is nested too deeply"
        raise BrokenAnswerError(message) from error


def row_text(row: Row, variables: Collection[str], blank: str) -> str:
    """Write a row; a blank node becomes an IRI that begins with `blank`.

    >>> row_text({"a": {"type": "literal", "value": "x", "xml:lang": "en"}}, ["a", "b"], "")
    '("x"@en UNDEF)'
    """
    terms = (term_text(row[name], blank) if name in row else UNBOUND for name in variables)
    return f"({' '.join(terms)})"


def term_text(term: Term, blank: str) -> str:
    """Write a term, escaped; raises BrokenAnswerError for what is none."""
    try:
        match term["type"], term["value"]:
            case "uri", str(value):
                return str(NamedNode(value))
            case "literal" | "typed-literal", str(value):
                return _literal(term, value)
            case "bnode", str(value):
                return str(NamedNode(blank + quote(value, safe="")))
    except (KeyError, TypeError, ValueError) as error:
        message = f"it has {str(term)[:100]}, which is no term: {error}"
        raise BrokenAnswerError(message) from error
    message = f"it has {str(term)[:100]}, which cannot be passed on"
    raise BrokenAnswerError(message)


def _literal(term: Term, value: str) -> str:
    language, datatype = term.get("xml:lang"), term.get("datatype")
    if language is not None:
        way = term.get("its:dir")
        direction = None if way is None else BaseDirection(way)
        return str(Literal(value, language=language, direction=direction))
    if datatype is not None:
        return str(Literal(value, datatype=NamedNode(datatype)))
    return str(Literal(value))


class _Reader:
    """Walk through the bytes; a row is read in one go, and so is what stands beside the rows."""

    def __init__(self, body: bytes, width: int, nesting: int) -> None:
        self._body = body
        self._row = _row_pattern(width, nesting)
        self._at = 0

    def rows(self, variables: frozenset[str]) -> Iterator[Row]:
        """Yield the rows; that the table has just these variables is known at its end."""
        columns: frozenset[str] | None = None
        has_rows = False
        for key in self._members():
            if key == "head":
                columns = _columns(self._value())
            elif key == "results":
                has_rows = yield from self._results(variables)
            else:
                self._value()
        if self._skip() != len(self._body):
            _break("more stands behind its end")
        if not has_rows:
            _break("it is no table of results")
        if columns != variables:
            listed = ", ".join(sorted(columns or ())) or "none"
            _break(f"it has the columns {listed[:200]}")

    def _results(self, variables: frozenset[str]) -> Generator[Row, None, bool]:
        """Yield the rows; return whether there were any to be."""
        has_rows = False
        for key in self._members():
            if key != "bindings":
                self._value()
                continue
            has_rows = True
            for _ in self._items("[", "]"):
                row = self._next_row()
                if not variables.issuperset(row):
                    _break(f"it has a row that was not asked for: {str(row)[:100]}")
                yield row
        return has_rows

    def _next_row(self) -> Row:
        start = self._skip()
        found = self._row.match(self._body, start, start + LARGEST_ROW)
        if found is None:
            shown = self._body[start : start + 100].decode(errors="ignore") or "nothing"
            kinds = f"IRIs, blank nodes and literals, of at most {LARGEST_ROW} bytes"
            _break(f"it is cut off, or goes on with what is no row of {kinds}: {shown}")
        self._at = found.end()
        row: Row = DECODER.decode(found[0].decode())
        return row

    def _members(self) -> Iterator[str]:
        """Yield the keys of an object; whoever takes one takes its value."""
        keys = set[str]()
        for _ in self._items("{", "}"):
            key = self._value()
            self._sign(":")
            if not isinstance(key, str):
                _break("it has a key that is no text")
            if key in keys:
                _break(f"it has {key[:100]!r} twice")
            keys.add(key)
            if len(keys) > MOST_MEMBERS:
                _break(f"it has an object of more than {MOST_MEMBERS} members")
            yield key

    def _items(self, first: str, last: str) -> Iterator[None]:
        """Stop before each item of an array or object."""
        self._sign(first)
        if self._peek() == last:
            self._sign(last)
            return
        while True:
            yield
            if self._peek() != ",":
                break
            self._sign(",")
        self._sign(last)

    def _value(self) -> Any:  # noqa: ANN401 - whatever JSON holds
        start = self._skip()
        window = self._body[start : start + LARGEST_VALUE]
        # Its end may cut a character in two; all of it has been found to be UTF-8 before.
        text = window.decode(errors="ignore")
        try:
            value, end = DECODER.raw_decode(text)
        except JSONDecodeError as error:
            if len(window) == LARGEST_VALUE:
                _break(
                    f"beside its rows is no JSON, or more than {LARGEST_VALUE} bytes in one value"
                )
            self._no_json(error.msg, start)
        self._at = start + len(text[:end].encode())
        return value

    def _sign(self, sign: str) -> None:
        if self._peek() != sign:
            self._no_json(f"expecting {sign}", self._at)
        self._at += 1

    def _peek(self) -> str:
        at = self._skip()
        return self._body[at : at + 1].decode("latin-1")

    def _skip(self) -> int:
        found = WHITE.match(self._body, self._at)
        self._at = found.end() if found is not None else self._at
        return self._at

    def _no_json(self, says: str, at: int) -> NoReturn:
        _break(f"it is cut off or no JSON: {says} at byte {at}")


@lru_cache(maxsize=64)
def _row_pattern(width: int, nesting: int) -> re.Pattern[bytes]:
    """Find where a row of so many columns ends, without anything being made of what is in it.

    It bounds how many members a row and its terms have, and how deep they are nested; all else is
    for the decoder to judge.
    """
    term = _object(SCALAR, MOST_OF_TERM)
    for _ in range(2 * nesting):  # a triple is a term whose value is an object of terms
        term = _object(f"(?:{SCALAR}|{term})", MOST_OF_TERM)
    return re.compile(_object(f"(?:{SCALAR}|{term})", width).encode())


def _object(value: str, most: int) -> str:
    member = rf"{STRING}{SPACE}:{SPACE}{value}{SPACE}(?:,{SPACE}(?=\")|(?=\}}))"
    return rf"\{{{SPACE}(?:{member}){{0,{most}}}+\}}"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        _break(f"it has a key twice: {str(pairs)[:100]}")
    return made


def _no_constant(name: str) -> NoReturn:
    _break(f"it has {name}, which JSON does not have")


def _check_encoding(body: bytes) -> None:
    """Look through a body piece by piece: the text of all of it would be up to four times it."""
    decoder = UTF_8()
    for first in range(0, len(body), PIECE):
        decoder.decode(body[first : first + PIECE])
    decoder.decode(b"", final=True)


def _break(says: str) -> NoReturn:
    raise BrokenAnswerError(says)


# Each object is looked through by Python, in whose steps the event loop has its turn.
DECODER: Final = JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)


def _columns(head: object) -> frozenset[str]:
    names = head.get("vars") if isinstance(head, dict) else None
    if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
        _break("its head names no variables")
    return frozenset(names)
