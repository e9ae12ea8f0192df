"""Write a report for a terminal: each finding with its line, and a caret under the column."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from allegiance.finding import Severity, rule_page
from allegiance.reports.escaping import counted, visible, visible_place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allegiance.finding import Finding, Report
    from allegiance.reports.sources import Sources

__all__ = ["as_text"]


def as_text(report: Report, sources: Sources) -> str:
    """Write one paragraph for each finding, and a closing count."""
    lines = [line for found in report.findings for line in _paragraph(found, sources)]
    violations = sum(found.severity is Severity.VIOLATION for found in report.findings)
    others = len(report.findings) - violations
    lines.append(f"{counted(violations, 'violation')}, {counted(others, 'other finding')}.")
    return "\n".join(lines)


def _paragraph(found: Finding, sources: Sources) -> Iterator[str]:
    message = visible(found.message)
    yield f"{visible_place(found.place)}: {found.severity}: {message} [{visible(found.rule)}]"
    yield from _pointer(found, sources)
    yield f"    remedy: {visible(found.remedy)}"
    yield f"    see {rule_page(found.rule)}"


def _pointer(found: Finding, sources: Sources) -> Iterator[str]:
    """Write the offending line behind its number, so that it cannot begin a line of a log."""
    excerpt = sources.excerpt(found.place)
    if excerpt is None or not excerpt.text.strip():
        return
    number = str(found.place.line)
    yield f"    {number} | {excerpt.text.rstrip()}"
    yield f"    {' ' * len(number)} | {' ' * _cells(excerpt.before)}^"


def _cells(text: str) -> int:
    """Count the cells that a text takes on a terminal.

    >>> _cells("a"), _cells("年"), _cells("e\u0301")
    (1, 2, 1)
    """
    return sum(
        0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF")
        for each in text
    )
