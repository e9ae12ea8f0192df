"""Who waits, and where: a queue for most, and one for those whose queries take long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allegiance_server.workers.lanes import FairQueue, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from allegiance_server.workers.ahead import Ahead
    from allegiance_server.workers.jobs import Job
    from allegiance_server.workers.links import WorkerLink

__all__ = ["Schedule"]


class Schedule:
    """Keep the two queues, and what each client has used.

    `running` are the jobs that have a worker, by process id: what they have used so far counts,
    too, and tiny queries are sent `ahead` to their workers.
    """

    def __init__(
        self, clock: Callable[[], float], running: Mapping[int, Job], ahead: Ahead
    ) -> None:
        """Start empty; the clock tells seconds."""
        self._clock = clock
        self._running = running
        self._ahead = ahead
        self._usage = Usage(clock)
        self.fast: FairQueue[Job] = FairQueue(self._used)
        self.slow: FairQueue[Job] = FairQueue(self._used)

    def __len__(self) -> int:
        return len(self.fast) + len(self.slow)

    def __iter__(self) -> Iterator[Job]:
        yield from self._ahead
        yield from self.fast
        yield from self.slow

    def push(self, job: Job) -> None:
        """Let a job wait: behind those that take long, if its client's last query did."""
        queue = self.slow if self._usage.is_heavy(job.client) else self.fast
        queue.push(job.client, job)

    def remove(self, job: Job) -> bool:
        """Take a job out; return whether it was there."""
        pid = self._ahead.find(job)
        if pid is not None:
            self.withdraw(self._running[pid].worker)
        return self.fast.remove(job.client, job) or self.slow.remove(job.client, job)

    def starts_ahead(self, job: Job) -> bool:
        """Send a job ahead that need not wait for others; return whether that could be done."""
        depth = self._usage.depth(job.client)
        job.is_tiny = depth > 0
        return job.is_tiny and not len(self) and self._send_ahead(job, depth)

    def send_ahead(self) -> None:
        """Send tiny queries that wait behind tiny queries that run."""
        while self.fast:
            depth = self._usage.depth(self.fast.next_client())
            if depth == 0:
                return
            job = self.fast.pop()
            if not self._send_ahead(job, depth):
                self.fast.push_back(job.client, job)
                return

    def withdraw(self, worker: WorkerLink | None) -> None:
        """Give what a worker was sent ahead to others: it does not come to it soon."""
        jobs = [] if worker is None else self._ahead.withdraw(worker)
        for job in reversed(jobs):
            self.fast.push_back(job.client, job)

    def next_of(self, worker: WorkerLink) -> Job | None:
        """Return the job that a worker begins with now, having been sent it ahead."""
        return self._ahead.take(worker)

    def yield_place(self, job: Job) -> Job | None:
        """Take out one of the greediest client in favour of a job; None: nobody has to yield."""
        return self.fast.yield_place(job.client) or self.slow.yield_place(job.client)

    def is_light(self, client: str) -> bool:
        """Tell whether a client's queries have been small."""
        return self._usage.is_light(client)

    def charge(self, job: Job, *, is_done: bool) -> None:
        """Charge the client of a job that is about to lose its worker."""
        self._usage.add(job.client, job.used_s(), is_done=is_done)

    def _send_ahead(self, job: Job, depth: int) -> bool:
        return self._ahead.send(job, self._running, self._clock(), depth)

    def _used(self, client: str) -> float:
        """Return the processor time that a client has used, what runs at the moment included."""
        running = sum(job.used_s() for job in self._running.values() if job.client == client)
        return self._usage.of(client) + running
