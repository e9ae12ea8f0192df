"""The HTTP process's end of its link to the writer."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from allegiance_server.workers.changes import PREAMBLE, head_of, pack_change

if TYPE_CHECKING:
    from allegiance_server.workers.changes import Change, Head, WriterPlan

__all__ = ["WriterEndedError", "WriterLink"]

PATIENCE_S: Final = 5.0

log = logging.getLogger(__name__)


class WriterEndedError(Exception):
    """Tell that the writer is gone; `status` is how its process ended."""

    def __init__(self, status: int) -> None:
        """Keep the status: that of subprocess, negative for a signal."""
        self.status = status
        super().__init__(f"The writer ended with status {status}.")


class WriterLink:
    """Hold one writer process and its connection."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        """Take both over."""
        self._process = process
        self._reader, self._writer = streams
        self._asked = 0

    @classmethod
    async def start(cls, plan: WriterPlan) -> WriterLink:
        """Start a spare writer; its end is also that of the thread that this is called in."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = _start(plan, theirs)
        return cls(process, await asyncio.open_connection(sock=ours))

    @property
    def pid(self) -> int:
        """Return the id of the process."""
        return self._process.pid

    def activate(self) -> None:
        """Tell a spare that it is the writer now; what it makes of it is told next."""
        self._writer.write(b"\0")

    async def told(self) -> Head:
        """Wait for the next frame; raises WriterEndedError where the writer ends instead."""
        try:
            preamble = await self._reader.readexactly(PREAMBLE.size)
            request_id, head_length, _ = PREAMBLE.unpack(preamble)
            head = head_of(await self._reader.readexactly(head_length))
        except (EOFError, ConnectionError):
            raise WriterEndedError(await self.stop()) from None
        if request_id != self._asked:
            log.error("The writer answered %d, not %d.", request_id, self._asked)
            raise WriterEndedError(await self.stop())
        return head

    async def ask(self, request: str, change: Change) -> Head:
        """Send a change and wait for the answer; raises WriterEndedError."""
        self._asked += 1
        with suppress(ConnectionError):  # that it is gone is seen when it does not answer
            self._writer.writelines(pack_change(self._asked, request, change))
            await self._writer.drain()
        return await self.told()

    async def stop(self) -> int:
        """End the process if it has not ended, wait until it is gone, and return its status."""
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()
        try:
            # It ends by itself when its connection does, unless it is busy.
            return await asyncio.to_thread(self._process.wait, PATIENCE_S)
        except subprocess.TimeoutExpired:
            return await self.kill()

    async def kill(self) -> int:
        """End the process at once, wait until it is gone, and return its status."""
        self._process.kill()
        status = await asyncio.to_thread(self._process.wait)
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()
        return status


def _start(plan: WriterPlan, connection: socket.socket) -> subprocess.Popen[bytes]:
    """Start the writer as a fresh interpreter that finds the same packages as this one."""
    arguments = [json.dumps(asdict(plan)), str(os.getpid())]
    return subprocess.Popen(  # noqa: S603 - our own program, with arguments of our own
        [sys.executable, "-P", "-m", "allegiance_server.workers.writer", *arguments],
        stdin=connection.fileno(),
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        start_new_session=True,
    )
