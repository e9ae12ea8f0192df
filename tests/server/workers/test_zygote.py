"""The parent of the workers obeys its control socket and says why it cannot."""

from __future__ import annotations

import os
import select
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from allegiance_server.protocol.media_types import CSV, Formats
from allegiance_server.workers.forking import DEMOTED_PRIORITY
from allegiance_server.workers.journal import Delta, Journal
from allegiance_server.workers.tasks import Task
from allegiance_server.workers.wire import pack_request

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from allegiance.snapshot import Snapshot
    from allegiance_server.workers.wire import Answer

    Start = Callable[..., tuple[socket.socket, subprocess.Popen[bytes]]]
    WorkerOf = Callable[[socket.socket], tuple[int, socket.socket]]
    FrameOf = Callable[[socket.socket], tuple[Answer, bytes]]

COUNT = Task("query", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", Formats(CSV, None))
LINE = b"<http://e.org/s> <http://e.org/p> <http://e.org/o> ."


def ready(control: socket.socket) -> list[bytes]:
    """Receive that the data is loaded: its name, and how workers are kept off the network."""
    kind, *rest = control.recv(4096).split()
    assert kind == b"ready"
    return rest


def test_loaded_data_is_told_by_its_name(start_zygote: Start, snapshot: Snapshot) -> None:
    """The first message names the snapshot and the way in which workers are isolated."""
    control, _ = start_zygote()
    name, network = ready(control)
    assert name.decode() == snapshot.name
    assert network in {b"namespace", b"descriptors"}


def test_worker_comes_with_its_connection(start_zygote: Start, worker_of: WorkerOf) -> None:
    """An order to fork is answered by a process id and a connection to that process."""
    control, process = start_zygote(b"fork")
    ready(control)
    pid, _ = worker_of(control)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    assert children.read_text(encoding="ascii").split() == [str(pid)]


def test_end_of_a_worker_is_told(start_zygote: Start, worker_of: WorkerOf) -> None:
    """A worker that is killed is reported with the status of its death."""
    control, _ = start_zygote(b"fork")
    ready(control)
    pid, _ = worker_of(control)
    control.send(b"kill %d" % pid)
    assert control.recv(4096) == b"ended %d 9" % pid


def test_strangers_are_let_alone(start_zygote: Start, worker_of: WorkerOf) -> None:
    """Orders about a process that is no worker, or is none any more, are passed over."""
    with subprocess.Popen(["sleep", "30"]) as stranger:
        control, _ = start_zygote()
        ready(control)
        control.send(b"kill %d" % stranger.pid)
        control.send(b"renice %d" % stranger.pid)
        control.send(b"fork")
        worker_of(control)
        assert stranger.poll() is None
        assert os.getpriority(os.PRIO_PROCESS, stranger.pid) < DEMOTED_PRIORITY
        stranger.kill()


def test_demoted_worker_gives_way(start_zygote: Start, worker_of: WorkerOf) -> None:
    """Every thread of a worker that is demoted has the low priority, the query's above all."""
    control, _ = start_zygote(b"fork", b"fork")
    ready(control)
    demoted, other = worker_of(control)[0], worker_of(control)[0]
    control.send(b"renice %d" % demoted)
    control.send(b"fork")
    worker_of(control)  # orders are followed one after the other
    threads = [int(each.name) for each in Path(f"/proc/{demoted}/task").iterdir()]
    assert {os.getpriority(os.PRIO_PROCESS, thread) for thread in threads} == {DEMOTED_PRIORITY}
    assert os.getpriority(os.PRIO_PROCESS, other) < DEMOTED_PRIORITY


def test_commit_is_for_workers_forked_after_it(
    start_zygote: Start, worker_of: WorkerOf, frame_of: FrameOf, tmp_path: Path, snapshot: Snapshot
) -> None:
    """A worker keeps the data that it was forked with; the next one has the change."""
    patch = Journal(tmp_path, snapshot.name).append(Delta(frozenset(), frozenset({LINE})), "r")
    control, _ = start_zygote(b"fork", b"apply " + os.fsencode(patch), b"fork")
    ready(control)
    _, before = worker_of(control)
    assert control.recv(4096) == b"applied " + patch.stem.partition("-")[2].encode()
    _, after = worker_of(control)
    for connection in (before, after):
        connection.sendall(pack_request(1, COUNT))
    assert frame_of(before)[1] == b"n\r\n12\r\n"
    assert frame_of(after)[1] == b"n\r\n13\r\n"


def test_commits_of_before_are_loaded(
    start_zygote: Start, worker_of: WorkerOf, frame_of: FrameOf, tmp_path: Path, snapshot: Snapshot
) -> None:
    """At the start the journal is replayed, and the name that is told is that of its head."""
    journal = Journal(tmp_path, snapshot.name)
    journal.append(Delta(frozenset(), frozenset({LINE})), "r")
    control, _ = start_zygote(b"fork", commit_dir=str(tmp_path))
    assert ready(control)[0].decode() == journal.head
    _, connection = worker_of(control)
    connection.sendall(pack_request(1, COUNT))
    assert frame_of(connection)[1] == b"n\r\n13\r\n"


def test_damaged_commit_is_told_and_is_the_end(start_zygote: Start, tmp_path: Path) -> None:
    """A zygote whose data can no longer be trusted says so and goes."""
    patch = tmp_path / f"00000001-{'0' * 64}.patch"
    patch.write_bytes(b"{}\n")
    control, process = start_zygote(b"apply " + os.fsencode(patch))
    ready(control)
    assert control.recv(4096).startswith(b"unusable The commit ")
    assert process.wait(timeout=10) == 0


@pytest.mark.parametrize("content", [None, b"this is no graph\n"], ids=["missing", "broken"])
def test_reason_arrives_although_orders_wait(
    start_zygote: Start, tmp_path: Path, content: bytes | None
) -> None:
    """A graph that cannot be loaded is told even if nobody has read the orders yet."""
    graph = tmp_path / "graph.nq"
    if content is not None:
        graph.write_bytes(content)
    control, _ = start_zygote(b"fork", b"fork", nquads=str(graph))
    select.select([control], [], [], 10)
    time.sleep(0.2)  # in which a zygote that had left would have reset the link
    assert control.recv(4096).startswith(b"unusable ")


def test_end_of_the_control_socket_is_the_end(start_zygote: Start, worker_of: WorkerOf) -> None:
    """When the HTTP process lets go, the zygote ends by itself, with its workers."""
    control, process = start_zygote(b"fork")
    ready(control)
    pid, _ = worker_of(control)
    control.close()
    assert process.wait(timeout=10) == 0
    assert not Path(f"/proc/{pid}").exists()


def test_workers_die_with_their_zygote(start_zygote: Start, worker_of: WorkerOf) -> None:
    """The workers die with the zygote, even when it is killed and can do nothing about it."""
    control, process = start_zygote(b"fork")
    ready(control)
    pid, connection = worker_of(control)
    process.kill()
    assert connection.recv(1) == b""
    process.wait()
    end = time.monotonic() + 5
    while Path(f"/proc/{pid}/exe").is_symlink() and time.monotonic() < end:
        time.sleep(0.01)
    status = Path(f"/proc/{pid}/status")
    assert not status.exists() or "State:\tZ" in status.read_text(encoding="ascii")
