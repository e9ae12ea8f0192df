"""Frames read back as they were written, and what no side would write is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from allegiance_server.protocol.media_types import CSV, GRAPHS, SOLUTIONS, Formats
from allegiance_server.workers.tasks import Task
from allegiance_server.workers.wire import (
    ANSWER,
    PROBLEM,
    REQUEST,
    WHOLE,
    Answer,
    pack_answer,
    pack_request,
    unpack_request,
)

IRIS = some.lists(some.text(), max_size=3).map(tuple)
TASKS = some.builds(
    Task,
    some.sampled_from(("query", "graph", "search")),
    some.text(),
    some.builds(
        Formats, some.none() | some.sampled_from(SOLUTIONS), some.none() | some.sampled_from(GRAPHS)
    ),
    IRIS,
    IRIS,
    some.sampled_from(("identity", "gzip", "zstd")),
    some.booleans(),
    some.none() | some.integers(1, 2**63),
)


@given(some.integers(0, 2**64 - 1), TASKS)
def test_request_reads_back(number: int, task: Task) -> None:
    """What is packed is what is read: the id and every field of the task."""
    frame = pack_request(number, task)
    *_, graphs_length, text_length = REQUEST.unpack(frame[: REQUEST.size])
    rest = frame[REQUEST.size :]
    assert len(rest) == graphs_length + text_length
    read = unpack_request(frame[: REQUEST.size], rest[:graphs_length], rest[graphs_length:])
    assert (read.id, read.task) == (number, task)


@pytest.mark.parametrize("media_type", [*SOLUTIONS, *GRAPHS])
def test_answer_reads_back(media_type: str) -> None:
    """Every media type that is offered travels, and a count of rows that was not made is -1."""
    preamble = pack_answer(2**64 - 1, PROBLEM, media_type, "zstd", -1, 2**32 - 1)
    assert len(preamble) == ANSWER.size
    assert Answer.unpack(preamble) == Answer(2**64 - 1, PROBLEM, media_type, "zstd", -1, 2**32 - 1)


@pytest.mark.parametrize(
    "numbers", [(PROBLEM + 1, 0, 0), (WHOLE, 254, 0), (WHOLE, 0, 3)], ids=["kind", "type", "coding"]
)
def test_answer_of_no_meaning_is_refused(numbers: tuple[int, int, int]) -> None:
    """A kind, media type or encoding that there is not is an error, never another one."""
    with pytest.raises(ValueError, match="means nothing"):
        Answer.unpack(ANSWER.pack(1, *numbers, -1, 0))


def test_request_without_graphs_is_short() -> None:
    """A task that names no graphs costs its text and one preamble."""
    task = Task("query", "ASK {}", Formats(CSV, None))
    assert len(pack_request(1, task)) == REQUEST.size + len("ASK {}")
