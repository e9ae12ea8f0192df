"""What holds for every form of a report."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from allegiance.commands import command_group
from allegiance.finding import Finding, Place, Report, Severity
from allegiance.reports import REPORTS, Sources

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Checkout

FORMS = ("text", "github", "json", "sarif", "junit", "summary")
EVIL = "::error::\x00\x1b[2J\u202e\r\n::add-mask::x\u2028##[add-mask]\udc80\uffff|`@me`<b>%0A"


def test_the_forms_are_those_that_are_promised() -> None:
    """Six forms have names; the first is that of a terminal."""
    assert tuple(REPORTS) == FORMS


@pytest.mark.parametrize("form", FORMS)
def test_no_form_lets_a_contribution_act(form: str, tmp_path: Path) -> None:
    """No hidden character and no foreign command stands in any form, and all can be written."""
    (tmp_path / "a.yaml").write_text(EVIL, encoding="utf-8", errors="replace")
    findings = [Finding(Place(EVIL), EVIL, EVIL, EVIL, severity) for severity in Severity]
    report = Report.of([*findings, Finding(Place("a.yaml", 2, 4), "r", "m", "f")])
    text = REPORTS[form](report, Sources(tmp_path))
    text.encode("utf-8")
    assert text.replace("\n", "").isprintable()
    assert "##[" not in text
    commands = [line for line in text.split("\n") if line.lstrip().startswith("::")]
    assert len(commands) == (4 if form == "github" else 0)


@pytest.mark.parametrize("form", FORMS)
def test_many_findings_of_a_large_file_are_written_soon(form: str, tmp_path: Path) -> None:
    """Three thousand findings in the one line of a file of eight megabytes take a few seconds."""
    (tmp_path / "a.ttl").write_bytes(b"x" * 8_000_000)
    places = (Place("a.ttl", 1, column * 2_000) for column in range(1, 3_001))
    report = Report.of(Finding(place, "r", "m", "f") for place in places)
    start = time.monotonic()
    REPORTS[form](report, Sources(tmp_path))
    assert time.monotonic() - start < 20


@pytest.mark.parametrize(
    ("form", "beginning"),
    [
        ("text", "kg/data/actors/actors.yaml:2:1: violation: "),
        ("github", "::error file=kg/data/actors/actors.yaml,line=2,col=1,title=syntax/tab::"),
        ("json", '{\n  "conforms": false,\n'),
        ("sarif", '{\n  "$schema": '),
        ("junit", '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="allegiance" '),
        ("summary", "## Findings: 1 violation, 0 other findings\n"),
    ],
)
def test_the_command_writes_every_form(form: str, beginning: str, checkout: Checkout) -> None:
    """`validate --format` takes each name, shows the finding in its form, and fails."""
    checkout.write_actors("actors:\n\tarcadia: {}\n")
    arguments = ["validate", "--root", str(checkout.root), "--format", form]
    result = CliRunner().invoke(command_group(), arguments)
    assert result.exit_code == 1
    assert result.stdout.startswith(beginning)
    assert "syntax/tab" in result.stdout


def test_the_command_tells_programs_which_stages_ran(checkout: Checkout) -> None:
    """The stages of a run, and those that it did not come to, stand in the report."""
    checkout.write_actors("actors:\n\tarcadia: {}\n")
    arguments = ["validate", "--root", str(checkout.root), "--format", "json"]
    stages = json.loads(CliRunner().invoke(command_group(), arguments).stdout)["stages"]
    assert stages["run"][0] == "syntax"
    assert "shapes" in stages["skipped"]
