"""The SPARQL endpoint as a lean ASGI application: request in, problem, result or stream out.

Specification: https://www.w3.org/TR/sparql11-protocol/ and, for what is not asked again,
https://www.rfc-editor.org/rfc/rfc9110#name-conditional-requests
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Protocol

from allegiance_server.errors import (
    ClientGoneError,
    ResultBrokenError,
    ServerError,
    UnsupportedMediaTypeError,
    UpdateRefusedError,
)
from allegiance_server.protocol.admission import admit, calls_service, is_volatile
from allegiance_server.protocol.conditional import matches, query_tag
from allegiance_server.protocol.encodings import negotiate as negotiate_encoding
from allegiance_server.protocol.media_types import content_type
from allegiance_server.protocol.requests import (
    ACCEPT_QUERY,
    ALLOWED,
    DescriptionRequest,
    HttpRequest,
    SparqlRequest,
    UpdateRequest,
    largest_body,
    read,
    too_long,
)
from allegiance_server.web.cache import Entry, head_of
from allegiance_server.web.headers import READ_HEADERS, preflight_headers
from allegiance_server.web.responses import (
    body_of,
    gone,
    headers_of,
    send_problem,
    send_rest,
    send_whole,
    unless_gone,
    when_gone,
)
from allegiance_server.workers.jobs import Delivery
from allegiance_server.workers.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Scope, Send

    from allegiance_server.web.cache import Key
    from allegiance_server.web.federation.execution import Federation
    from allegiance_server.web.responses import Headers
    from allegiance_server.web.service import Service
    from allegiance_server.workers.jobs import StreamedResult
    from allegiance_server.workers.tasks import Encoding

__all__ = ["Asked", "SparqlEndpoint", "head", "result_headers"]

WITH_BODY: Final = frozenset({"POST", "QUERY"})
# What the method QUERY may carry.
TAKEN: Final = (b"accept-query", ACCEPT_QUERY.encode())
VARY: Final = (b"vary", b"Accept, Accept-Encoding")
# Ask again before each use: the next snapshot may be there, and asking again costs next to nothing.
CACHEABLE: Final = (b"cache-control", b"public, no-cache")
VOLATILE: Final = (b"cache-control", b"no-store")


class Describe(Protocol):
    """Answer a request for the description of the service."""

    async def __call__(self, request: DescriptionRequest, scope: Scope, send: Send) -> None:
        """Answer it."""


class Update(Protocol):
    """Answer an update."""

    async def __call__(
        self, request: UpdateRequest, headers: Mapping[str, str], send: Send
    ) -> None:
        """Answer it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold a query with all that decides about its answer; without a key it is never kept.

    `is_federated` tells that other endpoints have to be asked for it.
    """

    task: Task
    key: Key | None
    tag: str
    client: str
    timeout_s: float | None
    is_head: bool
    is_federated: bool = False


class SparqlEndpoint:
    """Answer SPARQL protocol requests."""

    def __init__(
        self,
        service: Service,
        describe: Describe,
        update: Update | None,
        federation: Federation | None = None,
    ) -> None:
        """Keep the workers, who answers what is no query, and who asks elsewhere, if anybody."""
        self.service = service
        self._describe = describe
        self._update = update
        self._federation = federation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] == "OPTIONS":
            told = (TAKEN, *preflight_headers(ALLOWED))
            await send_whole(send, HTTPStatus.NO_CONTENT, told, b"")
            return
        try:
            await self._answer(scope, receive, send)
        except (ClientGoneError, ResultBrokenError):
            # To leave without an end breaks the connection off: nobody takes that for the whole.
            return
        except ServerError as error:
            is_of_type = isinstance(error, UnsupportedMediaTypeError)
            await send_problem(send, error, (TAKEN, *READ_HEADERS) if is_of_type else READ_HEADERS)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = headers_of(scope)
        client = self.service.clients.client(scope)
        self.service.check_budget("query", client)
        try:
            request = await self._read(scope, headers, receive)
            if isinstance(request, SparqlRequest):
                encoding = negotiate_encoding(headers.get("accept-encoding"))
                is_head = scope["method"] == "HEAD"
                asked = self.asked(request, encoding, client, is_head=is_head)
        except ServerError as error:
            self.service.refuse("query", client, error)
            raise
        match request:
            case SparqlRequest():
                await self._query(asked, headers, receive, send)
            case UpdateRequest():
                if self._update is None:
                    raise _update_refused()
                await self._update(request, headers, send)
            case DescriptionRequest():
                await self._describe(request, scope, send)

    async def _read(
        self, scope: Scope, headers: Mapping[str, str], receive: Receive
    ) -> SparqlRequest | UpdateRequest | DescriptionRequest:
        bound = self.service.settings.max_query_bytes
        body = b""
        if scope["method"] in WITH_BODY:
            body = await body_of(receive, largest_body(bound), lambda: too_long(bound))
        suffix = scope["path"].rpartition("/")[2].partition(".")[2]
        return read(
            HttpRequest(scope["method"], scope["query_string"], headers, body, suffix), bound
        )

    def asked(
        self, request: SparqlRequest, encoding: Encoding, client: str, *, is_head: bool = False
    ) -> Asked:
        """Admit a query, and find out what its answer depends on; raises QueryRefusedError."""
        settings = self.service.settings
        is_federated = self.federates(request.query)
        if not is_federated:  # else `Federation.open` admits it, for it is read in a thread
            admit(request.query, settings.max_query_depth, settings.max_query_patterns)
        task = Task(
            "query",
            request.query,
            request.formats,
            request.default_graphs,
            request.named_graphs,
            encoding,
            counts_rows=self.service.query_log.is_on,
        )
        if is_federated or is_volatile(request.query):
            return Asked(task, None, "", client, request.timeout_s, is_head, is_federated)
        key = _key(task, self.service.supervisor.snapshot)
        return Asked(task, key, query_tag(*key), client, request.timeout_s, is_head)

    def federates(self, query: str) -> bool:
        """Tell whether other endpoints would have to be asked for a query, and may be."""
        return self._federation is not None and calls_service(query)

    def keep(self, asked: Asked, result: StreamedResult) -> Entry:
        """Return what is sent for a whole result, and keep it where it may be asked for again."""
        headers = (
            *result_headers(asked, result),
            (b"content-length", b"%d" % len(result.body)),
        )
        entry = Entry(result.body, result.media_type, result.encoding, headers)
        if asked.key is not None and result.snapshot == asked.key[0]:
            self.service.cache.keep(asked.key, entry)
        return entry

    async def _query(
        self, asked: Asked, headers: Mapping[str, str], receive: Receive, send: Send
    ) -> None:
        if asked.key is not None:
            if matches(headers.get("if-none-match"), asked.tag):
                unchanged = ((b"etag", asked.tag.encode()), VARY, CACHEABLE, *READ_HEADERS)
                await send_whole(send, HTTPStatus.NOT_MODIFIED, unchanged, b"")
                return
            entry = self.service.cache.find(asked.key, asked.task.encoding)
            if entry is not None:
                self.service.found(asked.task, asked.client, entry)
                await send_whole(send, HTTPStatus.OK, entry.headers, entry.body)
                return
        result = await self._open(asked, receive)
        if result.is_whole:
            await self._send_whole(asked, result, send)
        else:
            await self._send_stream(asked, result, receive, send)

    async def _open(self, asked: Asked, receive: Receive) -> StreamedResult:
        """Have the query answered; a client that leaves meanwhile stops it."""
        if asked.is_federated and self._federation is not None:
            work = self._federation.open(asked.task, asked.client, asked.timeout_s)
            return await unless_gone(work, receive)
        delivery = Delivery()
        job = self.service.supervisor.submit(
            asked.task, asked.client, asked.timeout_s, delivery.settle
        )

        def leave() -> None:
            job.abandon()
            delivery.settle(gone())

        try:
            with when_gone(receive, leave):
                return await delivery.wait()
        except asyncio.CancelledError:
            job.abandon()
            raise

    async def _send_whole(self, asked: Asked, result: StreamedResult, send: Send) -> None:
        entry = self.keep(asked, result)
        await send_whole(send, HTTPStatus.OK, entry.headers, entry.body)

    async def _send_stream(
        self, asked: Asked, result: StreamedResult, receive: Receive, send: Send
    ) -> None:
        headers = result_headers(asked, result)
        await send(
            {"type": "http.response.start", "status": HTTPStatus.OK, "headers": list(headers)}
        )
        if asked.is_head:
            result.abandon()
            await send({"type": "http.response.body", "body": b""})
            return
        collected = self.collected(result)
        try:
            with when_gone(receive, result.abandon):
                await send_rest(send, result, collected.add)
        except BaseException:
            result.abandon()  # also where the server is told to end
            raise
        self.keep_collected(asked, result, collected)

    def collected(self, result: StreamedResult) -> Collected:
        """Begin to collect a stream, which may then be kept."""
        return Collected(self.service.cache.largest_bytes, result.body)

    def keep_collected(self, asked: Asked, result: StreamedResult, collected: Collected) -> None:
        """Keep a stream that has been sent to its end, where it may be asked for again."""
        body = collected.whole()
        if body is None or asked.key is None or result.snapshot != asked.key[0]:
            return
        length = (b"content-length", b"%d" % len(body))
        headers = (*result_headers(asked, result), length)
        entry = Entry(body, result.media_type, result.encoding, headers)
        self.service.cache.keep(asked.key, entry)


class Collected:
    """Collect the parts of a stream up to a bound; what is larger is not collected at all."""

    def __init__(self, max_bytes: int, first: bytes) -> None:
        """Start with the first part."""
        self._max_bytes = max_bytes
        self._parts: bytearray | None = bytearray()
        self.add(first)

    def add(self, part: bytes) -> None:
        """Take a part."""
        if self._parts is None:
            return
        if len(self._parts) + len(part) > self._max_bytes:
            self._parts = None
        else:
            self._parts += part

    def whole(self) -> bytes | None:
        """Return all of it, None where it was too large."""
        return None if self._parts is None else bytes(self._parts)


def _key(task: Task, snapshot: str) -> Key:
    return (
        snapshot,
        task.formats.solutions,
        task.formats.graph,
        task.default_graphs,
        task.named_graphs,
        task.text,
    )


def result_headers(asked: Asked, result: StreamedResult) -> Headers:
    """Say what the result is; a tag only where it is of the data that the tag was made for."""
    fixed = _fixed_headers(result.media_type, result.encoding, asked.key is None)
    if asked.key is None or result.snapshot != asked.key[0]:
        return fixed
    return (*fixed, (b"etag", asked.tag.encode()))


def head(asked: Asked, result: StreamedResult) -> bytes:
    """Write the headers of a whole result as they are sent, with the empty line behind them."""
    fixed = _fixed_head(result.media_type, result.encoding, asked.key is None)
    length = b"content-length: %d\r\n\r\n" % len(result.body)
    if asked.key is None or result.snapshot != asked.key[0]:
        return fixed + length
    return b"%betag: %b\r\n%b" % (fixed, asked.tag.encode(), length)


@lru_cache(maxsize=256)
def _fixed_headers(media_type: str, encoding: Encoding, is_volatile: bool) -> Headers:  # noqa: FBT001 - a key of the cache
    """Say what all results of a kind have in common; there are few kinds."""
    headers = [(b"content-type", content_type(media_type).encode()), VARY]
    headers.append(VOLATILE if is_volatile else CACHEABLE)
    if encoding != "identity":
        headers.append((b"content-encoding", encoding.encode()))
    return (*headers, *READ_HEADERS)


@lru_cache(maxsize=256)
def _fixed_head(media_type: str, encoding: Encoding, is_volatile: bool) -> bytes:  # noqa: FBT001 - a key of the cache
    return head_of(_fixed_headers(media_type, encoding, is_volatile)).removesuffix(b"\r\n")


def _update_refused() -> UpdateRefusedError:
    return UpdateRefusedError(
        "This endpoint answers queries; it takes no updates.",
        "To add or correct a claim, open a pull request.",
    )
