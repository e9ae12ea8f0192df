"""Remember where the statements of a file stand, by what they are about.

No RDF parser says where a statement stood. It does keep the order of the file: the third value of
a property of a subject is the third that the parser gives.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict, deque
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, NamedNode

from allegiance.build import PlacedQuad
from allegiance.finding import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pyoxigraph import Quad

__all__ = ["BLANK", "Lines", "Places"]

# Nodes without a name are told apart by their order alone.
BLANK = ""


class Lines:
    """Turn offsets in a text into places.

    >>> Lines("a.ttl", "one").place(2)
    Place(file='a.ttl', line=1, column=3)
    """

    def __init__(self, name: str, text: str) -> None:
        """Note where each line begins."""
        self.name = name
        self._starts = [0]
        found = text.find("\n")
        while found >= 0:
            self._starts.append(found + 1)
            found = text.find("\n", found + 1)

    def place(self, offset: int) -> Place:
        """Return the place of an offset, which counts characters from 0."""
        line = bisect_right(self._starts, offset)
        return Place(self.name, line, offset - self._starts[line - 1] + 1)


class Places:
    """Hold the places of subjects and of their properties' values, in the order of the file."""

    def __init__(self, lines: Lines) -> None:
        """Begin with none."""
        self._lines = lines
        self._subjects: dict[str, Place] = {}
        self._values: dict[tuple[str, str], deque[Place]] = defaultdict(deque)

    def subject(self, name: str, offset: int) -> None:
        """Note where a subject stands, if it is the first time."""
        self._subjects.setdefault(name, self._lines.place(offset))

    def value(self, subject: str, predicate: str, offset: int) -> None:
        """Note where the next value of a property stands."""
        self._values[subject, predicate].append(self._lines.place(offset))

    def placed(self, quads: Iterable[Quad]) -> tuple[PlacedQuad, ...]:
        """Give each quad its place: that of its value, else of its subject, else the file's."""
        return tuple(PlacedQuad(quad, self._find(quad)) for quad in quads)

    def subjects(self) -> Mapping[NamedNode, Place]:
        """Return where each subject that has a name stands first."""
        return {NamedNode(name): place for name, place in self._subjects.items() if name != BLANK}

    def _find(self, quad: Quad) -> Place:
        subject = BLANK if isinstance(quad.subject, BlankNode) else str(quad.subject)[1:-1]
        waiting = self._values.get((subject, quad.predicate.value))
        if waiting:
            return waiting.popleft()
        return self._subjects.get(subject, Place(self._lines.name))
