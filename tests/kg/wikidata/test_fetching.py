"""The command `links fetch`, run as a process of its own: killed, run again, dry, refused."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from allegiance.wikidata.index import WikidataIndex
from allegiance.wikidata.item import Item
from allegiance.wikidata.item_tables import write_items

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import FakeApi

IDS = [f"Q{number}" for number in range(1000, 1150)]
PATIENCE_S = 60.0


class Fetching:
    """Start `allegiance links fetch` in a checkout that has nothing but tables."""

    def __init__(self, root: Path, fake_api: FakeApi) -> None:
        """Make the checkout, with 150 items in its tables."""
        for folder in ("ontology", "shapes", "kg/data/sources", "kg/data/actors", "kg/data/schema"):
            (root / folder).mkdir(parents=True)
        (root / "kg" / "rules").mkdir()
        self.root, self.fake, self.processes = root, fake_api, []
        self.folder = root / "kg" / "data" / "wikidata"
        self.journal = root / "build" / "wikidata-fetch.jsonl"
        write_items(self.folder, [Item(qid, {"en": f"Thing {qid[1:]}"}) for qid in IDS])

    def start(self, *options: str) -> subprocess.Popen[str]:
        """Start the command."""
        command = [sys.executable, "-m", "allegiance_server", "links", "fetch", *options]
        command += ["--root", str(self.root), "--endpoint", self.fake.endpoint]
        environment = os.environ | {"ALLEGIANCE_BUILD_DIR": str(self.root / "build")}
        environment.pop("ALLEGIANCE_CONTACT", None)
        process = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        return process

    def run(self, *options: str) -> tuple[int, str, str]:
        """Run the command to its end; return its status and what it wrote."""
        process = self.start(*options)
        out, err = process.communicate(timeout=PATIENCE_S)
        return process.returncode, out, err

    def wait_for(self, lines: int, requests: int) -> None:
        """Wait until the journal has so many lines and the fake so many requests."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            written = self.journal.read_bytes().count(b"\n") if self.journal.exists() else 0
            if written >= lines and len(self.fake.asked) >= requests:
                return
            time.sleep(0.02)
        pytest.fail(f"{lines} lines and {requests} requests did not come in {PATIENCE_S} s")


@pytest.fixture
def fetching(tmp_path: Path, fake_api: FakeApi) -> Iterator[Fetching]:
    """Offer the command, and end whatever a test has left running."""
    started = Fetching(tmp_path, fake_api)
    yield started
    for process in started.processes:
        process.kill()
        process.communicate()


def _asked(fake_api: FakeApi) -> Counter[str]:
    return Counter(qid for ids in fake_api.asked for qid in ids)


def _kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_after_a_kill_between_requests_nothing_is_asked_twice(
    fetching: Fetching, fake_api: FakeApi
) -> None:
    """Killed by SIGKILL in the middle, the same command completes; each item is asked once."""
    first = fetching.start("--contact", "graph@example.org", "--pause", "60")
    fetching.wait_for(lines=51, requests=1)
    _kill(first)
    assert [len(ids) for ids in fake_api.asked] == [50]

    status, out, _ = fetching.run("--contact", "graph@example.org", "--pause", "0")

    assert (status, out) == (0, "Items renewed: 150. Remarks: 0.\n")
    assert _asked(fake_api) == Counter(IDS)
    items = list(WikidataIndex.load(fetching.folder).items())
    assert [(item.id, item.revision) for item in items] == [(qid, int(qid[1:]) + 1) for qid in IDS]
    assert not fetching.journal.exists()


def test_after_a_kill_during_an_answer_only_that_batch_is_asked_again(
    fetching: Fetching, fake_api: FakeApi
) -> None:
    """What was asked but not yet answered when the kill came is asked again, and nothing else."""
    fake_api.faults = ["", "slow"]
    first = fetching.start("--contact", "graph@example.org", "--pause", "0")
    fetching.wait_for(lines=51, requests=2)
    _kill(first)
    fake_api.release.set()

    status, out, _ = fetching.run("--contact", "graph@example.org", "--pause", "0")

    assert (status, out) == (0, "Items renewed: 150. Remarks: 0.\n")
    assert Counter(qid for ids in fake_api.answered for qid in ids) == Counter(IDS)
    assert _asked(fake_api) == Counter(IDS) + Counter(IDS[50:100])


def test_a_second_run_beside_the_first_is_refused(fetching: Fetching, fake_api: FakeApi) -> None:
    """While one run is under way, another asks nothing and says so."""
    fetching.start("--contact", "graph@example.org", "--pause", "60")
    fetching.wait_for(lines=51, requests=1)

    status, _, err = fetching.run("--contact", "graph@example.org")

    assert status == 2
    assert "Another fetch" in err
    assert len(fake_api.asked) == 1


def test_an_unfinished_run_can_be_forgotten(fetching: Fetching, fake_api: FakeApi) -> None:
    """With --restart, what an earlier run has kept is asked for again."""
    fake_api.faults = ["", "403"]
    status, _, err = fetching.run("--contact", "graph@example.org", "--pause", "0")
    assert status == 2
    assert "What was answered is kept" in err

    status, _, _ = fetching.run("--contact", "graph@example.org", "--pause", "0", "--restart")

    assert status == 0
    assert _asked(fake_api) == Counter(IDS) + Counter(IDS[:100])


def test_a_dry_run_asks_and_writes_nothing(fetching: Fetching, fake_api: FakeApi) -> None:
    """It says how many items would be asked of whom, and needs no contact for it."""
    before = {file: file.read_bytes() for file in fetching.root.rglob("*") if file.is_file()}

    status, out, _ = fetching.run("--dry-run")

    assert status == 0
    assert out == f"150 items would be asked of {fake_api.endpoint}, in 3 requests.\n"
    assert fake_api.asked == []
    assert before == {f: f.read_bytes() for f in fetching.root.rglob("*") if f.is_file()}


def test_remarks_make_the_status_1(fetching: Fetching, fake_api: FakeApi) -> None:
    """Items can be given by their address; what has to be looked at is written out."""
    fake_api.deleted = {"Q1001"}

    status, out, err = fetching.run(
        *("Q1000", "https://www.wikidata.org/wiki/Q1001#P31", "wikidata:Q7747"),
        *("--contact", "graph@example.org", "--pause", "0"),
    )

    assert status == 1
    assert out == (
        "Q1001 is deleted. Remove links to it, or find the item that is meant.\n"
        "Items renewed: 2. Remarks: 1.\n"
    )
    assert "3 of 3 items" in err
    assert (added := WikidataIndex.load(fetching.folder).get("Q7747")) is not None
    assert added.kind == "person"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "--contact"),
        (("--contact", "me"), "--contact"),
        (("Q042", "--contact", "a@example.org"), "'Q042' is no item"),
        (("--contact", "a@example.org", "--pause", "-1"), "pause"),
        (("--contact", "a@example.org", "--timeout", "nan"), "time-out"),
        (("--contact", "a@example.org", "--pause", "inf"), "pause"),
    ],
)
def test_wrong_use_is_refused_before_anything_is_asked(
    fetching: Fetching, fake_api: FakeApi, options: tuple[str, ...], said: str
) -> None:
    """Without a contact, with what is no item, or with impossible times, the status is 2."""
    status, _, err = fetching.run(*options)

    assert status == 2
    assert said in err
    assert fake_api.asked == []
