"""Build the graph: read the data, derive view and edges, compare claims, write a snapshot."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from allegiance.comparison import Comparison, compare_claims
from allegiance.content import content_triples
from allegiance.corpus import read_corpus
from allegiance.errors import DataError, SnapshotError
from allegiance.finding import Severity
from allegiance.names import check_names
from allegiance.namespaces import BASE, claim_iri, concept_iri, graph_iri, term
from allegiance.provenance import (
    capture_triples,
    claim_triples,
    document_triples,
    entry_triples,
)
from allegiance.rules import apply_rules, load_rules
from allegiance.snapshot import current_snapshot, write_snapshot
from allegiance.vocabulary import ontology_quads

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from allegiance.bundle import Bundle
    from allegiance.corpus import Corpus
    from allegiance.finding import Place
    from allegiance.snapshot import Snapshot

__all__ = ["PlacedQuad", "build_snapshot", "build_store", "corpus_quads", "ensure_snapshot"]

_LINKS = {
    "contradiction": ("Contradiction", "contradicts", True),
    "update": ("Update", "updates", False),
    "corroboration": ("Corroboration", "corroborates", True),
    "divergence": ("Divergence", "divergesFrom", True),
    "realisation": ("Realisation", "realises", False),
}


@dataclass(frozen=True, slots=True)
class PlacedQuad:
    """Hold a quad with the place in a file that it comes from."""

    quad: Quad
    place: Place


def build_snapshot(bundle: Bundle, folder: Path) -> Snapshot:
    """Build a bundle and write the snapshot under a folder.

    Raises DataError, with all findings, where the data cannot be read or a name leads nowhere.
    """
    corpus = read_corpus(bundle)
    findings = [*corpus.findings, *check_names(corpus)]
    blocking = [found for found in findings if found.severity is Severity.VIOLATION]
    if blocking:
        raise DataError(blocking)
    store = build_store(corpus)
    counts = {
        "documents": len(corpus.documents),
        "claims": len(corpus.claims),
        "claimsInAssertedView": sum(claim.in_view for claim in corpus.claims.values()),
        "entries": len(corpus.entries),
        "ontology": _ontology_version(store),
        "inputs": _inputs(bundle),
    }
    return write_snapshot(store, folder, counts)


def ensure_snapshot(bundle: Bundle, folder: Path) -> Snapshot:
    """Open the current snapshot if it was built from the files as they are, else build anew."""
    try:
        found = current_snapshot(folder)
    except SnapshotError:
        return build_snapshot(bundle, folder)
    return found if found.manifest["inputs"] == _inputs(bundle) else build_snapshot(bundle, folder)


def build_store(corpus: Corpus) -> Store:
    """Fill a store in memory with a corpus and everything that is derived from it."""
    store = Store()
    store.extend(placed.quad for placed in corpus_quads(corpus))
    store.extend(ontology_quads(corpus.bundle.ontology))
    apply_rules(store, load_rules(corpus.bundle.rules))
    store.extend(_comparison_quads(compare_claims(corpus)))
    return store


def corpus_quads(corpus: Corpus) -> Iterator[PlacedQuad]:
    """Give every quad that contributors wrote, with the place where they wrote it.

    What claims say stands in their graphs; all else in the default graph.
    """
    default = DefaultGraph()
    for entry in corpus.entries.values():
        yield from _placed(entry_triples(entry), default)
    for capture in corpus.captures.values():
        yield from _placed(capture_triples(capture), default)
    for document in corpus.documents.values():
        yield from _placed(document_triples(document), default)
        for claim in document.claims:
            yield from _placed(claim_triples(claim, corpus), default)
            graph = claim_iri(claim.document, claim.id)
            yield from _placed(content_triples(claim, corpus), graph)


def _placed(
    triples: Iterable[tuple[Triple, Place]], graph: NamedNode | DefaultGraph
) -> Iterator[PlacedQuad]:
    for triple, place in triples:
        yield PlacedQuad(Quad(triple.subject, triple.predicate, triple.object, graph), place)


def _comparison_quads(comparisons: Iterable[Comparison]) -> Iterator[Quad]:
    """Write comparisons as a link between the claims and as a node that says on what axis."""
    for comparison in comparisons:
        class_name, link, symmetric = _LINKS[comparison.kind]
        first, second = _claim(comparison.first), _claim(comparison.second)
        digest = hashlib.sha256(f"{comparison.kind} {first.value} {second.value}".encode())
        node = NamedNode(f"{BASE}comparison/{digest.hexdigest()[:24]}")
        facts: list[tuple[NamedNode, NamedNode, NamedNode | Literal]] = [
            (first, term("al:" + link), second),
            (node, term("rdf:type"), term("al:" + class_name)),
            (node, term("al:comparedClaim"), first),
            (node, term("al:comparedClaim"), second),
        ]
        if symmetric:
            facts.append((second, term("al:" + link), first))
        if comparison.axis is not None:
            axis = concept_iri("comparison-axis", comparison.axis)
            facts.append((node, term("al:comparisonAxis"), axis))
        for graph in (DefaultGraph(), graph_iri("comparisons")):
            for subject, predicate, value in facts:
                yield Quad(subject, predicate, value, graph)


def _claim(name: str) -> NamedNode:
    document, _, claim = name.partition("/")
    return claim_iri(document, claim)


def _inputs(bundle: Bundle) -> str:
    """Hash every file that a build reads, and the code's version."""
    digest = hashlib.sha256(version("allegiance").encode())
    code = Path(__file__).parent
    for folder in (bundle.ontology, bundle.data, bundle.rules, code):
        for file in sorted(folder.rglob("*")):
            if file.suffix in {".ttl", ".yaml", ".json", ".rq", ".py"}:
                digest.update(f"{file.relative_to(folder).as_posix()}\0".encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _ontology_version(store: Store) -> str:
    found = next(store.quads_for_pattern(None, term("owl:versionInfo"), None, DefaultGraph()))
    return found.object.value if isinstance(found.object, Literal) else str(found.object)
