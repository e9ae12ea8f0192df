"""Read what an endpoint answers to a SELECT, and write its rows as they stand in VALUES.

The body is read value by value: one call that reads many megabytes would hold up the event loop,
which runs in another thread of the same interpreter. What is not a whole table of the variables
that were asked for is broken; nothing is guessed, nothing left out.
Specification: https://www.w3.org/TR/sparql11-results-json/
"""

from __future__ import annotations

from json import JSONDecodeError, JSONDecoder
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from pyoxigraph import BaseDirection, Literal, NamedNode

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator

__all__ = ["BrokenAnswerError", "Row", "Term", "read_rows", "row_text", "term_text"]

UNBOUND: Final = "UNDEF"
WHITE: Final = " \t\r\n"

Term = dict[str, Any]
Row = dict[str, Term]


class BrokenAnswerError(ValueError):
    """Tell that what came is no whole answer to what was asked."""


def read_rows(body: bytes, variables: Collection[str]) -> Iterator[Row]:
    """Yield the rows of a table, terms as the JSON has them; raises BrokenAnswerError.

    >>> body = b'{"head": {"vars": ["a"]}, "results": {"bindings": [{}]}}'
    >>> list(read_rows(body, ["a"]))
    [{}]
    """
    try:
        yield from _Reader(body.decode()).rows(frozenset(variables))
    except JSONDecodeError as error:
        message = f"it is cut off or no JSON: {error.msg} at character {error.pos}"
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
    """Walk through the text; what is inside a row or beside the rows is read in one go."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._decoder = JSONDecoder()

    def rows(self, variables: frozenset[str]) -> Iterator[Row]:
        """Yield the rows; that the table has just these variables is known at its end."""
        columns: frozenset[str] | None = None
        has_rows = False
        for key in self._members():
            if key == "head":
                columns = _columns(self._value())
            elif key == "results" and not has_rows:
                has_rows = yield from self._results(variables)
            else:
                self._value()
        if self._skip() != len(self._text):
            self._broken("more stands behind its end")
        if not has_rows:
            self._broken("it is no table of results")
        if columns != variables:
            listed = ", ".join(sorted(columns or ())) or "none"
            self._broken(f"it has the columns {listed[:200]}")

    def _results(self, variables: frozenset[str]) -> Generator[Row, None, bool]:
        """Yield the rows; return whether there were any to be."""
        has_rows = False
        for key in self._members():
            if key != "bindings":
                self._value()
                continue
            has_rows = True
            for _ in self._items("[", "]"):
                row = self._value()
                if not isinstance(row, dict) or not variables.issuperset(row):
                    self._broken(f"it has a row that was not asked for: {str(row)[:100]}")
                yield row
        return has_rows

    def _members(self) -> Iterator[str]:
        """Yield the keys of an object; whoever takes one takes its value."""
        for _ in self._items("{", "}"):
            key = self._value()
            self._sign(":")
            if not isinstance(key, str):
                self._broken("it has a key that is no text")
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
        value, self._at = self._decoder.raw_decode(self._text, self._skip())
        return value

    def _sign(self, sign: str) -> None:
        if self._peek() != sign:
            message = f"expecting {sign}"
            raise JSONDecodeError(message, self._text, self._at)
        self._at += 1

    def _peek(self) -> str:
        return self._text[self._skip() : self._at + 1]

    def _skip(self) -> int:
        while self._text[self._at : self._at + 1] in WHITE and self._at < len(self._text):
            self._at += 1
        return self._at

    def _broken(self, says: str) -> None:
        raise BrokenAnswerError(says)


def _columns(head: object) -> frozenset[str]:
    names = head.get("vars") if isinstance(head, dict) else None
    if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
        message = "its head names no variables"
        raise BrokenAnswerError(message)
    return frozenset(names)
