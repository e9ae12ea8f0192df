"""Findings: what is wrong with a contribution, where, and what to write instead."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Finding", "Place", "Report", "Severity", "rule_page"]


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
    """Hold all findings of a run, sorted by place, each once.

    `stages` are those that ran, `skipped` those that an earlier one stopped; both are empty where
    a run has no stages.
    """

    findings: tuple[Finding, ...] = field(default=())
    stages: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()

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


def rule_page(rule: str) -> str:
    """Return the address of the page that explains a rule.

    >>> rule_page("names/unknown-actor")
    'https://w3id.org/allegiance/rule/names/unknown-actor'
    """
    return f"https://w3id.org/allegiance/rule/{quote(rule, errors='replace')}"
