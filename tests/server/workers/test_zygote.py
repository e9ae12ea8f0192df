"""The parent of the workers obeys its control socket and says why it cannot."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = "allegiance_server.workers.zygote"
GRAPH = Path(__file__).parent.with_name("snapshot") / "graph.nq"


@contextmanager
def zygote(graph: Path, *orders: bytes) -> Iterator[tuple[socket.socket, subprocess.Popen[bytes]]]:
    """Start a zygote that finds orders waiting; give its control socket."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    plan = {"nquads": str(graph), "prefixes": {}, "memory_bytes": 2**28}
    with ours, theirs:
        ours.settimeout(10)
        for order in orders:
            ours.send(order)
        with subprocess.Popen(
            [
                sys.executable,
                "-m",
                "allegiance_server.workers.zygote",
                json.dumps(plan),
                str(os.getpid()),
            ],
            stdin=theirs.fileno(),
        ) as process:
            theirs.close()
            yield ours, process
            ours.close()


def fork(control: socket.socket) -> tuple[int, socket.socket]:
    """Receive a new worker: its process id and its connection."""
    message, descriptors, _, _ = socket.recv_fds(control, 4096, 1)
    kind, pid = message.split()
    assert kind == b"worker"
    return int(pid), socket.socket(fileno=descriptors[0])


def test_worker_comes_with_its_connection() -> None:
    """An order to fork is answered by a process id and a connection to that process."""
    with zygote(GRAPH, b"fork") as (control, process):
        pid, connection = fork(control)
        with connection:
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
            assert children.read_text(encoding="ascii").split() == [str(pid)]


def test_end_of_a_worker_is_told() -> None:
    """A worker that is killed is reported with the status of its death."""
    with zygote(GRAPH, b"fork") as (control, _):
        pid, connection = fork(control)
        with connection:
            control.send(b"kill %d" % pid)
            assert control.recv(4096) == b"ended %d 9" % pid


def test_strangers_are_not_killed() -> None:
    """An order to kill a process that is no worker, or is none any more, is passed over."""
    with subprocess.Popen(["sleep", "30"]) as stranger, zygote(GRAPH) as (control, _):
        control.send(b"kill %d" % stranger.pid)
        control.send(b"fork")
        _, connection = fork(control)
        connection.close()
        assert stranger.poll() is None
        stranger.kill()


def test_reason_arrives_although_orders_wait(tmp_path: Path) -> None:
    """A graph that cannot be loaded is told even if nobody has read the orders yet."""
    with zygote(tmp_path / "none.nq", b"fork", b"fork") as (control, _):
        select.select([control], [], [], 10)
        time.sleep(0.2)  # in which a zygote that had left would have reset the link
        assert control.recv(4096).startswith(b"unusable ")


def test_end_of_the_control_socket_is_the_end() -> None:
    """When the HTTP process lets go, the zygote ends by itself, with its workers."""
    with zygote(GRAPH, b"fork") as (control, process):
        pid, connection = fork(control)
        with connection:
            control.close()
            assert process.wait(timeout=10) == 0
            assert not Path(f"/proc/{pid}").exists()
