"""The command `from-issue` writes a draft or says why not, by its exit status too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from allegiance.commands import command_group
from allegiance.commands.issues import from_issue
from allegiance.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result
    from conftest import Checkout

FILE = "kg/data/sources/daily-reed-2024-who-helps-reed-front.yaml"


@pytest.fixture
def run(checkout: Checkout) -> Callable[..., Result]:
    """Give the command in the checkout of the test."""

    def start(*arguments: str, given: str | None = None) -> Result:
        options = ["--root", str(checkout.root), "--recorded", "2026-11-22"]
        return CliRunner().invoke(from_issue, [*arguments, *options], input=given)

    return start


def test_a_draft_is_written(
    checkout: Checkout, issue: Callable[..., str], run: Callable[..., Result], tmp_path: Path
) -> None:
    """The file is written, and the command says what is left to do."""
    (tmp_path / "issue.md").write_text(issue(), encoding="utf-8", newline="")

    result = run(str(tmp_path / "issue.md"))

    assert result.exit_code == 0
    assert result.output.startswith(f"written: {FILE}\nclaim: daily-reed-2024-")
    assert "save the page" in result.output
    assert (checkout.root / FILE).read_text(encoding="utf-8").startswith("document: daily-reed")
    assert [file.name for file in checkout.bundle.sources.iterdir()] == [FILE.rpartition("/")[2]]


def test_a_draft_is_shown(
    checkout: Checkout, issue: Callable[..., str], run: Callable[..., Result]
) -> None:
    """With --show the file is printed and not written; - is standard input."""
    result = run("-", "--show", given=issue())

    assert result.exit_code == 0
    assert result.output.startswith("document: daily-reed-2024-who-helps-reed-front\n")
    assert list(checkout.bundle.sources.iterdir()) == []


def test_findings_end_with_1(
    checkout: Checkout, issue: Callable[..., str], run: Callable[..., Result]
) -> None:
    """What is wrong with an answer is told with its line, and nothing is written."""
    result = run("-", given=issue({"Outlet": "Daily Read"}))

    assert result.exit_code == 1
    assert "-:11:1: violation: Nothing in the register is called 'Daily Read'." in result.output
    assert "Did you mean daily-reed?" in result.output
    assert list(checkout.bundle.sources.iterdir()) == []


def test_a_second_run_writes_nothing(
    issue: Callable[..., str], run: Callable[..., Result], checkout: Checkout
) -> None:
    """The same issue twice is refused by its sentence, and the first draft stays as it is."""
    first = run("-", given=issue())
    written = (checkout.root / FILE).read_bytes()

    second = run("-", given=issue())

    assert (first.exit_code, second.exit_code) == (0, 1)
    assert "same-sentence" in second.output
    assert (checkout.root / FILE).read_bytes() == written


def test_a_link_is_not_followed(
    checkout: Checkout, issue: Callable[..., str], run: Callable[..., Result], tmp_path: Path
) -> None:
    """Where a link bears the name of the new file, what it leads to is left alone."""
    other = tmp_path / "other"
    (checkout.root / FILE).symlink_to(other)

    result = run("-", given=issue())

    assert isinstance(result.exception, UsageError | DataError)
    assert not other.exists()


def test_bytes_that_are_no_text_are_refused(run: Callable[..., Result], tmp_path: Path) -> None:
    """A file that is not UTF-8 is refused at its byte."""
    (tmp_path / "issue.md").write_bytes(b"### Outlet\n\xff")

    result = run(str(tmp_path / "issue.md"))

    assert result.exit_code == 1
    assert "issue.md:2:1: violation: Byte 0xff is not UTF-8." in result.output


def test_a_missing_file_is_wrong_use(run: Callable[..., Result], tmp_path: Path) -> None:
    """A file that is not there is named."""
    result = run(str(tmp_path / "none.md"))

    assert isinstance(result.exception, UsageError)
    assert "none.md cannot be read" in str(result.exception)


def test_a_page_and_an_issue_make_a_contribution_that_passes(
    checkout: Checkout, issue: Callable[..., str], run: Callable[..., Result], tmp_path: Path
) -> None:
    """With the page held by `new`, the claim joins its document, is located and conforms."""
    text = "Who helps the Reed Front?\n\nArcadia has backed the Reed Front since the war began.\n"
    (tmp_path / "saved.txt").write_text(text, encoding="utf-8")
    asked = ("--url", "https://reed.example/news/1", "--title", "Who helps the Reed Front?")
    given = ("--outlet", "daily-reed", "--published", "2024-10-02", "--id", "reed-page")
    captures = str(checkout.root / "captures")
    root = ("--root", str(checkout.root))
    group = CliRunner()
    made = group.invoke(
        command_group(), ["new", str(tmp_path / "saved.txt"), *asked, *given, *root]
    )

    changes = {
        "What the document says": "Arcadia holds office in the Reed Front.",
        "What it is about": "membership: (member, group, role)",
        "Who has which part": "member: Arcadia\r\ngroup: Reed Front",
    }
    joined = run("-", given=issue(changes))
    located = group.invoke(command_group(), ["evidence", "--captures", captures, "--locate", *root])
    checked = group.invoke(command_group(), ["validate", "--captures", captures, *root])

    assert made.exit_code == 0, made.output
    assert "changed: kg/data/sources/reed-page.yaml" in joined.output
    assert "claim: reed-page/arcadia-holds-office-in-reed-front (draft)" in joined.output
    assert "1 passages located." in located.output
    assert checked.exit_code == 0, checked.output
