"""What a contributed file may be at most, and that nothing more of it is read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from allegiance.finding import Finding, Place
from allegiance.limits import (
    MAX_FILE_BYTES,
    MAX_LINE_BYTES,
    MAX_NODES,
    at_most,
    long_line,
    read_contribution,
    shortened,
)
from allegiance.located import read_yaml

if TYPE_CHECKING:
    from pathlib import Path


def rules(findings: tuple[Finding, ...]) -> list[str]:
    """Return the rules of findings."""
    return [found.rule for found in findings]


def test_a_file_up_to_the_limit_is_read_whole(tmp_path: Path) -> None:
    """The limit itself is allowed; one byte more is told with the size, and nothing is read."""
    file = tmp_path / "a.yaml"
    file.write_bytes(b"a" * MAX_FILE_BYTES)
    assert read_contribution(file, "a.yaml") == (b"a" * MAX_FILE_BYTES, ())
    file.write_bytes(b"a" * (MAX_FILE_BYTES + 1))
    content, findings = read_contribution(file, "a.yaml")
    assert (content, rules(findings)) == (None, ["syntax/too-large"])
    assert "8388609 bytes" in findings[0].message


def test_a_link_is_refused_at_the_file_and_on_the_way(tmp_path: Path) -> None:
    """Below the root no step may be a link; the root itself may lie behind one."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real/a.yaml").write_bytes(b"a: 1")
    (tmp_path / "way").symlink_to("real")
    (tmp_path / "b.yaml").symlink_to("real/a.yaml")
    for file in ("way/a.yaml", "b.yaml"):
        content, findings = read_contribution(tmp_path / file, file, tmp_path)
        assert (content, rules(findings)) == (None, ["syntax/symlink"])
    assert read_contribution(tmp_path / "way/a.yaml", "a", tmp_path / "way") == (b"a: 1", ())


def test_what_is_no_plain_file_is_not_read(tmp_path: Path) -> None:
    """Folders, pipes and missing files become findings."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder", "missing"):
        content, findings = read_contribution(tmp_path / name, name)
        assert (content, rules(findings)) == (None, ["syntax/unreadable"])


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"a" * MAX_LINE_BYTES, None),
        (b"a" * MAX_LINE_BYTES + b"\n" + b"a" * MAX_LINE_BYTES, None),
        (b"a" * (MAX_LINE_BYTES + 1), 1),
        (b"a\nb\n" + b"c" * (MAX_LINE_BYTES + 1) + b"\nd\n", 3),
        (b"\n" * (3 * MAX_LINE_BYTES), None),
        (b"\n" * MAX_LINE_BYTES + b"c" * (MAX_LINE_BYTES + 1), MAX_LINE_BYTES + 1),
    ],
)
def test_the_first_line_that_is_too_long_is_told(content: bytes, line: int | None) -> None:
    """A line may have a mebibyte, without its end; the place is the line's number."""
    found = long_line("a.yaml", content)
    assert (None if found is None else found.place.line) == line


def test_a_file_has_so_many_values_and_no_more() -> None:
    """The root counts as one; one value more is told at the list that it stands in."""
    assert read_yaml("a.yaml", b"- a\n" * (MAX_NODES - 1)).findings == ()
    found = read_yaml("a.yaml", b"- a\n" * MAX_NODES).findings
    assert [(each.rule, each.place.line) for each in found] == [("syntax/too-large", 1)]


def test_findings_up_to_the_limit_stand_alone() -> None:
    """Only where some are left out it is said that there are more."""
    found = [Finding(Place("a", line), "r", "m", "f") for line in (1, 2, 3)]
    assert list(at_most(found, 3)) == found
    assert rules(tuple(at_most(found, 2))) == ["r", "r", "syntax/more-findings"]


def test_a_shortened_text_can_be_written_out() -> None:
    """Half of a surrogate pair is replaced; sixty characters stay."""
    assert shortened("a\ud800b") == "a?b"
    assert shortened("a" * 60) == "a" * 60
    assert shortened("a" * 61) == "a" * 57 + "..."
