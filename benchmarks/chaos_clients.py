"""Clients that ask without pause and compare every answer with the right one."""

from __future__ import annotations

import json
import multiprocessing
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Self

import pyoxigraph
from exchanges import exchange
from generated_graph import PREFIXES, TRIPLES_PER_PERSON

if TYPE_CHECKING:
    from multiprocessing.queues import SimpleQueue
    from multiprocessing.synchronize import Event
    from pathlib import Path
    from types import TracebackType

    from exchanges import Target

__all__ = ["Clients", "Told", "questions"]

LOOKUPS: Final = 400
JOINS: Final = 100
AGGREGATES: Final = 20
PATIENCE_S: Final = 15


@dataclass(slots=True)
class Told:
    """Hold what the clients were told: the end and length of each right answer, and all else."""

    right: list[tuple[float, float]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)


class Clients:
    """Run clients in a process of their own, each a thread with an address of its own."""

    def __init__(self, target: Target, graph: Path, count: int) -> None:
        """Keep whom to ask and what about."""
        context = multiprocessing.get_context("fork")
        self._over = context.Event()
        self._told: SimpleQueue[Told] = context.SimpleQueue()
        self._ready = context.Event()
        self._process = context.Process(
            target=_ask_on,
            args=(target, graph, count, self._ready, self._over, self._told),
            daemon=True,
        )

    def __enter__(self) -> Self:
        """Begin to ask, once the right answers are known."""
        self._process.start()
        self._ready.wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()

    def stop(self) -> Told:
        """Ask no more, and return what was told."""
        self._over.set()
        return self._told.get()


def _ask_on(
    target: Target,
    graph: Path,
    count: int,
    ready: Event,
    over: Event,
    report: SimpleQueue[Told],
) -> None:
    answers = questions(graph)
    told = Told()
    threads = [
        threading.Thread(target=_client, args=(target, answers, number, over, told))
        for number in range(count)
    ]
    for thread in threads:
        thread.start()
    ready.set()
    for thread in threads:
        thread.join()
    report.put(told)


def _client(
    target: Target, answers: dict[str, list[str]], number: int, over: Event, told: Told
) -> None:
    chance = random.Random(number)
    queries = list(answers)
    while not over.is_set():
        query = chance.choice(queries)
        got = exchange(
            target.address,
            [target.ask(query)],
            source=f"127.0.3.{number + 1}",
            patience_s=PATIENCE_S,
        )
        if got.status is None or not got.is_whole:
            told.refusals[got.failure] += 1
        elif got.status != HTTPStatus.OK:
            told.refusals[str(got.status)] += 1
        elif _rows(got.body) == answers[query]:
            told.right.append((time.monotonic(), got.seconds))
        else:
            told.wrong.append(query)


def questions(graph: Path) -> dict[str, list[str]]:
    """Return queries, each with the rows of its right answer."""
    store = pyoxigraph.Store()
    store.bulk_load(path=str(graph), format=pyoxigraph.RdfFormat.N_QUADS)
    people = len(store) // TRIPLES_PER_PERSON
    chance = random.Random(people)
    chosen = [chance.randrange(people - 100) for _ in range(LOOKUPS)]
    queries = [f"SELECT ?p ?o {{ <{_person(number)}> ?p ?o }}" for number in chosen]
    queries += [_join(number) for number in chosen[:JOINS]]
    queries += [_aggregate(number) for number in chosen[:AGGREGATES]]
    return {PREFIXES + query: _right(store, PREFIXES + query) for query in queries}


def _person(number: int) -> str:
    return f"https://example.org/person/{number}"


def _join(number: int) -> str:
    path = f"<{_person(number)}> ex:knows ?a . ?a ex:knows ?b . ?b ex:knows ?c"
    return f"SELECT ?a ?b ?label {{ {path} . ?c rdfs:label ?label }}"


def _aggregate(number: int) -> str:
    bounds = f"FILTER(?n >= {number} && ?n < {number + 50})"
    return f"SELECT (COUNT(*) AS ?count) (SUM(?n) AS ?sum) {{ ?s ex:number ?n {bounds} }}"


def _right(store: pyoxigraph.Store, query: str) -> list[str]:
    results = store.query(query)
    if not isinstance(results, pyoxigraph.QuerySolutions):
        raise TypeError(query)
    return _rows(results.serialize(format=pyoxigraph.QueryResultsFormat.JSON) or b"")


def _rows(body: bytes) -> list[str]:
    """Return the rows of a result in JSON as a bag: each as text, in the order of the texts."""
    try:
        found = json.loads(body)["results"]["bindings"]
    except (ValueError, KeyError, TypeError):
        return ["broken"]
    return sorted(json.dumps(row, sort_keys=True) for row in found)
