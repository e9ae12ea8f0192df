"""Hold what a worker has sent and the client has not taken yet: a little in memory, more on disk.

So a slow reader costs neither a worker, which could be busy for others, nor memory.
"""

from __future__ import annotations

import errno
import tempfile
from collections import deque
from typing import IO, Final, Self

__all__ = ["Spool"]

MEMORY_BYTES: Final = 1024 * 1024
READ_BYTES: Final = 64 * 1024


class Spool:
    """Give parts back in the order in which they came, perhaps cut elsewhere.

    >>> with Spool() as spool:
    ...     spool.push(b"ab")
    ...     spool.push(b"c")
    ...     spool.pop(), spool.pop(), spool.pop()
    (b'ab', b'c', b'')
    """

    def __init__(self) -> None:
        """Start empty, without a file."""
        self._parts: deque[bytes] = deque()
        self._in_memory = 0
        self._file: IO[bytes] | None = None
        self._read = 0
        self._written = 0
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def push(self, part: bytes) -> None:
        """Take a part, for nothing once it is closed; raises OSError where the disk has no room."""
        if self._is_closed or not part:
            return
        if self._written == self._read and self._in_memory + len(part) <= MEMORY_BYTES:
            self._parts.append(part)
            self._in_memory += len(part)
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed by `close`
        self._file.seek(self._written)
        count = self._file.write(part)
        if count != len(part):
            raise OSError(errno.ENOSPC, "only a part of a result could be kept")
        self._written += count

    def pop(self) -> bytes:
        """Give the next part, nothing where there is none."""
        if self._parts:
            part = self._parts.popleft()
            self._in_memory -= len(part)
            return part
        if self._file is None or self._read == self._written:
            return b""
        self._file.seek(self._read)
        part = self._file.read(READ_BYTES)
        self._read += len(part)
        if self._read == self._written:
            self._file.truncate(0)
            self._read = self._written = 0
        return part

    def close(self) -> None:
        """Let go of everything."""
        self._is_closed = True
        self._parts.clear()
        if self._file is not None:
            self._file.close()
            self._file = None
        self._read = self._written = 0
