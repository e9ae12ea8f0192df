"""Clients leave, operators stop queries, workers are killed: nobody else is touched."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
from supervision import (
    COUNT,
    LONG,
    LONG_COUNT,
    crossed,
    drop,
    eventually,
    lanes,
    occupy,
    settled,
    start,
)

from allegiance_server.errors import (
    QueryKilledError,
    WorkersUnavailableError,
)
from allegiance_server.workers import supervisor as supervisor_module
from allegiance_server.workers.supervisor import MOST_LOSSES, Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable

    from allegiance_server.workers.tasks import Task

    Asked = Callable[[str], Task]
    Supervise = Callable[..., Any]

# Takes some hundredths of a second.
SHORT = f"SELECT (COUNT(*) AS ?n) WHERE {{ {crossed(5)} }}"


def test_client_that_leaves_costs_no_worker_if_its_query_is_about_to_end(
    supervise: Supervise, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within the grace a query that nobody waits for ends by itself; its worker goes on."""
    monkeypatch.setattr(supervisor_module, "GRACE_S", 30.0)

    async def scene(supervisor: Supervisor) -> None:
        workers = await settled(supervisor)
        given_up = start(supervisor.whole(asked(SHORT)))
        await asyncio.sleep(0.01)
        await drop(given_up)
        await eventually(lambda: not supervisor.running)
        assert await settled(supervisor) == workers

    supervise(scene, workers=1, query_timeout_s=30, demotion_threshold_s=60)


def test_client_that_leaves_frees_its_worker(
    supervise: Supervise, asked: Asked, runaway: str
) -> None:
    """After the grace the worker of a query that nobody waits for is replaced."""

    async def scene(supervisor: Supervisor) -> None:
        running = await occupy(supervisor, asked(runaway))
        workers = supervisor.workers
        queued = start(supervisor.whole(asked(runaway)))
        await asyncio.sleep(0.02)
        assert lanes(supervisor) == ["fast"] * len(workers) + ["queued"]
        await drop(queued)
        assert lanes(supervisor) == ["fast"] * len(workers)
        began = time.monotonic()
        await drop(*running)
        await eventually(lambda: not supervisor.running)
        await eventually(lambda: not set(supervisor.workers) & set(workers))
        assert time.monotonic() - began < 5
        assert len(await settled(supervisor)) == len(workers)

    supervise(scene, workers=1, query_timeout_s=60, demotion_threshold_s=60)


async def kill_all_workers(supervisor: Supervisor) -> None:
    """Kill every worker, as from outside, and wait until others run what these ran."""
    killed = set(supervisor.workers)
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    await eventually(lambda: not killed & set(supervisor.workers))
    await eventually(lambda: "queued" not in lanes(supervisor) and bool(supervisor.workers))


def test_query_whose_worker_is_killed_from_outside_is_asked_again(
    supervise: Supervise, asked: Asked
) -> None:
    """Whoever asked does not notice: the answer is the right one."""

    async def scene(supervisor: Supervisor) -> None:
        await settled(supervisor)
        asking = start(supervisor.whole(asked(LONG)))
        await asyncio.sleep(0.02)
        await kill_all_workers(supervisor)
        assert (await asking)[1] == LONG_COUNT

    supervise(scene, workers=1, query_timeout_s=60)


def test_query_that_is_asked_again_does_not_wait_for_what_runs_forever(
    supervise: Supervise, asked: Asked, runaway: str
) -> None:
    """Even of a client that counts as heavy by now: there is room for it in the slow lane."""

    async def scene(supervisor: Supervisor) -> None:
        running = await occupy(supervisor, asked(runaway))
        await asyncio.sleep(0.1)
        victim = supervisor.workers[0]
        os.kill(victim, signal.SIGKILL)
        await eventually(lambda: victim not in supervisor.workers)
        await eventually(lambda: "queued" not in lanes(supervisor))
        assert len(lanes(supervisor)) == len(running)
        await drop(*running)

    supervise(scene, workers=1, slow_workers=1, query_timeout_s=60)


def test_query_whose_worker_is_killed_again_and_again_is_given_up(
    supervise: Supervise, asked: Asked, runaway: str
) -> None:
    """A query that kills keep getting in the way of ends as the server's fault."""

    async def scene(supervisor: Supervisor) -> None:
        await settled(supervisor)
        asking = start(supervisor.whole(asked(runaway)))
        await asyncio.sleep(0.02)
        for _ in range(MOST_LOSSES + 1):
            await kill_all_workers(supervisor)
        with pytest.raises(WorkersUnavailableError, match="ended from outside"):
            await asking

    supervise(scene, workers=1, query_timeout_s=60)


def test_operator_stops_what_runs_and_what_waits(
    supervise: Supervise, asked: Asked, runaway: str
) -> None:
    """A task that is stopped by its number says so; a number that there is not is told."""

    async def scene(supervisor: Supervisor) -> None:
        asking = await occupy(supervisor, asked(runaway))
        asking.append(start(supervisor.whole(asked(runaway))))
        await asyncio.sleep(0.02)
        *running, waiting = supervisor.running
        assert waiting.lane == "queued"
        assert supervisor.kill(waiting.id)
        assert not supervisor.kill(waiting.id)
        for each in running:
            assert supervisor.kill(each.id)
        for stopped in asking:
            with pytest.raises(QueryKilledError):
                await stopped
        assert (await supervisor.whole(asked(COUNT)))[1] == b"n\r\n12\r\n"

    supervise(scene, workers=1, query_timeout_s=60, demotion_threshold_s=60)
