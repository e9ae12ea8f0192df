"""Write what the serving benchmark measured as Markdown, with the goals."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import mean, median
from typing import TYPE_CHECKING, Final

from workloads import ZIPF

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from load import Reading
    from workloads import Workload

__all__ = [
    "CACHED",
    "LOOKUPS",
    "NATIVE",
    "OURS",
    "RDFLIB",
    "Cell",
    "Memory",
    "Section",
    "goals",
    "section",
    "spread",
]

OURS: Final = "allegiance"
CACHED: Final = "allegiance, cache on"
NATIVE: Final = "oxigraph native"
RDFLIB: Final = "rdflib-endpoint"

MILLION: Final = 1_000_000
FEW: Final = 10
NOT_MEASURED: Final = "-"

Key = tuple[str, str, int]


@dataclass(slots=True)
class Cell:
    """Collect the rounds of one contender under one workload and concurrency.

    `answer_bytes` is the least that an answer has to bring: what brings less was cut off.
    """

    readings: list[Reading] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    answer_bytes: int = 0

    @property
    def rate(self) -> float:
        """Return the mean of the rounds' answers a second."""
        return mean(each.rate for each in self.readings)

    @property
    def p50_ms(self) -> float:
        """Return the mean of the rounds' medians."""
        return mean(each.p50_us for each in self.readings) / 1000

    @property
    def p99_ms(self) -> float:
        """Return the mean of the rounds' 99th percentiles."""
        return mean(each.p99_us for each in self.readings) / 1000

    @property
    def cpu_us(self) -> float:
        """Return the processor time of all processes of the server for one answer."""
        return sum(self.cpu_s) * MILLION / sum(each.requests for each in self.readings)

    @property
    def spread(self) -> float:
        """Return how far the rounds' rates lie apart, as a part of their mean."""
        rates = [each.rate for each in self.readings]
        return (max(rates) - min(rates)) / self.rate if self.rate else 0

    @property
    def fault(self) -> str:
        """Tell why the cell does not count; nothing where it does."""
        kinds = {kind for each in self.readings for kind in each.errors}
        if kinds:
            counts = (f"{sum(r.errors.get(k, 0) for r in self.readings)} x {k}" for k in kinds)
            return f"void: {', '.join(sorted(counts))}"
        if not all(each.requests for each in self.readings):
            return f"no answer in {max(each.seconds for each in self.readings):.0f} s"
        if any(each.bytes_per_answer < self.answer_bytes for each in self.readings):
            return "void: answers were cut off"
        return ""


@dataclass(frozen=True, slots=True)
class Memory:
    """Hold what each worker held of its own after so many distinct lookups, in bytes."""

    lookups: int
    private_bytes: tuple[int, ...]


@dataclass(slots=True)
class Section:
    """Collect what was measured on one graph.

    `reasons` tells why a contender was not measured under a workload (or under none: "").
    `sizes` has the rows and the bytes of the answer to each workload's first query.
    """

    triples: int
    quads: int
    workloads: Sequence[Workload]
    contenders: Sequence[str]
    connections: Sequence[int]
    cells: dict[Key, Cell] = field(default_factory=dict)
    reasons: dict[tuple[str, str], str] = field(default_factory=dict)
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    memory: Memory | None = None

    def valid(self, workload: str, contender: str, connections: int) -> Cell | None:
        """Return a cell that was measured without a fault."""
        cell = self.cells.get((workload, contender, connections))
        return None if cell is None or cell.fault else cell

    def ratio(self, workload: str, contender: str, connections: int) -> float | None:
        """Return the rate as a multiple of the native server's."""
        cell = self.valid(workload, contender, connections)
        native = self.valid(workload, NATIVE, connections)
        return None if cell is None or native is None else cell.rate / native.rate

    def tail_ratio(self, workload: str, contender: str, connections: int) -> float | None:
        """Return the 99th percentile as a multiple of the native server's."""
        cell = self.valid(workload, contender, connections)
        native = self.valid(workload, NATIVE, connections)
        return None if cell is None or native is None else cell.p99_ms / native.p99_ms


def section(measured: Section) -> Iterator[str]:
    """Write the tables of one graph."""
    yield f"## {measured.triples:,} triples ({measured.quads:,} quads)"
    for workload in measured.workloads:
        rows, size = measured.sizes.get(workload.name, (0, 0))
        titles = [f"c{each} q/s (x native) [p50 / p99 ms]" for each in measured.connections]
        yield ""
        yield f"**{workload.title}** ({rows:,} rows, {size:,} bytes)"
        yield ""
        yield f"| | {' | '.join(titles)} | CPU us at c{measured.connections[-1]} |"
        yield "|---|" + "---|" * (len(titles) + 1)
        for contender in measured.contenders:
            yield from _row(measured, workload, contender)
    yield ""
    for (workload_name, contender), reason in measured.reasons.items():
        if not workload_name:
            yield f"{contender}: {reason}."
    if measured.memory:
        yield from ("", _memory(measured.memory))
    yield ""


def _row(measured: Section, workload: Workload, contender: str) -> Iterator[str]:
    reason = measured.reasons.get((workload.name, contender))
    keys = [(workload.name, contender, each) for each in measured.connections]
    if reason:
        yield f"| {contender} | {reason} |" + " |" * len(keys)
    elif any(key in measured.cells for key in keys):
        name = f"{contender} *" if workload.peer_queries and contender != OURS else contender
        last = measured.valid(*keys[-1])
        used = f"{last.cpu_us:,.0f}" if last else NOT_MEASURED
        yield f"| {name} | {' | '.join(_cell(measured, key) for key in keys)} | {used} |"


def _cell(measured: Section, key: Key) -> str:
    cell = measured.cells.get(key)
    if cell is None:
        return NOT_MEASURED
    if cell.fault:
        return cell.fault
    ratio = measured.ratio(*key)
    shown = "" if ratio is None else f" (**{ratio:.2f}**)"
    rate = f"{cell.rate:,.{1 if cell.rate < FEW else 0}f}"
    return f"{rate}{shown} [{_milliseconds(cell.p50_ms)} / {_milliseconds(cell.p99_ms)}]"


def _milliseconds(value: float) -> str:
    """Write a time with digits while they say something."""
    return f"{value:,.{2 if value < FEW else 0}f}"


def _memory(memory: Memory) -> str:
    each = ", ".join(f"{size / MILLION:.1f}" for size in memory.private_bytes)
    return f"Memory of each worker's own after {memory.lookups:,} distinct lookups, MB: {each}."


@dataclass(frozen=True, slots=True)
class _Goal:
    """Hold a goal: what is compared, at which concurrency, and the bound."""

    text: str
    workload: str
    contender: str
    connections: int
    bound: float
    is_tail: bool = False


GOALS: Final = (
    _Goal("joins at c8 at least 1.0x native", "join", OURS, 8, 1.0),
    _Goal("aggregates at c8 at least 1.0x native", "aggregate", OURS, 8, 1.0),
    _Goal("p99 of joins at c32 at most 0.5x native's", "join", OURS, 32, 0.5, is_tail=True),
    _Goal("p99 of aggregates at c32 at most 0.5x", "aggregate", OURS, 32, 0.5, is_tail=True),
    _Goal("distinct lookups at c8 at least 0.4x", "distinct", OURS, 8, 0.4),
    _Goal("Zipf, cache on, at c8 at least 1.5x", ZIPF, CACHED, 8, 1.5),
    _Goal("fast path: lookups at c8 at least 0.5x", "lookup", OURS, 8, 0.5),
    _Goal("fast path: distinct lookups at c8 at least 0.5x", "distinct", OURS, 8, 0.5),
    _Goal("fast path: Zipf, cache on, at c8 at least 2.5x", ZIPF, CACHED, 8, 2.5),
)
MEMORY_GOAL_MB: Final = 20
LOOKUPS: Final = 100_000


def spread(sections: Sequence[Section]) -> str:
    """Tell how far the rounds of a cell lie apart, so that nobody reads more into a ratio."""
    spreads = [
        cell.spread
        for each in sections
        for cell in each.cells.values()
        if len(cell.readings) > 1 and not cell.fault
    ]
    if not spreads:
        return "One round only: nothing is known of how far rounds lie apart."
    return (
        f"The rounds of a cell lie {median(spreads):.0%} of their mean apart in the median, "
        f"{max(spreads):.0%} at most."
    )


def goals(sections: Sequence[Section]) -> Iterator[str]:
    """Write each goal, what was measured, and whether it is reached."""
    yield "## Goals"
    yield ""
    yield "| goal | " + " | ".join(f"{each.triples:,} triples" for each in sections) + " |"
    yield "|---|" + "---|" * len(sections)
    for goal in GOALS:
        yield f"| {goal.text} | " + " | ".join(_outcome(goal, each) for each in sections) + " |"
    text = f"a worker's own memory after {LOOKUPS:,} lookups at most {MEMORY_GOAL_MB} MB"
    yield f"| {text} | " + " | ".join(_memory_outcome(each) for each in sections) + " |"
    yield ""


def _outcome(goal: _Goal, measured: Section) -> str:
    read = measured.tail_ratio if goal.is_tail else measured.ratio
    value = read(goal.workload, goal.contender, goal.connections)
    if value is None:
        return NOT_MEASURED
    is_met = value <= goal.bound if goal.is_tail else value >= goal.bound
    return f"{value:.2f}, {'reached' if is_met else '**missed**'}"


def _memory_outcome(measured: Section) -> str:
    if measured.memory is None or measured.memory.lookups < LOOKUPS:
        return NOT_MEASURED
    largest = max(measured.memory.private_bytes, default=0) / MILLION
    return f"{largest:.1f} MB, {'reached' if largest <= MEMORY_GOAL_MB else '**missed**'}"
