"""The form for GitHub: workflow commands, ten of each level."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from allegiance.finding import Finding, Place, Report, Severity
from allegiance.reports import REPORTS

if TYPE_CHECKING:
    from allegiance.reports import Sources

PAGE = "https://w3id.org/allegiance/rule"
as_github = REPORTS["github"]


def _many(files: str, count: int, severity: Severity = Severity.VIOLATION) -> list[Finding]:
    return [
        Finding(Place(file, line), "r", "m", "f", severity)
        for file in files
        for line in range(1, count + 1)
    ]


def _places(text: str) -> list[tuple[str, str]]:
    return re.findall(r"^::(\w+) file=(\w+,line=\d+)", text, re.MULTILINE)


def test_a_finding_is_one_command_errors_first(
    violation: Finding, warning: Finding, no_sources: Sources
) -> None:
    """Violations become errors, warnings warnings and remarks notices, with remedy and page."""
    remark = Finding(Place("a.yaml", 1, 2), "r", "m", "f", Severity.INFO)
    expected = (
        "::error file=b.yaml,line=10,col=2,title=names/unknown::There is no actor 'x'."
        f"%0AAdd it.%0A{PAGE}/names/unknown\n"
        "::warning file=a.yaml,line=9,col=30,title=syntax/tab::"
        f"A tab.%0AUse spaces.%0A{PAGE}/syntax/tab\n"
        f"::notice file=a.yaml,line=1,col=2,title=r::m%0Af%0A{PAGE}/r"
    )
    text = as_github(Report.of([remark, warning, violation]), no_sources)
    assert text == expected


def test_nothing_is_written_for_nothing(no_sources: Sources) -> None:
    """A report without findings has no commands."""
    assert as_github(Report(), no_sources) == ""


def test_ten_findings_are_all_shown(no_sources: Sources) -> None:
    """Up to ten of a level nothing is left out."""
    text = as_github(Report.of(_many("a", 10)), no_sources)
    assert len(text.split("\n")) == 10
    assert "more" not in text


def test_the_tenth_of_a_level_counts_what_is_not_shown(no_sources: Sources) -> None:
    """Of eleven findings nine are shown, and the tenth command says how many more there are."""
    lines = as_github(Report.of(_many("a", 11)), no_sources).split("\n")
    assert len(lines) == 10
    assert lines[9] == "::error title=2 more::2 more: see the summary of this run."


def test_each_level_has_its_own_ten(no_sources: Sources) -> None:
    """A flood of errors leaves the warnings and the remarks their room, 30 commands at most."""
    report = Report.of(
        [*_many("a", 99), *_many("b", 99, Severity.WARNING), *_many("c", 99, Severity.INFO)]
    )
    levels = [line[2:].split()[0] for line in as_github(report, no_sources).split("\n")]
    assert levels == ["error"] * 10 + ["warning"] * 10 + ["notice"] * 10


def test_no_file_is_left_out_for_another(no_sources: Sources) -> None:
    """The nine are taken from each file in turn, and stand sorted by file and line."""
    findings = [*_many("a", 50), *_many("bc", 1), *_many("d", 3)]
    assert _places(as_github(Report.of(findings), no_sources)) == [
        *(("error", f"a,line={line}") for line in (1, 2, 3, 4)),
        ("error", "b,line=1"),
        ("error", "c,line=1"),
        *(("error", f"d,line={line}") for line in (1, 2, 3)),
    ]


def test_a_finding_cannot_break_out_of_its_command(no_sources: Sources) -> None:
    """Percent signs are escaped, and in properties colons and commas; line breaks are visible."""
    found = Finding(Place("a,b:c%.yaml"), "r:1", "50% of\r\n::error::x", "a, b: c")
    assert as_github(Report.of([found]), no_sources) == (
        r"::error file=a%2Cb%3Ac%25.yaml,line=1,col=1,title=r%3A1::50%25 of\r\n::error::x"
        f"%0Aa, b: c%0A{PAGE}/r%253A1"
    )


def test_every_line_is_a_command_of_ours(no_sources: Sources) -> None:
    """Whatever a contribution wrote, a finding is one line, and no character is hidden."""
    evil = "\n::add-mask::x\r\n##[error]\u2028\x85\x0b\x0c::stop-commands::\x1b[1m"
    text = as_github(Report.of([Finding(Place(evil), evil, evil, evil)]), no_sources)
    assert text.isprintable()
    assert text.startswith("::error file=")
    assert "##[" not in text
