"""SERVICE over HTTP: carried out for the endpoints that are allowed, and for nobody else."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store
from remote_endpoints import Reply, listening, of_store, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from remote_endpoints import Remote

NAME = "<http://remote.example/name>"
IRAN = "https://w3id.org/allegiance/id/iran"
WIDE = 9_999


class Peer:
    """An endpoint, a server that may call it, and a client of that server."""

    def __init__(self, remote: Remote, answers: Callable[[str], Reply]) -> None:
        """Answer from a store until told otherwise."""
        self.remote = remote
        self.answers = answers
        self.reply: Reply | None = None
        self.client = httpx.Client()

    @property
    def call(self) -> str:
        """Return a clause that names an actor."""
        return f"SERVICE <{self.remote.address}> {{ ?actor {NAME} ?name }}"

    def ask(self, query: str, **parameters: Any) -> httpx.Response:  # noqa: ANN401 - any parameter
        """Send a query."""
        return self.client.get("/sparql", params={"query": query, **parameters})


@pytest.fixture(scope="module")
def running(serve: Callable[..., AbstractContextManager[str]]) -> Iterator[Peer]:
    """Run an endpoint and a server that may call it."""
    store = Store()
    names = [Quad(NamedNode(IRAN), NamedNode(NAME[1:-1]), Literal("ایران", language="fa"))]
    names += [
        Quad(NamedNode(f"http://a.example/{number}"), NamedNode(NAME[1:-1]), Literal(str(number)))
        for number in range(WIDE)
    ]
    store.extend(names)
    answers = of_store(store)
    with listening(lambda query: peer.reply or peer.answers(query)) as remote:
        peer = Peer(remote, answers)
        settings = {
            "federation_endpoints": f"peer={remote.address}",
            "federation_contact": "graph@example.org",
            "query_timeout_s": 20.0,
            "federation_timeout_s": 10.0,
        }
        with serve(**settings) as url, httpx.Client(base_url=url, timeout=20) as peer.client:
            yield peer


@pytest.fixture
def peer(running: Peer) -> Iterator[Peer]:
    """Give the endpoint as if nobody had asked it yet."""
    running.remote.queries.clear()
    yield running
    running.reply = None


def test_default_calls_nobody(client: httpx.Client, canary: tuple[str, list[str]]) -> None:
    """Without endpoints in the settings SERVICE is refused; the remedy is what clients can do."""
    address, visitors = canary
    response = client.get(
        "/sparql", params={"query": f"ASK {{ SERVICE <{address}> {{ ?s ?p ?o }} }}"}
    )
    assert (response.status_code, visitors) == (403, [])
    assert (
        response.json()["remedy"] == "Query the other endpoint yourself, and join what both answer."
    )


def test_rows_from_elsewhere_are_joined(peer: Peer) -> None:
    """The bindings of the graph are sent, and the rows that fit are in the answer."""
    response = peer.ask(f"SELECT ?name {{ ?actor a al:State . {peer.call} }}", format="csv")
    assert (response.status_code, response.text) == (200, "name\r\nایران\r\n")
    assert peer.remote.queries == [
        (
            f"SELECT ?actor ?name WHERE {{ VALUES (?actor) {{ (<{IRAN}>) }} "
            f"{{ ?actor {NAME} ?name }} }} LIMIT 10001"
        )
    ]


def test_each_form_and_each_way_to_ask(peer: Peer) -> None:
    """ASK, CONSTRUCT and DESCRIBE see the rows, too; so do POST and QUERY."""
    where = f"{{ ?actor a al:State . {peer.call} }}"
    assert peer.ask(f"ASK {where}").json()["boolean"] is True
    made = peer.ask(f"CONSTRUCT {{ ?actor rdfs:comment ?name }} WHERE {where}", format="nt")
    assert made.text.endswith('comment> "ایران"@fa .\n')
    assert "Iran" in peer.ask(f"DESCRIBE ?actor WHERE {where}", format="nt").text
    bare = {"content-type": "application/sparql-query"}
    for method in ("POST", "QUERY"):
        response = peer.client.request(method, "/sparql", content=f"ASK {where}", headers=bare)
        assert response.json()["boolean"] is True
    assert len(peer.remote.queries) == 5


def test_answer_is_never_kept(peer: Peer) -> None:
    """The other endpoint may answer otherwise the next time: no tag, no cache, asked again."""
    for count in (1, 2):
        response = peer.ask(f"ASK {{ ?actor a al:State . {peer.call} }}")
        assert response.headers["cache-control"] == "no-store"
        assert "etag" not in response.headers
        assert len(peer.remote.queries) == count


def test_ten_thousand_rows_are_passed_on(peer: Peer) -> None:
    """The bound by default is what works: a row less than all is seen, and all of them come."""
    query = f"SELECT (COUNT(*) AS ?n) (COUNT(DISTINCT ?name) AS ?m) {{ {peer.call} }}"
    response = peer.ask(query, format="csv")
    assert response.text == f"n,m\r\n{WIDE + 1},{WIDE + 1}\r\n"


def test_graphs_of_the_request_hold_for_the_context(peer: Peer) -> None:
    """What the query sees is what its bindings come from."""
    claim = "https://w3id.org/allegiance/claim/page/strike"
    query = f"SELECT * {{ ?actor a al:State . {peer.call} }}"
    response = peer.ask(query, **{"default-graph-uri": claim}, format="csv")
    assert (response.status_code, response.text) == (200, "actor,name\r\n")
    assert peer.ask(query.replace("{", f"FROM <{claim}> {{", 1)).json()["results"]["bindings"] == []
    assert peer.remote.queries == []


@pytest.mark.parametrize("way", ["plain", "form"])
def test_other_addresses_are_never_called(
    peer: Peer, canary: tuple[str, list[str]], way: str
) -> None:
    """An address that is not listed is refused with those that are."""
    address, visitors = canary
    query = f"SELECT * {{ SERVICE <{address}> {{ ?s ?p ?o }} }}"
    if way == "plain":
        response = peer.ask(query)
    else:
        response = peer.client.post("/sparql", data={"query": query})
    assert (response.status_code, response.json()["type"][-15:]) == (403, "service-refused")
    assert f"<{peer.remote.address}> (peer)" in response.json()["remedy"]
    assert (visitors, peer.remote.queries) == ([], [])


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("SELECT * {\n S! \n BIND(NOSUCH(?name) AS ?x) }", (3, None)),
        ("SELECT * {\n S! \n ?s ?p }", (3, 9)),
        ("SELECT * {\n S! ?s ?p ?o .. }", (2, None)),
        ("SELECT * {\n S! UNION }", (2, None)),
    ],
)
def test_syntax_is_told_before_anybody_is_asked(
    peer: Peer, query: str, place: tuple[int, int | None]
) -> None:
    """An error beside the clause is told with its place in the query as it was sent."""
    response = peer.ask(query.replace("S!", peer.call))
    assert response.status_code == 400
    told = response.json()
    assert told["line"] == place[0]
    assert place[1] is None or told["column"] == place[1]
    assert peer.remote.queries == []


def test_format_is_told_before_anybody_is_asked(peer: Peer) -> None:
    """A table that is wanted as a graph cannot be had."""
    query = f"SELECT * {{ {peer.call} }}"
    response = peer.client.get(
        "/sparql", params={"query": query}, headers={"accept": "text/turtle"}
    )
    assert (response.status_code, peer.remote.queries) == (406, [])


def test_update_has_no_service(peer: Peer) -> None:
    """What is written comes from whoever writes it."""
    update = f"INSERT {{ <x:a> <x:b> ?name }} WHERE {{ {peer.call} }}"
    response = peer.client.post("/sparql", data={"update": update})
    assert response.status_code == 403
    assert peer.remote.queries == []


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(b"down\nfor repair", 500, (("Content-Type", "text/plain"),)), "answered 500: down."),
        (Reply(table("actor name")[:-5]), "gave no whole result"),
    ],
)
def test_failure_is_a_problem_with_a_status_of_its_own(peer: Peer, reply: Reply, says: str) -> None:
    """Whoever asks learns which endpoint failed, and what it said."""
    peer.reply = reply
    response = peer.ask(f"ASK {{ {peer.call} }}")
    told = response.json()
    assert (response.status_code, told["type"][-15:]) == (502, "endpoint-failed")
    assert f"The endpoint peer {says}" in told["detail"]
    assert told["remedy"]


def test_wish_to_be_left_alone_is_passed_on(
    serve: Callable[..., AbstractContextManager[str]],
) -> None:
    """Whoever asks learns when to come again."""
    with listening(lambda _: Reply(b"", 429, (("Retry-After", "1"),))) as remote:
        settings = {
            "federation_endpoints": f"peer={remote.address}",
            "federation_contact": "graph@example.org",
        }
        query = f"ASK {{ SERVICE <{remote.address}> {{ ?actor {NAME} ?name }} }}"
        with serve(**settings) as url:
            response = httpx.get(f"{url}/sparql", params={"query": query}, timeout=20)
    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    assert response.json()["type"].endswith("/endpoint-busy")


def test_deadline_of_the_request_holds_for_all_of_it(peer: Peer) -> None:
    """A query that asks for less time gets no more of it elsewhere."""
    peer.reply = Reply(act=lambda _: threading.Event().wait(3))
    begun = time.monotonic()
    response = peer.ask(f"ASK {{ {peer.call} }}", timeout="0.3")
    assert (response.status_code, response.json()["type"][-18:]) == (504, "endpoint-timed-out")
    assert time.monotonic() - begun < 2


def test_client_that_leaves_ends_the_request(peer: Peer) -> None:
    """The endpoint sees its connection closed long before any time-out."""
    closed = threading.Event()
    peer.reply = Reply(act=lambda connection: connection.recv(1) or closed.set())
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(
            peer.client.base_url.join("/sparql"),
            params={"query": f"ASK {{ {peer.call} }}"},
            timeout=0.3,
        )
    assert closed.wait(3)


def test_other_queries_are_answered_meanwhile(peer: Peer) -> None:
    """Who waits for an endpoint holds no worker and not the event loop."""
    gate = threading.Event()
    peer.reply = Reply(table("actor name"), act=lambda _: gate.wait(5))
    waiting = [
        threading.Thread(target=peer.ask, args=(f"ASK {{ {peer.call} }}",)) for _ in range(2)
    ]
    for thread in waiting:
        thread.start()
    while not peer.remote.queries:
        time.sleep(0.001)
    for number in range(20):
        assert peer.ask(f"ASK {{ id:iran a al:State }} # {number}").status_code == 200
    assert peer.ask(f"ASK {{ {peer.call} }}").status_code == 429
    gate.set()
    for thread in waiting:
        thread.join()


def test_metrics_and_description_name_the_endpoint(peer: Peer) -> None:
    """An operator sees how it goes, a client what it may call."""
    peer.ask(f"ASK {{ ?actor a al:State . {peer.call} }}")
    metrics = peer.client.get("/metrics").text
    assert 'allegiance_federation_requests_total{endpoint="peer",outcome="answered"}' in metrics
    described = peer.client.get("/sparql", headers={"accept": "text/turtle"}).text
    assert "sd:feature sd:BasicFederatedQuery" in described
    assert f"SERVICE may call <{peer.remote.address}> (peer)" in described


def test_description_without_endpoints_promises_none(client: httpx.Client) -> None:
    """A server that calls nobody says so."""
    described = client.get("/sparql", headers={"accept": "text/turtle"}).text
    assert "BasicFederatedQuery" not in described
    assert "SERVICE is refused" in described


def test_interface_tells_of_failing_endpoints(client: httpx.Client) -> None:
    """The status of a failing endpoint is in the description of the interface."""
    document = json.loads(client.get("/openapi.json").text)
    assert "502" in document["paths"]["/sparql"]["get"]["responses"]
