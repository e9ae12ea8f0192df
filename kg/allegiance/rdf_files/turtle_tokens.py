"""Cut Turtle, TriG, N-Triples and N-Quads into tokens, each with its offset.

It takes whatever it meets and never fails: whether a file is sound is for the parser to say.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from allegiance.limits import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Token", "first_too_deep", "first_triple_term", "tokens_of"]

# Possessive, so that no text makes it try twice; an open string goes on to the end.
_TOKEN = re.compile(
    r"""
    (?P<space> (?: [ \t\r\n]++ | \#[^\n\r]*+ )++ )
  | (?P<iri> <[^\x00-\x20<>"{}|^`]*+> )
  | (?P<string>
        \"\"\"(?: [^"\\] | \\[\s\S] | "(?!"") )*+(?: \"\"\" | \Z )
      | '''(?: [^'\\] | \\[\s\S] | '(?!'') )*+(?: ''' | \Z )
      | "(?: [^"\\\n\r] | \\. )*+"
      | '(?: [^'\\\n\r] | \\. )*+'
    )
  | (?P<at> @[A-Za-z]++(?: --?[A-Za-z0-9]+ )*+ )
  | (?P<number>
        [+-]? (?: [0-9]*\.[0-9]+ | [0-9]+ (?: \.(?=[eE]) )? ) (?: [eE][+-]?[0-9]+ )? (?![\w:])
    )
  | (?P<mark> \^\^ | << | >> | \{\| | \|\} | [\[\](){};,.~<>|] )
  | (?P<name> (?: \\. | [^\s<>"'()\[\]{};,\#^@\\|~] )++ )
  | (?P<other> [\s\S] )
    """,
    re.VERBOSE,
)


class Token(NamedTuple):
    """Hold a token: its kind, as it is written, and where it begins."""

    kind: str
    text: str
    offset: int


def tokens_of(text: str) -> Iterator[Token]:
    """Give the tokens of a text, without spaces and comments.

    >>> [token.text for token in tokens_of("<a> a <b>. # c")]
    ['<a>', 'a', '<b>', '.']
    """
    position, end = 0, len(text)
    while position < end:
        found = _TOKEN.match(text, position)
        if found is None or found.lastgroup is None:
            return
        kind, written = found.lastgroup, found.group()
        if kind == "name":
            # A dot at the end of a name ends the statement; it is no part of the name.
            written = written.rstrip(".") or written
        if kind != "space":
            yield Token(kind, written, position)
        position += len(written)


def first_triple_term(text: str) -> int | None:
    """Return where a triple first stands as a term, which RDF 1.1 does not know, or None."""
    if "<<" not in text and "{|" not in text and "~" not in text:
        return None
    return next(
        (
            token.offset
            for token in tokens_of(text)
            if token.kind == "mark" and token.text in {"<<", "{|", "~"}
        ),
        None,
    )


def first_too_deep(text: str) -> int | None:
    """Return where brackets are first nested too deep, or None."""
    if sum(map(text.count, "[({")) <= MAX_DEPTH:
        return None
    depth = 0
    for token in tokens_of(text):
        if token.kind == "mark":
            depth += (token.text in "[({") - (token.text in "])}")
            if depth > MAX_DEPTH:
                return token.offset
    return None
