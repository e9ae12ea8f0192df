"""Look into the base: what contributors had written there, without what was derived from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyoxigraph import DefaultGraph, NamedNode, Store

from allegiance.errors import SnapshotError
from allegiance.namespaces import (
    PREFIXES,
    capture_iri,
    claim_iri,
    graph_iri,
    source_iri,
    term,
    thing_iri,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from pyoxigraph import Quad

    from allegiance.quad_source import Object, Predicate, Subject

__all__ = ["BaseGraph", "document_of"]

CLAIM: Final = PREFIXES["claim"]
SOURCE: Final = PREFIXES["source"]
WRITTEN: Final = (CLAIM, SOURCE, PREFIXES["capture"])
REGISTER: Final = graph_iri("register")
# What the build says of claims and documents beyond what contributors wrote.
DERIVED: Final = frozenset(
    term("al:" + name)
    for name in (
        "contradicts",
        "corroborates",
        "divergesFrom",
        "inAssertedView",
        "realises",
        "updates",
    )
)
PARTS: Final = (term("al:evidence"), term("oa:hasSelector"), term("al:attribution"))
NUMBERED: Final = ("publication", "assessment")


class BaseGraph:
    """Look up quads of a snapshot that came from the register, the captures and the documents."""

    def __init__(self, store: Store) -> None:
        """Take the store of a snapshot, with all that a build derives."""
        self._store = store

    @classmethod
    def open(cls, folder: Path) -> BaseGraph:
        """Open a store on disk; others may read it at the same time.

        Raises SnapshotError where it cannot be opened.
        """
        try:
            return cls(Store.read_only(str(folder)))
        except (OSError, RuntimeError, ValueError) as error:
            message = f"The store {folder} cannot be opened ({error}). Remove it; it is made anew."
            raise SnapshotError(message) from error

    def quads(self, subject: Subject, predicate: Predicate, object_: Object, /) -> Iterable[Quad]:
        """Return the quads of a pattern; an entry's stand in the graph of the register alone."""
        return filter(_is_written, self._store.quads_for_pattern(subject, predicate, object_))

    def register(self) -> set[Quad]:
        """Return what the register says."""
        return set(self._store.quads_for_pattern(None, None, None, REGISTER))

    def capture(self, page: str) -> set[Quad]:
        """Return what is known of a captured page."""
        return set(self._store.quads_for_pattern(capture_iri(page), None, None, DefaultGraph()))

    def document(self, name: str) -> set[Quad]:
        """Return what a document's file says beside its claims."""
        node = source_iri(name)
        found = set(self.quads(node, None, None))
        for kind in NUMBERED:
            number = 1
            while part := set(self.quads(NamedNode(f"{node.value}#{kind}-{number}"), None, None)):
                found |= part
                number += 1
        return found

    def claims(self, document: str) -> Iterator[str]:
        """Give the ids of a document's claims."""
        for quad in self.quads(None, term("al:assertedIn"), source_iri(document)):
            if isinstance(quad.subject, NamedNode):
                yield quad.subject.value.removeprefix(f"{CLAIM}{document}/")

    def claim(self, document: str, claim: str) -> set[Quad]:
        """Return what is written of a claim, and what it says."""
        node = claim_iri(document, claim)
        found = set(self._store.quads_for_pattern(None, None, None, node))
        waiting: list[NamedNode] = [node]
        while waiting:
            for quad in self.quads(waiting.pop(), None, None):
                found.add(quad)
                if quad.predicate in PARTS and isinstance(quad.object, NamedNode):
                    waiting.append(quad.object)
        return found

    def has_claim(self, key: str) -> bool:
        """Tell whether the base has a claim, named as document/id."""
        document, _, claim = key.partition("/")
        return any(self.quads(claim_iri(document, claim), term("al:assertedIn"), None))

    def claim_keys(self) -> Iterator[str]:
        """Give all claims as document/id."""
        for quad in self.quads(None, term("al:assertedIn"), None):
            if isinstance(quad.subject, NamedNode):
                yield quad.subject.value.removeprefix(CLAIM)

    def describing(self, name: str) -> set[str]:
        """Return the documents with a claim whose content is the thing of this name."""
        found = self.quads(None, term("al:content"), thing_iri(name))
        return {document for quad in found if (document := document_of(quad)) is not None}

    def is_named_beside(self, entry: str, documents: AbstractSet[str]) -> bool:
        """Tell whether another document than these speaks of an entry."""
        apart = {source_iri(name) for name in documents}
        found = self._store.quads_for_pattern(thing_iri(entry), term("al:namedIn"), None)
        return any(quad.object not in apart for quad in found)


def document_of(quad: Quad) -> str | None:
    """Return the document in whose file a quad is written; None for register and captures.

    >>> from pyoxigraph import Literal, Quad
    >>> document_of(Quad(claim_iri("some-page", "one"), term("al:says"), Literal("It rains.")))
    'some-page'
    """
    graph, subject = quad.graph_name, quad.subject
    for node in (graph, subject):
        for space in (CLAIM, SOURCE):
            if isinstance(node, NamedNode) and node.value.startswith(space):
                rest = node.value.removeprefix(space)
                return rest.partition("#")[0].partition("/")[0]
    return None


def _is_written(quad: Quad) -> bool:
    """Tell whether contributors wrote a quad, in the graph in which it is theirs."""
    graph = quad.graph_name
    if isinstance(graph, NamedNode):
        return graph == REGISTER or graph.value.startswith(CLAIM)
    return (
        isinstance(quad.subject, NamedNode)
        and quad.subject.value.startswith(WRITTEN)
        and quad.predicate not in DERIVED
    )
