"""Validate the data in stages; each stage gives all its findings, and stops the next if it must.

1. syntax and structure    every file can be read and has the format's keys
2. names                   every id leads somewhere, every date is one
3. shapes                  what the model promises (SHACL)
4. integrity               what SHACL cannot say, and that nothing leaks into the view
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from allegiance.build import build_store, corpus_quads
from allegiance.corpus import read_corpus
from allegiance.finding import Report
from allegiance.integrity import check_corpus, check_view
from allegiance.names import check_names
from allegiance.shacl import Positions, check_shapes, load_shapes, rdflib_graph
from allegiance.vocabulary import ontology_quads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allegiance.bundle import Bundle
    from allegiance.corpus import Corpus
    from allegiance.finding import Finding

__all__ = ["Validation", "validate"]

STAGES = ("structure", "names", "shapes", "integrity")


@dataclass(frozen=True, slots=True)
class Validation:
    """Hold the report and the stages that ran; a stage with violations ends the run."""

    report: Report
    stages: tuple[str, ...]

    @property
    def skipped(self) -> tuple[str, ...]:
        """Return the stages that did not run because an earlier one failed."""
        return tuple(stage for stage in STAGES if stage not in self.stages)


def validate(bundle: Bundle) -> Validation:
    """Validate all data of a bundle."""
    corpus = read_corpus(bundle)
    report, stages = Report.of(corpus.findings), ["structure"]
    for name, check in (("names", check_names), ("shapes", _shapes), ("integrity", _integrity)):
        if not report.conforms:
            break
        report = Report.of([*report.findings, *check(corpus)])
        stages.append(name)
    return Validation(report, tuple(stages))


def _shapes(corpus: Corpus) -> Iterator[Finding]:
    positions = Positions()
    quads = []
    for placed in corpus_quads(corpus):
        positions.remember(placed)
        quads.append(placed.quad)
    data = rdflib_graph([*quads, *ontology_quads(corpus.bundle.ontology)])
    yield from check_shapes(data, load_shapes(corpus.bundle.shapes), positions)


def _integrity(corpus: Corpus) -> Iterator[Finding]:
    yield from check_corpus(corpus)
    yield from check_view(build_store(corpus))
