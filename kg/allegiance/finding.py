"""Findings: what is wrong with a contribution, where, and what to write instead."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Finding", "Place", "Report", "Severity", "as_github", "as_json", "as_text"]

_GITHUB_LEVEL = {"violation": "error", "warning": "warning", "info": "notice"}


class Severity(StrEnum):
    """Tell how much a finding weighs: only violations fail a contribution."""

    VIOLATION = "violation"
    WARNING = "warning"
    INFO = "info"


class Place(NamedTuple):
    """Point at a character of a file; line and column count from 1.

    A named tuple, since one is made for each value of each file that is read.
    """

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        """Write file:line:column, which editors and terminals make clickable."""
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Say what is wrong, where it stands and how to mend it; `rule` is the rule's stable code."""

    place: Place
    rule: str
    message: str
    remedy: str
    severity: Severity = Severity.VIOLATION


@dataclass(frozen=True, slots=True)
class Report:
    """Hold all findings of a run, sorted by place, each once."""

    findings: tuple[Finding, ...] = field(default=())

    @staticmethod
    def of(findings: Iterable[Finding]) -> Report:
        """Gather findings.

        >>> Report.of([Finding(Place("a.yaml", 2), "r", "m", "f")] * 2).findings[0].place.line
        2
        """
        return Report(tuple(sorted(set(findings))))

    @property
    def conforms(self) -> bool:
        """Tell whether nothing stands in the way of a merge."""
        return not any(found.severity is Severity.VIOLATION for found in self.findings)


def as_text(report: Report) -> str:
    """Write one paragraph for each finding, and a closing count."""
    lines = []
    for found in report.findings:
        lines.append(f"{found.place}: {found.severity}: {found.message} [{found.rule}]")
        lines.append(f"    remedy: {found.remedy}")
    violations = sum(found.severity is Severity.VIOLATION for found in report.findings)
    lines.append(f"{violations} violations, {len(report.findings) - violations} other findings.")
    return "\n".join(lines)


def as_json(report: Report) -> str:
    """Write the report as one JSON object."""
    rows = [asdict(found) | {"place": found.place._asdict()} for found in report.findings]
    return json.dumps({"conforms": report.conforms, "findings": rows}, indent=2, ensure_ascii=False)


def as_github(report: Report) -> str:
    """Write GitHub workflow commands, which show each finding on its line of a pull request."""
    return "\n".join(
        f"::{_GITHUB_LEVEL[found.severity]} file={_property(found.place.file)},"
        f"line={found.place.line},col={found.place.column},title={_property(found.rule)}::"
        f"{_message(found.message + ' ' + found.remedy)}"
        for found in report.findings
    )


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
