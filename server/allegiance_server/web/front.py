"""The outermost application: what is asked most goes straight to its endpoint.

The routing, the middleware and the responses of the framework take several times as long as a small
query; they are for everything else.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from allegiance_server.web.headers import SECURITY_HEADERS
from allegiance_server.web.known_requests import KnownRequests
from allegiance_server.web.plain_requests import Heads
from allegiance_server.web.responses import send_problem
from allegiance_server.workers.pool import stopping

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp, Message, Receive, Scope, Send
    from uvicorn.server import ServerState

    from allegiance_server.web.sparql import SparqlEndpoint

__all__ = ["GRAPH_STORE", "SPARQL", "Front"]

SPARQL: Final = "/sparql"
SPARQL_SUFFIXED: Final = f"{SPARQL}."
GRAPH_STORE: Final = "/graph-store"


class Front:
    """Choose by the path who answers."""

    def __init__(self, sparql: SparqlEndpoint, graph_store: ASGIApp, others: FastAPI) -> None:
        """Keep the endpoints and the application for all other paths."""
        self.sparql = sparql
        self._graph_store = graph_store
        self._others = others
        self.heads = Heads()
        self.known = KnownRequests()
        self._dated: tuple[object, bytes] = (None, b"")

    @property
    def start_error(self) -> Exception | None:
        """Return what stopped the application from starting, None where nothing did."""
        return getattr(self._others.state, "start_error", None)

    def dated(self, state: ServerState) -> bytes:
        """Return the headers that the server library makes anew each second, such as the date."""
        headers = state.default_headers
        if self._dated[0] is not headers:
            self._dated = (headers, b"".join(b"%b: %b\r\n" % header for header in headers))
        return self._dated[1]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request to whoever answers it."""
        if scope["type"] == "http":
            path: str = scope["path"]
            if path == SPARQL or (path.startswith(SPARQL_SUFFIXED) and path.count("/") == 1):
                await _guarded(self.sparql, scope, receive, send)
                return
            if path == GRAPH_STORE or path.startswith(GRAPH_STORE + "/"):
                await _guarded(self._graph_store, scope, receive, send)
                return
        await self._others(scope, receive, send)


async def _guarded(endpoint: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Have a request answered; of a fault the client learns that it is one, and no more.

    The server library cancels what is not answered when it has to stop: then the client learns
    that, unless its answer has begun.
    """
    has_begun = False

    async def watched(message: Message) -> None:
        nonlocal has_begun
        has_begun = True
        await send(message)

    try:
        await endpoint(scope, receive, watched)
    except asyncio.CancelledError:
        if has_begun:
            raise
        await send_problem(send, stopping(), SECURITY_HEADERS)
    except Exception as fault:
        await send_problem(send, fault, SECURITY_HEADERS)
        raise  # for the server library to write down
