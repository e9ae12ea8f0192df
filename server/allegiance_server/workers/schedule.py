"""Who waits, and where: a queue for most, and one for those whose queries take long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allegiance_server.workers.lanes import FairQueue, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from allegiance_server.workers.jobs import Job

__all__ = ["Schedule"]


class Schedule:
    """Keep the two queues, and what each client has used.

    `running` gives the jobs that have a worker: what they have used so far counts, too.
    """

    def __init__(self, clock: Callable[[], float], running: Callable[[], Iterable[Job]]) -> None:
        """Start empty; the clock tells seconds."""
        self._running = running
        self._usage = Usage(clock)
        self.fast: FairQueue[Job] = FairQueue(self._used)
        self.slow: FairQueue[Job] = FairQueue(self._used)

    def __len__(self) -> int:
        return len(self.fast) + len(self.slow)

    def __iter__(self) -> Iterator[Job]:
        yield from self.fast
        yield from self.slow

    def push(self, job: Job) -> None:
        """Let a job wait: behind those that take long, if its client's last query did."""
        queue = self.slow if self._usage.is_heavy(job.client) else self.fast
        queue.push(job.client, job)

    def remove(self, job: Job) -> bool:
        """Take a job out; return whether it was there."""
        return self.fast.remove(job.client, job) or self.slow.remove(job.client, job)

    def yield_place(self, job: Job) -> Job | None:
        """Take out one of the greediest client in favour of a job; None: nobody has to yield."""
        return self.fast.yield_place(job.client) or self.slow.yield_place(job.client)

    def is_light(self, client: str) -> bool:
        """Tell whether a client's queries have been small."""
        return self._usage.is_light(client)

    def charge(self, job: Job, *, is_done: bool) -> None:
        """Charge the client of a job that is about to lose its worker."""
        self._usage.add(job.client, job.used_s(), is_done=is_done)

    def _used(self, client: str) -> float:
        """Return the processor time that a client has used, what runs at the moment included."""
        running = sum(job.used_s() for job in self._running() if job.client == client)
        return self._usage.of(client) + running
