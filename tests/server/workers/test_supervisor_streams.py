"""Results larger than the spool stream whole, or break and say so."""

from __future__ import annotations

import asyncio
import os
import signal
import time
import tracemalloc
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from supervision import COUNT, crossed, eventually, settled, start

from allegiance_server.errors import (
    QueryTimedOutError,
    ResultBrokenError,
    ResultTooLargeError,
)
from allegiance_server.protocol.media_types import Formats
from allegiance_server.settings import GIB, KIB
from allegiance_server.workers.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from allegiance_server.workers.jobs import StreamedResult
    from allegiance_server.workers.supervisor import Supervisor
    from allegiance_server.workers.tasks import Encoding

    Asked = Callable[[str], Task]
    Supervise = Callable[..., Any]

# 1,728 rows of nine terms: some hundreds of kilobytes.
LARGE = f"SELECT * WHERE {{ {crossed(3)} }}"
# 20,736 rows of twelve terms: some megabytes, and still some when they are compressed.
LARGER = f"SELECT * WHERE {{ {crossed(4)} }}"
# More than fifty megabytes.
HUGE = "SELECT * WHERE {{ {} VALUES ?v {{ {} }} }}".format(
    crossed(3), " ".join(f"'{number:0>60}'" for number in range(80))
)
# Begins with many rows; then it takes forever to find that there are no more.
UNENDING = f"""SELECT * WHERE {{
    {{ {crossed(3)} }} UNION {{ {crossed(12)} FILTER (CONCAT(STR(?a0), STR(?a11)) = "none") }}
}}"""


def large_task(query: str, encoding: Encoding = "identity") -> Task:
    """Ask for a table of any size, whose rows are counted."""
    return Task("query", query, Formats("text/csv", None), encoding=encoding, counts_rows=True)


async def all_of(result: StreamedResult) -> bytes:
    """Read a result to its end."""
    body = bytearray(result.body)
    async for part in result.rest():
        body += part
    return bytes(body)


@pytest.mark.parametrize("encoding", ["identity", "gzip", "zstd"])
def test_result_beyond_the_spool_streams_whole_and_counted(
    supervise: Supervise, decoded: Callable[[bytes, str], bytes], encoding: Encoding
) -> None:
    """What is too large to be held back comes in parts, decodes to the same bytes, has its rows."""

    async def scene(supervisor: Supervisor) -> None:
        plain = await all_of(await supervisor.open(large_task(LARGER)))
        result = await supervisor.open(large_task(LARGER, encoding))
        assert not result.is_whole
        assert result.rows is None  # known at the end alone
        body = await all_of(result)
        assert (result.encoding, result.rows) == (encoding, 12**4)
        assert decoded(body, encoding) == plain
        assert plain.count(b"\r\n") == 12**4 + 1
        assert result.snapshot == supervisor.snapshot

    supervise(scene, workers=1, query_timeout_s=60, spool_bytes=KIB, max_result_bytes=GIB)


def test_result_within_the_spool_is_whole_at_once(supervise: Supervise) -> None:
    """What fits into the spool comes in one piece with its count of rows."""

    async def scene(supervisor: Supervisor) -> None:
        result = await supervisor.open(large_task("SELECT * WHERE { ?a ?b ?c }"))
        assert (result.is_whole, result.rows) == (True, 12)
        assert await all_of(result) == result.body

    supervise(scene, workers=1, query_timeout_s=30)


def test_slow_reader_holds_neither_worker_nor_memory(supervise: Supervise, asked: Asked) -> None:
    """Fifty megabytes that nobody reads are out of the worker, and not in memory, and all there."""

    async def scene(supervisor: Supervisor) -> None:
        workers = await settled(supervisor)
        result = await supervisor.open(large_task(HUGE))
        await eventually(lambda: not supervisor.running)
        assert supervisor.workers == workers
        assert (await supervisor.whole(asked(COUNT)))[1] == b"n\r\n12\r\n"
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
        length = len(result.body)
        lines = result.body.count(b"\n")
        async for part in result.rest():
            length += len(part)
            lines += part.count(b"\n")
        assert length > 50_000_000
        assert (result.rows, lines) == (12**3 * 80, 12**3 * 80 + 1)

    tracemalloc.start()
    try:
        supervise(scene, workers=1, query_timeout_s=60, max_result_bytes=GIB)
    finally:
        tracemalloc.stop()


def test_more_streams_than_may_run_at_once_all_arrive(supervise: Supervise) -> None:
    """Streams that have to wait for leave get it when others are through."""

    async def scene(supervisor: Supervisor) -> list[bytes]:
        asking = [start(supervisor.open(large_task(LARGE))) for _ in range(6)]
        return [await all_of(result) for result in await asyncio.gather(*asking)]

    bodies = supervise(scene, workers=3, slow_workers=1, query_timeout_s=30, spool_bytes=KIB)
    assert len(bodies) == 6
    assert len(set(bodies)) == 1


def test_stream_that_overruns_is_broken_and_never_looks_whole(supervise: Supervise) -> None:
    """A result that has begun and meets its deadline raises at its end; `whole` says why."""

    async def scene(supervisor: Supervisor) -> None:
        result = await supervisor.open(large_task(UNENDING), timeout_s=1)
        assert not result.is_whole
        with pytest.raises(ResultBrokenError, match="stopped after 1 seconds"):
            await all_of(result)
        with pytest.raises(QueryTimedOutError):
            await supervisor.whole(large_task(UNENDING), timeout_s=0.5)

    supervise(scene, workers=1, query_timeout_s=30, spool_bytes=KIB)


def test_result_that_outgrows_its_bound_is_an_error_of_its_own(supervise: Supervise) -> None:
    """Whoever wants the whole of it learns that it is too large, and no part of it is given out."""

    async def scene(supervisor: Supervisor) -> None:
        workers = await settled(supervisor)
        bounded = replace(large_task(LARGE), max_bytes=100_000)
        with pytest.raises(ResultTooLargeError, match="100000 bytes"):
            await supervisor.whole(bounded)
        with pytest.raises(ResultBrokenError, match="100000 bytes"):
            await all_of(await supervisor.open(bounded))
        assert supervisor.workers == workers

    supervise(scene, workers=1, query_timeout_s=30, spool_bytes=KIB)


def test_stream_whose_worker_dies_is_broken(supervise: Supervise) -> None:
    """What has been sent cannot be begun again: it breaks off, and is not asked once more."""

    async def scene(supervisor: Supervisor) -> None:
        result = await supervisor.open(large_task(UNENDING))
        for pid in supervisor.workers:
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(ResultBrokenError):
            await all_of(result)
        assert not supervisor.running

    supervise(scene, workers=1, query_timeout_s=30, spool_bytes=KIB)


def test_abandoned_stream_frees_its_worker(supervise: Supervise, asked: Asked) -> None:
    """A reader who leaves within a stream stops it long before its deadline."""

    async def scene(supervisor: Supervisor) -> None:
        result = await supervisor.open(large_task(UNENDING))
        began = time.monotonic()
        result.abandon()
        await eventually(lambda: not supervisor.running)
        assert time.monotonic() - began < 5
        assert (await supervisor.whole(asked(COUNT)))[1] == b"n\r\n12\r\n"

    supervise(scene, workers=1, query_timeout_s=60, demotion_threshold_s=60, spool_bytes=KIB)
