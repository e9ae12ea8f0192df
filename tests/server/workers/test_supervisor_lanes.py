"""Large results stream, slow queries give way, clients take turns, and data changes under load."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from allegiance_server.errors import (
    QueryKilledError,
    QueryTimedOutError,
    ResultBrokenError,
    ResultTooLargeError,
    ServerBusyError,
    WorkersUnavailableError,
)
from allegiance_server.protocol.media_types import Formats
from allegiance_server.settings import GIB, KIB, Settings
from allegiance_server.workers import supervisor as supervisor_module
from allegiance_server.workers.journal import Delta, Journal
from allegiance_server.workers.plan import plan_for
from allegiance_server.workers.supervisor import Supervisor
from allegiance_server.workers.tasks import Task
from allegiance_server.workers.zygote import DEMOTED_PRIORITY

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from allegiance.snapshot import Snapshot
    from allegiance_server.workers.jobs import StreamedResult
    from allegiance_server.workers.plan import Plan
    from allegiance_server.workers.tasks import Encoding, Finished

    Asked = Callable[[str], Task]
    Supervise = Callable[..., Any]

COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"


def crossed(times: int) -> str:
    """Return patterns that share no variable: twelve triples, so many times themselves."""
    return " . ".join(f"?a{number} ?b{number} ?c{number}" for number in range(times))


# 1,728 rows of nine terms: some hundreds of kilobytes.
LARGE = f"SELECT * WHERE {{ {crossed(3)} }}"
# 20,736 rows of twelve terms: some megabytes, and still some when they are compressed.
LARGER = f"SELECT * WHERE {{ {crossed(4)} }}"
# More than fifty megabytes.
HUGE = "SELECT * WHERE {{ {} VALUES ?v {{ {} }} }}".format(
    crossed(3), " ".join(f"'{number:0>60}'" for number in range(80))
)
# Begins with many rows; then it takes forever to find that there are no more.
UNENDING = f"""SELECT * WHERE {{
    {{ {crossed(3)} }} UNION {{ {crossed(12)} FILTER (CONCAT(STR(?a0), STR(?a11)) = "none") }}
}}"""
# Takes a good part of a second: three million solutions are counted.
LONG = f"SELECT (COUNT(*) AS ?n) WHERE {{ {crossed(6)} }}"
LONG_COUNT = b"n\r\n%d\r\n" % 12**6
# Takes some hundredths of a second.
SHORT = f"SELECT (COUNT(*) AS ?n) WHERE {{ {crossed(5)} }}"


def large_task(query: str, encoding: Encoding = "identity") -> Task:
    """Ask for a table of any size, whose rows are counted."""
    return Task("query", query, Formats("text/csv", None), encoding=encoding, counts_rows=True)


async def all_of(result: StreamedResult) -> bytes:
    """Read a result to its end."""
    body = bytearray(result.body)
    async for part in result.rest():
        body += part
    return bytes(body)


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds, at most ten seconds: the machine may be busy."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


def start(asking: Awaitable[Any]) -> asyncio.Future[Any]:
    """Begin to ask, without waiting for the answer."""
    return asyncio.ensure_future(asking)


async def drop(*asking: asyncio.Future[Any]) -> None:
    """Give up what is still asked."""
    for each in asking:
        each.cancel()
    await asyncio.wait(asking)


def lanes(supervisor: Supervisor) -> list[str]:
    """Return where each task is, in the order in which they came."""
    return [each.lane for each in supervisor.running]


def parent_of(pid: int) -> int:
    """Return the process id of a process's parent."""
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[1])


# Streams


@pytest.mark.parametrize("encoding", ["identity", "gzip", "zstd"])
def test_result_beyond_the_spool_streams_whole_and_counted(
    supervise: Supervise, decoded: Callable[[bytes, str], bytes], encoding: Encoding
) -> None:
    """What is too large to be held back comes in parts, decodes to the same bytes, has its rows."""

    async def scene(supervisor: Supervisor) -> None:
        plain = await all_of(await supervisor.open(large_task(LARGER)))
        result = await supervisor.open(large_task(LARGER, encoding))
        assert not result.is_whole
        assert result.rows is None
        body = await all_of(result)
        assert (result.encoding, result.rows) == (encoding, 12**4)
        assert decoded(body, encoding) == plain
        assert plain.count(b"\r\n") == 12**4 + 1
        assert result.snapshot == supervisor.snapshot

    supervise(scene, workers=1, query_timeout_s=60, spool_bytes=KIB, max_result_bytes=GIB)


def test_result_within_the_spool_is_whole_at_once(supervise: Supervise) -> None:
    """What fits into the spool comes in one piece with its count of rows."""

    async def scene(supervisor: Supervisor) -> None:
        result = await supervisor.open(large_task("SELECT * WHERE { ?a ?b ?c }"))
        assert (result.is_whole, result.rows) == (True, 12)
        assert await all_of(result) == result.body

    supervise(scene, workers=1, query_timeout_s=30)


def test_slow_reader_holds_neither_worker_nor_memory(supervise: Supervise, asked: Asked) -> None:
    """Fifty megabytes that nobody reads are out of the worker, and not in memory, and all there."""

    async def scene(supervisor: Supervisor) -> None:
        result = await supervisor.open(large_task(HUGE))
        await eventually(lambda: not supervisor.running)
        workers = supervisor.workers
        assert (await supervisor.whole(asked(COUNT)))[1] == b"n\r\n12\r\n"
        assert supervisor.workers == workers
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
        length = len(result.body)
        lines = result.body.count(b"\n")
        async for part in result.rest():
            length += len(part)
            lines += part.count(b"\n")
        assert length > 50_000_000
        assert (result.rows, lines) == (12**3 * 80, 12**3 * 80 + 1)

    tracemalloc.start()
    try:
        supervise(scene, workers=1, query_timeout_s=60, max_result_bytes=GIB)
    finally:
        tracemalloc.stop()


def test_more_streams_than_may_run_at_once_all_arrive(supervise: Supervise) -> None:
    """Streams that have to wait for leave get it when others are through."""

    async def scene(supervisor: Supervisor) -> list[bytes]:
        asking = [start(supervisor.open(large_task(LARGE))) for _ in range(6)]
        return [await all_of(result) for result in await asyncio.gather(*asking)]

    bodies = supervise(scene, workers=3, slow_workers=1, query_timeout_s=30, spool_bytes=KIB)
    assert len(bodies) == 6
    assert len(set(bodies)) == 1


def test_stream_that_overruns_is_broken_and_never_looks_whole(supervise: Supervise) -> None:
    """A result that has begun and meets its deadline raises at its end; `whole` says why."""

    async def scene(supervisor: Supervisor) -> None:
        result = await supervisor.open(large_task(UNENDING), timeout_s=1)
        assert not result.is_whole
        with pytest.raises(ResultBrokenError, match="stopped after 1 seconds"):
            await all_of(result)
        with pytest.raises(QueryTimedOutError):
            await supervisor.whole(large_task(UNENDING), timeout_s=0.5)

    supervise(scene, workers=1, query_timeout_s=30, spool_bytes=KIB)


def test_result_that_outgrows_its_bound_is_an_error_of_its_own(supervise: Supervise) -> None:
    """Whoever wants the whole of it learns that it is too large, and no part of it is given out."""

    async def scene(supervisor: Supervisor) -> None:
        workers = supervisor.workers
        bounded = replace(large_task(LARGE), max_bytes=100_000)
        with pytest.raises(ResultTooLargeError, match="100000 bytes"):
            await supervisor.whole(bounded)
        with pytest.raises(ResultBrokenError, match="100000 bytes"):
            await all_of(await supervisor.open(bounded))
        assert supervisor.workers == workers

    supervise(scene, workers=1, query_timeout_s=30, spool_bytes=KIB)


def test_stream_whose_worker_dies_is_broken(supervise: Supervise) -> None:
    """What has been sent cannot be begun again: it breaks off, and is not asked once more."""

    async def scene(supervisor: Supervisor) -> None:
        result = await supervisor.open(large_task(UNENDING))
        os.kill(supervisor.workers[0], signal.SIGKILL)
        with pytest.raises(ResultBrokenError):
            await all_of(result)
        assert not supervisor.running

    supervise(scene, workers=1, query_timeout_s=30, spool_bytes=KIB)


def test_abandoned_stream_frees_its_worker(supervise: Supervise, asked: Asked) -> None:
    """A reader who leaves within a stream stops it long before its deadline."""

    async def scene(supervisor: Supervisor) -> None:
        result = await supervisor.open(large_task(UNENDING))
        result.abandon()
        assert (await supervisor.whole(asked(COUNT)))[1] == b"n\r\n12\r\n"
        assert not supervisor.running

    supervise(scene, workers=1, query_timeout_s=60, demotion_threshold_s=60, spool_bytes=KIB)


# Lanes


def test_query_is_demoted_only_when_somebody_waits(
    supervise: Supervise, asked: Asked, runaway: str
) -> None:
    """A long query runs undisturbed until another one waits; then it gives way, and is replaced."""

    async def scene(supervisor: Supervisor) -> None:
        [first] = supervisor.workers
        running = start(supervisor.whole(asked(runaway), client="a"))
        await asyncio.sleep(0.3)
        assert lanes(supervisor) == ["fast"]
        assert supervisor.workers == (first,)
        assert (await supervisor.whole(asked(COUNT), client="b"))[1] == b"n\r\n12\r\n"
        assert lanes(supervisor) == ["slow"]
        assert len(supervisor.workers) == 2
        await eventually(lambda: os.getpriority(os.PRIO_PROCESS, first) == DEMOTED_PRIORITY)
        assert first in supervisor.workers
        await drop(running)

    supervise(scene, workers=1, slow_workers=1, query_timeout_s=60, demotion_threshold_s=0.05)


def test_only_so_many_are_slow_and_the_others_begin_again(
    supervise: Supervise, asked: Asked, runaway: str
) -> None:
    """Beyond the slow lane's room a query is stopped, waits, and is answered rightly in the end."""

    async def scene(supervisor: Supervisor) -> None:
        first = start(supervisor.whole(asked(runaway), client="a"))
        await asyncio.sleep(0.02)
        assert (await supervisor.whole(asked(COUNT), client="b"))[1] == b"n\r\n12\r\n"
        again = start(supervisor.whole(asked(LONG), client="a"))
        await asyncio.sleep(0.02)
        assert lanes(supervisor) == ["slow", "fast"]
        assert (await supervisor.whole(asked(COUNT), client="b"))[1] == b"n\r\n12\r\n"
        assert lanes(supervisor) == ["slow", "queued"]
        assert supervisor.kill(supervisor.running[0].id)
        with pytest.raises(QueryKilledError):
            await first
        await eventually(lambda: lanes(supervisor) == ["slow"])
        assert (await again)[1] == LONG_COUNT
        await eventually(lambda: len(supervisor.workers) == 1)

    supervise(scene, workers=1, slow_workers=1, query_timeout_s=60, demotion_threshold_s=0.05)


def test_client_that_used_least_goes_first(
    supervise: Supervise, asked: Asked, runaway: str
) -> None:
    """Who has a long query running waits behind others who came later."""
    ended: list[str] = []

    async def ask(supervisor: Supervisor, client: str) -> None:
        await supervisor.whole(asked(SHORT), client=client)
        ended.append(client)

    async def scene(supervisor: Supervisor) -> None:
        running = start(supervisor.whole(asked(runaway), client="greedy"))
        await asyncio.sleep(0.02)
        asking = [start(ask(supervisor, client)) for client in ("greedy", "greedy", "light")]
        await asyncio.gather(*asking)
        await drop(running)

    supervise(scene, workers=1, slow_workers=1, query_timeout_s=60, demotion_threshold_s=0.3)
    assert ended == ["light", "greedy", "greedy"]


def test_greedy_client_makes_room_in_a_full_queue(
    supervise: Supervise, asked: Asked, runaway: str
) -> None:
    """Where no place is left, the newest task of whoever has most goes, not the newcomer."""

    async def scene(supervisor: Supervisor) -> None:
        greedy = []
        for _ in range(3):
            greedy.append(start(supervisor.whole(asked(runaway), client="greedy")))
            await asyncio.sleep(0)
        light = start(supervisor.whole(asked(COUNT), client="light"))
        with pytest.raises(ServerBusyError):
            await greedy.pop()
        assert [each.client for each in supervisor.running] == ["greedy", "greedy", "light"]
        with pytest.raises(ServerBusyError):
            await supervisor.whole(asked(COUNT), client="greedy")
        assert not light.done()
        await drop(light, *greedy)

    supervise(scene, workers=1, max_queued_queries=2, query_timeout_s=60, demotion_threshold_s=60)


def test_tasks_end_at_their_own_deadlines(supervise: Supervise, asked: Asked, runaway: str) -> None:
    """Each task may have less time than the server allows, and gets no more than that."""
    ended: list[float] = []

    async def ask(supervisor: Supervisor, timeout_s: float) -> None:
        began = time.monotonic()
        with pytest.raises(QueryTimedOutError):
            await supervisor.whole(asked(runaway), timeout_s=timeout_s)
        assert timeout_s <= time.monotonic() - began + 0.001
        ended.append(timeout_s)

    async def scene(supervisor: Supervisor) -> None:
        began = time.monotonic()
        await asyncio.gather(*(ask(supervisor, timeout_s) for timeout_s in (1.2, 0.2, 0.7)))
        assert time.monotonic() - began < 4

    supervise(scene, workers=3, query_timeout_s=60)
    assert ended == [0.2, 0.7, 1.2]


def test_deadlines_hold_whatever_becomes_of_those_who_are_told(
    snapshot: Snapshot, asked: Asked, runaway: str
) -> None:
    """A fault where the end of a task is noted does not save the next one from its deadline."""
    told: list[str] = []

    def note(finished: Finished) -> None:
        told.append(finished.outcome)
        message = "the log is full"
        raise OSError(message)

    async def scene() -> None:
        settings = Settings(workers=2, query_timeout_s=60, worker_memory_bytes=2**28)
        supervisor = Supervisor(settings, plan_for(settings, snapshot), note)
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        await supervisor.start()
        asking = [start(supervisor.whole(asked(runaway), timeout_s=each)) for each in (0.1, 0.4)]
        outcomes = await asyncio.gather(*asking, return_exceptions=True)
        assert [type(each) for each in outcomes] == [QueryTimedOutError] * 2
        await supervisor.stop()

    asyncio.run(asyncio.wait_for(scene(), 30))
    assert told == ["QueryTimedOutError"] * 2


# Ends from outside


def test_client_that_leaves_costs_no_worker_if_its_query_is_about_to_end(
    supervise: Supervise, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within the grace a query that nobody waits for ends by itself; its worker goes on."""
    monkeypatch.setattr(supervisor_module, "GRACE_S", 30.0)

    async def scene(supervisor: Supervisor) -> None:
        workers = supervisor.workers
        given_up = start(supervisor.whole(asked(SHORT)))
        await asyncio.sleep(0.01)
        await drop(given_up)
        assert (await supervisor.whole(asked(COUNT)))[1] == b"n\r\n12\r\n"
        assert supervisor.workers == workers

    supervise(scene, workers=1, query_timeout_s=30, demotion_threshold_s=60)


def test_client_that_leaves_frees_its_worker(
    supervise: Supervise, asked: Asked, runaway: str
) -> None:
    """After the grace the worker of a query that nobody waits for is replaced."""

    async def scene(supervisor: Supervisor) -> None:
        workers = supervisor.workers
        waiting = start(supervisor.whole(asked(runaway)))
        queued = start(supervisor.whole(asked(runaway)))
        await asyncio.sleep(0.02)
        assert lanes(supervisor) == ["fast", "queued"]
        await drop(queued)
        assert lanes(supervisor) == ["fast"]
        began = time.monotonic()
        await drop(waiting)
        await eventually(lambda: not supervisor.running)
        await eventually(lambda: bool(supervisor.workers) and supervisor.workers != workers)
        assert time.monotonic() - began < 5

    supervise(scene, workers=1, query_timeout_s=60, demotion_threshold_s=60)


def test_query_whose_worker_is_killed_from_outside_is_asked_once_more(
    supervise: Supervise, asked: Asked
) -> None:
    """Whoever asked does not notice: the answer is the right one."""

    async def scene(supervisor: Supervisor) -> None:
        [victim] = supervisor.workers
        asking = start(supervisor.whole(asked(LONG)))
        await asyncio.sleep(0.05)
        os.kill(victim, signal.SIGKILL)
        assert (await asking)[1] == LONG_COUNT
        assert victim not in supervisor.workers

    supervise(scene, workers=1, query_timeout_s=60)


def test_query_whose_worker_is_killed_twice_is_given_up(
    supervise: Supervise, asked: Asked, runaway: str
) -> None:
    """A query that kills get in the way of twice ends as the server's fault, to be asked again."""

    async def scene(supervisor: Supervisor) -> None:
        asking = start(supervisor.whole(asked(runaway)))
        await asyncio.sleep(0.05)
        [first] = supervisor.workers
        os.kill(first, signal.SIGKILL)
        await eventually(
            lambda: (
                len(supervisor.workers) == 1
                and first not in supervisor.workers
                and lanes(supervisor) == ["fast"]
            )
        )
        os.kill(supervisor.workers[0], signal.SIGKILL)
        with pytest.raises(WorkersUnavailableError, match="ended from outside"):
            await asking

    supervise(scene, workers=1, query_timeout_s=60)


def test_operator_stops_what_runs_and_what_waits(
    supervise: Supervise, asked: Asked, runaway: str
) -> None:
    """A task that is stopped by its number says so; a number that there is not is told."""

    async def scene(supervisor: Supervisor) -> None:
        asking = [start(supervisor.whole(asked(runaway))) for _ in range(2)]
        await asyncio.sleep(0.02)
        running, waiting = supervisor.running
        assert (running.lane, waiting.lane) == ("fast", "queued")
        assert supervisor.kill(waiting.id)
        assert supervisor.kill(running.id)
        assert not supervisor.kill(running.id)
        for each in asking:
            with pytest.raises(QueryKilledError):
                await each
        assert (await supervisor.whole(asked(COUNT)))[1] == b"n\r\n12\r\n"

    supervise(scene, workers=1, query_timeout_s=60, demotion_threshold_s=60)


# Other data


class Crowd:
    """Ask for the count of triples over and over, four at a time, and note the answers."""

    def __init__(self, supervisor: Supervisor, task: Task) -> None:
        """Start to ask."""
        self.answers: list[tuple[str, int]] = []
        self._supervisor = supervisor
        self._task = task
        self._is_over = False
        self._clients = [start(self._ask(f"client {number}")) for number in range(4)]

    async def end(self) -> None:
        """Ask no more; raises what any of the clients had raised."""
        self._is_over = True
        await asyncio.gather(*self._clients)

    async def more(self) -> list[tuple[str, int]]:
        """Return answers to questions that are asked from now on, by name of the data and count."""
        seen = len(self.answers) + len(self._clients)
        await eventually(lambda: len(self.answers) >= seen + 20)
        return self.answers[seen:]

    async def _ask(self, client: str) -> None:
        while not self._is_over:
            result = await self._supervisor.open(self._task, client=client)
            self.answers.append((result.snapshot, int(result.body.split()[1])))


def other_plan(plan: Plan, folder: Path) -> Plan:
    """Make a plan for data of one triple more."""
    graph = folder / "other.nq"
    content = Path(plan.nquads).read_bytes()
    graph.write_bytes(content + b"<http://e.org/s> <http://e.org/p> <http://e.org/o> .\n")
    return replace(plan, name="other", nquads=str(graph))


def test_other_snapshot_is_taken_up_under_load(
    supervise: Supervise, asked: Asked, plan: Plan, tmp_path: Path
) -> None:
    """No question is lost, each is answered from what it is said to be, later ones from the new."""

    async def scene(supervisor: Supervisor) -> None:
        crowd = Crowd(supervisor, asked(COUNT))
        assert set(await crowd.more()) == {(plan.name, 12)}
        before = parent_of(supervisor.workers[0])
        await supervisor.take_up(other_plan(plan, tmp_path))
        assert supervisor.snapshot == "other"
        assert set(await crowd.more()) == {("other", 13)}
        await crowd.end()
        assert set(crowd.answers) == {(plan.name, 12), ("other", 13)}
        await eventually(lambda: not Path(f"/proc/{before}").exists())
        assert len(supervisor.workers) == 2

    supervise(scene, query_timeout_s=30)


def test_running_query_ends_on_the_data_that_it_began_with(
    supervise: Supervise, asked: Asked, plan: Plan, tmp_path: Path
) -> None:
    """What runs while other data is taken up is not disturbed, and says what it was made from."""

    async def scene(supervisor: Supervisor) -> None:
        asking = start(supervisor.open(asked(LONG)))
        await asyncio.sleep(0.02)
        await supervisor.take_up(other_plan(plan, tmp_path))
        result = await asking
        counts = {plan.name: 12**6, "other": 13**6}
        assert int(result.body.split()[1]) == counts[result.snapshot]

    supervise(scene, query_timeout_s=60)


def test_unusable_snapshot_leaves_the_old_one(
    supervise: Supervise, asked: Asked, plan: Plan, tmp_path: Path
) -> None:
    """Where the new data cannot be loaded the old is served on, even by a zygote started anew."""

    async def scene(supervisor: Supervisor) -> None:
        with pytest.raises(WorkersUnavailableError):
            await supervisor.take_up(replace(plan, name="none", nquads=str(tmp_path / "none")))
        assert supervisor.snapshot == plan.name
        assert (await supervisor.whole(asked(COUNT)))[1] == b"n\r\n12\r\n"
        os.kill(parent_of(supervisor.workers[0]), signal.SIGKILL)
        await eventually(lambda: not supervisor.workers)
        assert (await supervisor.whole(asked(COUNT)))[1] == b"n\r\n12\r\n"

    supervise(scene, query_timeout_s=30)


def test_zygote_that_dies_while_another_is_loading_takes_nothing_with_it(
    supervise: Supervise, asked: Asked, plan: Plan, tmp_path: Path
) -> None:
    """The death of the old parent neither fails nor ends the wait for the new data."""

    async def scene(supervisor: Supervisor) -> None:
        crowd = Crowd(supervisor, asked(COUNT))
        taking = start(supervisor.take_up(other_plan(plan, tmp_path)))
        await asyncio.sleep(0)
        os.kill(parent_of(supervisor.workers[0]), signal.SIGKILL)
        await taking
        assert supervisor.snapshot == "other"
        assert set(await crowd.more()) == {("other", 13)}
        await crowd.end()

    supervise(scene, query_timeout_s=30)


def test_stop_ends_the_wait_for_other_data(
    supervise: Supervise, plan: Plan, tmp_path: Path
) -> None:
    """Whoever waits for data to be taken up when the server stops is told."""

    async def scene(supervisor: Supervisor) -> None:
        taking = start(supervisor.take_up(other_plan(plan, tmp_path)))
        await asyncio.sleep(0)
        await supervisor.stop()
        with pytest.raises(WorkersUnavailableError, match="stopping"):
            await taking

    supervise(scene)


WRITABLE = {"writable": True, "write_token_sha256": "0" * 64, "query_timeout_s": 30}


class Commits:
    """Append commits of one triple each to the journal of a snapshot."""

    def __init__(self, folder: Path, name: str) -> None:
        """Begin the journal."""
        self._journal = Journal(folder, name)
        self._numbers = itertools.count()

    def append(self) -> tuple[Path, str]:
        """Keep one more; return its file and the name of the data as of it."""
        line = b"<http://e.org/%d> <http://e.org/p> <http://e.org/o> ." % next(self._numbers)
        path = self._journal.append(Delta(frozenset(), frozenset({line})), "r")
        return path, self._journal.head


def test_commits_are_published_under_load(
    supervise: Supervise, asked: Asked, snapshot: Snapshot, tmp_path: Path
) -> None:
    """No question is lost, none sees less than one before it, and published is seen by all."""
    commits = Commits(tmp_path, snapshot.name)

    async def scene(supervisor: Supervisor) -> None:
        crowd = Crowd(supervisor, asked(COUNT))
        known = {snapshot.name: 12}
        for count in (13, 14, 15):
            patch, name = commits.append()
            known[name] = count
            await supervisor.publish(patch, name)
            assert supervisor.snapshot == name
            assert set(await crowd.more()) == {(name, count)}
        await crowd.end()
        assert {known[name] - count for name, count in crowd.answers} == {0}
        await eventually(lambda: len(supervisor.workers) == 2)

    supervise(scene, commit_dir=str(tmp_path), **WRITABLE)


@pytest.mark.parametrize("is_killed_first", [True, False])
def test_commit_is_published_although_the_zygote_is_killed(
    supervise: Supervise,
    asked: Asked,
    snapshot: Snapshot,
    tmp_path: Path,
    is_killed_first: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """The zygote that takes the place of the killed one reads the commit from the journal."""
    commits = Commits(tmp_path, snapshot.name)

    async def scene(supervisor: Supervisor) -> None:
        crowd = Crowd(supervisor, asked(COUNT))
        zygote = parent_of(supervisor.workers[0])
        patch, name = commits.append()
        if is_killed_first:
            os.kill(zygote, signal.SIGKILL)
        publishing = start(supervisor.publish(patch, name))
        await asyncio.sleep(0)
        if not is_killed_first:
            os.kill(zygote, signal.SIGKILL)
        await asyncio.wait_for(publishing, 20)
        assert set(await crowd.more()) == {(name, 13)}
        await crowd.end()
        assert set(crowd.answers) <= {(snapshot.name, 12), (name, 13)}

    supervise(scene, commit_dir=str(tmp_path), **WRITABLE)
