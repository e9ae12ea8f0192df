"""The dated graph that is made of a run's answers, and what the graph is and where it comes from.

The facts stand in graph/NAME/DAY, and what is known of that graph in graph/enrichments: the
endpoint, the query, the day, the licence and the number of triples. Neither is part of the
asserted view: what another source says of an item is not what a document of this graph says.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple, serialize

from allegiance.enrichment.retrieval import MANIFEST, write_whole
from allegiance.namespaces import graph_iri, term

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from allegiance.enrichment.retrieval import Retrieval

__all__ = ["NQUADS", "Dataset", "write_dataset"]

NQUADS: Final = "enrichment.nq"
_VOID: Final = "http://rdfs.org/ns/void#"
_ENRICHMENTS: Final = graph_iri("enrichments")


@dataclass(frozen=True, slots=True)
class Dataset:
    """Hold what a run brought: the triples' number, items without any, items merged into others."""

    triples: int
    unanswered: tuple[str, ...]
    merged: Mapping[str, str]


def write_dataset(retrieval: Retrieval) -> Dataset:
    """Write the graph and its manifest into the run's folder; the manifest comes last."""
    triples: set[Triple] = set()
    merged: dict[str, str] = {}
    for answer in retrieval.answers():
        triples.update(answer.triples)
        merged.update(answer.merged)
    graph = retrieval.plan.graph
    quads = [Quad(each.subject, each.predicate, each.object, graph) for each in triples]
    quads += _provenance(retrieval, len(triples))
    lines = sorted((serialize(quads, format=RdfFormat.N_QUADS) or b"").splitlines(keepends=True))
    content = b"".join(lines)
    spoken_of = {str(each.subject.value) for each in triples if isinstance(each.subject, NamedNode)}
    unanswered = tuple(
        item for item in retrieval.plan.items if item not in spoken_of and item not in merged
    )
    write_whole(retrieval.folder / NQUADS, content)
    made = Dataset(len(triples), unanswered, merged)
    _write_manifest(retrieval, made, hashlib.sha256(content).hexdigest())
    return made


def _write_manifest(retrieval: Retrieval, made: Dataset, sha256: str) -> None:
    plan = retrieval.plan
    manifest = {
        "graph": plan.graph.value,
        "endpoint": plan.endpoint.address,
        "licence": plan.endpoint.licence,
        "day": plan.day,
        "query": plan.selection.template,
        "items": len(plan.items),
        "triples": made.triples,
        "withoutAnswer": list(made.unanswered),
        "merged": dict(made.merged),
        "sha256": sha256,
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    write_whole(retrieval.folder / MANIFEST, text.encode())


def _provenance(retrieval: Retrieval, triples: int) -> Iterator[Quad]:
    """Say where the graph comes from; the times are those at which answers were kept."""
    plan, graph = retrieval.plan, retrieval.plan.graph
    activity = NamedNode(f"{graph.value}/retrieval")
    endpoint = NamedNode(plan.endpoint.address)
    kept = [file.stat().st_mtime for file in (retrieval.folder / "batches").glob("*.json")]
    facts: list[tuple[NamedNode, NamedNode, NamedNode | Literal]] = [
        (graph, term("rdf:type"), NamedNode(_VOID + "Dataset")),
        (graph, term("dcterms:created"), Literal(plan.day, datatype=term("xsd:date"))),
        (graph, term("dcterms:license"), NamedNode(plan.endpoint.licence)),
        (graph, term("dcterms:source"), endpoint),
        (graph, NamedNode(_VOID + "triples"), Literal(triples)),
        (graph, term("prov:wasGeneratedBy"), activity),
        (activity, term("rdf:type"), term("prov:Activity")),
        (activity, term("prov:used"), endpoint),
        (activity, term("sh:select"), Literal(plan.selection.template)),
    ]
    if kept:
        facts.append((activity, term("prov:startedAtTime"), _time(min(kept))))
        facts.append((activity, term("prov:endedAtTime"), _time(max(kept))))
    for subject, predicate, value in facts:
        yield Quad(subject, predicate, value, _ENRICHMENTS)


def _time(seconds: float) -> Literal:
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Literal(text, datatype=term("xsd:dateTime"))
