"""Validate a file of RDF in the stages of every contribution, as part of the graph as it is."""

from __future__ import annotations

import logging
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from pyoxigraph import Store
from rdflib import URIRef

from allegiance.corpus import read_corpus
from allegiance.finding import Place, Report
from allegiance.limits import at_most
from allegiance.quad_source import StoreQuads
from allegiance.rdf_files.claims import check_claims
from allegiance.rdf_files.known import know
from allegiance.rdf_files.names import check_rdf_names
from allegiance.rdf_files.passages import check_passages, check_quoted_words
from allegiance.rdf_files.reading import read_rdf
from allegiance.rdf_files.terms import check_terms
from allegiance.shacl import Positions
from allegiance.shape_set import ShapeSet
from allegiance.validation import Validation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from allegiance.bundle import Bundle
    from allegiance.corpus import Corpus
    from allegiance.finding import Finding
    from allegiance.rdf_files.known import Known
    from allegiance.rdf_files.reading import RdfFile
    from allegiance.reach import Term

__all__ = ["validate_rdf"]

_FIRST_BATCH, _GROWTH = 1000, 4


def validate_rdf(
    bundle: Bundle, file: Path, captures: Path | None = None, corpus: Corpus | None = None
) -> Validation:
    """Judge a file with the data of a bundle; what is wrong with those data alone is not told.

    `corpus` spares reading the data again. Raises UsageError where the folder of captures is none.
    """
    rdf = read_rdf(bundle, file)
    report, stages = Report.of(rdf.findings), ["syntax"]
    if not rdf.quads:
        return Validation(report, tuple(stages))
    known = know(corpus or read_corpus(bundle))
    checks: Mapping[str, Callable[[RdfFile, Known], Iterator[Finding]]] = {
        "schema": check_terms,
        "names": check_rdf_names,
        "evidence": partial(check_passages, captures=captures),
        "shapes": _shapes,
        "integrity": _integrity,
    }
    for name, check in checks.items():
        if not report.conforms:
            break
        report = Report.of([*report.findings, *at_most(check(rdf, known))])
        stages.append(name)
    # A file of RDF has no tables of links, so that there is nothing left to check in them.
    done = [*stages, "links"] if stages[-1] == "integrity" else stages
    return Validation(report, tuple(done))


def _integrity(rdf: RdfFile, known: Known) -> Iterator[Finding]:
    yield from check_claims(rdf, known)
    yield from check_quoted_words(rdf, known)


def _shapes(rdf: RdfFile, known: Known) -> Iterator[Finding]:
    """Give what the shapes have against the data with the file, and do not have without it."""
    shapes = ShapeSet.at(known.corpus.bundle.shapes)
    before, after = Store(), Store()
    before.extend([*(part.quad for part in known.placed), *known.ontology])
    after.extend([*before, *(part.quad for part in rdf.quads)])
    affected = shapes.affected(StoreQuads(after), [part.quad for part in known.new_in(rdf)])
    with _silent_literals():
        positions = _positions(rdf, known)
        for nodes in _batches(affected, rdf):
            found = tuple(shapes.check_nodes(StoreQuads(after), nodes, positions))
            yield from _caused(found, rdf, shapes, StoreQuads(before), nodes)


def _positions(rdf: RdfFile, known: Known) -> Positions:
    """Remember where statements are written, those of the file first."""
    positions = Positions()
    for node, place in rdf.subjects.items():
        positions.places[URIRef(node.value),] = place
    for placed in (*rdf.quads, *known.placed):
        positions.remember(placed)
    return positions


def _caused(
    found: Iterable[Finding],
    rdf: RdfFile,
    shapes: ShapeSet,
    before: StoreQuads,
    nodes: frozenset[Term] | None,
) -> Iterator[Finding]:
    """Keep what lies in the file, and what lies elsewhere and was not there without the file."""
    elsewhere = [each for each in found if each.place.file != rdf.name]
    yield from (each for each in found if each.place.file == rdf.name)
    if elsewhere:
        # Only now is the second run worth its time: sound data have no findings.
        earlier = {
            (each.rule, each.message) for each in shapes.check_nodes(before, nodes, Positions())
        }
        for each in elsewhere:
            if (each.rule, each.message) not in earlier:
                message = f"{each.message} It shows at {each.place}."
                yield replace(each, place=Place(rdf.name), message=message)


def _batches(affected: frozenset[Term] | None, rdf: RdfFile) -> Iterator[frozenset[Term] | None]:
    """Part the nodes so that not everything is looked at where the first ones are wrong already."""
    if affected is None:
        yield None
        return
    weights = Counter[object](part.quad.subject for part in rdf.quads)
    batch: set[Term] = set()
    weight, most = 0, _FIRST_BATCH
    for node in affected:
        batch.add(node)
        weight += 1 + weights[node]
        if weight > most:
            yield frozenset(batch)
            batch, weight, most = set(), 0, most * _GROWTH
    if batch:
        yield frozenset(batch)


@contextmanager
def _silent_literals() -> Iterator[None]:
    """Keep rdflib from printing a traceback for each ill-typed value: it becomes a finding."""
    logger = logging.getLogger("rdflib.term")
    was_off = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = was_off
