"""What an attack is, which answers to it are right, and the canary that nobody is to call."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from exchanges import JSON, exchange
from generated_graph import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from exchanges import Exchange, Target

__all__ = [
    "PROBLEM",
    "Attack",
    "Canary",
    "Victim",
    "bindings",
    "boolean_is",
    "by_query",
    "canary",
    "is_problem",
    "never",
    "outcome",
    "rows_are",
    "value_is",
]

PROBLEM: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Victim:
    """Hold whom to attack, the address of the canary, and how long to wait for an answer."""

    target: Target
    canary_url: str
    patience_s: float = 15
    source: str = "127.0.0.1"

    def send(self, *chunks: bytes) -> Exchange:
        """Send the bytes of a request, and tell how the exchange ended."""
        return exchange(self.target.address, chunks, source=self.source, patience_s=self.patience_s)


@dataclass(frozen=True, slots=True)
class Attack:
    """Hold a row of the table: what is done, and which whole answer with status 200 is right.

    `may_break_off` is set where a long answer is rightly begun and then broken off.
    """

    name: str
    title: str
    attempt: Callable[[Victim], Exchange]
    is_right: Callable[[Exchange], bool]
    may_break_off: bool = False


def by_query(
    name: str,
    title: str,
    text: str | Callable[[str], str],
    is_right: Callable[[Exchange], bool],
    *,
    may_break_off: bool = False,
) -> Attack:
    """Make an attack of one query; it may be made of the canary's address."""

    def attempt(victim: Victim) -> Exchange:
        query = text if isinstance(text, str) else text(victim.canary_url)
        # Only where they are needed: rdflib's parser stumbles over SERVICE behind a prologue.
        prologue = PREFIXES if "ex:" in query else ""
        return victim.send(victim.target.ask(prologue + query))

    return Attack(name, title, attempt, is_right, may_break_off)


def never(_: Exchange) -> bool:
    """Tell that no answer with status 200 is right."""
    return False


def value_is(expected: str) -> Callable[[Exchange], bool]:
    """Make the check that there is one row and that its `n` has this value."""
    return lambda got: [row["n"]["value"] for row in bindings(got)] == [expected]


def boolean_is(*, expected: bool) -> Callable[[Exchange], bool]:
    """Make the check of what an ASK says."""

    def check(got: Exchange) -> bool:
        with suppress(ValueError, KeyError, TypeError):
            return json.loads(got.body)["boolean"] is expected
        return False

    return check


def rows_are(*counts: int) -> Callable[[Exchange], bool]:
    """Make the check that a table is whole and has one of these numbers of rows."""

    def check(got: Exchange) -> bool:
        rows = _rows(got)
        return got.media_type == JSON and rows is not None and len(rows) in counts

    return check


def bindings(got: Exchange) -> list[dict[str, dict[str, str]]]:
    """Return the rows of a result in JSON; none where it is broken."""
    return _rows(got) or []


def _rows(got: Exchange) -> list[dict[str, dict[str, str]]] | None:
    with suppress(ValueError, KeyError, TypeError):
        found: list[dict[str, dict[str, str]]] = json.loads(got.body)["results"]["bindings"]
        return found
    return None


def is_problem(got: Exchange) -> bool:
    """Tell whether an answer is a whole problem document with the status that it states."""
    if got.status is None or got.status < HTTPStatus.BAD_REQUEST or not got.is_whole:
        return False
    with suppress(ValueError, KeyError, TypeError):
        document = json.loads(got.body)
        return got.media_type == PROBLEM and document["status"] == got.status
    return False


def outcome(attack: Attack, got: Exchange) -> str:
    """Say in a word or two how an attack ended for the one who asked."""
    if got.status is None:
        return got.failure or "no answer"
    if got.status >= HTTPStatus.BAD_REQUEST:
        return f"{got.status}" if got.is_whole else f"{got.status}, broken off"
    if got.failure == "hung":
        return f"{got.status}, still sending"
    if not got.is_whole:
        return f"{got.status}, broken off"
    return f"{got.status}, right" if attack.is_right(got) else f"**{got.status}, wrong or broken**"


@dataclass(frozen=True, slots=True)
class Canary:
    """Hold the address of a server that nobody is to call, and the list of its visitors."""

    url: str
    visitors: list[str]


@contextmanager
def canary() -> Iterator[Canary]:
    """Run a server on the loopback interface that counts its visitors and has nothing for them."""
    visitors: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_count, args=(listener, visitors))
        thread.start()
        try:
            yield Canary(f"http://127.0.0.1:{listener.getsockname()[1]}/data.ttl", visitors)
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _count(listener: socket.socket, visitors: list[str]) -> None:
    while True:
        try:
            connection, visitor = listener.accept()
        except OSError:
            return
        visitors.append(str(visitor))
        with connection, suppress(OSError):
            connection.settimeout(1)
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
