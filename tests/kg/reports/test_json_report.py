"""The form for programs: JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from allegiance.finding import Finding, Place, Report
from allegiance.reports import REPORTS

if TYPE_CHECKING:
    from allegiance.reports import Sources

as_json = REPORTS["json"]


def test_a_report_as_json_names_every_part_of_a_finding(
    violation: Finding, no_sources: Sources
) -> None:
    """It says whether all is well, and gives each finding's place by its parts, and its page."""
    assert json.loads(as_json(Report.of([violation]), no_sources)) == {
        "conforms": False,
        "findings": [
            {
                "place": {"file": "b.yaml", "line": 10, "column": 2},
                "rule": "names/unknown",
                "message": "There is no actor 'x'.",
                "remedy": "Add it.",
                "severity": "violation",
                "page": "https://w3id.org/allegiance/rule/names/unknown",
            }
        ],
    }


def test_stages_are_told_where_the_run_had_some(violation: Finding, no_sources: Sources) -> None:
    """The stages that ran and those that did not are two lists."""
    report = Report((violation,), stages=("syntax", "schema"), skipped=("names",))
    assert json.loads(as_json(report, no_sources))["stages"] == {
        "run": ["syntax", "schema"],
        "skipped": ["names"],
    }


def test_hostile_text_is_data(no_sources: Sources) -> None:
    """What a contribution wrote comes back as it was, and is nowhere active in the text."""
    evil = "\x1b[2J\u202e\n::error::x##[add-mask]"
    text = as_json(Report.of([Finding(Place(evil), "r", evil, evil)]), no_sources)
    assert json.loads(text)["findings"][0]["message"] == evil
    assert text.replace("\n", "").isprintable()
    assert "##[" not in text
    assert not any(line.lstrip().startswith("::") for line in text.split("\n"))
