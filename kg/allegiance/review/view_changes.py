"""Say what a change does to the asserted view: edges, other content, and what they rest on.

What follows from an edge is not listed beside it: its inverse, the same edge from the other end,
and the general edge (allied with) between two who are tied by a particular one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from pyoxigraph import DefaultGraph, NamedNode

from allegiance.namespaces import term
from allegiance.review.change import Change
from allegiance.review.wording import part_changes, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from allegiance.review.records import Edge, Side, Term, Values
    from allegiance.review.renaming import Renaming
    from allegiance.review.wording import Wording

__all__ = ["view_changes"]

_Ends: TypeAlias = frozenset[NamedNode]


@dataclass(frozen=True, slots=True)
class _Content:
    """Hold what the view says of a tie, event, ..., a sentence on it, and the claims behind it."""

    node: NamedNode
    says: str
    said: Values
    claims: frozenset[str]


def view_changes(
    before: Side, after: Side, renaming: Renaming, was: Wording, now: Wording
) -> Iterator[Change]:
    """Give the changes of the view; none means that it stays as it is, support apart."""
    told: set[NamedNode] = set()
    for edges, wording, action in (
        (after.edges - before.edges, now, "added"),
        (before.edges - after.edges, was, "removed"),
    ):
        for edge in _leading(edges, wording.side):
            told.update(edge.ties)
            yield _edge(edge, wording, action)
    old, new = _contents(before, renaming), _contents(after, None)
    for node in sorted(new.keys() - old.keys() - told, key=str):
        yield _content(new[node], now, "added")
    for node in sorted(old.keys() - new.keys() - told, key=str):
        yield _content(old[node], was, "removed")
    for node in sorted(old.keys() & new.keys(), key=str):
        yield from _kept(old[node], new[node], was, now)


def _edge(edge: Edge, wording: Wording, action: str) -> Change:
    claims = wording.claims(edge.claims)
    how = f"is now asserted, by {claims}" if action == "added" else _no_longer(claims)
    name = " ".join(
        end.value.rpartition("/")[2].rpartition("#")[2]
        for end in (edge.subject, edge.predicate, edge.object)
    )
    return Change("edge", action, name, f"{wording.edge(edge)} {how}.")


def _no_longer(claims: str) -> str:
    return f"is no longer asserted; it was by {claims}"


def _content(content: _Content, wording: Wording, action: str) -> Change:
    kind, claims = wording.kind(content.said), wording.claims(content.claims)
    told = f"{quoted(content.says)} ({kind})"
    sentence = (
        f"Now asserted: {told}, by {claims}."
        if action == "added"
        else f"No longer asserted: {told}; it was by {claims}."
    )
    return Change("content", action, content.node.value.rpartition("/")[2], sentence)


def _kept(old: _Content, new: _Content, was: Wording, now: Wording) -> Iterator[Change]:
    """Tell what the view says otherwise of the same thing, and on which claims it rests."""
    name = new.node.value.rpartition("/")[2]
    told = f"{quoted(new.says)} ({now.kind(new.said)})"
    parts = part_changes(old.said, new.said, was, now)
    if parts:
        clauses = "; ".join(map(str, parts))
        sentence = f"The view of {told} changes: {clauses}, by {now.claims(new.claims)}."
        yield Change("content", "altered", name, sentence, parts)
    come, gone = new.claims - old.claims, old.claims - new.claims
    rests = [f"now also rests on {now.claims(come)}"] if come else []
    rests += [f"no longer rests on {was.claims(gone)}"] if gone else []
    if rests:
        yield Change("support", "altered", name, f"{told} {' and '.join(rests)}.")


def _contents(side: Side, renaming: Renaming | None) -> Mapping[NamedNode, _Content]:
    """Gather what the claims of the view say, under the names that things have after the change."""
    found: dict[NamedNode, _Content] = {}
    for _, claim in sorted(side.claims.items()):
        if claim.in_view:
            told = claim if renaming is None else claim.with_names(renaming.nodes)
            node: Term = claim.content if renaming is None else _new(claim.content, renaming)
            name = claim.name if renaming is None else renaming.claim(claim.name)
            if isinstance(node, NamedNode):
                one = _Content(node, claim.says, told.said, frozenset({name}))
                found[node] = _united(found[node], one) if node in found else one
    return found


def _new(node: NamedNode, renaming: Renaming) -> Term:
    return renaming.nodes.get(node, node)


def _united(one: _Content, other: _Content) -> _Content:
    said = {
        key: one.said.get(key, frozenset()) | other.said.get(key, frozenset())
        for key in {*one.said, *other.said}
    }
    return _Content(one.node, one.says, said, one.claims | other.claims)


def _leading(edges: Iterable[Edge], side: Side) -> list[Edge]:
    """Leave out the edges that follow from another one among them."""
    ordered = sorted(
        edges, key=lambda edge: (str(edge.subject), str(edge.predicate), str(edge.object))
    )
    seen: set[tuple[NamedNode, _Ends]] = set()
    inverse, general = (_pairs(side, name) for name in ("owl:inverseOf", "rdfs:subPropertyOf"))
    kind = (None, term("rdf:type"), term("owl:SymmetricProperty"), DefaultGraph())
    symmetric = {quad.subject for quad in side.store.quads_for_pattern(*kind)}
    particular = {
        (above, frozenset({edge.subject, edge.object}))
        for edge in ordered
        for above in general.get(edge.predicate, ())
    }
    found = []
    for edge in ordered:
        key = (edge.predicate, frozenset({edge.subject, edge.object}))
        mirrored = edge.predicate in symmetric and key in seen
        if edge.predicate in inverse or key in particular or mirrored:
            continue
        seen.add(key)
        found.append(edge)
    return found


def _pairs(side: Side, name: str) -> Mapping[NamedNode, set[NamedNode]]:
    pairs: dict[NamedNode, set[NamedNode]] = {}
    for quad in side.store.quads_for_pattern(None, term(name), None, DefaultGraph()):
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
            pairs.setdefault(quad.subject, set()).add(quad.object)
    return pairs
