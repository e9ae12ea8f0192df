"""Follow the statements of a sound Turtle or TriG file, to learn where each of them stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from allegiance.namespaces import PREFIXES
from allegiance.rdf_files.places import BLANK, Lines, Places
from allegiance.rdf_files.turtle_tokens import tokens_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allegiance.rdf_files.turtle_tokens import Token

__all__ = ["turtle_places"]

_TYPE = PREFIXES["rdf"] + "type"
_CODE_POINT = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_LAST_CODE_POINT = 0x10FFFF


def turtle_places(name: str, text: str) -> Places:
    """Note the place of each subject and value of a file that the parser has accepted."""
    walk = _Walk(Places(Lines(name, text)), tokens_of(text))
    walk.run()
    return walk.places


@dataclass(slots=True)
class _Frame:
    """Hold what has been read of the statement at hand, or of one inside its brackets."""

    subject: str | None = None
    predicate: str | None = None
    is_list: bool = False


@dataclass(slots=True)
class _Walk:
    """Read token by token, with one frame for each open bracket."""

    places: Places
    tokens: Iterator[Token]
    prefixes: dict[str, str] = field(default_factory=dict)
    base: str = ""
    frames: list[_Frame] = field(default_factory=lambda: [_Frame()])

    def run(self) -> None:
        """Read all tokens."""
        for token in self.tokens:
            if token.kind == "mark":
                self._mark(token)
            elif token.kind == "at":
                self._directive(token)
            elif token.kind in {"iri", "name", "number", "string"}:
                self._term(token)

    def _mark(self, token: Token) -> None:
        mark, frame = token.text, self.frames[-1]
        if mark == "^^":
            next(self.tokens, None)
        elif mark in "[(":
            self.frames.append(_Frame(subject=BLANK if mark == "[" else None, is_list=mark == "("))
        elif mark in "])" and len(self.frames) > 1:
            self.frames.pop()
            self._take(BLANK, token.offset)
        elif mark == ";":
            frame.predicate = None
        elif mark in ".{}":
            self.frames = [_Frame()]

    def _directive(self, token: Token) -> None:
        """Read @prefix and @base; any other word after an at sign is a language."""
        if token.text in {"@prefix", "@base"}:
            self._declare(token.text[1:])

    def _declare(self, word: str) -> None:
        name = next(self.tokens, None) if word == "prefix" else None
        target = next(self.tokens, None)
        if target is None:
            return
        iri = self._iri(target.text)
        if name is None:
            self.base = iri
        else:
            self.prefixes[name.text.removesuffix(":")] = iri

    def _term(self, token: Token) -> None:
        word, frame = token.text.lower(), self.frames[-1]
        opens = len(self.frames) == 1 and frame.subject is None and token.kind == "name"
        if opens and word in {"prefix", "base"}:
            self._declare(word)
        elif opens and word in {"graph", "version"}:
            if word == "version":
                next(self.tokens, None)
        else:
            self._take(self._named(token), token.offset)

    def _take(self, name: str, offset: int) -> None:
        """Take a term as the next part of the statement at hand."""
        frame = self.frames[-1]
        if frame.is_list:
            return
        if frame.subject is None:
            frame.subject = name
            self.places.subject(name, offset)
        elif frame.predicate is None:
            frame.predicate = name
        else:
            self.places.value(frame.subject, frame.predicate, offset)

    def _named(self, token: Token) -> str:
        if token.kind == "iri":
            return self._iri(token.text)
        if token.kind != "name" or token.text.startswith("_:"):
            return BLANK
        if token.text == "a":
            return _TYPE
        prefix, _, local = token.text.partition(":")
        return self.prefixes.get(prefix, "") + re.sub(r"\\(.)", r"\1", local)

    def _iri(self, written: str) -> str:
        iri = _CODE_POINT.sub(_character, written[1:-1])
        return urljoin(self.base, iri) if self.base and ":" not in iri else iri


def _character(found: re.Match[str]) -> str:
    code = int(found[1] or found[2], 16)
    return chr(code) if code <= _LAST_CODE_POINT else ""
