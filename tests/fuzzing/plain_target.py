"""The plain requests that are read without the server library: it reads them in the same way."""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import uvicorn
from target import Target, require
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from allegiance_server.errors import ServerError
from allegiance_server.protocol.encodings import negotiate as negotiate_encoding
from allegiance_server.protocol.requests import HttpRequest, SparqlRequest, read
from allegiance_server.web.plain_requests import Heads, decoded_query, plain_request
from allegiance_server.web.responses import headers_of

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Self

    from starlette.types import Scope

__all__ = ["PLAIN_TARGET", "Library", "run_plain"]

MAX_QUERY_BYTES: Final = 1 << 20
PATH: Final = "/sparql"
START: Final = b"GET /sparql?query="
WORDS: Final = (
    *("GET /sparql?query=", " HTTP/1.1\r\n", "Host: a\r\n", "\r\n", "\r\n\r\n", "\n", "ASK+%7B%7D"),
    *("%", "%3D", "=", "%2B", "+", "%C3%A9", "%ff", "#", "?", "&timeout=1", "%00", "%0A"),
    *("Accept: text/csv\r\n", "Accept-Encoding: gzip\r\n", 'If-None-Match: W/"a"\r\n'),
    *(
        "Connection: close\r\n",
        "Connection: keep-alive\r\n",
        "Content-Length: 0\r\n",
        "Transfer-Encoding: chunked\r\n",
    ),
    *("X-Forwarded-For: 192.0.2.7\r\n", "\t", " ", ":", "HTTP/1.0", "Upgrade: websocket\r\n"),
)
SEEDS: Final = (
    b"ASK%7B%7D",
    b"ASK{%C3%A9}+%3D=%2b%25\naccept: text/turtle\nACCEPT-ENCODING: gzip;q=0, *\nif-none-match: *",
    START + b"ASK%7B%7D HTTP/1.1\r\nHost: a\r\n\r\n",
    START + b"ASK+%7B%7D%0A%3D%25=a HTTP/1.1\r\nHost: a\r\nAccept: text/csv, */*;q=0.1\r\n\r\n",
    START + b"SELECT%20*%20%7B%20%3Fs%20%3Fp%20%22%C3%A9%22%20%7D HTTP/1.1\r\nhost:a\r\n"
    b'accept-encoding: gzip, zstd;q=0.9\r\nif-none-match: W/"a", "b"\r\nUser-Agent: x\r\n\r\n',
    START + b"ASK{}~!$'()*,;:@/?[]^`|\\ HTTP/1.1\r\nHost: [::1]:80\r\nX-Forwarded-For: a\r\n\r\n",
    START + b"ASK%7B%7D HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab",
    START + b"ASK{} HTTP/1.1\r\nHost: a\r\nIf-None-Match: W/a \r\nAccept-Encoding: gzip \t\r\n\r\n",
    START + b"%ff%zz&timeout=1 HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n",
)


def run_plain(data: bytes) -> None:
    """Compare the two readings of what came at once; what is not plain is the library's alone.

    Bytes that are no request are made one: their first line is the query, the others are headers.
    """
    data = data if data.startswith(b"GET ") else _framed(data)
    plain = _plainly(data)
    if plain is None:
        return
    library = Library.read(data)
    require(library.refused is None, "the library refuses it", data, library.refused)
    require(len(library.scopes) == 1 and library.is_complete, "not one request", data)
    require(library.is_kept_alive, "the library would close", data)
    require(_by_the_library(library.scopes[0]) == plain, "read otherwise", data, plain)


def _framed(data: bytes) -> bytes:
    query, *lines = data.split(b"\n")
    headers = b"".join(line + b"\r\n" for line in (b"Host: a", *lines))
    return START + query + b" HTTP/1.1\r\n" + headers + b"\r\n"


def _plainly(data: bytes) -> tuple[object, ...] | None:
    """Return what a connection makes of bytes that come at once, None where it makes nothing."""
    request = plain_request(data)
    head = None if request is None else Heads().read(request.lines)
    query = None if request is None else decoded_query(request.encoded_query)
    if head is None or query is None or not query.strip():
        return None
    asked = SparqlRequest(query, (), (), head.formats)
    return asked, head.encoding, head.if_none_match or None, head.is_forwarded


def _by_the_library(scope: Scope) -> tuple[object, ...]:
    headers = headers_of(scope)
    require((scope["method"], scope["path"]) == ("GET", PATH), "another address", scope)
    require(scope["http_version"] == "1.1", "another version", scope)
    try:
        asked = read(HttpRequest("GET", scope["query_string"], headers), MAX_QUERY_BYTES)
        encoding = negotiate_encoding(headers.get("accept-encoding"))
    except ServerError as error:
        return (error.detail,)
    is_forwarded = any(name.startswith("x-forwarded-") for name in headers)
    # The library keeps white space behind a value, which is no part of it.
    condition = headers.get("if-none-match", "").strip(" \t")
    return asked, encoding, condition or None, is_forwarded


class _Idle:
    """Stand for a transport, a loop and a task of which nothing is asked."""

    def __getattr__(self, _: str) -> Any:  # noqa: ANN401 - whatever is asked of it
        return lambda *_, **__: None


class _Loop(_Idle):
    def create_task(self, work: Coroutine[Any, Any, None], **_: object) -> _Idle:
        work.close()
        return _Idle()


class Library(HttpToolsProtocol):
    """Read bytes with uvicorn's protocol, and keep the requests that it would answer."""

    def __init__(self) -> None:
        """Start a connection with nobody."""
        loop: Any = _Loop()
        super().__init__(_config(), ServerState(), {}, loop)
        self.scopes: list[Scope] = []
        self.refused: str | None = None
        self.is_complete = self.is_kept_alive = False
        self.logger = logging.getLogger(__name__)
        self.logger.setLevel(logging.CRITICAL)
        transport: Any = _Idle()
        self.connection_made(transport)

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Read what comes at once."""
        library = cls()
        library.data_received(data)
        return library

    def on_headers_complete(self) -> None:
        """Keep the head of a request."""
        super().on_headers_complete()
        self.scopes.append(dict(self.scope))
        self.is_kept_alive = self.cycle.keep_alive

    def on_message_complete(self) -> None:
        """Know that a request is whole."""
        self.is_complete = True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Know that the bytes are no HTTP."""
        self.refused = msg


@cache
def _config() -> uvicorn.Config:
    nobody: Any = _Idle()
    return uvicorn.Config(
        nobody, interface="asgi3", lifespan="off", log_config=None, proxy_headers=False
    )


PLAIN_TARGET: Final = Target("plain requests", run_plain, SEEDS, WORDS, 512)
