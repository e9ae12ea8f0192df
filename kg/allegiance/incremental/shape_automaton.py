"""Read from the shapes along which paths a verdict on a node depends on which triples.

All shapes together are one automaton over triples: its states are places inside a shape, its
transitions the predicates, in either direction, by which the shape looks from one node at the next.
Backwards from a changed triple it leads to the nodes whose verdict the change can alter; forwards
from such a node, over every triple that the verdict can depend on. Nodes that many others share are
passed only where a shape does look through them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from pyoxigraph import BlankNode, Literal, NamedNode
from rdflib import URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS, SH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyoxigraph import Quad
    from rdflib import Graph
    from rdflib.term import Node

    from allegiance.quad_source import QuadSource

__all__ = ["ShapeAutomaton"]

Term = NamedNode | BlankNode | Literal
States = frozenset[int]
_ByPredicate: TypeAlias = "dict[NamedNode | None, list[Quad]]"

NESTED: Final = (SH.property, SH.node, SH["not"], SH.qualifiedValueShape)
NESTED_LISTS: Final = (SH["or"], SH["and"], SH.xone)
COMPARED: Final = (SH.equals, SH.disjoint, SH.lessThan, SH.lessThanOrEquals)
QUERIES: Final = (SH.sparql, SH.target, SH.js, SH.validator, SH.nodeValidator, SH.propertyValidator)
TARGETS: Final = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)
TYPE: Final = NamedNode(str(RDF.type))
# No path goes on from here.
END: Final = 0


@dataclass(frozen=True, slots=True)
class Step:
    """Lead from one state to another over triples of one predicate; None stands for any."""

    source: int
    predicate: NamedNode | None
    is_inverse: bool
    target: int


@dataclass(slots=True)
class ShapeAutomaton:
    """Find what a change concerns, and what a verdict needs.

    `is_everywhere`: a shape holds a query of its own, whose reach is not known.
    """

    steps: list[Step] = field(default_factory=list)
    empty_steps: list[tuple[int, int]] = field(default_factory=list)
    starts: set[int] = field(default_factory=set)
    is_everywhere: bool = False
    _entries: dict[Node, int] = field(default_factory=dict)
    _states: int = 1
    _next: dict[States, dict[tuple[NamedNode | None, bool], States]] = field(default_factory=dict)

    @classmethod
    def of(cls, shapes: Graph) -> ShapeAutomaton:
        """Read the shapes that have a target, and all shapes inside them."""
        made = cls(is_everywhere=any((None, found, None) in shapes for found in QUERIES))
        for shape in set(_targeted(shapes)):
            entry = made._shape(shapes, shape)
            made.starts.add(entry)
            made._step(entry, TYPE, END)
            for found in shapes.objects(shape, SH.targetSubjectsOf):
                made._step(entry, _named(found), END)
            for found in shapes.objects(shape, SH.targetObjectsOf):
                made._step(entry, _named(found), END, is_inverse=True)
        return made

    def affected(self, source: QuadSource, changed: Iterable[Quad]) -> set[Term]:
        """Return the nodes whose verdict a change can alter.

        `source` has to hold what was there before the change and what is there after it.
        """
        by_predicate, into = defaultdict(list), defaultdict(list)
        for step in self.steps:
            by_predicate[step.predicate].append(step)
            into[step.target].append(step)
        before = defaultdict(list)
        for one, other in self.empty_steps:
            before[other].append(one)
        waiting = {
            (_end(quad, subject=not step.is_inverse), step.source)
            for quad in changed
            for predicate in (quad.predicate, None)
            for step in by_predicate[predicate]
        }
        seen, neighbours = set(waiting), _Neighbours(source, are_many=True)
        while waiting:
            node, state = waiting.pop()
            found = {(node, earlier) for earlier in before[state]}
            for step in into[state]:
                if step.predicate is not None:
                    others = neighbours.of(node, step.predicate, is_inverse=not step.is_inverse)
                    found.update(
                        (_end(q, subject=not step.is_inverse), step.source) for q in others
                    )
            waiting |= found - seen
            seen |= found
        return {node for node, state in seen if state in self.starts}

    def neighbourhood(self, source: QuadSource, foci: Iterable[Term]) -> set[Quad]:
        """Return the quads on which a verdict on these nodes depends, without the class tree."""
        start = self._closed(self.starts)
        waiting = {(node, start) for node in foci}
        seen, neighbours = set(waiting), _Neighbours(source, are_many=False)
        kept: set[Quad] = set()
        while waiting:
            node, states = waiting.pop()
            for (predicate, is_inverse), onwards in self._transitions(states).items():
                quads = neighbours.of(node, predicate, is_inverse=is_inverse)
                kept.update(quads)
                if onwards != {END}:
                    reached = {(_end(quad, subject=is_inverse), onwards) for quad in quads}
                    waiting |= reached - seen
                    seen |= reached
        return kept

    def _transitions(self, states: States) -> dict[tuple[NamedNode | None, bool], States]:
        """Return where a set of states leads, over which predicate and in which direction."""
        found = self._next.get(states)
        if found is None:
            targets = defaultdict(set)
            for step in self.steps:
                if step.source in states:
                    targets[step.predicate, step.is_inverse].add(step.target)
            found = {key: self._closed(reached) for key, reached in targets.items()}
            self._next[states] = found
        return found

    def _closed(self, states: Iterable[int]) -> States:
        """Add what is reached without a triple."""
        found = set(states)
        while more := {other for one, other in self.empty_steps if one in found} - found:
            found |= more
        return frozenset(found)

    def _shape(self, shapes: Graph, shape: Node) -> int:
        """Return the state of a node that a shape is about to judge."""
        if shape in self._entries:
            return self._entries[shape]
        entry = values = self._entries[shape] = self._state()
        for path in shapes.objects(shape, SH.path):
            values = self._state()
            self._path(shapes, path, entry, values)
        for inner in _inside(shapes, shape):
            self.empty_steps.append((values, self._shape(shapes, inner)))
        if (shape, SH["class"], None) in shapes:
            self._step(values, TYPE, END)
        if (shape, SH.closed, None) in shapes:
            self.steps.append(Step(values, None, is_inverse=False, target=END))
        for comparison in COMPARED:
            for predicate in shapes.objects(shape, comparison):
                self._step(entry, _named(predicate), END)
        return entry

    def _path(
        self, shapes: Graph, path: Node, source: int, target: int, *, is_inverse: bool = False
    ) -> None:
        """Add the steps of a path between two states."""
        if isinstance(path, URIRef):
            self._step(source, _named(path), target, is_inverse=is_inverse)
            return
        for inner in shapes.objects(path, SH.inversePath):
            self._path(shapes, inner, source, target, is_inverse=not is_inverse)
        for choices in shapes.objects(path, SH.alternativePath):
            for inner in Collection(shapes, choices):
                self._path(shapes, inner, source, target, is_inverse=is_inverse)
        for inner in shapes.objects(path, SH.zeroOrOnePath):
            self.empty_steps.append((source, target))
            self._path(shapes, inner, source, target, is_inverse=is_inverse)
        self._repetition(shapes, path, source, target, is_inverse=is_inverse)
        self._sequence(shapes, path, source, target, is_inverse=is_inverse)

    def _repetition(
        self, shapes: Graph, path: Node, source: int, target: int, *, is_inverse: bool
    ) -> None:
        for inner in shapes.objects(path, SH.zeroOrMorePath):
            self.empty_steps.append((source, target))
            self._again(shapes, inner, source, target, is_inverse=is_inverse)
        for inner in shapes.objects(path, SH.oneOrMorePath):
            self._again(shapes, inner, source, target, is_inverse=is_inverse)

    def _again(
        self, shapes: Graph, path: Node, source: int, target: int, *, is_inverse: bool
    ) -> None:
        """Add a path that is taken once or more."""
        begin, end = self._state(), self._state()
        self._path(shapes, path, begin, end, is_inverse=is_inverse)
        self.empty_steps += [(source, begin), (end, begin), (end, target)]

    def _sequence(
        self, shapes: Graph, path: Node, source: int, target: int, *, is_inverse: bool
    ) -> None:
        parts = list(Collection(shapes, path))
        if parts:
            ordered = parts[::-1] if is_inverse else parts
            states = [source, *(self._state() for _ in parts[1:]), target]
            for inner, begin, end in zip(ordered, states[:-1], states[1:], strict=True):
                self._path(shapes, inner, begin, end, is_inverse=is_inverse)

    def _state(self) -> int:
        self._states += 1
        return self._states

    def _step(
        self, source: int, predicate: NamedNode, target: int, *, is_inverse: bool = False
    ) -> None:
        self.steps.append(Step(source, predicate, is_inverse, target))


class _Neighbours:
    """Look up the quads at a node, each node once in each direction.

    `are_many`: nodes are asked for by many predicates, so that all quads to one are had at once.
    """

    def __init__(self, source: QuadSource, *, are_many: bool) -> None:
        self._source = source
        self._are_many = are_many
        self._from: dict[Term, _ByPredicate] = {}
        self._to: dict[Term, _ByPredicate] = {}
        self._to_by: dict[tuple[Term, NamedNode | None], list[Quad]] = {}

    def of(self, node: Term, predicate: NamedNode | None, *, is_inverse: bool) -> list[Quad]:
        if is_inverse:
            return self._leading_to(node, predicate)
        if isinstance(node, Literal):
            return []
        if node not in self._from:
            self._from[node] = _by_predicate(self._source.quads(node, None, None))
        return self._from[node].get(predicate, [])

    def _leading_to(self, node: Term, predicate: NamedNode | None) -> list[Quad]:
        if self._are_many:
            if node not in self._to:
                self._to[node] = _by_predicate(self._source.quads(None, None, node))
            return self._to[node].get(predicate, [])
        key = (node, predicate)
        if key not in self._to_by:
            self._to_by[key] = list(self._source.quads(None, predicate, node))
        return self._to_by[key]


def _by_predicate(quads: Iterable[Quad]) -> _ByPredicate:
    """Sort quads by their predicates; None has them all."""
    found: _ByPredicate = defaultdict(list)
    for quad in quads:
        found[quad.predicate].append(quad)
        found[None].append(quad)
    return found


def _targeted(shapes: Graph) -> Iterator[Node]:
    for predicate in TARGETS:
        yield from shapes.subjects(predicate)
    for kind in (SH.NodeShape, SH.PropertyShape):
        for shape in shapes.subjects(RDF.type, kind):
            # A shape that is a class too has its instances as targets.
            if any(found != kind for found in shapes.objects(shape, RDF.type)):
                yield shape
    yield from shapes.subjects(RDF.type, RDFS.Class)


def _inside(shapes: Graph, shape: Node) -> Iterator[Node]:
    """Give the shapes that a shape asks about its values."""
    for predicate in NESTED:
        yield from shapes.objects(shape, predicate)
    for predicate in NESTED_LISTS:
        for head in shapes.objects(shape, predicate):
            yield from Collection(shapes, head)
    if (shape, SH.qualifiedValueShapesDisjoint, None) in shapes:
        for whole in shapes.subjects(SH.property, shape):
            for beside in shapes.objects(whole, SH.property):
                yield from shapes.objects(beside, SH.qualifiedValueShape)


def _end(quad: Quad, *, subject: bool) -> Term:
    found = quad.subject if subject else quad.object
    if isinstance(found, NamedNode | BlankNode | Literal):
        return found
    message = f"{quad} holds a triple as a term, of which contributors write none."
    raise TypeError(message)


def _named(node: Node) -> NamedNode:
    return NamedNode(str(node))
