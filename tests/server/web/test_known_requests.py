"""What a request came to is found by its bytes, for as long as the data is the same."""

from __future__ import annotations

import json
from contextlib import closing
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlsplit

import pytest

from allegiance_server.protocol.media_types import CSV, Formats
from allegiance_server.web import known_requests
from allegiance_server.web.known_requests import LARGEST_BYTES, KnownRequests
from allegiance_server.web.plain_requests import Head
from allegiance_server.web.sparql import Asked, SparqlEndpoint
from allegiance_server.workers.supervisor import Supervisor
from allegiance_server.workers.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    Serve = Callable[..., AbstractContextManager[str]]
    Dial = Callable[..., Any]

HEAD = Head(Formats(CSV, None), "identity", None, is_forwarded=False)


def asked(text: str = "ASK {}") -> Asked:
    """Make what a query comes to."""
    task = Task("query", text, Formats(CSV, None))
    return Asked(task, None, "", "", None, is_head=False)


def get(query: str, *fields: str) -> bytes:
    """Make a plain request."""
    head = [f"GET /sparql?query={quote_plus(query)} HTTP/1.1", "Host: a", "Accept: text/csv"]
    return "\r\n".join([*head, *fields, "", ""]).encode()


def test_same_bytes_are_found() -> None:
    """What was kept for a request is found by equal bytes, and by no others."""
    known = KnownRequests()
    kept = asked()
    assert known.find(b"a", "today") is None
    known.keep(b"a", HEAD, kept)
    assert known.find(bytes(bytearray(b"a")), "today") == (HEAD, kept)
    assert known.find(b"a ", "today") is None


def test_all_is_forgotten_with_the_snapshot() -> None:
    """Under other data nothing is known, nor when the first data comes back."""
    known = KnownRequests()
    known.find(b"a", "today")
    known.keep(b"a", HEAD, asked())
    assert known.find(b"a", "tomorrow") is None
    assert known.find(b"a", "today") is None


def test_number_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """One more than may be known makes the others be forgotten."""
    monkeypatch.setattr(known_requests, "MOST_REQUESTS", 3)
    known = KnownRequests()
    requests = [b"%d" % number for number in range(4)]
    known.find(b"", "today")
    for request in requests:
        known.keep(request, HEAD, asked())
    assert [known.find(each, "today") is not None for each in requests] == [False] * 3 + [True]


@pytest.mark.parametrize(("length", "is_kept"), [(LARGEST_BYTES, True), (LARGEST_BYTES + 1, False)])
def test_large_ones_are_not_kept(length: int, is_kept: bool) -> None:  # noqa: FBT001 - a parameter
    """A request that is larger than most is read each time."""
    known = KnownRequests()
    known.find(b"", "today")
    known.keep(b"x" * length, HEAD, asked())
    assert (known.find(b"x" * length, "today") is not None) == is_kept


def test_a_known_request_is_not_read_again(
    serve: Serve, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second time the same bytes come they are not admitted anew, and are answered alike."""
    admitted: list[str] = []
    admit = SparqlEndpoint.asked

    def note(self: SparqlEndpoint, request: Any, *rest: Any, **more: Any) -> Asked:  # noqa: ANN401 - as they are
        admitted.append(request.query)
        return admit(self, request, *rest, **more)

    monkeypatch.setattr(SparqlEndpoint, "asked", note)
    with serve(cache_bytes=0) as address:
        first, second = dial(address), dial(address)
        for line in (first, first, second):
            line.send(get("SELECT (1 AS ?n) {}"))
            answer = line.read()
            assert (answer.status, answer.body) == (200, b"n\r\n1\r\n")
        first.send(get("SELECT (2 AS ?n) {}"))
        assert first.read().body == b"n\r\n2\r\n"
    assert admitted == ["SELECT (1 AS ?n) {}", "SELECT (2 AS ?n) {}"]


def test_a_refused_query_is_refused_each_time(serve: Serve, dial: Dial) -> None:
    """What was not admitted is not known: the same bytes are refused again."""
    deep = "SELECT * { " + "{ " * 20 + "?a ?b ?c" + " }" * 20 + " }"
    with serve(max_query_depth=8) as address:
        line = dial(address)
        for _ in range(2):
            line.send(get(deep))
            answer = line.read()
            assert answer.status == 400
            assert json.loads(answer.body)["type"].endswith("query-too-deep")


def test_a_known_request_by_way_of_a_proxy_goes_the_slow_way(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same bytes are a stranger's own query, but from a proxy that of whom it names."""
    clients: list[str] = []
    submit = Supervisor.submit

    def note(self: Supervisor, task: Task, client: str, *rest: Any) -> Any:  # noqa: ANN401 - as they are
        clients.append(client)
        return submit(self, task, client, *rest)

    monkeypatch.setattr(Supervisor, "submit", note)
    with serve(cache_bytes=0, trusted_proxies="127.0.0.1") as address:
        for source in ("127.0.0.2", "127.0.0.2", "127.0.0.1", "127.0.0.1"):
            peer = (source, 0)
            with closing(
                HTTPConnection(urlsplit(address).netloc, timeout=20, source_address=peer)
            ) as http:
                target = f"/sparql?query={quote_plus('ASK {}')}"
                http.request("GET", target, headers={"X-Forwarded-For": "192.0.2.9"})
                assert http.getresponse().status == 200
    assert clients == ["127.0.0.2"] * 2 + ["192.0.2.9"] * 2
