"""The Graph Store Protocol as a lean ASGI application: whole graphs, read by all, written by few.

Specification: https://www.w3.org/TR/sparql11-http-rdf-update/
"""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import quote

from allegiance_server.errors import (
    BodyTooLargeError,
    ClientGoneError,
    ResultBrokenError,
    ServerError,
)
from allegiance_server.protocol.conditional import matches, query_tag
from allegiance_server.protocol.encodings import negotiate as negotiate_encoding
from allegiance_server.protocol.graph_store import METHODS, read
from allegiance_server.protocol.media_types import Formats, content_type
from allegiance_server.protocol.requests import HttpRequest
from allegiance_server.web.headers import READ_HEADERS, SECURITY_HEADERS, preflight_headers
from allegiance_server.web.responses import (
    body_of,
    headers_of,
    send_problem,
    send_rest,
    send_whole,
    unless_gone,
    when_gone,
)
from allegiance_server.web.updates import SNAPSHOT, commit, commit_headers, require_writer
from allegiance_server.workers.changes import Change
from allegiance_server.workers.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Scope, Send

    from allegiance_server.protocol.graph_store import GraphStoreRequest
    from allegiance_server.web.service import Service
    from allegiance_server.workers.changes import ChangeKind
    from allegiance_server.workers.jobs import StreamedResult

__all__ = ["GraphStoreEndpoint"]

READS: Final = ("GET", "HEAD", "OPTIONS")
WITH_BODY: Final = ("POST", "PUT")
VARY: Final = (b"vary", b"Accept, Accept-Encoding")
CACHEABLE: Final = (b"cache-control", b"public, no-cache")


class GraphStoreEndpoint:
    """Answer Graph Store Protocol requests to one path and to those below it."""

    def __init__(self, service: Service, path: str) -> None:
        """Keep the workers, and who writes; `path` is such as /graph-store."""
        self._service = service
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] == "OPTIONS":
            await send_whole(send, HTTPStatus.NO_CONTENT, preflight_headers(READS), b"")
            return
        is_read = scope["method"] in READS
        try:
            await self._answer(scope, receive, send)
        except (ClientGoneError, ResultBrokenError):
            # To leave without an end breaks the connection off: nobody takes that for the whole.
            return
        except ServerError as error:
            await send_problem(send, error, READ_HEADERS if is_read else SECURITY_HEADERS)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = headers_of(scope)
        client = self._service.clients.client(scope)
        self._service.check_budget("graph", client)
        address = self._service.clients.public_url(scope) + self._path
        try:
            request = await self._read(scope, headers, address, receive)
        except ServerError as error:
            self._service.refuse("graph", client, error)
            raise
        if request.method in READS:
            await self._get(request, headers, client, receive, send)
        else:
            await self._change(request, address, headers, send)

    async def _read(
        self, scope: Scope, headers: Mapping[str, str], address: str, receive: Receive
    ) -> GraphStoreRequest:
        """Read a request; who may not write is refused before the body is read."""
        settings = self._service.settings
        method, bound, body = scope["method"], settings.max_upload_bytes, b""
        if method in METHODS and method not in READS:
            require_writer(self._service, headers)
        if method in WITH_BODY:
            body = await body_of(receive, bound, lambda: _too_large(bound))
        request = HttpRequest(method, scope["query_string"], headers, body)
        return read(request, address, self._below(scope), bound)

    def _below(self, scope: Scope) -> str:
        """Return what the path has behind that of the service, percent signs and all."""
        raw = cast("bytes | None", scope.get("raw_path")) or b""
        path = raw.partition(b"?")[0].decode("latin-1")
        if not path.startswith(self._path):
            path = quote(scope["path"])
        return path[len(self._path) :]

    async def _get(
        self,
        request: GraphStoreRequest,
        headers: Mapping[str, str],
        client: str,
        receive: Receive,
        send: Send,
    ) -> None:
        supervisor = self._service.supervisor
        known = headers.get("if-none-match", "")
        tag = _tag(supervisor.snapshot, request)
        if known.strip() != "*" and matches(known, tag):
            unchanged = ((b"etag", tag.encode()), VARY, CACHEABLE, *READ_HEADERS)
            await send_whole(send, HTTPStatus.NOT_MODIFIED, unchanged, b"")
            return
        encoding = negotiate_encoding(headers.get("accept-encoding"))
        formats = Formats(None, request.media_type)
        task = Task("graph", request.graph or "", formats, encoding=encoding)
        result = await unless_gone(supervisor.open(task, client=client), receive)
        await _send(request, result, receive, send)

    async def _change(
        self,
        request: GraphStoreRequest,
        address: str,
        headers: Mapping[str, str],
        send: Send,
    ) -> None:
        graph = f"{address}/{uuid.uuid4().hex}" if request.is_new else request.graph or ""
        kind = cast("ChangeKind", request.method.lower())
        change = Change(kind, graph=graph, uploads=request.uploads, base_iri=graph or address)
        committed = await commit(self._service, headers, change)
        status = HTTPStatus.CREATED if committed.is_new else HTTPStatus.NO_CONTENT
        location = ((b"location", graph.encode()),) if request.is_new else ()
        told = [*commit_headers(committed), *location]
        if committed.is_new:
            told.append((b"content-length", b"0"))
        await send_whole(send, status, told, b"")


async def _send(
    request: GraphStoreRequest, result: StreamedResult, receive: Receive, send: Send
) -> None:
    headers = [
        (b"content-type", content_type(result.media_type).encode()),
        (b"etag", _tag(result.snapshot, request).encode()),
        (SNAPSHOT, result.snapshot.encode()),
        VARY,
        CACHEABLE,
        *READ_HEADERS,
    ]
    if result.encoding != "identity":
        headers.append((b"content-encoding", result.encoding.encode()))
    if result.is_whole:
        headers.append((b"content-length", b"%d" % len(result.body)))
        await send_whole(send, HTTPStatus.OK, headers, result.body)
        return
    await send({"type": "http.response.start", "status": HTTPStatus.OK, "headers": headers})
    if request.method == "HEAD":
        result.abandon()
        await send({"type": "http.response.body", "body": b""})
        return
    try:
        with when_gone(receive, result.abandon):
            await send_rest(send, result)
    except BaseException:
        result.abandon()  # also where the server is told to end
        raise


def _tag(snapshot: str, request: GraphStoreRequest) -> str:
    return query_tag(snapshot, None, request.media_type, (), (), f"graph {request.graph or ''}")


def _too_large(max_upload_bytes: int) -> BodyTooLargeError:
    return BodyTooLargeError(
        f"The upload is larger than {max_upload_bytes} bytes.",
        "Send it in several parts, by POST.",
    )
