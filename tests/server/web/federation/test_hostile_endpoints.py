"""An endpoint that means harm costs its own clause, and neither memory nor other clients."""

from __future__ import annotations

import gc
import gzip
import select
import threading
import tracemalloc
from collections import Counter
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

import pytest
from faulty_peer import WHOLE, Peer
from federated_answers import rows
from remote_endpoints import Reply, table

from allegiance_server.errors import (
    EndpointFailedError,
    EndpointTimedOutError,
    QueryNotEvaluableError,
    TooManyRowsError,
)
from allegiance_server.settings import MIB
from allegiance_server.web.federation import exchange
from allegiance_server.web.federation.exchange import LARGEST_ANSWER, Exchange

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator


@pytest.fixture
def peer() -> Iterator[Peer]:
    """Make an endpoint."""
    with ExitStack() as opened:
        yield Peer(opened)


BOMB = gzip.compress(bytes(64 * MIB))
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\n"


@pytest.mark.parametrize(
    ("head", "piece", "says"),
    [
        (HEAD, b"X-More: x\r\n" * 1000, "broke off"),
        (HEAD + b"X-Long: ", b"x" * 10_000, "broke off"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x" * 10_000, "broke off"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n%65536d\r\n" % 1, "more than"),
        (HEAD + b"\r\n", b" " * 65536, "more than"),
        (HEAD.replace(b"200", b"500") + b"Content-Encoding: gzip\r\n\r\n", BOMB, "answered 500."),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n", b"", "answered 103."),
    ],
)
def test_endless_answer_is_given_up(peer: Peer, head: bytes, piece: bytes, says: str) -> None:
    """What never ends, or is small only while it is packed, ends at a bound, long before time."""

    def pour(connection: socket.socket) -> None:
        connection.sendall(head)
        while piece:
            connection.sendall(piece)

    peer.reply = Reply(act=pour)
    tracemalloc.start()
    try:
        with pytest.raises(EndpointFailedError, match=says):
            peer.ask()
        assert tracemalloc.get_traced_memory()[1] < 3 * LARGEST_ANSWER
    finally:
        tracemalloc.stop()


def test_endless_continuation_ends_in_time(peer: Peer) -> None:
    """A server may ask for more of the request as often as it likes, but not for longer."""

    def go_on(connection: socket.socket) -> None:
        while True:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

    peer.reply = Reply(act=go_on)
    with pytest.raises(EndpointTimedOutError, match="peer has not answered in full"):
        peer.ask(federation_timeout_s=0.12)


def test_fault_of_ours_leaves_no_half_of_an_answer(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong while an answer is read: the next one is read from its beginning."""
    house = peer.house()
    with monkeypatch.context() as patched:
        patched.setattr(exchange, "read_body", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            house.answer(peer.query)
    assert house.answer(peer.query)
    assert len(peer.remote.connections) == 2


def nested(depth: int, address: str) -> str:
    """Ask elsewhere for a triple of so many triples in each other."""
    made = [f"BIND(TRIPLE(<x:s>, <x:p>, ?t{n}) AS ?t{n + 1})" for n in range(depth)]
    first = "VALUES ?t0 { <x:o> }"
    return f"SELECT ?s {{ {first} {' '.join(made)} SERVICE <{address}> {{ ?s a ?t{depth} }} }}"


def test_triples_in_triples_are_not_sent_and_too_many_are_told(peer: Peer) -> None:
    """All rows are fetched where bindings are triples; what is nested too deep is an error."""
    peer.reply = Reply(table("s t8"))
    assert rows(peer.house().answer(nested(8, peer.remote.address))) == Counter()
    assert "VALUES" not in peer.remote.queries[0]
    with pytest.raises(QueryNotEvaluableError, match="of triples in triples, more than 8"):
        peer.house().answer(nested(9, peer.remote.address))
    assert len(peer.remote.queries) == 1


def test_answer_too_many_is_not_taken_for_the_next_one(peer: Peer) -> None:
    """What comes behind an answer is read by nobody: each query has a row of its own."""
    is_read = threading.Event()

    def answer_twice(connection: socket.socket) -> None:
        body = WHOLE.body
        connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        is_read.wait(5)

    exchanger = next(iter(peer.house().federation.endpoints.values()))._exchanger  # noqa: SLF001 - no one else has it
    peer.reply = Reply(table("late"), act=answer_twice)
    assert exchanger.ask("ASK {}", Exchange(5)).body == WHOLE.body
    is_read.set()
    assert exchanger._connection is not None  # noqa: SLF001
    assert select.select([exchanger._connection.sock], [], [], 5)[0]  # noqa: SLF001
    peer.reply = Reply(table("own"))
    assert exchanger.ask("ASK {}", Exchange(5)).body == table("own")


@pytest.mark.parametrize("body", [b"{" + b" " * 6 * MIB, table("s", "{}," * 2_000_000)])
def test_refused_answer_is_forgotten_at_once(peer: Peer, body: bytes) -> None:
    """Megabytes that were refused do not wait for a collection of garbage."""
    peer.reply = Reply(body)
    house = peer.house()
    gc.disable()
    tracemalloc.start()
    try:
        for _ in range(3):
            with suppress(EndpointFailedError, TooManyRowsError):
                house.answer(peer.query)
        assert tracemalloc.get_traced_memory()[0] < len(body)
    finally:
        tracemalloc.stop()
        gc.enable()
