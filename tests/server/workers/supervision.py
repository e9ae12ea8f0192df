"""What the tests of the supervisor ask it, and how they wait for it."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from allegiance_server.workers.supervisor import Supervisor
    from allegiance_server.workers.tasks import Task

__all__ = [
    "COUNT",
    "LONG",
    "LONG_COUNT",
    "crossed",
    "drop",
    "eventually",
    "lanes",
    "occupy",
    "parent_of",
    "settled",
    "start",
]


def crossed(times: int) -> str:
    """Return patterns that share no variable: twelve triples, so many times themselves.

    >>> crossed(2)
    '?a0 ?b0 ?c0 . ?a1 ?b1 ?c1'
    """
    return " . ".join(f"?a{number} ?b{number} ?c{number}" for number in range(times))


COUNT: Final = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
# Takes a good part of a second: three million solutions are counted.
LONG: Final = f"SELECT (COUNT(*) AS ?n) WHERE {{ {crossed(6)} }}"
LONG_COUNT: Final = b"n\r\n%d\r\n" % 12**6


def parent_of(pid: int) -> int:
    """Return the process id of a process's parent; raises OSError where the process is gone.

    >>> import os
    >>> parent_of(os.getpid()) == os.getppid()
    True
    """
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[1])


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
    """Give up what is still asked, and wait until it has ended."""
    for each in asking:
        each.cancel()
    await asyncio.wait(asking)


def lanes(supervisor: Supervisor) -> list[str]:
    """Return where each task is, in the order in which they came."""
    return [each.lane for each in supervisor.running]


async def settled(supervisor: Supervisor) -> tuple[int, ...]:
    """Return the workers once no more of them come or go for a while."""
    workers: tuple[int, ...] = ()
    while workers != supervisor.workers or not workers:
        workers = supervisor.workers
        await asyncio.sleep(0.2)
    return workers


async def occupy(supervisor: Supervisor, task: Task, client: str = "") -> list[asyncio.Future[Any]]:
    """Give every worker the same task, by one client or, if none is named, each by another."""
    workers = await settled(supervisor)
    asking = [
        start(supervisor.whole(task, client=client or f"busy {number}"))
        for number in range(len(workers))
    ]
    await eventually(lambda: lanes(supervisor) == ["fast"] * len(workers))
    return asking
