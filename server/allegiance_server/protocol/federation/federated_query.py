"""A query on its way from SERVICE clauses to rows: what to ask here, what elsewhere, what is left.

Rows can be many, and the text is read again for each clause: so the text has a mark in place of the
rows, which only `whole` puts in.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from allegiance_server.protocol.federation.group_patterns import read_query
from allegiance_server.protocol.federation.service_clauses import (
    Clause,
    Namespaces,
    outline,
    read_clauses,
)
from allegiance_server.protocol.federation.service_contexts import (
    context_of,
    first_unsteady,
    is_pushable,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from allegiance_server.protocol.federation.group_patterns import Element, Query

__all__ = ["FederatedQuery", "LocalQuery", "request_text"]

RELATIVE: Final = re.compile(r"<(?![A-Za-z][A-Za-z0-9+.\-]*:)")


@dataclass(frozen=True, slots=True)
class LocalQuery:
    """Hold a query for a worker, and the variables of its rows."""

    text: str
    variables: tuple[str, ...]


@dataclass(slots=True)
class FederatedQuery:
    """Replace one clause after another, in the order of the text, by its rows.

    `known` are the namespaces that need no declaration, `allowed` the name of each address. Raises
    QueryRefusedError or one of its kinds, and QueryNotParsedError.
    """

    text: str
    known: Namespaces
    allowed: Mapping[str, str]
    query: Query = field(init=False)
    clauses: tuple[Clause, ...] = field(init=False)
    outline: str = field(init=False)
    _rows: list[str] = field(default_factory=list)
    _mark: str = field(default_factory=lambda: f"urn:rows:{secrets.token_hex(16)}")

    def __post_init__(self) -> None:
        """Read the query, and know what is left of it without its clauses."""
        self._read()
        self.outline = outline(self.query, self.clauses)

    @property
    def whole(self) -> str:
        """Return the text with the rows of whatever has been replaced."""
        return self._with_rows(self.text)

    def unsteady(self) -> tuple[Element, LocalQuery] | None:
        """Return what has to be answered once before the context of the next clause is asked."""
        clause = self.clauses[0]
        select = first_unsteady(clause) if is_pushable(clause) else None
        if select is None:
            return None
        context = context_of(clause)
        if not (context.variables | select.variables) & clause.pattern.certain:
            return None  # nothing of it would be sent
        text = self.query.text[select.start : select.end]
        return select, self._local("", tuple(sorted(select.variables)), f"{{ {text} }}")

    def context(self) -> LocalQuery | None:
        """Ask for the bindings that go with the next clause; None where there are none to send.

        A variable that the clause may leave unbound is not among them: it would come back bound,
        and FILTER, OPTIONAL, MINUS and BIND would see what they do not see.
        """
        clause = self.clauses[0]
        context = context_of(clause)
        shared = tuple(sorted(clause.pattern.certain & context.variables))
        if not shared or not is_pushable(clause):
            return None
        return self._local("DISTINCT ", shared, context.text)

    def replace(self, element: Element, variables: Sequence[str], rows: Iterable[str]) -> None:
        """Put rows, each as it stands in VALUES, in the place of a clause or a sub-SELECT."""
        mark = f"<{self._mark}:{len(self._rows)}>"
        self._rows.append(" ".join(rows))
        names = " ".join(f"?{name}" for name in variables)
        text = f" VALUES ({names}) {{ {mark} }} "
        self.text = self.text[: element.start] + text + self.text[element.end :]
        self._read()

    def _read(self) -> None:
        self.query = read_query(self.text)
        self.clauses = read_clauses(self.query, self.known, self.allowed)

    def _local(self, modifier: str, variables: tuple[str, ...], pattern: str) -> LocalQuery:
        prologue = " ".join(token.text for token in self.query.prologue)
        names = " ".join(f"?{name}" for name in variables)
        text = f"{prologue} SELECT {modifier}{names} {self.query.dataset} WHERE {{ {pattern} }}"
        return LocalQuery(self._with_rows(text), variables)

    def _with_rows(self, text: str) -> str:
        mark = re.compile(f"<{self._mark}:(\\d+)>")
        return mark.sub(lambda found: self._rows[int(found[1])], text)


def request_text(
    clause: Clause,
    known: Namespaces,
    pushed: Sequence[str],
    rows: Sequence[str],
    limit: int,
) -> str:
    """Write what an endpoint is asked: the pattern for some bindings, at most `limit` rows.

    The prologue goes with it, and the declaration of what the pattern uses of the graph's prefixes.
    Without bindings (`pushed` is empty), the pattern alone is asked.
    """
    query = clause.query
    pattern = query.text[clause.pattern.start : clause.pattern.end]
    names = " ".join(f"?{name}" for name in clause.variables) or "*"
    values = ""
    if pushed:
        columns = " ".join(f"?{name}" for name in pushed)
        values = f"VALUES ({columns}) {{ {' '.join(rows)} }} "
    return f"{_declared(clause, known)}SELECT {names} WHERE {{ {values}{pattern} }} LIMIT {limit}"


def _declared(clause: Clause, known: Namespaces) -> str:
    prologue = clause.query.prologue
    used = [*prologue, *clause.query.within(clause.pattern.start, clause.pattern.end)]
    own = {token.text for before, token in pairwise(prologue) if before.word == "PREFIX"}
    declared = [f"BASE <{known.base}>"] if any(_is_relative(each.text) for each in used) else []
    names = {token.text.partition(":")[0] for token in used if token.kind == "name"}
    declared += [
        f"PREFIX {name}: <{known.prefixes[name]}>"
        for name in sorted(names & set(known.prefixes))
        if f"{name}:" not in own
    ]
    return " ".join([*declared, *(token.text for token in prologue), ""])


def _is_relative(text: str) -> bool:
    return RELATIVE.match(text) is not None and text.endswith(">")
