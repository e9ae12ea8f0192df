"""Findings: their order, what fails a run, and the three ways to write them."""

from __future__ import annotations

import json

from allegiance.finding import Finding, Place, Report, Severity, as_github, as_json, as_text

LATE = Finding(Place("b.yaml", 10, 2), "names/unknown", "There is no actor 'x'.", "Add it.")
EARLY = Finding(Place("a.yaml", 9, 30), "syntax/tab", "A tab.", "Use spaces.", Severity.WARNING)


def test_a_place_is_written_as_file_line_and_column() -> None:
    """A place reads file:line:column, with line and column counted from 1."""
    assert str(Place("kg/a.yaml", 3, 7)) == "kg/a.yaml:3:7"
    assert str(Place("kg/a.yaml")) == "kg/a.yaml:1:1"


def test_a_report_holds_each_finding_once_in_the_order_of_places() -> None:
    """Findings are sorted by file, line and column as numbers, and none stands twice."""
    second = Finding(Place("b.yaml", 9, 99), "r", "m", "f")
    assert Report.of([LATE, second, EARLY, LATE]).findings == (EARLY, second, LATE)


def test_only_violations_stand_in_the_way() -> None:
    """A report with warnings and remarks alone conforms."""
    remark = Finding(Place("c.yaml"), "r", "m", "f", Severity.INFO)
    assert Report.of([EARLY, remark]).conforms
    assert not Report.of([EARLY, LATE]).conforms
    assert Report().conforms


def test_a_report_as_text_gives_place_message_rule_remedy_and_count() -> None:
    """Each finding is two lines, and the last line counts violations and other findings."""
    assert as_text(Report.of([LATE, EARLY])) == (
        "a.yaml:9:30: warning: A tab. [syntax/tab]\n"
        "    remedy: Use spaces.\n"
        "b.yaml:10:2: violation: There is no actor 'x'. [names/unknown]\n"
        "    remedy: Add it.\n"
        "1 violations, 1 other findings."
    )


def test_a_report_as_json_names_every_part_of_a_finding() -> None:
    """The JSON report says whether all is well, and gives each finding's place by its parts."""
    assert json.loads(as_json(Report.of([LATE]))) == {
        "conforms": False,
        "findings": [
            {
                "place": {"file": "b.yaml", "line": 10, "column": 2},
                "rule": "names/unknown",
                "message": "There is no actor 'x'.",
                "remedy": "Add it.",
                "severity": "violation",
            }
        ],
    }


def test_a_report_for_github_is_one_workflow_command_for_each_finding() -> None:
    """Violations become errors, warnings warnings and remarks notices, on their lines."""
    remark = Finding(Place("c.yaml", 1, 2), "r", "m", "f", Severity.INFO)
    assert as_github(Report.of([LATE, EARLY, remark])).split("\n") == [
        "::warning file=a.yaml,line=9,col=30,title=syntax/tab::A tab. Use spaces.",
        "::error file=b.yaml,line=10,col=2,title=names/unknown::There is no actor 'x'. Add it.",
        "::notice file=c.yaml,line=1,col=2,title=r::m f",
    ]


def test_a_finding_cannot_break_out_of_its_workflow_command() -> None:
    """Percent signs, line breaks, and in properties colons and commas, are escaped."""
    found = Finding(Place("a,b:c%.yaml"), "r:1", "50% of\r\n::error::x", "a, b: c")
    assert as_github(Report.of([found])) == (
        "::error file=a%2Cb%3Ac%25.yaml,line=1,col=1,title=r%3A1::50%25 of%0D%0A::error::x a, b: c"
    )
