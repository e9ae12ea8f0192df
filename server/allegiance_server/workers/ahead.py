"""Send a worker its next query while it answers one, so that it need not be woken for it.

To wake a process on another processor takes longer than to answer a tiny query. So a query of a
client whose queries are tiny is sent ahead to a worker that is busy with such a one. If that one
takes long against expectation, the next is given to somebody else; what the first worker makes of
it then is for nobody.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from allegiance_server.workers.jobs import Job
    from allegiance_server.workers.links import WorkerLink
    from allegiance_server.workers.wire import Answer

__all__ = ["Ahead"]

# A query that others are sent behind is expected to end within this, and is left alone for it.
PATIENCE_S: Final = 0.005


class Ahead:
    """Hold the jobs that each busy worker has been sent already (by process id).

    `hear` is called with each frame of an answer; `is_current` tells whether a worker has the data
    of today.
    """

    def __init__(
        self,
        hear: Callable[[Job, Answer | None, bytes], None],
        is_current: Callable[[WorkerLink], bool],
    ) -> None:
        """Start with none."""
        self._hear = hear
        self._is_current = is_current
        self._jobs: dict[int, deque[Job]] = {}

    def __iter__(self) -> Iterator[Job]:
        for jobs in self._jobs.values():
            yield from jobs

    def send(self, job: Job, running: Mapping[int, Job], now: float, depth: int) -> bool:
        """Send a job behind one that should end soon, and behind fewer others than `depth`.

        Return whether there was such a place.
        """
        for pid, before in running.items():
            worker = before.worker
            jobs = self._jobs.get(pid, ())
            if (
                worker is not None
                and len(jobs) < depth
                and before.is_tiny
                and before.lane == "fast"
                and before.answer is None
                and now - before.dispatched < PATIENCE_S
                and not worker.has_ignored
                and self._is_current(worker)
            ):
                self._jobs.setdefault(pid, deque()).append(job)
                worker.ask(job.task, lambda answer, body: self._hear(job, answer, body))
                return True
        return False

    def take(self, worker: WorkerLink) -> Job | None:
        """Return the job whose turn it is now that the one before has been answered."""
        jobs = self._jobs.get(worker.pid)
        if jobs is None:
            return None
        job = jobs.popleft()
        if not jobs:
            del self._jobs[worker.pid]
        return job

    def withdraw(self, worker: WorkerLink) -> list[Job]:
        """Take the jobs back that a worker was sent; what it answers to them is for nobody."""
        jobs = list(self._jobs.pop(worker.pid, ()))
        if jobs:
            worker.ignore_last(len(jobs))
        return jobs

    def find(self, job: Job) -> int | None:
        """Return the process id of the worker that a job was sent to ahead."""
        return next((pid for pid, jobs in self._jobs.items() if job in jobs), None)
