"""The command `allegiance links audit`: findings with places, counts, and an exit status."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from click.testing import CliRunner

from allegiance.bundle import default_bundle
from allegiance.commands import command_group

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def _audit(*arguments: str) -> Result:
    return CliRunner().invoke(command_group(), ["links", "audit", *arguments])


def _copy(root: Path) -> Path:
    """Copy what the command reads; the tables of links are to be changed."""
    project = default_bundle().root
    for folder in ("ontology", "shapes", "kg/rules"):
        (root / folder).parent.mkdir(parents=True, exist_ok=True)
        (root / folder).symlink_to(project / folder)
    shutil.copytree(project / "kg/data", root / "kg/data")
    return root


def test_the_links_of_the_project_pass() -> None:
    """Nothing is found, the status is 0, and it is told how many rows there are of each kind."""
    result = _audit("--as-of", "2026-11-22")

    assert result.exit_code == 0
    assert "0 violations" in result.stdout
    assert " exact, " in result.stderr


def test_a_wrong_link_fails_with_its_place(tmp_path: Path) -> None:
    """A wrong number is told with file, line and column, and the status is 1."""
    root = _copy(tmp_path / "checkout")
    table = root / "kg/data/links/states.sssom.tsv"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace("\twikidata:Q794\t", "\twikidata:Q43\t"), encoding="utf-8")
    line = next(n for n, row in enumerate(text.split("\n"), 1) if row.startswith("id:iran\t"))

    result = _audit("--root", str(root), "--as-of", "2026-11-22")

    assert result.exit_code == 1
    assert f"kg/data/links/states.sssom.tsv:{line}:" in result.stdout
    assert "links/name" in result.stdout


def test_an_entry_without_a_row_is_hinted_at(tmp_path: Path) -> None:
    """What no row answers for is told at its place in the register; a refusal is no answer."""
    root = _copy(tmp_path / "checkout")
    table = root / "kg/data/links/organisations.sssom.tsv"
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("id:hezbollah\tHezbollah\t\t")]
    table.write_text("".join(kept), encoding="utf-8")
    register = (root / "kg/data/actors/armed-groups.yaml").read_text(encoding="utf-8")
    line = register.split("\n").index("  hezbollah:") + 1

    result = _audit("--root", str(root), "--as-of", "2026-11-22")

    assert len(lines) - len(kept) == 1
    assert result.exit_code == 0
    assert f"kg/data/actors/armed-groups.yaml:{line}:3: info:" in result.stdout
    assert "links/unanswered" in result.stdout
    assert "0 violations, 1 other finding." in result.stdout


def test_without_an_index_it_says_so(tmp_path: Path) -> None:
    """Where there is no snapshot of Wikidata, nothing is compared, and nobody is left to guess."""
    root = _copy(tmp_path / "checkout")
    shutil.rmtree(root / "kg/data/wikidata")

    result = _audit("--root", str(root), "--as-of", "2026-11-22")

    assert result.exit_code == 0
    assert "no item was compared" in result.stderr


def test_old_rows_are_hinted_at() -> None:
    """Hints do not fail the audit."""
    result = _audit("--as-of", "2028-01-01", "--older-than", "30")

    assert result.exit_code == 0
    assert "links/age" in result.stdout
