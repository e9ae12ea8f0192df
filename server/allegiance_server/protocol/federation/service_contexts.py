"""What of a query restricts a SERVICE clause: the local context, whose bindings are sent with it.

A row of the clause that is compatible with no solution of its context never reaches a result; so
only rows for the bindings of the context are asked for. What may be taken into the context:

- Of each group on the way to the clause, what stands before it, in its order, without the FILTERs:
  those may look at what only the clause binds.
- What stands behind it and is joined as it is (triples, VALUES, groups, GRAPH): a join is
  commutative. OPTIONAL, MINUS and BIND behind it are not joined so.
- The VALUES behind the whole query, unless the rows are grouped before.
- Outwards through groups, branches of UNION and GRAPH. Out of OPTIONAL, once, and only what stands
  before it: a row that is left out there would let a solution without it through. Never out of a
  sub-SELECT, whose bound and aggregates see other rows; but still within its GRAPH.
- Nothing that may give other rows the next time: with RAND and its like it is left out, with
  whatever depends on it; a sub-SELECT with LIMIT is answered once and for all, and replaced.

To leave something out is always right: it only asks for more rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allegiance_server.protocol.federation.group_patterns import Element, Group, Query
    from allegiance_server.protocol.federation.service_clauses import Clause, Step

__all__ = ["Context", "context_of", "first_unsteady", "is_pushable"]

# Which rows a sub-SELECT with one of these gives may depend on the plan.
UNSTEADY: Final = frozenset(["GROUP_CONCAT", "LIMIT", "OFFSET", "REDUCED", "SAMPLE"])
VOLATILE: Final = frozenset(["BNODE", "NOW", "RAND", "STRUUID", "UUID"])
GROUPING: Final = frozenset(
    ["AVG", "COUNT", "GROUP", "GROUP_CONCAT", "HAVING", "MAX", "MIN", "SAMPLE", "SUM"]
)
# What is joined with its group by itself, whatever stands before it.
JOINED: Final = frozenset(["graph", "group", "triples", "values"])


class _Reach(Enum):
    """Say how much of a group is taken: all, what stands before the way, or nothing any more."""

    ALL = auto()
    BEFORE = auto()
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class Context:
    """Hold the context of a clause as the inside of a group, and what it can bind."""

    text: str
    variables: frozenset[str]


def is_pushable(clause: Clause) -> bool:
    """Tell whether bindings may be sent with a clause.

    Not with one that takes some of its rows, as by LIMIT: of each batch it would take others.
    """
    return not _words(clause.query, clause.pattern) & (UNSTEADY | VOLATILE)


def context_of(clause: Clause) -> Context:
    """Return the context; its text is empty where nothing restricts the clause.

    The prefixes of the query hold in it.
    """
    text, variables = "", frozenset[str]()
    reach = _Reach.ALL
    for step, reach, holder in _way_out(clause):
        if reach is not _Reach.NOTHING:
            before = list(_before(clause.query, step))
            after = list(_behind(clause.query, step)) if reach is _Reach.ALL else []
            inner = [f"{{ {text} }}"] if text else []
            texts = [_text(clause.query, each) for each in before]
            text = " ".join([*texts, *inner, *(_text(clause.query, each) for each in after)])
            variables = variables.union(*(each.variables for each in (*before, *after)))
        if not text or holder is None or holder.kind != "graph" or holder.target is None:
            # Where nothing is looked for in a graph, the store does not look for the graph either.
            continue
        target = holder.target.text
        if reach is _Reach.ALL:
            variables |= {target[1:]} if holder.target.kind == "variable" else set()
        elif holder.target.kind == "variable":
            target = _fresh(clause.query)
        text = f"GRAPH {target} {{ {text} }}"
    last = _last(clause.query) if reach is _Reach.ALL else None
    if last is not None:
        text = f"{text} {_text(clause.query, last)}".strip()
        variables |= last.variables
    return Context(text, variables)


def first_unsteady(clause: Clause) -> Element | None:
    """Return the first sub-SELECT of the context that has to be answered once and for all."""
    if any(step.element.kind == "graph" for step in clause.path):
        return None  # by itself it would see another graph: it is left out
    for step, reach, _ in _way_out(clause):
        if reach is _Reach.NOTHING:
            break
        for element in step.group.elements[: step.index]:
            for select in _selects(element):
                if _words(clause.query, select) & (UNSTEADY | VOLATILE):
                    return select
    return None


def _way_out(clause: Clause) -> Iterator[tuple[Step, _Reach, Element | None]]:
    """Yield each group from the clause outwards, how much of it counts, and what holds it."""
    reach = _Reach.ALL
    for index in range(len(clause.path) - 1, -1, -1):
        holder = clause.path[index - 1].element if index else None
        yield clause.path[index], reach, holder
        if reach is _Reach.BEFORE or (holder is not None and holder.kind == "select"):
            reach = _Reach.NOTHING
        elif reach is _Reach.ALL and holder is not None and holder.kind == "optional":
            reach = _Reach.BEFORE


def _before(query: Query, step: Step) -> Iterator[Element]:
    """Yield what stands before the way; behind what is left out, nothing that depends on it."""
    is_exact = True
    for element in step.group.elements[: step.index]:
        if element.kind == "filter":
            continue
        is_steady = not _words(query, element) & (UNSTEADY | VOLATILE | {"SERVICE"})
        if is_steady and (is_exact or element.kind in JOINED):
            yield element
        else:
            is_exact = False


def _behind(query: Query, step: Step) -> Iterator[Element]:
    for element in step.group.elements[step.index + 1 :]:
        unfit = _words(query, element) & (UNSTEADY | VOLATILE | {"SERVICE"})
        if element.kind in JOINED and not unfit:
            yield element


def _last(query: Query) -> Element | None:
    """Return the VALUES behind the query, unless it is joined with groups of its rows."""
    where = query.where
    if where is None or any(
        token.word in GROUPING
        for token in query.tokens
        if not where.start <= token.start < where.end
    ):
        return None
    return query.values


def _selects(element: Element) -> Iterator[Element]:
    """Yield the outermost sub-SELECTs that see the default graph."""
    for group in element.groups if element.kind != "graph" else ():
        for inner in group.elements:
            if inner.kind == "select":
                yield inner
            else:
                yield from _selects(inner)


def _words(query: Query, part: Element | Group) -> frozenset[str]:
    return frozenset(each.word for each in query.within(part.start, part.end))


def _text(query: Query, element: Element) -> str:
    """Return an element so that another one can stand behind it."""
    text = query.text[element.start : element.end]
    return text if element.kind != "triples" or text.endswith(".") else f"{text} ."


def _fresh(query: Query) -> str:
    """Return a variable that the query does not have."""
    taken = [int(number) for number in re.findall(r"[?$]graph(\d{1,9})", query.text)]
    return f"?graph{max(taken, default=0) + 1}"
