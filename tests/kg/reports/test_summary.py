"""The form for the summary page of a run: Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from allegiance.finding import Finding, Place, Report, Severity
from allegiance.reports import REPORTS
from allegiance.reports.summary import markdown

if TYPE_CHECKING:
    from allegiance.reports import Sources

PAGE = "https://w3id.org/allegiance/rule"
as_summary = REPORTS["summary"]


def test_rules_are_counted_and_findings_listed(
    violation: Finding, warning: Finding, no_sources: Sources
) -> None:
    """First how often each rule was broken, then a row for each finding, violations first."""
    again = Finding(Place("c.yaml", 1, 1), "names/unknown", "Another.", "Add that.")
    assert as_summary(Report.of([warning, again, violation]), no_sources) == (
        "## Findings: 2 violations, 1 other finding\n"
        "\n"
        "| Rule | Violations | Others |\n"
        "|---|---:|---:|\n"
        f"| [names/unknown]({PAGE}/names/unknown) | 2 | 0 |\n"
        f"| [syntax/tab]({PAGE}/syntax/tab) | 0 | 1 |\n"
        "\n"
        "| Place | What | Remedy | Rule |\n"
        "|---|---|---|---|\n"
        "| <code>b.yaml:10:2</code> | There is no actor 'x'. | Add it. "
        f"| [names/unknown]({PAGE}/names/unknown) |\n"
        "| <code>c.yaml:1:1</code> | Another. | Add that. "
        f"| [names/unknown]({PAGE}/names/unknown) |\n"
        "| <code>a.yaml:9:30</code> | warning: A tab. | Use spaces. "
        f"| [syntax/tab]({PAGE}/syntax/tab) |"
    )


def test_a_run_without_findings_is_one_heading(no_sources: Sources) -> None:
    """Where nothing is wrong there are no empty tables."""
    assert as_summary(Report(), no_sources) == "## Findings: 0 violations, 0 other findings"


def test_stages_that_did_not_run_are_told(violation: Finding, no_sources: Sources) -> None:
    """A summary of a run that stopped early says what it does not cover."""
    text = as_summary(Report((violation,), skipped=("shapes", "links")), no_sources)
    assert "\n\nNot run until the violations are mended: shapes, links.\n\n" in text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a | b", "a &#124; b"),
        ("`code`", "&#96;code&#96;"),
        ("<img src=x>", "&#60;img src=x&#62;"),
        ("&amp;", "&#38;amp;"),
        ("[x](y) ![z](y)", "&#91;x&#93;(y) !&#91;z&#93;(y)"),
        ("*a* _b_ ~c~ $d$", "&#42;a&#42; &#95;b&#95; &#126;c&#126; &#36;d&#36;"),
        ("\\|", "&#92;&#124;"),
        ("@everyone a@b.example", "@&#8203;everyone a@&#8203;b.example"),
        ("#12 # 1", "&#35;&#8203;12 &#35; 1"),
        ("GH-12", "GH-&#8203;12"),
        ("https://x.example WWW.x.example", "https:&#8203;//x.example WWW&#8203;.x.example"),
        (":tada: a: b", ":&#8203;tada: a: b"),
        ("one\ntwo\r", "one&#92;ntwo&#92;r"),
        ("\u202e\x1b", "&#92;u202e&#92;x1b"),
        ("a.yaml:10:2", "a.yaml:10:2"),
    ],
)
def test_no_markup_of_a_contribution_takes_effect(written: str, shown: str) -> None:
    """What Markdown, HTML or GitHub would act on is shown as it was written."""
    assert markdown(written) == shown


def test_every_cell_of_a_row_is_escaped(no_sources: Sources) -> None:
    """A finding is one row of four cells, whatever stands in any part of it."""
    evil = "a|b\n<x>`@me`](http://e.example)"
    report = Report.of([Finding(Place(evil), evil, evil, evil)])
    lines = as_summary(report, no_sources).split("\n")
    assert len(lines) == 9
    row = lines[-1]
    assert row.count("|") == 5
    assert "<x>" not in row
    assert "`" not in row
    assert "@me" not in row
    assert "http://" not in row


def test_a_long_summary_ends_at_a_finding_and_says_how_many_are_left_out(
    no_sources: Sources,
) -> None:
    """It stays below 1 MiB, its rows are whole, and the count of those left out is right."""
    many = [Finding(Place("a", n), "r", "é" * 900, "f") for n in range(1, 1_001)]
    last = Finding(Place("b"), "s", "A warning.", "f", Severity.WARNING)
    text = as_summary(Report.of([*many, last]), no_sources)
    lines = text.split("\n")
    rows = [line for line in lines if line.startswith("| <code>")]
    assert 800_000 < len(text.encode()) < 1_000_000
    assert all(row.endswith(f"| [r]({PAGE}/r) |") for row in rows)
    left = 1_001 - len(rows)
    assert lines[-2] == ""
    assert (
        lines[-1]
        == f"{left} findings left out here. `allegiance validate --format text` shows all."
    )


def test_many_rules_are_counted_up_to_a_limit(no_sources: Sources) -> None:
    """Of 203 rules 200 are listed, and the last row says how many more there are."""
    many = [Finding(Place("a", n), f"r/{n}", "m", "f") for n in range(1, 204)]
    lines = as_summary(Report.of(many), no_sources).split("\n")
    assert sum(line.endswith("| 1 | 0 |") for line in lines) == 200
    assert "| 3 rules more | | |" in lines
