"""Run the shapes on the nodes whose verdict a change can alter, over what they depend on."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from pyoxigraph import Store

from allegiance.build import document_quads, register_quads
from allegiance.compared_values import COMPARED, MAX_COMPARED, crowded_values
from allegiance.errors import AllegianceError
from allegiance.incremental.base_graph import document_of
from allegiance.incremental.shape_automaton import ShapeAutomaton
from allegiance.incremental.written_places import WrittenPlaces
from allegiance.namespaces import term
from allegiance.quad_source import Overlay, StoreQuads
from allegiance.retargeting import retargeted
from allegiance.shacl import check_shapes, load_shapes, rdflib_graph, rdflib_term
from allegiance.vocabulary import ontology_quads

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyoxigraph import Quad

    from allegiance.corpus import Corpus
    from allegiance.finding import Finding
    from allegiance.incremental.dependents import Touched
    from allegiance.incremental.library import Library
    from allegiance.quad_source import Object, Predicate, QuadSource, Subject

__all__ = ["UnknownReachError", "check_changed_shapes"]


class UnknownReachError(AllegianceError):
    """Tell that a shape looks at the data by a query of its own, and so perhaps at all of them."""


class _Joined:
    """Look up quads in several sources, none of which has what another has."""

    def __init__(self, *sources: QuadSource) -> None:
        self._sources = sources

    def quads(self, subject: Subject, predicate: Predicate, object_: Object, /) -> Iterable[Quad]:
        """Return the quads of a pattern."""
        return chain.from_iterable(
            source.quads(subject, predicate, object_) for source in self._sources
        )


def check_changed_shapes(
    corpus: Corpus, library: Library, touched: Touched, *, is_register_new: bool
) -> Iterator[Finding]:
    """Give the findings of the shapes on everything that a change touches.

    The corpus has the documents that were changed or depend on what was, and looks up all names.
    Raises UnknownReachError where the shapes do not tell how far they look.
    """
    shapes = load_shapes(corpus.bundle.shapes)
    automaton = ShapeAutomaton.of(shapes)
    if automaton.is_everywhere:
        message = "a shape holds a query, so that any triple can matter to it."
        raise UnknownReachError(message)
    added = _added(corpus, library, touched, is_register_new=is_register_new)
    removed = _removed(library, touched, is_register_new=is_register_new)
    ontology = Store()
    ontology.extend(ontology_quads(corpus.bundle.ontology))
    base = _Joined(library.base, StoreQuads(ontology))
    now = Overlay(base, removed=removed, added=added)
    crowded = tuple(_crowded(corpus, library, now, added))
    if crowded:
        yield from crowded
        return
    foci = automaton.affected(Overlay(base, added=added), _differences(base, now, removed, added))
    data = automaton.neighbourhood(now, foci) | added
    data.update(ontology.quads_for_pattern(None, term("rdfs:subClassOf"), None))
    graph = rdflib_graph(data)
    narrowed = retargeted(shapes, graph, {rdflib_term(node) for node in foci})
    subjects = {rdflib_term(quad.subject) for quad in added}
    yield from check_shapes(graph, narrowed, WrittenPlaces(corpus, library, now), subjects)


def _added(
    corpus: Corpus, library: Library, touched: Touched, *, is_register_new: bool
) -> set[Quad]:
    """Return what is written now in all that was changed."""
    captures = {page: corpus.captures[page] for page in touched.captures & corpus.captures.keys()}
    entries = corpus.entries if is_register_new else {}
    found = {
        placed.quad
        for placed in register_quads(replace(corpus, entries=entries, captures=captures))
    }
    for name, document in corpus.documents.items():
        if name in library.changed | touched.rewritten:
            found.update(placed.quad for placed in document_quads(document, corpus))
    return found


def _removed(library: Library, touched: Touched, *, is_register_new: bool) -> set[Quad]:
    """Return what the base says in all that was changed."""
    found = library.base.register() if is_register_new else set()
    for page in touched.captures:
        found |= library.base.capture(page)
    for document in library.changed | touched.rewritten:
        found |= library.base.document(document)
        for claim in library.base.claims(document):
            found |= library.base.claim(document, claim)
    return found


def _crowded(
    corpus: Corpus, library: Library, now: QuadSource, added: set[Quad]
) -> Iterator[Finding]:
    """Find things that have too many values to compare, with those that others give them."""
    pairs = {(quad.subject, quad.predicate) for quad in added if quad.predicate in COMPARED}
    crowded = {}
    for subject, predicate in pairs:
        quads = tuple(now.quads(subject, predicate, None))  # type: ignore[arg-type]
        if len({quad.object for quad in quads}) > MAX_COMPARED:
            crowded[subject, predicate] = {document_of(quad) for quad in quads}
    documents = library.documents({name for found in crowded.values() for name in found if name})
    corpus = replace(corpus, documents=documents)
    return crowded_values(
        placed
        for document in documents.values()
        for placed in document_quads(document, corpus)
        if (placed.quad.subject, placed.quad.predicate) in crowded
    )


def _differences(
    base: QuadSource, now: QuadSource, removed: set[Quad], added: set[Quad]
) -> Iterator[Quad]:
    """Give the quads whose triple is gone altogether, or was nowhere before."""
    triples_removed = {quad.triple for quad in removed}
    triples_added = {quad.triple for quad in added}
    for quads, others, source in (
        (removed, triples_added, now),
        (added, triples_removed, base),
    ):
        for quad in quads:
            if quad.triple not in others and not _holds(source, quad):
                yield quad


def _holds(source: QuadSource, quad: Quad) -> bool:
    return any(True for _ in source.quads(quad.subject, quad.predicate, quad.object))  # type: ignore[arg-type]
