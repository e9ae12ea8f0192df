"""One line of JSON for each query: what it cost and how it ended, and nothing about who asked.

The text of a query is not in it either, as it may name people: its hash tells which lines are of
the same query, and the list of the running ones (`administration.py`) shows both.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import re
import select
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from allegiance_server.errors import SettingsError

if TYPE_CHECKING:
    from allegiance_server.workers.tasks import Finished

__all__ = ["QueryLog", "form_of", "query_hash"]

FLUSH_S: Final = 1.0
FLUSH_BYTES: Final = 64 * 1024
# What is kept while nothing can be written; beyond it, lines are lost and counted.
MOST_BYTES: Final = 4 * 1024 * 1024
# A pipe that is ready takes at least this much without blocking.
PIECE_BYTES: Final = select.PIPE_BUF
HASH_BYTES: Final = 8
STANDARD_ERROR: Final = "-"
MODE: Final = 0o640

FORM: Final = re.compile(
    r"""(?: \s++ | \#[^\n\r]*+ | (?:PREFIX\s++[^\s<]*+\s*+ | BASE\s*+) <[^<>]*+>
    | VERSION\s*+(?:"[^"\n]*+"|'[^'\n]*+') )*+
    (SELECT|ASK|CONSTRUCT|DESCRIBE)\b""",
    re.IGNORECASE | re.VERBOSE,
)

log = logging.getLogger(__name__)


def query_hash(text: str) -> str:
    """Return what a query is known by in the log: 16 hexadecimal digits.

    >>> query_hash("ASK {}")
    'c5a2bbd571afbb9d'
    """
    return hashlib.blake2b(text.encode(), digest_size=HASH_BYTES).hexdigest()


def form_of(query: str) -> str | None:
    r"""Return the form of a query by its first word after prefixes and comments; None if unclear.

    >>> form_of("PREFIX a: <http://a.example/> # SELECT\nask {}")
    'ASK'
    """
    found = FORM.match(query)
    return found[1].upper() if found else None


class QueryLog:
    """Write the lines, within a second, to a file or to standard error.

    A file that is moved or removed is begun anew under its name. Whatever stops the writing, a full
    disk or a reader that sleeps, stops nothing else: lines wait, and where too many do, more are
    lost, which `lost` counts.
    """

    def __init__(self, target: str) -> None:
        """Take `-` for standard error, empty for no log; raises SettingsError for no file."""
        self._target = target
        self._descriptor = -1
        self._waiting = bytearray()
        self._flushing: asyncio.Task[None] | None = None
        self._has_told = False
        self.lost = 0
        if target == STANDARD_ERROR:
            self._descriptor = sys.stderr.fileno()
        elif target:
            self._open()

    @property
    def is_on(self) -> bool:
        """Tell whether lines are written."""
        return bool(self._target)

    def start(self) -> None:
        """Begin to write once a second, in the event loop that runs."""
        if self.is_on:
            self._flushing = asyncio.create_task(self._flush_for_ever())

    async def stop(self) -> None:
        """Write what waits, and close the file."""
        if self._flushing is not None:
            self._flushing.cancel()
            await asyncio.gather(self._flushing, return_exceptions=True)
            self._flushing = None
        self.close()

    def close(self) -> None:
        """Write what waits, and close the file."""
        if not self.is_on:
            return
        self.flush()
        if self._target != STANDARD_ERROR and self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1
        self._target = ""

    def write(self, finished: Finished, *, is_cached: bool = False) -> None:
        """Add a line for a task that has ended."""
        if not self._target:
            return
        line = _line(finished, is_cached)
        if len(self._waiting) + len(line) > MOST_BYTES:
            self.lost += 1
            return
        self._waiting += line
        if len(self._waiting) >= FLUSH_BYTES and not self._has_told:
            self.flush()

    def flush(self) -> None:
        """Write what can be written without waiting."""
        try:
            self._follow()
            while self._waiting and _is_ready(self._descriptor):
                written = os.write(self._descriptor, self._waiting[:PIECE_BYTES])
                del self._waiting[:written]
                self._has_told = False
        except OSError as error:
            self._tell(error)

    async def _flush_for_ever(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_S)
            self.flush()

    def _open(self) -> None:
        try:
            self._descriptor = _opened(self._target)
        except OSError as error:
            detail = f"The query log {self._target} cannot be written: {error.strerror}."
            raise SettingsError(detail, "Name a file in a folder that exists, or -.") from None

    def _follow(self) -> None:
        """Begin the file anew if its name leads elsewhere now: somebody has moved it away."""
        if self._target == STANDARD_ERROR:
            return
        with suppress(FileNotFoundError):
            here, there = os.fstat(self._descriptor), Path(self._target).stat()
            if (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino):
                return
        fresh = _opened(self._target)
        os.close(self._descriptor)
        self._descriptor = fresh

    def _tell(self, error: OSError) -> None:
        if not self._has_told:
            self._has_told = True
            log.error("The query log cannot be written: %s. Lines wait.", error.strerror)


def _opened(name: str) -> int:
    return os.open(name, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, MODE)


def _is_ready(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    # A pipe whose reader is gone is ready, too: ready to say so.
    return bool(poll.poll(0))


def _line(finished: Finished, is_cached: bool) -> bytes:  # noqa: FBT001 - named by the caller
    task = finished.task
    values: dict[str, object] = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "hash": query_hash(task.shown),
        "kind": task.kind,
        "form": form_of(task.shown) if task.kind == "query" else None,
        "ms": round(finished.processing_s * 1000, 1),
        "waited_ms": round(finished.waited_s * 1000, 1),
        "rows": finished.rows,
        "bytes": finished.byte_count,
        "outcome": finished.outcome,
        "snapshot": finished.snapshot,
        "cached": is_cached,
        "lane": finished.lane or None,
    }
    return json.dumps(values).encode() + b"\n"
