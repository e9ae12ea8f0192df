"""Contributed files are rewritten whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from allegiance.corpus import read_corpus
from allegiance.errors import AllegianceError
from allegiance.evidence import check_evidence, hold_captures
from allegiance.filing import format_files, locate_passages

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Checkout

PATRONAGE = "patronage: {patron: arcadia, client: reed-front}"


def unlocated(text: str) -> str:
    """Take offsets and digest out of the claims' passages."""
    lines = []
    for line in text.split("\n"):
        if line.startswith("    at: "):
            quote = line.partition('"')[2].partition('"')[0]
            lines.append(f'    at: {{quote: "{quote}"}}  # {quote}')
        else:
            lines.append(line)
    return "\n".join(lines)


def test_locating_fills_in_offsets_and_digests_that_verify(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """After locating, each passage has offsets and digest, and the evidence holds."""
    claims = claim("backs", PATRONAGE) + claim("help", PATRONAGE, "help would go on")
    file = checkout.write_source("doc", unlocated(claims))
    corpus = read_corpus(checkout.bundle)
    texts, _ = hold_captures(corpus, checkout.captures)
    assert locate_passages(corpus, texts) == (2, ())
    corpus = read_corpus(checkout.bundle)
    one, two = (found.passages[0] for found in corpus.documents["doc"].claims)
    assert (one.start, one.end, two.start, two.end) == (30, 63, 98, 114)
    rules = {found.rule for found in check_evidence(corpus, texts)}
    assert rules == {"evidence/open-sentence"}
    assert "# help would go on" in file.read_text()


def test_what_cannot_be_located_is_told_and_left_as_it_was(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """Words that occur twice stay without offsets, while the other passages are filled in."""
    text = unlocated(claim("backs", PATRONAGE) + claim("clash", PATRONAGE, "Borduria"))
    checkout.write_source("doc", text)
    corpus = read_corpus(checkout.bundle)
    texts, _ = hold_captures(corpus, checkout.captures)
    count, (found,) = locate_passages(corpus, texts)
    assert count == 1
    assert (str(found.place), found.rule) == ("kg/data/sources/doc.yaml:18:9", "evidence/locate")
    one, two = (made.passages[0] for made in read_corpus(checkout.bundle).documents["doc"].claims)
    assert one.sha256 is not None
    assert two.sha256 is None


def test_without_the_capture_nothing_is_located(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """A document whose capture is not held stays as it is."""
    file = checkout.write_source("doc", unlocated(claim("backs", PATRONAGE)))
    before = file.read_bytes()
    assert locate_passages(read_corpus(checkout.bundle), {}) == (0, ())
    assert file.read_bytes() == before


def test_formatting_changes_each_file_once(checkout: Checkout, claim: Callable[..., str]) -> None:
    """Files that are not canonical are named and rewritten; the second time none is."""
    file = checkout.write_source("doc", claim("backs", PATRONAGE))
    disordered = file.read_text().replace("language: en\n", "") + "language:   en\n"
    file.write_text(disordered)
    first = format_files(checkout.bundle, [file], write=True)
    assert first == ("kg/data/sources/doc.yaml",)
    assert format_files(checkout.bundle, [file], write=True) == ()
    assert read_corpus(checkout.bundle).documents["doc"].language == "en"


def test_a_check_of_the_format_writes_nothing(checkout: Checkout) -> None:
    """Without writing, the names of the files that would change are given, and that is all."""
    file = checkout.write_source("doc", "  []\nlanguage:   en\n")
    file.write_text(file.read_text().replace("language: en\n", "", 1))
    before = file.read_bytes()
    assert "kg/data/sources/doc.yaml" in format_files(checkout.bundle, [], write=False)
    assert file.read_bytes() == before


def test_a_file_that_cannot_be_read_is_named(checkout: Checkout) -> None:
    """What is no YAML, or no text, is refused with the file's name, and stays as it is."""
    file = checkout.write_raw("doc", b"document: [\n")
    with pytest.raises(AllegianceError, match=r"kg/data/sources/doc\.yaml"):
        format_files(checkout.bundle, [file], write=True)
    file = checkout.write_raw("doc", b"document: \xe9\n")
    with pytest.raises(AllegianceError, match=r"doc\.yaml cannot be read"):
        format_files(checkout.bundle, [file], write=True)
    assert file.read_bytes() == b"document: \xe9\n"


def test_an_interrupted_write_leaves_the_file_as_it_was(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If writing is broken off, the old file is whole and no draft lies beside it."""
    file = checkout.write_source("doc", "  []\n")
    file.write_text(file.read_text().replace("language: en", "language:    en"))
    before = file.read_bytes()

    def interrupt(_: Path, target: Path) -> Path:
        raise KeyboardInterrupt(target)

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        format_files(checkout.bundle, [file], write=True)
    assert file.read_bytes() == before
    assert [found.name for found in file.parent.iterdir()] == ["doc.yaml"]


def test_a_rewritten_file_keeps_its_rights(checkout: Checkout) -> None:
    """A file that others may read stays readable for them."""
    file = checkout.write_source("doc", "  []\n")
    file.write_text(file.read_text().replace("language: en", "language:    en"))
    file.chmod(0o644)
    format_files(checkout.bundle, [file], write=True)
    assert file.stat().st_mode & 0o777 == 0o644


def test_fmt_gives_ids_to_claims_without_one(checkout: Checkout, claim: Callable[..., str]) -> None:
    """A claim without an id gets one from its sentence; a second run changes nothing."""
    text = claim(
        "gone", "patronage: {patron: arcadia, client: reed-front}", says="Arcadia backs it."
    )
    file = checkout.write_source("doc", text.replace("  - id: gone\n    says", "  - says"))
    assert format_files(checkout.bundle, [file], write=True)
    assert "  - id: arcadia-backs-it\n    says: Arcadia backs it.\n" in file.read_text(
        encoding="utf-8"
    )
    assert format_files(checkout.bundle, [file], write=False) == ()
