"""Other data is taken up and commits are published under a constant stream of questions."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from supervision import COUNT, LONG, eventually, parent_of, settled, start

from allegiance_server.errors import (
    WorkersUnavailableError,
)
from allegiance_server.workers.journal import Delta, Journal

if TYPE_CHECKING:
    from collections.abc import Callable

    from allegiance.snapshot import Snapshot
    from allegiance_server.workers.plan import Plan
    from allegiance_server.workers.supervisor import Supervisor
    from allegiance_server.workers.tasks import Task

    Asked = Callable[[str], Task]
    Supervise = Callable[..., Any]


class Crowd:
    """Ask for the count of triples over and over, four at a time, and note the answers."""

    def __init__(self, supervisor: Supervisor, task: Task) -> None:
        """Start to ask."""
        self._supervisor = supervisor
        self._task = task
        self._is_over = False
        self._by_round: list[list[tuple[str, int]]] = [[]]
        self._clients = [start(self._ask(f"client {number}")) for number in range(4)]

    @property
    def answers(self) -> list[tuple[str, int]]:
        """Return all answers so far, each by the name of its data and the count."""
        return [answer for answers in self._by_round for answer in answers]

    async def end(self) -> None:
        """Ask no more; raises what any of the clients had raised."""
        self._is_over = True
        await asyncio.gather(*self._clients)

    async def more(self) -> list[tuple[str, int]]:
        """Return some answers to questions that are asked from now on."""
        answers: list[tuple[str, int]] = []
        self._by_round.append(answers)
        await eventually(lambda: len(answers) >= 20)
        return answers

    async def _ask(self, client: str) -> None:
        while not self._is_over:
            answers = self._by_round[-1]
            result = await self._supervisor.open(self._task, client=client)
            answers.append((result.snapshot, int(result.body.split()[1])))


def other_plan(plan: Plan, folder: Path) -> Plan:
    """Make a plan for data of one triple more."""
    graph = folder / "other.nq"
    content = Path(plan.nquads).read_bytes()
    graph.write_bytes(content + b"<http://e.org/s> <http://e.org/p> <http://e.org/o> .\n")
    return replace(plan, name="other", nquads=str(graph))


def test_other_snapshot_is_taken_up_under_load(
    supervise: Supervise, asked: Asked, plan: Plan, tmp_path: Path
) -> None:
    """No question is lost, each is answered from what it is said to be, later ones from the new."""

    async def scene(supervisor: Supervisor) -> None:
        crowd = Crowd(supervisor, asked(COUNT))
        assert set(await crowd.more()) == {(plan.name, 12)}
        count = len(await settled(supervisor))
        before = parent_of(supervisor.workers[0])
        await supervisor.take_up(other_plan(plan, tmp_path))
        assert supervisor.snapshot == "other"
        assert set(await crowd.more()) == {("other", 13)}
        await crowd.end()
        assert set(crowd.answers) == {(plan.name, 12), ("other", 13)}
        await eventually(lambda: not Path(f"/proc/{before}").exists())
        assert len(await settled(supervisor)) == count

    supervise(scene, query_timeout_s=30)


def test_running_query_ends_on_the_data_that_it_began_with(
    supervise: Supervise, asked: Asked, plan: Plan, tmp_path: Path
) -> None:
    """What runs while other data is taken up is not disturbed, and says what it was made from."""

    async def scene(supervisor: Supervisor) -> None:
        asking = start(supervisor.open(asked(LONG)))
        await asyncio.sleep(0.02)
        await supervisor.take_up(other_plan(plan, tmp_path))
        result = await asking
        counts = {plan.name: 12**6, "other": 13**6}
        assert int(result.body.split()[1]) == counts[result.snapshot]

    supervise(scene, query_timeout_s=60)


def test_unusable_snapshot_leaves_the_old_one(
    supervise: Supervise, asked: Asked, plan: Plan, tmp_path: Path
) -> None:
    """Where the new data cannot be loaded the old is served on, even by a zygote started anew."""

    async def scene(supervisor: Supervisor) -> None:
        with pytest.raises(WorkersUnavailableError):
            await supervisor.take_up(replace(plan, name="none", nquads=str(tmp_path / "none")))
        assert supervisor.snapshot == plan.name
        assert (await supervisor.whole(asked(COUNT)))[1] == b"n\r\n12\r\n"
        killed = await settled(supervisor)
        os.kill(parent_of(killed[0]), signal.SIGKILL)
        await eventually(lambda: not set(killed) & set(supervisor.workers))
        assert (await supervisor.whole(asked(COUNT)))[1] == b"n\r\n12\r\n"

    supervise(scene, query_timeout_s=30)


def test_zygote_that_dies_while_another_is_loading_takes_nothing_with_it(
    supervise: Supervise, asked: Asked, plan: Plan, tmp_path: Path
) -> None:
    """The death of the old parent neither fails nor ends the wait for the new data."""

    async def scene(supervisor: Supervisor) -> None:
        crowd = Crowd(supervisor, asked(COUNT))
        taking = start(supervisor.take_up(other_plan(plan, tmp_path)))
        await asyncio.sleep(0)
        os.kill(parent_of(supervisor.workers[0]), signal.SIGKILL)
        await taking
        assert supervisor.snapshot == "other"
        assert set(await crowd.more()) == {("other", 13)}
        await crowd.end()

    supervise(scene, query_timeout_s=30)


def test_stop_ends_the_wait_for_other_data(
    supervise: Supervise, plan: Plan, tmp_path: Path
) -> None:
    """Whoever waits for data to be taken up when the server stops is told."""

    async def scene(supervisor: Supervisor) -> None:
        taking = start(supervisor.take_up(other_plan(plan, tmp_path)))
        await asyncio.sleep(0)
        await supervisor.stop()
        with pytest.raises(WorkersUnavailableError, match="stopping"):
            await taking

    supervise(scene)


WRITABLE = {"writable": True, "write_token_sha256": "0" * 64, "query_timeout_s": 30}


class Commits:
    """Append commits of one triple each to the journal of a snapshot."""

    def __init__(self, folder: Path, name: str) -> None:
        """Begin the journal."""
        self._journal = Journal(folder, name)
        self._numbers = itertools.count()

    def append(self) -> tuple[Path, str]:
        """Keep one more; return its file and the name of the data as of it."""
        line = b"<http://e.org/%d> <http://e.org/p> <http://e.org/o> ." % next(self._numbers)
        path = self._journal.append(Delta(frozenset(), frozenset({line})), "r")
        return path, self._journal.head


def test_commits_are_published_under_load(
    supervise: Supervise, asked: Asked, snapshot: Snapshot, tmp_path: Path
) -> None:
    """No question is lost, none sees less than one before it, and published is seen by all."""
    commits = Commits(tmp_path, snapshot.name)

    async def scene(supervisor: Supervisor) -> None:
        crowd = Crowd(supervisor, asked(COUNT))
        known = {snapshot.name: 12}
        workers = len(await settled(supervisor))
        for count in (13, 14, 15):
            patch, name = commits.append()
            known[name] = count
            await supervisor.publish(patch, name)
            assert supervisor.snapshot == name
            assert set(await crowd.more()) == {(name, count)}
        await crowd.end()
        assert {known[name] - count for name, count in crowd.answers} == {0}
        assert len(await settled(supervisor)) == workers

    supervise(scene, commit_dir=str(tmp_path), **WRITABLE)


@pytest.mark.parametrize("is_killed_first", [True, False])
def test_commit_is_published_although_the_zygote_is_killed(
    supervise: Supervise,
    asked: Asked,
    snapshot: Snapshot,
    tmp_path: Path,
    is_killed_first: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """The zygote that takes the place of the killed one reads the commit from the journal."""
    commits = Commits(tmp_path, snapshot.name)

    async def scene(supervisor: Supervisor) -> None:
        crowd = Crowd(supervisor, asked(COUNT))
        zygote = parent_of(supervisor.workers[0])
        patch, name = commits.append()
        if is_killed_first:
            os.kill(zygote, signal.SIGKILL)
        publishing = start(supervisor.publish(patch, name))
        await asyncio.sleep(0)
        if not is_killed_first:
            os.kill(zygote, signal.SIGKILL)
        await asyncio.wait_for(publishing, 20)
        assert set(await crowd.more()) == {(name, 13)}
        await crowd.end()
        assert set(crowd.answers) <= {(snapshot.name, 12), (name, 13)}

    supervise(scene, commit_dir=str(tmp_path), **WRITABLE)
