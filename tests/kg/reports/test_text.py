"""The form for terminals: each finding with its line and a caret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from allegiance.finding import Finding, Place, Report
from allegiance.reports import REPORTS, Sources

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "https://w3id.org/allegiance/rule"
as_text = REPORTS["text"]


def test_each_finding_has_its_line_remedy_and_page(
    tmp_path: Path, violation: Finding, warning: Finding
) -> None:
    """A paragraph names place, weight, message and rule, shows the line, and says what to do."""
    (tmp_path / "b.yaml").write_text("\n" * 9 + "- nobody\n", encoding="utf-8")
    assert as_text(Report.of([violation, warning]), Sources(tmp_path)) == (
        "a.yaml:9:30: warning: A tab. [syntax/tab]\n"
        "    remedy: Use spaces.\n"
        f"    see {PAGE}/syntax/tab\n"
        "b.yaml:10:2: violation: There is no actor 'x'. [names/unknown]\n"
        "    10 | - nobody\n"
        "       |  ^\n"
        "    remedy: Add it.\n"
        f"    see {PAGE}/names/unknown\n"
        "1 violation, 1 other finding."
    )


def test_an_empty_report_is_a_count() -> None:
    """Where nothing is wrong, the report says so in one line."""
    assert as_text(Report(), Sources(None)) == "0 violations, 0 other findings."


@pytest.mark.parametrize(
    ("line", "column", "cells"),
    [
        ("abc", 3, 2),
        ("年月x", 3, 4),
        ("\t\tx", 3, 4),
        ("e\u0301x", 3, 1),
        ("ab", 9, 2),
        ("🦊x", 2, 2),
    ],
)
def test_the_caret_stands_under_the_column(
    tmp_path: Path, line: str, column: int, cells: int
) -> None:
    """Wide and combining characters, tabs and columns past the end do not shift the caret."""
    (tmp_path / "a.ttl").write_text(line, encoding="utf-8")
    found = Finding(Place("a.ttl", 1, column), "r", "m", "f")
    written = as_text(Report.of([found]), Sources(tmp_path)).split("\n")
    assert written[2] == "      | " + " " * cells + "^"


def test_a_blank_line_is_not_shown(tmp_path: Path) -> None:
    """A caret under nothing would say nothing."""
    (tmp_path / "a.ttl").write_text("\n\n", encoding="utf-8")
    found = Finding(Place("a.ttl", 2), "r", "m", "f")
    assert "|" not in as_text(Report.of([found]), Sources(tmp_path))


def test_hostile_text_cannot_steer_a_terminal_or_a_log(tmp_path: Path) -> None:
    """No escape sequence, turn of direction, own line or command of a contribution is left."""
    evil = "\x1b[2J\u202e\n::error::x\r##[add-mask]"
    name = "::stop-commands::x"
    (tmp_path / name).write_text("::set-output::b ##[add-mask]\n", encoding="utf-8")
    report = Report.of([Finding(Place(name), evil, evil, evil)])
    written = as_text(report, Sources(tmp_path))
    lines = written.split("\n")
    assert len(lines) == 6
    assert lines[1] == r"    1 | ::set-output::b ##\x5badd-mask]"
    assert all(line.isprintable() and not line.lstrip().startswith("::") for line in lines)
    assert "##[" not in written
    assert lines[3] == r"    remedy: \x1b[2J\u202e\n::error::x\r#\x23[add-mask]"
