"""Cases: a change of a checkout, and the place at which it has to be found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from allegiance.contribution_case import lay_out, load_cases
from allegiance.errors import AllegianceError
from allegiance.finding import Place, Severity

if TYPE_CHECKING:
    from pathlib import Path

    from allegiance.contribution_case import Case

ROWS = """\
- {name: one, rule: names/unknown, what: W., file: sources/a.yaml, replace: old, by: "n‸ew"}
- {name: two, rule: names/date, what: W., file: sources/a.yaml, replace: old, by: new, at: "a: ‸n"}
- name: three
  what: W.
  file: sources/b.yaml
  write: "x: ‸é"
  encoding: latin-1
  severity: warning
- {name: four, what: W., file: sources/a.yaml, replace: gone, by: ""}
- {name: five, what: W., file: sources/a.yaml, replace: old, by: "‸n‸"}
"""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Give a base of one file."""
    (tmp_path / "base/kg/data/sources").mkdir(parents=True)
    (tmp_path / "base/kg/data/sources/a.yaml").write_text("# one\na: old\n", encoding="utf-8")
    return tmp_path / "base"


@pytest.fixture
def rows(tmp_path: Path) -> dict[str, Case]:
    """Give the cases of ROWS by name."""
    file = tmp_path / "evidence.yaml"
    file.write_text(ROWS, encoding="utf-8")
    return {case.name: case for case in load_cases(file)}


def test_the_sign_marks_the_place_and_is_taken_out(
    base: Path, rows: dict[str, Case], tmp_path: Path
) -> None:
    """The finding stands at the character behind the sign; the file has no sign."""
    lay_out(base, tmp_path / "out", tmp_path, rows["one"])

    assert rows["one"].place(base) == Place("kg/data/sources/a.yaml", 2, 5)
    text = (tmp_path / "out/kg/data/sources/a.yaml").read_text(encoding="utf-8")
    assert text == "# one\na: new\n"


def test_the_place_may_be_marked_apart(base: Path, rows: dict[str, Case]) -> None:
    """`at` marks a place outside the change, in the changed text."""
    assert rows["two"].place(base) == Place("kg/data/sources/a.yaml", 2, 4)


def test_a_file_may_be_written_in_another_encoding(
    base: Path, rows: dict[str, Case], tmp_path: Path
) -> None:
    """A new file is written byte by byte as the case says; a case has a severity."""
    lay_out(base, tmp_path / "out", tmp_path, rows["three"])

    assert (tmp_path / "out/kg/data/sources/b.yaml").read_bytes() == b"x: \xe9"
    assert rows["three"].severity is Severity.WARNING
    assert rows["three"].captures


def test_a_text_to_replace_has_to_be_there(base: Path, rows: dict[str, Case]) -> None:
    """A case whose base has changed fails by itself, and does not pass for right."""
    with pytest.raises(AllegianceError, match="stands 0 times"):
        rows["four"].texts(base)


def test_a_place_is_marked_once(base: Path, rows: dict[str, Case]) -> None:
    """Two signs are no place."""
    with pytest.raises(AllegianceError, match="marked 2 times"):
        rows["five"].place(base)
