"""A connection serves one request after another, and ends where it cannot be trusted any more."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from contextlib import closing
from http.client import HTTPConnection, IncompleteRead
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlencode, urlsplit

import pytest

from allegiance_server.settings import KIB
from allegiance_server.web import connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    import httpx

    Serve = Callable[..., AbstractContextManager[str]]
    Dial = Callable[..., Any]

ASK = "ASK { id:iran a al:State }"
TRUE = {"head": {}, "boolean": True}
CONSTANT = "SELECT ({} AS ?n) {{}}"
# A few thousand bytes at once, and then nothing for longer than the server waits.
UNRELATED = " . ".join(f"?x{number} ?y{number} ?z{number}" for number in range(12))
BEGINS_WELL = (
    f"SELECT * {{ {{ ?a ?b ?c . ?d ?e ?f }} UNION "
    f'{{ {UNRELATED} FILTER(CONCAT(STR(?x0), STR(?z11)) = "never") }} }}'
)
LARGE = "SELECT * { ?a ?b ?c . ?d ?e ?f }"


def get(query: str, *fields: str, version: str = "1.1", method: str = "GET") -> bytes:
    """Make a request for a query."""
    head = [f"{method} /sparql?query={quote_plus(query)} HTTP/{version}", "Host: a", *fields]
    return "\r\n".join([*head, "", ""]).encode()


def problem(answer: Any) -> str:  # noqa: ANN401 - an answer of conftest
    """Check that an answer is a problem document without any inside, and return its slug."""
    assert answer.headers["content-type"] == "application/problem+json"
    document = json.loads(answer.body)
    assert document["status"] == answer.status
    assert document["remedy"]
    assert "Traceback" not in document["detail"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    return str(document["type"]).rpartition("/")[2]


@pytest.fixture(scope="module")
def streaming(serve: Serve) -> Iterator[str]:
    """Give the address of a server that sends what is larger than a KiB while it is made."""
    with serve(spool_bytes=KIB, max_result_bytes=64 * KIB, cache_bytes=0) as address:
        yield address


@pytest.mark.parametrize("fields", [(), ("Content-Length: 0",)], ids=["plain", "by the library"])
def test_a_connection_is_kept(dial: Dial, fields: tuple[str, ...]) -> None:
    """Request after request is answered on one connection, whoever reads it."""
    line = dial()
    for number in range(20):
        line.send(get(CONSTANT.format(number), "Accept: text/csv", *fields))
        answer = line.read()
        assert (answer.status, answer.body) == (200, f"n\r\n{number}\r\n".encode())
        assert "connection" not in answer.headers


@pytest.mark.parametrize(
    "request_of_one",
    [get(ASK, "Connection: close"), get(ASK, version="1.0")],
    ids=["close", "HTTP/1.0"],
)
def test_a_connection_ends_where_the_client_says_so(dial: Dial, request_of_one: bytes) -> None:
    """`Connection: close` and HTTP/1.0 are answered, and then the connection is closed."""
    line = dial()
    line.send(request_of_one)
    answer = line.read()
    assert json.loads(answer.body) == TRUE
    assert answer.headers["connection"] == "close"
    assert line.is_closed()


def test_answers_come_in_the_order_of_the_questions(dial: Dial) -> None:
    """Of many requests sent at once, slow and fast, plain and not, each gets its own answer."""
    slow = f"SELECT (COUNT(*) AS ?n) {{ {' . '.join(f'?a{i} ?b{i} ?c{i}' for i in range(4))} }}"
    line = dial()
    queries = [slow, *(CONSTANT.format(number) for number in range(30))]
    for number, query in enumerate(queries):
        more = ("Content-Length: 0",) if number % 3 == 1 else ()
        line.send(get(query, "Accept: text/csv", *more))
    numbers = [int(line.read().body.split()[1]) for _ in queries]
    assert numbers == [12**4, *range(30)]


def test_a_request_may_come_byte_by_byte(dial: Dial) -> None:
    """A request that comes in pieces of one byte is answered."""
    line = dial()
    for byte in get(ASK):
        line.send(bytes([byte]))
    assert json.loads(line.read().body) == TRUE


def test_head_has_no_body(dial: Dial) -> None:
    """HEAD has the length of the body that GET would have, and the next request is answered."""
    line = dial()
    line.send(get(ASK, method="HEAD") + get(ASK))
    head, whole = line.read("HEAD"), line.read()
    assert int(head.headers["content-length"]) == len(whole.body)
    assert json.loads(whole.body) == TRUE


def test_a_stream_is_whole_and_the_connection_goes_on(dial: Dial, streaming: str) -> None:
    """A result that is sent while it is made ends as it should, and is followed by the next."""
    line = dial(streaming)
    line.send(get(LARGE, "Accept: text/csv") + get(ASK))
    answer = line.read()
    assert answer.is_whole
    assert answer.headers["transfer-encoding"] == "chunked"
    assert answer.body.count(b"\r\n") == 1 + 12 * 12
    assert json.loads(line.read().body) == TRUE


@pytest.mark.parametrize("fields", [{}, {"X-Odd": "é"}], ids=["plain", "by the library"])
@pytest.mark.parametrize(
    "query", [f"{LARGE[:-1]} . ?g ?h ?i }}", BEGINS_WELL], ids=["too large", "too slow"]
)
def test_a_broken_stream_is_no_shorter_result(
    streaming: str, query: str, fields: dict[str, str]
) -> None:
    """What cannot be sent whole, for its size or its time, breaks off, which a client notices."""
    with closing(HTTPConnection(urlsplit(streaming).netloc, timeout=20)) as http:
        http.request("GET", f"/sparql?{urlencode({'query': query})}", headers=fields)
        answer = http.getresponse()
        assert answer.status == 200
        with pytest.raises(IncompleteRead):
            answer.read()


def test_curl_tells_of_a_stream_that_times_out(streaming: str) -> None:
    """The command line tool ends with 18, a partial file, where the deadline ends a stream."""
    ended = subprocess.run(
        ["curl", "-sS", "-o", "/dev/null", f"{streaming}/sparql?query={quote_plus(BEGINS_WELL)}"],
        capture_output=True,
        check=False,
        timeout=20,
    )
    assert ended.returncode == 18, ended.stderr


def test_a_client_that_leaves_a_stream_frees_its_worker(
    serve: Serve, dial: Dial, runaway: str
) -> None:
    """A worker whose result nobody takes any more soon answers others."""
    del runaway
    with serve(workers=1, slow_workers=1, spool_bytes=KIB, query_timeout_s=30) as address:
        leaving = dial(address)
        leaving.send(get(BEGINS_WELL))
        time.sleep(0.2)
        leaving.close()
        line, left = dial(address), time.monotonic()
        line.send(get(ASK))
        assert json.loads(line.read().body) == TRUE
        assert time.monotonic() - left < 3


def test_what_runs_is_answered_before_the_end(serve: Serve, dial: Dial, runaway: str) -> None:
    """A server that is told to end answers what it has begun with, and takes no new connection."""
    with serve() as address:
        line, idle = dial(address), dial(address)
        line.send(get(runaway))
        time.sleep(0.2)
        answers: list[Any] = []
        reader = threading.Thread(target=lambda: answers.append(line.read()))
        reader.start()
    reader.join(10)
    assert problem(answers[0]) == "query-timed-out"
    assert line.is_closed()
    assert idle.is_closed()


@pytest.mark.parametrize(
    ("line", "status", "slug"),
    [
        (b"GET /" + b"a" * 65_535 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414, "address-too-long"),
        (b"GET /sparql?query=" + b"a" * 98_400, 414, "address-too-long"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + b"a" * 98_400, 431, "head-too-large"),
        (b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 16_400, 431, "head-too-large"),
        (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nX: " + b"a" * 60_000, 431, "head-too-large"),
        (b"\r\n" * 49_200, 431, "head-too-large"),
    ],
)
def test_a_head_without_end_is_refused(dial: Dial, line: bytes, status: int, slug: str) -> None:
    """An address that is too long ends in 414, all other heads that are too large in 431."""
    caller = dial()
    caller.send(line)
    answer = caller.read()
    assert (answer.status, problem(answer)) == (status, slug)
    assert answer.headers["connection"] == "close"
    assert caller.is_closed()


def test_the_longest_address_is_read(dial: Dial) -> None:
    """An address of 65,535 bytes is answered; one byte more is a 414 that tells of POST."""
    start = "/sparql?query=" + quote_plus(ASK + " #")
    for length, status in ((65_535, 200), (65_536, 414)):
        line = dial()
        line.send(f"GET {start.ljust(length, 'x')} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        answer = line.read()
        assert answer.status == status
    assert problem(answer) == "address-too-long"
    assert "POST" in json.loads(answer.body)["remedy"]


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        b"GET /sparql?query=ASK{} HTTP/1.1\r\nHost : a\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST /sparql HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["version", "TLS", "blank", "two kinds of length", "two lengths", "chunk"],
)
def test_what_is_no_http_is_told_and_ends(dial: Dial, data: bytes) -> None:
    """What can be read in two ways, or in none, is a problem, and nothing behind it is read."""
    line = dial()
    line.send(data + get(ASK))
    answer = line.read()
    assert (answer.status, problem(answer)) == (400, "bad-request")
    assert line.is_closed()


def test_a_slow_head_is_given_up(dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever begins with a head and does not come to its end is told so, and let go."""
    monkeypatch.setattr(connection, "HEAD_PATIENCE_S", 0.2)
    line = dial()
    line.send(get(ASK))
    assert line.read().status == 200
    for byte in get(ASK)[:5]:
        line.send(bytes([byte]))
    answer = line.read()
    assert (answer.status, problem(answer)) == (408, "head-too-slow")
    assert line.is_closed()


def test_a_slow_head_behind_a_slow_query_is_no_answer_to_it(
    dial: Dial, monkeypatch: pytest.MonkeyPatch, runaway: str
) -> None:
    """A client is not told of its second request in the place of the answer to the first."""
    monkeypatch.setattr(connection, "HEAD_PATIENCE_S", 0.2)
    line = dial()
    line.send(get(runaway, "Content-Length: 0") + get(ASK)[:20])
    assert problem(line.read()) == "query-timed-out"
    assert problem(line.read()) == "head-too-slow"
    assert line.is_closed()


def test_a_bad_head_behind_a_query_is_no_answer_to_it(dial: Dial, runaway: str) -> None:
    """What is no HTTP behind a request that is being answered ends the connection in silence."""
    line = dial()
    line.send(get(runaway, "Content-Length: 0") + b"\x00")
    assert line.read() is None


def test_a_body_has_its_time(dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the head has to come at once; a body that comes later is read."""
    monkeypatch.setattr(connection, "HEAD_PATIENCE_S", 0.2)
    line = dial()
    line.send(
        b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n"
        b"Content-Type: application/sparql-query\r\n\r\n" % len(ASK)
    )
    time.sleep(0.4)
    line.send(ASK.encode())
    assert json.loads(line.read().body) == TRUE


def test_many_who_say_nothing_stop_nobody(dial: Dial, client: httpx.Client) -> None:
    """Hundreds of connections that are silent, or in the middle of a head, delay no answer."""
    lines = [dial() for _ in range(300)]
    for line in lines[::2]:
        line.send(get(ASK)[:-2])
    started = time.monotonic()
    for number in range(20):
        query = CONSTANT.format(number)
        assert client.get("/sparql", params={"query": query}).status_code == 200
    assert time.monotonic() - started < 2
    for line in lines[::2]:
        line.send(b"\r\n")
    assert all(line.read().status == 200 for line in lines[::2])


def test_a_query_longer_than_the_bound_is_refused(serve: Serve, dial: Dial) -> None:
    """The bound on the length of a query holds for a plain request as for every other."""
    with serve(max_query_bytes=256) as address:
        line = dial(address)
        line.send(get(f"ASK {{}} #{'x' * 248}"))
        assert line.read().status == 200
        line.send(get(f"ASK {{}} #{'x' * 249}"))
        assert problem(line.read()) == "query-too-long"
