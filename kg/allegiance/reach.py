"""How far the shapes look: which nodes a change concerns, and on which quads a verdict depends.

To validate all data takes seconds for twenty thousand triples. A change can only alter the verdict
on nodes from which the paths of the shapes lead to it. The paths' predicates, their direction and
their length are read from the shapes. A change of the class hierarchy concerns everything, and so
does any change where a shape holds a query of its own, which can look anywhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from rdflib import Graph, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS, SH

from allegiance.quad_source import QuadSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyoxigraph import Quad
    from rdflib.term import Node

__all__ = ["QuadSource", "Reach", "Term"]

Term = NamedNode | BlankNode | Literal

SUBCLASS: Final = NamedNode(str(RDFS.subClassOf))
NESTED: Final = (SH.property, SH.node, SH["not"], SH.qualifiedValueShape)
NESTED_LISTS: Final = (SH["or"], SH["and"], SH.xone)
REPEATED: Final = (SH.zeroOrMorePath, SH.oneOrMorePath)
QUERIES: Final = (SH.sparql, SH.target, SH.js, SH.validator, SH.nodeValidator, SH.propertyValidator)
# Of these, the shape of one property asks those of the properties beside it.
DISJOINT: Final = SH.qualifiedValueShapesDisjoint


@dataclass(frozen=True, slots=True)
class Reach:
    """Tell along which predicates the shapes look, and over how many of them in a row at most.

    `forward` leads from subject to object, `inverse` the other way; `targets` are the predicates
    whose objects are looked at for being objects. `read` are all predicates that are looked at;
    None: a shape is closed, so that every one is. `is_everywhere`: a shape holds a query of its
    own, whose reach is not known.
    """

    forward: frozenset[NamedNode]
    inverse: frozenset[NamedNode]
    targets: frozenset[NamedNode]
    read: frozenset[NamedNode] | None
    steps: float
    is_everywhere: bool = False

    @classmethod
    def of(cls, shapes: Graph) -> Reach:
        """Read it from the shapes."""
        forward, inverse = set[NamedNode](), set[NamedNode]()
        for path in shapes.objects(None, SH.path):
            _sort_predicates(shapes, path, forward, inverse)
        nodes = set(shapes.subjects(SH.path)) | set(shapes.subjects(SH.severity))
        return cls(
            frozenset(forward),
            frozenset(inverse),
            frozenset(_named(found) for found in shapes.objects(None, SH.targetObjectsOf)),
            None if (None, SH.closed, None) in shapes else _mentioned(shapes),
            max((_steps(shapes, node, ()) for node in nodes), default=0),
            any((None, predicate, None) in shapes for predicate in QUERIES),
        )

    def affected(self, source: QuadSource, changed: Iterable[Quad]) -> frozenset[Term] | None:
        """Return the nodes whose verdict a change can alter; None: all there are.

        `source` may hold the data as of before or after the change; `changed` are the quads that
        are removed and those that are added. A quad whose object is a triple concerns its subject.
        """
        found: set[Term] = set()
        for quad in changed:
            if self.is_everywhere or quad.predicate == SUBCLASS:
                return None
            if self.read is None or quad.predicate in self.read:
                found.update(self._ends(quad))
        return frozenset(self._closure(source, found, self.inverse, self.forward))

    def neighbourhood(self, source: QuadSource, foci: Iterable[Term]) -> set[Quad]:
        """Return the quads on which the verdict about these nodes depends, with the class tree."""
        if self.is_everywhere:
            return set(source.quads(None, None, None))
        nodes, found = set(foci), set(source.quads(None, SUBCLASS, None))
        for node in nodes:
            for predicate in self.targets:
                found.update(source.quads(None, predicate, node))
        for node in self._closure(source, nodes, self.forward, self.inverse):
            found.update(_about(source, node))
        return found

    def _ends(self, quad: Quad) -> Iterator[Term]:
        """Give the ends of a quad from which a shape can look at it."""
        if not isinstance(quad.subject, Triple):
            yield quad.subject
        is_read_backwards = quad.predicate in self.inverse | self.targets
        if is_read_backwards and not isinstance(quad.object, Triple):
            yield quad.object

    def _closure(
        self,
        source: QuadSource,
        nodes: set[Term],
        onwards: frozenset[NamedNode],
        backwards: frozenset[NamedNode],
    ) -> set[Term]:
        """Add what can be reached: by `onwards` to objects, by `backwards` to subjects."""
        found, frontier, step = set(nodes), set(nodes), 0
        while frontier and step < self.steps:
            reached: set[Term] = set()
            for node in frontier:
                for quad in _about(source, node):
                    if quad.predicate in onwards and not isinstance(quad.object, Triple):
                        reached.add(quad.object)
                for predicate in backwards:
                    for quad in source.quads(None, predicate, node):
                        reached.add(cast("NamedNode | BlankNode", quad.subject))
            frontier = reached - found
            found |= frontier
            step += 1
        return found


def _about(source: QuadSource, node: Term) -> Iterable[Quad]:
    if isinstance(node, Literal):
        return ()
    return source.quads(node, None, None)


def _sort_predicates(
    shapes: Graph, path: Node, forward: set[NamedNode], inverse: set[NamedNode]
) -> None:
    """Collect the predicates of a path by the direction in which it takes them."""
    if isinstance(path, URIRef):
        forward.add(_named(path))
        return
    for inner in shapes.objects(path, SH.inversePath):
        _sort_predicates(shapes, inner, inverse, forward)
    for inner in _parts(shapes, path):
        _sort_predicates(shapes, inner, forward, inverse)


def _parts(shapes: Graph, path: Node) -> Iterator[Node]:
    """Give the parts of a path that is a sequence, an alternative or a repetition."""
    for predicate in (*REPEATED, SH.zeroOrOnePath):
        yield from shapes.objects(path, predicate)
    yield from Collection(shapes, shapes.value(path, SH.alternativePath) or path)


def _length(shapes: Graph, path: Node) -> float:
    """Return how many predicates a path takes at most."""
    if isinstance(path, URIRef):
        return 1
    if any((path, predicate, None) in shapes for predicate in REPEATED):
        return math.inf
    inner = shapes.value(path, SH.inversePath) or shapes.value(path, SH.zeroOrOnePath)
    if inner is not None:
        return _length(shapes, inner)
    lengths = [_length(shapes, part) for part in _parts(shapes, path)]
    is_choice = (path, SH.alternativePath, None) in shapes
    return max(lengths) if is_choice else sum(lengths)


def _steps(shapes: Graph, shape: Node, above: tuple[Node, ...]) -> float:
    """Return how far a shape looks from its focus node, with all shapes inside it."""
    if shape in above:
        return math.inf
    path = shapes.value(shape, SH.path)
    own = 0 if path is None else _length(shapes, path)
    inside = _inside(shapes, shape)
    return own + max((_steps(shapes, inner, (*above, shape)) for inner in inside), default=0)


def _inside(shapes: Graph, shape: Node) -> Iterator[Node]:
    """Give the shapes that a shape asks about its own nodes."""
    for predicate in NESTED:
        yield from shapes.objects(shape, predicate)
    for predicate in NESTED_LISTS:
        for head in shapes.objects(shape, predicate):
            yield from Collection(shapes, head)
    if (shape, DISJOINT, None) in shapes:
        for whole in shapes.subjects(SH.property, shape):
            for beside in shapes.objects(whole, SH.property):
                yield from shapes.objects(beside, SH.qualifiedValueShape)


def _mentioned(shapes: Graph) -> frozenset[NamedNode]:
    """Return every IRI that a shape could look for: rdf:type, and whatever stands as an object."""
    found = {_named(node) for node in shapes.objects() if isinstance(node, URIRef)}
    return frozenset(found | {_named(RDF.type)})


def _named(node: Node) -> NamedNode:
    return NamedNode(str(node))
