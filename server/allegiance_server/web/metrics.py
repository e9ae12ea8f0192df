"""What Prometheus reads of the service: counts since the start, and how things stand now.

What is counted costs a query a few microseconds; how things stand is asked only when somebody
reads it.
"""

from __future__ import annotations

from collections import Counter as Tally
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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


class _Bound(NamedTuple):
    """The metrics of one kind and outcome, looked up once."""

    queries: Counter
    processing: Histogram
    waiting: Histogram
    size: Counter
    kills: Counter | None


class Metrics:
    """Count what has ended; `respond` gives all of it to whoever reads."""

    def __init__(
        self,
        standing: Standing,
        cache: CacheFigures | None = None,
        query_log: LogFigures | None = None,
    ) -> None:
        """Make a registry of its own, so that several servers may live in a process."""
        self._registry = CollectorRegistry()
        self._queries = self._counter("queries", "Queries that ended.", ("kind", "outcome"))
        self._cached = self._counter("queries_cached", "Queries answered by the cache.", ("kind",))
        self._bytes = self._counter("result_bytes", "Bytes of results.", ("kind",))
        self._kills = self._counter("worker_kills", "Workers stopped with a query.", ("reason",))
        self._commits = self._counter("commits", "Commits that ended.", ("outcome",))
        self._processing = self._histogram(
            "query_processing_seconds", "Seconds that workers spent on a query.", PROCESSING_S
        )
        self._waiting = self._histogram(
            "query_waiting_seconds", "Seconds that a query waited for a worker.", WAITING_S
        )
        self._bound: dict[tuple[str, str], _Bound] = {}
        for reason in KILLS.values():
            self._kills.labels(reason)
        ProcessCollector(registry=self._registry)
        self._registry.register(_Standing(standing, cache, query_log))

    def observe(self, finished: Finished, *, is_cached: bool = False) -> None:
        """Count a task that has ended; one that the cache answered had no worker."""
        key = (finished.task.kind, finished.outcome)
        bound = self._bound.get(key) or self._bind(*key)
        bound.queries.inc()
        bound.size.inc(finished.byte_count)
        if is_cached:
            self._cached.labels(key[0]).inc()
            return
        bound.processing.observe(finished.processing_s)
        bound.waiting.observe(finished.waited_s)
        if bound.kills is not None and finished.processing_s > 0:
            bound.kills.inc()

    def count_refusal(self, kind: str, error: Exception) -> None:
        """Count a request that was refused before any worker had it."""
        self._queries.labels(kind, type(error).__name__).inc()

    def count_commit(self, outcome: str) -> None:
        """Count a commit: `answered`, or the name of the error's class."""
        self._commits.labels(outcome).inc()

    async def respond(self, request: Request) -> Response:
        """Give all metrics, as OpenMetrics or in the older format, as the reader asks."""
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        headers = {"cache-control": "no-store", "content-type": media_type}
        return Response(encode(self._registry), headers=headers)

    def _bind(self, kind: str, outcome: str) -> _Bound:
        reason = KILLS.get(outcome)
        self._bound[kind, outcome] = bound = _Bound(
            self._queries.labels(kind, outcome),
            self._processing.labels(kind),
            self._waiting.labels(kind),
            self._bytes.labels(kind),
            None if reason is None else self._kills.labels(reason),
        )
        return bound

    def _counter(self, name: str, told: str, labels: tuple[str, ...]) -> Counter:
        return Counter(PREFIX + name, told, labels, registry=self._registry)

    def _histogram(self, name: str, told: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(PREFIX + name, told, ("kind",), registry=self._registry, buckets=buckets)


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


def _gauge(name: str, told: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(PREFIX + name, told, value)


def _count(name: str, told: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(PREFIX + name, told, value)
