"""Keep answered results, in bytes as they were sent, until their room is needed for others."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import zstandard
from cachetools import LRUCache

if TYPE_CHECKING:
    from collections.abc import Iterable

    from allegiance_server.workers.tasks import Encoding

__all__ = ["Entry", "Key", "ResultCache", "head_of"]

# One result may fill this part of the cache, so that a few large ones do not push out all others.
LARGEST_PART: Final = 16
# What an entry costs beside its bytes: key, headers, links.
OVERHEAD_BYTES: Final = 1024
# Encoding happens in the event loop here: what takes longer than a millisecond is left as it is.
MOST_TO_ENCODE_BYTES: Final = 256 * 1024
WORTH_ENCODING_BYTES: Final = 1400
GZIP_LEVEL: Final = 1
ZSTD_LEVEL: Final = 3

# Snapshot, media types for solutions and graph, the graphs of the request, and the query.
Key = tuple[str, str | None, str | None, tuple[str, ...], tuple[str, ...], str]


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold a whole result in one encoding, and the headers that go before it.

    `head` is these headers as they are sent, without the line of the status.
    """

    body: bytes
    media_type: str
    encoding: Encoding
    headers: tuple[tuple[bytes, bytes], ...]
    head: bytes = b""

    def __post_init__(self) -> None:
        """Write the head once."""
        object.__setattr__(self, "head", head_of(self.headers))


class ResultCache:
    """Find results by what was asked; the ones used least recently go first.

    A result is kept in each encoding in which it was asked for.
    """

    def __init__(self, max_bytes: int) -> None:
        """Make room for so many bytes; 0 keeps nothing."""
        self._entries: LRUCache[tuple[Key, Encoding], Entry] = LRUCache(
            max(1, max_bytes), getsizeof=_size
        )
        self.largest_bytes = max_bytes // LARGEST_PART - OVERHEAD_BYTES
        self.hits = 0
        self.misses = 0

    @property
    def is_on(self) -> bool:
        """Tell whether anything can be kept."""
        return self.largest_bytes > 0

    @property
    def byte_count(self) -> int:
        """Return the bytes of what is kept, overhead included."""
        return int(self._entries.currsize)

    @property
    def entry_count(self) -> int:
        """Return the number of results that are kept."""
        return len(self._entries)

    def find(self, key: Key, encoding: Encoding) -> Entry | None:
        """Return a result in an encoding, or as it is where it is too small to be encoded."""
        entry = self._entries.get((key, encoding))
        if entry is None and encoding != "identity":
            entry = self._encoded(key, encoding)
        if entry is None:
            self.misses += 1
        else:
            self.hits += 1
        return entry

    def keep(self, key: Key, entry: Entry) -> None:
        """Keep a result, if it is not too large."""
        if len(entry.body) <= self.largest_bytes:
            self._entries[key, entry.encoding] = entry

    def _encoded(self, key: Key, encoding: Encoding) -> Entry | None:
        plain = self._entries.get((key, "identity"))
        if plain is None or len(plain.body) < WORTH_ENCODING_BYTES:
            return plain
        if len(plain.body) > MOST_TO_ENCODE_BYTES:
            return None
        body = _encode(plain.body, encoding)
        headers = (
            *(each for each in plain.headers if each[0] != b"content-length"),
            (b"content-length", b"%d" % len(body)),
            (b"content-encoding", encoding.encode()),
        )
        entry = Entry(body, plain.media_type, encoding, headers)
        self.keep(key, entry)
        return entry


def head_of(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    r"""Write headers as they are sent, with the empty line behind them.

    >>> head_of([(b"etag", b'"a"')])
    b'etag: "a"\r\n\r\n'
    """
    return b"".join(b"%b: %b\r\n" % header for header in headers) + b"\r\n"


def _size(entry: Entry) -> int:
    return len(entry.body) + OVERHEAD_BYTES


def _encode(body: bytes, encoding: Encoding) -> bytes:
    if encoding == "gzip":
        return zlib.compress(body, GZIP_LEVEL, 16 + zlib.MAX_WBITS)
    return zstandard.ZstdCompressor(level=ZSTD_LEVEL).compress(body)
