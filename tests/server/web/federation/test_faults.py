"""Whatever an endpoint does, the query is answered in full or says why it is not."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from faulty_peer import ROW, WHOLE, Peer
from remote_endpoints import Reply, table

from allegiance_server.errors import (
    BudgetSpentError,
    EndpointBusyError,
    EndpointError,
    EndpointFailedError,
    EndpointTimedOutError,
    ServerError,
)
from allegiance_server.web.federation.endpoint import MOST_WAITING, Asked
from allegiance_server.web.federation.exchange import LARGEST_ANSWER, Exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TEXT = (("Content-Type", "text/plain; charset=utf-8"),)
JAVA = b"java.util.concurrent.TimeoutException\n at com.example.Server(Server.java:1)"


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Close at the end what is opened."""
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def peer(stack: ExitStack) -> Peer:
    """Make an endpoint."""
    return Peer(stack)


def test_request_says_who_asks_and_what_for(peer: Peer) -> None:
    """A contact, the one format, no compression; a form, as every endpoint reads it."""
    assert peer.ask() == {"s": "<x:y>"}
    (sent,) = peer.remote.headers
    assert sent["user-agent"].startswith("allegiance/")
    assert "(graph@example.org)" in sent["user-agent"]
    assert sent["accept"] == "application/sparql-results+json"
    assert sent["accept-encoding"] == "identity"
    assert sent["content-type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(JAVA, 500, TEXT), "peer answered 500: java.util.concurrent.TimeoutException."),
        (Reply(b"\n\x1b[1mbad\tquery", 400, TEXT), "peer answered 400: [1mbad query."),
        (Reply(b"", 404), "peer answered 404."),
        (Reply(b"\0\0\n \n", 404), "peer answered 404."),
        (Reply(b"x" * 5000, 403), f"peer answered 403: {'x' * 200}...."),
        (Reply(table("s", ROW), 206), "peer answered 206"),
        (Reply(b"", 204), "peer answered 204."),
        (Reply(b"<html>Busy</html>", 200, (("Content-Type", "text/html"),)), "answered text/html"),
        (Reply(table("s", ROW), 200, ()), "answered something without a type"),
        (Reply(b"<html>", 200), "gave no whole result: it is cut off or no JSON"),
        (Reply(b'{"head":{},"boolean":true}'), "gave no whole result: its head names no variables"),
        (Reply(table("s", ROW)[:-9]), "gave no whole result: it is cut off"),
        (Reply(table("s", ROW), length=10_000), "peer broke off."),
        (Reply(table("z", ROW.replace("s", "z", 1))), "gave no whole result"),
        (Reply(table("s z")), "gave no whole result: it has the columns s, z"),
        (
            Reply(table("s", ROW), 200, (*WHOLE.headers, ("Content-Encoding", "gzip"))),
            "in an encoding that nobody asked for",
        ),
        (
            Reply(table("s", ROW), 200, (*WHOLE.headers, ("X-SPARQL-MaxRows", "1"))),
            "gives 1 rows at most, and it may have more",
        ),
        (
            Reply(table("s"), 200, (*WHOLE.headers, ("X-SQL-State", "S1TAT"))),
            "broke its answer off: S1TAT",
        ),
        (Reply(b" " * (LARGEST_ANSWER + 1)), f"answered with more than {LARGEST_ANSWER} bytes"),
    ],
)
def test_what_is_no_whole_answer_is_told(peer: Peer, reply: Reply, says: str) -> None:
    """The error names the endpoint, its status, and the first line of what it said."""
    peer.reply = reply
    with pytest.raises(EndpointFailedError) as failed:
        peer.ask()
    assert says in failed.value.detail
    assert failed.value.remedy
    # The next answer is read from its own beginning.
    peer.reply = WHOLE
    assert peer.ask() == {"s": "<x:y>"}


def test_more_than_the_bound_of_rows_fits_a_part_that_its_server_admits(peer: Peer) -> None:
    """A bound of the other server that was not reached, or is no number, has cut nothing off."""
    for bound in ("2", "9" * 5000, "\u00b2", "-1", ""):
        peer.reply = Reply(table("s", ROW), 200, (*WHOLE.headers, ("X-SPARQL-MaxRows", bound)))
        assert peer.ask() == {"s": "<x:y>"}


def test_redirect_is_not_followed(peer: Peer, canary: tuple[str, list[str]]) -> None:
    """Whoever answers with another address has it called by nobody."""
    address, visitors = canary
    for status in (301, 302, 303, 307, 308):
        peer.reply = Reply(b"", status, (("Location", address),))
        with pytest.raises(EndpointFailedError, match=f"answered {status} and leads elsewhere"):
            peer.ask()
    assert visitors == []


@pytest.mark.parametrize(
    ("status", "wish", "seconds"),
    [(429, "7", 7), (503, "120", 120), (429, None, 10), (503, "soon", 10), (429, "999999", 3600)]
    + [(503, wish, 3600) for wish in ("9" * 400, "Mon, 01 Jan 2999 00:00:00 GMT")]
    + [(503, wish, 10) for wish in ("-1", "Mon, 01 Jan 99999999999 00:00:00 GMT")],
)
def test_endpoint_is_left_alone_as_long_as_it_wishes(
    peer: Peer, status: int, wish: str | None, seconds: int
) -> None:
    """429 and 503 are passed on with the wait, and until then nobody asks again."""
    told = () if wish is None else (("Retry-After", wish),)
    peer.reply = Reply(b"", status, told)
    house = peer.house()
    for _ in range(2):
        with pytest.raises(EndpointBusyError, match="left alone") as busy:
            house.answer(peer.query)
        assert busy.value.retry_after_s == seconds
    assert len(peer.remote.queries) == 1


def test_refused_connection_is_told(peer: Peer) -> None:
    """An endpoint where nobody listens cannot be reached."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    peer.remote.address = f"http://127.0.0.1:{port}/"
    with pytest.raises(EndpointFailedError, match="peer cannot be reached"):
        peer.ask()


def test_server_that_speaks_no_tls_is_told(peer: Peer) -> None:
    """An answer without a certificate is none."""
    peer.remote.address = peer.remote.address.replace("http:", "https:")
    with pytest.raises(EndpointFailedError, match="peer broke off"):
        peer.ask()


def _silent(_: socket.socket) -> None:
    threading.Event().wait(2)


def _dripping(connection: socket.socket) -> None:
    """Send a header that never ends, so that each read has something."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
    while True:
        connection.sendall(b"x")
        threading.Event().wait(0.02)


def _dripping_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\n")
    connection.sendall(b"Content-Length: 100000\r\n\r\n")
    while True:
        connection.sendall(b" ")
        threading.Event().wait(0.02)


@pytest.mark.parametrize("act", [_silent, _dripping, _dripping_body])
@pytest.mark.parametrize("bound", ["federation_timeout_s", "query_timeout_s"])
def test_slow_answer_ends_in_time(
    peer: Peer, act: Callable[[socket.socket], object], bound: str
) -> None:
    """Silence and drips end at the time-out of the request or of the query, whichever is first."""
    peer.reply = Reply(act=act)
    with pytest.raises(EndpointTimedOutError, match=r"peer has not answered in full within 0\."):
        peer.ask(**{bound: 0.12})


def test_connection_that_was_closed_meanwhile_is_opened_again(peer: Peer) -> None:
    """A server that closes what it kept has not refused the query."""
    house = peer.house()
    endpoint = next(iter(house.federation.endpoints.values()))
    exchanger = endpoint._exchanger  # noqa: SLF001 - what is kept is nobody else's
    for _ in range(2):
        exchanger.ask("ASK {}", Exchange(2))
        assert exchanger._connection is not None  # noqa: SLF001
        socket.socket.shutdown(exchanger._connection.sock, socket.SHUT_RDWR)  # noqa: SLF001
    assert len(peer.remote.connections) == 2


def test_requests_take_turns_and_too_many_are_told(peer: Peer) -> None:
    """One request at a time; a few wait; the next one is told to come back."""
    at_once: list[int] = []
    running = threading.Semaphore(1)
    begun = threading.Event()

    def alone(_: socket.socket) -> None:
        at_once.append(1 if running.acquire(blocking=False) else 2)
        begun.wait(5)
        running.release()

    peer.reply = Reply(WHOLE.body, act=alone)
    endpoint = next(iter(peer.house().federation.endpoints.values()))
    asked = Asked("ASK {}", ("s",), 10, 10)

    async def crowd() -> list[list[str] | BaseException]:
        asking = [
            asyncio.create_task(endpoint.ask(asked, 5, lambda _: None))
            for _ in range(MOST_WAITING + 2)
        ]
        done, _ = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
        assert [str(each.exception()) for each in done if each.exception()]
        begun.set()
        return await asyncio.gather(*asking, return_exceptions=True)

    outcomes = asyncio.run(crowd())
    assert outcomes[:-1] == [["(<x:y>)"]] * (MOST_WAITING + 1)
    assert isinstance(outcomes[-1], EndpointBusyError)
    assert at_once == [1] * (MOST_WAITING + 1)


def test_client_that_leaves_ends_the_request(peer: Peer) -> None:
    """The connection to the endpoint is closed, and its turn is over at once."""
    closed = threading.Event()

    def until_closed(connection: socket.socket) -> None:
        begun.set()
        if connection.recv(1) == b"":
            closed.set()

    begun = threading.Event()
    peer.reply = Reply(act=until_closed)
    endpoint = next(iter(peer.house().federation.endpoints.values()))
    asked = Asked("ASK {}", ("s",), 10, 10)

    async def leave() -> list[str]:
        asking = asyncio.create_task(endpoint.ask(asked, 20, lambda _: None))
        await asyncio.to_thread(begun.wait, 5)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert await asyncio.to_thread(closed.wait, 5)
        peer.reply = WHOLE
        return await endpoint.ask(asked, 5, lambda _: None)

    assert asyncio.run(leave()) == ["(<x:y>)"]


def test_one_client_has_two_queries_at_once(peer: Peer) -> None:
    """A third one of the same client is told to wait; another client's is not."""
    begun = threading.Event()
    peer.reply = Reply(WHOLE.body, act=lambda _: begun.wait(5))
    house = peer.house()

    async def crowd() -> list[bytes | ServerError]:
        asking = [asyncio.create_task(house.answering(peer.query, client)) for client in "aaabb"]
        await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
        begun.set()
        return await asyncio.gather(*asking, return_exceptions=True)  # type: ignore[return-value]  # no other errors

    outcomes = asyncio.run(crowd())
    kinds = [type(each) for each in outcomes]
    assert kinds == [bytes, bytes, BudgetSpentError, bytes, bytes]
    assert house.answer(peer.query, "a")


def test_client_without_a_share_asks_nobody(peer: Peer) -> None:
    """Before each request, the client's share of the minute is looked at."""
    house = peer.house(client_processing_s_per_minute=1, client_errors_per_minute=1)
    house.budgets.charge_processing("greedy", 2)
    with pytest.raises(BudgetSpentError):
        house.answer(peer.query, "greedy")
    assert peer.remote.queries == []
    assert house.answer(peer.query, "modest")


def test_what_is_read_here_is_charged(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    """To read a query and an answer takes processor time of this server, for which clients pay."""
    charged: list[tuple[str, float]] = []
    house = peer.house()
    monkeypatch.setattr(house.budgets, "charge_processing", lambda *told: charged.append(told))
    assert house.answer(peer.query)
    assert len(charged) >= 4
    assert {client for client, _ in charged} == {"somebody"}
    assert 0 < sum(seconds for _, seconds in charged) < 1


def test_refusals_are_noted(peer: Peer) -> None:
    """A query that is refused before anybody is asked counts as a refused query."""
    house = peer.house()
    with pytest.raises(ServerError):
        house.answer(peer.query.replace("SERVICE", "SERVICE SILENT"))
    assert len(house.refused) == 1
    assert peer.remote.queries == []


def test_failures_count_for_who_can_help_them(peer: Peer) -> None:
    """A pattern that the endpoint refuses is the client's; that it wants to rest is not."""
    house = peer.house(client_errors_per_minute=1)
    for status, is_charged in ((503, False), (400, True)):
        peer.reply = Reply(b"", status, (("Retry-After", "0"),))
        with pytest.raises(EndpointError):
            house.answer(peer.query, str(status))
        for endpoint in house.federation.endpoints.values():
            endpoint._quiet_until = 0.0  # noqa: SLF001 - the second that it wished for is over
        spent = False
        try:
            house.budgets.check(str(status))
        except BudgetSpentError:
            spent = True
        assert spent is is_charged


def test_requests_are_counted_by_endpoint(peer: Peer) -> None:
    """Metrics name the endpoint, how its requests ended, and the rows of those that are whole."""
    house = peer.house()
    house.answer(peer.query)
    peer.reply = Reply(b"", 500)
    with pytest.raises(EndpointFailedError):
        house.answer(peer.query)

    def figure(name: str, **labels: str) -> float | None:
        registry = house.metrics._registry  # noqa: SLF001 - it has no other reader than HTTP
        return registry.get_sample_value(f"allegiance_federation_{name}", labels)

    assert figure("requests_total", endpoint="peer", outcome="answered") == 1
    assert figure("requests_total", endpoint="peer", outcome="EndpointFailedError") == 1
    assert figure("rows_total", endpoint="peer") == 1
    assert figure("request_seconds_count", endpoint="peer") == 2
