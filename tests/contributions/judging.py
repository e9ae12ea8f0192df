"""Judge a case: lay it out, validate it, and compare what is found with what has to be found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import allegiance.corpus
import allegiance.validation
from allegiance.bundle import Bundle
from allegiance.contribution_case import lay_out, load_cases
from allegiance.finding import Severity
from allegiance.shacl import load_shapes
from allegiance.validation import validate
from allegiance.vocabulary import load_vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from allegiance.contribution_case import Case
    from allegiance.finding import Finding, Place

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent.parent
BASE = HERE / "base"
STAGES = ("syntax", "structure", "names", "evidence", "shapes", "integrity", "links")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold what was found in a case, and where its finding has to stand."""

    case: Case
    place: Place | None
    findings: tuple[Finding, ...]

    @property
    def own(self) -> Finding | None:
        """Return the finding of the rule that the case breaks."""
        return next((found for found in self.findings if found.rule == self.case.rule), None)

    @property
    def others(self) -> tuple[Finding, ...]:
        """Return what else was found."""
        return tuple(found for found in self.findings if found is not self.own)

    @property
    def is_on_line(self) -> bool:
        """Tell whether the finding stands in the right file and line."""
        return self.own is not None and self.own.place[:2] == (self.place or ())[:2]

    @property
    def is_on_column(self) -> bool:
        """Tell whether the finding stands at the right character."""
        return self.own is not None and self.own.place == self.place


def cases(stage: str) -> tuple[Case, ...]:
    """Read the cases of a stage, or those of `right`."""
    return load_cases(HERE / f"{stage}.yaml")


def wrong_cases() -> Iterator[Case]:
    """Give all cases that have to be found."""
    for stage in STAGES:
        yield from cases(stage)


def judged(case: Case, root: Path) -> Verdict:
    """Validate a case in a folder that is not there yet."""
    lay_out(BASE, root, PROJECT, case)
    report = validate(Bundle(root), root / "captures" if case.captures else None).report
    return Verdict(case, None if case.rule is None else case.place(BASE), report.findings)


def violations(verdict: Verdict) -> tuple[Finding, ...]:
    """Return what stands in the way of a merge."""
    return tuple(found for found in verdict.findings if found.severity is Severity.VIOLATION)


def read_once(patch: pytest.MonkeyPatch) -> None:
    """Let all cases share the ontology and the shapes, which they have in common."""
    vocabulary, shapes = cache(load_vocabulary), cache(load_shapes)
    patch.setattr(allegiance.corpus, "load_vocabulary", lambda at: vocabulary(at.resolve()))
    if hasattr(allegiance.validation, "load_shapes"):
        patch.setattr(allegiance.validation, "load_shapes", lambda at: shapes(at.resolve()))
