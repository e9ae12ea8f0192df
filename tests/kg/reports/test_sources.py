"""The offending line of a finding, from files that a stranger wrote."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from allegiance.finding import Place
from allegiance.reports import Sources, sources

if TYPE_CHECKING:
    from pathlib import Path


def _line(
    root: Path, content: bytes, line: int, column: int = 1, name: str = "a.ttl"
) -> str | None:
    (root / name).write_bytes(content)
    return Sources(root).line(Place(name, line, column))


def test_a_line_is_found_by_its_number(tmp_path: Path) -> None:
    """Lines count from 1; past the last one there is none."""
    (tmp_path / "a.yaml").write_text("one\ntwo\n\nfour", encoding="utf-8")
    given = Sources(tmp_path)
    assert [given.line(Place("a.yaml", n)) for n in (1, 2, 3, 4, 5)] == [
        "one",
        "two",
        "",
        "four",
        None,
    ]


def test_lines_are_found_in_any_order(tmp_path: Path) -> None:
    """A line is the same whichever line was asked for before it, in the same file or another."""
    (tmp_path / "a.yaml").write_text("one\ntwo\nthree", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("other", encoding="utf-8")
    given = Sources(tmp_path)
    asked = [("a.yaml", 3), ("a.yaml", 1), ("b.yaml", 1), ("a.yaml", 9), ("a.yaml", 2)]
    assert [given.line(Place(file, line)) for file, line in asked] == [
        *("three", "one", "other", None, "two"),
    ]


def test_a_line_far_into_a_file_is_found(tmp_path: Path) -> None:
    """Counting goes on across the pieces in which a file is counted."""
    content = b"".join(b"line %d\n" % number for number in range(1, 50_001))
    assert _line(tmp_path, content, 49_999) == "line 49999"
    assert _line(tmp_path, content, 50_002) is None


def test_lines_end_as_the_parser_ends_them(tmp_path: Path) -> None:
    """Carriage returns end a line everywhere; the three rare breaks of YAML only in YAML."""
    content = "a\rb\r\nc\x85d\u2028e\nf".encode()
    assert _line(tmp_path, content, 2) == "b"
    assert _line(tmp_path, content, 3) == r"c\x85d\u2028e"
    assert _line(tmp_path, content, 5, name="a.yaml") == "e"


def test_a_byte_order_mark_is_no_column(tmp_path: Path) -> None:
    """The mark at the beginning of a file is not shown, and the first column is the next letter."""
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfkey")
    excerpt = Sources(tmp_path).excerpt(Place("a.yaml", 1, 2))
    assert excerpt == sources.Excerpt("k", "ey")


def test_what_is_no_text_is_shown_as_far_as_it_goes(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 become the mark for what cannot be read."""
    assert _line(tmp_path, b"a\xffb\x00c", 1) == "a\N{REPLACEMENT CHARACTER}b\\x00c"


def test_control_characters_of_a_line_are_visible(tmp_path: Path) -> None:
    """A line shows its tabs, escapes and turns of direction, and cannot act on a terminal."""
    assert _line(tmp_path, "\ta\x1b[31m\u202eb".encode(), 1) == r"\ta\x1b[31m\u202eb"


@pytest.mark.parametrize("column", [1, 3, 4, 5, 9])
def test_a_line_holds_no_command(tmp_path: Path, column: int) -> None:
    """The runner's old mark of a command is broken, wherever the column parts it."""
    assert _line(tmp_path, b"a ##[x] [y]", 1, column) == r"a ##\x5bx] [y]"


@pytest.mark.parametrize(
    ("column", "start", "end"),
    [(1, "0123", "…"), (10_000, "…", "…"), (20_000, "…", "9"), (90_000, "…", "9")],
)
def test_a_long_line_is_cut_around_the_column(
    tmp_path: Path, column: int, start: str, end: str
) -> None:
    """At most 200 characters are shown, with a mark on each side where something is left out."""
    line = _line(tmp_path, b"0123456789" * 2_000, 1, column)
    assert line is not None
    assert line.startswith(start)
    assert line.endswith(end)
    assert 80 <= len(line) <= 200


def test_escapes_count_towards_the_length_of_a_line(tmp_path: Path) -> None:
    """A line of characters that do not print is no longer than any other."""
    line = _line(tmp_path, ("\U000e0041" * 900).encode(), 1, 450)
    assert line is not None
    assert len(line) <= 200


def test_a_column_past_the_end_points_behind_the_line(tmp_path: Path) -> None:
    """A finding at the end of a line keeps the whole line before it."""
    (tmp_path / "a.yaml").write_text("key:", encoding="utf-8")
    assert Sources(tmp_path).excerpt(Place("a.yaml", 1, 99)) == sources.Excerpt("key:", "")


@pytest.mark.parametrize(
    "name", ["gone.yaml", "folder", "", "a\0b", "x" * 5_000, "../outside.yaml", "loop", "\udc80"]
)
def test_a_file_that_cannot_be_shown_has_no_lines(tmp_path: Path, name: str) -> None:
    """Missing files, folders, impossible names and names that lead out of the root show nothing."""
    root = tmp_path / "root"
    (root / "folder").mkdir(parents=True)
    (root / "loop").symlink_to(root / "loop")
    (tmp_path / "outside.yaml").write_text("secret", encoding="utf-8")
    assert Sources(root).line(Place(name)) is None


def test_what_a_link_leads_to_is_not_shown(tmp_path: Path) -> None:
    """A link may lead out of the checkout, or to a key that lies in it."""
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside").write_text("secret", encoding="utf-8")
    (root / "inside").write_text("secret", encoding="utf-8")
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "in").symlink_to("inside")
    assert Sources(root).line(Place("out")) is None
    assert Sources(root).line(Place(str(tmp_path / "outside"))) is None
    assert Sources(root).line(Place("in")) is None
    assert Sources(root).line(Place("inside")) == "secret"


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """Only regular files are opened: a named pipe would never answer."""
    os.mkfifo(tmp_path / "pipe")
    assert Sources(tmp_path).line(Place("pipe")) is None


def test_a_file_over_the_limit_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file with more bytes than the limit shows no lines."""
    monkeypatch.setattr(sources, "_MOST_BYTES", 5)
    assert _line(tmp_path, b"12345", 1) == "12345"
    assert _line(tmp_path, b"123456", 1) is None


def test_without_a_root_nothing_is_read() -> None:
    """Where no checkout is known, no file of the working folder is shown by chance."""
    assert Sources(None).line(Place("pyproject.toml")) is None
