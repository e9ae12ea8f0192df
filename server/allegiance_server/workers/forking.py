"""A parent of processes: forks them by order, ends them, buries them, and tells of each.

It has one thread, because a fork copies the locks that other threads hold. It is a program of its
own whose standard input is a control socket. The HTTP process orders

    fork                one more child
    kill PID            end a child
    renice PID          let a child's processor time go to others first

and it sends back

    worker PID          with the child's connection attached
    ended PID STATUS    a child is gone; the status is that of waitpid
    no-fork             the system refused to make a process

When the control socket ends, everything ends.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing import Any, NoReturn

__all__ = ["MESSAGE_BYTES", "ForkingParent", "start_parent"]

MESSAGE_BYTES: Final = 4096
# Whoever is demoted gives way to all others, but still gets on.
DEMOTED_PRIORITY: Final = 15


class ForkingParent:
    """Hold the control socket and the living children (process id to pidfd)."""

    def __init__(self, control: socket.socket) -> None:
        """Start without children."""
        self.control = control
        self.pid = os.getpid()
        self.children: dict[int, int] = {}
        self.selector = selectors.DefaultSelector()
        self.selector.register(control, selectors.EVENT_READ)

    def become_child(self, connection: socket.socket) -> NoReturn:
        """Turn this freshly forked process into what it is for."""
        raise NotImplementedError

    def prepare(self) -> bool:
        """Do what is due before a fork; return whether this process can go on."""
        return True

    def follow(self, order: bytes, argument: bytes) -> bool:  # noqa: ARG002 - for those who know more orders
        """Follow an order beyond the common ones; return whether this process can go on."""
        return order != b""

    def run(self) -> None:
        """Obey until the control socket ends."""
        with suppress(ConnectionError):
            while True:
                for key, _ in self.selector.select():
                    if key.data is not None:
                        self._bury(key.data)
                    elif not self._obey():
                        return

    def kill_all(self) -> None:
        """End every child and wait until each is gone."""
        for pid in self.children:
            os.kill(pid, signal.SIGKILL)
        for pid in self.children:
            os.waitpid(pid, 0)

    def _obey(self) -> bool:
        """Read one order and follow it; return whether there may be more."""
        order, _, argument = self.control.recv(MESSAGE_BYTES).partition(b" ")
        match order:
            case b"fork":
                return self.prepare() and self._fork()
            case b"kill" if int(argument) in self.children:
                # Only unburied children are killed: no other process can have their id.
                os.kill(int(argument), signal.SIGKILL)
            case b"renice" if int(argument) in self.children:
                # The query runs in a thread of its own, hence the whole group; it may be gone.
                with suppress(OSError):
                    os.setpriority(os.PRIO_PGRP, int(argument), DEMOTED_PRIORITY)
            case b"kill" | b"renice":
                pass  # it is gone already
            case _:
                return self.follow(order, argument)
        return True

    def _fork(self) -> bool:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            try:
                pid = os.fork()
            except OSError as error:
                sys.stderr.write(f"allegiance: no new process: {error}\n")
                self.control.send(b"no-fork")
                return True
            if pid == 0:
                self._become(theirs)
            with suppress(OSError):  # the child does the same, and may be quicker
                os.setpgid(pid, pid)
            pidfd = os.pidfd_open(pid)
            self.children[pid] = pidfd
            self.selector.register(pidfd, selectors.EVENT_READ, pid)
            socket.send_fds(self.control, [b"worker %d" % pid], [ours.fileno()])
        return True

    def _become(self, connection: socket.socket) -> NoReturn:
        try:
            with suppress(OSError):
                os.setpgid(0, 0)
            self.become_child(connection)
        finally:
            os._exit(1)

    def _bury(self, pid: int) -> None:
        pidfd = self.children.pop(pid)
        self.selector.unregister(pidfd)
        os.close(pidfd)
        _, status = os.waitpid(pid, 0)
        self.control.send(b"ended %d %d" % (pid, status))


def start_parent(module: str, plan: Any, control: socket.socket) -> subprocess.Popen[bytes]:  # noqa: ANN401 - any dataclass
    """Start a parent as a fresh interpreter that finds the same packages as this one.

    It gets a session of its own: a Ctrl-C at the terminal is for the HTTP process, which then ends
    it in good order.
    """
    arguments = [json.dumps(asdict(plan)), str(os.getpid())]
    return subprocess.Popen(  # noqa: S603 - our own program, with arguments of our own
        [sys.executable, "-P", "-m", module, *arguments],
        stdin=control.fileno(),
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        start_new_session=True,
    )
