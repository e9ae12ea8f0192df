"""The command `new`: what it makes, what it prints, and that nothing half-made stays behind."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from allegiance.corpus import read_corpus
from allegiance.drafting import filing
from allegiance.errors import AllegianceError, DataError, UsageError
from allegiance_server.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from conftest import Checkout

    from allegiance.drafting.filing import Filed

    Start = Callable[..., Filed]

OPTIONS = ("--id", "test-week", "--url", "https://example.org/week", "--outlet", "rnz")


def _files(desk: Checkout) -> Mapping[str, bytes]:
    folders = (desk.root / "kg/data/sources", desk.captures)
    files = [desk.root / "kg/data/captures.yaml", *(f for d in folders for f in d.iterdir())]
    return {file.name: file.read_bytes() for file in files}


def test_the_command_tells_what_it_made_and_what_comes_next(
    desk: Checkout, article: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """It prints the two files with their counts, and three steps."""
    status = main(["new", str(article), *OPTIONS, "--root", str(desk.root)])
    lines = capfd.readouterr().out.splitlines()
    document = read_corpus(desk.bundle).documents["test-week"]

    assert 0 == status
    assert (
        f"Made kg/data/sources/test-week.yaml: {len(document.claims)} claims proposed, "
        f"{len(document.unclaimed)} sentences listed without one." == lines[0]
    )
    assert ["Next:", "  1. Read", "  2. Give", "  3. alle"] == [
        line[:9].rstrip() for line in lines[2:]
    ]
    assert (desk.captures / "test-week.txt").is_file()


def test_an_unknown_byline_is_told(
    desk: Checkout, page_of_article: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """An author who is not in the register is no author of the document; the run says so."""
    main(["new", str(page_of_article), "--root", str(desk.root)])

    assert "The register knows no Tamsin Quillfeather" in capfd.readouterr().out


def test_a_second_run_says_what_is_there(desk: Checkout, article: Path, start: Start) -> None:
    """A document is never drafted over: the second run counts its claims and changes nothing."""
    claims = start(article).draft.claims
    before = _files(desk)

    with pytest.raises(UsageError, match=rf"is there already, with {claims} claims, {claims} of"):
        start(article)
    assert before == _files(desk)


def test_a_text_is_captured_once(desk: Checkout, article: Path, start: Start) -> None:
    """The same text under another id is refused, and its capture named."""
    start(article)
    before = _files(desk)

    with pytest.raises(UsageError, match=r"The capture test-week, .* holds this very text"):
        start(article, id="another")
    assert before == _files(desk)


@pytest.mark.parametrize("place", ["captures/test-week.txt", "kg/data/sources/test-week.yaml"])
def test_a_dangling_link_is_not_written_through(
    desk: Checkout, article: Path, start: Start, place: str
) -> None:
    """A link where a file would go, even one that leads nowhere, is left alone."""
    (desk.root / place).symlink_to(desk.root / "elsewhere")

    with pytest.raises(UsageError, match="is there already"):
        start(article)
    assert not (desk.root / "elsewhere").exists()


@pytest.mark.parametrize(
    ("wish", "value", "problem"),
    [
        ("id", "Not An Id", "is no id"),
        ("id", "../escape", "is no id"),
        ("url", "ftp://example.org", "Not a URL"),
        ("language", "English!", "no language code"),
        ("published", "yesterday", "no EDTF date"),
        ("outlet", "nobody-times", "no outlet of the register"),
        ("outlet", "iran", "no outlet of the register"),
    ],
)
def test_a_wrong_option_writes_nothing(
    desk: Checkout, article: Path, start: Start, wish: str, value: str, problem: str
) -> None:
    """What the call gets wrong is told, and no file is made."""
    before = _files(desk)

    with pytest.raises(UsageError, match=problem):
        start(article, **{wish: value})
    assert before == _files(desk)


def test_an_unknown_outlet_is_told_with_the_remedy(
    desk: Checkout, article: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Where no outlet fits the address, the known ones are named, and where to add one."""
    call = ["new", str(article), "--url", "https://nobody.example/", "--root", str(desk.root)]

    status, told = main(call), capfd.readouterr().err

    assert 2 == status
    assert "No outlet of the register fits nobody.example. Give --outlet with one of as, " in told
    assert "kg/data/actors/media.yaml" in told


def test_what_fails_midway_leaves_nothing(
    desk: Checkout, article: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fills up at the last file takes the first ones back."""
    before = _files(desk)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "captures.yaml")

    monkeypatch.setattr(filing, "_replace", full)
    with pytest.raises(AllegianceError, match="No space left on device"):
        start(article)
    assert before == _files(desk)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_rights_is_told(desk: Checkout, article: Path, start: Start) -> None:
    """Where captures may not be written, the error names the file."""
    desk.captures.chmod(0o500)

    with pytest.raises(AllegianceError, match="Permission denied"):
        start(article)


def test_a_broken_list_of_captures_is_told(desk: Checkout, article: Path, start: Start) -> None:
    """The list of captures is not added to while it cannot be read."""
    (desk.root / "kg/data/captures.yaml").write_text("captures: [\n", encoding="utf-8")

    with pytest.raises(DataError):
        start(article)
    assert not (desk.captures / "test-week.txt").exists()


def test_the_list_of_captures_keeps_what_it_holds(
    desk: Checkout, article: Path, start: Start
) -> None:
    """Entries and comments of the list stay, and the new entry comes last."""
    file = desk.root / "kg/data/captures.yaml"
    before = file.read_text(encoding="utf-8")
    file.write_text(f"# A comment of somebody.\n{before}", encoding="utf-8")
    start(article)
    after = file.read_text(encoding="utf-8")

    assert after.startswith(f"# A comment of somebody.\n{before}  test-week:\n")


def test_an_empty_list_of_captures_takes_an_entry(
    desk: Checkout, article: Path, start: Start
) -> None:
    """The first capture of a checkout may be that of a draft."""
    (desk.root / "kg/data/captures.yaml").write_text("captures: {}\n", encoding="utf-8")
    start(article)

    assert ["test-week"] == list(read_corpus(desk.bundle).captures)
