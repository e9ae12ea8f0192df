"""The gate before a commit: what the shapes have against a change, and had not before it.

To validate all data takes seconds for twenty thousand triples. A change can only alter the verdict
on nodes from which the paths of the shapes lead to it; so these are looked for, with what they
depend on in turn, and the shapes are run on that part alone. The paths' predicates, their direction
and their length are read from the shapes. A change of the class hierarchy concerns everything.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from rdflib import Graph, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS, SH

from allegiance.finding import Severity
from allegiance.shacl import SHAPE, Positions, check_shapes, load_shapes, rdflib_graph

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from pyoxigraph import Quad, Store
    from rdflib.term import Node

    from allegiance.finding import Finding

__all__ = ["Gate", "Reach"]

Term = NamedNode | BlankNode | Literal

SUBCLASS: Final = NamedNode(str(RDFS.subClassOf))
NESTED: Final = (SH.property, SH.node, SH["not"], SH.qualifiedValueShape)
NESTED_LISTS: Final = (SH["or"], SH["and"], SH.xone)
REPEATED: Final = (SH.zeroOrMorePath, SH.oneOrMorePath)


@dataclass(frozen=True, slots=True)
class Reach:
    """Tell along which predicates the shapes look, and over how many of them in a row at most.

    `forward` leads from subject to object, `inverse` the other way; `targets` are the predicates
    whose objects are looked at for being objects. `read` are all predicates that are looked at;
    None: a shape is closed, so that every one is.
    """

    forward: frozenset[NamedNode]
    inverse: frozenset[NamedNode]
    targets: frozenset[NamedNode]
    read: frozenset[NamedNode] | None
    steps: float

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
        )


class Gate:
    """Check changes of a store against shapes."""

    def __init__(self, folder: Path) -> None:
        """Load the shapes of a folder; each change is checked by the same ones."""
        self._shapes = load_shapes(folder)
        self._reach = Reach.of(self._shapes)

    def affected(self, store: Store, changed: Iterable[Quad]) -> frozenset[Term] | None:
        """Return the nodes whose verdict a change can alter; None: all there are.

        The store may hold the data as of before or after the change.
        """
        found: set[Term] = set()
        for quad in changed:
            if quad.predicate == SUBCLASS:
                return None
            if self._reach.read is not None and quad.predicate not in self._reach.read:
                continue
            if not isinstance(quad.subject, Triple):
                found.add(quad.subject)
            read_backwards = quad.predicate in self._reach.inverse | self._reach.targets
            if read_backwards and not isinstance(quad.object, Triple):
                found.add(quad.object)
        return frozenset(self._closure(store, found, self._reach.inverse, self._reach.forward))

    def violations(self, store: Store, foci: frozenset[Term] | None) -> frozenset[Finding]:
        """Return what the shapes have against these nodes; the place of a finding is its node."""
        if foci is None:
            return frozenset(self._run(store))
        graph = set(store.quads_for_pattern(None, SUBCLASS, None))
        backwards = self._reach.inverse | self._reach.targets
        for node in self._closure(store, set(foci), self._reach.forward, self._reach.inverse):
            graph.update(_about(store, node))
            for predicate in backwards:
                graph.update(store.quads_for_pattern(None, predicate, node))
        names = {focus.value for focus in foci}
        return frozenset(found for found in self._run(graph) if found.place.file in names)

    def describe(self, finding: Finding) -> Mapping[str, str]:
        """Write a finding as the plain mapping that a client gets."""
        shape = URIRef(SHAPE + finding.rule.removeprefix("shape/"))
        path = self._shapes.value(shape, SH.path)
        return {
            "focus": finding.place.file,
            **({"path": str(path)} if isinstance(path, URIRef) else {}),
            "message": finding.message,
            "remedy": finding.remedy,
            "shape": str(shape),
        }

    def _run(self, quads: Iterable[Quad]) -> Iterator[Finding]:
        """Run the shapes; they are of RDF 1.1 and know nothing of triples as terms."""
        data = rdflib_graph(quad for quad in quads if not isinstance(quad.object, Triple))
        for found in check_shapes(data, self._shapes, Positions()):
            if found.severity is Severity.VIOLATION:
                yield found

    def _closure(
        self,
        store: Store,
        nodes: set[Term],
        onwards: frozenset[NamedNode],
        backwards: frozenset[NamedNode],
    ) -> set[Term]:
        """Add what can be reached: by `onwards` to objects, by `backwards` to subjects."""
        found, frontier, step = set(nodes), set(nodes), 0
        while frontier and step < self._reach.steps:
            reached: set[Term] = set()
            for node in frontier:
                for quad in _about(store, node):
                    if quad.predicate in onwards and not isinstance(quad.object, Triple):
                        reached.add(quad.object)
                for predicate in backwards:
                    for quad in store.quads_for_pattern(None, predicate, node):
                        reached.add(cast("NamedNode | BlankNode", quad.subject))
            frontier = reached - found
            found |= frontier
            step += 1
        return found


def _about(store: Store, node: Term) -> Iterable[Quad]:
    if isinstance(node, Literal):
        return ()
    return store.quads_for_pattern(node, None, None)


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
    nested = [inner for predicate in NESTED for inner in shapes.objects(shape, predicate)]
    for predicate in NESTED_LISTS:
        for head in shapes.objects(shape, predicate):
            nested.extend(Collection(shapes, head))
    return own + max((_steps(shapes, inner, (*above, shape)) for inner in nested), default=0)


def _mentioned(shapes: Graph) -> frozenset[NamedNode]:
    """Return every IRI that a shape could look for: rdf:type, and whatever stands as an object."""
    found = {_named(node) for node in shapes.objects() if isinstance(node, URIRef)}
    return frozenset(found | {_named(RDF.type)})


def _named(node: Node) -> NamedNode:
    return NamedNode(str(node))
