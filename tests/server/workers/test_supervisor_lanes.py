"""Slow queries give way, clients take turns, and deadlines hold."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING, Any

import pytest
from supervision import COUNT, LONG, LONG_COUNT, drop, eventually, lanes, occupy, settled, start

from allegiance_server.errors import (
    QueryKilledError,
    QueryTimedOutError,
    ServerBusyError,
)
from allegiance_server.settings import Settings
from allegiance_server.workers.forking import DEMOTED_PRIORITY
from allegiance_server.workers.plan import plan_for
from allegiance_server.workers.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable

    from allegiance.snapshot import Snapshot
    from allegiance_server.workers.tasks import Finished, Task

    Asked = Callable[[str], Task]
    Supervise = Callable[..., Any]


def priority_of(pid: int) -> int | None:
    """Return the niceness of a process, None where it is gone."""
    try:
        return os.getpriority(os.PRIO_PROCESS, pid)
    except ProcessLookupError:
        return None


def test_query_is_demoted_only_when_somebody_waits(
    supervise: Supervise, asked: Asked, runaway: str
) -> None:
    """A long query runs undisturbed until another one waits; then it gives way, and is replaced."""

    async def scene(supervisor: Supervisor) -> None:
        running = await occupy(supervisor, asked(runaway))
        workers = supervisor.workers
        await asyncio.sleep(0.3)
        assert set(lanes(supervisor)) == {"fast"}
        assert supervisor.workers == workers
        assert (await supervisor.whole(asked(COUNT), client="b"))[1] == b"n\r\n12\r\n"
        assert "slow" in lanes(supervisor)
        await eventually(lambda: DEMOTED_PRIORITY in map(priority_of, workers))
        await eventually(lambda: len(supervisor.workers) > len(workers))
        assert set(workers) & set(supervisor.workers)
        await drop(*running)

    supervise(scene, workers=1, slow_workers=2, query_timeout_s=60, demotion_threshold_s=0.05)


def test_only_so_many_are_slow_and_the_others_begin_again(
    supervise: Supervise, asked: Asked, runaway: str
) -> None:
    """Beyond the slow lane's room a query is stopped, waits, and is answered rightly in the end."""
    seen: dict[int, list[str]] = {}

    async def watch(supervisor: Supervisor) -> None:
        while True:
            assert lanes(supervisor).count("slow") <= 1
            for each in supervisor.running:
                history = seen.setdefault(each.id, [])
                if not history or history[-1] != each.lane:
                    history.append(each.lane)
            await asyncio.sleep(0.001)

    async def scene(supervisor: Supervisor) -> None:
        runaways = await occupy(supervisor, asked(runaway))
        await supervisor.whole(asked(COUNT), client="a")
        for other in supervisor.running:
            assert other.lane == "slow" or supervisor.kill(other.id)
        assert lanes(supervisor) == ["slow"]
        await settled(supervisor)
        watching = start(watch(supervisor))
        idle = len(supervisor.workers) - 1
        asking = [
            start(supervisor.whole(asked(LONG), client=f"long {number}")) for number in range(idle)
        ]
        await asyncio.sleep(0.01)
        assert lanes(supervisor) == ["slow", *["fast"] * idle]
        assert (await supervisor.whole(asked(COUNT), client="b"))[1] == b"n\r\n12\r\n"
        assert supervisor.kill(supervisor.running[0].id)
        killed = await asyncio.gather(*runaways, return_exceptions=True)
        assert {type(each) for each in killed} == {QueryKilledError}
        assert [(await each)[1] for each in asking] == [LONG_COUNT] * idle
        assert not watching.done()
        await drop(watching)

    supervise(scene, workers=1, slow_workers=1, query_timeout_s=60, demotion_threshold_s=0.05)
    assert ["fast", "queued"] in [history[:2] for history in seen.values()]


def test_client_that_used_least_goes_first(
    supervise: Supervise, asked: Asked, runaway: str
) -> None:
    """Who has long queries running waits behind others who came later."""

    async def scene(supervisor: Supervisor) -> None:
        running = await occupy(supervisor, asked(runaway), "greedy")
        waiting = [start(supervisor.whole(asked(LONG), client="greedy")) for _ in range(4)]
        await asyncio.sleep(0)
        assert (await supervisor.whole(asked(COUNT), client="light"))[1] == b"n\r\n12\r\n"
        begun = [
            each for each in supervisor.running if each.query == LONG and each.lane != "queued"
        ]
        assert len(begun) < len(running)
        assert not any(each.done() for each in waiting)
        await drop(*running, *waiting)

    supervise(scene, workers=1, slow_workers=1, query_timeout_s=60, demotion_threshold_s=0.2)


def test_greedy_client_makes_room_in_a_full_queue(
    supervise: Supervise, asked: Asked, runaway: str
) -> None:
    """Where no place is left, the newest task of whoever has most goes, not the newcomer."""

    async def scene(supervisor: Supervisor) -> None:
        running = await occupy(supervisor, asked(runaway), "greedy")
        waiting = []
        for _ in range(2):
            waiting.append(start(supervisor.whole(asked(runaway), client="greedy")))
            await asyncio.sleep(0)
        light = start(supervisor.whole(asked(COUNT), client="light"))
        with pytest.raises(ServerBusyError):
            await waiting.pop()
        assert [each.client for each in supervisor.running if each.lane == "queued"] == [
            "greedy",
            "light",
        ]
        with pytest.raises(ServerBusyError):
            await supervisor.whole(asked(COUNT), client="greedy")
        assert not light.done()
        await drop(light, *running, *waiting)

    supervise(scene, workers=1, max_queued_queries=2, query_timeout_s=60, demotion_threshold_s=60)


def test_tasks_end_at_their_own_deadlines(supervise: Supervise, asked: Asked, runaway: str) -> None:
    """Each task may have less time than the server allows, and gets no more than that."""
    ended: list[float] = []

    async def ask(supervisor: Supervisor, timeout_s: float) -> None:
        began = time.monotonic()
        with pytest.raises(QueryTimedOutError):
            await supervisor.whole(asked(runaway), client=str(timeout_s), timeout_s=timeout_s)
        assert timeout_s <= time.monotonic() - began + 0.001
        ended.append(timeout_s)

    async def scene(supervisor: Supervisor) -> None:
        await settled(supervisor)
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
        await settled(supervisor)
        asking = [
            start(supervisor.whole(asked(runaway), client=str(each), timeout_s=each))
            for each in (0.1, 0.4)
        ]
        outcomes = await asyncio.gather(*asking, return_exceptions=True)
        assert [type(each) for each in outcomes] == [QueryTimedOutError] * 2
        await supervisor.stop()

    asyncio.run(asyncio.wait_for(scene(), 30))
    assert told == ["QueryTimedOutError"] * 2
