"""Kill workers and the writer at random under load, and count what was wrong or lost.

    python benchmarks/chaos.py --kills 1000 --writer-kills 1000 --write

Eight clients ask lookups, joins and aggregates whose right answers were computed beforehand by a
store in their own process; every answer is compared. Meanwhile SIGKILL hits random workers: wrong
answers, refusals, and how long after each kill the next right answer came. Then, where the server
can be written to, one client commits pairs of triples while SIGKILL hits the writer; at last the
whole server is killed and started again over the same folder: every acknowledged commit has to be
there, and no half of any other.
"""

from __future__ import annotations

import argparse
import bisect
import os
import random
import signal
import tempfile
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

from chaos_clients import Clients
from chaos_commits import commit_under_kills
from generated_graph import write_graph
from light_client import quantile
from processes import workers_of
from reports import RESULTS, heading, markdown_table, publish
from servers import start

if TYPE_CHECKING:
    from chaos_clients import Told
    from servers import Server

SETTINGS: Final = {
    "ALLEGIANCE_WORKERS": "4",
    "ALLEGIANCE_CACHE_BYTES": "0",
    "ALLEGIANCE_WORKER_MEMORY_BYTES": str(512 * 1024 * 1024),
}
WARM_UP_S: Final = 1.0
SETTLE_S: Final = 1.0
DEADLINE_S: Final = 10


def main() -> None:
    """Kill, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--writer-kills", type=int, default=1000)
    parser.add_argument("--kills-per-second", type=float, default=25)
    parser.add_argument("--writer-kills-per-second", type=float, default=2)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--triples", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="keep the result in the repository")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        graph = write_graph(Path(folder) / "graph", options.triples)
        workers = kill_workers(graph, chance, options)
        commits = commit_under_kills(
            graph, Path(folder) / "commits", chance, options.writer_kills, _writer_pace(options)
        )
    parts = [_introduction(options), "## Workers", markdown_table([workers]), "## Writer"]
    parts.append(markdown_table([commits]) if commits else "This server cannot be written to.")
    publish("\n\n".join(parts), RESULTS / "chaos.md" if options.write else None)


def _writer_pace(options: argparse.Namespace) -> float:
    return 1 / float(options.writer_kills_per_second)


def kill_workers(graph: Path, chance: random.Random, options: argparse.Namespace) -> dict[str, str]:
    """Kill random workers under load; return the row of the table."""
    with (
        start("allegiance", graph, SETTINGS, timeout_s=DEADLINE_S) as server,
        Clients(server.target, graph, options.clients) as clients,
    ):
        time.sleep(WARM_UP_S)
        kills = _kill_at_random(server, chance, options.kills, 1 / options.kills_per_second)
        time.sleep(SETTLE_S)
        told = clients.stop()
        is_alive = server.is_alive
    return {
        **_counts(kills, told),
        **_waits(kills, told),
        "server": "lives" if is_alive else "**dead**",
    }


def _kill_at_random(
    server: Server, chance: random.Random, count: int, pace_s: float
) -> list[float]:
    """Kill a random worker every so often; return the moments."""
    kills: list[float] = []
    due = time.monotonic()
    while len(kills) < count and server.is_alive:
        due += pace_s * chance.uniform(0.5, 1.5)
        time.sleep(max(0.0, due - time.monotonic()))
        workers = workers_of(server.pid)
        if not workers:
            continue
        with suppress(ProcessLookupError):
            os.kill(chance.choice(workers), signal.SIGKILL)
            kills.append(time.monotonic())
    return kills


def _counts(kills: list[float], told: Told) -> dict[str, str]:
    return {
        "kills": f"{len(kills):,}",
        "right answers": f"{len(told.right):,}",
        "wrong answers": str(len(told.wrong)),
        "not answered": ", ".join(
            f"{count} x {ending}" for ending, count in told.refusals.most_common()
        )
        or "0",
    }


def _waits(kills: list[float], told: Told) -> dict[str, str]:
    """Tell how long answers took, and how long after a kill the next right answer ended."""
    took = [1000 * seconds for _, seconds in told.right]
    ends = sorted(end for end, _ in told.right)
    back = [
        1000 * (ends[place] - kill)
        for kill in kills
        if (place := bisect.bisect(ends, kill)) < len(ends)
    ]
    gaps = [1000 * (after - before) for before, after in pairwise(ends)]
    return {
        "p50 ms": f"{quantile(took, 0.5):.1f}",
        "p99 ms": f"{quantile(took, 0.99):.1f}",
        "max ms": f"{max(took, default=0):.0f}",
        "next right answer after a kill, p99 / max ms": (
            f"{quantile(back, 0.99):.0f} / {max(back, default=0):.0f}"
        ),
        "longest time without any right answer, ms": f"{max(gaps, default=0):.0f}",
    }


def _introduction(options: argparse.Namespace) -> str:
    about = (
        f"A generated graph of {options.triples:,} triples, four workers, the cache off, "
        f"{options.clients} clients; about {options.kills_per_second:g} SIGKILLs a second on "
        "random workers. Every answer is compared with that of a store that nobody kills."
    )
    return f"{heading('Chaos', 'chaos.py')}\n\n{about}"


if __name__ == "__main__":
    main()
