"""Pages that cannot be read are refused with a remedy; the others become one normalised text."""

from __future__ import annotations

import datetime
import os
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from allegiance.drafting.saved_page import read_page
from allegiance.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

TODAY = datetime.date(2026, 11, 21)
PARAGRAPH = "<p>Iran backs Hezbollah, as the invented page says in a sentence that is long.</p>"


def _refusal(page: Path) -> str:
    with pytest.raises(UsageError) as refused:
        read_page(page, TODAY)
    return str(refused.value)


@pytest.mark.parametrize(
    ("name", "content", "problem", "remedy"),
    [
        ("page.txt", b"Caf\xe9", "is not UTF-8 throughout", "Save it as UTF-8"),
        ("page.txt", b"PK\x03\x04\x00\x00", "is binary", "Save the page as .html"),
        ("page.txt", b"", "is empty", "Save the page again"),
        ("page.txt", b" \n\t\n", "is empty", "Save the page again"),
        ("page.txt", b"* * *", "holds no text", "copy its text"),
        ("page.txt", "\u200b\u2060".encode(), "holds no text", "copy its text"),
        ("page.html", b"<html><body></body></html>", "holds no", "Copy the article's text"),
        ("page.html", b"<html><meta charset='nowhere'>x</html>", "is not NOWHERE", "as UTF-8"),
        ("page.html", b"<html>Caf\xe9</html>", "is not UTF-8 throughout", "Save it as UTF-8"),
    ],
)
def test_what_is_no_text_is_refused(
    tmp_path: Path, name: str, content: bytes, problem: str, remedy: str
) -> None:
    """Each refusal names the file, says what is wrong with it and what to do instead."""
    page = tmp_path / name
    page.write_bytes(content)
    said = _refusal(page)

    assert all(words in said for words in (str(page), problem, remedy))


def test_a_huge_page_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """A page of 100 MB is refused by its first 5 MB."""
    page = tmp_path / "huge.html"
    with page.open("wb") as stream:
        stream.truncate(100_000_000)
    tracemalloc.start()
    try:
        said, peak = _refusal(page), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert "larger than 5 MB" in said
    assert peak < 20_000_000


def test_a_link_is_refused(tmp_path: Path) -> None:
    """A symbolic link is not followed."""
    (tmp_path / "real.txt").write_text("Iran backs Hezbollah.", encoding="utf-8")
    (tmp_path / "link.txt").symlink_to("real.txt")

    assert "is a symbolic link" in _refusal(tmp_path / "link.txt")


def test_a_folder_and_a_pipe_are_refused(tmp_path: Path) -> None:
    """Only a regular file is read; a pipe would never end."""
    os.mkfifo(tmp_path / "pipe")

    assert "is no file" in _refusal(tmp_path)
    assert "is no file" in _refusal(tmp_path / "pipe")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """A path that leads nowhere is named."""
    assert "No such file" in _refusal(tmp_path / "nothing.txt")


def test_a_deeply_nested_page_is_no_crash(tmp_path: Path) -> None:
    """Markup of 200,000 levels ends in a text or in a refusal."""
    page = tmp_path / "deep.html"
    page.write_text("<html>" + "<div>" * 200_000 + PARAGRAPH, encoding="utf-8")
    try:
        text = read_page(page, TODAY).text
    except UsageError as refused:
        text = str(refused)

    assert "Iran backs" in text or "Copy the article's text" in text


def test_a_text_file_is_normalised_and_says_so(tmp_path: Path) -> None:
    """Line ends become line feeds, odd spaces plain, invisible signs go; the capture tells it."""
    page = tmp_path / "page.txt"
    page.write_bytes("\ufeffTitle\r\n\r\nIran\u00a0backs\tHez\u00adbollah.\u202e\r".encode())
    saved = read_page(page, TODAY)

    assert "Title\n\nIran backs Hezbollah.\n" == saved.text
    assert "Title" == saved.title
    assert saved.normalisation.startswith("Text file as saved; UTF-8, line feeds, plain spaces;")


def test_a_page_in_its_declared_encoding_is_read(tmp_path: Path) -> None:
    """A page may declare another encoding than UTF-8."""
    page = tmp_path / "page.html"
    html = f"<html><head><meta charset=iso-8859-1></head><body><p>Caf\xe9.</p>{PARAGRAPH}"
    page.write_bytes(html.encode("latin-1"))

    assert "Caf\xe9." in read_page(page, TODAY).text


def test_a_date_that_lies_ahead_is_not_believed(tmp_path: Path) -> None:
    """A page that dates itself after today has no date."""
    page = tmp_path / "page.html"
    date = "<meta property='article:published_time' content='2031-01-01'>"
    page.write_text(f"<html><head>{date}</head><body>{PARAGRAPH * 3}", encoding="utf-8")

    assert read_page(page, TODAY).published is None
