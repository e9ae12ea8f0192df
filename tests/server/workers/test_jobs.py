"""A result is handed on as it comes, once, and its end is told whole."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from allegiance_server.errors import QueryTimedOutError, ResultBrokenError
from allegiance_server.protocol.media_types import CSV, Formats
from allegiance_server.workers.jobs import Delivery, Job, Running, StreamedResult, finished
from allegiance_server.workers.tasks import Finished, Task
from allegiance_server.workers.wire import BEGUN, WHOLE, Answer

if TYPE_CHECKING:
    from collections.abc import Coroutine

TASK = Task("query", "ASK {}", Formats(CSV, None))
LATE = QueryTimedOutError("It took too long.", "Narrow it.")


def a_job(abandoned: list[Job] | None = None) -> Job:
    """Make a job that arrived at second 100 and notes that it is abandoned."""
    gone = [] if abandoned is None else abandoned
    return Job(7, TASK, "somebody", 100.0, 2.0, lambda _: None, gone.append)


def begun(job: Job | None = None) -> StreamedResult:
    """Make a result of which the first part is there."""
    result = StreamedResult(Answer(1, BEGUN, CSV, "identity", -1, 1), b"a", "s", job or a_job())
    result.begin()
    return result


async def rest_of(result: StreamedResult) -> list[bytes]:
    """Collect the parts after the first."""
    return [part async for part in result.rest()]


def run(scene: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - whatever the scene returns
    """Run a scene, for ten seconds at most."""
    return asyncio.run(asyncio.wait_for(scene, 10))


def test_whole_result_has_no_rest() -> None:
    """What came in one frame is complete, with its count of rows; -1 stands for none."""
    result = StreamedResult(Answer(1, WHOLE, CSV, "gzip", 3, 1), b"a", "s", a_job())
    assert (result.is_whole, result.body, result.rows, result.encoding) == (True, b"a", 3, "gzip")
    assert run(rest_of(result)) == []
    uncounted = StreamedResult(Answer(1, WHOLE, CSV, "identity", -1, 1), b"a", "s", a_job())
    assert uncounted.rows is None


def test_rest_comes_in_order_whoever_is_faster() -> None:
    """Parts that wait and parts that are waited for come in one order, then the end with rows."""

    async def scene() -> None:
        result = begun()
        result.push(b"b")
        reading = asyncio.create_task(rest_of(result))
        await asyncio.sleep(0.01)
        result.push(b"c")
        await asyncio.sleep(0.01)
        result.push(b"d")
        result.push(b"")
        result.end(4)
        assert await reading == [b"b", b"c", b"d"]
        assert result.rows == 4
        assert not result.is_whole

    run(scene())


def test_break_comes_after_what_was_there() -> None:
    """A result that breaks off gives what has come and then raises, never ends as if whole."""

    async def scene() -> None:
        result = begun()
        result.push(b"b")
        result.break_off(LATE)
        rest = aiter(result.rest())
        assert await anext(rest) == b"b"
        with pytest.raises(ResultBrokenError, match="It took too long"):
            await anext(rest)
        assert result.error is LATE

    run(scene())


def test_break_wakes_a_reader() -> None:
    """Whoever waits for the next part learns of the break at once."""

    async def scene() -> None:
        result = begun()
        reading = asyncio.create_task(rest_of(result))
        await asyncio.sleep(0.01)
        result.break_off(LATE)
        with pytest.raises(ResultBrokenError):
            await reading

    run(scene())


def test_abandoned_result_keeps_nothing_and_says_so() -> None:
    """The job hears of it, a reader is woken, and what still comes is dropped."""

    async def scene() -> None:
        abandoned: list[Job] = []
        job = a_job(abandoned)
        result = begun(job)
        reading = asyncio.create_task(rest_of(result))
        await asyncio.sleep(0.01)
        result.abandon()
        assert abandoned == [job]
        with pytest.raises(ResultBrokenError, match="client has left"):
            await reading
        result.push(b"late")
        result.end(None)
        assert await rest_of(result) == []

    run(scene())


def test_delivery_takes_the_first_outcome() -> None:
    """A second outcome is for nobody, be the first a result, an error or a wait given up."""

    async def scene() -> None:
        first, second = begun(), begun()
        delivery = Delivery()
        delivery.settle(first)
        delivery.settle(LATE)
        assert await delivery.wait() is first
        delivery = Delivery()
        delivery.settle(LATE)
        delivery.settle(second)
        with pytest.raises(QueryTimedOutError):
            await delivery.wait()
        delivery = Delivery()
        waiting = asyncio.create_task(delivery.wait())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        delivery.settle(LATE)
        for result in (first, second):
            result.drop()

    run(scene())


def test_job_tells_what_runs() -> None:
    """What an operator sees has the query, the client, the age and the lane."""
    assert Running.of(a_job(), 103.5) == Running(7, "query", "ASK {}", "somebody", 3.5, "queued")
    assert a_job().deadline == 102.0


def test_end_tells_times_apart() -> None:
    """Of five seconds, two of them in workers, three were waited; an error has no rows."""
    job = a_job()
    job.processing_s, job.byte_count = 2.0, 9
    assert finished(job, LATE, "today", 105.0) == Finished(
        TASK, "somebody", "QueryTimedOutError", 2.0, 3.0, 9, None, "today", "queued"
    )
    result = StreamedResult(Answer(1, WHOLE, CSV, "identity", 3, 9), b"x" * 9, "yesterday", job)
    assert finished(job, result, "today", 105.0) == Finished(
        TASK, "somebody", "answered", 2.0, 3.0, 9, 3, "yesterday", "queued"
    )
