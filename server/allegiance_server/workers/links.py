"""The HTTP process's ends of its two kinds of link: to the zygote, and to one worker."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from allegiance_server.workers.parent_link import ParentLink
from allegiance_server.workers.wire import (
    ANSWER,
    END,
    PROBLEM,
    WHOLE,
    Answer,
    pack_go,
    pack_request,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from allegiance_server.workers.plan import Plan
    from allegiance_server.workers.tasks import Task

__all__ = [
    "DataChanged",
    "DataLoaded",
    "ForkRefused",
    "WorkerEnded",
    "WorkerForked",
    "WorkerLink",
    "ZygoteEnded",
    "ZygoteEvent",
    "ZygoteLink",
]

# The kinds of frame after which no other one follows to a request.
LAST: Final = frozenset({WHOLE, END, PROBLEM})
# Larger ones would be mapped and unmapped by the allocator on every read.
READ_BYTES: Final = 64 * 1024
# With the process id, the number of the clock that tells another process's processor time.
CPUCLOCK_SCHED: Final = 2


@dataclass(frozen=True, slots=True)
class DataLoaded:
    """Tell that the data is there, under which name, and how workers are kept off the network."""

    name: str
    network: str


@dataclass(frozen=True, slots=True)
class DataChanged:
    """Tell that a commit is applied: workers forked from now on see it."""

    name: str


@dataclass(frozen=True, slots=True)
class WorkerForked:
    """Tell of a new worker."""

    worker: WorkerLink


@dataclass(frozen=True, slots=True)
class WorkerEnded:
    """Tell that a worker is gone; the status is that of waitpid."""

    pid: int
    status: int


@dataclass(frozen=True, slots=True)
class ForkRefused:
    """Tell that the system refused to make a process."""


@dataclass(frozen=True, slots=True)
class ZygoteEnded:
    """Tell that the zygote is gone, and its workers with it."""

    reason: str


ZygoteEvent = DataLoaded | DataChanged | WorkerForked | WorkerEnded | ForkRefused | ZygoteEnded


class _Expected:
    """Hold the id of a request that is not answered yet, and who hears of it; None: nobody."""

    __slots__ = ("hear", "id")

    def __init__(self, number: int, hear: Callable[[Answer | None, bytes], None]) -> None:
        self.id = number
        self.hear: Callable[[Answer | None, bytes], None] | None = hear


class WorkerLink:
    """Ask one worker, one request at a time, by callbacks: a coroutine for each would cost more.

    `snapshot` names the data that the worker has; `generation` grows with each change of it.
    """

    def __init__(self, pid: int, connection: socket.socket, zygote: ZygoteLink) -> None:
        """Take over the connection."""
        connection.setblocking(False)  # noqa: FBT003 - the name says it
        self.pid = pid
        self.zygote = zygote
        self.snapshot = zygote.snapshot
        self.generation = zygote.generation
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(connection, self._on_readable)
        self._asked = 0
        self._processor_s = 0.0
        self._expected: deque[_Expected] = deque()
        self._received = bytearray()
        self._unsent = bytearray()

    def ask(self, task: Task, hear: Callable[[Answer | None, bytes], None]) -> None:
        """Send a task; `hear` is called with each frame of the answer, with None if it breaks.

        One may be sent ahead while another is answered; the answers come in the same order.
        """
        self._asked += 1
        self._expected.append(_Expected(self._asked, hear))
        self._send(pack_request(self._asked, task))

    def ignore_last(self, count: int) -> None:
        """Let whatever comes of so many tasks, the last ones, be for nobody."""
        for expected in list(self._expected)[-count:]:
            expected.hear = None

    @property
    def is_clear(self) -> bool:
        """Tell whether it is alive, as far as known, and owes no answer, not even to nobody."""
        return not self._expected and self._connection.fileno() >= 0

    @property
    def has_ignored(self) -> bool:
        """Tell whether it has yet to come to something that is for nobody."""
        return bool(self._expected) and self._expected[-1].hear is None

    def processor_s(self) -> float:
        """Return the processor time that the worker has used in its life, in seconds.

        Of one that is gone, it is what was known of it last: time is never given back.
        """
        with suppress(OSError):
            self._processor_s = time.clock_gettime((~self.pid << 3) | CPUCLOCK_SCHED)
        return self._processor_s

    def go(self) -> None:
        """Let the worker send the rest of a result that is too large for its spool."""
        if self._expected:
            self._send(pack_go(self._expected[0].id))

    def kill(self) -> None:
        """End the worker, whatever it does."""
        self._expected.clear()
        self.close()
        self.zygote.kill(self.pid)

    @property
    def is_open(self) -> bool:
        """Tell whether the worker can be asked, as far as is known."""
        return self._connection.fileno() >= 0

    def close(self) -> None:
        """Let go of the connection; the worker ends by that when it next looks."""
        if self._connection.fileno() >= 0:
            self._loop.remove_reader(self._connection)
            self._loop.remove_writer(self._connection)
            self._connection.close()

    def _send(self, frame: bytes) -> None:
        if self._unsent:
            self._unsent += frame
            return
        try:
            sent = self._connection.send(frame)
        except BlockingIOError:
            sent = 0
        except OSError:
            # It is gone: `_on_readable` says so.
            return
        if sent < len(frame):
            self._unsent += frame[sent:]
            self._loop.add_writer(self._connection, self._on_writable)

    def _on_writable(self) -> None:
        self._loop.remove_writer(self._connection)
        frame = bytes(self._unsent)
        self._unsent.clear()
        self._send(frame)

    def _on_readable(self) -> None:
        try:
            received = self._connection.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            received = b""
        if not received:
            self._lose()
            return
        if not self._received and len(received) >= ANSWER.size:
            # Most answers come in one piece: they are not copied into the buffer first.
            answer = self._unpack(received)
            if answer is not None and len(received) == ANSWER.size + answer.length:
                self._tell(answer, received[ANSWER.size :])
                return
        self._received += received
        self._read_frames()

    def _read_frames(self) -> None:
        while len(self._received) >= ANSWER.size:
            answer = self._unpack(self._received)
            if answer is None:
                # It writes what no worker would: nothing of it can be believed.
                self._lose()
                return
            end = ANSWER.size + answer.length
            if len(self._received) < end:
                return
            body = bytes(memoryview(self._received)[ANSWER.size : end])
            del self._received[:end]
            self._tell(answer, body)

    @staticmethod
    def _unpack(received: bytes | bytearray) -> Answer | None:
        try:
            return Answer.unpack(received[: ANSWER.size])
        except ValueError:
            return None

    def _tell(self, answer: Answer, body: bytes) -> None:
        expected = self._expected[0] if self._expected else None
        if expected is None or answer.id != expected.id:
            # An answer that nobody asked for: whatever comes from it now belongs to nobody.
            self._lose()
            return
        if answer.kind in LAST:
            self._expected.popleft()
        if expected.hear is not None:
            expected.hear(answer, body)
        elif answer.kind not in LAST:
            self._lose()  # it would wait for leave to go on with what nobody wants

    def _lose(self) -> None:
        self.close()
        self._received.clear()
        heard = [each.hear for each in self._expected if each.hear is not None]
        self._expected.clear()
        self.zygote.kill(self.pid)
        for hear in heard:
            hear(None, b"")


class ZygoteLink:
    """Start a zygote, order it about, and hand on what it tells."""

    def __init__(self, plan: Plan, hear: Callable[[ZygoteLink, ZygoteEvent], None]) -> None:
        """Start the process, from a thread that will outlive it: its end kills the zygote."""
        self.plan = plan
        self.snapshot = plan.name
        self.generation = 0
        self.pending_forks = 0
        self._hear = hear
        self._parent = ParentLink("allegiance_server.workers.zygote", plan, self._on_message)

    def fork(self) -> None:
        """Order one more worker."""
        self.pending_forks += 1
        self._parent.order(b"fork")

    def kill(self, pid: int) -> None:
        """Order the end of a worker; one that is gone already is no matter."""
        self._parent.order(b"kill %d" % pid)

    def renice(self, pid: int) -> None:
        """Let a worker's processor time go to others first."""
        self._parent.order(b"renice %d" % pid)

    def apply(self, patch: Path) -> None:
        """Order a change of the data."""
        self._parent.order(b"apply " + os.fsencode(patch))

    async def stop(self) -> None:
        """End the zygote with all its workers, and wait until they are gone."""
        await self._parent.stop()

    def _on_message(self, message: bytes, descriptors: list[int]) -> None:
        event = self._event(message, descriptors)
        if isinstance(event, ZygoteEnded):
            self._parent.bury()
        self._hear(self, event)

    def _event(self, message: bytes, descriptors: list[int]) -> ZygoteEvent:
        kind, _, rest = message.decode(errors="replace").partition(" ")
        event: ZygoteEvent
        match kind:
            case "worker":
                event = self._forked(int(rest), descriptors)
            case "ended":
                event = WorkerEnded(*map(int, rest.split()))
            case "no-fork":
                self.pending_forks -= 1
                event = ForkRefused()
            case "ready":
                self.snapshot, network = rest.split()
                event = DataLoaded(self.snapshot, network)
            case "applied":
                self.snapshot = rest
                self.generation += 1
                event = DataChanged(rest)
            case _:
                event = ZygoteEnded(rest or "the process that loads it ended")
        return event

    def _forked(self, pid: int, descriptors: list[int]) -> WorkerForked:
        self.pending_forks -= 1
        connection = socket.socket(fileno=descriptors[0])
        return WorkerForked(WorkerLink(pid, connection, self))
