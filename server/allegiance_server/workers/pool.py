"""Keep a number of workers alive that all have the data of today."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from typing import TYPE_CHECKING, Final

from allegiance_server.errors import ServerError, WorkersUnavailableError
from allegiance_server.workers.links import (
    DataChanged,
    DataLoaded,
    ForkRefused,
    WorkerEnded,
    WorkerForked,
    WorkerLink,
    ZygoteEnded,
    ZygoteEvent,
    ZygoteLink,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from allegiance_server.workers.plan import Plan

__all__ = ["Pool", "stopping"]

RETRY_S: Final = 0.5
# How long a worker may take with what it was sent and is for nobody: such queries are mostly tiny.
CLEARING_S: Final = 0.01

log = logging.getLogger(__name__)


class Pool:
    """Hold the zygotes and their workers; all of it runs in one event loop.

    `on_free` is called when a worker can be taken, `on_ended` with process id and status when one
    is gone. A worker is put back only after it has answered in full; in every other case it is
    killed and another one is forked. `slow_wanted` more are forked for the slow lane and handed to
    `on_slow`.
    """

    def __init__(
        self,
        plan: Plan,
        size: int,
        on_free: Callable[[], None],
        on_slow: Callable[[WorkerLink], bool],
        on_ended: Callable[[int, int], None],
    ) -> None:
        """Keep what the workers will be started with; `start` starts them."""
        self.network = ""
        self.slow_wanted = 0
        self._plan = plan
        self._size = size
        self._on_free = on_free
        self._on_slow = on_slow
        self._on_ended = on_ended
        self._zygote: ZygoteLink | None = None
        self._next: ZygoteLink | None = None
        self._idle: list[WorkerLink] = []
        self._members: set[WorkerLink] = set()
        self._fast: set[WorkerLink] = set()
        self._retiring: set[ZygoteLink] = set()
        self._stops: set[asyncio.Task[None]] = set()
        self._ready: asyncio.Future[None] | None = None
        self._awaited: ZygoteLink | None = None
        self._changed: dict[str, asyncio.Future[None]] = {}

    @property
    def workers(self) -> tuple[int, ...]:
        """Return the process ids of the living workers."""
        return tuple(sorted(each.pid for each in self._members))

    @property
    def snapshot(self) -> str:
        """Return the name of the data that new queries see."""
        return self._plan.name if self._zygote is None else self._zygote.snapshot

    @property
    def is_running(self) -> bool:
        """Tell whether workers are alive or about to be."""
        return self._zygote is not None

    async def start(self) -> None:
        """Load the data and fork the workers; raises WorkersUnavailableError."""
        self._ready = asyncio.get_running_loop().create_future()
        self._start_zygote()
        self._awaited = self._zygote
        await self._ready

    async def stop(self) -> None:
        """End all processes."""
        zygotes = {each for each in (self._zygote, self._next, *self._retiring) if each is not None}
        self._zygote = self._next = None
        self._retiring.clear()
        for worker in self._members:
            worker.close()
        self._members.clear()
        self._idle.clear()
        for waiting in (self._ready, *self._changed.values()):
            if waiting is not None and not waiting.done():
                waiting.set_exception(stopping())
        await asyncio.gather(*(each.stop() for each in zygotes), *self._stops)

    async def publish(self, patch: Path, name: str) -> None:
        """Have all further queries answered from the data with a commit applied to it."""
        if self._zygote is None:
            raise stopping()
        self._changed[name] = asyncio.get_running_loop().create_future()
        try:
            self._zygote.apply(patch)
            await self._changed[name]
        finally:
            del self._changed[name]

    async def take_up(self, plan: Plan) -> None:
        """Load other data beside, and answer all further queries from it once it is there.

        Raises WorkersUnavailableError where it cannot be loaded; the old data stays then.
        """
        if self._zygote is None:
            raise stopping()
        self._ready = asyncio.get_running_loop().create_future()
        self._awaited = self._next = ZygoteLink(plan, self._hear)
        self.balance()
        await self._ready

    @property
    def idle_count(self) -> int:
        """Return how many workers are free; one that is gone is none, though it is not buried."""
        while self._idle and not self._idle[-1].is_open:
            self._idle.pop()
        return len(self._idle)

    def take(self) -> WorkerLink:
        """Take a free worker, the one used last; there has to be one."""
        return self._idle.pop()

    def put_back(self, worker: WorkerLink) -> None:
        """Put a worker back that has answered in full.

        One that was sent more, which is for nobody now, is first given a moment to come to its end.
        """
        if not self.is_current(worker) or worker not in self._fast:
            self.kill(worker)
        elif worker.is_clear:
            self._idle.append(worker)
        else:
            asyncio.get_running_loop().call_later(CLEARING_S, self._put_back_later, worker)

    def kill(self, worker: WorkerLink) -> None:
        """End a worker, and have another one in its place where it had one."""
        worker.kill()
        self._forget(worker)

    def demote(self, worker: WorkerLink) -> None:
        """Let a busy worker give way to others, and have another one in its place."""
        self._fast.discard(worker)
        worker.zygote.renice(worker.pid)
        self.balance()

    def balance(self) -> None:
        """Order as many workers as are missing, and the first one of the next data."""
        zygote = self._zygote
        if zygote is None:
            return
        if self._next is not None and not self._next.pending_forks:
            self._next.fork()
        missing = self._size - len(self._fast) + self.slow_wanted - zygote.pending_forks
        for _ in range(missing):
            zygote.fork()

    def is_current(self, worker: WorkerLink) -> bool:
        """Tell whether a worker has the data that new queries see."""
        return worker.zygote is self._zygote and worker.generation == worker.zygote.generation

    def _put_back_later(self, worker: WorkerLink) -> None:
        if worker not in self._members:
            return
        if worker.is_clear:
            self.put_back(worker)
            self._on_free()
        else:
            self.kill(worker)  # nobody would stop it, and the next query would wait behind

    def _forget(self, worker: WorkerLink) -> None:
        self._members.discard(worker)
        self._fast.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        if worker.zygote in self._retiring:
            self._let_go(worker.zygote)
        self.balance()

    def _let_go(self, zygote: ZygoteLink) -> None:
        """Stop a zygote whose data is of yesterday, once its last query has ended."""
        if any(each.zygote is zygote for each in self._members):
            return
        self._retiring.discard(zygote)
        stop = asyncio.get_running_loop().create_task(zygote.stop())
        self._stops.add(stop)
        stop.add_done_callback(self._stops.discard)

    def _start_zygote(self) -> None:
        self._zygote = ZygoteLink(self._plan, self._hear)
        self.balance()

    def _restart_zygote(self, ended: ZygoteLink) -> None:
        if self._zygote is ended:
            self._start_zygote()

    def _hear(self, zygote: ZygoteLink, event: ZygoteEvent) -> None:
        match event:
            case WorkerForked(worker):
                self._on_forked(zygote, worker)
            case WorkerEnded(pid, status):
                self._on_worker_ended(pid, status)
            case ForkRefused():
                asyncio.get_running_loop().call_later(RETRY_S, self.balance)
            case DataLoaded(name, network):
                self.network = network
                self._on_data(name)
            case DataChanged(name):
                self._retire_idle()
                self._fast = {each for each in self._fast if self.is_current(each)}
                self.balance()
                self._on_data(name)
            case ZygoteEnded(reason):
                self._on_zygote_ended(zygote, reason)

    def _on_forked(self, zygote: ZygoteLink, worker: WorkerLink) -> None:
        if zygote is self._next:
            self._swap(zygote)
        self._members.add(worker)
        if zygote is not self._zygote:
            self.kill(worker)
        elif len(self._fast) < self._size:
            self._fast.add(worker)
            self._idle.append(worker)
            self.balance()
            self._become_ready(zygote, None)
            self._on_free()
        elif not (self.slow_wanted and self._on_slow(worker)):
            self.kill(worker)

    def _swap(self, zygote: ZygoteLink) -> None:
        """Answer from the data of the next zygote from now on; what runs is left to end."""
        before, self._zygote, self._next = self._zygote, zygote, None
        self._plan = zygote.plan
        self._fast.clear()
        if before is not None:
            self._retiring.add(before)
            self._retire_idle()
            self._let_go(before)

    def _retire_idle(self) -> None:
        idle, self._idle = self._idle, []
        for worker in idle:
            self._members.discard(worker)
            worker.kill()

    def _on_data(self, name: str) -> None:
        if (waiting := self._changed.get(name)) is not None and not waiting.done():
            waiting.set_result(None)

    def _on_worker_ended(self, pid: int, status: int) -> None:
        log.info("The worker %d ended with status %d.", pid, os.waitstatus_to_exitcode(status))
        for worker in [each for each in self._members if each.pid == pid]:
            worker.close()
            self._forget(worker)
        self._on_ended(pid, status)

    def _on_zygote_ended(self, zygote: ZygoteLink, reason: str) -> None:
        was_awaited = self._become_ready(zygote, _unusable(reason))
        if zygote is self._next:
            self._next = None
        elif zygote is self._zygote and was_awaited:
            self._zygote = None
        elif zygote is self._zygote:
            log.error("The parent of the workers ended (%s); another one is started.", reason)
            asyncio.get_running_loop().call_later(RETRY_S, self._restart_zygote, zygote)
        self._lose_workers(zygote)

    def _lose_workers(self, zygote: ZygoteLink) -> None:
        """Give up the workers of a zygote that is gone: they are gone with it."""
        gone = {each for each in self._members if each.zygote is zygote}
        self._fast -= gone
        for worker in gone:
            if worker in self._idle:
                self._idle.remove(worker)
                self._members.discard(worker)
                worker.close()
            self._on_ended(worker.pid, signal.SIGKILL)

    def _become_ready(self, zygote: ZygoteLink, error: ServerError | None) -> bool:
        """End the wait for a zygote, by an error where there is one; return whether there was."""
        if self._ready is None or self._ready.done() or zygote is not self._awaited:
            return False
        if error is None:
            self._ready.set_result(None)
        else:
            self._ready.set_exception(error)
        return True


def stopping() -> WorkersUnavailableError:
    """Make the error of what cannot be answered because everything ends."""
    return WorkersUnavailableError("The server is stopping.", "Try again in a moment.")


def _unusable(reason: str) -> WorkersUnavailableError:
    return WorkersUnavailableError(
        f"The graph cannot be loaded: {reason}.",
        "Build the snapshot again with `allegiance build`.",
    )
