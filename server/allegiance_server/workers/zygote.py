"""The parent of the workers: loads the data once, then only forks, kills, buries and patches.

It never runs a query. It is a program of its own (`python -P -m allegiance_server.workers.zygote
PLAN PARENT`). To what every parent of processes is ordered and tells, it adds

    apply PATH          change the data by a commit: workers forked from then on have it

and sends back

    ready NAME HOW      the data is loaded, commits included; how workers are kept off the network
    applied NAME        the data is now this
    unusable REASON     the data cannot be loaded or changed; the last message
"""

from __future__ import annotations

import gc
import json
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import RdfFormat, Store

from allegiance.namespaces import term
from allegiance_server.errors import ServerError
from allegiance_server.workers import worker
from allegiance_server.workers.evaluation import Data
from allegiance_server.workers.forking import MESSAGE_BYTES, ForkingParent
from allegiance_server.workers.isolation import die_with_parent, leave_network
from allegiance_server.workers.journal import apply_patch, load_base, replay
from allegiance_server.workers.plan import Plan
from allegiance_server.workers.search import KINDS, SearchIndex

if TYPE_CHECKING:
    from typing import NoReturn

__all__ = ["main"]


class Zygote(ForkingParent):
    """Hold the data that workers are forked with."""

    def __init__(self, control: socket.socket, data: Data, plan: Plan) -> None:
        """Start without workers."""
        super().__init__(control)
        self.data = data
        self.plan = plan

    def become_child(self, connection: socket.socket) -> NoReturn:
        """Become a worker."""
        worker.serve(connection, self._open_data, self.plan, self.pid)

    def follow(self, order: bytes, argument: bytes) -> bool:
        """Follow the order to apply a commit."""
        return self._apply(Path(os.fsdecode(argument))) if order == b"apply" else order != b""

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
