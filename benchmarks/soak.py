"""Load a server for minutes in every way at once, and watch its memory and its answers.

    python benchmarks/soak.py --minutes 10 --write

Ten clients ask lookups, joins and aggregates, read an export slowly, ask conditionally and
compressed, make errors, ask what has no end, and leave before the answer. Every ten seconds: the
memory of all processes (pages that they share counted once), the p50 and p99 of the lookups and
joins, and how many answers were not what such a client should get. It ends with the slope of the
memory over the second half. With --write a table and a graph are kept.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from generated_graph import write_graph
from light_client import quantile
from line_graph import Panel, line_graph
from reports import RESULTS, heading, markdown_table, publish
from servers import KINDS, start
from soak_clients import Load

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from servers import Server
    from soak_clients import Reply

MIB: Final = 1024 * 1024
DEADLINE_S: Final = 2
LOOK_EVERY_S: Final = 1.0
SMALL: Final = ("lookup", "join")
SETTINGS: Final = {"ALLEGIANCE_WORKERS": "2", "ALLEGIANCE_CACHE_BYTES": str(16 * MIB)}


@dataclass(frozen=True, slots=True)
class Interval:
    """Hold what was seen in some seconds; memory in MiB, times in ms.

    `parts_mib` is what the least consists of: the first process, its children, all below those.
    """

    seconds: float
    least_mib: float
    parts_mib: tuple[float, ...]
    most_mib: float
    answers: int
    p50_ms: float
    p99_ms: float
    unexpected: int


def main() -> None:
    """Load each server for as long as asked, and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--servers", nargs="+", choices=KINDS, default=["allegiance", "native"])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--every", type=float, default=10, help="seconds of an interval")
    parser.add_argument("--triples", type=int, default=200_000)
    parser.add_argument("--write", action="store_true", help="keep the result in the repository")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        graph = write_graph(Path(folder), options.triples)
        courses = {
            kind: soak(kind, graph, 60 * options.minutes, options.every) for kind in options.servers
        }
    publish(_report(courses, options), RESULTS / "soak.md" if options.write else None)
    publish(_drawing(courses), RESULTS / "soak.svg" if options.write else None)


def soak(kind: str, graph: Path, seconds: float, every_s: float) -> list[Interval]:
    """Load a fresh server; stop early only where it has died."""
    intervals: list[Interval] = []
    with ExitStack() as stack:
        server = stack.enter_context(start(kind, graph, SETTINGS, timeout_s=DEADLINE_S))
        load = stack.enter_context(Load(server.target))
        began = time.monotonic()
        while time.monotonic() - began < seconds and server.is_alive:
            memory = _watched(server, every_s)
            intervals.append(_interval(memory, load.replies, began, every_s))
            print(kind, intervals[-1], flush=True)
    return intervals


def _watched(server: Server, seconds: float) -> list[tuple[float, ...]]:
    """Look at the memory every second for some seconds; return what was seen, by part, in MiB."""
    end = time.monotonic() + seconds
    memory: list[tuple[float, ...]] = []
    while not memory or time.monotonic() < end:
        time.sleep(min(LOOK_EVERY_S, seconds))
        memory.append(tuple(part / MIB for part in server.resident_parts()))
    return memory


def _interval(
    memory: Sequence[tuple[float, ...]], replies: Sequence[Reply], began: float, every_s: float
) -> Interval:
    now = time.monotonic()
    recent = [each for each in list(replies) if each.ended > now - every_s]
    small = [1000 * each.seconds for each in recent if each.kind in SMALL]
    return Interval(
        seconds=now - began,
        least_mib=min(map(sum, memory)),
        parts_mib=min(memory, key=sum),
        most_mib=max(map(sum, memory)),
        answers=len(recent),
        p50_ms=quantile(small, 0.5),
        p99_ms=quantile(small, 0.99),
        unexpected=sum(not each.is_expected for each in recent),
    )


def slope_mib_per_minute(
    intervals: Sequence[Interval], memory: Callable[[Interval], float]
) -> float:
    """Return by how much some memory grew in the second half: the line of least squares."""
    half = intervals[len(intervals) // 2 :]
    if len(half) < 2:  # noqa: PLR2004 - a line takes two points
        return 0.0
    middle = sum(each.seconds for each in half) / len(half)
    mean = sum(map(memory, half)) / len(half)
    covered = sum((each.seconds - middle) ** 2 for each in half)
    together = sum((each.seconds - middle) * (memory(each) - mean) for each in half)
    return 60 * together / covered


def _report(courses: dict[str, list[Interval]], options: argparse.Namespace) -> str:
    about = (
        f"A generated graph of {options.triples:,} triples, ten clients of ten kinds, deadline "
        f"{DEADLINE_S} s. Memory is looked at every second: the least of an interval is what stays "
        "when no large query runs. p50 and p99 are those of lookups and joins. Unexpected is an "
        "answer that a client of its kind should not get, such as a 200 to a query without end."
    )
    parts = [
        heading("Soak", f"soak.py --minutes {options.minutes:g}"),
        about,
        "![Memory and p99 over time](soak.svg)",
    ]
    for kind, intervals in courses.items():
        parts += [f"## {kind}", _summary(intervals)]
        if intervals:
            parts.append(markdown_table([_row(each) for each in intervals]))
    return "\n\n".join(parts)


def _summary(intervals: Sequence[Interval]) -> str:
    if not intervals:
        return "It did not live for one interval."
    slope = slope_mib_per_minute(intervals, lambda each: each.least_mib)
    parts = [slope_mib_per_minute(intervals, lambda each, n=n: each.parts_mib[n]) for n in range(3)]
    return (
        f"Memory at the end {intervals[-1].least_mib:.0f} MB, at most "
        f"{max(each.most_mib for each in intervals):.0f} MB; in the second half its least grew by "
        f"{slope:.1f} MB a minute (the first process {parts[0]:+.1f}, its "
        f"children {parts[1]:+.1f}, all below {parts[2]:+.1f}). "
        f"Worst p99 {max(each.p99_ms for each in intervals):.0f} ms; "
        f"{sum(each.unexpected for each in intervals):,} of "
        f"{sum(each.answers for each in intervals):,} answers were unexpected."
    )


def _row(each: Interval) -> dict[str, str]:
    return {
        "s": f"{each.seconds:.0f}",
        "least MB": f"{each.least_mib:.0f}",
        "of it by part": " + ".join(f"{part:.0f}" for part in each.parts_mib),
        "most MB": f"{each.most_mib:.0f}",
        "answers": f"{each.answers}",
        "p50 ms": f"{each.p50_ms:.1f}",
        "p99 ms": f"{each.p99_ms:.1f}",
        "unexpected": f"{each.unexpected}",
    }


def _drawing(courses: dict[str, list[Interval]]) -> str:
    memory = {
        kind: [(each.seconds, each.least_mib) for each in intervals]
        for kind, intervals in courses.items()
    }
    p99 = {
        kind: [(each.seconds, each.p99_ms) for each in intervals]
        for kind, intervals in courses.items()
    }
    panels = [
        Panel("least memory of all processes, MB", memory),
        Panel("p99 of lookups and joins, ms", p99),
    ]
    return line_graph(panels, "seconds")


if __name__ == "__main__":
    main()
