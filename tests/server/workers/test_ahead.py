"""Jobs are sent ahead only where they will soon have their turn, and can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from allegiance_server.protocol.media_types import CSV, Formats
from allegiance_server.workers.ahead import PATIENCE_S, Ahead
from allegiance_server.workers.jobs import Job
from allegiance_server.workers.tasks import Task
from allegiance_server.workers.wire import WHOLE, Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from allegiance_server.workers.links import WorkerLink

    Heard = list[tuple[Job, Answer | None, bytes]]

NOW = 100.0


class Worker:
    """Stand in for the link to a worker; note what it is asked, and what is ignored."""

    def __init__(self, pid: int) -> None:
        """Start with nothing asked."""
        self.pid = pid
        self.has_ignored = False
        self.asked: list[Task] = []
        self.hears: list[Callable[[Answer | None, bytes], None]] = []
        self.ignored: list[int] = []

    def ask(self, task: Task, hear: Callable[[Answer | None, bytes], None]) -> None:
        """Note a task."""
        self.asked.append(task)
        self.hears.append(hear)

    def ignore_last(self, count: int) -> None:
        """Note how many are ignored."""
        self.ignored.append(count)

    @property
    def link(self) -> WorkerLink:
        """Return itself as what it stands for."""
        return cast("WorkerLink", self)


def job(number: int, worker: Worker | None = None) -> Job:
    """Make a job, with a tiny query that has just begun where it has a worker."""
    task = Task("query", f"SELECT ({number} AS ?n) {{}}", Formats(CSV, None))
    made = Job(number, task, "a", NOW, 30.0, lambda _: None, lambda _: None)
    made.is_tiny = True
    if worker is not None:
        made.worker, made.lane, made.dispatched = worker.link, "fast", NOW
    return made


def ahead_of(heard: Heard | None = None, *, is_current: bool = True) -> Ahead:
    """Make one whose workers all have the data of today, or none has."""
    noted: Heard = [] if heard is None else heard
    return Ahead(lambda *frame: noted.append(frame), lambda _: is_current)


def test_jobs_are_sent_behind_one_another_and_taken_in_order() -> None:
    """As many as the depth allows are sent to a worker; each is heard under its own name."""
    heard: Heard = []
    worker, ahead = Worker(7), ahead_of(heard)
    running = {7: job(0, worker)}
    jobs = [job(number) for number in (1, 2, 3)]
    assert [ahead.send(each, running, NOW, 2) for each in jobs] == [True, True, False]
    assert worker.asked == [each.task for each in jobs[:2]]
    assert list(ahead) == jobs[:2]
    assert [ahead.find(each) for each in jobs] == [7, 7, None]
    answer = Answer(2, WHOLE, CSV, "identity", -1, 1)
    worker.hears[0](answer, b"x")
    worker.hears[1](None, b"")
    assert heard == [(jobs[0], answer, b"x"), (jobs[1], None, b"")]
    assert [ahead.take(worker.link) for _ in range(3)] == [jobs[0], jobs[1], None]


def test_next_worker_is_found_where_one_has_enough() -> None:
    """A worker that has been sent enough is passed over in favour of another."""
    workers = [Worker(7), Worker(8)]
    running = {each.pid: job(each.pid, each) for each in workers}
    ahead = ahead_of()
    assert [ahead.send(job(number), running, NOW, 1) for number in (1, 2, 3)] == [True, True, False]
    assert [len(each.asked) for each in workers] == [1, 1]


def _not_tiny(before: Job) -> None:
    before.is_tiny = False


def _slow(before: Job) -> None:
    before.lane = "slow"


def _streaming(before: Job) -> None:
    before.answer = Answer(1, 1, CSV, "identity", -1, 0)


def _late(before: Job) -> None:
    before.dispatched = NOW - 2 * PATIENCE_S


def _has_ignored(before: Job) -> None:
    cast("Worker", before.worker).has_ignored = True


@pytest.mark.parametrize("change", [_not_tiny, _slow, _streaming, _late, _has_ignored])
def test_nothing_is_sent_behind_what_may_take_long(change: Callable[[Job], None]) -> None:
    """A job is sent behind none that is not tiny, slow, streaming, late or with a forgotten one."""
    worker, ahead = Worker(7), ahead_of()
    before = job(0, worker)
    change(before)
    assert not ahead.send(job(1), {7: before}, NOW, 4)
    assert worker.asked == []


def test_nothing_is_sent_to_a_worker_of_yesterday() -> None:
    """A worker whose data is old gets no further job."""
    worker = Worker(7)
    assert not ahead_of(is_current=False).send(job(1), {7: job(0, worker)}, NOW, 4)
    assert worker.asked == []


def test_withdrawn_jobs_are_given_back_and_ignored() -> None:
    """All that a worker was sent ahead comes back in order, and just so many are ignored."""
    worker, ahead = Worker(7), ahead_of()
    jobs = [job(number) for number in (1, 2)]
    for each in jobs:
        assert ahead.send(each, {7: job(0, worker)}, NOW, 4)
    assert ahead.withdraw(worker.link) == jobs
    assert ahead.withdraw(worker.link) == []
    assert worker.ignored == [2]
    assert list(ahead) == []
    assert ahead.take(worker.link) is None
