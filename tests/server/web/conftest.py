"""Speak HTTP to a server byte by byte, and read what it answers with nothing made up."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True)
class Answer:
    """Hold an answer; `is_whole` tells that it came to the end that its head promises."""

    status: int
    headers: dict[str, str]
    body: bytes
    is_whole: bool = True


class Line:
    """Hold a connection to a server."""

    def __init__(self, address: str) -> None:
        """Connect."""
        target = urlsplit(address)
        self._socket = socket.create_connection((target.hostname or "", target.port or 0), 20)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._stream = self._socket.makefile("rb")

    def close(self) -> None:
        """Hang up."""
        self._stream.close()
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Send bytes, as many as the server takes."""
        self._socket.sendall(data)

    def read(self, method: str = "GET") -> Answer | None:
        """Read the next answer; None where the connection ends instead."""
        try:
            line = self._stream.readline()
        except ConnectionError:
            line = b""
        if not line:
            return None
        version, status, _ = line.split(b" ", 2)
        assert version == b"HTTP/1.1"
        headers = {}
        for raw in iter(self._stream.readline, b"\r\n"):
            name, _, value = raw.decode().rstrip("\r\n").partition(": ")
            assert name not in headers
            headers[name] = value
        code = int(status)
        if method == "HEAD" or code in (204, 304):
            return Answer(code, headers, b"")
        if headers.get("transfer-encoding") == "chunked":
            return Answer(code, headers, *self._chunks())
        length = int(headers["content-length"])
        body = self._stream.read(length)
        return Answer(code, headers, body, len(body) == length)

    def is_closed(self) -> bool:
        """Tell, as soon as it happens, that the server has closed and sent nothing more."""
        try:
            return self._stream.read(1) == b""
        except ConnectionError:
            return True

    def _chunks(self) -> tuple[bytes, bool]:
        body = b""
        while size := self._stream.readline():
            length = int(size, 16)
            part = self._stream.read(length)
            body += part
            if len(part) < length or self._stream.read(2) != b"\r\n":
                return body, False
            if length == 0:
                return body, True
        return body, False


@pytest.fixture
def dial(address: str) -> Iterator[Callable[..., Line]]:
    """Connect to the shared server, or to another one."""
    with ExitStack() as stack:

        def connect(url: str = address) -> Line:
            line = Line(url)
            stack.callback(line.close)
            return line

        yield connect
