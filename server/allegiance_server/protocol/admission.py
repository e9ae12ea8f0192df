"""Decide, before any worker sees it, whether a query is let in.

SERVICE would make this server call others, also inside its own network, and the store's evaluator
has no switch for it. The check reads tokens, because the word may stand in strings, comments and
names; and it refuses in doubt, because the evaluator's parser has no tokens: it also reads
`trueSERVICE:x{` or `SERVICE:x{` as a call. A worker could not open a connection anyway.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from allegiance_server.errors import (
    QueryRefusedError,
    QueryTooDeepError,
    ServiceRefusedError,
    UpdateRefusedError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["admit"]

# Possessive quantifiers keep the scan linear in the length of the query.
TOKEN: Final = re.compile(
    r"""
      (?P<space>   [\s]++ | \#[^\r\n]*+ )
    | (?P<iri>     <[^<>"{}|^`\\\x00-\x20]*+> )
    | (?P<string>  \"\"\"(?:[^"\\]|\\.|"(?!""))*+\"\"\" | '''(?:[^'\\]|\\.|'(?!''))*+'''
                 | "(?:[^"\\\r\n]|\\.)*+"               | '(?:[^'\\\r\n]|\\.)*+' )
    | (?P<name>    (?:[^\W\d][\w.\-\u00b7]*+)?
                   :(?:(?:[\w:]|%[0-9A-Fa-f]{2}|\\.)(?:[\w.:\-\u00b7]|%[0-9A-Fa-f]{2}|\\.)*+)? )
    | (?P<word>    [^\W\d][\w.\-\u00b7]*+ )
    | (?P<other>   [?$]\w++ | @[A-Za-z]++(?:-[A-Za-z0-9]++)*+ | \d++ )
    | (?P<sign>    . )
    """,
    re.VERBOSE | re.DOTALL,
)

UPDATE_WORDS: Final = frozenset(
    ["ADD", "CLEAR", "COPY", "CREATE", "DELETE", "DROP", "INSERT", "LOAD", "MOVE", "WITH"]
)
# The words that an IRI can follow. Others may end an operand: the e5 of 1e5 is one here.
IRI_WORDS: Final = frozenset(["A", "BASE", "DESCRIBE", "FROM", "GRAPH", "NAMED"])
OPENING: Final = frozenset("([{")
CLOSING: Final = frozenset(")]}")

Token = tuple[str, str]


def admit(query: str, max_depth: int) -> None:
    """Let a query pass, or raise QueryRefusedError or one of its kinds.

    Syntax is not checked: what is no SPARQL at all passes here and fails in the worker.

    >>> admit('SELECT * { ?s ?p "SERVICE" }', max_depth=10)
    """
    _refuse_update(query)
    if sum(map(query.count, OPENING)) > max_depth:
        _refuse_depth(query, max_depth)
    if "service" in query.lower():
        _refuse_service([*_tokens(query), ("end", "")])


def _tokens(query: str) -> Iterator[Token]:
    """Yield kind and text of every token but white space and comments."""
    for match in TOKEN.finditer(query):
        kind = str(match.lastgroup)
        if kind != "space":
            yield kind, match.group()


def _refuse_update(query: str) -> None:
    """Look at the first word behind the prologue."""
    for kind, text in _tokens(query):
        word = text.upper()
        if kind in ("name", "iri", "string") or word in ("PREFIX", "BASE", "VERSION"):
            continue
        if kind == "word" and word in UPDATE_WORDS:
            detail = f"{word} is an update; this endpoint answers queries."
            raise UpdateRefusedError(detail, "To add or correct a claim, open a pull request.")
        return


def _refuse_depth(query: str, max_depth: int) -> None:
    depth = 0
    for kind, text in _tokens(query):
        if kind != "sign":
            continue
        depth += (text in OPENING) - (text in CLOSING)
        if depth > max_depth:
            detail = f"The brackets of the query are nested more than {max_depth} deep."
            raise QueryTooDeepError(detail, "Write it with fewer brackets.")


def _refuse_service(tokens: list[Token]) -> None:
    before: Token = ("start", "")
    earlier: Token = before
    for token, after in pairwise(tokens):
        if _calls(token, before, after):
            detail = "A SERVICE clause would make this server call another one."
            remedy = "Query the other endpoint yourself, and join what both answer."
            raise ServiceRefusedError(detail, remedy)
        if _is_ambiguous(token, before, earlier):
            detail = f"It cannot be told whether {token[1]} is an IRI or two comparisons."
            raise QueryRefusedError(detail, "Put a space on either side of the signs < and >.")
        before, earlier = token, before


def _calls(token: Token, before: Token, after: Token) -> bool:
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


def _is_ambiguous(token: Token, before: Token, earlier: Token) -> bool:
    """Tell whether `<...>` behind an operand could be "less than" and something else.

    Whoever reads `?a<?b)#>` as an IRI and whoever reads it as a comparison see different texts from
    there on. With `://` the comparison is no SPARQL; after PREFIX it has to be an IRI.
    """
    kind, text = token
    if kind != "iri" or re.match(r"<[A-Za-z][A-Za-z0-9+.\-]*://", text):
        return False
    is_operand = (
        before[0] in ("iri", "string", "other")
        or (before[0] == "name" and earlier[1].upper() != "PREFIX")
        or (before[0] == "word" and before[1].upper() not in IRI_WORDS)
        or before[1] in (")", "]", "}", ">")
    )
    return is_operand and any(sign in text for sign in "#)'")
