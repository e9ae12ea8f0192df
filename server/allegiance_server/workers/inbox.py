"""What a worker is told: one frame after another, of which a request may come before its turn."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from allegiance_server.workers.wire import REQUEST, is_go, unpack_request

if TYPE_CHECKING:
    import socket

    from allegiance_server.workers.wire import Request

__all__ = ["Inbox"]

READ_BYTES: Final = 64 * 1024


class Inbox:
    """Read frames; the next request may lie here while one is being answered."""

    def __init__(self, connection: socket.socket) -> None:
        """Start with nothing read."""
        self._connection = connection
        self._received = bytearray()
        self._requests: deque[Request] = deque()

    def next_request(self) -> Request:
        """Return the next request, or wait for it; raises EOFError where there will be none."""
        if self._requests:
            return self._requests.popleft()
        request = self._read()
        if request is None:
            message = "Told to go on with nothing."
            raise EOFError(message)
        return request

    def await_go(self, request_id: int) -> None:
        """Wait for leave to send the rest of a result; requests meanwhile wait for their turn."""
        while (request := self._read(request_id)) is not None:
            self._requests.append(request)

    def _read(self, going: int | None = None) -> Request | None:
        """Read a frame: a request, or None for leave to go on with the request of an id."""
        self._fill(REQUEST.size)
        preamble = bytes(self._received[: REQUEST.size])
        request_id, *_, graphs_length, text_length = REQUEST.unpack(preamble)
        if is_go(preamble):
            if request_id != going:
                message = f"Told to go on with request {request_id}, not {going}."
                raise EOFError(message)
            del self._received[: REQUEST.size]
            return None
        middle = REQUEST.size + graphs_length
        end = middle + text_length
        self._fill(end)
        graphs, text = self._received[REQUEST.size : middle], self._received[middle:end]
        del self._received[:end]
        return unpack_request(preamble, graphs, text)

    def _fill(self, length: int) -> None:
        """Receive until so many bytes are here; raises EOFError where the connection ends."""
        while len(self._received) < length:
            part = self._connection.recv(READ_BYTES)
            if not part:
                raise EOFError
            self._received += part
