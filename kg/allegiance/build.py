"""Build the graph: read the data, derive view and edges, compare claims, write a snapshot."""

from __future__ import annotations

import gc
import hashlib
import tempfile
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pyoxigraph import (
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
    Triple,
    serialize,
)

from allegiance.comparison import Comparison, compare_claims
from allegiance.content import content_triples
from allegiance.corpus import read_corpus
from allegiance.description import service_quads
from allegiance.errors import DataError, SnapshotError
from allegiance.evidence import check_offsets
from allegiance.finding import Severity
from allegiance.fingerprint import fingerprint_of_folder
from allegiance.forking import run_forked, shares
from allegiance.integrity import check_quotations
from allegiance.links.checking import tabled_links
from allegiance.links.graph import link_quads
from allegiance.names import check_names
from allegiance.namespaces import BASE, claim_iri, concept_iri, graph_iri, term
from allegiance.provenance import (
    capture_triples,
    claim_triples,
    document_triples,
    entry_triples,
    naming_triples,
)
from allegiance.questions import load_questions
from allegiance.rules import apply_rules, load_rules
from allegiance.snapshot import current_snapshot, write_snapshot
from allegiance.vocabulary import ontology_quads

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from allegiance.bundle import Bundle
    from allegiance.corpus import Corpus
    from allegiance.document import SourceDocument
    from allegiance.finding import Finding, Place
    from allegiance.snapshot import Snapshot

__all__ = [
    "PlacedQuad",
    "build_snapshot",
    "build_store",
    "corpus_quads",
    "document_quads",
    "ensure_snapshot",
    "register_quads",
]

_PARALLEL_FROM = 5000
_LINKS = {
    "contradiction": ("Contradiction", "contradicts", True),
    "update": ("Update", "updates", False),
    "corroboration": ("Corroboration", "corroborates", True),
    "divergence": ("Divergence", "divergesFrom", True),
    "realisation": ("Realisation", "realises", False),
}


class PlacedQuad(NamedTuple):
    """Hold a quad with the place in a file that it comes from."""

    quad: Quad
    place: Place


def build_snapshot(bundle: Bundle, folder: Path) -> Snapshot:
    """Build a bundle and write the snapshot under a folder.

    Raises DataError, with all findings, where the data cannot be read, a name leads nowhere or a
    quotation is too long.
    """
    with _without_cycle_collection():
        return _build(bundle, folder)


def _build(bundle: Bundle, folder: Path) -> Snapshot:
    corpus = read_corpus(bundle)
    _refuse(corpus.findings)  # first of all: what cannot be read is missed by all that names it
    _refuse([*check_names(corpus), *check_offsets(corpus), *check_quotations(corpus)])
    _refuse(tabled_links(corpus)[1])
    store = build_store(corpus)
    store.extend(list(service_quads(store, load_questions(bundle.queries))))
    counts = {
        "documents": len(corpus.documents),
        "claims": len(corpus.claims),
        "claimsInAssertedView": _in_view(store),
        "entries": len(corpus.entries),
        "ontology": _ontology_version(store),
        "inputs": _inputs(bundle),
        "fingerprint": fingerprint_of_folder(bundle.root),
    }
    return write_snapshot(store, folder, counts)


def _refuse(findings: Iterable[Finding]) -> None:
    blocking = [found for found in findings if found.severity is Severity.VIOLATION]
    if blocking:
        raise DataError(blocking)


def ensure_snapshot(bundle: Bundle, folder: Path) -> Snapshot:
    """Open the current snapshot if it was built from the files as they are, else build anew."""
    try:
        found = current_snapshot(folder)
    except SnapshotError:
        return build_snapshot(bundle, folder)
    return (
        found if found.manifest.get("inputs") == _inputs(bundle) else build_snapshot(bundle, folder)
    )


def build_store(corpus: Corpus) -> Store:
    """Fill a store in memory with a corpus and everything that is derived from it."""
    store = Store()
    if len(corpus.claims) < _PARALLEL_FROM:
        store.extend(placed.quad for placed in corpus_quads(corpus))
    else:
        _load_in_parallel(store, corpus)
    store.extend(_naming_quads(corpus))
    store.extend(_register_graph(corpus))
    store.extend(link_quads(tabled_links(corpus)[0]))
    store.extend(ontology_quads(corpus.bundle.ontology))
    apply_rules(store, load_rules(corpus.bundle.rules))
    store.extend(_comparison_quads(compare_claims(corpus)))
    return store


def corpus_quads(corpus: Corpus) -> Iterator[PlacedQuad]:
    """Give every quad that contributors wrote, with the place where they wrote it.

    What claims say stands in their graphs; all else in the default graph.
    """
    yield from register_quads(corpus)
    for document in corpus.documents.values():
        yield from document_quads(document, corpus)


def register_quads(corpus: Corpus) -> Iterator[PlacedQuad]:
    """Give the quads of the register and of the captures."""
    for entry in corpus.entries.values():
        yield from _placed(entry_triples(entry), DefaultGraph())
    for capture in corpus.captures.values():
        yield from _placed(capture_triples(capture), DefaultGraph())


def _register_graph(corpus: Corpus) -> Iterator[Quad]:
    """Write the register a second time, apart, so that nothing else passes for an entry."""
    for entry in corpus.entries.values():
        for placed in _placed(entry_triples(entry), graph_iri("register")):
            yield placed.quad


def document_quads(document: SourceDocument, corpus: Corpus) -> Iterator[PlacedQuad]:
    """Give the quads of one document and of its claims."""
    yield from _placed(document_triples(document), DefaultGraph())
    for claim in document.claims:
        yield from _placed(claim_triples(claim, corpus), DefaultGraph())
        graph = claim_iri(claim.document, claim.id)
        yield from _placed(content_triples(claim, corpus), graph)


def _naming_quads(corpus: Corpus) -> Iterator[Quad]:
    for document in corpus.documents.values():
        for triple in naming_triples(document, corpus):
            yield Quad(triple.subject, triple.predicate, triple.object, DefaultGraph())


def _load_in_parallel(store: Store, corpus: Corpus) -> None:
    """Turn documents into N-Quads on all cores, and load what comes out."""
    store.extend(placed.quad for placed in register_quads(corpus))
    with tempfile.TemporaryDirectory() as folder:
        parts = shares(tuple(corpus.documents.values()))
        files = [Path(folder) / f"{number}.nq" for number in range(len(parts))]
        run_forked(
            [
                partial(_write_documents, part, corpus, file)
                for part, file in zip(parts, files, strict=True)
            ]
        )
        for file in files:
            store.bulk_load(path=file, format=RdfFormat.N_QUADS)


def _write_documents(documents: Sequence[SourceDocument], corpus: Corpus, file: Path) -> None:
    """Write the N-Quads of documents, as triples with their graph added: that spares the quads."""
    with file.open("wb") as stream:
        for document in documents:
            stream.write(_lines(document_triples(document)))
            for claim in document.claims:
                stream.write(_lines(claim_triples(claim, corpus)))
                graph = f" {claim_iri(claim.document, claim.id)} .\n".encode()
                stream.write(_lines(content_triples(claim, corpus)).replace(b" .\n", graph))


def _lines(triples: Iterable[tuple[Triple, Place]]) -> bytes:
    """Write N-Triples; a line break stands at the end of each triple and nowhere else."""
    return serialize((triple for triple, _ in triples), format=RdfFormat.N_TRIPLES) or b""


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


@contextmanager
def _without_cycle_collection() -> Iterator[None]:
    """Pause Python's cycle collector: a build makes millions of values and hardly any cycle.

    Measured at 100,000 claims: with it, reading takes twice as long.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _inputs(bundle: Bundle) -> str:
    """Hash every file that a build reads, and the code's version."""
    digest = hashlib.sha256(version("allegiance").encode())
    code = Path(__file__).parent
    for folder in (bundle.ontology, bundle.data, bundle.rules, bundle.queries, code):
        for file in sorted(folder.rglob("*")):
            if file.suffix in {".ttl", ".yaml", ".json", ".rq", ".py", ".tsv"}:
                digest.update(f"{file.relative_to(folder).as_posix()}\0".encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _in_view(store: Store) -> int:
    found = store.quads_for_pattern(None, term("al:inAssertedView"), None, DefaultGraph())
    return sum(1 for _ in found)


def _ontology_version(store: Store) -> str:
    found = next(store.quads_for_pattern(None, term("owl:versionInfo"), None, DefaultGraph()))
    return found.object.value if isinstance(found.object, Literal) else str(found.object)
