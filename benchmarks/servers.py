"""Start and stop the servers that are compared, each a subprocess on a free port of the loopback.

Ours is `allegiance serve`; the peers are `oxigraph serve` (native, the graph in memory) and
`rdflib-endpoint`. The peers have no limit of memory of their own, so they get one from outside.
However a block ends, its server and all processes below it are killed.
"""

from __future__ import annotations

import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from exchanges import Target, exchange, post
from processes import is_gone, kill_tree, resident_bytes, resident_parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

__all__ = [
    "KINDS",
    "NotStartedError",
    "Server",
    "allegiance",
    "native",
    "rdflib_endpoint",
    "start",
]

KINDS: Final = ("allegiance", "native", "rdflib-endpoint")
GIB: Final = 1024**3
PEER_MEMORY_BYTES: Final = 8 * GIB
NO_SETTINGS: Final[Mapping[str, str]] = MappingProxyType({})
START_PATIENCE_S: Final = 60
# rdflib parses ten thousand lines a second.
RDFLIB_PATIENCE_S: Final = 300
READY: Final = "ASK {}"


class NotStartedError(Exception):
    """Tell that a server ended, or did not answer, before it could be used."""


@dataclass(frozen=True, slots=True)
class Server:
    """Hold a running server and where it answers."""

    name: str
    process: subprocess.Popen[bytes]
    target: Target

    @property
    def pid(self) -> int:
        """Return the process id of the server."""
        return self.process.pid

    @property
    def is_alive(self) -> bool:
        """Tell whether the process that was started is still the one that runs."""
        return self.process.poll() is None and not is_gone(self.process.pid)

    def resident_bytes(self) -> int:
        """Return the memory of all of its processes, shared pages counted once."""
        return resident_bytes(self.process.pid)

    def resident_parts(self) -> tuple[int, int, int]:
        """Return that memory by kind: of the first process, of its children, of all below."""
        return resident_parts(self.process.pid)


def start(
    kind: str, graph: Path, settings: Mapping[str, str] = NO_SETTINGS, *, timeout_s: float = 2
) -> AbstractContextManager[Server]:
    """Start a server of a kind over an N-Quads file.

    The settings are variables such as ALLEGIANCE_WORKERS, for ours alone.
    """
    match kind:
        case "allegiance":
            chosen = {"ALLEGIANCE_QUERY_TIMEOUT_S": f"{timeout_s:g}", **settings}
            return allegiance(graph.parent, chosen)
        case "native":
            return native(graph, timeout_s)
        case _:
            return rdflib_endpoint(graph)


@contextmanager
def allegiance(snapshot: Path, settings: Mapping[str, str]) -> Iterator[Server]:
    """Run ours over the folder of a snapshot."""
    command = [sys.executable, "-m", "allegiance_server", "serve", "--port", "0"]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("ALLEGIANCE_")
    }
    with _process([*command, "--snapshot", str(snapshot)], {**environment, **settings}) as (
        process,
        output,
    ):
        port = _announced_port(process, output)
        target = Target(("127.0.0.1", port), "/sparql", "/sparql")
        yield _ready(Server("allegiance", process, target), output)


@contextmanager
def native(graph: Path, timeout_s: float | None = 2) -> Iterator[Server]:
    """Run `oxigraph serve` in memory and load the graph into it."""
    port = _free_port()
    command = [_installed("oxigraph"), "serve", "--bind", f"127.0.0.1:{port}"]
    if timeout_s is not None:
        command += ["--timeout-s", f"{timeout_s:g}"]
    with _process(command, dict(os.environ), PEER_MEMORY_BYTES) as (process, output):
        target = Target(("127.0.0.1", port), "/query", "/update")
        server = _ready(Server("native", process, target), output)
        loading = post(target, "/store", "application/n-quads", graph.read_bytes())
        loaded = exchange(target.address, [loading], patience_s=START_PATIENCE_S)
        if loaded.status not in (200, 201, 204):
            message = f"oxigraph took no data: {loaded.status} {loaded.body[:200]!r}"
            raise NotStartedError(message)
        yield server


@contextmanager
def rdflib_endpoint(graph: Path) -> Iterator[Server]:
    """Run `rdflib-endpoint serve` over the graph, with updates switched on as native has them."""
    port = _free_port()
    command = [_installed("rdflib-endpoint"), "serve", "--enable-update", "--port", str(port)]
    with _process(
        [*command, "--host", "127.0.0.1", str(graph)], dict(os.environ), PEER_MEMORY_BYTES
    ) as (process, output):
        target = Target(("127.0.0.1", port), "/", "/")
        yield _ready(Server("rdflib-endpoint", process, target), output, RDFLIB_PATIENCE_S)


@contextmanager
def _process(
    command: list[str], environment: Mapping[str, str], memory_bytes: int | None = None
) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """Run a command, its output in a file; kill it and all below it at the end."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "output"
        with (
            output.open("wb") as file,
            subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=environment
            ) as process,
        ):
            try:
                if memory_bytes is not None:
                    bounds = (memory_bytes, memory_bytes)
                    resource.prlimit(process.pid, resource.RLIMIT_AS, bounds)
                yield process, output
            finally:
                kill_tree(process.pid)
                process.wait()


def _announced_port(process: subprocess.Popen[bytes], output: Path) -> int:
    end = time.monotonic() + START_PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        found = re.search(rb"http://127\.0\.0\.1:(\d+)/", output.read_bytes())
        if found:
            return int(found[1])
        time.sleep(0.02)
    message = f"allegiance did not start: {output.read_bytes()[-2000:].decode()}"
    raise NotStartedError(message)


def _ready(server: Server, output: Path, patience_s: float = START_PATIENCE_S) -> Server:
    """Wait until a server answers a query."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end and server.is_alive:
        request = server.target.get(READY)
        if exchange(server.target.address, [request], patience_s=5).status == HTTPStatus.OK:
            return server
        time.sleep(0.05)
    message = f"{server.name} did not start: {output.read_bytes()[-2000:].decode()}"
    raise NotStartedError(message)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _installed(name: str) -> str:
    """Return the path of a command that stands beside this Python."""
    return str(Path(sys.executable).with_name(name))
