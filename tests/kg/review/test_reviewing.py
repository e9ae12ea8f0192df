"""The command `diff`: against a commit, a branch or a snapshot."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from allegiance.build import build_snapshot
from allegiance.commands.reviewing import diff
from allegiance.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Checkout

    Claim = Callable[..., str]
    Git = Callable[..., str]
    Diff = Callable[..., str]

PATRONAGE = "patronage: {patron: arcadia, client: reed-front}"
STRIKE = "event: {type: MilitaryStrike, actor: reed-front, target: borduria}"
COULD = "the Reed Front could strike Borduria"
BACKS = "Arcadia backs Reed Front (patronage) is now asserted, by claim one of document doc."
COLUMNS = (
    "subject_id\tpredicate_id\tobject_id\tmapping_justification\tauthor_label"
    "\tmapping_date\tcomment\n"
)
LINK = (
    "id:arcadia\tskos:exactMatch\twikidata:Q{}\tsemapv:ManualMappingCuration\t"
    "A. Curator\t2026-01-05\tOne table has it.\n"
)


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep git and the build folder apart from those of whoever runs the tests."""
    monkeypatch.delenv("ALLEGIANCE_BUILD_DIR", raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Tester")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "tester@example.org")


@pytest.fixture
def git(checkout: Checkout, claim: Claim) -> Git:
    """Give git in a checkout whose branch main has one document with a hypothetical strike."""

    def run(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(checkout.root), *arguments],
            capture_output=True,
            check=True,
            text=True,
        )
        return done.stdout.strip()

    checkout.write_source("doc", claim("strike", STRIKE, COULD, status="hypothetical"))
    run("init", "-q", "-b", "main")
    run("add", ".")
    run("commit", "-qm", "Begin")
    return run


def shown(root: Path, *arguments: str) -> str:
    """Return what the command prints; what it raises is raised here."""
    given = ["--root", str(root), *arguments]
    return CliRunner().invoke(diff, given, catch_exceptions=False).stdout


@pytest.mark.usefixtures("git")
def test_an_unchanged_tree_does_not_differ(checkout: Checkout) -> None:
    """Without a base, main is compared with; nothing has changed."""
    lines = shown(checkout.root).splitlines()

    assert lines[1:] == [
        "No claim, entry, document or link differs.",
        "The asserted view stays as it is.",
    ]


def test_uncommitted_and_new_files_count(checkout: Checkout, git: Git, claim: Claim) -> None:
    """The working tree is compared, also where nothing of it is committed."""
    checkout.write_source("doc", claim("strike", STRIKE, COULD) + claim("one", PATRONAGE))
    checkout.write_source("more", claim("two", PATRONAGE), outlet="evening-post")

    text = shown(checkout.root, "main")

    assert text.splitlines()[0] == f"Compared with main, commit {git('rev-parse', 'HEAD')[:12]}."
    assert (
        "Claim strike of document doc moved from hypothetical to asserted: “Sentence of strike.”"
    ) in text
    assert (
        "Arcadia backs Reed Front (patronage) is now asserted, by claim one of document doc "
        "and claim two of document more."
    ) in text
    assert (
        "New corroboration: claim one of document doc (“Sentence of one.”) corroborates "
        "claim two of document more (“Sentence of two.”)."
    ) in text


def test_what_main_got_meanwhile_is_not_the_branch_s(
    checkout: Checkout, git: Git, claim: Claim
) -> None:
    """A branch is compared with the commit at which it left its base."""
    strike = claim("strike", STRIKE, COULD, status="hypothetical")
    checkout.write_source("later", claim("late", PATRONAGE))
    git("add", ".")
    git("commit", "-qm", "Go on")
    git("checkout", "-q", "-b", "branch", "HEAD~1")
    checkout.write_source("doc", strike + claim("one", PATRONAGE))

    text = shown(checkout.root, "main")

    assert "claim late" not in text
    assert BACKS in text


def test_a_snapshot_can_be_compared_with(checkout: Checkout, tmp_path: Path, claim: Claim) -> None:
    """Outside of git, a snapshot's folder is the base, and so is a folder of builds."""
    checkout.write_source("doc", claim("strike", STRIKE, COULD, status="hypothetical"))
    snapshot = build_snapshot(checkout.bundle, tmp_path / "builds")
    checkout.write_source("doc", claim("one", PATRONAGE))

    for base in (snapshot.directory, tmp_path / "builds"):
        text = shown(checkout.root, str(base))
        assert text.splitlines()[0] == (
            f"Compared with the snapshot {snapshot.name[:12]} (links are not compared)."
        )
        assert BACKS in text


def test_links_are_compared_row_by_row(checkout: Checkout, git: Git) -> None:
    """A link to another item is one that is gone, to be looked at, and one that is new."""
    table = checkout.root / "kg/data/links/states.sssom.tsv"
    table.parent.mkdir()
    table.write_text(COLUMNS + LINK.format(1), encoding="utf-8")
    git("add", ".")
    git("commit", "-qm", "Link")
    table.write_text(COLUMNS + LINK.format(2), encoding="utf-8")

    text = shown(checkout.root)

    gone = "  - The link of Arcadia (arcadia) to wikidata:Q1 (exact match) is gone."
    assert text.splitlines()[3:] == [
        "",
        "Look at these first",
        gone,
        "",
        "Links",
        "  - The link of Arcadia (arcadia) to wikidata:Q2 (exact match) is new.",
        gone,
    ]


def test_how_a_spreadsheet_saves_a_table_changes_no_link(checkout: Checkout, git: Git) -> None:
    """A byte order mark, other line ends and quotes around values are no difference."""
    table = checkout.root / "kg/data/links/states.sssom.tsv"
    table.parent.mkdir()
    text = f"# license: https://example.org\n{COLUMNS}{LINK.format(1)}"
    table.write_text(text, encoding="utf-8")
    git("add", ".")
    git("commit", "-qm", "Link")
    saved = text.replace("wikidata:Q1", '"wikidata:Q1"').replace("\n", "\r\n")
    table.write_bytes(saved.encode("utf-8-sig"))

    assert "No claim, entry, document or link differs." in shown(checkout.root)


def test_an_item_that_was_found_at_last_is_no_loss(checkout: Checkout, git: Git) -> None:
    """Where an item takes the place of "none is known", nothing has to be looked at first."""
    table = checkout.root / "kg/data/links/states.sssom.tsv"
    table.parent.mkdir()
    none = LINK.replace("wikidata:Q{}", "sssom:NoTermFound")
    table.write_text(COLUMNS + none, encoding="utf-8")
    git("add", ".")
    git("commit", "-qm", "Link")
    table.write_text(COLUMNS + LINK.format(1), encoding="utf-8")

    assert shown(checkout.root).splitlines()[4:] == [
        "Links",
        "  - The link of Arcadia (arcadia) to wikidata:Q1 (exact match) is new.",
        "  - The link of Arcadia (arcadia) to sssom:NoTermFound (exact match) is gone.",
    ]


def test_a_table_that_cannot_be_read_is_told(checkout: Checkout, git: Git) -> None:
    """Where a row cannot be read, nobody is told that its link is gone."""
    table = checkout.root / "kg/data/links/states.sssom.tsv"
    table.parent.mkdir()
    table.write_text(COLUMNS + LINK.format(1), encoding="utf-8")
    git("add", ".")
    git("commit", "-qm", "Link")
    table.write_text(COLUMNS + LINK.format(1), encoding="utf-16")

    with pytest.raises(DataError) as refusal:
        shown(checkout.root)

    assert [found.rule for found in refusal.value.findings] == ["links/unreadable"]


@pytest.mark.usefixtures("git")
def test_the_page_of_a_pull_request_has_the_table(checkout: Checkout, claim: Claim) -> None:
    """In Markdown the new claims stand in a table, and only there."""
    strike = claim("strike", STRIKE, COULD, status="hypothetical")
    checkout.write_source("doc", strike + claim("one", PATRONAGE))

    text = shown(checkout.root, "--format", "markdown")

    assert "\n### New claims\n\n| Claim | Sentence | Status |" in text
    assert text.count("Sentence of one.") == 1
    assert f"\n- {BACKS}\n" in text


@pytest.mark.usefixtures("git")
def test_json_can_be_read_by_a_program(checkout: Checkout, claim: Claim) -> None:
    """The JSON form names the new edge."""
    checkout.write_source("doc", claim("one", PATRONAGE))

    changes = json.loads(shown(checkout.root, "--format", "json"))["changes"]

    assert ("edge", "added", "arcadia backs reed-front") in {
        (change["kind"], change["action"], change["name"]) for change in changes
    }


@pytest.mark.usefixtures("git")
@pytest.mark.parametrize("base", ["nowhere", "--output=stolen", "$(touch stolen)"])
def test_an_unknown_revision_is_named(base: str, checkout: Checkout) -> None:
    """A base that git does not know is an error of use; it is never an option or a command."""
    with pytest.raises(UsageError, match="knows no commit"):
        shown(checkout.root, "--", base)

    assert not list(checkout.root.glob("*stolen*"))


def test_outside_of_git_a_snapshot_is_asked_for(checkout: Checkout, claim: Claim) -> None:
    """In a folder without git the error says what can be compared with instead."""
    checkout.write_source("doc", claim("one", PATRONAGE))

    with pytest.raises(UsageError, match="Name a snapshot's folder"):
        shown(checkout.root)


def test_a_base_that_cannot_be_built_is_told(checkout: Checkout, git: Git, claim: Claim) -> None:
    """Faults of the base are told as the base's, with the first of them."""
    checkout.write_source("doc", claim("one", PATRONAGE.replace("arcadia", "nobody")))
    git("commit", "-qam", "Break")
    checkout.write_source("doc", claim("one", PATRONAGE))

    with pytest.raises(
        UsageError, match=r"The data of main, commit .*kg/data/sources/doc\.yaml:14"
    ):
        shown(checkout.root, "main")


@pytest.mark.usefixtures("git")
def test_faults_of_the_change_are_findings(checkout: Checkout, claim: Claim) -> None:
    """A change that cannot be built gives its findings, as every command does."""
    checkout.write_source("doc", claim("one", PATRONAGE.replace("arcadia", "nobody")))

    with pytest.raises(DataError) as caught:
        shown(checkout.root)

    assert [str(found.place) for found in caught.value.findings] == [
        "kg/data/sources/doc.yaml:14:25"
    ]


def test_a_shallow_clone_is_told_how_to_get_its_history(
    checkout: Checkout, git: Git, claim: Claim, tmp_path: Path
) -> None:
    """Where the common commit was not fetched, the error names the depth to fetch."""
    git("checkout", "-q", "-b", "branch")
    checkout.write_source("doc", claim("one", PATRONAGE))
    git("commit", "-qam", "Branch")
    git("checkout", "-q", "main")
    checkout.write_source("more", claim("two", PATRONAGE))
    git("add", ".")
    git("commit", "-qm", "Main")
    clone = tmp_path / "clone"
    git("clone", "-q", "--depth=1", "--no-single-branch", f"file://{checkout.root}", str(clone))
    git("-C", str(clone), "checkout", "-q", "branch")

    with pytest.raises(UsageError, match="fetch-depth: 0"):
        shown(clone, "origin/main")
