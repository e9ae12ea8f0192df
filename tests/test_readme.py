"""The README tells the truth: what it shows is what the commands print."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from allegiance.commands import command_group

if TYPE_CHECKING:
    from allegiance.snapshot import Snapshot

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SHOWN = re.compile(r"^\$ \.venv/bin/allegiance (.+)\n((?:.*\n)*?)```", re.MULTILINE)


def test_the_readme_shows_an_answer() -> None:
    """There is at least one command with its printed answer on the first screen."""
    assert SHOWN.search(README)
    assert README.index("$ .venv/bin/allegiance") < 1000


@pytest.mark.parametrize("shown", SHOWN.findall(README), ids=lambda shown: shown[0])
def test_a_shown_answer_is_what_the_command_prints(
    shown: tuple[str, str], snapshot: Snapshot
) -> None:
    """A command in the README prints what stands below it, to the letter."""
    arguments, expected = shown

    result = CliRunner().invoke(
        command_group(), [*arguments.split(), "--snapshot", str(snapshot.directory)]
    )

    assert expected == result.output


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#:]+)\)", README))
def test_links_lead_somewhere(target: str) -> None:
    """A relative link of the README leads to a file or folder."""
    assert (ROOT / target).exists()


def test_every_command_is_in_the_readme_and_shows_an_example() -> None:
    """The table names each command, and the command's help has an example."""
    group = command_group()

    for name, command in group.commands.items():
        assert f"`allegiance {name}" in README
        assert isinstance(command, click.Command)
        assert f"Example: allegiance {name}" in (command.epilog or "")
