"""A set of shapes, made ready to check all data, or no more than a change concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import Literal, Triple

from allegiance.lexical_forms import is_lexical_form
from allegiance.reach import Reach
from allegiance.retargeting import Targets
from allegiance.shacl import check_shapes, load_shapes, rdflib_graph, rdflib_term

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pyoxigraph import Quad
    from rdflib import Graph

    from allegiance.finding import Finding
    from allegiance.quad_source import QuadSource
    from allegiance.reach import Term
    from allegiance.shacl import Positions

__all__ = ["ShapeSet"]


class ShapeSet:
    """Hold shapes with what is read from them once: how far they look, and at which targets.

    >>> from rdflib import Graph
    >>> from allegiance.quad_source import StoreQuads
    >>> from allegiance.shacl import Positions
    >>> from pyoxigraph import Store
    >>> list(ShapeSet(Graph()).check_nodes(StoreQuads(Store()), None, Positions()))
    []
    """

    def __init__(self, shapes: Graph) -> None:
        """Take the shapes, which do not change from here on."""
        self.graph = shapes
        self.reach = Reach.of(shapes)
        self._targets = Targets.of(shapes)

    @classmethod
    def at(cls, folder: Path) -> ShapeSet:
        """Read the shapes of a folder."""
        return cls(load_shapes(folder))

    def affected(self, source: QuadSource, changed: Iterable[Quad]) -> frozenset[Term] | None:
        """Return the nodes whose verdict a change can alter; None: all there are.

        `source` may hold the data as of before or after the change.
        """
        quads = tuple(changed)
        found = self.reach.affected(source, quads)
        if found is None:
            return None
        subjects = (quad.subject for quad in quads if _is_ill_typed(quad))
        return found | {node for node in subjects if not isinstance(node, Triple)}

    def check_nodes(
        self, source: QuadSource, nodes: frozenset[Term] | None, positions: Positions
    ) -> Iterator[Finding]:
        """Give what the shapes have against these nodes, and against ill-typed literals on them.

        None stands for all nodes. What is found is what a check of all data finds of them.
        """
        if nodes is None:
            yield from check_shapes(_data(source.quads(None, None, None)), self.graph, positions)
            return
        data = _data(self.reach.neighbourhood(source, nodes))
        foci = {rdflib_term(node) for node in nodes}
        yield from check_shapes(data, self._targets.narrowed(data, foci), positions, foci)


def _data(quads: Iterable[Quad]) -> Graph:
    """Copy quads into a graph; shapes are of RDF 1.1 and know nothing of triples as terms."""
    return rdflib_graph(quad for quad in quads if not isinstance(quad.object, Triple))


def _is_ill_typed(quad: Quad) -> bool:
    value = quad.object
    return isinstance(value, Literal) and not is_lexical_form(value.value, value.datatype.value)
