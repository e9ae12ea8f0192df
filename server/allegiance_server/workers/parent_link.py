"""The HTTP process's end of its link to a process that forks others."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from allegiance_server.workers.forking import MESSAGE_BYTES, start_parent

if TYPE_CHECKING:
    from collections.abc import Callable

    from allegiance_server.workers.changes import WriterPlan
    from allegiance_server.workers.plan import Plan

__all__ = ["ParentLink"]

PATIENCE_S: Final = 5.0


class ParentLink:
    """Start the process, order it about, and hand on what it tells."""

    def __init__(
        self, module: str, plan: Plan | WriterPlan, hear: Callable[[bytes, list[int]], None]
    ) -> None:
        """Start it, from a thread that will outlive it: its end kills the process.

        `hear` takes a message, empty where the process has ended, and the descriptors that came
        with it.
        """
        self._hear = hear
        self._loop = asyncio.get_running_loop()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.setblocking(False)  # noqa: FBT003 - the name says it
        with theirs:
            self._process = start_parent(module, plan, theirs)
        self._loop.add_reader(self._control, self._on_readable)

    @property
    def pid(self) -> int:
        """Return the id of the process."""
        return self._process.pid

    @property
    def is_open(self) -> bool:
        """Tell whether it can be ordered about, as far as is known."""
        return self._control.fileno() >= 0

    def order(self, order: bytes) -> None:
        """Send an order."""
        # If it is gone (or going), `_on_readable` will say so, and nothing is left to order.
        with suppress(OSError):
            self._control.send(order)

    def close(self) -> None:
        """Close the connection: by that the process and all that it forked end."""
        if self.is_open:
            self._loop.remove_reader(self._control)
            self._control.close()

    async def stop(self) -> int:
        """End the process with all that it forked; wait until it is gone, and return its status."""
        self.close()
        try:
            return await asyncio.to_thread(self._process.wait, PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return await asyncio.to_thread(self._process.wait)

    def bury(self) -> int:
        """End a process that is lost, at once, and return its status."""
        self.close()
        self._process.kill()
        return self._process.wait()

    def _on_readable(self) -> None:
        try:
            message, descriptors, _, _ = socket.recv_fds(self._control, MESSAGE_BYTES, 1)
        except BlockingIOError:
            return
        except ConnectionError:
            message, descriptors = b"", []
        self._hear(message, descriptors)
