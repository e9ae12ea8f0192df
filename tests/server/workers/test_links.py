"""The link to a worker gives out no answer but the one that was asked for."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from allegiance_server.protocol.media_types import CSV, Formats
from allegiance_server.workers.links import WorkerLink
from allegiance_server.workers.tasks import Task
from allegiance_server.workers.wire import (
    ANSWER,
    BEGUN,
    CHUNK,
    END,
    PROBLEM,
    REQUEST,
    WHOLE,
    Answer,
    pack_answer,
    pack_go,
    pack_request,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

TASK = Task("query", "ASK {}", Formats(CSV, None))
Heard = list[tuple[int | None, bytes]]


class NoZygote:
    """Stand in for the zygote and note whom it is to kill."""

    snapshot = "name"
    generation = 3

    def __init__(self) -> None:
        """Start with nobody killed."""
        self.killed: list[int] = []

    def kill(self, pid: int) -> None:
        """Note an order."""
        self.killed.append(pid)


class Scene:
    """A link, the worker's end of it, and what was heard."""

    def __init__(self) -> None:
        """Connect both ends."""
        ours, self.worker = socket.socketpair()
        self.worker.setblocking(False)  # noqa: FBT003 - the name says it
        self.zygote = NoZygote()
        self.link = WorkerLink(42, ours, self.zygote)  # type: ignore[arg-type]  # a fake
        self.heard: Heard = []

    def ask(self, task: Task = TASK) -> None:
        """Ask, and note each frame by its kind and body."""
        self.link.ask(task, self._hear)

    def _hear(self, answer: Answer | None, body: bytes) -> None:
        self.heard.append((None if answer is None else answer.kind, body))

    async def read(self, length: int) -> bytes:
        """Read what the link sends, exactly so much."""
        received = b""
        while len(received) < length:
            received += await asyncio.get_running_loop().sock_recv(
                self.worker, length - len(received)
            )
        return received

    async def answer(self, *parts: bytes) -> None:
        """Send parts, each of which is read before the next one."""
        for part in parts:
            await asyncio.get_running_loop().sock_sendall(self.worker, part)
            await asyncio.sleep(0.005)


def frame(number: int, kind: int, body: bytes) -> bytes:
    """Write a frame as a worker does."""
    return pack_answer(number, kind, CSV, "identity", -1, len(body)) + body


def play(scene: Callable[[Scene], Coroutine[Any, Any, None]]) -> Scene:
    """Play a scene in a loop of its own, for ten seconds at most."""

    async def whole() -> Scene:
        stage = Scene()
        with stage.worker:
            try:
                await asyncio.wait_for(scene(stage), 10)
            finally:
                stage.link.close()
        return stage

    return asyncio.run(whole())


def test_frames_of_an_answer_are_heard_in_order() -> None:
    """First part, further parts and end are told apart, each with its own body."""

    async def scene(stage: Scene) -> None:
        stage.ask()
        sent = frame(1, BEGUN, b"ab") + frame(1, CHUNK, b"c" * 70_000) + frame(1, END, b"")
        await stage.answer(sent)
        await asyncio.sleep(0.05)

    heard = play(scene).heard
    assert heard == [(BEGUN, b"ab"), (CHUNK, b"c" * 70_000), (END, b"")]


@pytest.mark.parametrize("place", range(1, ANSWER.size + 5))
def test_answer_may_come_in_pieces(place: int) -> None:
    """Wherever a frame is cut on its way, it is heard once and whole."""

    async def scene(stage: Scene) -> None:
        stage.ask()
        whole = frame(1, BEGUN, b"yes") + frame(1, END, b"x")
        await stage.answer(whole[:place], whole[place:])

    assert play(scene).heard == [(BEGUN, b"yes"), (END, b"x")]


def test_request_and_leave_arrive_whole() -> None:
    """The worker reads the task, and then the leave to go on, with the id of the request."""

    async def scene(stage: Scene) -> None:
        large = Task("query", "#" * 2_000_000, Formats(CSV, None))
        expected = pack_request(1, large) + pack_go(1)
        stage.ask(large)
        stage.link.go()
        assert await stage.read(len(expected)) == expected
        await asyncio.sleep(0.01)
        stage.ask()
        *_, length = REQUEST.unpack(await stage.read(REQUEST.size))
        assert length == len(TASK.text)

    play(scene)


def test_what_is_sent_ahead_is_answered_in_its_turn() -> None:
    """Of two requests on their way, each is told its own frames, also where they come at once."""
    first: Heard = []

    def note(answer: Answer | None, body: bytes) -> None:
        first.append((None if answer is None else answer.kind, body))

    async def scene(stage: Scene) -> None:
        stage.link.ask(TASK, note)
        stage.ask()
        sent = frame(1, BEGUN, b"a") + frame(1, END, b"b") + frame(2, WHOLE, b"c")
        await stage.answer(sent)
        assert stage.link.is_clear

    assert play(scene).heard == [(WHOLE, b"c")]
    assert first == [(BEGUN, b"a"), (END, b"b")]


def test_answer_before_its_turn_ends_the_worker() -> None:
    """An answer to the second request before the first one's is heard by neither of them."""

    async def scene(stage: Scene) -> None:
        stage.ask()
        stage.ask()
        await stage.answer(frame(2, WHOLE, b"no"))

    stage = play(scene)
    assert stage.heard == [(None, b""), (None, b"")]
    assert stage.zygote.killed == [42]


def test_what_is_ignored_is_not_heard_and_the_next_is() -> None:
    """Only the last ones are for nobody; until they are answered the link says that it owes."""

    async def scene(stage: Scene) -> None:
        for _ in range(3):
            stage.ask()
        stage.link.ignore_last(2)
        assert stage.link.has_ignored
        await stage.answer(frame(1, WHOLE, b"a") + frame(2, WHOLE, b"b"))
        assert stage.link.has_ignored
        assert not stage.link.is_clear
        await stage.answer(frame(3, PROBLEM, b"c"))
        assert not stage.link.has_ignored
        assert stage.link.is_clear
        stage.ask()
        await stage.answer(frame(4, WHOLE, b"d"))

    stage = play(scene)
    assert stage.heard == [(WHOLE, b"a"), (WHOLE, b"d")]
    assert stage.zygote.killed == []


def test_large_result_for_nobody_ends_the_worker() -> None:
    """A worker that would wait for leave which nobody gives is lost, and the next is told so."""

    async def scene(stage: Scene) -> None:
        stage.ask()
        stage.link.ignore_last(1)
        stage.ask()
        await stage.answer(frame(1, BEGUN, b"a"))
        assert not stage.link.is_clear

    stage = play(scene)
    assert stage.heard == [(None, b"")]
    assert stage.zygote.killed == [42]


@pytest.mark.parametrize(
    "sent",
    [
        frame(2, WHOLE, b"yes"),
        frame(1, 9, b""),
        ANSWER.pack(1, WHOLE, 200, 0, -1, 0),
        frame(1, WHOLE, b"yes")[:-1],
        b"",
    ],
    ids=["other id", "no kind", "no type", "half", "nothing"],
)
def test_what_is_no_answer_is_not_given_out(sent: bytes) -> None:
    """An answer to another request, nonsense and half an answer end the link, and are told."""

    async def scene(stage: Scene) -> None:
        stage.ask()
        await stage.answer(sent)
        stage.worker.shutdown(socket.SHUT_WR)
        await asyncio.sleep(0.01)
        assert await stage.read(REQUEST.size)
        await stage.read(len(TASK.text))
        with pytest.raises(ConnectionError):
            await stage.answer(b"x", b"x")

    assert play(scene).heard == [(None, b"")]


def test_answer_that_nobody_asked_for_ends_the_worker() -> None:
    """Whatever comes from such a worker would be taken for the answer to the next request."""

    async def scene(stage: Scene) -> None:
        stage.ask()
        await stage.answer(frame(1, WHOLE, b"yes"))
        await stage.answer(frame(1, WHOLE, b"no"))

    stage = play(scene)
    assert stage.heard == [(WHOLE, b"yes")]
    assert stage.zygote.killed == [42]


def test_killed_worker_is_not_heard_any_more() -> None:
    """After the kill nothing is told, not even the end."""

    async def scene(stage: Scene) -> None:
        stage.ask()
        stage.link.kill()
        stage.link.go()
        await asyncio.sleep(0.01)

    stage = play(scene)
    assert stage.heard == []
    assert stage.zygote.killed == [42]


def test_processor_time_is_never_given_back() -> None:
    """What a worker has used grows while it works, and stays what it was when it is gone."""

    async def scene(stage: Scene) -> None:
        stage.link.pid = process.pid
        used: list[float] = []
        while len(used) < 2 or used[-1] == used[0]:
            await asyncio.sleep(0.05)
            used.append(stage.link.processor_s())
        process.kill()
        process.wait()
        assert used == sorted(used)
        assert stage.link.processor_s() >= used[-1] > 0

    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        try:
            play(scene)
        finally:
            process.kill()


def test_link_knows_the_data_of_its_worker() -> None:
    """A worker keeps the name and the number of the data that it was forked with."""

    async def scene(stage: Scene) -> None:
        stage.zygote.generation += 1
        assert (stage.link.snapshot, stage.link.generation) == ("name", 3)

    play(scene)
