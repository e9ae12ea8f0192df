"""Measure how fast our SPARQL server answers, beside native Oxigraph and rdflib-endpoint.

    python benchmarks/serving.py --write
    python benchmarks/serving.py --quick
    python benchmarks/serving.py --triples 100000 --workloads lookup,join

All contenders hold the same generated graph in memory and are up at once; before anything is
measured, their answers are compared. Each cell is the mean of rounds in which the contenders are
visited one after the other, in the reverse order every second time. The load comes from wrk, on the
same processors. The table goes to standard output; with --write it replaces
benchmarks/results/serving.md.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import shlex
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from itertools import product
from statistics import mean
from typing import TYPE_CHECKING, Final

import load
import servers
from answers import Answer, NoAnswerError, fetch
from consumption import cpu_seconds, private_bytes_of_workers
from graphs import ROOT, Graph, graph
from load import Load
from servers import NotStartedError
from serving_table import (
    CACHED,
    LOOKUPS,
    NATIVE,
    OURS,
    RDFLIB,
    Cell,
    Memory,
    Section,
    goals,
    section,
    spread,
)
from workloads import NAMES, ZIPF, Workload, lookup_of, workloads

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from servers import Server

RESULTS: Final = ROOT / "benchmarks" / "results" / "serving.md"
TIMEOUT_S: Final = 60
# rdflib loads about 40,000 triples a second.
RDFLIB_TRIPLES: Final = 200_000
RDFLIB_SKIPPED: Final = f"not measured above {RDFLIB_TRIPLES:,} triples: it loads them for minutes"
# A server may answer all connections at once, hence none before the time of all.
TURNS: Final = 1.5
LONGEST_CELL_S: Final = 12
SAMPLE: Final = 50
MEMORY_PATIENCE_S: Final = 120
PACKAGES: Final = ("pyoxigraph", "oxigraph", "rdflib", "rdflib-endpoint", "uvicorn")


Answers = dict[tuple[str, str], Answer]


@dataclass(frozen=True, slots=True)
class Plan:
    """Hold what is to be measured."""

    triples: tuple[int, ...]
    names: tuple[str, ...]
    connections: tuple[int, ...]
    rounds: int
    seconds: int
    longest_s: int
    warms_up: bool
    measures_memory: bool


def main() -> None:
    """Measure what was asked for and print the tables."""
    options = _arguments()
    try:
        load.check_tool()
    except load.MissingToolError as error:
        sys.exit(f"serving.py: {error}")
    plan = _plan(options)
    sections = [measure(graph(triples), plan) for triples in plan.triples]
    if plan.measures_memory:
        sections[-1].memory = _memory(graph(plan.triples[-1]))
    text = "\n".join(_document(sections, plan))
    print(text)
    if options.write:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(text + "\n", encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--triples", type=_numbers, help="sizes  [default: 100000,1000000]")
    parser.add_argument("--workloads", type=_names, help=f"some of {','.join(NAMES)}")
    parser.add_argument("--connections", type=_numbers, help="at once  [default: 1,8,32]")
    parser.add_argument("--rounds", type=int, help="of each cell  [default: 2]")
    parser.add_argument("--seconds", type=int, help="of a round, whole  [default: 1]")
    parser.add_argument("--memory", action=argparse.BooleanOptionalAction, help="measure memory")
    parser.add_argument("--quick", action="store_true", help="one size, c8, one round")
    parser.add_argument("--write", action="store_true", help="keep the result in the repository")
    return parser.parse_args()


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def _names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if unknown := set(names) - set(NAMES):
        message = f"{', '.join(sorted(unknown))}: choose from {', '.join(NAMES)}"
        raise argparse.ArgumentTypeError(message)
    return names


def _plan(options: argparse.Namespace) -> Plan:
    quick = options.quick
    is_whole = not quick and options.workloads is None
    return Plan(
        triples=options.triples or ((100_000,) if quick else (100_000, 1_000_000)),
        names=options.workloads or NAMES,
        connections=options.connections or ((8,) if quick else (1, 8, 32)),
        rounds=options.rounds or (1 if quick else 2),
        seconds=options.seconds or 1,
        longest_s=2 if quick else LONGEST_CELL_S,
        warms_up=not quick,
        measures_memory=is_whole if options.memory is None else options.memory,
    )


def measure(made: Graph, plan: Plan) -> Section:
    """Measure every workload on one graph."""
    chosen = [each for each in workloads(made) if each.name in plan.names]
    names = [OURS, CACHED, NATIVE, RDFLIB]
    measured = Section(made.triples, made.quads, chosen, names, plan.connections)
    with contenders(made, measured) as running:
        answered = {
            (workload.name, name): answer
            for workload in chosen
            for name, answer in _compared(workload, running, measured).items()
        }
        if plan.warms_up:
            _warm_up(measured, running, answered)
        for number in range(plan.rounds):
            _visit(measured, running, answered, plan, number)
    return measured


@contextmanager
def contenders(made: Graph, measured: Section) -> Iterator[Mapping[str, Server]]:
    """Run every contender that can hold the graph."""
    deadline = {"ALLEGIANCE_QUERY_TIMEOUT_S": str(TIMEOUT_S)}
    with ExitStack() as stack:
        running = {
            OURS: servers.allegiance(made.snapshot, {**deadline, "ALLEGIANCE_CACHE_BYTES": "0"}),
            CACHED: servers.allegiance(made.snapshot, deadline),
            NATIVE: servers.native(made.nquads, None),
        }
        if ZIPF not in {each.name for each in measured.workloads}:
            del running[CACHED]
        if made.triples <= RDFLIB_TRIPLES:
            # Its command shows all graphs as one; no workload asks for a named one.
            running[RDFLIB] = servers.rdflib_endpoint(made.default_graph)
        else:
            measured.reasons["", RDFLIB] = RDFLIB_SKIPPED
        started: dict[str, Server] = {}
        for name, each in running.items():
            try:
                started[name] = stack.enter_context(each)
            except (NotStartedError, OSError) as error:
                measured.reasons["", name] = f"not measured, since it did not start: {error}"
        yield started


def _asked(workload: Workload, name: str) -> Sequence[str]:
    is_ours = name in (OURS, CACHED)
    return workload.queries if is_ours or not workload.peer_queries else workload.peer_queries


def _takes_part(workload: Workload, name: str) -> bool:
    """Tell whether a contender is measured: the cache is, where requests come again."""
    return name in (CACHED, NATIVE) if workload.name == ZIPF else name != CACHED


def _compared(
    workload: Workload, running: Mapping[str, Server], measured: Section
) -> dict[str, Answer]:
    """Fetch some answers from each contender; note those that differ from the native server's.

    Where native has none, those of the first contender that has some stand for right.
    """
    answers: dict[str, list[Answer]] = {}
    for name, server in running.items():
        if not _takes_part(workload, name):
            continue
        sample = _asked(workload, name)[:SAMPLE]
        try:
            for query in (sample[0], *sample):  # the first is asked twice: its time is warm
                answer = fetch(server.target, query, is_ordered=workload.is_ordered)
                answers.setdefault(name, []).append(answer)
        except NoAnswerError as error:
            measured.reasons[workload.name, name] = f"void: {error}"
            answers.pop(name, None)
    model = NATIVE if NATIVE in answers else next(iter(answers), "")
    right = answers.get(model, [])
    for name, given in list(answers.items()):
        if [each.digest for each in given] != [each.digest for each in right]:
            measured.reasons[workload.name, name] = f"void: other rows than {model}"
            del answers[name]
    if right:
        measured.sizes[workload.name] = (right[0].rows, right[0].byte_count)
    return {name: _typical(given[1:]) for name, given in answers.items()}


def _typical(given: Sequence[Answer]) -> Answer:
    """Return an answer of mean time, and of the least size, since not all were looked at."""
    size = min(each.byte_count for each in given)
    return Answer("", 0, size, mean(each.seconds for each in given))


def _warm_up(measured: Section, running: Mapping[str, Server], answered: Answers) -> None:
    """Let every worker meet every workload, so that no round pays for the first touch."""
    for workload in measured.workloads:
        for name, server in running.items():
            if (workload.name, name) in answered:
                load.run(server.target, Load(_asked(workload, name), 8, 1, workload.order))


def _visit(
    measured: Section, running: Mapping[str, Server], answered: Answers, plan: Plan, number: int
) -> None:
    """Measure every cell once, the contenders in the reverse order every second time."""
    order = list(running)[:: -1 if number % 2 else 1]
    for workload, connections, name in product(measured.workloads, plan.connections, order):
        answer = answered.get((workload.name, name))
        if answer is None:
            continue
        seconds = _cell_seconds(answer, connections, plan)
        wanted = Load(_asked(workload, name), connections, seconds, workload.order)
        began = cpu_seconds(running[name].pid)
        reading = load.run(running[name].target, wanted)
        cell = measured.cells.setdefault((workload.name, name, connections), Cell())
        cell.cpu_s.append(cpu_seconds(running[name].pid) - began)
        cell.readings.append(reading)
        cell.answer_bytes = answer.byte_count


def _cell_seconds(answer: Answer, connections: int, plan: Plan) -> int:
    """Return how long to measure so that every connection is answered, if that is not too long."""
    wanted = math.ceil(answer.seconds * max(2, connections) * TURNS)
    return max(plan.seconds, min(wanted, plan.longest_s))


def _memory(made: Graph) -> Memory:
    """Look up a fresh server's things one by one; return what its workers then hold."""
    queries = [lookup_of(subject) for subject in made.subjects]
    with servers.allegiance(made.snapshot, {"ALLEGIANCE_CACHE_BYTES": "0"}) as server:
        answered = 0
        end = time.monotonic() + MEMORY_PATIENCE_S
        while answered < LOOKUPS and time.monotonic() < end:
            wanted = Load(queries, 8, 2, first=answered // load.THREADS)
            reading = load.run(server.target, wanted)
            if reading.errors or not reading.requests:
                break
            answered += reading.requests
        return Memory(answered, tuple(sorted(private_bytes_of_workers(server.pid))))


def _document(sections: Sequence[Section], plan: Plan) -> Iterator[str]:
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    packages = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    command = shlex.join(["python", "benchmarks/serving.py", *sys.argv[1:]])
    yield "# Serving"
    yield ""
    yield f"`{command}`, {datetime.now(tz=UTC).date().isoformat()}, {machine}."
    yield f"{packages}, wrk {load.version()}."
    yield ""
    yield (
        f"Rounds: {plan.rounds}, of {plan.seconds} s or longer; cN: N connections at once. "
        "wrk shares the processors with the servers. The cache is off where it is not named. "
        "CPU us: processor time of all of a server's processes for one answer. Any error voids a "
        "cell. *: peers have no full-text search and are asked for FILTER(CONTAINS(...)) instead. "
        + spread(sections)
    )
    yield ""
    yield from goals(sections)
    for each in sections:
        yield from section(each)


def _version(name: str) -> str:
    try:
        return version_of(name)
    except PackageNotFoundError:
        return "not installed"


if __name__ == "__main__":
    main()
