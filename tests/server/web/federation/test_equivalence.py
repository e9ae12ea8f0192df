"""What is sent to an endpoint changes how much it answers, and never what a query answers."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from federated_answers import House, native, rows
from pyoxigraph import Literal, NamedNode, Quad, Store
from random_federated_queries import Writer, random_store
from remote_endpoints import Remote, listening, of_store

from allegiance_server.errors import ServerBusyError, TooManyRowsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUERIES = 6
ITEM = "http://www.wikidata.org/entity/Q"
NAME = "<http://remote.example/name>"


@pytest.mark.parametrize("seed", range(12))
def test_answer_is_that_of_the_store_itself(house_of: Callable[..., House], seed: int) -> None:
    """Random queries give the rows, as often, that the store's own SERVICE gives them."""
    random = Random(seed)  # noqa: S311 - no secret
    local, there = random_store(random, 14, named=True), random_store(random, 14, named=False)
    with listening(of_store(there)) as remote:
        house = house_of(local, remote, federation_batch=2)
        writer = Writer(random, remote.address)
        for query in [writer.query() for _ in range(QUERIES)]:
            assert rows(house.answer(query)) == native(local, query), query


@pytest.mark.parametrize("seed", range(6))
def test_bindings_change_no_answer(
    house_of: Callable[..., House], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In GRAPH, too, an answer is the same whether bindings are sent or all rows are fetched."""
    random = Random(1000 + seed)  # noqa: S311 - no secret
    local, there = random_store(random, 14, named=True), random_store(random, 14, named=False)
    with listening(of_store(there)) as remote:
        house = house_of(local, remote, federation_batch=2)
        writer = Writer(random, remote.address, in_graphs=True)
        for query in [writer.query() for _ in range(QUERIES)]:
            sent = rows(house.answer(query))
            with monkeypatch.context() as patched:
                patched.setattr(
                    "allegiance_server.protocol.federation.federated_query.is_pushable",
                    lambda _: False,
                )
                assert sent == rows(house.answer(query)), query


@pytest.fixture
def remote() -> Iterator[Remote]:
    """Run an endpoint that names 500 items."""
    store = Store()
    store.extend(
        Quad(NamedNode(f"{ITEM}{n}"), NamedNode(NAME[1:-1]), Literal(f"item {n}", language="en"))
        for n in range(500)
    )
    with listening(of_store(store)) as there:
        yield there


@pytest.fixture
def local() -> Store:
    """Make a store in which 250 actors are linked to an item each."""
    link = NamedNode("http://www.w3.org/2004/02/skos/core#exactMatch")
    store = Store()
    store.extend(
        Quad(NamedNode(f"https://w3id.org/allegiance/id/a{n}"), link, NamedNode(f"{ITEM}{n}"))
        for n in range(250)
    )
    return store


@pytest.fixture
def house_of() -> Iterator[Callable[..., House]]:
    """Make houses that are closed at the end."""
    with ExitStack() as stack:

        def make(local: Store, remote: Remote, **settings: Any) -> House:  # noqa: ANN401 - any field of Settings
            house = House.of(local, remote, **settings)
            stack.callback(house.federation.stop)
            return house

        yield make


def test_linked_things_take_a_request_for_each_hundred(
    house_of: Callable[..., House], local: Store, remote: Remote
) -> None:
    """250 links are sent in three requests over one connection, and only their items come back."""
    house = house_of(local, remote)
    query = f"SELECT * {{ ?a skos:exactMatch ?q SERVICE <{remote.address}> {{ ?q {NAME} ?n }} }}"
    found = rows(house.answer(query))
    assert found == native(local, query)
    assert found.total() == 250
    sent = remote.queries[:3]
    assert [query.count(f"<{ITEM}") for query in sent] == [100, 100, 50]
    assert [query.rpartition("LIMIT ")[2] for query in sent] == ["10001", "9901", "9801"]
    assert all("VALUES (?q) {" in query for query in sent)
    # The fourth is the store's own, which asks for all there is.
    assert len(remote.queries) == 4
    assert len(remote.connections) == 2


def test_clause_that_comes_first_is_restricted_by_what_follows(
    house_of: Callable[..., House], local: Store, remote: Remote
) -> None:
    """Who writes SERVICE first asks for no more."""
    house = house_of(local, remote)
    call = f"SERVICE <{remote.address}> {{ ?q {NAME} ?n }}"
    found = rows(house.answer(f"SELECT * {{ {call} VALUES ?q {{ <{ITEM}7> <{ITEM}8> }} }}"))
    assert found.total() == 2
    assert remote.queries == [
        (
            f"SELECT ?n ?q WHERE {{ VALUES (?q) {{ (<{ITEM}7>) (<{ITEM}8>) }} "
            f"{{ ?q {NAME} ?n }} }} LIMIT 10001"
        )
    ]


def test_nothing_is_asked_where_nothing_could_match(
    house_of: Callable[..., House], local: Store, remote: Remote
) -> None:
    """Without a binding, no row can be in the answer."""
    house = house_of(local, remote)
    call = f"SERVICE <{remote.address}> {{ ?q {NAME} ?n }}"
    assert rows(house.answer(f"SELECT * {{ ?q a <x:y> {call} }}")).total() == 0
    assert remote.queries == []


def test_sub_select_with_limit_gives_the_same_rows_twice(
    house_of: Callable[..., House], local: Store, remote: Remote
) -> None:
    """The rows that are asked for are those that are answered."""
    house = house_of(local, remote)
    call = f"SERVICE <{remote.address}> {{ ?q {NAME} ?n }}"
    chosen = "{ SELECT ?q { ?a skos:exactMatch ?q } ORDER BY RAND() LIMIT 5 }"
    assert rows(house.answer(f"SELECT * {{ {chosen} {call} }}")).total() == 5
    assert remote.queries[0].count(f"<{ITEM}") == 5


def test_later_clause_is_restricted_by_the_rows_of_an_earlier_one(
    house_of: Callable[..., House], local: Store, remote: Remote
) -> None:
    """Clauses are asked in their order, each with what is known by then."""
    house = house_of(local, remote)
    first = f"SERVICE <{remote.address}> {{ ?q {NAME} 'item 7'@en }}"
    second = f"SERVICE <{remote.address}> {{ ?q {NAME} ?n }}"
    found = rows(house.answer(f"SELECT * {{ {first} {second} }}"))
    assert found == {frozenset({("q", f"<{ITEM}7>"), ("n", '"item 7"@en')}): 1}
    assert remote.queries[1].count(f"<{ITEM}") == 1


@pytest.mark.parametrize(
    ("inside", "says"),
    [
        ("?a skos:exactMatch ?q S!", "more than 100 bindings to send"),
        ("{ SELECT ?q { ?a ?b ?q } LIMIT 200 } S!", "more than 100 bindings to send"),
        ("S!", "more than 100 rows from the endpoint peer"),
        ("?a skos:exactMatch ?q FILTER(?a < ?q) OPTIONAL { S! }", "more than 100 bindings"),
    ],
)
def test_too_many_rows_are_told(
    house_of: Callable[..., House], local: Store, remote: Remote, inside: str, says: str
) -> None:
    """What passes the bound is an error that names it, and never a shorter answer."""
    house = house_of(local, remote, federation_max_rows=100)
    call = f"SERVICE <{remote.address}> {{ ?q {NAME} ?n }}"
    with pytest.raises(TooManyRowsError, match=says) as refused:
        house.answer(f"SELECT * {{ {inside.replace('S!', call)} }}")
    assert refused.value.remedy
    assert all(query.endswith("LIMIT 101") for query in remote.queries)


def test_rows_that_are_too_long_together_are_told(
    house_of: Callable[..., House], local: Store, remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bound of the characters holds for all requests of a query, not for each."""
    monkeypatch.setattr("allegiance_server.web.federation.execution.MOST_ROW_CHARS", 10_000)
    query = f"SELECT * {{ ?a skos:exactMatch ?q SERVICE <{remote.address}> {{ ?q {NAME} ?n }} }}"
    with pytest.raises(TooManyRowsError, match="more than 10000 characters together"):
        house_of(local, remote).answer(query)
    assert len(remote.queries) == 2


def test_exactly_as_many_rows_as_the_bound_are_passed_on(
    house_of: Callable[..., House], local: Store, remote: Remote
) -> None:
    """The bound itself is within the bound, over several batches, too."""
    house = house_of(local, remote, federation_max_rows=250)
    query = f"SELECT * {{ ?a skos:exactMatch ?q SERVICE <{remote.address}> {{ ?q {NAME} ?n }} }}"
    assert rows(house.answer(query)).total() == 250


def test_blank_nodes_are_never_sent_and_come_back_as_fresh_names(
    house_of: Callable[..., House],
) -> None:
    """A blank node from elsewhere is an IRI of the house, another one in each answer."""
    local = Store()
    local.update("INSERT DATA { _:a <x:p> _:b . <x:s> <x:q> <x:o> }")
    remote_store = Store()
    remote_store.update("INSERT DATA { <x:o> <x:r> [] }")
    with listening(of_store(remote_store)) as there:
        house = house_of(local, there)
        call = f"SERVICE <{there.address}>"
        assert rows(house.answer(f"SELECT * {{ ?s <x:p> ?b {call} {{ ?b <x:r> ?x }} }}")) == {}
        assert "VALUES" not in there.queries[0]
        query = f"SELECT ?x {{ <x:s> <x:q> ?o {call} {{ ?o <x:r> ?x }} FILTER(isIRI(?x)) }}"
        names = {str(rows(house.answer(query))) for _ in range(2)}
        assert len(names) == 2
        assert all("https://w3id.org/allegiance/.well-known/genid/" in name for name in names)


def test_query_is_begun_again_once_where_the_data_changes(
    house_of: Callable[..., House], local: Store, remote: Remote
) -> None:
    """All parts are answered from the same data; a second change is told."""
    query = (
        f"SELECT * {{ VALUES ?q {{ <{ITEM}7> }} SERVICE <{remote.address}> {{ ?q {NAME} ?n }} }}"
    )
    house = house_of(local, remote)
    # The outline, which sees no data; context and answer; then both anew.
    house.evaluator.snapshots = iter(["a", "a", "b", "b", "b", "b"])
    assert rows(house.answer(query)).total() == 1
    assert len(remote.queries) == 2
    house.evaluator.snapshots = iter(["a", "a", "b", "b", "b", "c"])
    with pytest.raises(ServerBusyError, match="changed again"):
        house.answer(query)


def test_no_clause_reaches_the_workers(
    house_of: Callable[..., House], local: Store, remote: Remote
) -> None:
    """Whatever a worker gets has no SERVICE in it, and names the query as it was written."""
    house = house_of(local, remote)
    query = f"SELECT * {{ ?a skos:exactMatch ?q SERVICE <{remote.address}> {{ ?q {NAME} ?n }} }}"
    house.answer(query)
    assert len(house.evaluator.tasks) == 3
    assert not any("SERVICE" in task.text for task in house.evaluator.tasks)
    assert {task.shown for task in house.evaluator.tasks} == {query}


@pytest.fixture
def peer() -> Iterator[str]:
    """Run the native server of Oxigraph, in memory; give its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    program = str(Path(sys.executable).parent / "oxigraph")
    command = [program, "serve", "--bind", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        try:
            assert process.stderr is not None
            while b"Listening" not in (line := process.stderr.readline()):
                assert line, "the peer did not start"
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def test_real_peer_gives_the_rows_that_fit(
    house_of: Callable[..., House], local: Store, peer: str
) -> None:
    """A server that others wrote understands what is sent, whatever the terms are."""
    data = "".join(
        f'<{ITEM}{number}> {NAME} "it\\"em\\n{number}"@fa , {number} , _:b{number} .\n'
        for number in range(300)
    )
    turtle = {"content-type": "text/turtle"}
    httpx.post(f"{peer}/store?default", content=data, headers=turtle).raise_for_status()
    address = f"{peer}/query"
    house = house_of(local, Remote(address))
    call = f"SERVICE <{address}> {{ ?q {NAME} ?n FILTER(!isBlank(?n)) }}"
    query = f"SELECT * {{ ?a skos:exactMatch ?q {call} BIND(LANG(?n) AS ?l) }}"
    found = rows(house.answer(query))
    assert found.total() == 500
    assert found == native(local, query)
    again = f'SELECT * {{ VALUES ?n {{ "it\\"em\\n7"@fa 8 }} {call} }}'
    assert rows(house.answer(again)) == native(local, again)
    assert rows(house.answer(again)).total() == 2


def test_variable_that_may_be_unbound_stays_so(
    house_of: Callable[..., House], local: Store, remote: Remote
) -> None:
    """What is sent would come back bound, and BIND and MINUS would see it too early."""
    house = house_of(local, remote)
    call = f"SERVICE <{remote.address}> {{ ?q {NAME} ?n OPTIONAL {{ ?q <x:none> ?a }} }}"
    query = f"SELECT * {{ {call} BIND(BOUND(?a) AS ?b) MINUS {{ ?a ?p ?o }} ?a ?same ?q }}"
    found = rows(house.answer(query))
    assert found.total() == 250
    assert all('"false"' in dict(row)["b"] for row in found)
    assert "VALUES (?q) {" in remote.queries[0]
    assert found == native(local, query)
