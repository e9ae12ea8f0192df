"""Say in plain words how a task has ended that has no result."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

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
from allegiance_server.protocol.syntax import not_parsed

if TYPE_CHECKING:
    from allegiance_server.workers.jobs import Job
    from allegiance_server.workers.tasks import Task

__all__ = ["abandoned", "busy", "crashed", "error", "late", "lost", "not_kept"]


def error(problem: bytes, task: Task, max_result_bytes: int) -> ServerError:
    """Make the error that a worker tells of, from the JSON that it sends."""
    told = json.loads(problem)
    outcome, detail = told["outcome"], told["detail"]
    match outcome:
        case "not-parsed":
            return not_parsed(detail)
        case "not-evaluable":
            return QueryNotEvaluableError(
                f"The query cannot be evaluated: {detail}.", "Change what it names."
            )
        case "not-acceptable":
            return NotAcceptableError(
                "No format asked for can hold the result of this form of query.",
                "SELECT and ASK give tables, CONSTRUCT and DESCRIBE give RDF: ask for these.",
            )
        case "not-representable":
            return TermNotRepresentableError(
                f"The result has {detail}, which the format asked for cannot hold.",
                "Ask for Turtle or N-Triples, or for JSON where it is a table.",
            )
        case "no-graph":
            return NotFoundError(
                f"There is no graph <{detail}>.", "Ask for one that `GRAPH ?g {}` lists."
            )
        case "too-large":
            return ResultTooLargeError(
                f"The result is larger than {task.max_bytes or max_result_bytes} bytes.",
                "Narrow the query, or fetch it in pieces by ORDER BY, LIMIT and OFFSET.",
            )
        case "RequestError":
            return RequestError(detail, told["remedy"])
        case "QueryNotParsedError":
            return QueryNotParsedError(detail, told["remedy"], told["line"], told["column"])
        case "QueryNotEvaluableError":
            return QueryNotEvaluableError(detail, told["remedy"])
        case _:
            return crashed()


def crashed() -> QueryCrashedError:
    """Make the error of a query whose worker died of it."""
    return QueryCrashedError(
        "The query brought down the process that ran it. No other query was touched.",
        "It used too much memory or is nested too deeply: narrow or flatten it.",
    )


def lost() -> WorkersUnavailableError:
    """Make the error of a query whose workers were killed from outside, twice."""
    return WorkersUnavailableError(
        "The process that ran the query was ended from outside.", "Ask again."
    )


def late(job: Job) -> ServerError:
    """Make the error of a job whose deadline has passed, wherever it was then."""
    if job.processing_s == 0 and job.worker is None:
        return ServerBusyError(
            f"No worker came free for {job.timeout_s:g} seconds.", "Try again in a moment."
        )
    return QueryTimedOutError(
        f"The query was stopped after {job.timeout_s:g} seconds.",
        "Narrow it: name more of its terms, and avoid patterns that share no variable.",
    )


def busy() -> ServerBusyError:
    """Make the error of a job for which there is no room to wait."""
    return ServerBusyError("All workers are taken, and others wait.", "Try again in a moment.")


def abandoned() -> ClientGoneError:
    """Make the error of a job whose client has left."""
    return ClientGoneError("The client has left.", "Nobody reads this.")


def not_kept() -> ResultBrokenError:
    """Make the error of a result that cannot be kept until its reader takes it."""
    return ResultBrokenError("The server has no room for the rest.", "Try again later.")
