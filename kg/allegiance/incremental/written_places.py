"""Lead a result back to its line, and read for that only the documents that have to be read."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Literal, NamedNode
from rdflib import BNode, URIRef
from rdflib import Literal as RdflibLiteral

from allegiance.build import document_quads, register_quads
from allegiance.finding import Place
from allegiance.incremental.base_graph import document_of
from allegiance.incremental.library import file_name
from allegiance.namespaces import term
from allegiance.shacl import Positions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rdflib.term import Node

    from allegiance.build import PlacedQuad
    from allegiance.corpus import Corpus
    from allegiance.incremental.library import Library
    from allegiance.quad_source import QuadSource

__all__ = ["WrittenPlaces"]

Key = tuple["Node", ...]


class WrittenPlaces(Positions):
    """Find the place where a triple is written first: in the register, else in which document."""

    def __init__(self, corpus: Corpus, library: Library, data: QuadSource) -> None:
        """Take the data as they are now, which tell the documents that a triple stands in."""
        super().__init__()
        self._corpus, self._library, self._data = corpus, library, data
        self._read: dict[str, Positions] = {}

    def find(self, focus: Node, path: Node | None, value: Node | None) -> Place:
        """Return the narrowest place that is known of a result."""
        for key in ((focus, path, value), (focus, path), (focus,)):
            found = self._place(tuple(part for part in key if part is not None))
            if found is not None:
                return found
        return Place(str(focus))

    @cached_property
    def _register(self) -> Positions:
        return _remembered(register_quads(self._corpus))

    def _place(self, key: Key) -> Place | None:
        found = self._register.places.get(key)
        if found is not None:
            return found
        for document in sorted(self._documents(key), key=file_name):
            place = self._document(document).places.get(key)
            if place is not None:
                return place
        return None

    def _documents(self, key: Key) -> Iterator[str]:
        """Give the documents in which a triple of this beginning is written."""
        subject, predicate, value = [*(_term(part) for part in key), None, None][:3]
        if isinstance(subject, Literal) or not isinstance(predicate, NamedNode | None):
            return
        names = {document_of(quad) for quad in self._data.quads(subject, predicate, value)}
        yield from (name for name in names if name is not None)

    def _document(self, name: str) -> Positions:
        if name not in self._read:
            documents = self._library.documents([name])
            corpus = replace(self._corpus, documents=documents)
            quads = (quad for found in documents.values() for quad in document_quads(found, corpus))
            self._read[name] = _remembered(quads)
        return self._read[name]


def _remembered(quads: Iterable[PlacedQuad]) -> Positions:
    positions = Positions()
    for placed in quads:
        positions.remember(placed)
    return positions


def _term(node: Node) -> NamedNode | BlankNode | Literal:
    if isinstance(node, URIRef):
        return NamedNode(str(node))
    if isinstance(node, RdflibLiteral):
        if node.language is not None:
            return Literal(str(node), language=node.language)
        return Literal(
            str(node), datatype=NamedNode(str(node.datatype or term("xsd:string").value))
        )
    return BlankNode(str(node)) if isinstance(node, BNode) else NamedNode(str(node))
