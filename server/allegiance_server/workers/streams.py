"""Let results go on that are larger than the spool, only so many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allegiance_server.workers.jobs import StreamedResult

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allegiance_server.workers.jobs import Job
    from allegiance_server.workers.wire import Answer

__all__ = ["Streams"]


class Streams:
    """Hold the jobs whose workers wait for leave to send the rest.

    `running` are all jobs that have a worker. A stream in the slow lane has its leave in any case:
    there are no more of them than that lane has workers.
    """

    def __init__(self, running: Mapping[int, Job], most: int) -> None:
        """Start with none; `most` may stream at once in the fast lane."""
        self._running = running
        self._most = most
        self._held: set[Job] = set()

    def __len__(self) -> int:
        return len(self._held)

    def hold(self, job: Job, answer: Answer, body: bytes) -> None:
        """Keep the first part of a result until it may go on."""
        job.answer, job.begun = answer, body
        self._held.add(job)

    def forget(self, job: Job) -> None:
        """Know that a job has lost its worker."""
        self._held.discard(job)

    def grant(self) -> None:
        """Let those go on who may, the earliest first; their status is known then."""
        for job in sorted(self._held, key=lambda each: each.arrived):
            if job.answer is None or job.worker is None:
                continue
            if job.left is not None:
                continue  # it is for nobody, and soon stopped
            if job.lane == "fast" and self._streaming() >= self._most:
                continue
            job.result = StreamedResult(job.answer, job.begun, job.worker.snapshot, job)
            job.result.begin()
            self._held.discard(job)
            job.byte_count += len(job.begun)
            job.begun = b""
            job.worker.go()
            job.deliver(job.result)

    def _streaming(self) -> int:
        return sum(job.result is not None for job in self._running.values())
