"""Speak HTTP byte by byte, also wrongly, and tell how an exchange ended.

The clients of the standard library correct or refuse what an attacker would send; here a request is
bytes, and an answer counts as whole only if its framing says so.
"""

from __future__ import annotations

import http.client
import select
import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["JSON", "Exchange", "Target", "exchange", "form", "post"]

JSON: Final = "application/sparql-results+json"
QUERY: Final = "application/sparql-query"
KEPT_BYTES: Final = 8 * 1024 * 1024
PART: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Target:
    """Hold where a server answers queries and updates."""

    address: tuple[str, int]
    query_path: str
    update_path: str

    def get(self, query: str, accept: str = JSON, *headers: str) -> bytes:
        """Make the request by GET of a query."""
        parameters = f"?query={quote(query, safe='')}"
        lines = ["Host: localhost", f"Accept: {accept}", "Connection: close", *headers]
        text = "\r\n".join([f"GET {self.query_path}{parameters} HTTP/1.1", *lines, "", ""])
        return text.encode("latin-1")

    def ask(self, query: str | bytes, accept: str = JSON) -> bytes:
        """Make the request by POST of the bare query."""
        body = query.encode() if isinstance(query, str) else query
        return post(self, self.query_path, QUERY, body, accept)


def post(
    target: Target, path: str, media_type: str, body: bytes, accept: str = JSON, *headers: str
) -> bytes:
    """Make a request by POST that ends its connection."""
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: {target.address[0]}",
        f"Accept: {accept}",
        f"Content-Type: {media_type}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def form(**parameters: str) -> bytes:
    """Encode the fields of a form."""
    return "&".join(
        f"{name}={quote(value, safe='')}" for name, value in parameters.items()
    ).encode()


@dataclass(frozen=True, slots=True)
class Exchange:
    """Hold what came back.

    `status` is None where there was no answer; `failure` then says why. `body` is its beginning,
    `byte_count` its length, `connect_s` the part of the time until the connection stood. `is_whole`
    is what the framing says.
    """

    status: int | None
    seconds: float
    body: bytes = b""
    byte_count: int = 0
    is_whole: bool = False
    sent_bytes: int = 0
    failure: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    connect_s: float = 0

    @property
    def media_type(self) -> str:
        """Return the type of the body, without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip()


class _Course:
    """Collect what has happened so far, so that it can be told wherever it ends."""

    def __init__(self, patience_s: float) -> None:
        self.began = time.monotonic()
        self._until = self.began + patience_s
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self.byte_count = 0
        self.connect_s = 0.0
        self.sent_bytes = 0
        self.is_whole = False

    def remaining_s(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def end(self, failure: str = "") -> Exchange:
        return Exchange(
            status=self.status,
            seconds=time.monotonic() - self.began,
            connect_s=self.connect_s,
            body=bytes(self.body),
            byte_count=self.byte_count,
            is_whole=self.is_whole,
            sent_bytes=self.sent_bytes,
            failure=failure,
            headers=self.headers,
        )


def exchange(
    address: tuple[str, int],
    chunks: Iterable[bytes],
    *,
    source: str = "127.0.0.1",
    patience_s: float = 15,
    pause_s: float = 0,
) -> Exchange:
    """Send chunks, read one answer, and tell how it went; nothing is raised.

    Sending stops as soon as the server answers. Each part of the answer is read `pause_s` after the
    one before.
    """
    course = _Course(patience_s)
    try:
        with socket.create_connection(
            address, timeout=patience_s, source_address=(source, 0)
        ) as connection:
            course.connect_s = time.monotonic() - course.began
            _send(connection, chunks, course)
            _read(connection, course, pause_s)
    except TimeoutError:
        return course.end("hung")
    except ConnectionRefusedError:
        return course.end("nobody listens")
    except (OSError, http.client.HTTPException) as error:
        return course.end(f"broken off ({type(error).__name__})")
    return course.end("" if course.is_whole else "broken off")


def _send(connection: socket.socket, chunks: Iterable[bytes], course: _Course) -> None:
    for chunk in chunks:
        view = memoryview(chunk)
        while view:
            readable, writable, _ = select.select(
                [connection], [connection], [], course.remaining_s()
            )
            if readable:
                return
            if writable and not _sent(connection, view[:PART], course):
                return
            view = view[PART:] if writable else view


def _sent(connection: socket.socket, part: memoryview, course: _Course) -> bool:
    """Send a part; False if the server has closed: its answer may wait to be read."""
    try:
        connection.settimeout(course.remaining_s())
        connection.sendall(part)
    except (BrokenPipeError, ConnectionResetError):
        return False
    course.sent_bytes += len(part)
    return True


def _read(connection: socket.socket, course: _Course, pause_s: float) -> None:
    connection.settimeout(course.remaining_s())
    response = http.client.HTTPResponse(connection)
    try:
        response.begin()
        course.headers = {name.lower(): value for name, value in response.getheaders()}
        course.status = response.status
        while True:
            connection.settimeout(course.remaining_s())
            part = response.read(PART)
            if not part:
                break
            course.byte_count += len(part)
            course.body += part[: max(0, KEPT_BYTES - len(course.body))]
            if pause_s:
                time.sleep(pause_s)
        course.is_whole = not response.length
    finally:
        response.close()
