"""The configuration of nginx, run for real: before two replicas, and before misbehaving ones."""

from __future__ import annotations

import http.client
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
SNAPSHOT = ROOT / "tests" / "server" / "snapshot"
CONF = ROOT / "deploy" / "nginx.conf"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
QUERY = {"query": "SELECT * { ?s ?p ?o } LIMIT 3"}
PATIENCE_S = 20

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


def free_port() -> int:
    """Return a port that was free just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for(port: int) -> None:
    """Wait until somebody listens."""
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < end
            time.sleep(0.02)
        else:
            return


@contextmanager
def proxying(folder: Path, first: int, second: int, *changes: tuple[str, str]) -> Iterator[str]:
    """Run nginx with the configuration before two ports; give its address."""
    port = free_port()
    text = CONF.read_text(encoding="utf-8")
    for old, new in (
        ("replica-a:8000", f"127.0.0.1:{first}"),
        ("replica-b:8000", f"127.0.0.1:{second}"),
        ("listen 8080", f"listen 127.0.0.1:{port}"),
        ("/tmp/", f"{folder}/"),  # noqa: S108 - as the configuration says it
        ("worker_processes auto", "worker_processes 1"),
        *changes,
    ):
        assert old in text
        text = text.replace(old, new)
    conf = folder / "nginx.conf"
    conf.write_text(text, encoding="utf-8")
    assert NGINX is not None
    command = [NGINX, "-p", str(folder), "-c", str(conf), "-g", "daemon off;"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as nginx:
        try:
            wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            nginx.send_signal(signal.SIGTERM)
            nginx.wait(timeout=PATIENCE_S)


class Misbehaving(BaseHTTPRequestHandler):
    """A replica that does what the path says."""

    protocol_version = "HTTP/1.1"
    is_busy = False

    def do_GET(self) -> None:
        """Break off, be busy, or repeat what was heard."""
        if self.path == "/broken":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"2710\r\n" + b"x" * 10_000 + b"\r\n")
            self.close_connection = True
        elif self.path == "/busy" and type(self).is_busy:
            self._send(503, b"busy")
        else:
            heard = "\n".join(f"{name.lower()}: {value}" for name, value in self.headers.items())
            self._send(200, f"{self.command} {len(self.path)}\n{heard}".encode())

    do_QUERY = do_POST = do_GET  # noqa: N815 - as http.server names them

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _send(self, status: int, body: bytes) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Busy(Misbehaving):
    """A replica that has no room for what the path /busy asks."""

    is_busy = True


@contextmanager
def running(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """Run a server of Python's own; give its port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def before_misbehaving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of nginx before a replica that is busy and one that is not."""
    folder = tmp_path_factory.mktemp("nginx")
    with running(Busy) as busy, running(Misbehaving) as other:
        hurried = ("client_header_timeout 10s", "client_header_timeout 1s")
        with proxying(folder, busy, other, hurried) as address:
            yield address


def test_broken_stream_is_seen_through_the_proxy(before_misbehaving: str) -> None:
    """A result that a replica breaks off does not become a whole one on the way."""
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{before_misbehaving}/broken")
    curl = shutil.which("curl")
    if curl is not None:
        done = subprocess.run([curl, "-s", f"{before_misbehaving}/broken"], capture_output=True)  # noqa: PLW1510 - the code is looked at
        assert done.returncode == 18


def test_busy_replica_is_passed_over(before_misbehaving: str) -> None:
    """What one replica has no room for goes to the other, each time."""
    statuses = {httpx.get(f"{before_misbehaving}/busy").status_code for _ in range(20)}
    assert statuses == {200}


def test_what_a_client_says_of_itself_is_not_passed_on(before_misbehaving: str) -> None:
    """The replica hears of the peer alone, whatever the client claims."""
    claims = {
        "x-forwarded-for": "6.6.6.6",
        "x-forwarded-proto": "https",
        "x-forwarded-host": "evil",
    }
    heard = httpx.get(f"{before_misbehaving}/", headers=claims).text
    assert re.findall(r"^x-forwarded-(?:for|proto): (.*)$", heard, re.MULTILINE) == [
        "127.0.0.1",
        "http",
    ]
    assert "evil" not in heard


@pytest.mark.parametrize(
    ("size", "status"), [(3 * 65536 + 8192, 200), (300_000, 413)], ids=["longest", "too long"]
)
def test_body_is_bounded(before_misbehaving: str, size: int, status: int) -> None:
    """The longest query, escaped, is let through; what is no query is refused by the proxy."""
    assert httpx.post(f"{before_misbehaving}/sparql", content=b"a" * size).status_code == status


def test_method_query_gets_through(before_misbehaving: str) -> None:
    """A method that is younger than the proxy is passed on with its body."""
    heard = httpx.request("QUERY", f"{before_misbehaving}/sparql", content=b"ASK {}").text
    assert heard.startswith("QUERY 7\n")


@pytest.mark.parametrize("path", ["/admin/queries", "/metrics"])
def test_what_is_for_the_operator_stays_inside(before_misbehaving: str, path: str) -> None:
    """From outside there is neither administration nor metrics."""
    assert httpx.get(before_misbehaving + path).status_code == 404


def test_slow_headers_end_the_connection(before_misbehaving: str) -> None:
    """Who sends a byte now and then is cut off when the time for all headers is over."""
    host, port = before_misbehaving.removeprefix("http://").split(":")
    begin = time.monotonic()
    with (
        socket.create_connection((host, int(port)), timeout=PATIENCE_S) as slow,
        pytest.raises(OSError, match=r"Connection reset|Broken pipe"),
    ):
        drip(slow)
    assert time.monotonic() - begin < 5


def drip(slow: socket.socket) -> None:
    """Send one header after the other, without an end."""
    slow.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n")
    for _ in range(5 * PATIENCE_S):
        time.sleep(0.2)
        slow.sendall(b"X: y\r\n")


@contextmanager
def replica() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run a replica that believes the proxy; give the process and its port."""
    command = [
        *(sys.executable, "-m", "allegiance_server", "serve", "--port", "0", "--workers", "1"),
        *("--snapshot", str(SNAPSHOT), "--trusted-proxies", "127.0.0.1"),
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            found = re.search(r":(\d+)/", process.stdout.readline())
            assert found is not None, "the replica did not start"
            yield process, int(found[1])
        finally:
            process.kill()


def answer_to_escaped(address: str, byte_count: int) -> tuple[int, str]:
    """Ask a query of some length in an address, each byte of it escaped; return status and type."""
    escaped = "".join(f"%{ord(letter):02X}" for letter in "ASK {}".ljust(byte_count))
    host = address.removeprefix("http://")
    with closing(http.client.HTTPConnection(host, timeout=PATIENCE_S)) as connection:
        connection.request("GET", f"/sparql?query={escaped}")
        answer = connection.getresponse()
        return answer.status, answer.headers["content-type"]


def test_either_replica_answers_and_one_may_die(tmp_path: Path) -> None:
    """Both take part with the same ETag; when one is killed, no request is lost, by GET or POST."""
    with ExitStack() as stack:
        first, first_port = stack.enter_context(replica())
        _, second_port = stack.enter_context(replica())
        address = stack.enter_context(proxying(tmp_path, first_port, second_port))
        client = stack.enter_context(httpx.Client(base_url=address, timeout=PATIENCE_S))
        answers = [client.get("/sparql", params=QUERY) for _ in range(20)]
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.text for answer in answers}) == 1
        assert len({answer.headers.get("etag") for answer in answers}) == 1
        for port in (first_port, second_port):
            told = httpx.get(f"http://127.0.0.1:{port}/metrics").text
            assert re.search(r'allegiance_queries_total\{.*outcome="answered"\} [1-9]', told)
        assert answer_to_escaped(address, 21_000) == (200, "application/sparql-results+json")
        # What is too long for an address, the service says, and not the proxy.
        assert answer_to_escaped(address, 65_536) == (414, "application/problem+json")
        first.kill()
        first.wait()
        statuses = [client.get("/sparql", params=QUERY).status_code for _ in range(20)]
        statuses += [client.post("/sparql", data=QUERY).status_code for _ in range(20)]
        assert set(statuses) == {200}
