"""Findings: their order, what fails a run, and where a rule is explained."""

from __future__ import annotations

from allegiance.finding import Finding, Place, Report, Severity, rule_page

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


def test_a_rule_leads_to_its_page() -> None:
    """A rule's page is its code under one address; what no address holds is escaped."""
    assert rule_page("names/unknown") == "https://w3id.org/allegiance/rule/names/unknown"
    assert rule_page("a) b\n") == "https://w3id.org/allegiance/rule/a%29%20b%0A"
