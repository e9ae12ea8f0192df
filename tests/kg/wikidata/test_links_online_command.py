"""The command `links audit --online`: report, table, patch, and an honest exit status."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from allegiance.commands import command_group
from allegiance.commands.wikidata_api import journal_file
from allegiance.errors import UsageError
from allegiance.wikidata.fetch_journal import alone
from allegiance.wikidata.item import Item

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result
    from conftest import FakeApi, World

TABLE = "kg/data/links/wikidata.sssom.tsv"


class Command:
    """Run the command in a world, against its fake."""

    def __init__(self, world: World) -> None:
        """Stand in the checkout of a world."""
        self.root, self.endpoint = world.bundle.root, world.fake.endpoint

    def offline(self, *options: str) -> Result:
        """Run the command without anything that it does not need."""
        arguments = ["links", "audit", "--root", str(self.root), "--as-of", "2026-01-06", *options]
        return CliRunner().invoke(command_group(), arguments)

    def __call__(self, *options: str) -> Result:
        """Run the command online."""
        asking = ("--contact", "graph@example.org", "--endpoint", self.endpoint, "--pause", "0")
        return self.offline("--online", *asking, *options)


@pytest.fixture
def audit(world: World, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Give the command in the small checkout, whatever the environment says."""
    monkeypatch.setenv("ALLEGIANCE_BUILD_DIR", str(world.bundle.root / "build"))
    monkeypatch.delenv("ALLEGIANCE_CONTACT", raising=False)
    return Command(world)


def test_nothing_new_ends_well(audit: Command) -> None:
    """Where nothing has changed, that is said, and the status is 0."""
    result = audit()

    assert result.exit_code == 0
    assert "Nothing has changed at Wikidata." in result.stdout
    assert "allegiance: 5 of 5 items" in result.stderr


def test_changes_are_a_report_and_a_table(audit: Command, fake_api: FakeApi) -> None:
    """A violation has file and line, the table has old and new, and the status is 1."""
    fake_api.redirects = {"Q105": "Q500"}
    fake_api.tell(Item("Q500", {"en": "Sorrow"}))
    before = (audit.root / TABLE).read_bytes()

    result = audit("--no-search")

    assert result.exit_code == 1
    assert f"{TABLE}:5:32" in result.stdout
    assert "links/redirected" in result.stdout
    lines = result.stdout.splitlines()
    head = next(n for n, line in enumerate(lines) if line.startswith("item "))
    assert lines[head + 1].split() == [
        *("Q105", "lake-sorrow", "redirected", "Lake", "Sorrow", "Q500", "(Sorrow)", f"{TABLE}:5"),
    ]
    assert fake_api.searched == []
    assert (audit.root / TABLE).read_bytes() == before


def test_a_report_for_machines_holds_nothing_else(audit: Command, fake_api: FakeApi) -> None:
    """In other formats the table is left out, so that standard output is one document."""
    fake_api.deleted = {"Q105"}

    result = audit("--format", "json", "--no-search")

    rules = {found["rule"] for found in json.loads(result.stdout)["findings"]}
    assert rules == {"links/deleted", "links/unanswered"}


def test_what_was_not_looked_at_is_told(audit: Command, fake_api: FakeApi) -> None:
    """Where the API refuses, the status is 2, and items and names without an answer are listed."""
    fake_api.deleted = {"Q105"}
    fake_api.faults = ["", "", "403"]

    result = audit()

    assert result.exit_code == 2
    assert "links/deleted" in result.stdout
    assert "answered 403" in result.stderr
    assert "Not looked at, 1 item: Q104." in result.stderr
    assert "Not searched for, 5 names: Republic of Arcadia, Arkadien," in result.stderr


def test_no_answer_is_no_proof_that_nothing_changed(audit: Command, fake_api: FakeApi) -> None:
    """Where nothing could be looked at, nobody says that nothing has changed."""
    fake_api.faults = ["403"]

    result = audit()

    assert result.exit_code == 2
    assert "No change was seen; not everything could be looked at." in result.stdout
    assert "Nothing has changed" not in result.stdout


def test_a_patch_is_written_beside(audit: Command, fake_api: FakeApi, tmp_path: Path) -> None:
    """The patch has what can be proposed; what the audit would refuse is told, with its reason."""
    fake_api.deleted, fake_api.redirects = {"Q105"}, {"Q101": "Q106"}

    result = audit("--no-search", "--patch", str(tmp_path / "new.patch"))

    patch = (tmp_path / "new.patch").read_text()
    assert f"+++ b/{TABLE}\n" in patch
    assert "+id:lake-sorrow\tskos:exactMatch\tsssom:NoTermFound" in patch
    assert "Not in the patch: change a row of arcadia" in result.stderr
    assert "git apply" in result.stderr


def test_without_proposals_no_patch_is_written(audit: Command, tmp_path: Path) -> None:
    """An empty patch would be an error of git; it is said that there is nothing."""
    result = audit("--no-search", "--patch", str(tmp_path / "new.patch"))

    assert "nothing to propose" in result.stderr
    assert not (tmp_path / "new.patch").exists()


def test_a_patch_overwrites_nothing(audit: Command, fake_api: FakeApi, tmp_path: Path) -> None:
    """A file that exists, or a folder that does not, is refused before anything is asked."""
    (tmp_path / "old.patch").write_text("mine")

    for file in ("old.patch", "nowhere/new.patch"):
        result = audit("--patch", str(tmp_path / file))
        assert isinstance(result.exception, UsageError)
    assert fake_api.parameters == []
    assert (tmp_path / "old.patch").read_text() == "mine"


def test_options_of_asking_need_online(audit: Command) -> None:
    """Whoever writes them expects that Wikidata is asked."""
    for option in ("--patch=x", "--no-search", "--contact=a@b.org", "--pause=3"):
        result = audit.offline(option)

        assert isinstance(result.exception, UsageError)
        assert "--online" in str(result.exception)


def test_offline_asks_nobody(audit: Command, fake_api: FakeApi) -> None:
    """Without --online there is no request and no table."""
    result = audit.offline()

    assert result.exit_code == 0
    assert "at Wikidata" not in result.stdout
    assert fake_api.parameters == []


def test_only_one_command_asks_at_a_time(audit: Command, world: World) -> None:
    """While a fetch is under way, the audit is refused and asks nothing."""
    with alone(journal_file(world.bundle)):
        result = audit()

    assert isinstance(result.exception, UsageError)
    assert "Another fetch or audit" in str(result.exception)
    assert world.fake.parameters == []


def test_a_contact_is_needed(audit: Command) -> None:
    """Nobody is asked by somebody who cannot be written to."""
    result = audit.offline("--online", "--contact", "me", "--endpoint", audit.endpoint)

    assert isinstance(result.exception, UsageError)
    assert "--contact" in str(result.exception)
