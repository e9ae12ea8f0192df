"""The parent of the workers: loads the data once, then only forks, kills, buries and patches.

It has one thread and never runs a query, because a fork copies the locks that other threads hold.
It is a program of its own (`python -P -m allegiance_server.workers.zygote PLAN PARENT`), whose
standard input is the control socket. The HTTP process orders

    fork                one more worker
    kill PID            end a worker
    renice PID          let a worker's processor time go to others first
    apply PATH          change the data by a commit: workers forked from then on have it

and it sends back

    ready NAME HOW      the data is loaded, commits included; how workers are kept off the network
    worker PID          with the worker's connection attached
    ended PID STATUS    a worker is gone; the status is that of waitpid
    no-fork             the system refused to make a process
    applied NAME        the data is now this
    unusable REASON     the data cannot be loaded or changed; the last message

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

from pyoxigraph import RdfFormat, Store

from allegiance.namespaces import term
from allegiance_server.errors import ServerError
from allegiance_server.workers import worker
from allegiance_server.workers.evaluation import Data
from allegiance_server.workers.isolation import die_with_parent, leave_network
from allegiance_server.workers.journal import apply_patch, load_base, replay
from allegiance_server.workers.plan import Plan
from allegiance_server.workers.search import KINDS, SearchIndex

if TYPE_CHECKING:
    from typing import NoReturn

__all__ = ["MESSAGE_BYTES", "main"]

MESSAGE_BYTES: Final = 4096
# Whoever is demoted gives way to all others, but still gets on.
DEMOTED_PRIORITY: Final = 15


class Zygote:
    """Hold the data, the control socket and the living workers (process id to pidfd)."""

    def __init__(self, control: socket.socket, data: Data, plan: Plan) -> None:
        """Start without workers."""
        self.control = control
        self.data = data
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
        match order:
            case b"fork":
                self._fork()
            case b"kill" if int(argument) in self.workers:
                # Only unburied children are killed: no other process can have their id.
                os.kill(int(argument), signal.SIGKILL)
            case b"renice" if int(argument) in self.workers:
                # The query runs in a thread of its own, hence the whole group; it may be gone.
                with suppress(OSError):
                    os.setpriority(os.PRIO_PGRP, int(argument), DEMOTED_PRIORITY)
            case b"apply":
                return self._apply(Path(os.fsdecode(argument)))
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
            with suppress(OSError):  # the child does the same, and may be quicker
                os.setpgid(pid, pid)
            pidfd = os.pidfd_open(pid)
            self.workers[pid] = pidfd
            self.selector.register(pidfd, selectors.EVENT_READ, pid)
            socket.send_fds(self.control, [b"worker %d" % pid], [ours.fileno()])

    def _become_worker(self, connection: socket.socket) -> NoReturn:
        try:
            with suppress(OSError):
                os.setpgid(0, 0)
            worker.serve(connection, self._open_data, self.plan, self.pid)
        finally:
            os._exit(1)

    def _open_data(self) -> Data:
        """Return what a worker answers from; a store on disk is opened by each on its own."""
        if not self.plan.disk_store:
            return self.data
        store = Store.read_only(self.plan.disk_store)
        return Data(store, self.data.index, self.plan.prefixes, self.plan.base_iri)

    def _apply(self, path: Path) -> bool:
        try:
            name, added, removed = apply_patch(self.data.store, path)
        except (OSError, ServerError, SyntaxError, ValueError) as error:
            self.control.send(f"unusable {error}".encode()[:MESSAGE_BYTES])
            return False
        self.data.index.apply(added, removed)
        self.control.send(f"applied {name}".encode())
        return True

    def _bury(self, pid: int) -> None:
        pidfd = self.workers.pop(pid)
        self.selector.unregister(pidfd)
        os.close(pidfd)
        _, status = os.waitpid(pid, 0)
        self.control.send(b"ended %d %d" % (pid, status))


def main() -> NoReturn:
    """Load the data that the plan (first argument) names, and serve the control socket.

    The second argument is the id of the HTTP process, whose end is also the end of this one.
    """
    plan = Plan(**json.loads(sys.argv[1]))
    die_with_parent(int(sys.argv[2]))
    control = socket.socket(fileno=0)
    network = "namespace" if leave_network() else "descriptors"
    try:
        name, data = _load(plan)
    except (OSError, ServerError, SyntaxError, ValueError) as error:
        control.send(f"unusable {plan.nquads}: {error}".encode()[:MESSAGE_BYTES])
        # To leave with orders unread would reset the link, and the message with it.
        while control.recv(MESSAGE_BYTES):
            pass
        os._exit(1)
    gc.freeze()
    control.send(f"ready {name} {network}".encode())
    zygote = Zygote(control, data, plan)
    zygote.run()
    zygote.kill_all()
    # Taking a large store apart takes time that nobody needs to wait for.
    os._exit(0)


def _load(plan: Plan) -> tuple[str, Data]:
    """Load the snapshot and the commits on top of it; return the name of the whole."""
    if plan.disk_store:
        index = SearchIndex.build(_texts(Path(plan.nquads)))
        return plan.name, Data(Store(), index, plan.prefixes, plan.base_iri)
    store = Store()
    name = plan.name
    if plan.commit_dir:
        load_base(store, Path(plan.nquads))
        name = replay(store, Path(plan.commit_dir), plan.name)
    else:
        store.bulk_load(path=plan.nquads, format=RdfFormat.N_QUADS)
    return name, Data(store, SearchIndex.build(store), plan.prefixes, plan.base_iri)


def _texts(nquads: Path) -> Store:
    """Load what the index is about, and no more.

    The store on disk cannot be asked: it would start threads here, which no fork survives.
    """
    wanted = tuple(f"> <{term(name).value}> ".encode() for name in KINDS)
    store = Store()
    with nquads.open("rb") as file:
        lines = b"".join(line for line in file if any(map(line.__contains__, wanted)))
    store.bulk_load(lines, RdfFormat.N_QUADS)
    return store


if __name__ == "__main__":
    main()
