"""Prove where each triple of the default graph comes from, and that nothing else leaked into it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Triple

from allegiance.namespaces import PREFIXES, concept_iri, graph_iri, term

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyoxigraph import Store

__all__ = ["Tracing", "leaked_triples", "trace"]

_TERM_KINDS = (f"<{PREFIXES['owl']}", f"<{PREFIXES['rdfs']}")
_BOOKKEEPING = tuple(
    PREFIXES["al"].removesuffix("ontology#") + part
    for part in (
        "claim/",
        "source/",
        "capture/",
        "rule/",
        "comparison/",
        "link/",
        "ontology",
        "scheme/",
    )
)

# The graphs of what somebody says: it need not hold.
_SAYING = (PREFIXES["claim"], PREFIXES["link"])


@dataclass(frozen=True, slots=True)
class Tracing:
    """Count the default graph's triples by where they come from.

    `by_origin` has the keys claims, links, inferences, comparisons, register, sources; `untraced`
    are the triples that come from nowhere, and have to be none.
    """

    by_origin: Mapping[str, int]
    untraced: tuple[Triple, ...]

    @property
    def coverage(self) -> float:
        """Return the share of triples about the world that lead to a claim, from 0 to 1."""
        traced = self.by_origin["claims"] + self.by_origin["inferences"]
        total = traced + len(self.untraced)
        return traced / total if total else 1.0


def trace(store: Store) -> Tracing:
    """Look up the origin of every triple of the default graph."""
    held, matches = _held_by_asserted_claims(store), _held_by_links(store)
    inferences, comparisons = graph_iri("inferences"), graph_iri("comparisons")
    counts: Counter[str] = Counter()
    untraced = []
    for quad in store.quads_for_pattern(None, None, None, DefaultGraph()):
        triple = quad.triple
        if triple in held:
            counts["claims"] += 1
        elif triple in matches:
            counts["links"] += 1
        elif Quad(*_parts(triple), inferences) in store:
            counts["inferences"] += 1
        elif Quad(*_parts(triple), comparisons) in store:
            counts["comparisons"] += 1
        elif _keeps_books(triple, store):
            counts["sources"] += 1
        elif _is_registered(triple, store):
            counts["register"] += 1
        else:
            untraced.append(triple)
    names = ("claims", "links", "inferences", "comparisons", "register", "sources")
    return Tracing({name: counts[name] for name in names}, tuple(untraced))


def leaked_triples(store: Store) -> Iterator[tuple[Triple, NamedNode]]:
    """Give each triple of the default graph that only claims outside the asserted view hold.

    What counts is how the claims stand, not what the view says of itself. A match that links only
    refuse is such a triple, too.
    """
    held = _held_by_asserted_claims(store) | _held_by_links(store)
    for quad in store:
        graph, triple = quad.graph_name, quad.triple
        if (
            isinstance(graph, NamedNode)
            and graph.value.startswith(_SAYING)
            and triple not in held
            and Quad(*_parts(triple), DefaultGraph()) in store
            and not _is_registered(triple, store)
        ):
            yield triple, graph


def _parts(triple: Triple) -> tuple[NamedNode, NamedNode, NamedNode | Literal]:
    return triple.subject, triple.predicate, triple.object  # type: ignore[return-value]


def _held_by_asserted_claims(store: Store) -> set[Triple]:
    asserted = concept_iri("epistemic-status", "asserted")
    affirmed = concept_iri("polarity", "affirmed")
    out = {concept_iri("review-status", name) for name in ("draft", "retracted")}
    taken_back = _taken_back(store)
    held: set[Triple] = set()
    for quad in store.quads_for_pattern(None, term("al:epistemicStatus"), asserted, DefaultGraph()):
        claim = quad.subject
        if (
            isinstance(claim, NamedNode)
            and claim not in taken_back
            and Quad(claim, term("al:polarity"), affirmed) in store
            and not any(Quad(claim, term("al:reviewStatus"), status) in store for status in out)
            and not any(store.quads_for_pattern(claim, term("al:attribution"), None, None))
        ):
            held.update(q.triple for q in store.quads_for_pattern(None, None, None, claim))
    return held


def _held_by_links(store: Store) -> set[Triple]:
    """Return the matches of the links that accept their item."""
    affirmed = concept_iri("polarity", "affirmed")
    return {
        match.triple
        for quad in store.quads_for_pattern(None, term("rdf:type"), term("al:Link"), DefaultGraph())
        if isinstance(quad.subject, NamedNode)
        and Quad(quad.subject, term("al:polarity"), affirmed) in store
        for match in store.quads_for_pattern(None, None, None, quad.subject)
    }


def _taken_back(store: Store) -> set[object]:
    """Return the claims that an assessment says were retracted."""
    verdict = concept_iri("verdict", "retracted")
    return {
        found.object
        for quad in store.quads_for_pattern(None, term("al:verdict"), verdict, DefaultGraph())
        for found in store.quads_for_pattern(quad.subject, term("al:assessedClaim"), None)
    }


def _is_registered(triple: Triple, store: Store) -> bool:
    """Tell whether the register has a triple, or it says which documents name an entry."""
    return (
        triple.predicate == term("al:namedIn")
        or Quad(*_parts(triple), graph_iri("register")) in store
    )


def _keeps_books(triple: Triple, store: Store) -> bool:
    """Tell whether a triple's subject is a source, or a term that the ontology has or declares."""
    subject = triple.subject
    if not isinstance(subject, NamedNode) or subject.value.startswith(_BOOKKEEPING):
        return True
    if subject.value.startswith(PREFIXES["id"]):
        return False
    kinds = store.quads_for_pattern(subject, term("rdf:type"), None, DefaultGraph())
    return any(str(kind.object).startswith(_TERM_KINDS) for kind in kinds)
