"""Compare bags of rows up to the names of blank nodes.

A graph is a bag of quads, a result is a bag of solutions: one comparison serves both.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, Triple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pyoxigraph import DefaultGraph, Literal, NamedNode

    Term = NamedNode | BlankNode | Literal | Triple | DefaultGraph | None
    Row = tuple[Term, ...]

__all__ = ["isomorphic"]

ANY_BLANK_NODE = BlankNode("any")


def isomorphic(left: Iterable[Row], right: Iterable[Row]) -> bool:
    """Tell whether some renaming of blank nodes makes two bags of rows the same.

    The time is exponential in the blank nodes at worst; the suites' graphs are small.

    >>> isomorphic([(BlankNode("a"), None)], [(BlankNode("b"), None)])
    True
    """
    ours, theirs = list(left), list(right)
    if Counter(map(_shape, ours)) != Counter(map(_shape, theirs)):
        return False
    # Rows without blank nodes are the same already, since their shapes are.
    ours, theirs = ([row for row in rows if any(map(_is_open, row))] for rows in (ours, theirs))
    frequency = Counter(map(_shape, ours))
    return _pair(sorted(ours, key=lambda row: frequency[_shape(row)]), theirs, {}, {})


def _shape(row: Row) -> Row:
    """Replace every blank node by the same one."""
    return tuple(map(_shape_of, row))


def _shape_of(term: Any) -> Any:  # noqa: ANN401 - it returns what kind of term it takes
    if isinstance(term, BlankNode):
        return ANY_BLANK_NODE
    if isinstance(term, Triple):
        return Triple(_shape_of(term.subject), term.predicate, _shape_of(term.object))
    return term


def _is_open(term: Term) -> bool:
    """Tell whether there is a blank node in a term."""
    if isinstance(term, Triple):
        return _is_open(term.subject) or _is_open(term.object)
    return isinstance(term, BlankNode)


def _pair(
    ours: list[Row], theirs: list[Row], names: Mapping[Term, Term], taken: Mapping[Term, Term]
) -> bool:
    """Find a partner for each row, with a renaming that extends the one so far."""
    if not ours:
        return True
    for index, candidate in enumerate(theirs):
        there, back = dict(names), dict(taken)
        fits = all(_rename(a, b, there, back) for a, b in zip(ours[0], candidate, strict=True))
        rest = theirs[:index] + theirs[index + 1 :]
        if fits and _pair(ours[1:], rest, there, back):
            return True
    return False


def _rename(ours: Term, theirs: Term, there: dict[Term, Term], back: dict[Term, Term]) -> bool:
    """Note that one term stands for the other; False if that contradicts what is noted."""
    if isinstance(ours, BlankNode) and isinstance(theirs, BlankNode):
        return there.setdefault(ours, theirs) == theirs and back.setdefault(theirs, ours) == ours
    if isinstance(ours, Triple) and isinstance(theirs, Triple):
        return all(_rename(a, b, there, back) for a, b in zip(ours, theirs, strict=True))
    return ours == theirs
