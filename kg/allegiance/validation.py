"""Validate the data in stages; each gives all its findings, and one with violations is the last.

syntax      every file can be read
schema      every file has the format's keys and values
names       every id leads somewhere, every date is one
evidence    every passage has its offsets; with captures: it stands there, word for word
shapes      what the model promises (SHACL)
integrity   what SHACL cannot say, and that nothing leaks into the view
links       every row of the tables of links names an entry and an item that can be it
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from allegiance.build import build_store, corpus_quads
from allegiance.compared_values import crowded_values
from allegiance.corpus import read_corpus
from allegiance.evidence import check_evidence, check_offsets, hold_captures
from allegiance.finding import Report, Severity
from allegiance.integrity import check_corpus, check_view
from allegiance.links.checking import check_links
from allegiance.names import check_names
from allegiance.shacl import Positions, check_shapes, load_shapes, rdflib_graph
from allegiance.vocabulary import ontology_quads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from allegiance.bundle import Bundle
    from allegiance.corpus import Corpus
    from allegiance.finding import Finding

__all__ = ["STAGES", "Validation", "check_passages", "run_stages", "validate"]

Check: TypeAlias = "Callable[[Corpus], Iterator[Finding]]"

STAGES = ("syntax", "schema", "names", "evidence", "shapes", "integrity", "links")


@dataclass(frozen=True, slots=True)
class Validation:
    """Hold the report and the stages that ran; a stage with violations ends the run."""

    report: Report
    stages: tuple[str, ...]

    @property
    def skipped(self) -> tuple[str, ...]:
        """Return the stages that did not run because an earlier one failed."""
        return tuple(stage for stage in STAGES if stage not in self.stages)


def validate(bundle: Bundle, captures: Path | None = None) -> Validation:
    """Validate all data of a bundle; with a folder of captures, the passages are looked up there.

    Raises UsageError where that folder is none.
    """
    checks: Mapping[str, Check] = {
        "names": check_names,
        "evidence": partial(check_passages, captures=captures),
        "shapes": _shapes,
        "integrity": _integrity,
        "links": check_links,
    }
    return run_stages(read_corpus(bundle), checks)


def run_stages(corpus: Corpus, checks: Mapping[str, Check]) -> Validation:
    """Run checks in their order on what was read, until a stage has violations."""
    report, stages = Report.of(corpus.findings), list(_read(corpus))
    for name, check in checks.items():
        if not report.conforms:
            break
        report = Report.of([*report.findings, *check(corpus)])
        stages.append(name)
    return Validation(report, tuple(stages))


def _read(corpus: Corpus) -> tuple[str, ...]:
    """Return the stages that reading comes to: no file is looked into further that is not sound."""
    syntax = [found for found in corpus.findings if found.rule.startswith("syntax/")]
    is_sound = all(found.severity is not Severity.VIOLATION for found in syntax)
    only_syntax = not is_sound and len(syntax) == len(corpus.findings)
    return ("syntax",) if only_syntax else ("syntax", "schema")


def check_passages(corpus: Corpus, captures: Path | None) -> Iterator[Finding]:
    """Check the offsets of all passages and, with a folder of captures, their words."""
    yield from check_offsets(corpus)
    if captures is not None:
        texts, not_held = hold_captures(corpus, captures)
        yield from not_held
        yield from check_evidence(corpus, texts)


def _shapes(corpus: Corpus) -> Iterator[Finding]:
    positions = Positions()
    quads = []
    written = tuple(corpus_quads(corpus))
    crowded = tuple(crowded_values(written))
    if crowded:
        yield from crowded
        return
    for placed in written:
        positions.remember(placed)
        quads.append(placed.quad)
    data = rdflib_graph([*quads, *ontology_quads(corpus.bundle.ontology)])
    yield from check_shapes(data, load_shapes(corpus.bundle.shapes), positions)


def _integrity(corpus: Corpus) -> Iterator[Finding]:
    yield from check_corpus(corpus)
    yield from check_view(build_store(corpus))
