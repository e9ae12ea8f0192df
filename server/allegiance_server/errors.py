"""The errors that a request can end in; `problems.py` gives each its HTTP status.

AllegianceError
└── ServerError                          what happened, and what to do about it
    ├── SettingsError                    a setting that the server cannot work with
    ├── RequestError                     the request is not one of the SPARQL protocol
    │   ├── MethodNotAllowedError
    │   ├── NotAcceptableError           no result format that is offered is asked for
    │   ├── NotFoundError
    │   ├── QueryTooLongError
    │   └── UnsupportedMediaTypeError    the body is of a type that nobody reads here
    ├── QueryRefusedError                the query is never given to a worker
    │   ├── QueryTooDeepError
    │   ├── ServiceRefusedError
    │   └── UpdateRefusedError
    ├── QueryNotParsedError              carries line and column of the fault
    ├── QueryNotEvaluableError           it parses, but asks for something that does not exist
    ├── ResultTooLargeError
    ├── QueryTimedOutError
    ├── QueryCrashedError                its worker died
    ├── ServerBusyError                  no worker came free
    └── WorkersUnavailableError          no worker can be started
"""

from __future__ import annotations

from allegiance.errors import AllegianceError

__all__ = [
    "MethodNotAllowedError",
    "NotAcceptableError",
    "NotFoundError",
    "QueryCrashedError",
    "QueryNotEvaluableError",
    "QueryNotParsedError",
    "QueryRefusedError",
    "QueryTimedOutError",
    "QueryTooDeepError",
    "QueryTooLongError",
    "RequestError",
    "ResultTooLargeError",
    "ServerBusyError",
    "ServerError",
    "ServiceRefusedError",
    "SettingsError",
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


class MethodNotAllowedError(RequestError):
    """Tell which methods are understood."""


class NotFoundError(RequestError):
    """Tell that there is nothing at this address."""


class UnsupportedMediaTypeError(RequestError):
    """Tell which types of body are read."""


class NotAcceptableError(RequestError):
    """Tell which result formats are offered."""


class QueryTooLongError(RequestError):
    """Tell how long a query may be."""


class QueryRefusedError(ServerError):
    """Tell why a query is not given to a worker at all."""


class QueryTooDeepError(QueryRefusedError):
    """Tell how deep the brackets of a query may be nested."""


class ServiceRefusedError(QueryRefusedError):
    """Tell that no query makes this server call another one."""


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


class QueryTimedOutError(ServerError):
    """Tell that a query ran past its deadline and was stopped."""


class QueryCrashedError(ServerError):
    """Tell that the worker of this query died; no other query was touched."""


class ServerBusyError(ServerError):
    """Tell that every worker is taken and so is every place in the queue."""


class WorkersUnavailableError(ServerError):
    """Tell that no worker can be started, or that the server is stopping."""
