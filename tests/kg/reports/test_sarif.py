"""The form for code scanning: SARIF 2.1.0."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from allegiance.finding import Finding, Place, Report, Severity
from allegiance.reports import REPORTS, Sources

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def _run(findings: Iterable[Finding], sources: Sources, skipped: tuple[str, ...] = ()) -> Any:  # noqa: ANN401 - JSON
    report = Report(Report.of(findings).findings, skipped=skipped)
    log = json.loads(REPORTS["sarif"](report, sources))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    return run


def _prints(root: Path, *findings: Finding) -> list[str]:
    results = _run(findings, Sources(root))["results"]
    return [result["partialFingerprints"]["allegianceFinding/v1"] for result in results]


def test_a_result_names_rule_level_message_and_place(
    violation: Finding, warning: Finding, no_sources: Sources
) -> None:
    """The heaviest comes first, with its rule's number and a place under the checkout's root."""
    first, second = _run([warning, violation], no_sources)["results"]
    del first["partialFingerprints"]
    assert first == {
        "ruleId": "names/unknown",
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": "There is no actor 'x'. Add it."},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "b.yaml", "uriBaseId": "SRCROOT"},
                    "region": {"startLine": 10, "startColumn": 2},
                }
            }
        ],
    }
    assert (second["ruleId"], second["ruleIndex"], second["level"]) == ("syntax/tab", 1, "warning")


def test_each_rule_stands_once_with_its_page(
    violation: Finding, warning: Finding, no_sources: Sources
) -> None:
    """The driver lists the rules that were broken, with the remedy as help and a page each."""
    again = Finding(Place("c.yaml"), "names/unknown", "Another.", "Add that.")
    driver = _run([warning, violation, again], no_sources)["tool"]["driver"]
    assert driver["name"] == "allegiance"
    assert driver["rules"] == [
        {
            "id": "names/unknown",
            "shortDescription": {"text": "The rule names/unknown."},
            "help": {"text": "Add it."},
            "helpUri": "https://w3id.org/allegiance/rule/names/unknown",
        },
        {
            "id": "syntax/tab",
            "shortDescription": {"text": "The rule syntax/tab."},
            "help": {"text": "Use spaces."},
            "helpUri": "https://w3id.org/allegiance/rule/syntax/tab",
        },
    ]


def test_a_remark_is_a_note(no_sources: Sources) -> None:
    """What is neither violation nor warning has the lowest level of SARIF."""
    remark = Finding(Place("c.yaml"), "r", "m", "f", Severity.INFO)
    assert _run([remark], no_sources)["results"][0]["level"] == "note"


def test_an_empty_report_has_results_that_are_none(no_sources: Sources) -> None:
    """An empty list says that nothing was found, so that code scanning closes its alerts."""
    run = _run([], no_sources)
    assert run["results"] == []
    assert run["invocations"] == [
        {"executionSuccessful": True, "toolExecutionNotifications": []},
    ]


def test_a_fingerprint_stays_when_the_line_moves(tmp_path: Path) -> None:
    """The same line further down, and further in, is the same finding."""
    (tmp_path / "a.yaml").write_text("claim: x\n", encoding="utf-8")
    before = _prints(tmp_path, Finding(Place("a.yaml", 1, 8), "r", "m", "f"))
    (tmp_path / "a.yaml").write_text("new: y\n\n  claim: x\n", encoding="utf-8")
    assert _prints(tmp_path, Finding(Place("a.yaml", 3, 10), "r", "m", "f")) == before


@pytest.mark.parametrize(
    "other",
    [
        Finding(Place("a.yaml", 2), "r", "m", "f"),
        Finding(Place("a.yaml", 1), "s", "m", "f"),
        Finding(Place("b.yaml", 1), "r", "m", "f"),
    ],
)
def test_a_fingerprint_tells_findings_apart(tmp_path: Path, other: Finding) -> None:
    """Another line, another rule or another file is another finding."""
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text("claim: x\nclaim: y\n", encoding="utf-8")
    one = Finding(Place("a.yaml", 1), "r", "m", "f")
    assert len(set(_prints(tmp_path, one, other))) == 2


def test_findings_of_equal_lines_are_counted_apart(tmp_path: Path) -> None:
    """The second of two equal lines has the same fingerprint with the next number."""
    (tmp_path / "a.yaml").write_text("claim: x\nclaim: x\n", encoding="utf-8")
    first, second = _prints(
        tmp_path,
        Finding(Place("a.yaml", 1), "r", "m", "f"),
        Finding(Place("a.yaml", 2), "r", "m", "f"),
    )
    assert re.fullmatch(r"[0-9a-f]{32}:1", first)
    assert second == first[:-1] + "2"


def test_what_is_left_out_is_told(no_sources: Sources) -> None:
    """Of 5,002 findings 5,000 are given, violations among them first, and a notification counts."""
    many = [Finding(Place("a", n), "r", "m", "f", Severity.WARNING) for n in range(1, 5_002)]
    run = _run([*many, Finding(Place("z"), "last", "m", "f")], no_sources)
    assert len(run["results"]) == 5_000
    assert run["results"][0]["ruleId"] == "last"
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert told["level"] == "warning"
    assert told["message"]["text"].startswith("2 findings left out.")


def test_stages_that_did_not_run_are_told(violation: Finding, no_sources: Sources) -> None:
    """A log of a run that stopped early says which stages are missing."""
    run = _run([violation], no_sources, skipped=("shapes", "links"))
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert told["message"]["text"] == "Not run until the violations are mended: shapes, links."


@pytest.mark.parametrize(
    ("file", "location"),
    [
        ("kg/a b#?é.yaml", {"uri": "kg/a%20b%23%3F%C3%A9.yaml", "uriBaseId": "SRCROOT"}),
        ("javascript:x", {"uri": "javascript%3Ax", "uriBaseId": "SRCROOT"}),
        ("//evil.example/x", {"uri": "file:////evil.example/x"}),
        ("/elsewhere/a.yaml", {"uri": "file:///elsewhere/a.yaml"}),
    ],
)
def test_a_place_is_an_address_within_the_checkout(
    file: str, location: dict[str, str], no_sources: Sources
) -> None:
    """A name of a file cannot become an address of another kind or another host."""
    result = _run([Finding(Place(file), "r", "m", "f")], no_sources)["results"][0]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == location


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("[click](http://evil.example)", r"\[click\](http://evil.example) f"),
        ("a {0} b", "a {{0}} b f"),
        ("a list [1] {x}", "a list [1] {x} f"),
        ("\x1b[1m\u202e\n", r"\x1b[1m\u202e\n f"),
    ],
)
def test_a_message_holds_no_link_and_no_placeholder(
    message: str, text: str, no_sources: Sources
) -> None:
    """What SARIF would read as a link or an argument is escaped, and nothing is hidden."""
    result = _run([Finding(Place("a"), "r", message, "f")], no_sources)["results"][0]
    assert result["message"]["text"] == text
