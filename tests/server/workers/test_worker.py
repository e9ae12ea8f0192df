"""A worker answers one request after another until its connection ends."""

from __future__ import annotations

import json
import os
import resource
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from allegiance_server.protocol.media_types import CSV, TSV, Formats
from allegiance_server.workers.tasks import Task
from allegiance_server.workers.wire import BEGUN, END, PROBLEM, WHOLE, pack_go, pack_request

if TYPE_CHECKING:
    import socket
    import subprocess
    from collections.abc import Callable

    from allegiance_server.workers.wire import Answer

    Start = Callable[..., tuple[socket.socket, subprocess.Popen[bytes]]]
    WorkerOf = Callable[[socket.socket], tuple[int, socket.socket]]
    Frame = tuple[Answer, bytes]
    FrameOf = Callable[[socket.socket], Frame]
    FramesOf = Callable[[socket.socket], list[Frame]]

# 20,736 rows of four IRIs or literals each: a few megabytes, made slower than they are read.
LARGE = "SELECT ?a ?b ?c ?d { ?a ?e ?f . ?b ?g ?h . ?c ?i ?j . ?d ?k ?l }"


def query(text: str, media_type: str = CSV, *, counts_rows: bool = False) -> Task:
    """Ask for a table."""
    return Task("query", text, Formats(media_type, None), counts_rows=counts_rows)


@pytest.fixture
def worker(start_zygote: Start, worker_of: WorkerOf) -> tuple[int, socket.socket]:
    """Start a worker whose spool has 4096 bytes; give its process id and its connection."""
    control, _ = start_zygote(b"fork")
    control.recv(4096)
    return worker_of(control)


def peak_memory_of(pid: int) -> int:
    """Return the most bytes that a process has had in memory."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def test_requests_are_answered_in_turn(
    worker: tuple[int, socket.socket], frame_of: FrameOf
) -> None:
    """Requests that wait in the connection get their answers in order, each with its own id."""
    _, connection = worker
    for number in (3, 4, 5):
        connection.sendall(pack_request(number, query(f"SELECT ({number} AS ?n) {{}}")))
    for number in (3, 4, 5):
        answer, body = frame_of(connection)
        assert (answer.id, answer.kind, body) == (number, WHOLE, b"n\r\n%d\r\n" % number)


def test_reason_is_an_answer_too(worker: tuple[int, socket.socket], frame_of: FrameOf) -> None:
    """After a query that is no SPARQL the worker goes on with the next one."""
    _, connection = worker
    connection.sendall(pack_request(1, query("SELECT * {")) + pack_request(2, query("ASK {}")))
    answer, body = frame_of(connection)
    assert (answer.id, answer.kind, json.loads(body)["outcome"]) == (1, PROBLEM, "not-parsed")
    assert frame_of(connection)[1] == b"true"


def test_request_may_come_in_pieces(worker: tuple[int, socket.socket], frame_of: FrameOf) -> None:
    """A request is read to its end, however it is cut."""
    _, connection = worker
    for byte in pack_request(1, query("ASK {}")):
        connection.sendall(bytes([byte]))
    assert frame_of(connection)[1] == b"true"


def test_bound_of_the_task_goes_before_that_of_the_plan(
    worker: tuple[int, socket.socket], frame_of: FrameOf
) -> None:
    """A task may allow less than the server does."""
    _, connection = worker
    task = Task("query", "ASK {}", Formats(CSV, None), max_bytes=3)
    connection.sendall(pack_request(1, task))
    answer, body = frame_of(connection)
    assert (answer.kind, json.loads(body)["outcome"]) == (PROBLEM, "too-large")


def test_large_result_waits_for_leave(
    worker: tuple[int, socket.socket], frame_of: FrameOf, frames_of: FramesOf
) -> None:
    """After the first part nothing comes until it is asked for, then all of it, counted."""
    _, connection = worker
    connection.sendall(pack_request(1, query(LARGE, TSV, counts_rows=True)))
    first, begun = frame_of(connection)
    assert first.kind == BEGUN
    assert len(begun) >= 4096
    connection.settimeout(0.3)
    with pytest.raises(TimeoutError):
        connection.recv(1)
    connection.settimeout(10)
    connection.sendall(pack_go(1))
    frames = frames_of(connection)
    assert (frames[-1][0].kind, frames[-1][0].rows) == (END, 12**4)
    assert (begun + b"".join(body for _, body in frames)).count(b"\n") == 12**4 + 1


def test_memory_stays_flat_while_a_large_result_is_read(
    worker: tuple[int, socket.socket], frame_of: FrameOf
) -> None:
    """A result of over fifty megabytes costs its worker no more memory than one of three."""
    pid, connection = worker

    def read(number: int, text: str) -> int:
        connection.sendall(pack_request(number, query(text)) + pack_go(number))
        length = 0
        while True:
            answer, body = frame_of(connection)
            length += len(body)
            if answer.kind == END:
                return length

    assert read(1, LARGE) > 2_000_000
    before = peak_memory_of(pid)
    wide = (
        "SELECT ?a ?e ?f ?b ?g ?h ?c ?i ?j ?x { ?a ?e ?f . ?b ?g ?h . ?c ?i ?j . VALUES ?x {%s} }"
    )
    values = " ".join(f"'{number:0>60}'" for number in range(80))
    assert read(2, wide % values) > 50_000_000
    assert peak_memory_of(pid) - before < 8 * 2**20


def test_end_of_the_connection_is_the_end(start_zygote: Start, worker_of: WorkerOf) -> None:
    """A worker whose connection ends goes in peace, between requests or within one."""
    control, _ = start_zygote()
    control.recv(4096)
    for sent in (b"", pack_request(1, query("ASK {}"))[:-1]):
        control.send(b"fork")
        pid, connection = worker_of(control)
        connection.sendall(sent)
        connection.close()
        assert control.recv(4096) == b"ended %d 0" % pid


def test_memory_that_runs_out_ends_the_worker(
    start_zygote: Start, worker_of: WorkerOf, memory_bomb: str
) -> None:
    """After its memory has run out no worker goes on, because only a new process is sound."""
    control, _ = start_zygote(b"fork")
    control.recv(4096)
    pid, connection = worker_of(control)
    connection.sendall(pack_request(1, query(memory_bomb)))
    message, told, status = control.recv(4096).split()
    assert (message, int(told)) == (b"ended", pid)
    assert os.waitstatus_to_exitcode(int(status)) != 0


def test_processor_time_of_a_query_is_bounded(
    start_zygote: Start, worker_of: WorkerOf, runaway: str
) -> None:
    """The kernel ends a query that the supervisor forgets, by the signal for that."""
    control, _ = start_zygote(b"fork", cpu_s=0)
    control.recv(4096)
    pid, connection = worker_of(control)
    connection.sendall(pack_request(1, query(runaway)))
    assert control.recv(4096) == b"ended %d %d" % (pid, 24)  # SIGXCPU


def test_limits_are_those_of_the_plan(worker: tuple[int, socket.socket], frame_of: FrameOf) -> None:
    """Memory and processor time are bounded, no file can be opened, no core is dumped."""
    pid, connection = worker
    connection.sendall(pack_request(1, query("ASK {}")))
    frame_of(connection)
    assert resource.prlimit(pid, resource.RLIMIT_NOFILE) == (3, 3)
    assert resource.prlimit(pid, resource.RLIMIT_CORE) == (0, 0)
    assert 2**28 < resource.prlimit(pid, resource.RLIMIT_AS)[0] < 2**31
    soft, hard = resource.prlimit(pid, resource.RLIMIT_CPU)
    assert 30 <= soft <= 40
    assert hard == resource.RLIM_INFINITY
