"""The forms in which a report can be written, by their names.

Each takes the report and the sources that its findings point into. What a contribution puts into a
message, a remedy or a file's name is shown as text in every form: it cannot steer a terminal, give
a command to the machine that runs the checks, or become markup.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from allegiance.reports.github import as_github
from allegiance.reports.json_report import as_json
from allegiance.reports.junit import as_junit
from allegiance.reports.sarif import as_sarif
from allegiance.reports.sources import Sources
from allegiance.reports.summary import as_summary
from allegiance.reports.text import as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from allegiance.finding import Report

__all__ = ["REPORTS", "Sources"]

REPORTS: Mapping[str, Callable[[Report, Sources], str]] = {
    "text": as_text,
    "github": as_github,
    "json": as_json,
    "sarif": as_sarif,
    "junit": as_junit,
    "summary": as_summary,
}
