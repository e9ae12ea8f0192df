"""Write a report as GitHub workflow commands, which show findings on their lines.

GitHub shows ten errors and ten warnings of a step, and hides the rest without a word. So the report
chooses: errors first, spread over the files, and the last one of a level says how many more.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from allegiance.finding import Severity, rule_page
from allegiance.reports.escaping import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allegiance.finding import Finding, Report
    from allegiance.reports.sources import Sources

__all__ = ["as_github"]

_LEVELS = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_MOST = 10


def as_github(report: Report, _sources: Sources) -> str:
    """Write at most ten workflow commands of each level."""
    return "\n".join(
        command
        for severity, level in _LEVELS.items()
        for command in _commands(
            level, [found for found in report.findings if found.severity is severity]
        )
    )


def _commands(level: str, findings: Sequence[Finding]) -> Iterator[str]:
    shown = findings if len(findings) <= _MOST else _spread(findings, _MOST - 1)
    for found in shown:
        yield (
            f"::{level} file={_property(found.place.file)},line={found.place.line},"
            f"col={found.place.column},title={_property(found.rule)}::{_message(found)}"
        )
    if left := len(findings) - len(shown):
        yield f"::{level} title={left} more::{left} more: see the summary of this run."


def _spread(findings: Sequence[Finding], most: int) -> list[Finding]:
    """Return some of the findings, in turn one of each file, sorted by place."""
    turns: Counter[str] = Counter()
    ranked = []
    for found in findings:
        ranked.append((turns[found.place.file], found))
        turns[found.place.file] += 1
    return sorted(found for _, found in sorted(ranked)[:most])


def _message(found: Finding) -> str:
    lines = (visible(found.message), visible(found.remedy), rule_page(found.rule))
    return _escaped("\n".join(lines))


def _property(text: str) -> str:
    return _escaped(visible(text)).replace(":", "%3A").replace(",", "%2C")


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
