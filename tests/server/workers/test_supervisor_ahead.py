"""Tiny queries are sent ahead to busy workers, and none of them is lost, late or mistaken."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
from supervision import drop, settled

from allegiance_server.errors import ServerError, WorkersUnavailableError
from allegiance_server.workers import ahead as ahead_module
from allegiance_server.workers import lanes
from allegiance_server.workers.ahead import Ahead
from allegiance_server.workers.journal import Delta, Journal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from allegiance.snapshot import Snapshot
    from allegiance_server.workers.jobs import Job
    from allegiance_server.workers.supervisor import Supervisor
    from allegiance_server.workers.tasks import Task

    Asked = Callable[[str], Task]
    Supervise = Callable[..., Any]

PATIENT = {"query_timeout_s": 15, "demotion_threshold_s": 30}
# Such queries take a tenth of a millisecond; a runaway in front ends never.
SOON_S = 1.0


def tiny(number: int) -> str:
    """Return a query with an answer of its own."""
    return f"SELECT ({number} AS ?n) {{}}"


def answer_to(number: int) -> bytes:
    """Return what that query is answered with."""
    return b"n\r\n%d\r\n" % number


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """List the process id of the worker that each job is sent to ahead."""
    pids: list[int] = []
    send = Ahead.send

    def note(self: Ahead, job: Job, *rest: Any) -> bool:  # noqa: ANN401 - as they are
        if not send(self, job, *rest):
            return False
        pid = self.find(job)
        assert pid is not None
        pids.append(pid)
        return True

    monkeypatch.setattr(Ahead, "send", note)
    # A busy machine counts more processor time for the same work, and stops us in between.
    monkeypatch.setattr(lanes, "TINY_QUERY_S", 1.0)
    monkeypatch.setattr(ahead_module, "PATIENCE_S", 1000.0)
    return pids


@pytest.fixture
def commit(tmp_path: Path, snapshot: Snapshot) -> tuple[Path, str]:
    """Keep a commit of one triple; give its file and the name of the data as of it."""
    line = b"<http://e.org/1> <http://e.org/p> <http://e.org/o> ."
    journal = Journal(tmp_path, snapshot.name)
    return journal.append(Delta(frozenset(), frozenset({line})), "r"), journal.head


async def warm_up(supervisor: Supervisor, make: Asked) -> None:
    """Let the client be known for tiny queries."""
    await settled(supervisor)
    for number in range(40):
        await supervisor.whole(make(tiny(number)), client="a")


async def ask(supervisor: Supervisor, task: Task) -> bytes:
    """Ask as the client that is known for tiny queries."""
    return (await supervisor.whole(task, client="a"))[1]


async def ask_behind(
    supervisor: Supervisor, sent: list[int], front: Task, *behind: Task
) -> tuple[asyncio.Task[bytes], list[asyncio.Task[bytes]]]:
    """Ask one query, and the others so soon that they are sent behind it."""
    count = len(sent)
    first, *others = (asyncio.create_task(ask(supervisor, each)) for each in (front, *behind))
    await asyncio.sleep(0)
    assert len(sent) == count + len(behind)
    assert len(set(sent[count:])) <= 1
    return first, others


def test_each_query_gets_its_own_answer(
    supervise: Supervise, asked: Asked, sent: list[int]
) -> None:
    """Of 500 queries, sixteen at a time, most are sent ahead and all are answered rightly."""

    async def scene(supervisor: Supervisor) -> None:
        await warm_up(supervisor, asked)
        sent.clear()
        for start in range(0, 500, 16):
            numbers = range(start, min(start + 16, 500))
            answers = await asyncio.gather(
                *(ask(supervisor, asked(tiny(number))) for number in numbers)
            )
            assert answers == [answer_to(number) for number in numbers]
        assert supervisor.running == ()

    supervise(scene, **PATIENT)
    assert len(sent) > 100


def test_runaway_delays_those_behind_it_by_no_more_than_a_tick(
    supervise: Supervise, asked: Asked, runaway: str, sent: list[int]
) -> None:
    """Queries behind one that takes long against expectation are answered by another worker."""

    async def scene(supervisor: Supervisor) -> None:
        await warm_up(supervisor, asked)
        behind = [asked(tiny(number)) for number in (1, 2, 3)]
        first, others = await ask_behind(supervisor, sent, asked(runaway), *behind)
        began = time.monotonic()
        assert await asyncio.gather(*others) == [answer_to(number) for number in (1, 2, 3)]
        assert time.monotonic() - began < SOON_S
        assert [each.query for each in supervisor.running] == [runaway]
        await drop(first)

    supervise(scene, **PATIENT)


def test_killed_worker_loses_nothing_that_was_sent_ahead(
    supervise: Supervise, asked: Asked, runaway: str, sent: list[int]
) -> None:
    """A worker that is killed from outside has what it was to do done by others."""

    async def scene(supervisor: Supervisor) -> None:
        await warm_up(supervisor, asked)
        behind = [asked(tiny(number)) for number in (1, 2, 3)]
        first, others = await ask_behind(supervisor, sent, asked(runaway), *behind)
        os.kill(sent[-1], signal.SIGKILL)
        assert await asyncio.gather(*others) == [answer_to(number) for number in (1, 2, 3)]
        assert not first.done()
        assert [each.query for each in supervisor.running] == [runaway]
        await drop(first)
        for number in range(5):
            crowd = [asyncio.create_task(ask(supervisor, asked(tiny(each)))) for each in range(16)]
            await asyncio.sleep(0)
            os.kill(supervisor.workers[number % len(supervisor.workers)], signal.SIGKILL)
            assert await asyncio.gather(*crowd) == [answer_to(each) for each in range(16)]

    supervise(scene, **PATIENT)


def test_only_the_abandoned_one_is_given_up(
    supervise: Supervise, asked: Asked, runaway: str, sent: list[int]
) -> None:
    """A client that leaves one query which was sent ahead gets the answers to its others."""

    async def scene(supervisor: Supervisor) -> None:
        await warm_up(supervisor, asked)
        behind = [asked(tiny(number)) for number in (1, 2, 3)]
        first, others = await ask_behind(supervisor, sent, asked(runaway), *behind)
        await drop(others.pop(1))
        assert await asyncio.gather(*others) == [answer_to(1), answer_to(3)]
        assert [each.query for each in supervisor.running] == [runaway]
        await drop(first)

    supervise(scene, **PATIENT)


def test_abandoned_runaway_is_in_nobodys_way(
    supervise: Supervise, asked: Asked, runaway: str, sent: list[int]
) -> None:
    """A worker that comes to what is for nobody is given to nobody until it is through with it."""

    async def scene(supervisor: Supervisor) -> None:
        await warm_up(supervisor, asked)
        for number in range(4):
            first, [left] = await ask_behind(supervisor, sent, asked(tiny(number)), asked(runaway))
            await drop(left)
            assert await first == answer_to(number)
            for client in "abcd":
                asking = supervisor.whole(asked(tiny(number)), client=client)
                assert (await asyncio.wait_for(asking, 5))[1] == answer_to(number)

    supervise(scene, **PATIENT)


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_what_was_sent_ahead_can_be_ended(
    supervise: Supervise, asked: Asked, runaway: str, sent: list[int], how: str
) -> None:
    """The end of the server, or an operator, ends what was sent ahead, which is told so."""

    async def scene(supervisor: Supervisor) -> None:
        await warm_up(supervisor, asked)
        behind = [asked(tiny(number)) for number in (1, 2)]
        first, others = await ask_behind(supervisor, sent, asked(runaway), *behind)
        if how == "stop":
            await supervisor.stop()
        else:
            assert [supervisor.kill(each.id) for each in supervisor.running] == [True] * 3
        outcomes = await asyncio.gather(first, *others, return_exceptions=True)
        assert all(isinstance(each, ServerError) for each in outcomes)
        if how == "stop":
            assert {type(each) for each in outcomes} == {WorkersUnavailableError}
        assert supervisor.running == ()

    supervise(scene, **PATIENT)


def test_nothing_is_sent_ahead_to_old_data(
    supervise: Supervise,
    asked: Asked,
    commit: tuple[Path, str],
    runaway: str,
    sent: list[int],
) -> None:
    """Once a commit is published, a worker that was busy meanwhile gets no further query."""
    patch, name = commit

    async def scene(supervisor: Supervisor) -> None:
        await warm_up(supervisor, asked)
        old = supervisor.workers
        first, _ = await ask_behind(supervisor, sent, asked(runaway))
        await supervisor.publish(patch, name)
        sent.clear()
        for start in range(0, 64, 16):
            crowd = [ask(supervisor, asked(tiny(number))) for number in range(start, start + 16)]
            assert await asyncio.gather(*crowd) == [
                answer_to(number) for number in range(start, start + 16)
            ]
        assert sent
        assert not set(sent) & set(old)
        assert (await supervisor.open(asked(tiny(1)), client="a")).snapshot == name
        await drop(first)

    supervise(
        scene,
        commit_dir=str(patch.parent.parent),
        writable=True,
        write_token_sha256="0" * 64,
        **PATIENT,
    )
