"""Send requests as they stand, without a client library that would repair them."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from typing import TYPE_CHECKING

from datasets import insertion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType
    from typing import Self

    from manifests import GraphFile

__all__ = ["Connection", "Endpoint", "Response", "SetUpError"]

PATIENCE_S = 20
ERROR = 400
FAULT = 500


class SetUpError(Exception):
    """Tell that a server did not take the data of a test."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Name a server: host and port, the paths of its services, and what allows to write.

    `graph_store` is None where the server has none.
    """

    host: str
    port: int
    sparql: str
    graph_store: str | None
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """Hold a whole response; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """Return the type of the content without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def summary(self) -> str:
        """Return the status and the beginning of the body, for messages."""
        return f"{self.status} {self.body[:160].decode(errors='replace')}"


class Connection:
    """Hold a connection to a server and know which data it has last been given.

    >>> Connection(Endpoint("localhost", 9, "/sparql", None)).close()
    """

    def __init__(self, endpoint: Endpoint) -> None:
        """Connect at the first request."""
        self.endpoint = endpoint
        self._http = http.client.HTTPConnection(endpoint.host, endpoint.port, timeout=PATIENCE_S)
        self._held: tuple[GraphFile, ...] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def send(
        self, method: str, path: str, headers: Iterable[tuple[str, str]], body: bytes | None = None
    ) -> Response:
        """Send these headers and Host, Authorization and Content-Length, and nothing else.

        Raises OSError or HTTPException where no whole response comes.
        """
        self._http.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers:
            self._http.putheader(name, value)
        if self.endpoint.token is not None:
            self._http.putheader("Authorization", f"Bearer {self.endpoint.token}")
        if body is not None or method in ("POST", "PUT", "PATCH"):
            self._http.putheader("Content-Length", str(len(body or b"")))
        try:
            self._http.endheaders(body)
            answer = self._http.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self._http.close()
            raise
        if answer.status >= FAULT:
            # A server may hang up after a fault of its own without having said so.
            self._http.close()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Response(answer.status, found, content)

    def query(self, text: bytes, accept: str | None = None) -> Response:
        """Ask a query."""
        headers = [("Content-Type", "application/sparql-query")]
        headers += [] if accept is None else [("Accept", accept)]
        return self.send("POST", self.endpoint.sparql, headers, text)

    def update(self, text: bytes) -> Response:
        """Run an update."""
        self.forget()
        headers = [("Content-Type", "application/sparql-update")]
        return self.send("POST", self.endpoint.sparql, headers, text)

    def forget(self) -> None:
        """Note that what the server holds is no longer known."""
        self._held = None

    def load(self, data: tuple[GraphFile, ...]) -> None:
        """Put data in place of all that the server holds; nothing to do where it holds it already.

        Raises SetUpError where the server does not take it.
        """
        if data == self._held:
            return
        response = self.update(insertion(data).encode())
        if response.status >= ERROR:
            raise SetUpError(response.summary)
        self._held = data
