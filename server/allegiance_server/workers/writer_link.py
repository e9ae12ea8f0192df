"""The HTTP process's ends of its links to the writer, and to the process that forks it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from allegiance_server.errors import SettingsError
from allegiance_server.workers.changes import PREAMBLE, head_of, pack_change
from allegiance_server.workers.parent_link import ParentLink

if TYPE_CHECKING:
    from allegiance_server.workers.changes import Change, Head, WriterPlan

__all__ = ["WriterEndedError", "WriterLink", "WriterParentLink"]

PATIENCE_S: Final = 5.0

log = logging.getLogger(__name__)


class WriterEndedError(Exception):
    """Tell that the writer is gone; `status` is how its process ended."""

    def __init__(self, status: int) -> None:
        """Keep the status: an exit code, negative for a signal."""
        self.status = status
        super().__init__(f"The writer ended with status {status}.")


class WriterLink:
    """Hold the connection to one writer."""

    def __init__(
        self,
        pid: int,
        parent: WriterParentLink,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        """Take the connection over."""
        self.pid = pid
        self._parent = parent
        self._reader, self._writer = streams
        self._asked = 0

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
        await self._close()
        try:
            # It ends by itself when its connection does, unless it is busy.
            async with asyncio.timeout(PATIENCE_S):
                return await self._parent.end_of(self.pid)
        except TimeoutError:
            return await self.kill()

    async def kill(self) -> int:
        """End the process at once, wait until it is gone, and return its status."""
        self._parent.kill(self.pid)
        # If its parent is gone, too, only the end of the connection tells that it writes no more.
        with suppress(ConnectionError):
            await self._reader.read()
        status = await self._parent.end_of(self.pid)
        await self._close()
        return status

    async def _close(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()


class WriterParentLink:
    """Start the process that forks writers, order it about, and remember how they end."""

    def __init__(self, plan: WriterPlan) -> None:
        """Start the process, from a thread that will outlive it: its end kills the other."""
        self._loop = asyncio.get_running_loop()
        self._forked: asyncio.Future[tuple[int, socket.socket]] | None = None
        self._ends: dict[int, asyncio.Future[int]] = {}
        self._process = ParentLink(
            "allegiance_server.workers.writer_parent", plan, self._on_message
        )

    @property
    def pid(self) -> int:
        """Return the id of the process."""
        return self._process.pid

    @property
    def is_open(self) -> bool:
        """Tell whether it can be ordered about, as far as is known."""
        return self._process.is_open

    async def fork(self) -> WriterLink:
        """Have a writer made.

        Raises SettingsError where the data cannot be loaded, WriterEndedError where no process
        comes of it.
        """
        self._forked = self._loop.create_future()
        self._process.order(b"fork")
        if not self.is_open:
            raise WriterEndedError(-signal.SIGKILL)
        pid, connection = await self._forked
        return WriterLink(pid, self, await asyncio.open_connection(sock=connection))

    def kill(self, pid: int) -> None:
        """Order the end of a writer; one that is gone already is no matter."""
        self._process.order(b"kill %d" % pid)

    async def end_of(self, pid: int) -> int:
        """Wait until a writer is gone; return its exit code, negative for a signal."""
        return await asyncio.shield(self._ends[pid])

    async def stop(self) -> None:
        """End the process, with its writer, and wait until they are gone."""
        self._settle(await self._process.stop())

    def _on_message(self, message: bytes, descriptors: list[int]) -> None:
        kind, _, rest = message.partition(b" ")
        match kind:
            case b"worker":
                self._ends[int(rest)] = self._loop.create_future()
                self._tell((int(rest), socket.socket(fileno=descriptors[0])))
            case b"ended":
                pid, status = map(int, rest.split())
                self._ends[pid].set_result(os.waitstatus_to_exitcode(status))
            case b"no-fork":
                self._tell(WriterEndedError(1))
            case b"unusable":
                self._tell(SettingsError(**json.loads(rest)))
                self._process.close()
            case _:
                self._lose()

    def _tell(self, outcome: tuple[int, socket.socket] | Exception) -> None:
        if self._forked is None or self._forked.done():
            if isinstance(outcome, tuple):
                outcome[1].close()  # who wanted it has gone: the writer ends by that
        elif isinstance(outcome, Exception):
            self._forked.set_exception(outcome)
        else:
            self._forked.set_result(outcome)

    def _lose(self) -> None:
        """Bury the process; its writer, if any, was killed by its end."""
        status = self._process.bury()
        self._tell(WriterEndedError(status))
        self._settle(status)

    def _settle(self, status: int) -> None:
        for end in self._ends.values():
            if not end.done():
                end.set_result(status)
