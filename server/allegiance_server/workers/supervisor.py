"""Keep a number of workers alive, give each query to one, and stop the query that overruns."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from allegiance_server.errors import (
    NotAcceptableError,
    QueryCrashedError,
    QueryNotEvaluableError,
    QueryTimedOutError,
    ResultTooLargeError,
    ServerBusyError,
    ServerError,
    WorkersUnavailableError,
)
from allegiance_server.web.syntax import not_parsed
from allegiance_server.workers.links import (
    ForkRefused,
    WorkerEnded,
    WorkerForked,
    WorkerLink,
    ZygoteEnded,
    ZygoteEvent,
    ZygoteLink,
)
from allegiance_server.workers.worker import Plan

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from allegiance_server.protocol.requests import SparqlRequest
    from allegiance_server.settings import Settings
    from allegiance_server.workers.wire import Head

__all__ = ["Answer", "Supervisor"]

RETRY_S: Final = 0.5

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold a whole result."""

    media_type: str
    body: bytes | bytearray


class Supervisor:
    """Answer queries by workers. All of it runs in one event loop.

    A worker is used again only after it has answered in full; in every other case it is killed and
    another one is forked.
    """

    def __init__(self, settings: Settings, nquads: Path, prefixes: Mapping[str, str]) -> None:
        """Keep what the workers will be started with; `start` starts them."""
        self._settings = settings
        self._plan = Plan(
            nquads=str(nquads),
            prefixes=dict(prefixes),
            memory_bytes=settings.worker_memory_bytes,
        )
        self._zygote: ZygoteLink | None = None
        self._idle: list[WorkerLink] = []
        self._busy: set[WorkerLink] = set()
        self._waiting: deque[asyncio.Future[WorkerLink]] = deque()
        self._ready: asyncio.Future[None] | None = None

    @property
    def workers(self) -> tuple[int, ...]:
        """Return the process ids of the living workers."""
        return tuple(sorted(each.pid for each in (*self._idle, *self._busy)))

    async def start(self) -> None:
        """Load the graph and fork the workers; raises WorkersUnavailableError."""
        self._ready = asyncio.get_running_loop().create_future()
        self._start_zygote()
        await self._ready

    async def stop(self) -> None:
        """End all processes; what still waits or runs raises WorkersUnavailableError."""
        zygote, self._zygote = self._zygote, None
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_exception(_stopping())
        self._forget_idle()
        if zygote is not None:
            await zygote.stop()

    async def answer(self, request: SparqlRequest, max_bytes: int) -> Answer:
        """Run a query in a worker and return its whole result.

        Raises ServerBusyError, QueryTimedOutError, QueryCrashedError, ResultTooLargeError, and what
        else the worker has to say against the query. To cancel this call stops the query.
        """
        head = {
            "query": request.query,
            "default_graphs": request.default_graphs,
            "named_graphs": request.named_graphs,
            "solutions": request.formats.solutions,
            "graph": request.formats.graph,
            "max_bytes": max_bytes,
        }
        answer, body = await self._ask(await self._worker(), head)
        if answer["outcome"] == "answered":
            return Answer(str(answer["media_type"]), body)
        raise _error(answer, max_bytes)

    async def _ask(self, worker: WorkerLink, head: Mapping[str, object]) -> tuple[Head, bytearray]:
        self._busy.add(worker)
        has_answered = False
        try:
            async with asyncio.timeout(self._settings.query_timeout_s):
                answer = await worker.ask(head)
            has_answered = True
        except TimeoutError:
            raise _timed_out(self._settings.query_timeout_s) from None
        except (OSError, EOFError, ValueError) as error:
            if self._zygote is None:
                raise _stopping() from None
            log.warning("A query was lost: %s", error)
            raise _crashed() from None
        else:
            return answer
        finally:
            self._busy.discard(worker)
            if has_answered:
                self._release(worker)
            else:
                self._replace(worker)

    async def _worker(self) -> WorkerLink:
        """Take an idle worker, the one used last, or wait for one."""
        if self._idle:
            return self._idle.pop()
        if self._zygote is None:
            raise _stopping()
        if len(self._waiting) >= self._settings.max_queued_queries:
            raise _busy()
        waiter: asyncio.Future[WorkerLink] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(self._settings.query_timeout_s):
                return await waiter
        except TimeoutError:
            self._hand_back(waiter)
            raise _busy() from None
        except asyncio.CancelledError:
            self._hand_back(waiter)
            raise
        finally:
            if waiter in self._waiting:
                self._waiting.remove(waiter)

    def _hand_back(self, waiter: asyncio.Future[WorkerLink]) -> None:
        """Release a worker that was given to a waiter in the moment in which it gave up."""
        if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
            self._release(waiter.result())

    def _release(self, worker: WorkerLink) -> None:
        """Give a free worker to whoever waits longest."""
        if worker.zygote is not self._zygote:
            worker.kill()
            return
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(worker)
                return
        self._idle.append(worker)

    def _replace(self, worker: WorkerLink) -> None:
        worker.kill()
        if worker.zygote is self._zygote:
            self._zygote.fork()

    def _start_zygote(self) -> None:
        self._zygote = ZygoteLink(self._plan, self._hear)
        for _ in range(self._settings.workers):
            self._zygote.fork()

    def _restart_zygote(self, ended: ZygoteLink) -> None:
        if self._zygote is ended:
            self._start_zygote()

    def _hear(self, zygote: ZygoteLink, event: ZygoteEvent) -> None:
        match event:
            case WorkerForked(worker):
                self._become_ready(None)
                self._release(worker)
            case WorkerEnded(pid, status):
                self._on_worker_ended(pid, status)
            case ForkRefused():
                asyncio.get_running_loop().call_later(RETRY_S, zygote.fork)
            case ZygoteEnded(reason):
                self._on_zygote_ended(zygote, reason)

    def _on_worker_ended(self, pid: int, status: int) -> None:
        log.info("The worker %d ended with status %d.", pid, os.waitstatus_to_exitcode(status))
        for worker in [each for each in self._idle if each.pid == pid]:
            self._idle.remove(worker)
            self._replace(worker)

    def _on_zygote_ended(self, zygote: ZygoteLink, reason: str) -> None:
        if zygote is not self._zygote:
            return
        self._forget_idle()
        if self._become_ready(_unusable(reason)):
            self._zygote = None
            return
        log.error("The parent of the workers ended (%s); another one is started.", reason)
        asyncio.get_running_loop().call_later(RETRY_S, self._restart_zygote, zygote)

    def _become_ready(self, error: ServerError | None) -> bool:
        """End the wait of `start`, by an error where there is one; return whether it waited."""
        if self._ready is None or self._ready.done():
            return False
        if error is None:
            self._ready.set_result(None)
        else:
            self._ready.set_exception(error)
        return True

    def _forget_idle(self) -> None:
        for worker in self._idle:
            worker.kill()
        self._idle.clear()


def _error(answer: Head, max_bytes: int) -> ServerError:
    """Make the error of an answer that is none."""
    match answer["outcome"]:
        case "not-parsed":
            return not_parsed(str(answer["detail"]))
        case "not-evaluable":
            return QueryNotEvaluableError(
                f"The query cannot be evaluated: {answer['detail']}.", "Change what it names."
            )
        case "not-acceptable":
            return NotAcceptableError(
                "No format asked for can hold the result of this form of query.",
                "SELECT and ASK give tables, CONSTRUCT and DESCRIBE give RDF: ask for these.",
            )
        case "too-large":
            return ResultTooLargeError(
                f"The result is larger than {max_bytes} bytes. Nothing of it is sent.",
                "Narrow the query, or fetch it in pieces by ORDER BY, LIMIT and OFFSET.",
            )
        case _:
            return _crashed()


def _crashed() -> QueryCrashedError:
    return QueryCrashedError(
        "The query brought down the process that ran it. No other query was touched.",
        "It used too much memory or is nested too deeply: narrow or flatten it.",
    )


def _timed_out(seconds: float) -> QueryTimedOutError:
    return QueryTimedOutError(
        f"The query was stopped after {seconds:g} seconds.",
        "Narrow it: name more of its terms, and avoid patterns that share no variable.",
    )


def _busy() -> ServerBusyError:
    return ServerBusyError("All workers are taken, and others wait.", "Try again in a moment.")


def _stopping() -> WorkersUnavailableError:
    return WorkersUnavailableError("The server is stopping.", "Try again in a moment.")


def _unusable(reason: str) -> WorkersUnavailableError:
    return WorkersUnavailableError(
        f"The graph cannot be loaded: {reason}.",
        "Build the snapshot again with `allegiance build`.",
    )
