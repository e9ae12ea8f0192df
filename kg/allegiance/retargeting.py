"""Shapes that judge given nodes only: each target is replaced by those of the nodes that are in it.

pySHACL has options of its own for this, `focus_nodes` and `use_shapes`; both also leave out what
shapes inside a shape have to look at, and so pass what is wrong. Here the whole of SHACL stays.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final, cast

from rdflib import Graph
from rdflib.namespace import RDF, RDFS, SH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from rdflib.term import Node

__all__ = ["Targets", "retargeted"]

TARGETS: Final = (SH.targetClass, SH.targetNode, SH.targetObjectsOf, SH.targetSubjectsOf)
SHAPE_TYPES: Final = (SH.NodeShape, SH.PropertyShape)
REFERENCES: Final = (SH.property, SH.node, SH["not"], SH.qualifiedValueShape)
LISTS_OF_REFERENCES: Final = (SH["or"], SH["and"], SH.xone)

# By what is a target: the shapes that have it.
Index = dict["Node", frozenset["Node"]]


@dataclass(frozen=True, slots=True)
class Targets:
    """Hold shapes without their targets, and beside them the shapes of each target.

    Reading them costs as much as copying all shapes; what is read serves any set of nodes.
    """

    bare: Graph
    of_class: Mapping[Node, frozenset[Node]]
    of_node: Mapping[Node, frozenset[Node]]
    of_objects: Mapping[Node, frozenset[Node]]
    of_subjects: Mapping[Node, frozenset[Node]]

    @classmethod
    def of(cls, shapes: Graph) -> Targets:
        """Read the targets of all shapes; classes that are shapes themselves are among them."""
        of_class = defaultdict(set, _index(shapes, SH.targetClass))
        for shape in _implicit(shapes):
            of_class[shape] |= {shape}
        return cls(
            bare=_bare(shapes),
            of_class={each: frozenset(found) for each, found in of_class.items()},
            of_node=_frozen(_index(shapes, SH.targetNode)),
            of_objects=_frozen(_index(shapes, SH.targetObjectsOf)),
            of_subjects=_frozen(_index(shapes, SH.targetSubjectsOf)),
        )

    def narrowed(self, data: Graph, nodes: AbstractSet[Node]) -> Graph:
        """Return the shapes with these nodes as their only targets, each where it was one.

        The data have to hold the types of the nodes, the class tree, and every triple in which a
        node stands with a predicate of a target.
        """
        shapes = _copy(self.bare)
        for node in nodes:
            for shape in self._shapes_of(data, node):
                shapes.add((shape, SH.targetNode, node))
        return shapes

    def _shapes_of(self, data: Graph, node: Node) -> Iterator[Node]:
        """Give the shapes that a node is in the target of; some of them more than once."""
        yield from self.of_node.get(node, ())
        for predicate, shapes in self.of_subjects.items():
            if (node, predicate, None) in data:
                yield from shapes
        for predicate, shapes in self.of_objects.items():
            if (None, predicate, node) in data:
                yield from shapes
        for own in data.objects(node, RDF.type):
            for each in data.transitive_objects(own, RDFS.subClassOf):
                yield from self.of_class.get(cast("Node", each), ())


def retargeted(shapes: Graph, data: Graph, nodes: AbstractSet[Node]) -> Graph:
    """Return a copy of shapes that judges only these nodes, and those as the shapes do.

    Where it is done more than once, `Targets` keeps what does not depend on the nodes.

    >>> from rdflib import URIRef
    >>> shapes, data, lamp = Graph(), Graph(), URIRef("e:lamp")
    >>> _ = shapes.add((URIRef("e:Shape"), SH.targetClass, URIRef("e:Thing")))
    >>> _ = data.add((lamp, RDF.type, URIRef("e:Thing")))
    >>> [str(node) for node in retargeted(shapes, data, {lamp}).objects(None, SH.targetNode)]
    ['e:lamp']
    """
    return Targets.of(shapes).narrowed(data, nodes)


def _index(shapes: Graph, predicate: Node) -> dict[Node, set[Node]]:
    found: defaultdict[Node, set[Node]] = defaultdict(set)
    for shape, target in shapes.subject_objects(predicate):
        found[target].add(shape)
    return found


def _frozen(index: Mapping[Node, Iterable[Node]]) -> Index:
    return {each: frozenset(found) for each, found in index.items()}


def _bare(shapes: Graph) -> Graph:
    """Copy shapes without targets; one that only its target shows to be a shape gets a type."""
    bare = _copy(triple for triple in shapes if triple[1] not in TARGETS)
    for shape in set(chain.from_iterable(shapes.subjects(each) for each in TARGETS)):
        if not any((shape, RDF.type, each) in shapes for each in SHAPE_TYPES):
            is_of_property = (shape, SH.path, None) in shapes
            bare.add((shape, RDF.type, SH.PropertyShape if is_of_property else SH.NodeShape))
    for shape in _implicit(shapes):
        for each in _metaclasses(shapes):
            bare.remove((shape, RDF.type, each))
    return bare


def _copy(triples: Iterable[tuple[Node, Node, Node]]) -> Graph:
    copy = Graph()
    for triple in triples:
        copy.add(triple)
    return copy


def _implicit(shapes: Graph) -> Iterator[Node]:
    """Give the shapes that are classes, whose instances are their targets."""
    for each in _metaclasses(shapes):
        for found in shapes.subjects(RDF.type, each):
            if _is_shape(shapes, found):
                yield found


def _metaclasses(shapes: Graph) -> frozenset[Node]:
    """Return what makes a shape a class: the same as pySHACL takes, the gate of record."""
    return frozenset({RDFS.Class, *shapes.subjects(RDFS.subClassOf, RDFS.Class)})


def _is_shape(shapes: Graph, node: Node) -> bool:
    return (
        any((node, RDF.type, each) in shapes for each in SHAPE_TYPES)
        or any((node, each, None) in shapes for each in (*TARGETS, SH.property, SH.node))
        or any((None, each, node) in shapes for each in REFERENCES)
        or any(
            node in shapes.items(head)
            for each in LISTS_OF_REFERENCES
            for head in shapes.objects(None, each)
        )
    )
