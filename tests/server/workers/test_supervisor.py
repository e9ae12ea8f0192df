"""Queries are run by workers that can die without anybody else noticing."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from supervision import COUNT, eventually, parent_of

from allegiance_server.errors import (
    NotAcceptableError,
    QueryCrashedError,
    QueryNotEvaluableError,
    QueryNotParsedError,
    QueryTimedOutError,
    ResultTooLargeError,
    ServerBusyError,
    WorkersUnavailableError,
)
from allegiance_server.protocol.media_types import Formats
from allegiance_server.settings import Settings
from allegiance_server.workers.plan import plan_for
from allegiance_server.workers.supervisor import RESERVED_WORKERS, Supervisor
from allegiance_server.workers.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from allegiance.snapshot import Snapshot

    Asked = Callable[[str], Task]
    Supervise = Callable[..., Any]

TWELVE = b"n\r\n12\r\n"


def is_gone(pid: int) -> bool:
    """Tell whether a process has ended, be it buried or not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").split(") ")[1][0] == "Z"
    except OSError:
        return True


def open_files_of(pid: int) -> list[str]:
    """Return what the descriptors of a process lead to."""
    return [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]


def limits_of(pid: int) -> dict[str, list[str]]:
    """Return the soft and hard limits of a process."""
    lines = Path(f"/proc/{pid}/limits").read_text(encoding="ascii").splitlines()
    return {line[:26].strip(): line[26:].split()[:2] for line in lines}


async def all_workers(supervisor: Supervisor, count: int) -> tuple[int, ...]:
    """Wait for so many workers and the ones in reserve; return all of them."""
    await eventually(lambda: len(supervisor.workers) == count + RESERVED_WORKERS)
    return supervisor.workers


def test_default_graph_is_the_asserted_view(supervise: Supervise, asked: Asked) -> None:
    """A query sees the default graph; what stands in a claim's graph alone is not in it."""

    async def scene(supervisor: Supervisor) -> bytes:
        return (await supervisor.whole(asked(COUNT)))[1]

    assert supervise(scene) == TWELVE


def test_runaway_is_killed_and_another_client_is_served(
    supervise: Supervise, asked: Asked, runaway: str
) -> None:
    """A query past its deadline ends in an error while the other worker goes on answering."""

    async def scene(supervisor: Supervisor) -> None:
        before = set(await all_workers(supervisor, 2))
        overrunning = asyncio.create_task(supervisor.whole(asked(runaway)))
        await asyncio.sleep(0.05)
        assert (await supervisor.whole(asked(COUNT)))[1] == TWELVE
        assert not overrunning.done()
        with pytest.raises(QueryTimedOutError):
            await overrunning
        await eventually(lambda: before != set(supervisor.workers))
        await all_workers(supervisor, 2)
        [killed] = before - set(supervisor.workers)
        await eventually(lambda: is_gone(killed))

    supervise(scene)


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT * WHERE {{ FILTER({'(' * 100_000}1{')' * 100_000}) }}",
        f"SELECT * WHERE {'{' * 60_000}{'}' * 60_000}",
    ],
    ids=["parentheses", "groups"],
)
def test_stack_overflow_kills_one_worker_only(
    supervise: Supervise, asked: Asked, query: str
) -> None:
    """A query that overflows the parser's stack is the only one that fails."""

    async def scene(supervisor: Supervisor) -> None:
        with pytest.raises(QueryCrashedError):
            await supervisor.whole(asked(query))
        answers = [await supervisor.whole(asked(COUNT)) for _ in range(3)]
        assert [body for _, body in answers] == [TWELVE] * 3
        await all_workers(supervisor, 2)

    supervise(scene, query_timeout_s=10)


def test_deepest_admitted_query_is_answered(supervise: Supervise, asked: Asked) -> None:
    """The stack of a worker bears far more than the depth that is admitted."""
    query = f"SELECT (({'(' * 5000}1{')' * 5000}) AS ?n) WHERE {{}}"

    async def scene(supervisor: Supervisor) -> bytes:
        return (await supervisor.whole(asked(query)))[1]

    assert supervise(scene, workers=1) == b"n\r\n1\r\n"


def test_memory_bomb_kills_one_worker_only(
    supervise: Supervise, asked: Asked, memory_bomb: str
) -> None:
    """A query that asks for more memory than a worker may have is the only one that fails."""

    async def scene(supervisor: Supervisor) -> None:
        with pytest.raises(QueryCrashedError):
            await supervisor.whole(asked(memory_bomb))
        assert (await supervisor.whole(asked(COUNT)))[1] == TWELVE

    supervise(scene, query_timeout_s=10)


@pytest.mark.parametrize("silent", ["", "SILENT"])
def test_worker_cannot_call_out(
    supervise: Supervise, asked: Asked, canary: tuple[str, list[str]], silent: str
) -> None:
    """Even if a SERVICE clause reaches a worker, no connection leaves it."""
    url, visitors = canary
    query = f"SELECT * WHERE {{ SERVICE {silent} <{url}> {{ ?s ?p ?o }} }}"

    async def scene(supervisor: Supervisor) -> None:
        try:
            await supervisor.whole(asked(query))
        except QueryCrashedError:
            assert not silent
        assert (await supervisor.whole(asked(COUNT)))[1] == TWELVE

    supervise(scene, query_timeout_s=10)
    assert not visitors


def test_worker_has_three_descriptors_and_bounds(supervise: Supervise, asked: Asked) -> None:
    """A worker holds its socket, null and the error stream, may open nothing and dump nothing."""

    async def scene(supervisor: Supervisor) -> tuple[list[str], dict[str, list[str]]]:
        worker = (await all_workers(supervisor, 1))[0]
        await supervisor.whole(asked(COUNT))
        # It may be the other one that has answered: this one may not be ready yet.
        await eventually(lambda: limits_of(worker)["Max open files"] == ["3", "3"])
        return open_files_of(worker), limits_of(worker)

    open_files, limits = supervise(scene, workers=1)
    assert len(open_files) == 3
    assert "/dev/null" in open_files
    assert limits["Max open files"] == ["3", "3"]
    assert limits["Max core file size"] == ["0", "0"]
    assert int(limits["Max address space"][0]) < 2 * 1024**3


def test_each_of_many_clients_gets_its_own_answer(supervise: Supervise, asked: Asked) -> None:
    """Fifty queries at a time over two workers, some of which die, are never mixed up."""

    async def one(supervisor: Supervisor, number: int) -> bytes:
        if number % 10 == 9:
            with pytest.raises(QueryNotParsedError):
                await supervisor.whole(asked("SELECT"))
        return (await supervisor.whole(asked(f"SELECT ({number} AS ?n) {{}}")))[1]

    async def scene(supervisor: Supervisor) -> list[bytes]:
        return list(await asyncio.gather(*(one(supervisor, number) for number in range(50))))

    expected = [b"n\r\n%d\r\n" % number for number in range(50)]
    assert supervise(scene, query_timeout_s=10) == expected


def test_cancelled_query_frees_its_worker(supervise: Supervise, asked: Asked, runaway: str) -> None:
    """Whoever gives a query up gets the worker replaced at once, deadline or not."""

    async def scene(supervisor: Supervisor) -> bytes:
        given_up = asyncio.create_task(supervisor.whole(asked(runaway)))
        await asyncio.sleep(0.05)
        given_up.cancel()
        return (await supervisor.whole(asked(COUNT)))[1]

    start = time.monotonic()
    assert supervise(scene, workers=1, query_timeout_s=30) == TWELVE
    assert time.monotonic() - start < 5


def test_full_queue_is_refused(supervise: Supervise, asked: Asked, runaway: str) -> None:
    """Where every worker is taken and every place in the queue, the next query is told so."""

    async def scene(supervisor: Supervisor) -> None:
        workers = await all_workers(supervisor, 1)
        asked_now = range(len(workers) + 1)
        tasks = [asyncio.create_task(supervisor.whole(asked(runaway))) for _ in asked_now]
        await asyncio.sleep(0.05)
        with pytest.raises(ServerBusyError):
            await supervisor.whole(asked(COUNT))
        for task in tasks:
            task.cancel()

    supervise(scene, workers=1, max_queued_queries=1, query_timeout_s=30)


def test_wait_in_the_queue_is_bounded(supervise: Supervise, asked: Asked, runaway: str) -> None:
    """A query that no worker takes up within the deadline ends as busy, not as timed out."""

    async def scene(supervisor: Supervisor) -> list[type]:
        await all_workers(supervisor, 1)
        queries = (supervisor.whole(asked(runaway)) for _ in range(6))
        return [type(error) for error in await asyncio.gather(*queries, return_exceptions=True)]

    outcomes = supervise(scene, workers=1, query_timeout_s=0.3, demotion_threshold_s=30)
    assert outcomes[0] is QueryTimedOutError
    assert ServerBusyError in outcomes[1:]


def test_idle_worker_that_dies_is_replaced(supervise: Supervise, asked: Asked) -> None:
    """A worker that is killed from outside between two queries costs nobody an answer."""

    async def scene(supervisor: Supervisor) -> bytes:
        victims = await all_workers(supervisor, 1)
        for victim in victims:
            os.kill(victim, signal.SIGKILL)
        await eventually(lambda: not set(victims) & set(supervisor.workers))
        await all_workers(supervisor, 1)
        return (await supervisor.whole(asked(COUNT)))[1]

    assert supervise(scene, workers=1) == TWELVE


def test_zygote_that_dies_is_replaced(supervise: Supervise, asked: Asked, runaway: str) -> None:
    """If the parent of the workers is killed, others are started, and what ran is asked again."""

    async def scene(supervisor: Supervisor) -> bytes:
        orphans = await all_workers(supervisor, 2)
        running = asyncio.create_task(supervisor.whole(asked(runaway)))
        await asyncio.sleep(0.05)
        os.kill(parent_of(orphans[0]), signal.SIGKILL)
        await eventually(lambda: all(map(is_gone, orphans)))
        await all_workers(supervisor, 2)
        await eventually(lambda: [each.lane for each in supervisor.running] != ["queued"])
        assert [each.lane for each in supervisor.running] == ["fast"]
        running.cancel()
        return (await supervisor.whole(asked(COUNT)))[1]

    assert supervise(scene, query_timeout_s=30) == TWELVE


def test_no_process_outlives_the_stop(supervise: Supervise, asked: Asked, runaway: str) -> None:
    """After the stop no worker lives, not even a busy one, and its query says why it ended."""

    async def scene(supervisor: Supervisor) -> tuple[int, ...]:
        running = asyncio.create_task(supervisor.whole(asked(runaway)))
        await asyncio.sleep(0.05)
        workers = await all_workers(supervisor, 2)
        await supervisor.stop()
        with pytest.raises(WorkersUnavailableError):
            await running
        return workers

    workers = supervise(scene, query_timeout_s=30)
    assert all(map(is_gone, workers))


def test_unusable_graph_is_told_at_the_start(tmp_path: Path, snapshot: Snapshot) -> None:
    """A graph that is no N-Quads stops the start with the parser's reason."""
    broken = tmp_path / "graph.nq"
    broken.write_text("this is no graph\n", encoding="utf-8")
    settings = Settings(workers=1)
    plan = replace(plan_for(settings, snapshot), nquads=str(broken))
    supervisor = Supervisor(settings, plan)
    with pytest.raises(WorkersUnavailableError, match="line 1"):
        asyncio.run(supervisor.start())


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("SELECT * {", QueryNotParsedError),
        ("SELECT (<http://example.org/no-such>(1) AS ?x) {}", QueryNotEvaluableError),
        ("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }", ResultTooLargeError),
    ],
)
def test_a_query_at_fault_costs_no_worker(
    supervise: Supervise, asked: Asked, query: str, error: type[Exception]
) -> None:
    """An error that the worker itself reports leaves the worker alive."""

    async def scene(supervisor: Supervisor) -> None:
        before = await all_workers(supervisor, 1)
        with pytest.raises(error):
            await supervisor.whole(asked(query))
        assert supervisor.workers == before

    supervise(scene, workers=1, query_timeout_s=10)


@pytest.mark.parametrize(
    ("query", "formats"),
    [
        ("CONSTRUCT WHERE { ?s ?p ?o }", Formats("text/csv", None)),
        ("ASK {}", Formats(None, "text/turtle")),
    ],
)
def test_format_has_to_fit_the_form_of_the_query(
    supervise: Supervise, query: str, formats: Formats
) -> None:
    """Where no accepted format fits the form of the query, the answer says so."""

    async def scene(supervisor: Supervisor) -> None:
        with pytest.raises(NotAcceptableError):
            await supervisor.whole(Task("query", query, formats))

    supervise(scene, workers=1)
