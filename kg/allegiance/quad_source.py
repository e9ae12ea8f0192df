"""Where quads are looked up: in a store, or in a store as a change leaves it."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Protocol, TypeAlias

from pyoxigraph import Dataset

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store

__all__ = ["Object", "Overlay", "Predicate", "QuadSource", "StoreQuads", "Subject"]

# The three parts of a pattern; None stands for any term.
Subject: TypeAlias = "NamedNode | BlankNode | None"
Predicate: TypeAlias = "NamedNode | None"
Object: TypeAlias = "NamedNode | BlankNode | Literal | None"


class QuadSource(Protocol):
    """Give the quads of a pattern, in whatever graph they stand."""

    def quads(self, subject: Subject, predicate: Predicate, object_: Object, /) -> Iterable[Quad]:
        """Return the quads of a pattern; each once, in no order."""


class StoreQuads:
    """Look up quads in a store.

    >>> from pyoxigraph import Store
    >>> list(StoreQuads(Store()).quads(None, None, None))
    []
    """

    def __init__(self, store: Store) -> None:
        """Take the store; what is changed in it later is seen."""
        self._store = store

    def quads(self, subject: Subject, predicate: Predicate, object_: Object, /) -> Iterable[Quad]:
        """Return the quads of a pattern."""
        return self._store.quads_for_pattern(subject, predicate, object_)


class Overlay:
    """Look up quads as they are when some are taken away and others added, changing no store.

    >>> from pyoxigraph import NamedNode, Quad, Store
    >>> old, new = (Quad(NamedNode(f"e:{n}"), NamedNode("e:p"), NamedNode("e:o")) for n in "ab")
    >>> store = Store()
    >>> store.add(old)
    >>> changed = Overlay(StoreQuads(store), removed=[old], added=[new])
    >>> [quad.subject.value for quad in changed.quads(None, None, None)]
    ['e:b']
    """

    def __init__(
        self, base: QuadSource, *, removed: Iterable[Quad] = (), added: Iterable[Quad] = ()
    ) -> None:
        """Take the base and the change; what is both removed and added is there."""
        self._base = base
        self._removed = frozenset(removed)
        self._added = Dataset(added)

    def quads(self, subject: Subject, predicate: Predicate, object_: Object, /) -> Iterable[Quad]:
        """Return the quads of a pattern."""
        kept = (
            quad
            for quad in self._base.quads(subject, predicate, object_)
            if quad not in self._removed and quad not in self._added
        )
        return chain(kept, self._additions(subject, predicate, object_))

    def _additions(self, subject: Subject, predicate: Predicate, object_: Object) -> Iterable[Quad]:
        """Take the narrowest index that there is: a data set has one for each single term."""
        if subject is not None:
            found: Iterable[Quad] = self._added.quads_for_subject(subject)
        elif object_ is not None:
            found = self._added.quads_for_object(object_)
        elif predicate is not None:
            found = self._added.quads_for_predicate(predicate)
        else:
            return self._added
        return (
            quad
            for quad in found
            if (predicate is None or predicate == quad.predicate)
            and (object_ is None or object_ == quad.object)
        )
