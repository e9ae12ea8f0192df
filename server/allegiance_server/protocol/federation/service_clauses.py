"""The SERVICE clauses of a query: where they stand, whom they call, and what can be carried out.

Only what is understood is carried out. A clause whose failure would be swallowed (SILENT), whose
address is computed, or that stands where its rows cannot be put in its place is refused.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NoReturn
from urllib.parse import urljoin

from allegiance_server.errors import (
    QueryNotParsedError,
    QueryRefusedError,
    ServiceRefusedError,
)
from allegiance_server.protocol.admission import calls
from allegiance_server.protocol.federation.group_patterns import place
from allegiance_server.protocol.search_patterns import FUNCTIONS, PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from allegiance_server.protocol.federation.group_patterns import Element, Group, Query
    from allegiance_server.protocol.tokens import PlacedToken

__all__ = ["Clause", "Namespaces", "Step", "outline", "read_clauses"]

UNICODE_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
SCHEME: Final = re.compile(r"<[A-Za-z][A-Za-z0-9+.\-]*:")
END: Final = ("end", "")
# Each is asked for by itself, and the query read again.
MOST_CLAUSES: Final = 16


@dataclass(frozen=True, slots=True)
class Namespaces:
    """Hold the prefixes and the base of a query; what it does not declare, the graph does."""

    prefixes: Mapping[str, str]
    base: str

    @classmethod
    def of(cls, query: Query, known: Namespaces) -> Namespaces:
        """Read the prologue of a query."""
        prefixes, base = dict(known.prefixes), known.base
        for index, token in enumerate(query.prologue):
            if token.word == "BASE":
                base = _joined(base, _unescaped(query.prologue[index + 1].text[1:-1]))
            elif token.word == "PREFIX":
                name, iri = query.prologue[index + 1 : index + 3]
                prefixes[name.text[:-1]] = _joined(base, _unescaped(iri.text[1:-1]))
        return cls(MappingProxyType(prefixes), base)

    def iri(self, token: PlacedToken) -> str | None:
        """Return the IRI that a token stands for; None for a prefix that nobody declares."""
        if token.kind == "iri":
            return _joined(self.base, _unescaped(token.text[1:-1]))
        prefix, _, local = token.text.partition(":")
        space = self.prefixes.get(prefix)
        return None if space is None else space + re.sub(r"\\(.)", r"\1", local)


@dataclass(frozen=True, slots=True)
class Step:
    """Hold a group on the way to a clause, and which of its elements leads on."""

    group: Group
    index: int

    @property
    def element(self) -> Element:
        """Return the element that leads on: at last, the clause."""
        return self.group.elements[self.index]


@dataclass(frozen=True, slots=True)
class Clause:
    """Hold a SERVICE clause, the way to it from the group of the query, and its address."""

    query: Query
    path: tuple[Step, ...]
    address: str

    @property
    def element(self) -> Element:
        """Return the clause as an element of its group."""
        return self.path[-1].element

    @property
    def pattern(self) -> Group:
        """Return what is asked elsewhere."""
        return self.element.groups[0]

    @property
    def variables(self) -> tuple[str, ...]:
        """Return what it can bind, in alphabetical order."""
        return tuple(sorted(self.pattern.variables))


def read_clauses(query: Query, known: Namespaces, allowed: Mapping[str, str]) -> tuple[Clause, ...]:
    """Return the clauses in the order of the text; `allowed` has the name of each address.

    Raises ServiceRefusedError for another address, and QueryRefusedError for a clause that cannot
    be carried out.
    """
    namespaces = Namespaces.of(query, known)
    found: list[Clause] = []
    for path in _paths(query.where, ()) if query.where is not None else ():
        address = _address(query, path[-1].element, namespaces, allowed)
        _refuse_position(query, path)
        _refuse_content(query, path[-1].element, namespaces)
        found.append(Clause(query, path, address))
        if len(found) > MOST_CLAUSES:
            detail = f"The query has more than {MOST_CLAUSES} SERVICE clauses."
            raise QueryRefusedError(detail, "Ask in several queries.")
    _refuse_strays(query, {each.element.start for each in found})
    return tuple(found)


def outline(query: Query, clauses: tuple[Clause, ...]) -> str:
    """Return the query with no rows in place of each clause; all else keeps line and column.

    >>> from allegiance_server.protocol.federation.group_patterns import read_query
    >>> outline(read_query("ASK { }"), ())
    'ASK { }'
    """
    pieces, written = [], 0
    for clause in clauses:
        element = clause.element
        text = query.text[element.start : element.end]
        # Written so tightly, it is never longer than the clause.
        empty = f"VALUES({''.join(f'?{name}' for name in clause.variables)}){{}}"
        lines = text.split("\n")
        padded = empty + "\n" * (len(lines) - 1) + " " * len(lines[-1])
        pieces.append(query.text[written : element.start])
        pieces.append(padded if len(lines) > 1 else empty.ljust(len(text)))
        written = element.end
    return "".join([*pieces, query.text[written:]])


def _paths(group: Group, way: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    """Yield the ways to all clauses; a clause in a clause is one, too."""
    for index, element in enumerate(group.elements):
        path = (*way, Step(group, index))
        if element.kind == "service":
            yield path
        for inner in element.groups:
            yield from _paths(inner, path)


def _address(
    query: Query, element: Element, namespaces: Namespaces, allowed: Mapping[str, str]
) -> str:
    target = element.target
    if target is None or target.kind == "variable":
        _refuse(
            query,
            element,
            "names its endpoint by a variable",
            "Name the endpoint by its address, in a clause for each one.",
        )
    address = namespaces.iri(target)
    if address is None:
        line, column = place(query.text, target.start)
        detail = f"The prefix of {target.text} is not declared."
        raise QueryNotParsedError(detail, "Declare it with PREFIX.", line, column)
    if address not in allowed:
        listed = ", ".join(f"<{each}> ({name})" for each, name in allowed.items())
        detail = f"SERVICE may not call <{address[:200]}> from this server."
        raise ServiceRefusedError(detail, f"The endpoints that it may call are {listed}.")
    return address


def _refuse_position(query: Query, path: tuple[Step, ...]) -> None:
    *holders, last = (step.element for step in path)
    kinds = {holder.kind for holder in holders}
    if "service" in kinds:
        says = "stands in another SERVICE clause"
        _refuse(query, last, says, "Put the clauses side by side: their rows are joined.")
    if "minus" in kinds:
        says = "stands in MINUS, where its rows would have to be known in full"
        _refuse(query, last, says, "Ask in OPTIONAL, and filter by !BOUND(?variable).")
    if last.is_silent:
        says = "is SILENT: a failure would look like an answer"
        _refuse(query, last, says, "Leave SILENT out: a failure is told, and its cause.")


def _refuse_content(query: Query, element: Element, namespaces: Namespaces) -> None:
    for token in query.within(element.groups[0].start, element.end):
        is_search = token.kind == "name" and token.text.startswith(f"{PREFIX}:")
        if is_search or (
            token.kind in ("name", "iri") and (namespaces.iri(token) or "").startswith(FUNCTIONS)
        ):
            says = f"uses {token.text}, which only this server knows"
            _refuse(query, element, says, "Put the search before the clause.")


def _refuse_strays(query: Query, known: set[int]) -> None:
    """Refuse whatever reads as the keyword and is none of the clauses."""
    tokens = query.tokens
    plain = [("start", ""), *((each.kind, each.text) for each in tokens), END]
    for token, (before, after) in zip(
        tokens, ((plain[i], plain[i + 2]) for i in range(len(tokens))), strict=True
    ):
        if token.start not in known and calls((token.kind, token.text), before, after):
            line, column = place(query.text, token.start)
            detail = (
                f"The SERVICE at line {line}, column {column} stands where this server does not "
                "carry it out: in EXISTS, in an expression, or stuck to a name."
            )
            remedy = "Make it an element of a group of the WHERE part, with a space behind it."
            raise QueryRefusedError(detail, remedy)


def _refuse(query: Query, element: Element, says: str, remedy: str) -> NoReturn:
    line, column = place(query.text, element.start)
    detail = f"The SERVICE clause at line {line}, column {column} {says}."
    raise QueryRefusedError(detail, remedy)


def _joined(base: str, iri: str) -> str:
    """Resolve an IRI; one that is none stays as it is, and is not allowed by anybody."""
    try:
        return urljoin(base, iri)
    except ValueError:
        return iri


def _unescaped(iri: str) -> str:
    def character(escape: re.Match[str]) -> str:
        code = int(escape[1] or escape[2], 16)
        return chr(code) if code <= sys.maxunicode else "\ufffd"

    return UNICODE_ESCAPE.sub(character, iri)
