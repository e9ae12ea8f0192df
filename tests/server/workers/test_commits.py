"""The HTTP process tells the truth about each change, whatever befalls the writer."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import signal
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyoxigraph import RdfFormat, Store

from allegiance_server.errors import (
    CommitNotParsedError,
    CommitRefusedError,
    NotFoundError,
    QueryCrashedError,
    QueryNotEvaluableError,
    QueryNotParsedError,
    QueryTimedOutError,
    SettingsError,
    StorageFullError,
    WorkersUnavailableError,
)
from allegiance_server.protocol.graph_store import Upload
from allegiance_server.settings import MIB, Settings
from allegiance_server.workers.changes import Change
from allegiance_server.workers.commits import Commits, writer_plan
from allegiance_server.workers.journal import load_base, replay
from allegiance_server.workers.writer_link import WriterEndedError, WriterLink

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from allegiance.snapshot import Snapshot
    from allegiance_server.workers.changes import WriterPlan

SHAPE = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
<https://w3id.org/allegiance/shape/owner> a sh:PropertyShape ; sh:severity sh:Violation ;
    sh:targetClass <http://e.org/Thing> ; sh:path <http://e.org/owner> ; sh:minCount 1 .
"""
# Cross products of the tiny snapshot that end, and that do not.
SLOW = "INSERT { <a:a> <a:n> ?n } WHERE { { SELECT (COUNT(*) AS ?n) WHERE { %s } } }"
ENDLESS = SLOW % " . ".join(f"?a{n} ?b{n} ?c{n}" for n in range(12))


class Readers:
    """Stand in for the supervisor: remember what was published, fail when told to."""

    def __init__(self) -> None:
        """Start with nothing published."""
        self.published: list[tuple[Path, str]] = []
        self.error: Exception | None = None

    async def publish(self, patch: Path, name: str) -> None:
        """Take note of a commit."""
        assert patch.name.endswith(f"{name}.patch")
        if self.error is not None:
            raise self.error
        self.published.append((patch, name))


class Scene:
    """Hold a started writer, what it writes for, and where."""

    def __init__(self, commits: Commits, readers: Readers, plan: WriterPlan) -> None:
        """Keep them."""
        self.commits = commits
        self.readers = readers
        self.plan = plan

    async def update(self, text: str) -> None:
        """Make an update."""
        await self.commits.commit(Change("update", text=text))

    def objects(self) -> list[str]:
        """Return the objects of e:p that a restart would find, sorted."""
        store = Store()
        load_base(store, Path(self.plan.nquads))
        replay(store, Path(self.plan.commit_dir), self.plan.name)
        content = (store.dump(format=RdfFormat.N_QUADS) or b"").decode()
        return sorted(line.split('"')[1] for line in content.split("\n") if "/e.org/p>" in line)


Play = "Callable[[Scene], Awaitable[None]]"


@pytest.fixture
def plan(tmp_path: Path, snapshot: Snapshot) -> WriterPlan:
    """Return the plan of a writer on the tiny snapshot, with one shape."""
    (tmp_path / "shapes").mkdir()
    (tmp_path / "shapes" / "example.ttl").write_text(SHAPE, encoding="utf-8")
    settings = Settings(
        writable=True,
        write_token_sha256="0" * 64,
        commit_dir=str(tmp_path / "commits"),
        worker_memory_bytes=256 * MIB,
    )
    prefixes = {"e": "http://e.org/"}
    return writer_plan(settings, snapshot, prefixes, "http://base.org/", str(tmp_path / "shapes"))


@pytest.fixture
def play(plan: WriterPlan) -> Callable[..., Scene]:
    """Run a coroutine function with a started writer."""

    def run(act: Callable[[Scene], Awaitable[None]], timeout_s: float = 20) -> Scene:
        async def whole() -> Scene:
            readers = Readers()
            commits = Commits(Settings(commit_timeout_s=timeout_s), plan, readers)
            scene = Scene(commits, readers, plan)
            await commits.start()
            try:
                await act(scene)
            finally:
                await commits.stop()
            return scene

        return asyncio.run(whole())

    return run


def test_a_commit_is_kept_then_published_then_answered(play: Callable[..., Scene]) -> None:
    """When a change is answered, readers have been told of it; what changes nothing is not told."""

    async def act(scene: Scene) -> None:
        first = await scene.commits.commit(Change("update", text="INSERT DATA { e:a e:p 1 }"))
        assert (first.added, first.removed) == (1, 0)
        assert [name for _, name in scene.readers.published] == [first.name]
        again = await scene.commits.commit(Change("update", text="INSERT DATA { e:a e:p 1 }"))
        assert (again.name, again.added) == (first.name, 0)
        assert len(scene.readers.published) == 1

    assert play(act).objects() == ["1"]


def test_each_refusal_has_its_error(play: Callable[..., Scene]) -> None:
    """Every reason for which a change is not made is told as an error of its own."""

    def put(body: bytes) -> Change:
        return Change("put", graph="http://e.org/g", uploads=(Upload("text/turtle", body),))

    async def act(scene: Scene) -> None:
        with pytest.raises(QueryNotParsedError) as unparsed:
            await scene.update("CLEAR XYZ")
        assert (unparsed.value.line, unparsed.value.column) == (1, 10)
        with pytest.raises(CommitNotParsedError) as upload:
            await scene.commits.commit(put(b"\n<a> ."))
        assert upload.value.line == 2
        with pytest.raises(NotFoundError):
            await scene.commits.commit(Change("delete", graph="http://e.org/none"))
        with pytest.raises(QueryNotEvaluableError):
            await scene.update("INSERT DATA { GRAPH e:g { e:a e:q 1 } } ; CREATE GRAPH e:g")
        with pytest.raises(CommitRefusedError) as refused:
            await scene.update("INSERT DATA { e:lamp a e:Thing }")
        assert [dict(each)["focus"] for each in refused.value.report] == ["http://e.org/lamp"]

    scene = play(act)
    assert scene.objects() == []
    assert scene.readers.published == []


def test_changes_wait_for_one_another(play: Callable[..., Scene]) -> None:
    """Changes sent at once are made one after the other; each is published in its turn."""

    async def act(scene: Scene) -> None:
        await asyncio.gather(*(scene.update(f"INSERT DATA {{ e:a e:p {n} }}") for n in range(9)))
        names = [path.name[:8] for path, _ in scene.readers.published]
        assert names == [f"{n:08d}" for n in range(1, 10)]

    assert play(act).objects() == [str(n) for n in range(9)]


def test_a_client_that_leaves_does_not_stop_its_commit(play: Callable[..., Scene]) -> None:
    """A change whose client is gone is still made whole, and published."""

    async def act(scene: Scene) -> None:
        task = asyncio.create_task(scene.update("INSERT DATA { e:a e:p 1 }"))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await scene.update("INSERT DATA { e:a e:p 2 }")
        assert len(scene.readers.published) == 2

    assert play(act).objects() == ["1", "2"]


def test_an_overrun_is_stopped_and_the_next_change_made(play: Callable[..., Scene]) -> None:
    """A change past its deadline is stopped, nothing of it is kept, and another writer is there."""

    async def act(scene: Scene) -> None:
        before = scene.commits.writer
        with pytest.raises(QueryTimedOutError, match="Nothing was changed"):
            await scene.update(ENDLESS)
        await scene.update("INSERT DATA { e:a e:p 1 }")
        assert scene.commits.writer != before

    assert play(act, timeout_s=2).objects() == ["1"]


def test_a_change_that_takes_all_memory_is_told_so(play: Callable[..., Scene]) -> None:
    """A change that brings its writer down is not tried again, and the next one is made."""
    doublings = " ".join(f"BIND(CONCAT(?x{i}, ?x{i}) AS ?x{i + 1})" for i in range(40))
    bomb = f'INSERT {{ e:a e:p ?n }} WHERE {{ BIND("0123456789" AS ?x0) {doublings} BIND(STRLEN(?x40) AS ?n) }}'  # noqa: E501

    async def act(scene: Scene) -> None:
        with pytest.raises(QueryCrashedError, match="Nothing was changed"):
            await scene.update(bomb)
        await scene.update("INSERT DATA { e:a e:p 1 }")

    assert play(act).objects() == ["1"]


def test_no_room_is_told_and_the_service_goes_on(play: Callable[..., Scene]) -> None:
    """Where a file cannot grow, the change is refused; with room again, the next one is made."""

    async def act(scene: Scene) -> None:
        pid = scene.commits.writer
        assert pid is not None
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (64, resource.RLIM_INFINITY))
        with pytest.raises(StorageFullError, match="Nothing was changed"):
            await scene.update("INSERT DATA { e:a e:p 1 }")
        with pytest.raises(StorageFullError):
            await scene.update("INSERT { ?s e:p 1 } WHERE { ?s ?p ?o }")
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (2**30, resource.RLIM_INFINITY))
        await scene.update("INSERT DATA { e:a e:p 2 }")
        assert scene.commits.writer == pid

    scene = play(act)
    assert scene.objects() == ["2"]
    assert [path.name for path in Path(scene.plan.commit_dir).glob(".*")] == []


def test_killed_writers_cost_nothing(play: Callable[..., Scene]) -> None:
    """What was answered is there and what was refused is not, however often writers die."""
    chance = random.Random(7)  # noqa: S311 - moments, not secrets
    made: list[str] = []
    kills: list[int] = []

    async def kill(scene: Scene) -> None:
        while len(kills) < 6:
            await asyncio.sleep(chance.uniform(0.0, 0.1))
            link = scene.commits._link  # noqa: SLF001 - by its id alone, a stranger could be killed
            if link is not None:
                link._parent.kill(link.pid)  # noqa: SLF001 - which knows whether it still lives
                kills.append(1)

    async def act(scene: Scene) -> None:
        killer = asyncio.create_task(kill(scene))
        number = 0
        while not killer.done():
            number += 1
            try:
                await scene.update(f"INSERT DATA {{ e:a{number} e:p {number} }}")
            except WorkersUnavailableError as error:
                assert "Nothing was changed" in error.detail  # noqa: PT017 - not always raised
            else:
                made.append(str(number))
        await killer

    scene = play(act)
    assert scene.objects() == sorted(made)
    assert len({name for _, name in scene.readers.published}) == len(made)


def test_another_writer_is_there_in_a_moment(play: Callable[..., Scene]) -> None:
    """A killed writer is replaced by a fork of the same parent, which has caught up by then."""

    async def act(scene: Scene) -> None:
        await scene.update("INSERT DATA { e:a e:p 1 }")
        parent, before = scene.commits._parent, scene.commits.writer  # noqa: SLF001 - whose ids are no part of the interface
        assert parent is not None
        assert before is not None
        parent.kill(before)
        await parent.end_of(before)
        await scene.update("INSERT DATA { e:a e:p 2 } ; DELETE DATA { e:a e:p 1 }")
        assert scene.commits.writer != before
        assert scene.commits._parent is parent  # noqa: SLF001

    scene = play(act)
    assert scene.objects() == ["2"]
    assert [path.name[:8] for path, _ in scene.readers.published] == ["00000001", "00000002"]


def test_a_killed_parent_is_replaced_with_its_writer(play: Callable[..., Scene]) -> None:
    """When the parent of the writers is killed, its writer ends; what was acknowledged is there."""
    pids: list[int | None] = []

    async def act(scene: Scene) -> None:
        await scene.update("INSERT DATA { e:a e:p 1 }")
        pids.append(scene.commits.writer)
        parent = scene.commits._parent  # noqa: SLF001
        assert parent is not None
        os.kill(parent.pid, signal.SIGKILL)
        await scene.update("INSERT DATA { e:a e:p 2 }")
        assert scene.commits.writer not in pids

    assert play(act).objects() == ["1", "2"]
    status = Path(f"/proc/{pids[0]}/status")
    assert not status.exists() or "State:\tZ" in status.read_text(encoding="ascii")


def test_a_commit_whose_writer_dies_before_it_answers_is_known(
    play: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the writer has kept a change and dies before it says so, the client is told that it is."""
    ask = WriterLink.ask

    async def ask_and_lose(link: WriterLink, request: str, change: Change) -> dict[str, object]:
        await ask(link, request, change)
        raise WriterEndedError(-signal.SIGKILL)

    async def act(scene: Scene) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(WriterLink, "ask", ask_and_lose)
            committed = await scene.commits.commit(
                Change("update", text="INSERT DATA { e:a e:p 1 }")
            )
        assert [name for _, name in scene.readers.published] == [committed.name]
        await scene.update("INSERT DATA { e:a e:p 2 }")

    assert play(act).objects() == ["1", "2"]


def test_what_cannot_be_published_is_not_forgotten(play: Callable[..., Scene]) -> None:
    """If readers cannot be told, the client learns that its change is kept; the next one tells."""

    async def act(scene: Scene) -> None:
        scene.readers.error = WorkersUnavailableError("The parent ended.", "Wait.")
        with pytest.raises(WorkersUnavailableError, match="is kept"):
            await scene.update("INSERT DATA { e:a e:p 1 }")
        scene.readers.error = None
        await scene.update("INSERT DATA { e:a e:p 2 }")
        assert [path.name[:8] for path, _ in scene.readers.published] == ["00000001", "00000002"]

    assert play(act).objects() == ["1", "2"]


def test_readers_that_never_take_a_commit_up_do_not_hold_its_client(
    play: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If readers do not come to a commit in time, the client learns that its change is kept."""

    async def never(_: Path, __: str) -> None:
        await asyncio.sleep(60)

    async def act(scene: Scene) -> None:
        scene.commits._publish_timeout_s = 0.1  # noqa: SLF001 - a minute would be long to wait
        with monkeypatch.context() as patch:
            patch.setattr(scene.readers, "publish", never)
            with pytest.raises(WorkersUnavailableError, match=r"is kept.*too long"):
                await scene.update("INSERT DATA { e:a e:p 1 }")
        await scene.update("INSERT DATA { e:a e:p 2 }")
        assert len(scene.readers.published) == 2

    assert play(act).objects() == ["1", "2"]


def test_a_stopped_writer_takes_nothing(play: Callable[..., Scene]) -> None:
    """After the stop a change is refused, and the process is gone."""
    pids: list[int | None] = []

    async def act(scene: Scene) -> None:
        pids.append(scene.commits.writer)
        await scene.commits.stop()
        with pytest.raises(WorkersUnavailableError, match="stopping"):
            await scene.update("INSERT DATA { e:a e:p 1 }")

    assert play(act).objects() == []
    assert not Path(f"/proc/{pids[0]}").exists()


def test_a_journal_that_cannot_be_used_stops_the_start(plan: WriterPlan) -> None:
    """A journal on another base, and one that another server writes, are errors of the settings."""

    async def start(chosen: WriterPlan) -> None:
        commits = Commits(Settings(), chosen, Readers())
        try:
            await commits.start()
            with pytest.raises(SettingsError, match="Another server"):
                await Commits(Settings(), chosen, Readers()).start()
        finally:
            await commits.stop()

    asyncio.run(start(plan))
    with pytest.raises(SettingsError, match="stand on the snapshot tiny"):
        asyncio.run(start(replace(plan, name="another")))


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"write_token_sha256": ""}, "write_token_sha256"),
        ({"commit_dir": ""}, "commit_dir"),
        ({"store": "disk"}, "store"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(
    snapshot: Snapshot, changes: dict[str, str], names: str
) -> None:
    """To write needs a token, a folder and a store in memory; the error names what is missing."""
    good = {"writable": True, "write_token_sha256": "0" * 64, "commit_dir": "commits"}

    with pytest.raises(SettingsError, match=names):
        writer_plan(Settings(**{**good, **changes}), snapshot, {}, "http://base.org/", "")  # type: ignore[arg-type]
