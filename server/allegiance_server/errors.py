"""The errors that a request can end in; `web/problems.py` gives each its HTTP status.

AllegianceError
└── ServerError                          what happened, and what to do about it
    ├── SettingsError                    a setting that the server cannot work with
    ├── RequestError                     the request is not one of the protocols
    │   ├── AddressTooLongError
    │   ├── BodyTooLargeError            of an upload; a query has QueryTooLongError
    │   ├── HeadTooLargeError
    │   ├── HeadTooSlowError
    │   ├── MethodNotAllowedError
    │   ├── NotAcceptableError           no result format that is offered is asked for
    │   │   └── TermNotRepresentableError    a term that the format cannot hold
    │   ├── NotFoundError
    │   ├── QueryTooLongError
    │   └── UnsupportedMediaTypeError    the body is of a type that nobody reads here
    ├── AccessError                      who asks may not do this
    │   ├── TokenMissingError
    │   └── TokenRefusedError
    ├── BudgetSpentError                 this client has used up its share for now
    ├── QueryRefusedError                the query is never given to a worker
    │   ├── QueryTooComplexError
    │   ├── QueryTooDeepError
    │   ├── ServiceRefusedError
    │   └── UpdateRefusedError
    ├── QueryNotParsedError              carries line and column of the fault
    ├── QueryNotEvaluableError           it parses, but asks for something that does not exist
    ├── ResultTooLargeError
    │   └── TooManyRowsError             a SERVICE clause takes or gives more than is passed on
    ├── ResultBrokenError                a result that has been begun cannot be completed
    ├── QueryTimedOutError
    ├── QueryCrashedError                its worker died
    ├── QueryKilledError                 an operator stopped it
    ├── ClientGoneError                  nobody waits for the answer any more
    ├── ServerBusyError                  no worker came free
    ├── EndpointError                    an endpoint that SERVICE names gave no whole answer
    │   ├── EndpointBusyError            it wants to be left alone, or others wait for it
    │   ├── EndpointFailedError
    │   └── EndpointTimedOutError
    ├── WorkersUnavailableError          no worker can be started
    └── CommitError                      a write that changed nothing
        ├── CommitNotParsedError         the upload is no RDF; carries line and column
        ├── CommitRefusedError           the shapes refuse it; carries the report
        ├── FileDamagedError
        └── StorageFullError
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from allegiance.errors import AllegianceError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "AccessError",
    "AddressTooLongError",
    "BodyTooLargeError",
    "BudgetSpentError",
    "ClientGoneError",
    "CommitError",
    "CommitNotParsedError",
    "CommitRefusedError",
    "EndpointBusyError",
    "EndpointError",
    "EndpointFailedError",
    "EndpointTimedOutError",
    "FileDamagedError",
    "HeadTooLargeError",
    "HeadTooSlowError",
    "MethodNotAllowedError",
    "NotAcceptableError",
    "NotFoundError",
    "QueryCrashedError",
    "QueryKilledError",
    "QueryNotEvaluableError",
    "QueryNotParsedError",
    "QueryRefusedError",
    "QueryTimedOutError",
    "QueryTooComplexError",
    "QueryTooDeepError",
    "QueryTooLongError",
    "RequestError",
    "ResultBrokenError",
    "ResultTooLargeError",
    "ServerBusyError",
    "ServerError",
    "ServiceRefusedError",
    "SettingsError",
    "StorageFullError",
    "TermNotRepresentableError",
    "TokenMissingError",
    "TokenRefusedError",
    "TooManyRowsError",
    "UnsupportedMediaTypeError",
    "UpdateRefusedError",
    "WorkersUnavailableError",
]


class ServerError(AllegianceError):
    """Tell what happened (`detail`) and what to do about it (`remedy`)."""

    def __init__(self, detail: str, remedy: str) -> None:
        """Keep both sentences; the whole of them is the message."""
        self.detail = detail
        self.remedy = remedy
        super().__init__(f"{detail} {remedy}")


class SettingsError(ServerError):
    """Tell which setting has a value that the server cannot work with."""


class RequestError(ServerError):
    """Tell that the request is not one of the SPARQL protocol."""


class AddressTooLongError(RequestError):
    """Tell how long an address may be."""


class HeadTooLargeError(RequestError):
    """Tell that the headers of a request are too large."""


class HeadTooSlowError(RequestError):
    """Tell that the head of a request takes too long to arrive."""


class BodyTooLargeError(RequestError):
    """Tell how large an upload may be."""


class MethodNotAllowedError(RequestError):
    """Tell which methods are understood."""

    def __init__(self, detail: str, remedy: str, allowed: tuple[str, ...] = ()) -> None:
        """Keep the methods that are understood, for the header Allow."""
        super().__init__(detail, remedy)
        self.allowed = allowed


class NotFoundError(RequestError):
    """Tell that there is nothing at this address."""


class UnsupportedMediaTypeError(RequestError):
    """Tell which types of body are read."""


class NotAcceptableError(RequestError):
    """Tell which result formats are offered."""


class TermNotRepresentableError(NotAcceptableError):
    """Tell which term of a result its format cannot hold."""


class QueryTooLongError(RequestError):
    """Tell how long a query may be."""


class AccessError(ServerError):
    """Tell that whoever asks may not do this."""


class TokenMissingError(AccessError):
    """Tell that this needs a bearer token."""


class TokenRefusedError(AccessError):
    """Tell that the bearer token given is not the one."""


class BudgetSpentError(ServerError):
    """Tell that a client has used up its share, and when there will be more."""

    def __init__(self, detail: str, remedy: str, retry_after_s: int) -> None:
        """Keep the seconds after which the client has a share again."""
        super().__init__(detail, remedy)
        self.retry_after_s = retry_after_s


class QueryRefusedError(ServerError):
    """Tell why a query is not given to a worker at all."""


class QueryTooComplexError(QueryRefusedError):
    """Tell how many patterns a query may have."""


class QueryTooDeepError(QueryRefusedError):
    """Tell how deep the brackets of a query may be nested."""


class ServiceRefusedError(QueryRefusedError):
    """Tell that a query may not make this server call another one, or not that one."""


class UpdateRefusedError(QueryRefusedError):
    """Tell that the graph is read, never written, here."""


class QueryNotParsedError(ServerError):
    """Tell where a query stops being SPARQL; lines and columns count from 1."""

    def __init__(self, detail: str, remedy: str, line: int | None, column: int | None) -> None:
        """Keep the place beside the sentences; None where the parser names no place."""
        super().__init__(detail, remedy)
        self.line = line
        self.column = column


class QueryNotEvaluableError(ServerError):
    """Tell what a query asks for that does not exist."""


class ResultTooLargeError(ServerError):
    """Tell that a result passes the bound; it is never cut short."""


class TooManyRowsError(ResultTooLargeError):
    """Tell that a SERVICE clause takes or gives more than is passed on; nothing is cut short."""


class ResultBrokenError(ServerError):
    """Tell that a result that has been begun cannot be completed: the connection has to end."""


class QueryTimedOutError(ServerError):
    """Tell that a query ran past its deadline and was stopped."""


class QueryCrashedError(ServerError):
    """Tell that the worker of this query died; no other query was touched."""


class QueryKilledError(ServerError):
    """Tell that an operator stopped a query."""


class ClientGoneError(ServerError):
    """Tell that nobody waits for the answer any more."""


class ServerBusyError(ServerError):
    """Tell that every worker is taken and so is every place in the queue."""


class WorkersUnavailableError(ServerError):
    """Tell that no worker can be started, or that the server is stopping."""


class EndpointError(ServerError):
    """Tell that an endpoint that a query names has given no whole answer."""


class EndpointBusyError(EndpointError):
    """Tell that an endpoint wants to be left alone, or that others wait for it."""

    def __init__(self, detail: str, remedy: str, retry_after_s: int) -> None:
        """Keep the seconds after which it may be asked again."""
        super().__init__(detail, remedy)
        self.retry_after_s = retry_after_s


class EndpointFailedError(EndpointError):
    """Tell that an endpoint refused, broke off, or answered what is no result."""


class EndpointTimedOutError(EndpointError):
    """Tell that an endpoint took too long."""


class CommitError(ServerError):
    """Tell that a write changed nothing, and why."""


class CommitNotParsedError(CommitError):
    """Tell where an upload stops being RDF; lines and columns count from 1."""

    def __init__(self, detail: str, remedy: str, line: int | None, column: int | None) -> None:
        """Keep the place beside the sentences; None where the parser names no place."""
        super().__init__(detail, remedy)
        self.line = line
        self.column = column


class CommitRefusedError(CommitError):
    """Tell what the shapes have against a write.

    The report is a tuple of findings as plain mappings: focus node, path, message, shape, remedy.
    """

    def __init__(self, detail: str, remedy: str, report: tuple[Mapping[str, str], ...]) -> None:
        """Keep the report beside the sentences."""
        super().__init__(detail, remedy)
        self.report = report


class FileDamagedError(CommitError):
    """Tell that a file that is written to is not as this server leaves it."""


class StorageFullError(CommitError):
    """Tell that there is no room to keep a write."""
