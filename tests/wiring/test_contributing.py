"""CONTRIBUTING.md tells the truth: the commands that it shows are run, in a copy of the data."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from click.testing import CliRunner

from allegiance.commands import command_group

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result
    from composite import Repository
    from conftest import Checkout

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^( *)```(sh|yaml)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
COMMAND = ".venv/bin/allegiance "
PAGE = """\
<html lang="en"><head><title>Reed news of an invented day</title>
<meta property="og:site_name" content="Daily Reed">
<meta property="article:published_time" content="2024-10-02"></head>
<body><article><h1>Reed news of an invented day</h1>
<p>Arcadia has backed the Reed Front for many years, and everybody in the delta knows it well.</p>
<p>Borduria is an ally of Syldavia. The two countries have shared a border for a long time.</p>
</article></body></html>
"""


def _blocks(language: str) -> list[str]:
    return [found[2] for found in BLOCK.findall(TEXT) if found[1] == language]


LINES = [line.strip() for block in _blocks("sh") for line in block.splitlines() if line.strip()]


@pytest.fixture
def run(
    new_repository: Callable[[], tuple[Repository, Checkout]], monkeypatch: pytest.MonkeyPatch
) -> tuple[Checkout, Callable[[str], Result]]:
    """Give a copy with an invented page saved in it, and what runs a line of the page there."""
    repository, checkout = new_repository()
    (checkout.root / ".gitignore").write_text("/captures/\n", encoding="utf-8")
    repository.commit("Before")
    repository.git("switch", "--quiet", "--create", "my-document")
    (checkout.root / "page.html").write_text(PAGE, encoding="utf-8")
    monkeypatch.chdir(checkout.root)

    def start(line: str) -> Result:
        arguments = shlex.split(line.removeprefix(COMMAND))
        return CliRunner().invoke(command_group(), [*arguments, "--root", str(checkout.root)])

    return checkout, start


def test_the_commands_work_one_after_another(
    run: tuple[Checkout, Callable[[str], Result]],
) -> None:
    """From a saved page to a checked contribution, each command that is shown succeeds."""
    checkout, start = run
    shown = [line for line in LINES if line.startswith(COMMAND)]
    names = [shlex.split(line)[1] for line in shown]
    assert names[:5] == ["new", "evidence", "fmt", "validate", "diff"]

    for line in shown:
        result = start(line)
        # The candidates of the draft are warnings until somebody has read them.
        expected = 1 if "--fail-on warning" in line else 0
        assert result.exit_code == expected, f"{line}\n{result.output}{result.exception!r}"

    written = {file.name for file in checkout.root.iterdir() if file.is_file()}
    assert {"report.xml", "report.sarif", "summary.md", "report.json"} <= written
    assert (checkout.bundle.sources / "my-document.yaml").is_file()


def test_every_line_is_tried() -> None:
    """A shown line is a command of ours, which is run, or one of make, git and pre-commit."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)
    others = [line.split()[:2] for line in LINES if not line.startswith(COMMAND)]

    assert others == [["make", "setup"], ["git", "switch"]]
    assert set(re.findall(r"make ([a-z-]+)", TEXT)) <= set(targets)


def test_the_configurations_shown_are_right() -> None:
    """The hooks shown exist, and the action is given inputs that it has."""
    hooks, steps = (yaml.safe_load(block) for block in _blocks("yaml"))
    published = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))

    assert [h["id"] for h in hooks["repos"][0]["hooks"]] == [h["id"] for h in published]
    assert hooks["repos"][0]["hooks"][1]["args"] == ["--changed=origin/main"]
    assert set(steps["steps"][1]["with"]) <= set(action["inputs"])
    assert steps["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#:]+)\)", TEXT))
def test_links_lead_somewhere(target: str) -> None:
    """A relative link leads to a file or folder."""
    assert (ROOT / target).exists()


@pytest.mark.parametrize("name", re.findall(r"\*\*(A \w+)\*\*", TEXT))
def test_the_forms_named_exist(name: str) -> None:
    """Each form of an issue that is named can be chosen."""
    folder = ROOT / ".github/ISSUE_TEMPLATE"
    forms = set(folder.glob("*.yml")) - {folder / "config.yml"}

    assert name in {yaml.safe_load(file.read_text(encoding="utf-8"))["name"] for file in forms}
