"""Write a report as JSON, for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from allegiance.finding import rule_page
from allegiance.reports.escaping import json_text

if TYPE_CHECKING:
    from allegiance.finding import Report
    from allegiance.reports.sources import Sources

__all__ = ["as_json"]


def as_json(report: Report, _sources: Sources) -> str:
    """Write the report as one JSON object; with the stages, where the report knows them."""
    rows = [
        asdict(found) | {"place": found.place._asdict(), "page": rule_page(found.rule)}
        for found in report.findings
    ]
    value: dict[str, object] = {"conforms": report.conforms, "findings": rows}
    if report.stages:
        value["stages"] = {"run": report.stages, "skipped": report.skipped}
    return json_text(value)
