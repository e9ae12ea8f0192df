"""Each way in which a task ends without a result has its own error, in plain words."""

from __future__ import annotations

import json

import pytest

from allegiance_server.errors import (
    ClientGoneError,
    NotAcceptableError,
    NotFoundError,
    QueryCrashedError,
    QueryNotEvaluableError,
    QueryNotParsedError,
    QueryTimedOutError,
    RequestError,
    ResultBrokenError,
    ResultTooLargeError,
    ServerBusyError,
    ServerError,
    TermNotRepresentableError,
    WorkersUnavailableError,
)
from allegiance_server.protocol.media_types import CSV, Formats
from allegiance_server.workers import outcomes
from allegiance_server.workers.jobs import Job
from allegiance_server.workers.tasks import Task

TASK = Task("query", "ASK {}", Formats(CSV, None))


def error_of(told: object, task: Task = TASK) -> ServerError:
    """Read what a worker tells, where a result may have 900 bytes."""
    return outcomes.error(json.dumps(told).encode(), task, 900)


@pytest.mark.parametrize(
    ("outcome", "kind", "words"),
    [
        ("not-parsed", QueryNotParsedError, "line 1, column 5"),
        ("not-evaluable", QueryNotEvaluableError, "error at 1:5: expected {x}"),
        ("not-acceptable", NotAcceptableError, "format"),
        ("not-representable", TermNotRepresentableError, "error at 1:5: expected {x}"),
        ("no-graph", NotFoundError, "<error at 1:5: expected {x}>"),
        ("too-large", ResultTooLargeError, "900 bytes"),
        ("failed", QueryCrashedError, "brought down"),
        ("what nobody knows", QueryCrashedError, "brought down"),
    ],
)
def test_outcome_has_its_error(outcome: str, kind: type[ServerError], words: str) -> None:
    """The kind is the very one, the sentence has what the worker told, and there is a remedy."""
    error = error_of({"outcome": outcome, "detail": "error at 1:5: expected {x}"})
    assert type(error) is kind
    assert words in error.detail
    assert error.remedy.endswith(".")


def test_bound_that_is_told_is_the_one_that_held() -> None:
    """Where a task has a bound of its own, it is that one that the client reads."""
    task = Task("query", "ASK {}", Formats(CSV, None), max_bytes=77)
    assert "77 bytes" in error_of({"outcome": "too-large", "detail": ""}, task).detail


@pytest.mark.parametrize("kind", [RequestError, QueryNotEvaluableError, QueryNotParsedError])
def test_errors_of_our_own_arrive_as_they_were_raised(kind: type[ServerError]) -> None:
    """What our code raises in a worker is raised again with its sentences and its place."""
    told = {"outcome": kind.__name__, "detail": "D.", "remedy": "R.", "line": 3, "column": 4}
    error = error_of(told)
    assert type(error) is kind
    assert (error.detail, error.remedy) == ("D.", "R.")
    if isinstance(error, QueryNotParsedError):
        assert (error.line, error.column) == (3, 4)


def job_that(processing_s: float) -> Job:
    """Make a job that has been processed for a while and is in no worker."""
    job = Job(1, TASK, "", 0.0, 2.5, lambda _: None, lambda _: None)
    job.processing_s = processing_s
    return job


def test_deadline_in_the_queue_is_no_fault_of_the_query() -> None:
    """What no worker has touched ends as busy; what one has worked on ends as timed out."""
    waited, worked = outcomes.late(job_that(0.0)), outcomes.late(job_that(0.3))
    assert type(waited) is ServerBusyError
    assert type(worked) is QueryTimedOutError
    assert "2.5 seconds" in waited.detail
    assert "2.5 seconds" in worked.detail


def test_each_end_without_a_worker_has_its_kind() -> None:
    """The kinds decide the status that the client sees."""
    ends = (outcomes.lost, outcomes.busy, outcomes.abandoned, outcomes.not_kept, outcomes.crashed)
    assert [type(end()) for end in ends] == [
        WorkersUnavailableError,
        ServerBusyError,
        ClientGoneError,
        ResultBrokenError,
        QueryCrashedError,
    ]
