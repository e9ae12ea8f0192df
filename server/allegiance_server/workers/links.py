"""The HTTP process's ends of its two kinds of link: to the zygote, and to one worker."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from allegiance_server.workers.wire import PREAMBLE, Head, head_of, pack
from allegiance_server.workers.zygote import MESSAGE_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from allegiance_server.workers.worker import Plan

__all__ = [
    "ForkRefused",
    "WorkerEnded",
    "WorkerForked",
    "WorkerLink",
    "ZygoteEnded",
    "ZygoteEvent",
    "ZygoteLink",
]

PATIENCE_S: Final = 5.0


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


ZygoteEvent = WorkerForked | WorkerEnded | ForkRefused | ZygoteEnded


class WorkerLink:
    """Ask one worker, one request at a time."""

    def __init__(self, pid: int, connection: socket.socket, zygote: ZygoteLink) -> None:
        """Take over the connection."""
        connection.settimeout(0)
        self.pid = pid
        self.zygote = zygote
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._asked = 0

    async def ask(self, head: Mapping[str, object]) -> tuple[Head, bytearray]:
        """Send a request and wait for the head and body of its answer.

        Raises ConnectionError or EOFError where the worker is gone, ValueError where it answers
        another request than this. After any of them, and after a cancellation, the worker is to be
        killed: what it still sends belongs to nobody.
        """
        self._asked += 1
        await self._loop.sock_sendall(self._connection, pack(self._asked, head))
        preamble = await self._receive(PREAMBLE.size)
        request_id, head_length, body_length = PREAMBLE.unpack(preamble)
        if request_id != self._asked:
            message = f"The worker {self.pid} answered {request_id}, not {self._asked}."
            raise ValueError(message)
        answer = head_of(await self._receive(head_length))
        return answer, await self._receive(body_length)

    def kill(self) -> None:
        """End the worker, whatever it does."""
        self._connection.close()
        self.zygote.kill(self.pid)

    async def _receive(self, length: int) -> bytearray:
        received = bytearray(length)
        view = memoryview(received)
        while view:
            count = await self._loop.sock_recv_into(self._connection, view)
            if count == 0:
                message = f"The worker {self.pid} ended in the middle of an answer."
                raise EOFError(message)
            view = view[count:]
        return received


class ZygoteLink:
    """Start a zygote, order forks and kills, and hand on what it tells."""

    def __init__(self, plan: Plan, hear: Callable[[ZygoteLink, ZygoteEvent], None]) -> None:
        """Start the process, from a thread that will outlive it: its end kills the zygote."""
        self._hear = hear
        self._loop = asyncio.get_running_loop()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(0)
        with theirs:
            self._process = _start(plan, theirs)
        self._loop.add_reader(self._control, self._on_readable)

    def fork(self) -> None:
        """Order one more worker."""
        self._send(b"fork")

    def kill(self, pid: int) -> None:
        """Order the end of a worker; one that is gone already is no matter."""
        self._send(b"kill %d" % pid)

    async def stop(self) -> None:
        """End the zygote with all its workers, and wait until they are gone."""
        self._close()
        try:
            await asyncio.to_thread(self._process.wait, PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)

    def _send(self, order: bytes) -> None:
        try:
            self._control.send(order)
        except OSError:
            # It is gone (or going): `_on_readable` will say so, and nothing is left to order.
            return

    def _close(self) -> None:
        if self._control.fileno() >= 0:
            self._loop.remove_reader(self._control)
            self._control.close()

    def _on_readable(self) -> None:
        try:
            message, descriptors, _, _ = socket.recv_fds(self._control, MESSAGE_BYTES, 1)
        except BlockingIOError:
            return
        except ConnectionError:
            message, descriptors = b"", []
        event = self._event(message, descriptors)
        if isinstance(event, ZygoteEnded):
            self._close()
            self._process.kill()
            self._process.wait()
        self._hear(self, event)

    def _event(self, message: bytes, descriptors: list[int]) -> ZygoteEvent:
        kind, _, rest = message.decode(errors="replace").partition(" ")
        match kind:
            case "worker":
                connection = socket.socket(fileno=descriptors[0])
                return WorkerForked(WorkerLink(int(rest), connection, self))
            case "ended":
                pid, status = map(int, rest.split())
                return WorkerEnded(pid, status)
            case "no-fork":
                return ForkRefused()
            case "unusable":
                return ZygoteEnded(rest)
            case _:
                return ZygoteEnded("the process that loads it ended")


def _start(plan: Plan, control: socket.socket) -> subprocess.Popen[bytes]:
    """Start the zygote as a fresh interpreter that finds the same packages as this one.

    It gets a session of its own: a Ctrl-C at the terminal is for the HTTP process, which then ends
    it in good order.
    """
    arguments = [json.dumps(asdict(plan)), str(os.getpid())]
    return subprocess.Popen(  # noqa: S603 - our own program, with arguments of our own
        [sys.executable, "-P", "-m", "allegiance_server.workers.zygote", *arguments],
        stdin=control.fileno(),
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        start_new_session=True,
    )
