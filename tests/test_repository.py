"""What the repository may hold: no article text, no path of a machine, no host in a lock file."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from allegiance.corpus import read_corpus

if TYPE_CHECKING:
    from allegiance.bundle import Bundle

ROOT = Path(__file__).resolve().parent.parent
RUN = 13
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|home|Users)/")


def _tracked() -> list[Path]:
    found = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    return [ROOT / name for name in found.stdout.split("\0") if name]


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except (UnicodeDecodeError, FileNotFoundError):
        return None


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _runs(words: list[str]) -> set[tuple[str, ...]]:
    return {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}


def _copied(text: str, held: set[tuple[str, ...]]) -> set[tuple[str, ...]]:
    return _runs(_words(text)) & held


@pytest.fixture(scope="session")
def captured_runs(captures: Path, bundle: Bundle) -> set[tuple[str, ...]]:
    """Return every run of 13 words of the captured pages, but for those of documents' titles."""
    documents = read_corpus(bundle).documents.values()
    titles = set().union(*(_runs(_words(document.title)) for document in documents))
    held: set[tuple[str, ...]] = set()
    for file in captures.glob("*.txt"):
        held |= _runs(_words(file.read_text(encoding="utf-8")))
    return held - titles


def test_no_article_text(captured_runs: set[tuple[str, ...]]) -> None:
    """No file holds more than 12 words in a row of a captured page, titles apart."""
    found = [
        str(file.relative_to(ROOT))
        for file in _tracked()
        if (text := _text(file)) is not None and _copied(text, captured_runs)
    ]

    assert found == []


def test_article_text_would_be_found(captures: Path, captured_runs: set[tuple[str, ...]]) -> None:
    """Thirteen words of a page, in other case and broken over lines, are found."""
    words = _words(next(iter(sorted(captures.glob("*.txt")))).read_text(encoding="utf-8"))

    assert _copied("\n".join(words[200:213]).upper(), captured_runs)


def test_no_path_of_a_machine() -> None:
    """No file names a folder of somebody's machine."""
    here = Path(__file__)
    found = [
        str(file.relative_to(ROOT))
        for file in _tracked()
        if file != here and (text := _text(file)) is not None and MACHINE_PATH.search(text)
    ]

    assert found == []


def test_the_lock_file_names_hashes_and_no_host() -> None:
    """Every locked requirement has a hash, and no index host is named."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = re.findall(r"^[a-z0-9].*==.* \\$", text, re.MULTILINE)

    assert len(pins) > 20
    assert text.count("==") == len(pins)
    assert "://" not in text
    assert text.count("--hash=sha256:") >= len(pins)
