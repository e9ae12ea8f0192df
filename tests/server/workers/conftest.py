"""The data of a worker, and a worker's parent that is spoken to in its own frames."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import zlib
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import zstandard
from pyoxigraph import RdfFormat, Store

from allegiance.namespaces import BASE
from allegiance_server.settings import Settings
from allegiance_server.workers.evaluation import Data
from allegiance_server.workers.plan import SERVER_PREFIXES, plan_for
from allegiance_server.workers.search import SearchIndex
from allegiance_server.workers.wire import ANSWER, END, PROBLEM, WHOLE, Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from allegiance.snapshot import Snapshot
    from allegiance_server.workers.plan import Plan

# The tests of the supervisor share a module beside them, supervision.py; the folder is no package.
sys.path.append(str(Path(__file__).parent))

Frame = tuple[Answer, bytes]


def receive(connection: socket.socket, length: int) -> bytes:
    """Read exactly so many bytes; raises EOFError where the connection ends before."""
    received = b""
    while len(received) < length:
        part = connection.recv(length - len(received))
        if not part:
            raise EOFError
        received += part
    return received


def next_frame(connection: socket.socket) -> Frame:
    """Read one frame of a worker."""
    answer = Answer.unpack(receive(connection, ANSWER.size))
    return answer, bytes(receive(connection, answer.length))


def all_frames(connection: socket.socket) -> list[Frame]:
    """Read the frames of a worker up to the one that ends an answer."""
    frames = [next_frame(connection)]
    while frames[-1][0].kind not in {WHOLE, END, PROBLEM}:
        frames.append(next_frame(connection))
    return frames


@pytest.fixture(scope="session")
def frame_of() -> Callable[[socket.socket], Frame]:
    """Read one frame of a worker."""
    return next_frame


@pytest.fixture(scope="session")
def frames_of() -> Callable[[socket.socket], list[Frame]]:
    """Read the frames of a worker up to the one that ends an answer."""
    return all_frames


@pytest.fixture(scope="session")
def decoded() -> Callable[[bytes, str], bytes]:
    """Undo an encoding; fails where the body breaks off or has something behind it."""

    def decode(body: bytes, encoding: str) -> bytes:
        if encoding == "identity":
            return body
        gzip = zlib.decompressobj(16 + zlib.MAX_WBITS)
        reader = gzip if encoding == "gzip" else zstandard.ZstdDecompressor().decompressobj()
        text = reader.decompress(body)
        assert reader.eof
        assert not reader.unused_data
        return text

    return decode


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Give two sockets that are connected, and wait at most ten seconds for each other."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(10)
        theirs.settimeout(10)
        yield ours, theirs


@pytest.fixture(scope="session")
def data(snapshot: Snapshot) -> Data:
    """Load the tiny graph as a worker has it."""
    store = Store()
    store.bulk_load(path=snapshot.nquads, format=RdfFormat.N_QUADS)
    return Data(store, SearchIndex.build(store), SERVER_PREFIXES, BASE)


@pytest.fixture(scope="session")
def plan(snapshot: Snapshot) -> Plan:
    """Return the plan of workers over the tiny graph."""
    settings = Settings(spool_bytes=4096, worker_memory_bytes=2**28)
    return plan_for(settings, snapshot)


@contextmanager
def zygote(plan: Plan, *orders: bytes) -> Iterator[tuple[socket.socket, subprocess.Popen[bytes]]]:
    """Start a zygote that finds orders waiting; give its control socket and its process."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    program = [sys.executable, "-P", "-m", "allegiance_server.workers.zygote"]
    arguments = [json.dumps(asdict(plan)), str(os.getpid())]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with ours, theirs:
        ours.settimeout(20)
        for order in orders:
            ours.send(order)
        with subprocess.Popen(
            program + arguments, stdin=theirs.fileno(), env=environment
        ) as process:
            theirs.close()
            yield ours, process
            ours.close()


@pytest.fixture
def start_zygote(
    plan: Plan,
) -> Iterator[Callable[..., tuple[socket.socket, subprocess.Popen[bytes]]]]:
    """Start a zygote with a plan that is changed a little and with orders waiting."""
    with ExitStack() as stack:

        def start(*orders: bytes, **changes: Any) -> tuple[socket.socket, subprocess.Popen[bytes]]:  # noqa: ANN401 - any field of Plan
            return stack.enter_context(zygote(replace(plan, **changes), *orders))

        yield start


def forked(control: socket.socket) -> tuple[int, socket.socket]:
    """Receive a new worker: its process id and its connection."""
    message, descriptors, _, _ = socket.recv_fds(control, 4096, 1)
    kind, pid = message.split()
    assert kind == b"worker"
    connection = socket.socket(fileno=descriptors[0])
    connection.settimeout(10)
    return int(pid), connection


@pytest.fixture
def worker_of() -> Iterator[Callable[[socket.socket], tuple[int, socket.socket]]]:
    """Receive a new worker from a zygote: its process id and its connection."""
    with ExitStack() as stack:

        def receive_worker(control: socket.socket) -> tuple[int, socket.socket]:
            pid, connection = forked(control)
            stack.enter_context(connection)
            return pid, connection

        yield receive_worker
