"""The form for systems that show test results: JUnit XML."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

from allegiance.finding import Finding, Place, Report, Severity
from allegiance.reports import REPORTS, Sources

if TYPE_CHECKING:
    from pathlib import Path
    from xml.etree.ElementTree import Element

COUNTS = ("tests", "failures", "errors", "skipped")


def _root(report: Report, sources: Sources) -> Element:
    text = REPORTS["junit"](report, sources)
    return ElementTree.fromstring(text.encode())  # noqa: S314 - written here, with no DOCTYPE


def _counts(element: Element) -> tuple[str | None, ...]:
    return tuple(element.get(name) for name in COUNTS)


def test_each_file_is_a_suite_and_each_finding_a_case(
    violation: Finding, warning: Finding, no_sources: Sources
) -> None:
    """Suites count their own cases, the document counts all; only violations fail."""
    other = Finding(Place("b.yaml", 12), "r", "m", "f")
    root = _root(Report.of([violation, warning, other]), no_sources)
    assert [(suite.get("name"), *_counts(suite)) for suite in root] == [
        ("a.yaml", "1", "0", "0", "0"),
        ("b.yaml", "2", "2", "0", "0"),
    ]
    assert (root.tag, *_counts(root)) == ("testsuites", "3", "2", "0", "0")


def test_a_violation_fails_with_message_line_remedy_and_page(
    tmp_path: Path, violation: Finding
) -> None:
    """A case is named by rule and place, and says in its failure what to do."""
    (tmp_path / "b.yaml").write_text("\n" * 9 + "- nobody\n", encoding="utf-8")
    case = _root(Report.of([violation]), Sources(tmp_path))[0][0]
    assert case.attrib == {
        "classname": "b.yaml",
        "name": "names/unknown 10:2",
        "file": "b.yaml",
        "line": "10",
    }
    (failure,) = case
    assert failure.tag == "failure"
    assert failure.attrib == {"message": "There is no actor 'x'.", "type": "names/unknown"}
    assert failure.text == (
        "line: - nobody\nremedy: Add it.\nsee https://w3id.org/allegiance/rule/names/unknown"
    )


def test_a_warning_passes_and_is_told(warning: Finding, no_sources: Sources) -> None:
    """What does not fail a contribution does not fail its case, but stands in its output."""
    (output,) = _root(Report.of([warning]), no_sources)[0][0]
    assert output.tag == "system-out"
    assert output.text == (
        "warning: A tab.\nremedy: Use spaces.\nsee https://w3id.org/allegiance/rule/syntax/tab"
    )


def test_a_run_with_nothing_to_say_has_a_case_that_passes(no_sources: Sources) -> None:
    """A document without cases would look like a run that did not happen."""
    root = _root(Report(), no_sources)
    assert _counts(root) == ("1", "0", "0", "0")
    (case,) = root[0]
    assert (case.get("name"), len(case)) == ("no findings", 0)


def test_a_stage_that_did_not_run_is_skipped(violation: Finding, no_sources: Sources) -> None:
    """Stages that an earlier one stopped are cases that were skipped, with the reason."""
    root = _root(Report((violation,), skipped=("shapes", "links")), no_sources)
    assert _counts(root) == ("3", "1", "0", "2")
    assert [case.get("name") for case in root[1]] == ["stage shapes", "stage links"]
    assert root[1][0][0].get("message") == "Not run until the violations are mended."


def test_what_xml_forbids_is_visible(no_sources: Sources) -> None:
    """Control characters, halves of characters and markup of a contribution do not break it."""
    evil = "\x00\x1b[1m\udc80\uffff\u202e]]><failure>&\"'"
    shown = "\\x00\\x1b[1m\\udc80\\uffff\\u202e]]><failure>&\"'"
    for severity in Severity:
        found = Finding(Place(evil), evil, evil, evil, severity)
        case = _root(Report.of([found]), no_sources)[0][0]
        assert case.get("classname") == shown
        assert f"remedy: {shown}" in str(case[0].text)
