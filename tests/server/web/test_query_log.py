"""Each query leaves one line, which tells its cost and not who asked, whatever the disk does."""

from __future__ import annotations

import asyncio
import json
import os
import select
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from allegiance_server.errors import SettingsError
from allegiance_server.protocol.media_types import Formats
from allegiance_server.web import query_log
from allegiance_server.web.query_log import QueryLog, form_of, query_hash
from allegiance_server.workers.tasks import Finished, Kind, Task

if TYPE_CHECKING:
    from pathlib import Path

PRIVATE = 'SELECT ?who { ?who rdfs:label "Somebody Private" }'


def finished(text: str = PRIVATE, kind: Kind = "query", outcome: str = "answered") -> Finished:
    """Make the end of a task of a client with an address."""
    task = Task(kind, text, Formats("text/csv", None))
    return Finished(task, "203.0.113.9", outcome, 0.0125, 0.5, 4096, 7, "tiny")


def written(file: Path) -> list[dict[str, object]]:
    """Read the lines of a log."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_line_tells_what_a_query_cost(tmp_path: Path) -> None:
    """Every field has its value, and the time is now, in UTC."""
    log = QueryLog(str(tmp_path / "queries.jsonl"))
    log.write(replace(finished(), lane="slow"), is_cached=True)
    log.close()
    (line,) = written(tmp_path / "queries.jsonl")
    at = datetime.fromisoformat(str(line.pop("time")))
    assert timedelta(0) <= datetime.now(UTC) - at < timedelta(seconds=30)
    assert line == {
        "hash": query_hash(PRIVATE),
        "kind": "query",
        "form": "SELECT",
        "ms": 12.5,
        "waited_ms": 500.0,
        "rows": 7,
        "bytes": 4096,
        "outcome": "answered",
        "snapshot": "tiny",
        "cached": True,
        "lane": "slow",
    }


def test_part_of_a_query_is_known_by_the_whole(tmp_path: Path) -> None:
    """What was made of a query has its hash and its form in the log."""
    log = QueryLog(str(tmp_path / "queries.jsonl"))
    part = finished("SELECT DISTINCT ?who { ?who a al:State } LIMIT 10001")
    log.write(replace(part, task=replace(part.task, written="ASK { ?who a al:State }")))
    log.close()
    (line,) = written(tmp_path / "queries.jsonl")
    assert (line["hash"], line["form"]) == (query_hash("ASK { ?who a al:State }"), "ASK")


def test_line_holds_no_personal_data(tmp_path: Path) -> None:
    """Neither the address of the client nor a word of the query is in the file."""
    log = QueryLog(str(tmp_path / "queries.jsonl"))
    log.write(finished())
    log.write(finished("somebody private", "search"))
    log.close()
    text = (tmp_path / "queries.jsonl").read_text(encoding="utf-8").lower()
    assert text.count("\n") == 2
    assert "203.0.113.9" not in text
    assert "private" not in text


@pytest.mark.parametrize(
    ("query", "form"),
    [
        ("SELECT * {}", "SELECT"),
        ("\n  ask{}", "ASK"),
        ("PREFIX a: <http://a.example/>\nBASE<http://b.example/>CONSTRUCT WHERE {}", "CONSTRUCT"),
        ("# SELECT\nPREFIX : <http://a.example/#x> DESCRIBE :a", "DESCRIBE"),
        ('VERSION "1.2" SELECT * {}', "SELECT"),
        ("SELECTED", None),
        ("", None),
        ("INSERT DATA {}", None),
        ("PREFIX a: SELECT", None),
        ("# SELECT * {}", None),
    ],
)
def test_form_is_the_first_word_after_the_prologue(query: str, form: str | None) -> None:
    """Prefixes, bases, versions and comments before it are passed over."""
    assert form_of(query) == form


@pytest.mark.parametrize("piece", [" ", "#\n", "PREFIX a: ", "PREFIX a:<b>", "BASE <", "prefix "])
def test_form_of_the_longest_query_is_found_at_once(piece: str) -> None:
    """No prologue of 64 KiB makes the look for the form take long."""
    begin = time.perf_counter()
    form_of(piece * (65536 // len(piece)))
    assert time.perf_counter() - begin < 0.5


def test_lines_are_written_within_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line does not wait for others, nor for the end of the service."""
    monkeypatch.setattr(query_log, "FLUSH_S", 0.01)
    file = tmp_path / "queries.jsonl"

    async def scene() -> None:
        log = QueryLog(str(file))
        log.start()
        log.write(finished())
        end = time.monotonic() + 5
        while not file.read_text(encoding="utf-8"):
            assert time.monotonic() < end
            await asyncio.sleep(0.01)
        log.write(finished("ASK {}"))
        await log.stop()

    asyncio.run(scene())
    assert [line["form"] for line in written(file)] == ["SELECT", "ASK"]


def test_lines_of_several_runs_follow_each_other(tmp_path: Path) -> None:
    """A new start of the service overwrites nothing."""
    for _ in range(2):
        log = QueryLog(str(tmp_path / "queries.jsonl"))
        log.write(finished())
        log.close()
    assert len(written(tmp_path / "queries.jsonl")) == 2


def test_moved_file_is_begun_anew(tmp_path: Path) -> None:
    """Who rotates the log by moving it away finds the next lines under the old name."""
    file, moved = tmp_path / "queries.jsonl", tmp_path / "queries.jsonl.1"
    log = QueryLog(str(file))
    log.write(finished())
    log.flush()
    file.rename(moved)
    log.write(finished("ASK {}"))
    log.close()
    assert [line["form"] for line in written(moved)] == ["SELECT"]
    assert [line["form"] for line in written(file)] == ["ASK"]


def test_full_disk_is_told_once_and_lines_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """While nothing can be written the service goes on; then all lines that had room are there."""
    log = QueryLog(str(tmp_path / "queries.jsonl"))
    write = os.write

    def refuse(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", refuse)
    for _ in range(3):
        log.write(finished())
        log.flush()
    assert [record.getMessage() for record in caplog.records] == [
        "The query log cannot be written: No space left on device. Lines wait."
    ]
    monkeypatch.setattr(os, "write", write)
    log.close()
    assert len(written(tmp_path / "queries.jsonl")) == 3
    assert log.lost == 0


def test_lines_that_find_no_room_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits is bounded; beyond the bound whole lines are lost, and never a part of one."""
    monkeypatch.setattr(query_log, "MOST_BYTES", 1000)
    log = QueryLog(str(tmp_path / "queries.jsonl"))
    for _ in range(10):
        log.write(finished())
    assert 1 <= log.lost <= 9
    kept = 10 - log.lost
    log.close()
    assert len(written(tmp_path / "queries.jsonl")) == kept


def test_half_a_write_is_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes a part of a line gets the rest of it next."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:7]))
    log = QueryLog(str(tmp_path / "queries.jsonl"))
    log.write(finished())
    log.write(finished())
    log.close()
    assert len(written(tmp_path / "queries.jsonl")) == 2


def test_full_device_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Against a real device without room, writing and closing end without an error."""
    log = QueryLog("/dev/full")
    log.write(finished())
    log.close()
    assert "No space left on device" in caplog.text


def test_standard_error_takes_the_lines(capfd: pytest.CaptureFixture[str]) -> None:
    """The name `-` stands for standard error, which stays open."""
    log = QueryLog("-")
    log.write(finished())
    log.close()
    os.write(2, b"still open\n")
    line, after = capfd.readouterr().err.splitlines()
    assert json.loads(line)["outcome"] == "answered"
    assert after == "still open"


def test_reader_that_sleeps_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe that nobody empties fills up; after that lines wait, and no call blocks."""
    monkeypatch.setattr(query_log, "MOST_BYTES", 100_000)
    reader, writer = os.pipe()
    try:
        log = QueryLog(f"/dev/fd/{writer}")
        for _ in range(2000):
            log.write(finished())
        log.flush()
        assert log.lost > 0
        assert not select.select([], [writer], [], 0)[1]
        log.close()
    finally:
        os.close(reader)
        os.close(writer)


def test_without_a_name_nothing_is_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By default there is no log: no file, no task, no line."""
    monkeypatch.chdir(tmp_path)

    async def scene() -> int:
        log = QueryLog("")
        before = len(asyncio.all_tasks())
        log.start()
        log.write(finished())
        started = len(asyncio.all_tasks()) - before
        await log.stop()
        return started

    assert asyncio.run(scene()) == 0
    assert list(tmp_path.iterdir()) == []


def test_file_that_cannot_be_made_stops_the_start(tmp_path: Path) -> None:
    """A folder that is not there is told before anything is served."""
    with pytest.raises(SettingsError, match="no-such-folder"):
        QueryLog(str(tmp_path / "no-such-folder" / "queries.jsonl"))
