"""The clients of a long mixed load: each of a kind, each with an address and a pace of its own."""

from __future__ import annotations

import random
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from exchanges import JSON, Exchange, exchange
from generated_graph import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from exchanges import Target

__all__ = ["KINDS_OF_CLIENT", "Load", "Reply"]

PATIENCE_S: Final = 15
# A reader of half a megabyte a second, of at most six seconds.
SLOW_PAUSE_S: Final = 0.12
EXPORT_ROWS: Final = 30_000


@dataclass(frozen=True, slots=True)
class Reply:
    """Hold what one client got: `is_expected` tells whether that kind of client may get it."""

    kind: str
    ended: float
    seconds: float
    status: int | None
    is_expected: bool


@dataclass(frozen=True, slots=True)
class Asker:
    """Hold what a client does, how long it pauses, and which statuses are as they should be."""

    kind: str
    pause_s: float
    ask: Callable[[Target, str, random.Random], Exchange]
    expected: tuple[int, ...]


def _by_query(
    make: Callable[[random.Random], str], accept: str = JSON, *headers: str, pause_s: float = 0
) -> Callable[[Target, str, random.Random], Exchange]:
    """Make what a client does: ask by GET, read at a pace."""

    def ask(target: Target, source: str, chance: random.Random) -> Exchange:
        request = target.get(PREFIXES + make(chance), accept, *headers)
        return exchange(
            target.address, [request], source=source, patience_s=PATIENCE_S, pause_s=pause_s
        )

    return ask


def _lookup(chance: random.Random) -> str:
    return f"SELECT ?p ?o {{ <https://example.org/person/{chance.randrange(10_000)}> ?p ?o }}"


def _popular(chance: random.Random) -> str:
    return f"SELECT ?p ?o {{ <https://example.org/person/{chance.randrange(20)}> ?p ?o }}"


def _join(chance: random.Random) -> str:
    person = f"<https://example.org/person/{chance.randrange(10_000)}>"
    return f"SELECT ?b ?label {{ {person} ex:knows/ex:knows ?b . ?b rdfs:label ?label }}"


def _aggregate(chance: random.Random) -> str:
    rest = chance.randrange(7)
    return (
        "SELECT (COUNT(*) AS ?count) (AVG(?n) AS ?mean) "
        f"{{ ?s ex:number ?n FILTER(?n - 7 * FLOOR(?n / 7) = {rest}) }}"
    )


def _export(chance: random.Random) -> str:
    offset = chance.randrange(1000)
    return f"SELECT ?s ?p ?o {{ ?s ?p ?o }} OFFSET {offset} LIMIT {EXPORT_ROWS}"


def _error(chance: random.Random) -> str:
    return chance.choice(("SELECT ?s { ?s ?p", "SELECT * { ?s nowhere:p ?o }", "ASK { FILTER( }"))


def _runaway(chance: random.Random) -> str:
    return f"SELECT (COUNT(*) AS ?n) {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }} # {chance.random()}"


def _conditional(target: Target, source: str, chance: random.Random) -> Exchange:
    """Ask, and ask again for what has changed since."""
    query = _popular(chance)
    first = _by_query(lambda _: query)(target, source, chance)
    tag = first.headers.get("etag")
    if tag is None:
        return first
    return _by_query(lambda _: query, JSON, f"If-None-Match: {tag}")(target, source, chance)


def _leave(target: Target, source: str, chance: random.Random) -> Exchange:
    """Ask for what takes long, and leave without waiting for it."""
    began = time.monotonic()
    request = target.ask(PREFIXES + _runaway(chance))
    with (
        suppress(OSError),
        socket.create_connection(
            target.address, timeout=PATIENCE_S, source_address=(source, 0)
        ) as connection,
    ):
        connection.sendall(request)
        time.sleep(chance.uniform(0.01, 0.3))
    return Exchange(None, time.monotonic() - began)


GZIP: Final = "Accept-Encoding: gzip"
KINDS_OF_CLIENT: Final = (
    Asker("lookup", 0.02, _by_query(_lookup), (200,)),
    Asker("lookup", 0.02, _by_query(_popular), (200,)),
    Asker("join", 0.05, _by_query(_join), (200,)),
    Asker("aggregate", 0.3, _by_query(_aggregate), (200,)),
    Asker("export", 0.5, _by_query(_export, "text/csv", pause_s=SLOW_PAUSE_S), (200,)),
    Asker("compressed", 0.1, _by_query(_join, JSON, GZIP), (200,)),
    Asker("conditional", 0.05, _conditional, (200, 304)),
    Asker("error", 0.2, _by_query(_error), (400,)),
    Asker("runaway", 1.0, _by_query(_runaway), (503, 504)),
    Asker("leaver", 1.0, _leave, ()),
)


class Load:
    """Run one client of each kind until the block ends; `replies` grows meanwhile."""

    def __init__(self, target: Target) -> None:
        """Keep whom to ask; entering the block begins to."""
        self.replies: list[Reply] = []
        self._target = target
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(asker, number), daemon=True)
            for number, asker in enumerate(KINDS_OF_CLIENT)
        ]

    def __enter__(self) -> Self:
        """Begin."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, once each has its last answer."""
        self._over.set()
        for thread in self._threads:
            thread.join(PATIENCE_S + 1)

    def _run(self, asker: Asker, number: int) -> None:
        chance = random.Random(number)
        source = f"127.0.4.{number + 1}"
        while not self._over.is_set():
            got = asker.ask(self._target, source, chance)
            is_expected = got.status in asker.expected if asker.expected else True
            is_whole = got.is_whole or not asker.expected
            self.replies.append(
                Reply(
                    asker.kind,
                    time.monotonic(),
                    got.seconds,
                    got.status,
                    is_expected=is_expected and is_whole,
                )
            )
            self._over.wait(asker.pause_s * chance.uniform(0.5, 1.5))
