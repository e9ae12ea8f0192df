"""A task on its way: how long it has waited, where it runs, and the result as it comes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from allegiance_server.errors import ResultBrokenError, ServerError
from allegiance_server.workers.spool import Spool
from allegiance_server.workers.tasks import Finished

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from allegiance_server.workers.links import WorkerLink
    from allegiance_server.workers.tasks import Encoding, Kind, Task
    from allegiance_server.workers.wire import Answer

__all__ = ["Delivery", "Job", "Running", "StreamedResult", "finished"]

Lane = Literal["queued", "fast", "slow"]

# Processors are shared: half a turn of processor time is as much as a query gets in a turn.
PROCESSOR_PART: Final = 0.5


class StreamedResult:
    """A result as `tasks.Result` describes it, fed by the supervisor."""

    def __init__(self, answer: Answer, body: bytes, snapshot: str, job: Job) -> None:
        """Take what has come first."""
        self.media_type = answer.media_type
        self.encoding: Encoding = answer.encoding
        self.snapshot = snapshot
        self.body = body
        self.is_whole = True
        self.rows = answer.rows if answer.rows >= 0 else None
        self.error: ServerError | None = None
        self._job = job
        self._spool: Spool | None = None
        self._is_ended = False
        self._news: asyncio.Future[None] | None = None

    def begin(self) -> None:
        """Expect more than the first part."""
        self.is_whole = False
        self._spool = Spool()

    def push(self, part: bytes) -> None:
        """Take a further part; raises OSError where it cannot be kept."""
        if self._spool is not None:
            self._spool.push(part)
        self._wake()

    def end(self, rows: int | None) -> None:
        """Know that it is complete."""
        self.rows = rows
        self._is_ended = True
        self._wake()

    def break_off(self, error: ServerError) -> None:
        """Know that it cannot be completed."""
        self.error = error
        self._is_ended = True
        self._wake()

    async def rest(self) -> AsyncIterator[bytes]:
        """Give the parts after `body`; raises ResultBrokenError if it cannot be completed."""
        if self._spool is None:
            return
        with self._spool as spool:
            while True:
                if part := spool.pop():
                    yield part
                elif self.error is not None:
                    raise ResultBrokenError(self.error.detail, self.error.remedy)
                elif self._is_ended:
                    return
                else:
                    self._news = asyncio.get_running_loop().create_future()
                    await self._news

    async def whole(self) -> bytes:
        """Return all of it; raises the error that it broke off with."""
        body = bytearray(self.body)
        try:
            async for part in self.rest():
                body += part
        except ResultBrokenError as broken:
            raise self.error or broken from None
        except asyncio.CancelledError:
            self.abandon()
            raise
        return bytes(body)

    def abandon(self) -> None:
        """Give the result up: the client has left."""
        self.drop()
        self._job.abandon()

    def drop(self) -> None:
        """Keep no more of it; whoever waits for a part is told that there is none."""
        if self._spool is None:
            return
        self._spool.close()
        self._spool = None
        if not self._is_ended:
            self.break_off(ResultBrokenError("The client has left.", "Nobody reads this."))

    def _wake(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)


class Delivery:
    """Wait for the one outcome of a job."""

    __slots__ = ("_outcome",)

    def __init__(self) -> None:
        """Start to wait."""
        self._outcome: asyncio.Future[StreamedResult] = asyncio.get_running_loop().create_future()

    def settle(self, outcome: StreamedResult | ServerError) -> None:
        """Take the outcome; a second one is for nobody."""
        if self._outcome.done():
            return
        if isinstance(outcome, ServerError):
            self._outcome.set_exception(outcome)
        else:
            self._outcome.set_result(outcome)

    async def wait(self) -> StreamedResult:
        """Return the result, or raise the error that stands in its place."""
        return await self._outcome


@dataclass(slots=True, eq=False)
class Job:
    """Hold what the supervisor knows of a task; times are those of the event loop, in seconds.

    `deliver` is called once, with the result as soon as its status is known, or with the error.
    `processor_s` is the processor time that the worker had used before it was given the task.
    `is_tiny` tells that it is expected to end at once.
    `left` is when nobody waited for it any more; `losses` counts the workers that were killed under
    it from outside. `answer` and `begun` are the first part of a result that waits for its turn.
    """

    id: int
    task: Task
    client: str
    arrived: float
    timeout_s: float
    deliver: Callable[[StreamedResult | ServerError], None]
    on_abandon: Callable[[Job], None]
    lane: Lane = "queued"
    is_tiny: bool = False
    worker: WorkerLink | None = None
    dispatched: float = 0.0
    processor_s: float = 0.0
    processing_s: float = 0.0
    byte_count: int = 0
    left: float | None = None
    losses: int = 0
    answer: Answer | None = None
    begun: bytes = b""
    result: StreamedResult | None = None

    @property
    def deadline(self) -> float:
        """Return when its time is over."""
        return self.arrived + self.timeout_s

    def has_had_turn(self, now: float, turn_s: float) -> bool:
        """Tell whether others may go now: a turn is one of processor time, while it computes.

        By the clock on the wall, a query would have to go that has only waited for a processor, and
        it is the small ones that this would hit when the machine is busy.
        """
        if self.worker is None:
            return False
        if self.answer is not None:
            return now - self.dispatched > turn_s
        return self.used_s() > turn_s * PROCESSOR_PART

    def used_s(self) -> float:
        """Return the processor time that its worker has spent on it, in seconds."""
        return 0.0 if self.worker is None else self.worker.processor_s() - self.processor_s

    def begin_again(self) -> None:
        """Forget what its worker, which is gone, had made of it."""
        self.lane, self.answer, self.begun = "queued", None, b""

    def abandon(self) -> None:
        """Say that nobody waits for the result any more."""
        self.on_abandon(self)


@dataclass(frozen=True, slots=True)
class Running:
    """Tell of a task on its way; `since_s` is how long ago it arrived."""

    id: int
    kind: Kind
    query: str
    client: str
    since_s: float
    lane: Lane

    @classmethod
    def of(cls, job: Job, now: float) -> Running:
        """Tell of a job."""
        return cls(job.id, job.task.kind, job.task.shown, job.client, now - job.arrived, job.lane)


def finished(
    job: Job, outcome: StreamedResult | ServerError, snapshot: str, now: float
) -> Finished:
    """Tell how a job has ended; `snapshot` is that of today, for one that has no result."""
    if isinstance(outcome, ServerError):
        name, rows = type(outcome).__name__, None
    else:
        name, rows, snapshot = "answered", outcome.rows, outcome.snapshot
    waited_s = max(0.0, now - job.arrived - job.processing_s)
    return Finished(
        job.task,
        job.client,
        name,
        job.processing_s,
        waited_s,
        job.byte_count,
        rows,
        snapshot,
        job.lane,
    )
