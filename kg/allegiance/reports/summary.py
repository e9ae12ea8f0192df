"""Write a report as Markdown, for the summary page of a run.

GitHub takes at most 1 MiB from a step and drops a longer summary whole, so the report ends before.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from allegiance.finding import Severity, rule_page
from allegiance.reports.escaping import counted, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from allegiance.finding import Finding, Report
    from allegiance.reports.sources import Sources

__all__ = ["as_summary", "markdown"]

# The rest of the MiB is left to what else a step writes into its summary.
_MOST_BYTES = 900_000
_MOST_RULES = 200
_COMMAND = "`allegiance validate --format text`"
_ACTIVE = re.compile(
    r"://|www(?=\.)|@|GH-(?=\d)|:(?=\d*[a-z_+-][\w+-]*:)|[\\`*_\[\]<>&|~$#]", re.IGNORECASE
)
_NOTHING = "&#8203;"


def as_summary(report: Report, _sources: Sources) -> str:
    """Write a count for each rule, and a table of the findings, violations first."""
    violations = sum(found.severity is Severity.VIOLATION for found in report.findings)
    others = len(report.findings) - violations
    count = f"{counted(violations, 'violation')}, {counted(others, 'other finding')}"
    lines = [f"## Findings: {count}", ""]
    if report.skipped:
        lines += [f"Not run until the violations are mended: {', '.join(report.skipped)}.", ""]
    if report.findings:
        lines += [*_counts(report.findings), "", *_table(report.findings)]
    return "\n".join(lines).rstrip()


def markdown(text: str) -> str:
    """Write a text so that Markdown shows it as it stands: no markup, link, mention or table cell.

    GitHub looks for mentions and links after entities are read, so these are parted by a space of
    no width.

    >>> markdown("<b>|@you")
    '&#60;b&#62;&#124;@&#8203;you'
    """
    return _ACTIVE.sub(_inactive, visible(text))


def _inactive(found: re.Match[str]) -> str:
    part = found.group()
    if part == "://":
        return f":{_NOTHING}//"
    if part in "@:" or len(part) > 1:
        return part + _NOTHING
    # A number sign before a digit would refer to an issue, also when it is written as an entity.
    follows = found.string[found.end() : found.end() + 1]
    return f"&#{ord(part)};" + (_NOTHING if part == "#" and follows.isdigit() else "")


def _link(rule: str) -> str:
    return f"[{markdown(rule)}]({rule_page(rule)})"


def _counts(findings: Iterable[Finding]) -> Iterator[str]:
    every: Counter[str] = Counter()
    failing: Counter[str] = Counter()
    for found in findings:
        every[found.rule] += 1
        failing[found.rule] += found.severity is Severity.VIOLATION
    yield "| Rule | Violations | Others |"
    yield "|---|---:|---:|"
    rules = sorted(every)
    for rule in rules[:_MOST_RULES]:
        yield f"| {_link(rule)} | {failing[rule]} | {every[rule] - failing[rule]} |"
    if (left := len(rules) - _MOST_RULES) > 0:
        yield f"| {counted(left, 'rule')} more | | |"


def _table(findings: Iterable[Finding]) -> Iterator[str]:
    """Write as many rows as fit, and how many do not."""
    yield "| Place | What | Remedy | Rule |"
    yield "|---|---|---|---|"
    heaviest = sorted(findings, key=lambda each: each.severity is not Severity.VIOLATION)
    left, room = len(heaviest), _MOST_BYTES
    for found in heaviest:
        row = _row(found)
        room -= len(row.encode()) + 1
        if room < 0:
            break
        left -= 1
        yield row
    if left:
        yield ""
        yield f"{counted(left, 'finding')} left out here. {_COMMAND} shows all."


def _row(found: Finding) -> str:
    place = f"<code>{markdown(str(found.place))}</code>"
    weight = "" if found.severity is Severity.VIOLATION else f"{found.severity}: "
    what, remedy = markdown(found.message), markdown(found.remedy)
    return f"| {place} | {weight}{what} | {remedy} | {_link(found.rule)} |"
