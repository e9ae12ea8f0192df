"""Endpoints on the loopback interface, for SERVICE to call: a store, or a script of faults."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from pyoxigraph import QueryResultsFormat, QuerySolutions, Store

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

__all__ = ["JSON", "Remote", "Reply", "listening", "of_store", "table"]

JSON = "application/sparql-results+json"


@dataclass(frozen=True)
class Reply:
    """Hold what is answered; `length` is what the head promises, -1 for the truth.

    `act` is called before anything is sent, and may wait, or send by itself.
    """

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", JSON),)
    length: int = -1
    act: Callable[[socket.socket], object] | None = None


@dataclass
class Remote:
    """Hold an endpoint that listens: its address, and what it was asked."""

    address: str
    queries: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    connections: set[object] = field(default_factory=set)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one piece
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        is_form = "urlencoded" in self.headers["Content-Type"]
        query = parse_qs(body)["query"][0] if is_form else body
        remote = self.server.remote
        remote.queries.append(query)
        remote.headers.append({name.lower(): text for name, text in self.headers.items()})
        remote.connections.add(self.client_address)
        self.reply(self.server.answer(query))

    def reply(self, reply: Reply) -> None:
        """Send what is answered."""
        if reply.act is not None:
            reply.act(self.connection)
        length = len(reply.body) if reply.length < 0 else reply.length
        self.send_response_only(reply.status)
        for name, text in (*reply.headers, ("Content-Length", str(length))):
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(reply.body)
        self.wfile.flush()
        self.close_connection = length != len(reply.body)

    def log_message(self, *_: object) -> None:
        """Keep the tests' output free of requests."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, answer: Callable[[str], Reply]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.remote = Remote(f"http://127.0.0.1:{self.server_address[1]}/sparql")

    def handle_error(self, *_: object) -> None:
        """Say nothing of a client that has left: that is what some tests are about."""


@contextmanager
def listening(answer: Callable[[str], Reply]) -> Iterator[Remote]:
    """Run an endpoint that answers each query as a function says."""
    with _Server(answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.remote
        finally:
            server.shutdown()
            thread.join()


def of_store(store: Store) -> Callable[[str], Reply]:
    """Answer from a store; 400 with the parser's words for what is no SPARQL."""

    def answer(query: str) -> Reply:
        try:
            found = store.query(query)
        except SyntaxError as error:
            return Reply(str(error).encode(), 400, (("Content-Type", "text/plain"),))
        assert isinstance(found, QuerySolutions)
        return Reply(found.serialize(format=QueryResultsFormat.JSON) or b"")

    return answer


def table(variables: str, bindings: str = "") -> bytes:
    """Write a table: names with spaces between, and the rows as JSON."""
    names = ",".join(f'"{name}"' for name in variables.split())
    return f'{{"head":{{"vars":[{names}]}},"results":{{"bindings":[{bindings}]}}}}'.encode()
