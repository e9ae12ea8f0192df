"""Start and stop the servers under test: ours, and two others to compare it with."""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from connections import Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

__all__ = ["SERVERS", "NotAnsweringError", "allegiance", "oxigraph", "rdflib_endpoint"]

HOST = "127.0.0.1"
PATIENCE_S = 30.0
PROGRAMS = Path(sys.executable).parent
ANNOUNCEMENT = re.compile(r"answers at http://[^/]*:(\d+)/")


class NotAnsweringError(Exception):
    """Tell that a server did not start, and what it had to say about it."""


@contextmanager
def allegiance() -> Iterator[Endpoint]:
    """Run our server on an empty snapshot, writable with a token."""
    token = secrets.token_urlsafe(24)
    with tempfile.TemporaryDirectory() as folder:
        (commits := Path(folder) / "commits").mkdir()
        command = [str(PROGRAMS / "allegiance"), "serve", "--host", HOST, "--port", "0"]
        command += ["--snapshot", str(_empty_snapshot(Path(folder) / "build"))]
        environment = {
            **os.environ,
            "ALLEGIANCE_WRITABLE": "1",
            "ALLEGIANCE_WRITE_TOKEN_SHA256": hashlib.sha256(token.encode()).hexdigest(),
            "ALLEGIANCE_COMMIT_DIR": str(commits),
        }
        with _running(command, environment, stdout=subprocess.PIPE) as process:
            port = _announced_port(process)
            yield Endpoint(HOST, port, "/sparql", "/graph-store", token)


@contextmanager
def oxigraph() -> Iterator[Endpoint]:
    """Run the native server of Oxigraph, in memory."""
    port = _free_port()
    with _running([str(PROGRAMS / "oxigraph"), "serve", "--bind", f"{HOST}:{port}"]) as process:
        _await_answer(process, port)
        yield Endpoint(HOST, port, "/sparql", "/store")


@contextmanager
def rdflib_endpoint() -> Iterator[Endpoint]:
    """Run rdflib-endpoint as its own command does; it has no graph store."""
    port = _free_port()
    command = [str(PROGRAMS / "rdflib-endpoint"), "serve", "--host", HOST, "--port", str(port)]
    with _running([*command, "--enable-update"]) as process:
        _await_answer(process, port)
        yield Endpoint(HOST, port, "/", None)


SERVERS: Mapping[str, Callable[[], AbstractContextManager[Endpoint]]] = {
    "allegiance": allegiance,
    "oxigraph": oxigraph,
    "rdflib-endpoint": rdflib_endpoint,
}


def _empty_snapshot(folder: Path) -> Path:
    from pyoxigraph import Store  # noqa: PLC0415 - only our server needs the package

    from allegiance.snapshot import write_snapshot  # noqa: PLC0415

    return write_snapshot(Store(), folder, {}).directory


@contextmanager
def _running(
    command: list[str],
    environment: Mapping[str, str] | None = None,
    stdout: int = subprocess.DEVNULL,
) -> Iterator[subprocess.Popen[str]]:
    """Run a program until the block ends; what it reports is shown where it does not start."""
    with (
        tempfile.TemporaryFile("w+") as report,
        subprocess.Popen(
            command, env=environment, stdout=stdout, stderr=report, text=True
        ) as process,
    ):
        try:
            yield process
        except ChildProcessError as error:
            report.seek(0)
            message = f"{Path(command[0]).name} does not answer: {report.read()[-2000:]}"
            raise NotAnsweringError(message) from error
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _announced_port(process: subprocess.Popen[str]) -> int:
    """Read the port from the first line that our server prints."""
    assert process.stdout is not None
    found = ANNOUNCEMENT.search(process.stdout.readline())
    if found is None:
        raise ChildProcessError
    return int(found[1])


def _free_port() -> int:
    """Find a port that is free now; both peers take no socket that is open already."""
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])


def _await_answer(process: subprocess.Popen[str], port: int) -> None:
    """Wait until a server answers anything at all."""
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE_S)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
        else:
            return
        finally:
            connection.close()
    raise ChildProcessError
