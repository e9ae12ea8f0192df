r"""The tokens of a SPARQL 1.2 query or update, told apart as the store's parser tells them.

Syntax is not checked: every text has tokens. The scan takes time linear in the length of the text,
whatever stands in it. Two peculiarities of the store's parser are followed, because a check that
reads another text than the store does is none:

- `\u0053` stands for a letter in strings and in IRIs alone, as SPARQL 1.2 has it; SPARQL 1.1 would
  let it stand anywhere, even for a quotation mark that ends a string.
- The local part of a name goes on after one dot, but not after a second one: `ex:a.b.SERVICE` is a
  name, a full stop and a keyword.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["OPERANDS", "TOKEN", "PlacedToken", "Token", "placed_tokens", "tokens"]

Token = tuple[str, str]

# What an IRI may hold between < and >; the escapes count as what they stand for only later.
IRI: Final = r"""(?:[^<>"{}|^`\\\x00-\x20]++|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*+>"""

# Possessive quantifiers keep the scan linear. A word may have dots in it here: see `tokens`.
# `<<` is no sign where its second half opens an IRI.
TOKEN: Final = re.compile(
    rf"""
      (?P<space>    [ \t\r\n]++ | \#[^\r\n]*+ )
    | (?P<iri>      <{IRI} )
    | (?P<string>   \"\"\"(?:[^"\\]++|\\.|"(?!""))*+\"\"\" | '''(?:[^'\\]++|\\.|'(?!''))*+'''
                  | "(?:[^"\\\r\n]++|\\.)*+"               | '(?:[^'\\\r\n]++|\\.)*+' )
    | (?P<name>     (?:[^\W\d][\w.\-\u00b7]*+)?
                    :(?:(?:[\w:]|%[0-9A-Fa-f]{{2}}|\\.)(?:[\w:\-\u00b7]|%[0-9A-Fa-f]{{2}}|\\.)*+
                        (?:\.++(?:[\w:\-\u00b7]|%[0-9A-Fa-f]{{2}}|\\.)++)?+ )?+ )
    | (?P<word>     [^\W\d][\w.\-\u00b7]*+ )
    | (?P<variable> [?$]\w++ )
    | (?P<language> @[A-Za-z]++(?:--?[A-Za-z0-9]++)*+ )
    | (?P<number>   \d++(?:\.\d*+[eE][+\-]?\d++|\.\d++|[eE][+\-]?\d++)?+ )
    | (?P<escape>   \\. )
    | (?P<sign>     \|\| | && | \^\^ | != | <<(?!{IRI}) | >> | . )
    """,
    re.VERBOSE | re.DOTALL,
)

# The kinds that can be an operand of an expression, or a part of a triple.
OPERANDS: Final = frozenset({"iri", "string", "name", "variable", "language", "number"})


@dataclass(frozen=True, slots=True)
class PlacedToken:
    """Hold a token and where it starts, in characters."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """Return the place behind it."""
        return self.start + len(self.text)

    @property
    def is_variable(self) -> bool:
        """Tell whether it is ?name or $name."""
        return self.kind == "variable"

    @property
    def word(self) -> str:
        """Return a keyword in capitals; empty for what is no word."""
        return self.text.upper() if self.kind == "word" else ""


def tokens(text: str) -> Iterator[Token]:
    """Yield kind and text of every token but white space and comments.

    The kinds are iri, string, name, word, variable, language, number, escape and sign; a word is a
    keyword, a function, `a`, `true` or `false`.

    >>> list(tokens("ASK { ?s a ex:b } # whole"))[1:4]
    [('sign', '{'), ('variable', '?s'), ('word', 'a')]
    """
    for match in TOKEN.finditer(text):
        kind = str(match.lastgroup)
        if kind == "word" and "." in match.group():
            yield from _parts(match.group())
        elif kind != "space":
            yield kind, match.group()


def placed_tokens(text: str) -> Iterator[PlacedToken]:
    """Yield the same tokens with their places.

    >>> [token.start for token in placed_tokens("ASK { }")]
    [0, 4, 6]
    """
    for match in TOKEN.finditer(text):
        kind, start = str(match.lastgroup), match.start()
        if kind == "space":
            continue
        is_compound = kind == "word" and "." in match.group()
        for part_kind, part in _parts(match.group()) if is_compound else ((kind, match.group()),):
            yield PlacedToken(part_kind, part, start)
            start += len(part)


def _parts(text: str) -> Iterator[Token]:
    """Take apart what only a name could hold together: `true.FILTER` is three tokens."""
    for index, part in enumerate(text.split(".")):
        if index:
            yield "sign", "."
        if part:
            yield "number" if part[0].isdecimal() else "word", part
