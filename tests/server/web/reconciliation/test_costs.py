"""What an operation costs is measured, charged to who asked, and counted."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families as read_metrics

from allegiance_server.web.reconciliation.costs import (
    Cost,
    Measured,
    current_cost,
    measured_call,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

QUERIES = {"queries": json.dumps({f"q{n}": {"query": "Iran", "type": "State"} for n in range(3)})}
DRAFT = {"queries": [{"conditions": [{"matchType": "name", "propertyValue": "Iran"}]}]}


def _burn(seconds: float) -> None:
    """Use the processor of this thread."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_only_its_own_steps_count() -> None:
    """What others do on the event loop while an operation waits is not its cost."""
    mine, other = Cost("match"), Cost("match")

    async def work(first: float, second: float) -> Cost | None:
        _burn(first)
        await asyncio.sleep(0)
        _burn(second)
        return current_cost()

    async def scene() -> list[Cost | None]:
        async def told(cost: Cost, *seconds: float) -> Cost | None:
            return await Measured(work(*seconds), cost)

        return list(await asyncio.gather(told(mine, 0.002, 0.001), told(other, 0.02, 0.02)))

    found = asyncio.run(scene())
    assert [each is cost for each, cost in zip(found, (mine, other), strict=True)] == [True, True]
    assert 0.003 <= mine.processing_s < 0.02
    assert 0.04 <= other.processing_s < 0.08
    assert current_cost() is None


def test_cost_counts_where_the_work_fails_or_is_stopped() -> None:
    """An error of the work comes through, as does its end from outside; both have a cost."""
    failed, stopped = Cost("match"), Cost("match")

    async def fail() -> None:
        _burn(0.001)
        await asyncio.sleep(0)
        message = "no"
        raise ValueError(message)

    async def wait() -> None:
        _burn(0.001)
        await asyncio.sleep(60)

    async def scene() -> None:
        with pytest.raises(ValueError, match="no"):
            await Measured(fail(), failed)

        async def told() -> None:
            await Measured(wait(), stopped)

        task = asyncio.create_task(told())
        await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scene())
    assert min(failed.processing_s, stopped.processing_s) >= 0.001


def test_work_in_a_thread_adds_to_the_cost() -> None:
    """The time in the thread counts, the wait for it apart, and none of it outside of one."""
    cost = Cost("match")

    assert measured_call(lambda: _burn(0.002) or "done", cost, time.monotonic() - 1.0) == "done"
    assert 0.002 <= cost.processing_s < 0.05
    assert 1.0 <= cost.waited_s < 2.0
    assert measured_call(lambda: 7, None, 0.0) == 7


def _samples(client: httpx.Client) -> dict[str, float]:
    families = read_metrics(client.get("/metrics").text)
    wanted = ("service", "version", "operation", "outcome")
    return {
        f"{each.name} {' '.join(each.labels[key] for key in wanted if key in each.labels)}": (
            each.value
        )
        for family in families
        for each in family.samples
        if family.name.startswith("allegiance_reconciliation") and "le" not in each.labels
    }


def test_operations_are_counted(serve_with: Callable[..., httpx.Client]) -> None:
    """Metrics tell what was asked of which service in which version, and how it ended."""
    client = serve_with()
    client.get("/reconcile")
    client.post("/reconcile", data=QUERIES)
    client.post("/reconcile", data={"extend": '{"ids": [], "properties": []}'})
    client.post("/reconcile", data={"queries": "{"})
    client.post("/reconcile/1.0/match", json=DRAFT)
    client.get("/reconcile/preview?id=nobody")
    client.options("/reconcile")
    told = _samples(client)

    name = "allegiance_reconciliation_requests_total graph"
    assert {key: value for key, value in told.items() if "requests_total" in key} == {
        f"{name} 0.2 manifest answered": 1,
        f"{name} 0.2 match answered": 1,
        f"{name} 0.2 extend answered": 1,
        f"{name} 0.2 match RequestError": 1,
        f"{name} 1.0-draft match answered": 1,
        f"{name} 0.2 preview NotFoundError": 1,
    }
    assert told["allegiance_reconciliation_batch_queries_sum graph 0.2"] == 3
    assert told["allegiance_reconciliation_batch_queries_count graph 0.2"] == 1
    assert told["allegiance_reconciliation_processing_seconds_count graph 0.2 match"] == 2
    assert told["allegiance_reconciliation_processing_seconds_sum graph 0.2 match"] > 0
    assert told["allegiance_reconciliation_waiting_seconds_count graph 1.0-draft match"] == 1


OPERATIONS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("GET", "/reconcile", {}),
    ("POST", "/reconcile", {"data": QUERIES}),
    ("GET", "/reconcile/suggest/entity?prefix=i", {}),
    ("GET", "/reconcile/flyout/entity?id=iran", {}),
    ("GET", "/reconcile/preview?id=iran", {}),
    ("GET", "/reconcile/extend/propose", {}),
    ("GET", "/reconcile/1.0", {}),
    ("POST", "/reconcile/1.0/match", {"json": DRAFT}),
    ("POST", "/reconcile/1.0/extend", {"json": {"ids": [], "properties": []}}),
)


def test_every_operation_is_charged(serve_with: Callable[..., httpx.Client]) -> None:
    """Whoever has used up the budget is told so by every operation, with the time to wait.

    The budget is a millisecond, which the first answer takes.
    """
    client = serve_with(client_processing_s_per_minute=0.001)
    assert client.post("/reconcile", data=QUERIES).status_code == 200
    refused = [client.request(method, path, **rest) for method, path, rest in OPERATIONS]

    assert [each.status_code for each in refused] == [429] * len(OPERATIONS)
    assert all(int(each.headers["retry-after"]) > 0 for each in refused)
    assert refused[0].json()["status"] == "error"
    assert refused[6].headers["content-type"] == "application/problem+json"


def test_failed_requests_are_charged(serve_with: Callable[..., httpx.Client]) -> None:
    """A request that is none counts among the errors that a client may make."""
    client = serve_with(client_errors_per_minute=2)
    statuses = [client.post("/reconcile", data={"queries": "{"}).status_code for _ in range(3)]

    assert statuses == [400, 400, 429]
