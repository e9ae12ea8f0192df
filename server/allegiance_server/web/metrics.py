"""What Prometheus reads of the service: counts since the start, and how things stand now.

What is counted costs a query a few microseconds; how things stand is asked only when somebody
reads it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter as Tally
from itertools import accumulate
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol

from prometheus_client import CollectorRegistry, Counter, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.responses import Response

from allegiance_server.web.federation.metrics import FederationMetrics
from allegiance_server.web.reconciliation.metrics import ReconciliationMetrics

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from prometheus_client.metrics_core import Metric
    from starlette.requests import Request

    from allegiance_server.workers.tasks import Finished

__all__ = ["CacheFigures", "Metrics", "Standing"]

PREFIX: Final = "allegiance_"
PROCESSING_S: Final = (
    *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25),
    *(0.5, 1, 2.5, 5, 10, 30, 60),
)
WAITING_S: Final = (0.001, 0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30)
ANSWERED: Final = "answered"
# Outcomes that cost the worker its life, if it had begun.
KILLS: Final = MappingProxyType(
    {
        "ClientGoneError": "client gone",
        "QueryCrashedError": "crash",
        "QueryKilledError": "operator",
        "QueryTimedOutError": "deadline",
        "ResultBrokenError": "broken result",
    }
)
LANES: Final = ("fast", "slow")
QUEUED: Final = "queued"


class RunningQuery(Protocol):
    """A query that runs or waits."""

    @property
    def lane(self) -> str:
        """Return fast, slow or queued."""


class Standing(Protocol):
    """What can be asked of the supervisor at any time."""

    @property
    def snapshot(self) -> str:
        """Return the name of the data that is served."""

    @property
    def workers(self) -> tuple[int, ...]:
        """Return the process ids of the living workers."""

    @property
    def running(self) -> Sequence[RunningQuery]:
        """Return the queries that run or wait."""


class CacheFigures(Protocol):
    """What can be asked of the cache of results at any time."""

    @property
    def hits(self) -> int:
        """Return how often a result was found."""

    @property
    def misses(self) -> int:
        """Return how often none was found."""

    @property
    def byte_count(self) -> int:
        """Return the bytes of what is kept."""

    @property
    def entry_count(self) -> int:
        """Return the number of results that are kept."""


class LogFigures(Protocol):
    """What can be asked of the query log at any time."""

    @property
    def lost(self) -> int:
        """Return the number of lines that could not be written."""


class _Tally:
    """Count what of one kind has ended in one way.

    A few numbers, and not the metrics of the library: they take a lock for each, and this is done
    for every query. They are made into metrics when somebody reads them.
    """

    __slots__ = ("byte_count", "count", "processing", "processing_s", "waiting", "waiting_s")

    def __init__(self) -> None:
        self.count = 0
        self.byte_count = 0
        self.processing_s = 0.0
        self.waiting_s = 0.0
        self.processing = [0] * (len(PROCESSING_S) + 1)
        self.waiting = [0] * (len(WAITING_S) + 1)


class Metrics:
    """Count what has ended; `respond` gives all of it to whoever reads."""

    def __init__(
        self,
        standing: Standing,
        cache: CacheFigures | None = None,
        query_log: LogFigures | None = None,
    ) -> None:
        """Make a registry of its own, so that several servers may live in a process.

        `reconciliation` counts what the reconciliation services do, `federation` what is asked of
        other endpoints.
        """
        self._registry = CollectorRegistry()
        self._cached = self._counter("queries_cached", "Queries answered by the cache.", ("kind",))
        self._kills = self._counter("worker_kills", "Workers stopped with a query.", ("reason",))
        self._commits = self._counter("commits", "Commits that ended.", ("outcome",))
        self.reconciliation = ReconciliationMetrics(self._registry)
        self.federation = FederationMetrics(self._registry)
        self._tallies: dict[tuple[str, str], _Tally] = {}
        for reason in KILLS.values():
            self._kills.labels(reason)
        ProcessCollector(registry=self._registry)
        self._registry.register(_Standing(standing, cache, query_log))
        self._registry.register(_Ended(self._tallies))

    def observe(self, finished: Finished, *, is_cached: bool = False) -> None:
        """Count a task that has ended; one that the cache answered had no worker."""
        outcome = finished.outcome
        tally = self._tally(finished.task.kind, outcome)
        tally.count += 1
        tally.byte_count += finished.byte_count
        if is_cached:
            self._cached.labels(finished.task.kind).inc()
            return
        tally.processing_s += finished.processing_s
        tally.waiting_s += finished.waited_s
        tally.processing[bisect_left(PROCESSING_S, finished.processing_s)] += 1
        tally.waiting[bisect_left(WAITING_S, finished.waited_s)] += 1
        if outcome in KILLS and finished.processing_s > 0:
            self._kills.labels(KILLS[outcome]).inc()

    def count_refusal(self, kind: str, error: Exception) -> None:
        """Count a request that was refused before any worker had it."""
        self._tally(kind, type(error).__name__).count += 1

    def count_commit(self, outcome: str) -> None:
        """Count a commit: `answered`, or the name of the error's class."""
        self._commits.labels(outcome).inc()

    async def respond(self, request: Request) -> Response:
        """Give all metrics, as OpenMetrics or in the older format, as the reader asks."""
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        headers = {"cache-control": "no-store", "content-type": media_type}
        return Response(encode(self._registry), headers=headers)

    def _tally(self, kind: str, outcome: str) -> _Tally:
        tally = self._tallies.get((kind, outcome))
        if tally is None:
            tally = self._tallies[kind, outcome] = _Tally()
        return tally

    def _counter(self, name: str, told: str, labels: tuple[str, ...]) -> Counter:
        return Counter(PREFIX + name, told, labels, registry=self._registry)


class _Ended(Collector):
    """Make metrics of the tallies at the moment in which somebody reads."""

    def __init__(self, tallies: Mapping[tuple[str, str], _Tally]) -> None:
        self._tallies = tallies

    def describe(self) -> tuple[Metric, ...]:
        """Name nothing: there is nothing yet."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Give the counts by kind and outcome, and the distributions by kind."""
        queries = CounterMetricFamily(
            PREFIX + "queries", "Queries that ended.", labels=("kind", "outcome")
        )
        for (kind, outcome), tally in self._tallies.items():
            queries.add_metric((kind, outcome), tally.count)
        yield queries
        kinds = list(dict.fromkeys(kind for kind, _ in self._tallies))
        size = CounterMetricFamily(PREFIX + "result_bytes", "Bytes of results.", labels=("kind",))
        for kind in kinds:
            size.add_metric((kind,), sum(each.byte_count for each in self._of(kind)))
        yield size
        processing = _histogram(
            "query_processing_seconds", "Seconds that workers spent on a query."
        )
        waiting = _histogram("query_waiting_seconds", "Seconds that a query waited for a worker.")
        for kind in kinds:
            of_kind = self._of(kind)
            _add(
                processing,
                kind,
                PROCESSING_S,
                [each.processing for each in of_kind],
                sum(each.processing_s for each in of_kind),
            )
            _add(
                waiting,
                kind,
                WAITING_S,
                [each.waiting for each in of_kind],
                sum(each.waiting_s for each in of_kind),
            )
        yield processing
        yield waiting

    def _of(self, kind: str) -> list[_Tally]:
        return [tally for (each, _), tally in self._tallies.items() if each == kind]


class _Standing(Collector):
    """Ask how things stand at the moment in which somebody reads."""

    def __init__(
        self, standing: Standing, cache: CacheFigures | None, query_log: LogFigures | None
    ) -> None:
        self._standing = standing
        self._cache = cache
        self._query_log = query_log

    def describe(self) -> tuple[Metric, ...]:
        """Name nothing: the registry would ask for everything before the service has begun."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Give the figures of the workers, the snapshot, the cache and the log."""
        lanes = Tally(each.lane for each in self._standing.running)
        busy = sum(lanes[lane] for lane in LANES)
        idle = max(0, len(self._standing.workers) - busy)
        yield _gauge("queries_running", "Queries that a worker has.", busy)
        yield _gauge("queries_queued", "Queries that wait for a worker.", lanes[QUEUED])
        workers = GaugeMetricFamily(PREFIX + "workers", "Living workers.", labels=("state",))
        for state, number in (*((lane, lanes[lane]) for lane in LANES), ("idle", idle)):
            workers.add_metric((state,), number)
        yield workers
        snapshot = GaugeMetricFamily(
            PREFIX + "snapshot_info", "The data that is served.", labels=("snapshot",)
        )
        snapshot.add_metric((self._standing.snapshot,), 1)
        yield snapshot
        if self._cache is not None:
            yield from _of_cache(self._cache)
        if self._query_log is not None:
            yield _count("query_log_lost_lines", "Lines lost.", self._query_log.lost)


def _of_cache(cache: CacheFigures) -> Iterator[Metric]:
    yield _count("cache_hits", "Results found in the cache.", cache.hits)
    yield _count("cache_misses", "Results not found in the cache.", cache.misses)
    yield _gauge("cache_bytes", "Bytes of the results in the cache.", cache.byte_count)
    yield _gauge("cache_entries", "Results in the cache.", cache.entry_count)


def _histogram(name: str, told: str) -> HistogramMetricFamily:
    return HistogramMetricFamily(PREFIX + name, told, labels=("kind",))


def _add(
    family: HistogramMetricFamily,
    kind: str,
    bounds: Sequence[float],
    counts: Sequence[Sequence[int]],
    total_s: float,
) -> None:
    """Add the distribution of a kind; what Prometheus wants are running totals."""
    sums = list(accumulate(map(sum, zip(*counts, strict=True))))
    names = [*(str(float(bound)) for bound in bounds), "+Inf"]
    family.add_metric((kind,), list(zip(names, sums, strict=True)), total_s)


def _gauge(name: str, told: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(PREFIX + name, told, value)


def _count(name: str, told: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(PREFIX + name, told, value)
