"""The one table from an error to what the client is told: status and problem document.

Specification: RFC 9457, https://www.rfc-editor.org/rfc/rfc9457
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from allegiance.errors import QuestionError
from allegiance_server import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MEDIA_TYPE", "PROBLEMS", "Problem", "ProblemKind", "describe"]

MEDIA_TYPE: Final = "application/problem+json"
TYPE_BASE: Final = "https://w3id.org/allegiance/problem/"


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """Hold what all problems of a kind share; `retry_after` is in seconds."""

    status: int
    slug: str
    title: str
    retry_after: int | None = None


PROBLEMS: Final[Mapping[type[Exception], ProblemKind]] = MappingProxyType(
    {
        errors.RequestError: ProblemKind(400, "bad-request", "Not a SPARQL protocol request"),
        errors.QueryNotParsedError: ProblemKind(400, "syntax-error", "The query does not parse"),
        errors.QueryNotEvaluableError: ProblemKind(400, "not-evaluable", "Not evaluable"),
        errors.QueryRefusedError: ProblemKind(400, "query-refused", "The query is refused"),
        errors.QueryTooDeepError: ProblemKind(400, "query-too-deep", "Too deeply nested"),
        QuestionError: ProblemKind(400, "bad-question", "Question does not fit"),
        errors.ServiceRefusedError: ProblemKind(403, "service-refused", "SERVICE is refused"),
        errors.UpdateRefusedError: ProblemKind(403, "update-refused", "Updates are refused"),
        errors.NotFoundError: ProblemKind(404, "not-found", "Not found"),
        errors.MethodNotAllowedError: ProblemKind(405, "method-not-allowed", "Method not allowed"),
        errors.NotAcceptableError: ProblemKind(406, "not-acceptable", "No acceptable format"),
        errors.QueryTooLongError: ProblemKind(413, "query-too-long", "Query too long"),
        errors.ResultTooLargeError: ProblemKind(413, "result-too-large", "Result too large"),
        errors.UnsupportedMediaTypeError: ProblemKind(
            415, "unsupported-media-type", "Unsupported media type"
        ),
        errors.QueryCrashedError: ProblemKind(500, "query-crashed", "Broke its worker"),
        errors.ServerBusyError: ProblemKind(503, "server-busy", "The server is busy", 2),
        errors.WorkersUnavailableError: ProblemKind(503, "unavailable", "Not ready", 5),
        errors.QueryTimedOutError: ProblemKind(504, "query-timed-out", "Took too long", 10),
    }
)
FAULT: Final = ProblemKind(500, "fault", "A fault of the server")


@dataclass(frozen=True, slots=True)
class Problem:
    """Hold what one client is told about one error."""

    kind: ProblemKind
    detail: str
    remedy: str
    line: int | None = None
    column: int | None = None

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that go with it, beside the type of the content."""
        headers = {"cache-control": "no-store"}
        if self.kind.retry_after is not None:
            headers["retry-after"] = str(self.kind.retry_after)
        if self.kind.status == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["allow"] = "GET, HEAD, POST"
        return headers

    def encode(self) -> bytes:
        """Write the problem document."""
        document: dict[str, object] = {
            "type": TYPE_BASE + self.kind.slug,
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
            "remedy": self.remedy,
        }
        if self.line is not None:
            document |= {"line": self.line, "column": self.column}
        return json.dumps(document).encode()


def describe(error: Exception) -> Problem:
    """Say what a client may know about an error; of an unforeseen one, nothing but that it is.

    >>> describe(KeyError("secret")).kind.status
    500
    """
    kind = next((PROBLEMS[each] for each in type(error).__mro__ if each in PROBLEMS), None)
    if kind is None:
        return Problem(FAULT, "Something went wrong that is not your fault.", "Tell the operator.")
    if isinstance(error, errors.QueryNotParsedError):
        return Problem(kind, error.detail, error.remedy, error.line, error.column)
    if isinstance(error, errors.ServerError):
        return Problem(kind, error.detail, error.remedy)
    return Problem(kind, str(error), "Correct the value and ask again.")
