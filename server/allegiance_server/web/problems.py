"""The one table from an error to what the client is told: status and problem document.

Specification: RFC 9457, https://www.rfc-editor.org/rfc/rfc9457
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from allegiance.errors import QuestionError
from allegiance_server import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MEDIA_TYPE", "PROBLEMS", "Problem", "ProblemKind", "describe", "response"]

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
        errors.RequestError: ProblemKind(400, "bad-request", "Not a request of the protocol"),
        errors.QueryNotParsedError: ProblemKind(400, "syntax-error", "The query does not parse"),
        errors.QueryNotEvaluableError: ProblemKind(400, "not-evaluable", "Not evaluable"),
        errors.QueryRefusedError: ProblemKind(400, "query-refused", "The query is refused"),
        errors.QueryTooDeepError: ProblemKind(400, "query-too-deep", "Too deeply nested"),
        errors.QueryTooComplexError: ProblemKind(400, "query-too-complex", "Too many patterns"),
        errors.CommitNotParsedError: ProblemKind(400, "upload-not-parsed", "Not readable as RDF"),
        QuestionError: ProblemKind(400, "bad-question", "Question does not fit"),
        errors.TokenMissingError: ProblemKind(401, "token-missing", "A token is needed"),
        errors.TokenRefusedError: ProblemKind(403, "token-refused", "The token is refused"),
        errors.ServiceRefusedError: ProblemKind(
            403, "service-refused", "Asking elsewhere is refused"
        ),
        errors.UpdateRefusedError: ProblemKind(403, "update-refused", "Updates are refused"),
        errors.NotFoundError: ProblemKind(404, "not-found", "Not found"),
        errors.MethodNotAllowedError: ProblemKind(405, "method-not-allowed", "Method not allowed"),
        errors.NotAcceptableError: ProblemKind(406, "not-acceptable", "No acceptable format"),
        errors.TermNotRepresentableError: ProblemKind(
            406, "term-not-representable", "The format cannot hold the result"
        ),
        errors.HeadTooSlowError: ProblemKind(408, "head-too-slow", "The request is too slow"),
        errors.BodyTooLargeError: ProblemKind(413, "body-too-large", "Upload too large"),
        errors.QueryTooLongError: ProblemKind(413, "query-too-long", "Query too long"),
        errors.ResultTooLargeError: ProblemKind(413, "result-too-large", "Result too large"),
        errors.TooManyRowsError: ProblemKind(413, "too-many-rows", "Too many rows to pass on"),
        errors.AddressTooLongError: ProblemKind(414, "address-too-long", "Address too long"),
        errors.UnsupportedMediaTypeError: ProblemKind(
            415, "unsupported-media-type", "Unsupported media type"
        ),
        errors.CommitRefusedError: ProblemKind(422, "commit-refused", "The shapes refuse it"),
        errors.BudgetSpentError: ProblemKind(429, "budget-spent", "Your share is used up"),
        # Nobody gets to see it; it is the number that proxies use.
        errors.ClientGoneError: ProblemKind(499, "client-gone", "The client has left"),
        errors.HeadTooLargeError: ProblemKind(431, "head-too-large", "Headers too large"),
        errors.QueryCrashedError: ProblemKind(500, "query-crashed", "Broke its worker"),
        errors.ResultBrokenError: ProblemKind(500, "result-broken", "Broken off"),
        errors.CommitError: ProblemKind(500, "commit-failed", "Nothing was written"),
        errors.EndpointFailedError: ProblemKind(502, "endpoint-failed", "Another endpoint failed"),
        errors.EndpointBusyError: ProblemKind(503, "endpoint-busy", "Another endpoint is busy"),
        errors.QueryKilledError: ProblemKind(503, "query-killed", "Stopped by an operator", 10),
        errors.ServerBusyError: ProblemKind(503, "server-busy", "The server is busy", 2),
        errors.WorkersUnavailableError: ProblemKind(503, "unavailable", "Not ready", 5),
        errors.QueryTimedOutError: ProblemKind(504, "query-timed-out", "Took too long", 10),
        errors.EndpointTimedOutError: ProblemKind(
            504, "endpoint-timed-out", "Another endpoint took too long", 10
        ),
        errors.FileDamagedError: ProblemKind(
            500, "file-damaged", "A file of the server is damaged"
        ),
        errors.StorageFullError: ProblemKind(507, "storage-full", "No room to keep it", 60),
    }
)
# They know themselves when to ask again.
TIMED: Final = (errors.BudgetSpentError, errors.EndpointBusyError)
FAULT: Final = ProblemKind(500, "fault", "A fault of the server")


@dataclass(frozen=True, slots=True)
class Problem:
    """Hold what one client is told about one error.

    `members` are those of the document beside the usual ones, such as line and column.
    """

    kind: ProblemKind
    detail: str
    remedy: str
    members: Mapping[str, object] = field(default_factory=dict)
    retry_after: int | None = None
    allowed: tuple[str, ...] = ()

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that go with it, beside the type of the content."""
        headers = {"cache-control": "no-store"}
        if self.retry_after is not None:
            headers["retry-after"] = str(self.retry_after)
        if self.kind.status == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["allow"] = ", ".join(self.allowed)
        if self.kind.status == HTTPStatus.UNAUTHORIZED:
            headers["www-authenticate"] = 'Bearer realm="allegiance"'
        return headers

    def encode(self) -> bytes:
        """Write the problem document."""
        document: dict[str, object] = {
            "type": TYPE_BASE + self.kind.slug,
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
            "remedy": self.remedy,
            **self.members,
        }
        return json.dumps(document).encode()


def describe(error: Exception) -> Problem:
    """Say what a client may know about an error; of an unforeseen one, nothing but that it is.

    >>> describe(KeyError("secret")).kind.status
    500
    """
    kind = next((PROBLEMS[each] for each in type(error).__mro__ if each in PROBLEMS), None)
    if kind is None:
        return Problem(FAULT, "Something went wrong that is not your fault.", "Tell the operator.")
    if not isinstance(error, errors.ServerError):
        return Problem(kind, str(error), "Correct the value and ask again.")
    return Problem(
        kind,
        error.detail,
        error.remedy,
        _members(error),
        error.retry_after_s if isinstance(error, TIMED) else kind.retry_after,
        error.allowed if isinstance(error, errors.MethodNotAllowedError) else (),
    )


def response(error: Exception) -> tuple[HTTPStatus, list[tuple[bytes, bytes]], bytes]:
    """Make the status, the headers and the body that tell of an error."""
    problem = describe(error)
    body = problem.encode()
    told = {
        "content-type": MEDIA_TYPE,
        "content-length": str(len(body)),
        **problem.headers,
    }
    if problem.kind.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        told["connection"] = "close"  # the rest of the body would come all the same
    headers = [(name.encode(), value.encode()) for name, value in told.items()]
    return HTTPStatus(problem.kind.status), headers, body


def _members(error: errors.ServerError) -> dict[str, object]:
    match error:
        case errors.QueryNotParsedError() | errors.CommitNotParsedError() if error.line is not None:
            return {"line": error.line, "column": error.column}
        case errors.CommitRefusedError():
            return {"report": [dict(each) for each in error.report]}
        case _:
            return {}
