"""What is answered without the library's parser is answered as that parser would have it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uvicorn.server import ServerState

from allegiance_server.cli import server_config
from allegiance_server.settings import MIB, Settings
from allegiance_server.web.app import create_app
from allegiance_server.web.connection import Connection

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from uvicorn import Config

    from allegiance.snapshot import Snapshot

ASK = b"ASK+%7B+id%3Airan+a+al%3AState+%7D"
LINE = b"GET /sparql?query=" + ASK + b" HTTP/1.1\r\n"
PLAIN = LINE + b"Host: a\r\n\r\n"
WHOLE_S = 10.0

QUERIES = [
    "ASK {}",
    "SELECT ?s WHERE { ?s a al:State }",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "DESCRIBE id:iran",
    "SELECT (RAND() < 2 AS ?true) {}",
    "SELECT * { ?s ?p ; }",
    "CLEAR ALL",
    "SELECT ('é=&+%' AS ?x) {}",
]
PIECES = st.one_of(
    st.sampled_from(QUERIES).map(lambda query: quote_plus(query).encode()),
    st.sampled_from(
        [
            *(
                b"%",
                b"%4",
                b"%zz",
                b"%3D",
                b"%3d",
                b"%00",
                b"%FF",
                b"%C3%A9",
                b"%%41",
                b"=3D",
                b"=",
            ),
            *(b"+", b"&", b"&format=csv", b"&query=ASK%7B%7D", b"&timeout=0.5", b"#", b"?", b"/"),
            *(b'"', b"<", b"{", b"}", b"|", b"\\", b"^", b"`", b"\xc3\xa9", b" ", b"\t", b"\x00"),
        ]
    ),
    st.text("AKSELECT{}?:*.;% +=", max_size=8).map(str.encode),
)
VALUES = st.lists(PIECES, min_size=1, max_size=3).map(b"".join)
FIELDS = st.sampled_from(
    [
        b"Accept: text/csv",
        b"accept:application/sparql-results+xml ;q=0.5, */*;q=0.1",
        b"Accept: \t text/turtle \t ",
        b"Accept: text/html",
        b"Accept:",
        b"Accept-Encoding: gzip",
        b"Accept-Encoding: zstd, gzip;q=0.5",
        b"Accept-Encoding: identity;q=0",
        b"If-None-Match: *",
        b'If-None-Match: W/"x", "y"',
        b"Host: other",
        b"Connection: close",
        b"Connection: keep-alive",
        b"Connection: Upgrade",
        b"Upgrade: h2c",
        b"Content-Length: 0",
        b"Content-Length: x",
        b"Transfer-Encoding: chunked",
        b"Transfer-Encoding: gzip",
        b"Content-Type: text/plain",
        b"X-Forwarded-For: 192.0.2.9",
        b"User-Agent: \xc3\xa9",
        b"X-Odd: a\x01b",
        b"X-Odd : a",
        b" folded",
        b": nameless",
        b"no colon",
        b"X(y): a",
        b"X-Long: " + b"x" * 5000,
    ]
)
METHODS = st.sampled_from([b"GET"] * 12 + [b"HEAD", b"get", b"OPTIONS", b"DELETE", b"G T"])
PATHS = st.sampled_from(
    [b"/sparql?query="] * 12 + [b"/sparql?", b"/sparql.csv?query=", b"/sparql/?query=", b"//sparql"]
)
VERSIONS = st.sampled_from([b"HTTP/1.1"] * 12 + [b"HTTP/1.0", b"HTTP/2.0", b"HTTP/1.1 ", b""])


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Make a request: most of them plain, or plain but for one thing."""
    line = draw(METHODS) + b" " + draw(PATHS) + draw(VALUES) + b" " + draw(VERSIONS)
    fields = [b"Host: a", *draw(st.lists(FIELDS, max_size=3))]
    end = draw(st.sampled_from([b"\r\n"] * 8 + [b"\n"]))
    return end.join([line, *draw(st.permutations(fields)), b"", b""])


@st.composite
def good_requests(draw: st.DrawFn) -> bytes:
    """Make a request that has nothing wrong, and that leaves the connection open."""
    query = quote_plus(draw(st.sampled_from(QUERIES))).encode()
    method = draw(st.sampled_from([b"GET", b"GET", b"GET", b"HEAD"]))
    more = draw(st.sampled_from([b"", b"Accept: text/csv\r\n", b"Content-Length: 0\r\n"]))
    address = draw(st.sampled_from([b"/sparql?query=" + query, b"/health/live"]))
    return method + b" " + address + b" HTTP/1.1\r\nHost: a\r\n" + more + b"\r\n"


def numbered(number: int) -> bytes:
    """Make a plain request that is answered by its number."""
    query = quote_plus(f"SELECT ({number} AS ?n) {{}}").encode()
    return b"GET /sparql?query=" + query + b" HTTP/1.1\r\nHost: a\r\nAccept: text/csv\r\n\r\n"


class Wire(asyncio.Transport):
    """Stand in for the network: keep what is written."""

    def __init__(self) -> None:
        """Start open, with nothing written."""
        super().__init__({"peername": ("192.0.2.1", 5000), "sockname": ("192.0.2.2", 80)})
        self.written = bytearray()
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep what is written before the end."""
        if not self.is_closed:
            self.written += data

    def close(self) -> None:
        """End."""
        self.is_closed = True

    def is_closing(self) -> bool:
        """Tell whether it has ended."""
        return self.is_closed

    def pause_reading(self) -> None:
        """Go on: whoever is behind this does not read."""

    def resume_reading(self) -> None:
        """Go on."""


class Observed(Connection):
    """Tell when nothing more is to come."""

    @property
    def is_busy(self) -> bool:
        """Tell whether an answer is to come."""
        return bool(self._job or self._held or self._is_answering())


class Hasty(Observed):
    """Hear a request at the very moment at which an answer is complete."""

    def _rest(self) -> None:
        """Hear one while another is held back."""
        super()._rest()
        if len(self._held) == len(numbered(1)):
            self.data_received(numbered(2))


class ByLibrary(Observed):
    """Leave everything to the library."""

    def _answer(self, data: bytes) -> bool:
        """Answer nothing."""
        del data
        return False


@dataclass
class Talk:
    """A service in this very process, and connections to it that have no network."""

    runner: asyncio.Runner
    config: Config
    state: ServerState = field(default_factory=ServerState)

    def say(self, kind: type[Observed], chunks: Sequence[bytes]) -> tuple[Any, bool]:
        """Send bytes in chunks; return the answers, and whether the connection was closed."""
        return self.runner.run(self._say(kind, chunks))

    async def _say(self, kind: type[Observed], chunks: Sequence[bytes]) -> tuple[Any, bool]:
        self.state.default_headers = [(b"date", b"today")]
        connection, wire = kind(self.config, self.state, {}), Wire()
        connection.connection_made(wire)
        for chunk in chunks:
            if not wire.is_closed:
                connection.data_received(chunk)
            await asyncio.sleep(0)
        deadline = time.monotonic() + WHOLE_S
        while not wire.is_closed and connection.is_busy:
            assert time.monotonic() < deadline, "there is no answer"
            await asyncio.sleep(0.0005)
        was_closed = wire.is_closed
        connection.connection_lost(None)
        return answers(bytes(wire.written)), was_closed


def answers(written: bytes) -> list[tuple[bytes, list[bytes], bytes]]:
    """Take the answers apart: status, headers in the order of the alphabet, body."""
    found = []
    while written:
        head, _, written = written.partition(b"\r\n\r\n")
        line, *headers = head.split(b"\r\n")
        named = {
            name.lower(): value for name, _, value in (each.partition(b": ") for each in headers)
        }
        assert b"transfer-encoding" not in named
        length = int(named.get(b"content-length", b"0"))
        if b" 304 " in line or b" 204 " in line or written.startswith(b"HTTP/1.1 "):
            length = 0  # an answer to HEAD, too, has no body
        found.append((line, sorted(headers), written[:length]))
        written = written[length:]
    return found


@pytest.fixture(scope="module", params=[0, MIB], ids=["without a cache", "with a cache"])
def talk(snapshot: Snapshot, request: pytest.FixtureRequest) -> Iterator[Talk]:
    """Start the workers in the loop of the test."""
    changed = Settings(
        workers=1, query_timeout_s=5, worker_memory_bytes=256 * MIB, cache_bytes=request.param
    )
    app = create_app(changed, snapshot, ())
    config = server_config(app, changed)
    config.load()
    supervisor = app.sparql.service.supervisor
    with asyncio.Runner() as runner:
        runner.run(supervisor.start())
        yield Talk(runner, config)
        runner.run(supervisor.stop())


def cut(whole: bytes, places: Sequence[int]) -> list[bytes]:
    """Cut bytes at some places."""
    ends = sorted({place % (len(whole) + 1) for place in places} | {0, len(whole)})
    return [whole[start:end] for start, end in pairwise(ends)]


FUZZ = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@FUZZ
@given(request=requests())
def test_a_request_is_answered_as_by_the_library(talk: Talk, request: bytes) -> None:
    """Whatever a request is, its status, headers and body are those that the library gives."""
    assert talk.say(Observed, [request]) == talk.say(ByLibrary, [request])


@FUZZ
@given(
    row=st.lists(good_requests(), min_size=1, max_size=4),
    places=st.lists(st.integers(0, 2000), max_size=6),
)
def test_a_row_of_requests_cut_anywhere_is_answered_in_order(
    talk: Talk, row: list[bytes], places: list[int]
) -> None:
    """Requests one after another, however they arrive, get the answers of each alone, in order."""
    alone = [talk.say(ByLibrary, [request])[0][0] for request in row]
    assert talk.say(Observed, cut(b"".join(row), places)) == (alone, False)


def test_what_is_held_back_is_answered_first(talk: Talk) -> None:
    """A request that comes while another one is held back waits behind it."""
    found, _ = talk.say(Hasty, [numbered(0), numbered(1)])
    assert [body for _, _, body in found] == [b"n\r\n0\r\n", b"n\r\n1\r\n", b"n\r\n2\r\n"]


def test_a_request_may_come_byte_by_byte(talk: Talk) -> None:
    """A request of which each byte comes alone is answered as one that comes whole."""
    single = [bytes([byte]) for byte in PLAIN]
    whole = talk.say(Observed, [PLAIN])
    assert whole[0][0][0] == b"HTTP/1.1 200 OK"
    assert talk.say(Observed, single) == whole


@pytest.mark.parametrize("end", range(1, len(PLAIN), 7))
def test_a_part_of_a_request_is_not_answered(talk: Talk, end: int) -> None:
    """As long as a request is not whole there is no answer, and the connection stays open."""
    assert talk.say(Observed, [PLAIN[:end]]) == ([], False)
