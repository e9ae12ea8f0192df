"""Decide, before any worker sees it, whether a query or an update is let in.

SERVICE and LOAD would make this server call others, also inside its own network, and the store's
evaluator has no switch for them. The check reads tokens, because the words may stand in strings,
comments and names; and it refuses in doubt, because the evaluator's parser has no tokens: it also
reads `trueSERVICE:x{` or `SERVICE:x{` as a call. A worker could not open a connection anyway.

Depth and number of patterns are bounded because the store's parser and optimiser recurse: what is
let in fits into the stack of a worker. How long it takes is for the deadline to bound.
FROM is let in: the store looks for such graphs in itself alone, and fetches nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from allegiance_server.errors import (
    QueryRefusedError,
    QueryTooComplexError,
    QueryTooDeepError,
    ServiceRefusedError,
    UpdateRefusedError,
)
from allegiance_server.protocol.tokens import OPERANDS, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

    from allegiance_server.protocol.tokens import Token

__all__ = [
    "admit",
    "admit_outline",
    "admit_update",
    "calls",
    "calls_service",
    "is_volatile",
    "names_dataset",
]

UPDATE_WORDS: Final = frozenset(
    ["ADD", "CLEAR", "COPY", "CREATE", "DELETE", "DROP", "INSERT", "LOAD", "MOVE", "WITH"]
)
PROLOGUE_WORDS: Final = frozenset(["BASE", "PREFIX", "VERSION"])
QUERY_FORM: Final = re.compile(r"\s*+(?:SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.IGNORECASE)
# The words that an IRI can follow. Others may end an operand: a keyword can stick to a value.
IRI_WORDS: Final = frozenset(["A", "BASE", "DESCRIBE", "FROM", "GRAPH", "NAMED"])
OPENING: Final = frozenset(["(", "[", "{", "<<"])
CLOSING: Final = frozenset([")", "]", "}", ">>"])
SEPARATORS: Final = frozenset([".", ";", ","])
OPERATORS: Final = frozenset(["||", "&&", "|", "/", "+", "-", "*", "^", "!"])
PREFIXING: Final = frozenset(["!", "+", "-", "^"])
# Costlier than the braces behind them alone.
BRANCHING: Final = frozenset(["OPTIONAL", "UNION"])
# What follows, up to the closing brace, is data: it takes room, but nothing is joined.
DATA_WORDS: Final = frozenset(["DATA", "VALUES"])
VOLATILE: Final = ("now", "rand", "uuid", "bnode")
VOLATILE_CALL: Final = re.compile(r"(?:now|rand|uuid|bnode)[\s#(]")

START: Final[Token] = ("start", "")
END: Final[Token] = ("end", "")


def admit(query: str, max_depth: int, max_patterns: int) -> None:
    """Let a query pass, or raise QueryRefusedError or one of its kinds.

    Depth is that of brackets of every kind and of prefix operators. What counts as a pattern is in
    `Meter`. Syntax is not checked: what is no SPARQL at all passes here and fails in the worker.

    >>> admit('SELECT * { ?s ?p "SERVICE" }', max_depth=10, max_patterns=100)
    """
    if not QUERY_FORM.match(query):
        _refuse_update(query)
    _refuse_size(query, max_depth, max_patterns)
    if "service" in query.lower():
        _refuse_service(query)


def admit_outline(query: str, max_depth: int, max_patterns: int) -> None:
    """Look at all of a query but its SERVICE clauses: form, size, and what has two readings.

    What remains when the clauses are replaced is for `admit`, which lets none of them pass.

    >>> admit_outline("ASK { SERVICE <a:b> { ?s ?p ?o } }", max_depth=10, max_patterns=100)
    """
    if not QUERY_FORM.match(query):
        _refuse_update(query)
    _refuse_size(query, max_depth, max_patterns)
    before = earlier = START
    for token in tokens(query):
        _refuse_ambiguous(token, before, earlier)
        before, earlier = token, before


def admit_update(update: str, max_depth: int, max_patterns: int) -> None:
    """Let an update pass, or raise QueryRefusedError or one of its kinds.

    The triples of INSERT DATA and DELETE DATA are no patterns; their depth counts.

    >>> admit_update("INSERT DATA { <a:s> <a:p> 'LOAD' }", max_depth=10, max_patterns=100)
    """
    _refuse_size(update, max_depth, max_patterns)
    text = update.lower()
    if "service" in text or "load" in text:
        _refuse_service(update)
        _refuse_load(update)


def calls(token: Token, before: Token, after: Token) -> bool:
    """Tell whether a token is, or ends in, the keyword SERVICE.

    No other keyword or function has the word in it. A prefixed name such as `SERVICE:x` is the
    keyword and a name where a group follows, save after GRAPH, which takes the name for itself.
    """
    kind, text = token
    if kind == "word":
        return "service" in text.lower()
    return (
        kind == "name"
        and "service" in text.partition(":")[0].lower()
        and after[1] == "{"
        and before[1].upper() != "GRAPH"
    )


def calls_service(query: str) -> bool:
    """Tell whether a query has SERVICE in it, as a keyword; so it does in doubt.

    >>> calls_service("ASK { SERVICE <a:b> { ?s ?p ?o } }"), calls_service("ASK { ?service a ?x }")
    (True, False)
    """
    if "service" not in query.lower():
        return False
    found = [START, *tokens(query), END]
    return any(
        calls(token, before, after)
        for before, token, after in zip(found, found[1:], found[2:], strict=False)
    )


def is_volatile(query: str) -> bool:
    """Tell whether a query may answer otherwise on the same data: NOW, RAND, UUID, STRUUID, BNODE.

    It tells so in doubt. Blank nodes in the template of a CONSTRUCT do not count: their labels are
    new each time, but the graph is the same, which is all that a weak entity tag says.

    >>> is_volatile("SELECT (NOW() AS ?now) {}")
    True
    """
    text = query.lower()
    if not any(word in text for word in VOLATILE) or not VOLATILE_CALL.search(text):
        return False
    return any(
        kind == "word" and any(word in token.lower() for word in VOLATILE)
        for kind, token in tokens(query)
    )


def names_dataset(update: str) -> bool:
    """Tell whether an operation of an update has a USING or WITH clause of its own.

    >>> names_dataset("DELETE { ?using ?p ?o } WHERE { ?using ?p 'with' }")
    False
    """
    text = update.lower()
    if "using" not in text and "with" not in text:
        return False
    return any(
        re.match("(?i)with|using", token[1]) and (token[0] == "word" or before[0] != "word")
        for before, token in pairwise(_operations(update))
        if token[0] in ("word", "name")
    )


def _operations(update: str) -> Iterable[Token]:
    """Yield the tokens outside of all braces, a START before them; braces are among them."""
    depth = 0
    yield START
    for token in tokens(update):
        depth -= token[1] == "}"
        if depth <= 0:
            yield token
        depth += token[1] == "{"


def _refuse_update(query: str) -> None:
    """Look at the first word behind the prologue."""
    for kind, text in tokens(query):
        word = text.upper()
        if kind in ("name", "iri", "string") or word in PROLOGUE_WORDS:
            continue
        if kind == "word" and word in UPDATE_WORDS:
            detail = f"{word} is an update; this endpoint answers queries."
            raise UpdateRefusedError(detail, "To add or correct a claim, open a pull request.")
        return


@dataclass(slots=True)
class Meter:
    """Count depth and patterns, token by token.

    A pattern is every opening bracket, every `.`, `;` or `,` that separates triples, every operator
    of an expression or a path, every UNION, OPTIONAL and VALUES, and every further member of a
    collection. The arguments of a function, the members of IN and the rows of VALUES are none.
    """

    depth: int = 0
    patterns: int = 0
    _open: list[str] = field(default_factory=list)
    _before: Token = START
    _prefixes: int = 0
    _data: int | None = None

    def take(self, token: Token) -> None:
        """Take the next token into account."""
        kind, text = token
        if kind == "sign":
            self._take_sign(text)
        elif kind == "word":
            self._take_word(text.upper())
        elif self._data is None and self._follows_operand():
            self.patterns += 1
        self._prefixes = self._prefixes + 1 if text in PREFIXING else 0
        self.depth = len(self._open) + self._prefixes
        self._before = token

    def _take_sign(self, text: str) -> None:
        if text in OPENING:
            self._open.append(text)
        elif text in CLOSING and self._open:
            self._open.pop()
            if self._data is not None and text == "}" and len(self._open) <= self._data:
                self._data = None
        if self._data is None and (
            text in OPENING
            or text in OPERATORS
            or (text in SEPARATORS and self._open[-1:] != ["("])
        ):
            self.patterns += 1

    def _take_word(self, word: str) -> None:
        if word in DATA_WORDS and self._data is None:
            self._data = len(self._open)
            self.patterns += 1
        elif word in BRANCHING:
            self.patterns += 1

    def _follows_operand(self) -> bool:
        """Tell whether this is not the first member of a collection: `(1 2)`."""
        kind, text = self._before
        return self._open[-1:] == ["("] and (kind in OPERANDS or text in CLOSING)


def _refuse_size(text: str, max_depth: int, max_patterns: int) -> None:
    """Measure only what could be too large: nothing has more patterns than bytes."""
    nesting = sum(map(text.count, ("(", "[", "{", "<<", "!", "+", "-", "^")))
    if nesting <= max_depth and len(text) <= max_patterns:
        return
    meter = Meter()
    for token in tokens(text):
        meter.take(token)
        if meter.depth > max_depth:
            detail = f"The brackets of the query are nested more than {max_depth} deep."
            raise QueryTooDeepError(detail, "Write it with fewer brackets.")
        if meter.patterns > max_patterns:
            detail = f"The query has more than {max_patterns} patterns and operators."
            remedy = "Ask in several queries, or list values with VALUES, which has no such bound."
            raise QueryTooComplexError(detail, remedy)


def _refuse_service(text: str) -> None:
    before = earlier = START
    for token, after in pairwise([*tokens(text), END]):
        if calls(token, before, after):
            detail = "A SERVICE clause would make this server call another one."
            remedy = "Query the other endpoint yourself, and join what both answer."
            raise ServiceRefusedError(detail, remedy)
        _refuse_ambiguous(token, before, earlier)
        before, earlier = token, before


def _refuse_load(update: str) -> None:
    """Refuse LOAD, which is a word by itself or the first part of a name: `LOAD:x`.

    Where a name follows no word, outside of all braces, an operation begins.
    """
    if any(kind == "word" and "load" in text.lower() for kind, text in tokens(update)) or any(
        token[0] == "name" and before[0] != "word" and "load" in token[1].lower()
        for before, token in pairwise(_operations(update))
    ):
        detail = "LOAD would make this server fetch from another one."
        remedy = "Fetch the document yourself, and send what it says with INSERT DATA."
        raise ServiceRefusedError(detail, remedy)


def _refuse_ambiguous(token: Token, before: Token, earlier: Token) -> None:
    """Refuse `<...>` behind an operand where it could be "less than" and something else.

    Whoever reads `?a<?b)#>` as an IRI and whoever reads it as a comparison see different texts from
    there on. With `://` the comparison is no SPARQL; after PREFIX it has to be an IRI.
    """
    kind, text = token
    if kind != "iri" or re.match(r"<[A-Za-z][A-Za-z0-9+.\-]*://", text):
        return
    is_operand = (
        before[0] in ("iri", "string", "variable", "language", "number")
        or (before[0] == "name" and earlier[1].upper() != "PREFIX")
        or (before[0] == "word" and before[1].upper() not in IRI_WORDS)
        or before[1] in (")", "]", "}", ">", ">>")
    )
    if is_operand and any(sign in text for sign in "#)'"):
        detail = f"It cannot be told whether {text} is an IRI or two comparisons."
        raise QueryRefusedError(detail, "Put a space on either side of the signs < and >.")
