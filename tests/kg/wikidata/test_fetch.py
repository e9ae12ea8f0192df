"""Fetching from a fake of the API with the faults of the real one: nothing is lost, all is told."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import pytest

from allegiance.errors import EndpointError, UsageError
from allegiance.wikidata.entity_api import ATTEMPTS, EntityApi
from allegiance.wikidata.fetch import FetchReport, fetch_outcomes, write_outcomes
from allegiance.wikidata.fetch_journal import open_journal
from allegiance.wikidata.index import WikidataIndex
from allegiance.wikidata.item import Item
from allegiance.wikidata.item_tables import write_items

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from conftest import FakeApi

    from allegiance.wikidata.fetch_journal import FetchJournal

TODAY = date(2026, 11, 22)
CONTACT = "graph@example.org"


class Run:
    """Run fetches of one folder, without sleeping, and keep what was waited and told."""

    def __init__(self, folder: Path, fake_api: FakeApi) -> None:
        """Fetch from a fake into the tables of a folder."""
        self.folder, self.fake = folder, fake_api
        self.waits: list[float] = []
        self.steps: list[tuple[int, int]] = []

    def api(self, timeout_s: float = 20.0) -> EntityApi:
        """Return a client of the fake."""
        endpoint = self.fake.endpoint
        return EntityApi(CONTACT, endpoint, 0.25, timeout_s, sleep=self.waits.append)

    def journal(self, today: date = TODAY) -> FetchJournal:
        """Open the journal of the run."""
        endpoint = self.fake.endpoint
        return open_journal(self.folder / "journal.jsonl", endpoint, today)

    def fetch(self, ids: Iterable[str], api: EntityApi | None = None) -> FetchReport:
        """Fetch and write."""
        journal = self.journal()
        fetch_outcomes(
            ids, api or self.api(), journal, TODAY, lambda *step: self.steps.append(step)
        )
        return write_outcomes(self.folder, WikidataIndex.load(self.folder), journal)

    def tables(self) -> WikidataIndex:
        """Read the tables as they are now."""
        return WikidataIndex.load(self.folder)


@pytest.fixture
def run(tmp_path: Path, fake_api: FakeApi) -> Run:
    """Begin with tables of two items."""
    germany = Item("Q183", {"en": "Germany"}, classes=("Q6256",), kind="state", origin="rigour")
    party = Item("Q29468", {"en": "Republicans"}, kind="organisation", origin="elevant")
    write_items(tmp_path, [germany, party])
    return Run(tmp_path, fake_api)


def _ids(count: int) -> list[str]:
    return [f"Q{number}" for number in range(1000, 1000 + count)]


def test_requests_are_polite(run: Run, fake_api: FakeApi) -> None:
    """50 ids a request, one request at a time, a pause between, maxlag, and whom to write to."""
    run.fetch(_ids(120))

    assert [len(ids) for ids in fake_api.asked] == [50, 50, 20]
    assert fake_api.most_at_once == 1
    assert run.waits == [0.25, 0.25]
    assert {query["maxlag"] for query in fake_api.parameters} == {"5"}
    assert all(f"({CONTACT})" in agent for agent in fake_api.agents)
    assert run.steps == [(0, 120), (50, 120), (100, 120), (120, 120)]


def test_each_id_is_asked_once_however_often_it_is_given(run: Run, fake_api: FakeApi) -> None:
    """Doubled ids make no second question."""
    run.fetch(["Q183", "Q7747", "Q183"])

    assert fake_api.asked == [("Q183", "Q7747")]


@pytest.mark.parametrize(
    ("fault", "wait_s"),
    [
        ("429", 7.0),
        ("maxlag", 5.0),
        ("503", 2.0),
        ("error", 2.0),
        ("cut-json", 2.0),
        ("cut-body", 2.0),
        ("no-entities", 2.0),
    ],
)
def test_a_fault_that_passes_loses_nothing(
    run: Run, fake_api: FakeApi, fault: str, wait_s: float
) -> None:
    """After the wait that was asked for, or the usual one, the same question is asked again."""
    fake_api.faults = ["", fault]

    report = run.fetch(_ids(120))

    assert report == FetchReport(120, ())
    assert wait_s in run.waits
    assert fake_api.asked[1] == fake_api.asked[2]
    assert [len(ids) for ids in fake_api.answered] == [50, 50, 20]
    assert {qid for qid in _ids(120) if run.tables().get(qid) is None} == set()


def test_a_slow_answer_is_asked_for_again(run: Run, fake_api: FakeApi) -> None:
    """An answer that does not come in time is a fault that passes."""
    fake_api.faults = ["slow"]

    assert run.fetch(["Q183"], run.api(timeout_s=0.4)).renewed == 1
    assert len(fake_api.asked) == 2


def test_waits_grow_until_it_gives_up(run: Run, fake_api: FakeApi) -> None:
    """A fault that does not pass ends the run with an error; the tables stay as they were."""
    before = run.tables()
    fake_api.faults = ["503"] * ATTEMPTS

    with pytest.raises(EndpointError, match=f"failed {ATTEMPTS} times"):
        run.fetch(["Q183"])

    backoff = [wait_s for wait_s in run.waits if wait_s != 0.25]
    assert backoff == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    assert run.tables() == before


@pytest.mark.parametrize(
    ("fault", "said"), [("403", "contact"), ("302", "not followed"), ("429-long", "86400 seconds")]
)
def test_what_does_not_pass_is_told_at_once(
    run: Run, fake_api: FakeApi, fault: str, said: str
) -> None:
    """A refusal, a redirect of the endpoint and a very long wait end the run after one request."""
    fake_api.faults = [fault]

    with pytest.raises(EndpointError, match=said):
        run.fetch(["Q183"])

    assert len(fake_api.asked) == 1


def test_what_was_answered_before_the_end_is_not_asked_again(run: Run, fake_api: FakeApi) -> None:
    """A second run goes on after the last batch that the first one has written down."""
    fake_api.faults = ["", "403"]
    with pytest.raises(EndpointError):
        run.fetch(_ids(120))

    report = run.fetch(_ids(120))

    assert report.renewed == 120
    assert Counter(qid for ids in fake_api.answered for qid in ids) == Counter(_ids(120))


@pytest.mark.parametrize("under_the_new_id", [False, True])
def test_a_redirect_is_told_and_not_followed(
    run: Run,
    fake_api: FakeApi,
    under_the_new_id: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """The old row stays, the new item does not come in, and a sentence names both."""
    before = run.tables().get("Q29468")
    fake_api.redirects, fake_api.under_the_new_id = {"Q29468": "Q500"}, under_the_new_id

    report = run.fetch(["Q183", "Q29468"])

    assert report.renewed == 1
    assert [remark for remark in report.remarks if "Q29468 redirects to Q500" in remark]
    assert run.tables().get("Q29468") == before
    assert run.tables().get("Q500") is None


def test_a_deleted_item_is_told_and_keeps_its_row(run: Run, fake_api: FakeApi) -> None:
    """What the API calls missing is reported as deleted."""
    before = run.tables().get("Q29468")
    fake_api.deleted = {"Q29468"}

    report = run.fetch(["Q183", "Q29468"])

    assert [remark for remark in report.remarks if remark.startswith("Q29468 is deleted.")]
    assert run.tables().get("Q29468") == before


def test_an_item_that_spoils_its_batch_loses_no_other(run: Run, fake_api: FakeApi) -> None:
    """Where the API refuses all 50 ids for one of them, the other 49 are found nevertheless."""
    fake_api.refused = {"Q1017"}

    report = run.fetch(_ids(50))

    assert report.renewed == 49
    assert report.remarks == (
        "Q1017 is deleted. Remove links to it, or find the item that is meant.",
    )


def test_what_is_left_out_or_malformed_is_told(run: Run, fake_api: FakeApi) -> None:
    """An id without an answer is asked for alone once, and then reported, like one unreadable."""
    fake_api.ignored, fake_api.malformed = {"Q1001"}, {"Q1002"}

    report = run.fetch(_ids(3))

    assert report.renewed == 1
    assert fake_api.asked == [("Q1000", "Q1001", "Q1002"), ("Q1001",)]
    assert {remark.split()[0] for remark in report.remarks} == {"Q1001", "Q1002"}


def test_changes_are_told(run: Run) -> None:
    """Another label, other classes and a class against the kind are each said in a sentence."""
    write_items(
        run.folder,
        [
            Item("Q183", {"en": "Germany"}, classes=("Q6256",), kind="organisation"),
            Item("Q29468", {"en": "Republicans"}),
        ],
    )

    assert run.fetch(["Q183", "Q29468"]).remarks == (
        "Q183 had the classes Q6256, and now Q3624078, Q6256.",
        "Q183 is filed as organisation, but its classes make it state.",
        "Q29468 was 'Republicans' and is now 'Republican Party'.",
    )


def test_a_journal_without_its_last_line_end_loses_that_line_only(
    run: Run, fake_api: FakeApi
) -> None:
    """A line that a kill has cut off is asked for again, and the others are not."""
    fake_api.faults = ["", "403"]
    with pytest.raises(EndpointError):
        run.fetch(_ids(51))
    file = run.folder / "journal.jsonl"
    file.write_bytes(file.read_bytes()[:-9])

    assert run.fetch(_ids(51)).renewed == 51
    assert fake_api.asked[2] == ("Q1049", "Q1050")
    assert not file.exists()


def test_a_journal_of_another_endpoint_or_of_long_ago_is_refused(run: Run) -> None:
    """Answers are not mixed between endpoints or over weeks; the error names the way out."""
    journal = run.journal()

    with pytest.raises(UsageError, match="--restart"):
        open_journal(journal.file, "https://example.org/api.php", TODAY)
    with pytest.raises(UsageError, match="--restart"):
        run.journal(date(2026, 11, 30))
    assert run.journal(date(2026, 11, 29)).begun == "2026-11-22"


def test_what_is_no_journal_is_refused(run: Run) -> None:
    """A file with something else in it is not overwritten."""
    (run.folder / "journal.jsonl").write_text('{"x": 1}\n', encoding="utf-8")

    with pytest.raises(UsageError, match="no journal"):
        run.journal()


@pytest.mark.parametrize(
    "contact", ["", "me", "a@b", "a@b.org\r\nX: y", "ü@example.org", "a b@c.d"]
)
def test_a_contact_is_an_address(contact: str) -> None:
    """Nothing is asked without an address that can be written to."""
    with pytest.raises(UsageError, match="--contact"):
        EntityApi(contact)


@pytest.mark.parametrize("endpoint", ["", "www.wikidata.org", "file:///etc/hosts", "https://"])
def test_an_endpoint_is_an_address_of_the_web(endpoint: str) -> None:
    """Only http and https with a host are asked."""
    with pytest.raises(UsageError, match="endpoint"):
        EntityApi(CONTACT, endpoint)
