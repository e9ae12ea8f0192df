"""The parent of the workers: loads the graph once, then only forks, kills and buries.

It has one thread and never runs a query, because a fork copies the locks that other threads hold.
It is a program of its own (`python -m allegiance_server.workers.zygote PLAN PARENT`), whose
standard input is the control socket. The HTTP process sends `fork` or `kill PID`; it sends back

    worker PID          with the worker's connection attached
    ended PID STATUS    a worker is gone; the status is that of waitpid
    no-fork             the system refused to make a process
    unusable REASON     the graph cannot be loaded; the last message

When the control socket ends, everything ends.
"""

from __future__ import annotations

import gc
import json
import os
import selectors
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyoxigraph

from allegiance_server.workers import worker
from allegiance_server.workers.worker import Plan

if TYPE_CHECKING:
    from typing import NoReturn

__all__ = ["MESSAGE_BYTES", "main"]

MESSAGE_BYTES: Final = 4096


class Zygote:
    """Hold the store, the control socket and the living workers (process id to pidfd)."""

    def __init__(self, control: socket.socket, store: pyoxigraph.Store, plan: Plan) -> None:
        """Start without workers."""
        self.control = control
        self.store = store
        self.plan = plan
        self.pid = os.getpid()
        self.workers: dict[int, int] = {}
        self.selector = selectors.DefaultSelector()
        self.selector.register(control, selectors.EVENT_READ)

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
        """End every worker and wait until each is gone."""
        for pid in self.workers:
            os.kill(pid, signal.SIGKILL)
        for pid in self.workers:
            os.waitpid(pid, 0)

    def _obey(self) -> bool:
        """Read one order and follow it; return whether there may be more."""
        order, _, argument = self.control.recv(MESSAGE_BYTES).partition(b" ")
        if order == b"fork":
            self._fork()
        elif order == b"kill" and int(argument) in self.workers:
            # Only unburied children are killed: no other process can have their id.
            os.kill(int(argument), signal.SIGKILL)
        return order != b""

    def _fork(self) -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            try:
                pid = os.fork()
            except OSError as error:
                sys.stderr.write(f"allegiance: no new worker: {error}\n")
                self.control.send(b"no-fork")
                return
            if pid == 0:
                self._become_worker(theirs)
            pidfd = os.pidfd_open(pid)
            self.workers[pid] = pidfd
            self.selector.register(pidfd, selectors.EVENT_READ, pid)
            socket.send_fds(self.control, [b"worker %d" % pid], [ours.fileno()])

    def _become_worker(self, connection: socket.socket) -> NoReturn:
        try:
            worker.serve(connection, self.store, self.plan, self.pid)
        finally:
            os._exit(1)

    def _bury(self, pid: int) -> None:
        pidfd = self.workers.pop(pid)
        self.selector.unregister(pidfd)
        os.close(pidfd)
        _, status = os.waitpid(pid, 0)
        self.control.send(b"ended %d %d" % (pid, status))


def main() -> NoReturn:
    """Load the graph that the plan (first argument) names, and serve the control socket.

    The second argument is the id of the HTTP process, whose end is also the end of this one.
    """
    plan = Plan(**json.loads(sys.argv[1]))
    worker.die_with_parent(int(sys.argv[2]))
    control = socket.socket(fileno=0)
    store = pyoxigraph.Store()
    try:
        store.bulk_load(path=Path(plan.nquads), format=pyoxigraph.RdfFormat.N_QUADS)
    except (OSError, SyntaxError, ValueError) as error:
        control.send(f"unusable {plan.nquads}: {error}".encode()[:MESSAGE_BYTES])
        # To leave with orders unread would reset the link, and the message with it.
        while control.recv(MESSAGE_BYTES):
            pass
        os._exit(1)
    gc.freeze()
    zygote = Zygote(control, store, plan)
    zygote.run()
    zygote.kill_all()
    # Taking a large store apart takes time that nobody needs to wait for.
    os._exit(0)


if __name__ == "__main__":
    main()
