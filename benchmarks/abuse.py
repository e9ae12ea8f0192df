"""Measure how a light client fares while others abuse the server.

    python benchmarks/abuse.py --seconds 10 --write

Twenty clients, each from an address of its own, ask a query without end again and again; in the
second round ten more ask it and leave within a fifth of a second. Deadline 2 s. Meanwhile one light
client asks a small question every 50 ms: its p50, p90, p99 and longest wait, and how many of its
questions were refused or answered wrongly. The abusers run in a process of their own.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from exchanges import exchange
from generated_graph import PREFIXES, write_graph
from light_client import LightClient, quantile
from reports import RESULTS, heading, markdown_table, publish
from servers import KINDS, start

if TYPE_CHECKING:
    from multiprocessing.queues import SimpleQueue
    from multiprocessing.synchronize import Event

    from exchanges import Target
    from light_client import Sample
    from servers import Server

RUNAWAY: Final = PREFIXES + "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
DEADLINE_S: Final = 2
ABUSER_PATIENCE_S: Final = 15
WARM_UP_S: Final = 1.0
SETTINGS: Final = {"ALLEGIANCE_WORKERS": "4", "ALLEGIANCE_SLOW_WORKERS": "2"}


@dataclass(frozen=True, slots=True)
class Crowd:
    """Hold how many clients wait for their answers, and how many leave."""

    loopers: int
    leavers: int

    def __str__(self) -> str:
        """Name the crowd."""
        leaving = f" and {self.leavers} who leave" if self.leavers else ""
        return f"{self.loopers} in a loop{leaving}"


def main() -> None:
    """Measure each server under each crowd, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--servers", nargs="+", choices=KINDS, default=["allegiance", "native"])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--loopers", type=int, default=20)
    parser.add_argument("--leavers", type=int, default=10)
    parser.add_argument("--triples", type=int, default=200_000)
    parser.add_argument("--write", action="store_true", help="keep the result in the repository")
    options = parser.parse_args()
    crowds = [Crowd(0, 0), Crowd(options.loopers, 0), Crowd(options.loopers, options.leavers)]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        graph = write_graph(Path(folder), options.triples)
        for kind in options.servers:
            for crowd in crowds:
                rows.append(measure(kind, graph, crowd, options.seconds))
                print(rows[-1], flush=True)
    text = f"{_introduction(options.triples, options.seconds)}\n\n{markdown_table(rows)}"
    publish(text, RESULTS / "abuse.md" if options.write else None)


def measure(kind: str, graph: Path, crowd: Crowd, seconds: float) -> dict[str, str]:
    """Let a crowd loose on a fresh server, and return what the light client noticed."""
    with start(kind, graph, SETTINGS, timeout_s=DEADLINE_S) as server:
        context = multiprocessing.get_context("fork")
        over, endings = context.Event(), context.SimpleQueue()
        abusers = context.Process(
            target=_abuse, args=(server.target, crowd, over, endings), daemon=True
        )
        abusers.start()
        try:
            time.sleep(WARM_UP_S)
            samples = _ask(server, seconds)
            over.set()
            ended = Counter(endings.get())
        finally:
            abusers.kill()
            abusers.join()
        return _row(kind, crowd, samples, ended)


def _ask(server: Server, seconds: float) -> list[Sample]:
    with LightClient(server.target, patience_s=ABUSER_PATIENCE_S) as light:
        began = time.monotonic()
        time.sleep(seconds)
        return light.since(began)


def _row(kind: str, crowd: Crowd, samples: list[Sample], ended: Counter[str]) -> dict[str, str]:
    waits = [1000 * each.seconds for each in samples]
    return {
        "server": kind,
        "others": str(crowd),
        "asked": str(len(samples)),
        "refused": str(sum(each.status in (429, 503, 504) for each in samples)),
        "wrong or none": str(
            sum(not each.is_right and each.status not in (429, 503, 504) for each in samples)
        ),
        "p50 ms": f"{quantile(waits, 0.5):.1f}",
        "p90 ms": f"{quantile(waits, 0.9):.1f}",
        "p99 ms": f"{quantile(waits, 0.99):.1f}",
        "max ms": f"{max(waits, default=0):.1f}",
        "how the others' queries ended": ", ".join(
            f"{count} x {ending}" for ending, count in ended.most_common()
        )
        or "none did",
    }


def _abuse(target: Target, crowd: Crowd, over: Event, endings: SimpleQueue[Counter[str]]) -> None:
    """Be the whole crowd until it is over; then tell how their queries ended."""
    ended: Counter[str] = Counter()
    for number in range(crowd.loopers):
        address = f"127.0.1.{number + 1}"
        threading.Thread(target=_loop, args=(target, address, ended), daemon=True).start()
    for number in range(crowd.leavers):
        address = f"127.0.2.{number + 1}"
        threading.Thread(target=_leave, args=(target, address, number), daemon=True).start()
    over.wait()
    endings.put(ended.copy())


def _loop(target: Target, address: str, ended: Counter[str]) -> None:
    while True:
        got = exchange(
            target.address,
            [target.ask(RUNAWAY)],
            source=address,
            patience_s=ABUSER_PATIENCE_S,
        )
        ended[str(got.status or got.failure)] += 1


def _leave(target: Target, address: str, seed: int) -> None:
    chance = random.Random(seed)
    while True:
        exchange(
            target.address,
            [target.ask(RUNAWAY)],
            source=address,
            patience_s=chance.uniform(0.05, 0.2),
        )


def _introduction(triples: int, seconds: float) -> str:
    about = (
        f"A generated graph of {triples:,} triples. One light client asks a small question "
        f"every 50 ms for {seconds:g} s, each over a new connection, while others ask a cross "
        f"product of three scans again as soon as it ends. Ours: deadline {DEADLINE_S} s, four "
        f"workers and two slow ones; native: `--timeout-s {DEADLINE_S}`, in memory."
    )
    return f"{heading('Abuse', 'abuse.py')}\n\n{about}"


if __name__ == "__main__":
    main()
