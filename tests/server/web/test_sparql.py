"""The endpoint answers over HTTP as the SPARQL protocol says, wholly or with a problem."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import httpx
import pytest

from allegiance_server.errors import ClientGoneError
from allegiance_server.web.responses import unless_gone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from allegiance_server.workers.supervisor import Supervisor
    from allegiance_server.workers.tasks import Task

    ServeWith = Callable[..., httpx.Client]

ASK = "ASK { id:iran a al:State }"
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
STRIKE = "https://w3id.org/allegiance/claim/page/strike"
BARE = {"content-type": "application/sparql-query"}
ACCEPT_QUERY = "application/sparql-query, application/x-www-form-urlencoded"
# The words of what runs inside: none of them is for a client.
INSIDE = re.compile(r"Traceback|\.py|/home|/tmp|/usr|pyoxigraph|Errno|0x[0-9a-f]{6}|Error\b")


def assert_problem(response: httpx.Response, status: int, slug: str) -> dict[str, object]:
    """Check that a response is the problem document that is expected, and return it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, object] = response.json()
    assert document["status"] == status
    assert str(document["type"]).endswith(f"/{slug}")
    assert document["remedy"]
    assert not INSIDE.search(response.text)
    return document


def test_five_ways_to_ask(client: httpx.Client) -> None:
    """GET, POST and QUERY, each of a form or of the bare query, give the same answer."""
    by_get = client.get("/sparql", params={"query": ASK})
    by_form = client.post("/sparql", data={"query": ASK})
    bare = client.post("/sparql", content=ASK, headers=BARE)
    by_query = client.request("QUERY", "/sparql", content=ASK, headers=BARE)
    query_of_form = client.request("QUERY", "/sparql", data={"query": ASK})
    for response in (by_get, by_form, bare, by_query, query_of_form):
        assert response.status_code == 200
        assert response.headers["content-type"] == "application/sparql-results+json"
        assert response.headers["vary"] == "Accept, Accept-Encoding"
        assert response.json()["boolean"] is True


def test_head_is_get_without_the_body(client: httpx.Client) -> None:
    """HEAD tells the same length and sends nothing."""
    parameters = {"query": ASK, "format": "csv"}
    response = client.head("/sparql", params=parameters)
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-length"] == "4"
    assert response.headers["content-type"] == "text/csv; charset=utf-8"


def test_dataset_of_the_request_is_used(client: httpx.Client) -> None:
    """A default graph that is named in the request is the only one that is queried."""
    response = client.get(
        "/sparql", params={"query": COUNT, "default-graph-uri": STRIKE, "format": "csv"}
    )
    assert response.text == "n\r\n1\r\n"


@pytest.mark.parametrize(
    ("query", "accept", "media_type"),
    [
        (ASK, "text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        (ASK, "text/csv;q=0.2, application/sparql-results+xml", "application/sparql-results+xml"),
        ("DESCRIBE id:iran", "*/*", "text/turtle; charset=utf-8"),
        ("DESCRIBE id:iran", "application/ld+json", "application/ld+json"),
        ("DESCRIBE id:iran", "text/csv, application/trig;q=0.1", "application/trig"),
    ],
)
def test_format_is_negotiated(
    client: httpx.Client, query: str, accept: str, media_type: str
) -> None:
    """The type of the answer is what the client likes best for this form of query."""
    response = client.get("/sparql", params={"query": query}, headers={"accept": accept})
    assert response.headers["content-type"] == media_type


def test_syntax_error_tells_its_place(client: httpx.Client) -> None:
    """A query that does not parse is the client's fault, at a line and a column."""
    response = client.get("/sparql", params={"query": "SELECT * {\n  ?s ?p ?o ; }}"})
    document = assert_problem(response, 400, "syntax-error")
    assert document["line"] == 2
    assert isinstance(document["column"], int)


@pytest.mark.parametrize(
    ("query", "accept", "status", "slug"),
    [
        (ASK, "text/html", 406, "not-acceptable"),
        ("DESCRIBE id:iran", "text/csv", 406, "not-acceptable"),
        (" ", "*/*", 400, "bad-request"),
        ("SELECT * { ?s ?p \ud7ff$%", "*/*", 400, "syntax-error"),
        ("CLEAR ALL", "*/*", 403, "update-refused"),
        ("SELECT * { FILTER(" + "(" * 201 + "1" + ")" * 201 + ") }", "*/*", 400, "query-too-deep"),
        ("SELECT (<http://example.org/f>(1) AS ?x) {}", "*/*", 400, "not-evaluable"),
    ],
)
def test_each_fault_has_its_status(
    client: httpx.Client, query: str, accept: str, status: int, slug: str
) -> None:
    """What is wrong with a request is told by status, type and remedy."""
    response = client.get("/sparql", params={"query": query}, headers={"accept": accept})
    assert_problem(response, status, slug)


def test_other_bodies_and_methods_are_refused(client: httpx.Client) -> None:
    """A body of another type ends in 415, another method in 405 with those that are allowed."""
    assert_problem(client.post("/sparql", json={"query": ASK}), 415, "unsupported-media-type")
    of_no_type = client.post("/sparql", content=ASK)
    assert_problem(of_no_type, 415, "unsupported-media-type")
    assert of_no_type.headers["accept-query"] == ACCEPT_QUERY
    for method in ("DELETE", "PUT", "PATCH"):
        refused = client.request(method, "/sparql")
        assert_problem(refused, 405, "method-not-allowed")
        assert refused.headers["allow"] == "GET, HEAD, OPTIONS, POST, QUERY"


def test_an_update_changes_nothing_by_get(client: httpx.Client) -> None:
    """An update in an address is no request of the protocol; by POST it is refused for good."""
    update = "INSERT DATA { <a:a> <a:b> <a:c> }"
    for method in ("GET", "HEAD", "QUERY"):
        response = client.request(method, "/sparql", params={"update": update}, headers=BARE)
        assert response.status_code == 400
    assert_problem(client.get("/sparql", params={"update": update}), 400, "bad-request")
    assert_problem(client.post("/sparql", data={"update": update}), 403, "update-refused")


def test_options_tell_what_there_is(client: httpx.Client) -> None:
    """OPTIONS names the methods and what QUERY may carry."""
    response = client.options("/sparql")
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["allow"] == "GET, HEAD, OPTIONS, POST, QUERY"
    assert response.headers["accept-query"] == ACCEPT_QUERY


def test_pages_elsewhere_may_read(client: httpx.Client) -> None:
    """A browser that asks beforehand is let through, and every answer may be read anywhere."""
    asked = {
        "origin": "https://yasgui.example",
        "access-control-request-method": "QUERY",
        "access-control-request-headers": "content-type",
    }
    allowed = client.options("/sparql", headers=asked)
    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == "*"
    assert "QUERY" in allowed.headers["access-control-allow-methods"].split(", ")
    assert "Content-Type" in allowed.headers["access-control-allow-headers"].split(", ")
    assert int(allowed.headers["access-control-max-age"]) > 0
    for response in (
        client.get("/sparql", params={"query": ASK}, headers=asked),
        client.get("/sparql", params={"query": "SELECT"}, headers=asked),
        client.post("/sparql", content="x", headers=asked),
    ):
        assert response.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize(
    ("path", "query", "media_type"),
    [
        ("/sparql.csv", ASK, "text/csv; charset=utf-8"),
        ("/sparql.json", ASK, "application/sparql-results+json"),
        ("/sparql.ttl", "DESCRIBE id:iran", "text/turtle; charset=utf-8"),
        ("/sparql.nt", "DESCRIBE id:iran", "application/n-triples"),
    ],
)
def test_suffix_names_the_format(
    client: httpx.Client, path: str, query: str, media_type: str
) -> None:
    """The suffix of the address goes before Accept, and the parameter before the suffix."""
    headers = {"accept": "application/sparql-results+xml, application/rdf+xml"}
    response = client.get(path, params={"query": query}, headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (200, media_type)
    named = client.get(path, params={"query": query, "format": "json"}, headers=headers)
    assert "json" in named.headers["content-type"]


def test_other_suffixes_and_paths_are_nothing(client: httpx.Client) -> None:
    """A suffix that names no format is a 406; what only begins as the address is a 404."""
    assert_problem(client.get("/sparql.pdf", params={"query": ASK}), 406, "not-acceptable")
    for path in ("/sparql/", "/sparqls", "/sparql.csv/more.json", "/SPARQL"):
        assert_problem(client.get(path, params={"query": ASK}), 404, "not-found")


def test_client_may_wait_less_long(client: httpx.Client, runaway: str) -> None:
    """The parameter `timeout` shortens the deadline, and never makes it longer."""
    for wanted, least, most in (("0.2", 0.2, 0.8), ("3600", 1.0, 2.5)):
        started = time.monotonic()
        response = client.get("/sparql", params={"query": runaway, "timeout": wanted})
        assert_problem(response, 504, "query-timed-out")
        assert least <= time.monotonic() - started < most
    for wanted in ("0", "-1", "soon", ""):
        response = client.get("/sparql", params={"query": ASK, "timeout": wanted})
        assert_problem(response, 400, "bad-request")


def test_longest_query_passes_by_post(client: httpx.Client) -> None:
    """64 KiB pass in a body, even if every byte of them is escaped; one more is refused in words.

    An address holds fewer bytes than that: how many is told in the tests of the connection.
    """
    longest = f"{ASK} #".ljust(65536, "x")
    form = {"content-type": "application/x-www-form-urlencoded"}
    for query, status in ((longest, 200), (longest + "x", 413)):
        escaped = "query=" + "".join(f"%{byte:02X}" for byte in query.encode())
        assert client.post("/sparql", content=escaped, headers=form).status_code == status
    refused = client.post("/sparql", content=longest + "x", headers=BARE)
    assert_problem(refused, 413, "query-too-long")


def test_endless_body_is_refused_early(client: httpx.Client) -> None:
    """A body is read only up to what a query can need."""

    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 65536

    headers = {"content-type": "application/sparql-query"}
    try:
        response = client.post("/sparql", content=endless(), headers=headers)
    except httpx.WriteError:
        return  # the server hung up before the client had read its answer
    assert_problem(response, 413, "query-too-long")


def test_service_is_refused_and_nobody_is_called(
    client: httpx.Client, canary: tuple[str, list[str]]
) -> None:
    """A SERVICE clause is refused before it runs."""
    url, visitors = canary
    query = f"SELECT * WHERE {{ SERVICE <{url}> {{ ?s ?p ?o }} }}"
    assert_problem(client.get("/sparql", params={"query": query}), 403, "service-refused")
    assert not visitors


def test_result_beyond_the_bound_is_no_shorter_result(
    client: httpx.Client, serve_with: ServeWith
) -> None:
    """A result that passes the bound is a problem as long as that can be told; then it breaks off.

    It can be told until the spool is full.
    """
    query = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    identity = {"accept-encoding": "identity"}
    with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
        client.post("/sparql", data={"query": query}, headers=identity)
    with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
        client.get("/sparql", params={"query": query}, headers=identity)
    spooled = serve_with(max_result_bytes=65536).get("/sparql", params={"query": query})
    document = assert_problem(spooled, 413, "result-too-large")
    assert "65536 bytes" in str(document["detail"])


def test_runaway_times_out_while_others_are_served(client: httpx.Client, runaway: str) -> None:
    """At the deadline the client is told to come back; meanwhile others get their answers."""
    with ThreadPoolExecutor() as pool:
        started = time.monotonic()
        overrunning = pool.submit(client.post, "/sparql", data={"query": runaway})
        time.sleep(0.1)
        slowest = 0.0
        while time.monotonic() - started < 0.8:
            asked = time.monotonic()
            assert client.get("/sparql", params={"query": ASK}).status_code == 200
            slowest = max(slowest, time.monotonic() - asked)
        response = overrunning.result()
    assert_problem(response, 504, "query-timed-out")
    assert int(response.headers["retry-after"]) > 0
    assert time.monotonic() - started < 3
    assert slowest < 0.5


def test_crash_is_told_to_its_client_alone(serve_with: ServeWith, memory_bomb: str) -> None:
    """A query that kills its worker ends in 500; the next one is answered."""
    client = serve_with(workers=1, query_timeout_s=10)
    assert_problem(client.post("/sparql", data={"query": memory_bomb}), 500, "query-crashed")
    assert client.get("/sparql", params={"query": ASK}).json()["boolean"] is True


def test_full_queue_is_told(serve_with: ServeWith, runaway: str) -> None:
    """Where no worker is free and nobody may wait, the answer is 503 with Retry-After."""
    client = serve_with(workers=1, max_queued_queries=0)
    with ThreadPoolExecutor() as pool:
        # One runs on the worker, one on that which is kept for small queries.
        overrunning = [
            pool.submit(client.post, "/sparql", data={"query": runaway}) for _ in range(2)
        ]
        time.sleep(0.2)
        response = client.get("/sparql", params={"query": ASK})
        assert_problem(response, 503, "server-busy")
        assert int(response.headers["retry-after"]) > 0
        assert 504 in [each.result().status_code for each in overrunning]


def test_client_that_leaves_frees_its_worker(serve_with: ServeWith, runaway: str) -> None:
    """When the client of a long query hangs up, its worker is free long before the deadline."""
    client = serve_with(workers=1, query_timeout_s=30)
    target = urlsplit(str(client.base_url))
    request = f"GET /sparql?{urlencode({'query': runaway})} HTTP/1.1\r\nHost: x\r\n\r\n"
    with socket.create_connection((target.hostname or "", target.port or 0)) as leaving:
        leaving.sendall(request.encode())
        time.sleep(0.2)
    left = time.monotonic()
    assert client.get("/sparql", params={"query": ASK}).json()["boolean"] is True
    assert time.monotonic() - left < 3


def test_short_query_of_a_client_that_left_costs_no_worker(
    supervise: Callable[..., Any], asked: Callable[[str], Task], runaway: str
) -> None:
    """A query that is nearly done when its client leaves is waited for; a long one is killed."""

    async def hang_up() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def scene(supervisor: Supervisor) -> None:
        before = set(supervisor.workers)
        await unless_gone(supervisor.whole(asked(ASK)), hang_up)
        await asyncio.sleep(0.2)
        assert before <= set(supervisor.workers)
        before = set(supervisor.workers)
        with pytest.raises(ClientGoneError):
            await unless_gone(supervisor.whole(asked(runaway)), hang_up)
        await asyncio.sleep(0.3)
        assert not before <= set(supervisor.workers)

    supervise(scene, workers=1, query_timeout_s=30)


def test_fifty_clients_get_their_own_answers(client: httpx.Client) -> None:
    """Parallel clients over two workers are never given each other's answers."""

    def ask(number: int) -> object:
        query = f"SELECT ({number} AS ?n) ?s WHERE {{ ?s a al:State }}"
        response = client.get("/sparql", params={"query": query, "format": "json"})
        return json.loads(response.text)["results"]["bindings"][0]["n"]["value"]

    with ThreadPoolExecutor(50) as pool:
        assert list(pool.map(ask, range(200))) == [str(number) for number in range(200)]
