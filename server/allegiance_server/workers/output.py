"""Where a worker writes a result: counted, checked, encoded, and sent in frames as it grows."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Final, Protocol, cast

import zstandard

from allegiance_server.workers.rows import row_counter
from allegiance_server.workers.wire import BEGUN, CHUNK, END, PROBLEM, WHOLE, pack_answer

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from allegiance_server.workers.rows import RowCounter
    from allegiance_server.workers.tasks import Encoding
    from allegiance_server.workers.wire import Request

__all__ = ["Output", "OutputFullError", "UnfitTermError"]

# Below this, the answer in one packet of the network is not made faster by being smaller.
WORTH_ENCODING_BYTES: Final = 1400
CHUNK_BYTES: Final = 64 * 1024
# More would halve the size of nothing and take twice the time.
GZIP_LEVEL: Final = 1
ZSTD_LEVEL: Final = 3

# Characters that no XML document can hold; and the serialiser's element for a predicate that cannot
# be split into a namespace and a name, which is no XML either. Text holds no bare `<`.
_NOT_XML: Final = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]|<oxprefix:[ >/]", re.DOTALL
)
# So many bytes of what is looked for may stand at the end of one part, the last in the next.
_NOT_XML_OVERLAP: Final = len("<oxprefix:")


class OutputFullError(Exception):
    """Stop the serialiser: the result passes its bound."""


class UnfitTermError(Exception):
    """Stop the serialiser: the format cannot hold a term."""


class Encoder(Protocol):
    """What zlib and zstandard share."""

    def compress(self, data: bytes) -> bytes:
        """Take the next part."""

    def flush(self) -> bytes:
        """Give what is left."""


class Output:
    """Take the bytes of one result, as the serialiser writes them.

    Up to the spool's size nothing is sent, so that an error can still take the place of the result.
    What is larger is sent in parts, from the moment at which the other side says so.
    """

    def __init__(
        self,
        connection: socket.socket,
        request: Request,
        spool_bytes: int,
        max_bytes: int,
        await_go: Callable[[int], None],
    ) -> None:
        """Start empty; `await_go` returns when the rest of a request's result may be sent."""
        self._connection = connection
        self._await_go = await_go
        self._request = request
        self._spool_bytes = spool_bytes
        self._max_bytes = max_bytes
        self._media_type = ""
        self._encoding: Encoding = "identity"
        self._encoder: Encoder | None = None
        self._counter: RowCounter | None = None
        self._is_xml = False
        self._xml_end = b""
        self._written = 0
        self._buffer = bytearray()
        self._has_begun = False

    def open(self, media_type: str) -> None:
        """Say what is going to be written."""
        self._media_type = media_type
        self._is_xml = media_type.endswith("xml")
        if self._request.task.counts_rows:
            self._counter = row_counter(media_type)

    def write(self, chunk: bytes) -> int:
        """Take a part; raises OutputFullError or UnfitTermError."""
        self._written += len(chunk)
        if self._written > self._max_bytes:
            raise OutputFullError
        if self._is_xml:
            self._check_xml(chunk)
        if self._counter is not None:
            self._counter.feed(chunk)
        self._buffer += chunk if self._encoder is None else self._encoder.compress(chunk)
        if self._encoder is None and self._written >= WORTH_ENCODING_BYTES:
            self._start_encoding()
        if len(self._buffer) >= (CHUNK_BYTES if self._has_begun else self._spool_bytes):
            self._send(CHUNK if self._has_begun else BEGUN)
        return len(chunk)

    def flush(self) -> None:
        """Do nothing: a part is sent when it is large enough."""

    def close(self) -> None:
        """Send what is left, and that it is all."""
        if self._encoder is not None:
            self._buffer += self._encoder.flush()
        self._send(END if self._has_begun else WHOLE)

    def fail(self, problem: bytes) -> None:
        """Send a reason in place of what has not been sent."""
        self._buffer = bytearray(problem)
        self._media_type = self._media_type or "application/json"
        self._send(PROBLEM)

    def _check_xml(self, chunk: bytes) -> None:
        text = self._xml_end + chunk
        if found := _NOT_XML.search(text):
            raise UnfitTermError(_unfit(found.group()))
        self._xml_end = text[-_NOT_XML_OVERLAP:]

    def _start_encoding(self) -> None:
        """Encode from the first byte on, if the client prefers that."""
        self._encoding = self._request.task.encoding
        if self._encoding == "gzip":
            self._encoder = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
        elif self._encoding == "zstd":
            self._encoder = cast(
                "Encoder", zstandard.ZstdCompressor(level=ZSTD_LEVEL).compressobj()
            )
        if self._encoder is not None:
            self._buffer = bytearray(self._encoder.compress(bytes(self._buffer)))

    def _send(self, kind: int) -> None:
        is_last = kind in (WHOLE, END)
        rows = self._counter.rows if self._counter is not None and is_last else -1
        body, self._buffer = self._buffer, bytearray()
        preamble = pack_answer(
            self._request.id, kind, self._media_type, self._encoding, rows, len(body)
        )
        if len(body) < CHUNK_BYTES:
            self._connection.sendall(preamble + body)
        else:
            self._connection.sendall(preamble)
            self._connection.sendall(body)
        if kind == BEGUN:
            self._has_begun = True
            self._await_go(self._request.id)


def _unfit(found: bytes) -> str:
    if found.startswith(b"<"):
        return "a predicate whose IRI does not end in an XML name"
    code = ord(found.decode())
    return f"the character U+{code:04X}, which XML forbids"
