"""What Prometheus reads adds up with what happened, in either of its formats."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as text_metrics
from starlette.applications import Starlette
from starlette.routing import Route

from allegiance_server.errors import QueryTooDeepError
from allegiance_server.protocol.media_types import Formats
from allegiance_server.web.metrics import Metrics
from allegiance_server.workers.tasks import Finished, Task

TASK = Task("query", "ASK {}", Formats("text/csv", None))
FINISHED = Finished(TASK, "192.0.2.1", "answered", 0.02, 0.3, 100, 1, "tiny")


@dataclass(frozen=True)
class Lane:
    """A running query, as far as it is looked at."""

    lane: str


@dataclass(frozen=True)
class Standing:
    """A supervisor, as far as it is looked at."""

    snapshot: str = "tiny"
    workers: tuple[int, ...] = (1, 2, 3, 4)
    running: tuple[Lane, ...] = (Lane("fast"), Lane("slow"), Lane("slow"), Lane("queued"))


@dataclass(frozen=True)
class Cache:
    """A cache, as far as it is looked at."""

    hits: int = 5
    misses: int = 6
    byte_count: int = 7
    entry_count: int = 8


@dataclass(frozen=True)
class Log:
    """A query log, as far as it is looked at."""

    lost: int = 9


def read(metrics: Metrics, accept: str = "") -> httpx.Response:
    """Ask for the metrics by HTTP."""

    async def fetch() -> httpx.Response:
        app = Starlette(routes=[Route("/metrics", metrics.respond)])
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get("/metrics", headers={"accept": accept})

    return asyncio.run(fetch())


def samples(metrics: Metrics) -> dict[str, float]:
    """Return the value of each series by its name as Prometheus writes it."""
    found = {}
    for family in text_metrics(read(metrics).text):
        for each in family.samples:
            labels = ",".join(f"{key}={value}" for key, value in sorted(each.labels.items()))
            found[f"{each.name}{{{labels}}}"] = each.value
    return found


def test_queries_are_counted_by_kind_and_outcome() -> None:
    """Each end of a task counts once, with its bytes and both of its times."""
    metrics = Metrics(Standing())
    metrics.observe(FINISHED)
    metrics.observe(FINISHED)
    metrics.observe(replace(FINISHED, task=replace(TASK, kind="graph"), byte_count=5))
    found = samples(metrics)
    assert found["allegiance_queries_total{kind=query,outcome=answered}"] == 2
    assert found["allegiance_queries_total{kind=graph,outcome=answered}"] == 1
    assert found["allegiance_result_bytes_total{kind=query}"] == 200
    assert found["allegiance_result_bytes_total{kind=graph}"] == 5
    assert found["allegiance_query_processing_seconds_sum{kind=query}"] == pytest.approx(0.04)
    assert found["allegiance_query_processing_seconds_bucket{kind=query,le=0.01}"] == 0
    assert found["allegiance_query_processing_seconds_bucket{kind=query,le=0.025}"] == 2
    assert found["allegiance_query_waiting_seconds_bucket{kind=query,le=0.1}"] == 0
    assert found["allegiance_query_waiting_seconds_bucket{kind=query,le=0.5}"] == 2


def test_answers_of_the_cache_have_no_processing_time() -> None:
    """An answer that no worker gave counts as a query and as cached, not among the times."""
    metrics = Metrics(Standing())
    metrics.observe(FINISHED, is_cached=True)
    found = samples(metrics)
    assert found["allegiance_queries_total{kind=query,outcome=answered}"] == 1
    assert found["allegiance_queries_cached_total{kind=query}"] == 1
    assert found["allegiance_query_processing_seconds_count{kind=query}"] == 0


@pytest.mark.parametrize(
    ("outcome", "processing_s", "reason", "count"),
    [
        ("QueryTimedOutError", 2.0, "deadline", 1),
        ("QueryTimedOutError", 0.0, "deadline", 0),
        ("QueryCrashedError", 0.1, "crash", 1),
        ("QueryKilledError", 0.1, "operator", 1),
        ("answered", 0.1, "deadline", 0),
    ],
)
def test_kills_are_counted_by_reason(
    outcome: str, processing_s: float, reason: str, count: int
) -> None:
    """A query that ends its worker counts as a kill; one that only waited has none to end."""
    metrics = Metrics(Standing())
    metrics.observe(replace(FINISHED, outcome=outcome, processing_s=processing_s))
    assert samples(metrics)[f"allegiance_worker_kills_total{{reason={reason}}}"] == count


def test_refusals_and_commits_are_counted() -> None:
    """What never came to a worker is counted by the name of its error."""
    metrics = Metrics(Standing())
    metrics.count_refusal("query", QueryTooDeepError("a", "b"))
    metrics.count_commit("CommitRefusedError")
    found = samples(metrics)
    assert found["allegiance_queries_total{kind=query,outcome=QueryTooDeepError}"] == 1
    assert found["allegiance_commits_total{outcome=CommitRefusedError}"] == 1


def test_standing_is_that_of_the_moment() -> None:
    """Workers, queries, snapshot, cache and log are those of when somebody reads."""
    found = samples(Metrics(Standing(), Cache(), Log()))
    assert found["allegiance_queries_running{}"] == 3
    assert found["allegiance_queries_queued{}"] == 1
    assert found["allegiance_workers{state=fast}"] == 1
    assert found["allegiance_workers{state=slow}"] == 2
    assert found["allegiance_workers{state=idle}"] == 1
    assert found["allegiance_snapshot_info{snapshot=tiny}"] == 1
    assert found["allegiance_cache_hits_total{}"] == 5
    assert found["allegiance_cache_misses_total{}"] == 6
    assert found["allegiance_cache_bytes{}"] == 7
    assert found["allegiance_cache_entries{}"] == 8
    assert found["allegiance_query_log_lost_lines_total{}"] == 9
    assert found["process_open_fds{}"] > 0


def test_two_servers_in_a_process_count_apart() -> None:
    """Each has a registry of its own."""
    first, second = Metrics(Standing()), Metrics(Standing())
    first.observe(FINISHED)
    assert "allegiance_queries_total{kind=query,outcome=answered}" not in samples(second)


def test_format_is_the_one_that_is_asked_for() -> None:
    """Prometheus gets OpenMetrics, everybody else the older text; neither is kept by a cache."""
    metrics = Metrics(Standing(), Cache(), Log())
    metrics.observe(FINISHED)
    plain = read(metrics)
    assert plain.headers["content-type"].startswith("text/plain")
    assert plain.headers["cache-control"] == "no-store"
    newer = read(metrics, "application/openmetrics-text; version=1.0.0, text/plain;q=0.5")
    assert newer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert {family.name for family in open_metrics(newer.text)} >= {
        "allegiance_queries",
        "allegiance_workers",
    }


def test_no_metric_names_a_client_or_a_query() -> None:
    """Neither address nor text of a query becomes a label."""
    metrics = Metrics(Standing())
    metrics.observe(FINISHED)
    text = read(metrics).text
    assert "192.0.2.1" not in text
    assert "ASK" not in text


def test_counting_takes_little_time() -> None:
    """A count of a query costs microseconds: a hundred at most, on whatever machine."""
    metrics = Metrics(Standing())
    metrics.observe(FINISHED)
    begin = time.perf_counter()
    for _ in range(2000):
        metrics.observe(FINISHED)
    assert (time.perf_counter() - begin) / 2000 < 100e-6
