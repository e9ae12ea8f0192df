"""Hold what a file of RDF is judged against: the graph as contributors wrote it, and its terms."""

from __future__ import annotations

import difflib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import DefaultGraph, NamedNode

from allegiance.build import corpus_quads
from allegiance.namespaces import BASE, PREFIXES, term
from allegiance.vocabulary import ontology_quads

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyoxigraph import Dataset, Quad

    from allegiance.build import PlacedQuad
    from allegiance.corpus import Corpus
    from allegiance.finding import Place
    from allegiance.rdf_files.reading import RdfFile

__all__ = ["REGISTER", "Known", "Suggestions", "in_default_graph", "know", "space_of"]

# What the register says of an entry besides its class: who is meant, and nothing more.
REGISTER = frozenset(
    term(name)
    for name in (
        *("rdfs:label", "dcterms:description", "skos:note", "al:alias", "al:describedAs"),
        *("al:isoCode", "al:approximateCount", "al:governmentOf", "al:organOf"),
        *("al:affiliatedWith", "al:locatedIn"),
    )
)
_KIND_SPACES = (PREFIXES["owl"], PREFIXES["rdfs"], PREFIXES["skos"])
_SPACES = ("ontology#", "scheme/", "id/", "source/", "claim/", "capture/")


@dataclass(frozen=True, slots=True)
class Known:
    """Hold the quads of the corpus, where each of its subjects is written, and the ontology.

    `terms` leads from a term of ours to its kinds (owl:Class, owl:ObjectProperty, skos:Concept).
    """

    corpus: Corpus
    placed: tuple[PlacedQuad, ...]
    quads: frozenset[Quad]
    subjects: Mapping[object, Place]
    ontology: Dataset
    terms: Mapping[str, frozenset[str]]

    def new_in(self, file: RdfFile) -> tuple[PlacedQuad, ...]:
        """Return the quads of a file that the corpus does not hold already."""
        return tuple(placed for placed in file.quads if placed.quad not in self.quads)


class Suggestions:
    """Suggest names close to one that nobody knows, as long as that costs little.

    >>> Suggestions().remedy("patrn", ["patron", "client"], "Correct it.")
    'Did you mean patron?'
    """

    # One comparison takes about 20 microseconds; ten thousand unknown names are no slip of the pen.
    _MOST_COMPARISONS = 100_000
    _LONGEST = 200

    def __init__(self) -> None:
        """Begin with none given."""
        self._left = self._MOST_COMPARISONS

    def remedy(self, name: str, known: Sequence[str], otherwise: str) -> str:
        """Return a question with the closest name, or what to do otherwise."""
        self._left -= len(known)
        if self._left < 0 or len(name) > self._LONGEST:
            return otherwise
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
        return f"Did you mean {close[0]}?" if close else otherwise


def know(corpus: Corpus) -> Known:
    """Gather what a file is judged against."""
    placed = tuple(corpus_quads(corpus))
    subjects: dict[object, Place] = {}
    for quad, place in placed:
        subjects.setdefault(quad.subject, place)
    ontology = ontology_quads(corpus.bundle.ontology)
    return Known(
        corpus,
        placed,
        frozenset(part.quad for part in placed),
        subjects,
        ontology,
        _terms(ontology),
    )


def space_of(iri: str) -> str | None:
    """Return the part of our namespace in which an IRI lies; empty: none that data use.

    >>> space_of("https://w3id.org/allegiance/id/iran"), space_of("https://example.org/")
    ('id/', None)
    """
    if not iri.startswith(BASE):
        return None
    local = iri.removeprefix(BASE)
    return next((space for space in _SPACES if local.startswith(space)), "")


def _terms(ontology: Dataset) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for quad in ontology.quads_for_predicate(term("rdf:type")):
        subject, kind = quad.subject, quad.object
        if not isinstance(subject, NamedNode) or not isinstance(kind, NamedNode):
            continue
        if kind.value.startswith(_KIND_SPACES):
            found[subject.value].add(kind.value)
    return {name: frozenset(kinds) for name, kinds in found.items()}


def in_default_graph(quads: Sequence[PlacedQuad]) -> tuple[PlacedQuad, ...]:
    """Return the quads that stand in no named graph."""
    return tuple(part for part in quads if isinstance(part.quad.graph_name, DefaultGraph))
