"""The SPARQL endpoint as a lean ASGI application: request in, problem or whole result out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, TypeVar

from allegiance_server.errors import QueryTooLongError, ServerError
from allegiance_server.protocol.admission import admit
from allegiance_server.protocol.media_types import content_type
from allegiance_server.protocol.requests import HttpRequest, largest_body, read, too_long
from allegiance_server.web import problems

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from starlette.types import Receive, Scope, Send

    from allegiance_server.settings import Settings
    from allegiance_server.workers.supervisor import Answer, Supervisor

__all__ = ["ClientGoneError", "SparqlEndpoint", "unless_gone"]

# A client that leaves costs no worker if its query is about to end: killing at once would let
# anyone exhaust the workers by connecting and leaving.
GRACE_S: Final = 0.06

Result = TypeVar("Result")


class ClientGoneError(Exception):
    """Tell that nobody waits for the answer any more."""


class SparqlEndpoint:
    """Answer SPARQL protocol requests."""

    def __init__(self, settings: Settings, supervisor: Supervisor) -> None:
        """Keep the bounds and the workers."""
        self._settings = settings
        self._supervisor = supervisor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            answer = await self._answer(scope, receive)
        except ClientGoneError:
            return
        except ServerError as error:
            problem = problems.describe(error)
            headers = problem.headers
            if isinstance(error, QueryTooLongError):
                headers["connection"] = "close"  # the rest of the body would come all the same
            await _send(send, problem.kind.status, problems.MEDIA_TYPE, problem.encode(), headers)
        else:
            # To HEAD the server sends the headers alone, with the length of the whole.
            media_type = content_type(answer.media_type)
            await _send(send, 200, media_type, bytes(answer.body), {"vary": "accept"})

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        bound = self._settings.max_query_bytes
        request = HttpRequest(
            method=scope["method"],
            query_string=scope["query_string"],
            headers=_headers(scope),
            body=await _body(receive, bound) if scope["method"] == "POST" else b"",
        )
        asked = read(request, bound)
        admit(asked.query, self._settings.max_query_depth)
        answer = self._supervisor.answer(asked, self._settings.max_result_bytes)
        return await unless_gone(answer, receive)


async def unless_gone(work: Coroutine[Any, Any, Result], receive: Receive) -> Result:
    """Return what the work returns, or give it up when the client leaves: ClientGoneError.

    Work that is nearly done is waited for a moment, so that its worker lives on.
    """
    task = asyncio.create_task(work)
    gone = asyncio.create_task(_disconnected(receive))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            await asyncio.wait({task}, timeout=GRACE_S)
        if not task.done():
            raise ClientGoneError
        return task.result()
    finally:
        task.cancel()
        gone.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _headers(scope: Scope) -> dict[str, str]:
    """Read the headers; those given more than once are joined as HTTP says."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1")
        text = value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


async def _body(receive: Receive, max_query_bytes: int) -> bytes:
    """Read the body; raises QueryTooLongError as soon as it is longer than any query can be."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        body += message.get("body", b"")
        if len(body) > largest_body(max_query_bytes):
            raise too_long(max_query_bytes)
        if not message.get("more_body", False):
            return bytes(body)


async def _send(
    send: Send, status: int, media_type: str, body: bytes, headers: dict[str, str]
) -> None:
    fields = {"content-type": media_type, "content-length": str(len(body)), **headers}
    encoded = [(name.encode(), value.encode()) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})
