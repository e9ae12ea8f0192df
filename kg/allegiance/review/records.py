"""Hold what one side of a difference says, as values that can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from allegiance.namespaces import term

if TYPE_CHECKING:
    from pyoxigraph import Store

__all__ = [
    "ClaimRecord",
    "ComparedPair",
    "Edge",
    "PassageRecord",
    "Side",
    "Term",
    "Thing",
    "Values",
]

Term: TypeAlias = NamedNode | BlankNode | Literal | Triple
# From the IRI of a property to its values; a value of several terms is one that has parts.
Values: TypeAlias = Mapping[str, frozenset[tuple[Term, ...]]]


@dataclass(frozen=True, slots=True)
class PassageRecord:
    """Hold a place in a captured page, and the words of it that the claim quotes.

    Offsets count characters from 0, `end` is exclusive; None stands for one not yet filled in.
    """

    page: Term
    start: int | None
    end: int | None
    words: str

    def overlaps(self, other: PassageRecord) -> bool:
        """Tell whether two passages share a character of one page."""
        if self.start is None or self.end is None or other.start is None or other.end is None:
            return False
        return self.page == other.page and self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class ClaimRecord:
    """Hold a claim (document/id): its stance, what it says of `content`, and its evidence.

    `attribution` has the outermost first.
    """

    name: str
    iri: NamedNode
    content: NamedNode
    in_view: bool
    attribution: tuple[Term, ...]
    stance: Values
    said: Values
    passages: frozenset[PassageRecord]

    @property
    def says(self) -> str:
        """Return the claim's sentence."""
        return self._text("al:says")

    @property
    def status(self) -> str:
        """Return the epistemic status, such as asserted."""
        return self._text("al:epistemicStatus").rpartition("/")[2]

    @property
    def polarity(self) -> str:
        """Return affirmed or negated."""
        return self._text("al:polarity").rpartition("/")[2]

    @property
    def review(self) -> str:
        """Return the status of the review, such as draft."""
        return self._text("al:reviewStatus").rpartition("/")[2]

    def with_names(self, names: Mapping[Term, Term]) -> ClaimRecord:
        """Return the claim with other nodes under their new names."""
        if not names:
            return self
        return replace(self, stance=_renamed(self.stance, names), said=_renamed(self.said, names))

    def _text(self, name: str) -> str:
        for value in self.stance.get(term(name).value, ()):
            if isinstance(value[0], NamedNode | Literal):
                return value[0].value
        return ""


@dataclass(frozen=True, slots=True)
class Thing:
    """Hold an entry of the register, a document or a captured page, with its properties."""

    name: str
    iri: NamedNode
    parts: Values


@dataclass(frozen=True, slots=True)
class Edge:
    """Hold a derived edge, with the ties that it comes from and the claims it rests on."""

    subject: NamedNode
    predicate: NamedNode
    object: NamedNode
    ties: frozenset[NamedNode] = field(compare=False)
    claims: frozenset[str] = field(compare=False)


@dataclass(frozen=True, slots=True, order=True)
class ComparedPair:
    """Hold how two claims (document/id) stand to each other; the later one comes first."""

    kind: str
    axis: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Side:
    """Hold what one side of a difference says; the store still answers for labels."""

    store: Store
    claims: Mapping[str, ClaimRecord]
    entries: Mapping[str, Thing]
    documents: Mapping[str, Thing]
    captures: Mapping[str, Thing]
    edges: frozenset[Edge]
    comparisons: frozenset[ComparedPair]


def _renamed(values: Values, names: Mapping[Term, Term]) -> Values:
    return {
        key: frozenset(tuple(names.get(part, part) for part in value) for value in found)
        for key, found in values.items()
    }
