"""Say in plain words how a task has ended that has no result."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from allegiance_server.errors import (
    ClientGoneError,
    NotAcceptableError,
    NotFoundError,
    QueryCrashedError,
    QueryKilledError,
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
    from collections.abc import Mapping

    from allegiance_server.workers.jobs import Job
    from allegiance_server.workers.tasks import Task

__all__ = ["abandoned", "busy", "crashed", "error", "killed", "late", "lost", "not_kept"]

# What a worker raises with sentences of its own, to be raised again here.
OUR_OWN: Final[Mapping[str, type[ServerError]]] = MappingProxyType(
    {"RequestError": RequestError, "QueryNotEvaluableError": QueryNotEvaluableError}
)
# What a worker tells by a name: the kind of error, what happened, and the remedy.
SENTENCES: Final[Mapping[str, tuple[type[ServerError], str, str]]] = MappingProxyType(
    {
        "not-evaluable": (
            QueryNotEvaluableError,
            "The query cannot be evaluated: {detail}.",
            "Change what it names.",
        ),
        "not-acceptable": (
            NotAcceptableError,
            "No format asked for can hold the result of this form of query.",
            "SELECT and ASK give tables, CONSTRUCT and DESCRIBE give RDF: ask for these.",
        ),
        "not-representable": (
            TermNotRepresentableError,
            "The result has {detail}, which the format asked for cannot hold.",
            "Ask for Turtle or N-Triples, or for JSON where it is a table.",
        ),
        "no-graph": (
            NotFoundError,
            "There is no graph <{detail}>.",
            "Ask for one that `GRAPH ?g {}` lists.",
        ),
        "too-large": (
            ResultTooLargeError,
            "The result is larger than {bound} bytes.",
            "Narrow the query, or fetch it in pieces by ORDER BY, LIMIT and OFFSET.",
        ),
    }
)


def error(problem: bytes, task: Task, max_result_bytes: int) -> ServerError:
    """Make the error that a worker tells of, from the JSON that it sends."""
    told = json.loads(problem)
    outcome, detail = told["outcome"], told["detail"]
    if outcome == "not-parsed":
        return not_parsed(detail)
    if outcome == "QueryNotParsedError":
        return QueryNotParsedError(detail, told["remedy"], told["line"], told["column"])
    if outcome in OUR_OWN:
        return OUR_OWN[outcome](detail, told["remedy"])
    if outcome not in SENTENCES:
        return crashed()
    kind, sentence, remedy = SENTENCES[outcome]
    bound = task.max_bytes or max_result_bytes
    return kind(sentence.format(detail=detail, bound=bound), remedy)


def crashed() -> QueryCrashedError:
    """Make the error of a query whose worker died of it."""
    return QueryCrashedError(
        "The query brought down the process that ran it. No other query was touched.",
        "It used too much memory or is nested too deeply: narrow or flatten it.",
    )


def killed() -> QueryKilledError:
    """Make the error of a query that an operator has stopped."""
    return QueryKilledError("An operator stopped this query.", "Ask what it disturbed.")


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
