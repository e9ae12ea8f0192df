"""Serve the descriptions of the service and of its data, made once for each snapshot."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from cachetools import LRUCache
from starlette.responses import RedirectResponse, Response

from allegiance.description import SERVICE_GRAPH
from allegiance_server.protocol.conditional import matches, strong_tag
from allegiance_server.protocol.media_types import Formats, content_type, negotiate
from allegiance_server.web.description import service_description, void_description
from allegiance_server.web.headers import READ_HEADERS
from allegiance_server.web.responses import headers_of, send_whole
from allegiance_server.workers.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.types import Scope, Send

    from allegiance_server.protocol.requests import DescriptionRequest
    from allegiance_server.settings import Settings
    from allegiance_server.web.service import Service

__all__ = ["VOID", "Descriptions"]

VOID: Final = "/void"
NTRIPLES: Final = "application/n-triples"
KEPT: Final = 32
# Larger than any description: it has a line for each kind of thing, not for each thing.
MOST_BYTES: Final = 64 * 1024 * 1024
QUERY: Final = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{SERVICE_GRAPH.value}> {{ ?s ?p ?o }} }}"


class Descriptions:
    """Answer for `/sparql` without a query, and for `/void`."""

    def __init__(self, service: Service) -> None:
        """Start without any: the first reader has them made."""
        self._service = service
        self._made: LRUCache[tuple[object, ...], bytes] = LRUCache(KEPT)

    async def __call__(self, request: DescriptionRequest, scope: Scope, send: Send) -> None:
        """Describe the service; a person is led to the page that has the editor."""
        headers = headers_of(scope)
        if _is_browser(scope, headers.get("accept", "")):
            leave = ((b"location", b"/"), (b"content-length", b"0"), *READ_HEADERS)
            await send_whole(send, HTTPStatus.SEE_OTHER, leave, b"")
            return
        base = self._service.clients.public_url(scope)
        body = await self._body(service_description, base, request.media_type)
        tag = strong_tag(body).encode()
        told = (
            (b"content-type", content_type(request.media_type).encode()),
            (b"etag", tag),
            (b"vary", b"Accept"),
            (b"cache-control", b"public, no-cache"),
            *READ_HEADERS,
        )
        if matches(headers.get("if-none-match"), tag.decode()):
            await send_whole(send, HTTPStatus.NOT_MODIFIED, told, b"")
            return
        length = (b"content-length", b"%d" % len(body))
        await send_whole(send, HTTPStatus.OK, (*told, length), body)

    async def void(self, request: Request) -> Response:
        """Describe the data."""
        media_type = negotiate(request.headers.get("accept"), None).graph or "text/turtle"
        base = self._service.clients.public_url(request.scope)
        body = await self._body(void_description, base, media_type)
        headers = {"etag": strong_tag(body), "vary": "Accept", "cache-control": "public, no-cache"}
        if matches(request.headers.get("if-none-match"), headers["etag"]):
            return Response(None, HTTPStatus.NOT_MODIFIED, headers)
        return Response(body, HTTPStatus.OK, {**headers, "content-type": content_type(media_type)})

    async def well_known(self, _: Request) -> Response:
        """Lead to the description of the data: https://www.w3.org/TR/void/#well-known."""
        return RedirectResponse(VOID, HTTPStatus.SEE_OTHER)

    async def _body(
        self,
        describe: Callable[[str, Settings, str, bytes, str], bytes],
        base: str,
        media_type: str,
    ) -> bytes:
        supervisor = self._service.supervisor
        snapshot = supervisor.snapshot
        key = (describe, base, snapshot, media_type)
        if (body := self._made.get(key)) is None:
            task = Task("query", QUERY, Formats(None, NTRIPLES), max_bytes=MOST_BYTES)
            _, told = await supervisor.whole(task)
            body = await asyncio.to_thread(
                describe, base, self._service.settings, snapshot, told, media_type
            )
            self._made[key] = body
        return body


def _is_browser(scope: Scope, accept: str) -> bool:
    """Tell whether a page is wanted rather than RDF, which nobody wants who names a format."""
    is_bare = "." not in scope["path"].rpartition("/")[2] and not scope["query_string"]
    return is_bare and "text/html" in accept
