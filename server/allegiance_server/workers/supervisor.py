"""Give each task to a worker, clients in turn, and stop the one that overruns.

Tasks wait in a queue in which those go first whose client has used least. One that others wait
behind is demoted when it has run for a while: its worker gives way to all others and a fresh one
takes its place. Only so many may be demoted at once; further ones are stopped and begun again when
there is room, which is possible because nothing of their result has been sent. A result that
outgrows the spool is sent on only by leave of the supervisor, which gives it to as many at once.
"""

from __future__ import annotations

import asyncio
import itertools
import signal
from typing import TYPE_CHECKING, Final

from allegiance_server.errors import ServerError
from allegiance_server.workers import outcomes
from allegiance_server.workers.ahead import Ahead
from allegiance_server.workers.jobs import Delivery, Job, Running, StreamedResult, finished
from allegiance_server.workers.pool import Pool, stopping
from allegiance_server.workers.schedule import Schedule
from allegiance_server.workers.streams import Streams
from allegiance_server.workers.wire import BEGUN, CHUNK, END, PROBLEM, WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from allegiance_server.settings import Settings
    from allegiance_server.workers.jobs import Lane
    from allegiance_server.workers.links import WorkerLink
    from allegiance_server.workers.plan import Plan
    from allegiance_server.workers.tasks import Finished, Task
    from allegiance_server.workers.wire import Answer

__all__ = ["Supervisor"]

TICK_S: Final = 0.01
# A client that leaves costs no worker if its query is about to end: killing at once would let
# anyone exhaust the workers by connecting and leaving.
GRACE_S: Final = 0.06
# Workers beyond those of the settings, for clients whose queries are small: they never wait for
# those of others to have had their turn.
RESERVED_WORKERS: Final = 1
# How often a query is asked again whose worker was killed from outside.
MOST_LOSSES: Final = 5
# With many clients waiting, a turn is shorter, but no shorter than this part of the full one.
SHORTEST_TURN: Final = 4.0


class Supervisor:
    """Answer tasks by workers. All of it runs in one event loop."""

    def __init__(
        self,
        settings: Settings,
        plan: Plan,
        on_finished: Callable[[Finished], None] | None = None,
    ) -> None:
        """Keep what the workers will be started with; `start` starts them."""
        self._settings = settings
        self._on_finished = on_finished
        size = settings.workers + RESERVED_WORKERS
        self._pool = Pool(plan, size, self._feed, self._feed_slow, self._on_ended)
        self._clock: Callable[[], float] = lambda: 0.0
        self._running: dict[int, Job] = {}
        self._streams = Streams(self._running, settings.slow_workers)
        ahead = Ahead(self._on_frame, self._pool.is_current)
        self._waiting = Schedule(lambda: self._clock(), self._running, ahead)  # noqa: PLW0108 - it is set later
        self._numbers = itertools.count(1)
        self._timer: asyncio.TimerHandle | None = None

    @property
    def workers(self) -> tuple[int, ...]:
        """Return the process ids of the living workers."""
        return self._pool.workers

    @property
    def snapshot(self) -> str:
        """Return the name of the data that new queries see."""
        return self._pool.snapshot

    @property
    def network(self) -> str:
        """Return how workers are kept off the network: "namespace" or "descriptors"."""
        return self._pool.network

    @property
    def running(self) -> tuple[Running, ...]:
        """Return what runs or waits, the oldest first."""
        now = self._clock()
        jobs = sorted(self._jobs(), key=lambda job: job.id)
        return tuple(Running.of(job, now) for job in jobs)

    async def start(self) -> None:
        """Load the data and fork the workers; raises WorkersUnavailableError."""
        self._clock = asyncio.get_running_loop().time
        await self._pool.start()

    async def stop(self) -> None:
        """End all processes; what still waits or runs raises WorkersUnavailableError."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for job in self._jobs():
            self._fail(job, stopping())
        await self._pool.stop()

    async def publish(self, patch: Path, name: str) -> None:
        """Have all further queries answered from the data with a commit applied to it."""
        await self._pool.publish(patch, name)

    async def take_up(self, plan: Plan) -> None:
        """Have all further queries answered from other data; the old stays if that fails."""
        await self._pool.take_up(plan)

    async def open(
        self, task: Task, *, client: str = "", timeout_s: float | None = None
    ) -> StreamedResult:
        """Return the result of a task as soon as its status is known.

        Raises ServerBusyError, QueryTimedOutError, QueryCrashedError, ResultTooLargeError, and what
        else the worker has to say against it. To cancel this call stops the query.
        """
        delivery = Delivery()
        job = self.submit(task, client, timeout_s, delivery.settle)
        try:
            return await delivery.wait()
        except asyncio.CancelledError:
            job.abandon()
            raise

    async def whole(
        self, task: Task, *, client: str = "", timeout_s: float | None = None
    ) -> tuple[str, bytes]:
        """Return the media type and all bytes of a result that is no larger than the task says."""
        result = await self.open(task, client=client, timeout_s=timeout_s)
        return result.media_type, await result.whole()

    def submit(
        self,
        task: Task,
        client: str,
        timeout_s: float | None,
        deliver: Callable[[StreamedResult | ServerError], None],
    ) -> Job:
        """Take a task on; `deliver` is called once, perhaps before this returns."""
        longest = self._settings.query_timeout_s
        timeout = longest if timeout_s is None else min(timeout_s, longest)
        now = self._clock()
        job = Job(next(self._numbers), task, client, now, timeout, deliver, self._abandon)
        if self._waiting.starts_ahead(job):
            pass
        elif self._may_start(client):
            self._dispatch(job, self._pool.take(), "fast")
        elif not self._pool.is_running:
            self._fail(job, stopping())
        else:
            self._enqueue(job)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(TICK_S, self._tick)
        return job

    def kill(self, number: int) -> bool:
        """Stop a task; return whether there was one of this number."""
        for job in self._jobs():
            if job.id == number:
                self._fail(job, outcomes.killed())
                return True
        return False

    def _enqueue(self, job: Job) -> None:
        """Let a job wait; where there is no room, the greediest client has to make some."""
        if len(self._waiting) >= self._settings.max_queued_queries:
            pushed_out = self._waiting.yield_place(job)
            self._end(pushed_out or job, outcomes.busy())
            if pushed_out is None:
                return
        self._waiting.push(job)
        if self._waiting.slow:
            self._want_slow()
            self._feed()

    def _jobs(self) -> list[Job]:
        return [*self._running.values(), *self._waiting]

    def _dispatch(self, job: Job, worker: WorkerLink, lane: Lane) -> None:
        self._begin(job, worker, lane)
        worker.ask(job.task, lambda answer, body: self._on_frame(job, answer, body))

    def _begin(self, job: Job, worker: WorkerLink, lane: Lane) -> None:
        job.lane = lane
        job.worker = worker
        job.dispatched = self._clock()
        job.processor_s = worker.processor_s()
        self._running[worker.pid] = job

    def _feed(self) -> None:
        """Give free workers to those who wait."""
        while self._waiting.fast and self._may_start(self._waiting.fast.next_client()):
            self._dispatch(self._waiting.fast.pop(), self._pool.take(), "fast")
        while (
            self._waiting.slow
            and not self._waiting.fast
            and self._pool.idle_count > RESERVED_WORKERS
        ):
            self._dispatch(self._waiting.slow.pop(), self._pool.take(), "fast")

    def _may_start(self, client: str) -> bool:
        """Tell whether there is a worker for a client: the last ones are for small queries."""
        idle = self._pool.idle_count
        return idle > RESERVED_WORKERS or (idle > 0 and self._waiting.is_light(client))

    def _feed_slow(self, worker: WorkerLink) -> bool:
        """Give a worker to who waits for the slow lane; return whether anybody does."""
        if not self._waiting.slow:
            return False
        worker.zygote.renice(worker.pid)
        self._dispatch(self._waiting.slow.pop(), worker, "slow")
        self._want_slow()
        return True

    def _want_slow(self) -> None:
        """Order workers for the slow lane, as many as it has room for."""
        room = self._settings.slow_workers - self._slow_count()
        self._pool.slow_wanted = max(0, min(len(self._waiting.slow), room))
        self._pool.balance()

    def _slow_count(self) -> int:
        return sum(job.lane == "slow" for job in self._running.values())

    def _on_frame(self, job: Job, answer: Answer | None, body: bytes) -> None:
        if answer is None:
            return  # why it broke is known when the zygote has buried the worker
        kind = answer.kind
        if kind == WHOLE:
            job.byte_count += len(body)
            snapshot = "" if job.worker is None else job.worker.snapshot
            result = StreamedResult(answer, body, snapshot, job)
            self._release(job)
            self._end(job, result)
        elif kind == BEGUN:
            self._waiting.withdraw(job.worker)
            self._streams.hold(job, answer, body)
            self._streams.grant()
            self._feed()
        elif kind == CHUNK:
            self._push(job, body)
        elif kind == END:
            self._on_end(job, answer, body)
        elif kind == PROBLEM:
            self._release(job)
            self._end(job, outcomes.error(body, job.task, self._settings.max_result_bytes))

    def _push(self, job: Job, part: bytes) -> None:
        job.byte_count += len(part)
        if job.result is None:
            return
        try:
            job.result.push(part)
        except OSError:
            self._fail(job, outcomes.not_kept())

    def _on_end(self, job: Job, answer: Answer, body: bytes) -> None:
        self._push(job, body)
        result = job.result
        if result is None:
            return
        self._release(job)
        result.end(answer.rows if answer.rows >= 0 else None)
        self._end(job, result)

    def _release(self, job: Job) -> None:
        """Take the worker from a job that it has answered in full."""
        worker = self._detach(job, is_done=True)
        if worker is None:
            return
        following = self._waiting.next_of(worker)
        if following is not None:
            self._begin(following, worker, "fast")
        elif job.lane == "slow":
            self._pool.kill(worker)  # its low priority cannot be raised again
        else:
            self._pool.put_back(worker)

    def _detach(self, job: Job, *, is_done: bool = False) -> WorkerLink | None:
        """Part a job from its worker, and charge the client for the time."""
        if job.worker is None:
            return None
        self._waiting.charge(job, is_done=is_done)
        if not is_done:
            self._waiting.withdraw(job.worker)
        worker, job.worker = job.worker, None
        del self._running[worker.pid]
        self._streams.forget(job)
        seconds = self._clock() - job.dispatched
        job.processing_s += seconds
        return worker

    def _end(self, job: Job, outcome: StreamedResult | ServerError) -> None:
        """Deliver the outcome of a job that has neither worker nor place in a queue any more."""
        if self._waiting:
            self._waiting.send_ahead()
            self._feed()  # first of all: a worker that waits is what others wait for
        if isinstance(outcome, ServerError) and job.result is not None:
            job.result.break_off(outcome)
        elif job.result is None:
            job.deliver(outcome)
        job.result = None
        if self._on_finished is not None:
            self._on_finished(finished(job, outcome, self.snapshot, self._clock()))
        if self._streams:
            self._streams.grant()
        if self._waiting.slow or self._pool.slow_wanted:
            self._want_slow()

    def _fail(self, job: Job, error: ServerError) -> None:
        """End a job wherever it is; its worker is killed, since it would go on."""
        self._waiting.remove(job)
        worker = self._detach(job)
        if worker is not None:
            self._pool.kill(worker)
        self._end(job, error)

    def _abandon(self, job: Job) -> None:
        """Remember that nobody waits for a job; one that only waits itself goes at once."""
        if job.result is not None:
            job.result.drop()
        if job.worker is not None:
            job.left = self._clock()
        elif self._waiting.remove(job):
            self._end(job, outcomes.abandoned())

    def _on_ended(self, pid: int, status: int) -> None:
        """Learn why a worker is gone whose answer has not come."""
        job = self._running.get(pid)
        if job is None:
            return
        worker = self._detach(job)
        if worker is not None:
            self._pool.kill(worker)
        was_outside = status == signal.SIGKILL
        may_retry = job.losses < MOST_LOSSES and self._pool.is_running
        if was_outside and may_retry and job.result is None:
            # Whoever killed it did not mean this query: it is asked again.
            job.losses += 1
            job.begin_again()
            self._waiting.push(job)
            self._want_slow()
            self._feed()
        else:
            self._end(job, outcomes.lost() if was_outside else outcomes.crashed())

    def _tick(self) -> None:
        """Look after what is on its way, and come again while anything is."""
        try:
            self._look_after()
        finally:  # also after a fault of whoever is told: deadlines hold in any case
            self._timer = None
            if self._running or self._waiting:
                self._timer = asyncio.get_running_loop().call_later(TICK_S, self._tick)

    def _look_after(self) -> None:
        """Stop what is late or for nobody; move aside what takes long while others wait."""
        now = self._clock()
        for job in self._jobs():
            if now >= job.deadline:
                self._fail(job, outcomes.late(job))
            elif job.left is not None and now >= job.left + GRACE_S:
                self._fail(job, outcomes.abandoned())
        for job in list(self._running.values()):
            if now - job.dispatched > TICK_S:
                self._waiting.withdraw(job.worker)
        if self._waiting.fast:
            self._feed()
            self._demote(now, self._turn_s())

    def _turn_s(self) -> float:
        """Return how long a query may run undisturbed, in seconds: less, the more clients wait."""
        crowd = self._waiting.fast.client_count / self._settings.workers
        return self._settings.demotion_threshold_s / min(max(crowd, 1.0), SHORTEST_TURN)

    def _demote(self, now: float, turn_s: float) -> None:
        """Make room for those who wait: move aside what has had its turn."""
        for job in list(self._running.values()):
            worker = job.worker
            if worker is None or job.lane == "slow" or not job.has_had_turn(now, turn_s):
                continue
            if job.result is not None or self._slow_count() < self._settings.slow_workers:
                job.lane = "slow"
                self._waiting.withdraw(worker)
                self._pool.demote(worker)
            else:
                self._detach(job)
                job.begin_again()
                self._waiting.slow.push(job.client, job)
                self._pool.kill(worker)
        self._streams.grant()
        self._want_slow()
