"""One connection of a client: the plainest requests are answered here, all others by the library.

The library is uvicorn's protocol over llhttp. A plain request, of which there are most, costs a
third of the time without its parser, its tasks and its events. What a connection may cost is
bounded for both: the size of a head, and the time that it takes to arrive.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from allegiance_server.errors import (
    AddressTooLongError,
    HeadTooLargeError,
    HeadTooSlowError,
    RequestError,
    ResultBrokenError,
    ServerError,
)
from allegiance_server.protocol.conditional import matches
from allegiance_server.protocol.requests import SparqlRequest
from allegiance_server.web import problems
from allegiance_server.web.cache import head_of
from allegiance_server.web.headers import READ_HEADERS
from allegiance_server.web.plain_requests import Heads, decoded_query, plain_request
from allegiance_server.web.sparql import CACHEABLE, VARY, result_headers
from allegiance_server.web.sparql import head as result_head

if TYPE_CHECKING:
    import asyncio
    from asyncio import Transport
    from collections.abc import Callable

    from starlette.types import Scope

    from allegiance_server.web.known_requests import KnownRequests
    from allegiance_server.web.plain_requests import Head
    from allegiance_server.web.sparql import Asked, SparqlEndpoint
    from allegiance_server.workers.jobs import Job, StreamedResult

__all__ = ["Connection"]

OK_LINE: Final = b"HTTP/1.1 200 OK\r\n"
CHUNKED: Final = (b"transfer-encoding", b"chunked")
LAST_CHUNK: Final = b"0\r\n\r\n"
# The library's parser reads no longer address than this.
LONGEST_ADDRESS: Final = 65_535
LARGEST_HEAD: Final = LONGEST_ADDRESS + 32 * 1024
HEAD_PATIENCE_S: Final = 10.0
# Longer queries are rare, and what they take to be answered hides the rest.
LONGEST_PLAIN: Final = 16 * 1024


class Connection(HttpToolsProtocol):
    """Answer what is plain, and pass on the rest.

    `_job` is the query of a plain request that is being answered; what arrives meanwhile is held
    back. `_is_parsing` tells that the library is in the middle of a request.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - those of the library
        """Start as the library does."""
        super().__init__(*arguments, **options)
        self.url = b""
        self._endpoint: SparqlEndpoint = self.app.sparql
        self._heads: Heads = self.app.heads
        self._known: KnownRequests = self.app.known
        self._longest_plain = min(LONGEST_PLAIN, self._endpoint.service.settings.max_query_bytes)
        self._job: Job | None = None
        self._asked: Asked | None = None
        self._stream: asyncio.Task[None] | None = None
        self._held = bytearray()
        self._is_parsing = False
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._ends_after = False
        self._quiet_since = 0.0
        self._quiet_timer: asyncio.TimerHandle | None = None
        self._client = ""
        self._is_behind_proxy = False

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Find out who the client is, once for all its plain requests."""
        super().connection_made(transport)
        clients = self._endpoint.service.clients
        peer: Scope = {"client": self.client, "headers": []}
        self._client = clients.client(peer)
        self._is_behind_proxy = clients.is_trusted(peer)
        self._watch_quiet()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give up what nobody waits for any more."""
        for timer in (self._head_timer, self._quiet_timer):
            if timer is not None:
                timer.cancel()
        self._head_timer = self._quiet_timer = None
        if self._stream is not None:
            self._stream.cancel()
        if self._job is not None:
            self._job.abandon()
            self._job = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Answer a plain request, or hand the bytes to the library."""
        if self._job is not None or self._held:
            self._held += data
            self.transport.pause_reading()
        elif not self._is_free() or not self._answer(data):
            self._parse(data)

    def shutdown(self) -> None:
        """Close the connection when what is being answered has been."""
        if self._job is not None:
            self._ends_after = True
        else:
            super().shutdown()

    def on_message_begin(self) -> None:
        """Know that the library has begun with a request."""
        self._is_parsing = True
        self._head_bytes = max(self._head_bytes, 1)
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_PATIENCE_S, self._on_slow_head)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Stop watching over the head."""
        self._head_bytes = 0
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Know that the library has read a request to its end."""
        self._is_parsing = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Know that the connection was in use until now."""
        self._quiet_since = self.loop.time()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Tell of bytes that are no HTTP, as of every other problem."""
        if len(self.url) > LONGEST_ADDRESS:
            self._refuse(_head_error(self.url))
        else:
            self._refuse(RequestError(msg, "Send requests as HTTP/1.1 has them."))

    def _is_free(self) -> bool:
        """Tell whether no request is on its way that the library has."""
        return not self._is_parsing and not self._is_answering()

    def _is_answering(self) -> bool:
        """Tell whether the library has begun with a request whose answer is not complete."""
        return self.cycle is not None and not self.cycle.response_complete

    def _parse(self, data: bytes) -> None:
        """Let the library read, as long as the head is neither too large nor too slow."""
        if not self._is_parsing or self._head_bytes > 0:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._head_bytes > LARGEST_HEAD:
            self._refuse(_head_error(self.url))

    def _on_slow_head(self) -> None:
        self._head_timer = None
        if self._is_answering():
            # What is told now would be taken for the answer to the request before.
            self._head_timer = self.loop.call_later(HEAD_PATIENCE_S, self._on_slow_head)
            return
        detail = f"The head of the request has not come within {HEAD_PATIENCE_S:g} seconds."
        self._refuse(HeadTooSlowError(detail, "Send it in one go."))

    def _refuse(self, error: ServerError) -> None:
        """Tell of a problem and close: nobody knows where the next request would begin.

        Where an earlier request is being answered, it only closes: what it told would be taken for
        that answer, or for a part of it.
        """
        if self.transport.is_closing():
            return
        is_own = self._head_bytes == 0 and not self.pipeline
        if not self._is_answering() or (is_own and not self.cycle.response_started):
            self._write_problem(error, ((b"connection", b"close"), *READ_HEADERS))
        self.transport.close()

    def _answer(self, data: bytes) -> bool:
        """Answer a plain request; return whether it is one."""
        found = self._known.find(data, self._endpoint.service.supervisor.snapshot)
        if found is not None:
            head, asked = found
            if head.is_forwarded and self._is_behind_proxy:
                return False
            self._unset_keepalive_if_required()
            self._try(lambda: self._ask(asked, head))
            return True
        request = plain_request(data)
        if request is None or len(request.encoded_query) > self._longest_plain:
            return False
        new_head = self._heads.read(request.lines)
        if new_head is None or (new_head.is_forwarded and self._is_behind_proxy):
            return False
        query = decoded_query(request.encoded_query)
        if query is None or not query.strip() or self._endpoint.federates(query):
            return False
        self._unset_keepalive_if_required()
        self._try(lambda: self._ask(self._admitted(data, query, new_head), new_head))
        return True

    def _try(self, act: Callable[[], None]) -> None:
        """Do something, or tell what stands in the way."""
        try:
            self._endpoint.service.check_budget("query", self._client)
            act()
        except ServerError as error:
            self._write_problem(error, READ_HEADERS)
            self._rest()

    def _admitted(self, data: bytes, query: str, head: Head) -> Asked:
        """Admit a query, and remember what came of it for when the same bytes come again."""
        try:
            asked = self._endpoint.asked(
                SparqlRequest(query, (), (), head.formats), head.encoding, ""
            )
        except ServerError as error:
            self._endpoint.service.refuse("query", self._client, error)
            raise
        self._known.keep(data, head, asked)
        return asked

    def _ask(self, asked: Asked, head: Head) -> None:
        service = self._endpoint.service
        if asked.key is not None:
            if head.if_none_match and matches(head.if_none_match, asked.tag):
                unchanged = ((b"etag", asked.tag.encode()), VARY, CACHEABLE, *READ_HEADERS)
                self._write(HTTPStatus.NOT_MODIFIED, head_of(unchanged), b"")
                self._rest()
                return
            if service.cache.is_on:
                entry = service.cache.find(asked.key, head.encoding)
                if entry is not None:
                    service.found(asked.task, self._client, entry)
                    self._write(HTTPStatus.OK, entry.head, entry.body)
                    self._rest()
                    return
        self._asked = asked
        job = service.supervisor.submit(asked.task, self._client, None, self._on_outcome)
        if self._asked is not None:
            self._job = job

    def _on_outcome(self, outcome: StreamedResult | ServerError) -> None:
        """Send what has come of a query; its status is known now."""
        asked, self._asked = self._asked, None
        if asked is None or self.transport.is_closing():
            return
        if isinstance(outcome, ServerError):
            self._write_problem(outcome, READ_HEADERS)
        elif outcome.is_whole:
            if self._endpoint.service.cache.is_on:
                self._endpoint.keep(asked, outcome)
            self._write(HTTPStatus.OK, result_head(asked, outcome), outcome.body)
        else:
            self._stream = self.loop.create_task(self._send_stream(asked, outcome))
            return
        self._job = None
        self._rest()

    async def _send_stream(self, asked: Asked, result: StreamedResult) -> None:
        """Send a result as it comes; one that breaks off takes the connection with it."""
        collected = self._endpoint.collected(result)
        headers = result_headers(asked, result)
        try:
            self._write(HTTPStatus.OK, head_of((*headers, CHUNKED)), _chunk(result.body))
            async for part in result.rest():
                collected.add(part)
                self.transport.write(_chunk(part))
                await self.flow.drain()
            self.transport.write(LAST_CHUNK)
        except ResultBrokenError:
            self.transport.close()
            return
        finally:
            result.abandon()
            self._job = self._stream = None
        self._endpoint.keep_collected(asked, result, collected)
        self._rest()

    def _write(self, status: HTTPStatus, head: bytes, body: bytes) -> None:
        """Write a response; the library keeps the headers of the day, which is the date."""
        line = OK_LINE if status == HTTPStatus.OK else _status_line(status)
        self.transport.write(b"".join((line, self.app.dated(self.server_state), head, body)))
        self.server_state.total_requests += 1

    def _write_problem(self, error: ServerError, headers: tuple[tuple[bytes, bytes], ...]) -> None:
        status, told, body = problems.response(error)
        self._write(status, head_of((*told, *headers)), body)

    def _rest(self) -> None:
        """Wait for the next request: one that was held back, or not for ever."""
        if self._ends_after:
            self.transport.close()
            return
        self._watch_quiet()
        if self._held:
            # Not at once: a row of plain requests would nest their answers.
            self.loop.call_soon(self._resume)

    def _watch_quiet(self) -> None:
        self._quiet_since = self.loop.time()
        if self._quiet_timer is None:
            self._quiet_timer = self.loop.call_later(self.timeout_keep_alive, self._on_quiet)

    def _resume(self) -> None:
        """Take up what was held back; what arrives until then is behind it."""
        if not self.transport.is_closing():
            held = bytes(self._held)
            self._held.clear()
            self.transport.resume_reading()
            self.data_received(held)

    def _on_quiet(self) -> None:
        """Close a connection that is not used; the timer is set anew only when it has run out."""
        self._quiet_timer = None
        left = self._quiet_since + self.timeout_keep_alive - self.loop.time()
        if self._job is not None or left > 0:
            wait = max(left, 1.0)
            self._quiet_timer = self.loop.call_later(wait, self._on_quiet)
        elif self._is_free() and not self.transport.is_closing():
            self.transport.close()


def _chunk(part: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(part), part)


def _status_line(status: HTTPStatus) -> bytes:
    return f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode()


def _head_error(address: bytes) -> ServerError:
    """Say which part of a head is too large."""
    if len(address) > LONGEST_ADDRESS:
        detail = f"The address is longer than {LONGEST_ADDRESS} bytes."
        return AddressTooLongError(detail, "Send the query by POST.")
    return HeadTooLargeError("The headers of the request are too large.", "Send fewer.")
