"""What waits for a slow reader comes back in order, a little of it in memory, the rest on disk."""

from __future__ import annotations

import errno
import tempfile
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from allegiance_server.workers.spool import MEMORY_BYTES, Spool

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1024 * 1024


@given(some.lists(some.integers(0, 700_000) | some.none(), max_size=30))
@settings(max_examples=30, deadline=None)
def test_bytes_come_back_in_order(steps: list[int | None]) -> None:
    """Whatever the order of pushing so many bytes and popping (None), nothing is lost or moved."""
    pushed, popped = bytearray(), bytearray()
    with Spool() as spool:
        for number, size in enumerate(steps):
            if size is None:
                popped += spool.pop()
            else:
                part = bytes([number]) * size
                pushed += part
                spool.push(part)
        while part := spool.pop():
            popped += part
    assert popped == pushed


def test_little_needs_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as the reader keeps up, the disk is left alone."""

    def refuse(**_: Any) -> None:  # noqa: ANN401 - any option
        pytest.fail("a file was opened")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with Spool() as spool:
        for _ in range(10):
            spool.push(b"x" * MEMORY_BYTES)
            assert len(spool.pop()) == MEMORY_BYTES


def test_much_needs_no_memory() -> None:
    """Fifty megabytes that nobody reads take two in memory."""
    part = b"x" * 65_536
    tracemalloc.start()
    try:
        with Spool() as spool:
            for _ in range(50 * MIB // len(part)):
                spool.push(bytes(bytearray(part)))
            _, peak = tracemalloc.get_traced_memory()
            read = 0
            while taken := spool.pop():
                read += len(taken)
    finally:
        tracemalloc.stop()
    assert read == 50 * MIB
    assert peak < 2 * MIB


def test_file_is_emptied_when_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that catches up gives the disk back, before the result ends."""
    with (tmp_path / "file").open("w+b", buffering=0) as file:
        monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: file)
        with Spool() as spool:
            for _ in range(3):
                spool.push(b"x" * (2 * MEMORY_BYTES))
                assert (tmp_path / "file").stat().st_size == 2 * MEMORY_BYTES
                while spool.pop():
                    pass
                assert (tmp_path / "file").stat().st_size == 0
        assert file.closed


def test_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only a part can be written, the whole is given up as on a full disk."""

    class FullFile:
        def seek(self, place: int) -> None:
            assert place == 0

        def write(self, part: bytes) -> int:
            return len(part) // 2

        def close(self) -> None:
            pass

    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: FullFile())
    with Spool() as spool, pytest.raises(OSError, match="only a part") as caught:
        spool.push(b"x" * (MEMORY_BYTES + 1))
    assert caught.value.errno == errno.ENOSPC


def test_closed_spool_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes after the reader has left is let go, and opens no file."""
    spool = Spool()
    spool.push(b"before")
    spool.close()

    def refuse(**_: Any) -> None:  # noqa: ANN401 - any option
        pytest.fail("a file was opened")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    spool.push(b"after")
    spool.push(b"x" * (2 * MEMORY_BYTES))
    assert spool.pop() == b""


def test_nothing_is_no_part() -> None:
    """An empty part is not taken for the end of what is there."""
    with Spool() as spool:
        spool.push(b"")
        spool.push(b"a")
        assert spool.pop() == b"a"
