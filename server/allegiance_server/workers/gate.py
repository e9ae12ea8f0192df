"""The gate before a commit: what the shapes have against a change, and had not before it.

To validate all data takes seconds for twenty thousand triples. A change can only alter the verdict
on nodes from which the paths of the shapes lead to it; so these are looked for, with what they
depend on in turn, and the shapes are run on that part alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdflib import URIRef
from rdflib.namespace import SH

from allegiance.finding import Severity, rule_page
from allegiance.quad_source import StoreQuads
from allegiance.shacl import SHAPE, Positions
from allegiance.shape_set import ShapeSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pyoxigraph import Quad, Store

    from allegiance.finding import Finding
    from allegiance.reach import Term

__all__ = ["Gate"]


class Gate:
    """Check changes of a store against shapes."""

    def __init__(self, folder: Path) -> None:
        """Load the shapes of a folder; each change is checked by the same ones."""
        self._shapes = ShapeSet.at(folder)

    def affected(self, store: Store, changed: Iterable[Quad]) -> frozenset[Term] | None:
        """Return the nodes whose verdict a change can alter; None: all there are.

        The store may hold the data as of before or after the change.
        """
        return self._shapes.affected(StoreQuads(store), changed)

    def violations(self, store: Store, foci: frozenset[Term] | None) -> frozenset[Finding]:
        """Return what the shapes have against these nodes; the place of a finding is its node."""
        found = self._shapes.check_nodes(StoreQuads(store), foci, Positions())
        return frozenset(each for each in found if each.severity is Severity.VIOLATION)

    def describe(self, finding: Finding) -> Mapping[str, str]:
        """Write a finding as the plain mapping that a client gets."""
        common = {
            "focus": finding.place.file,
            "message": finding.message,
            "remedy": finding.remedy,
        }
        kind, _, name = finding.rule.partition("/")
        if kind != "shape":
            return {**common, "rule": rule_page(finding.rule)}
        shape = URIRef(SHAPE + name)
        path = self._shapes.graph.value(shape, SH.path)
        return {
            **common,
            **({"path": str(path)} if isinstance(path, URIRef) else {}),
            "shape": str(shape),
        }
