"""What Prometheus reads of the reconciliation services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prometheus_client import Counter, Histogram

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from allegiance_server.web.reconciliation.costs import Cost

__all__ = ["ReconciliationMetrics"]

PREFIX: Final = "allegiance_reconciliation_"
SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
QUERIES: Final = (1, 2, 5, 10, 20, 50)
OFFER: Final = ("service", "version")


class ReconciliationMetrics:
    """Count operations that have ended, by service, version and what was asked for."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Add the metrics to a registry."""
        labels = (*OFFER, "operation")
        self._requests = Counter(
            f"{PREFIX}requests", "Operations that ended.", (*labels, "outcome"), registry=registry
        )
        self._batches = Histogram(
            f"{PREFIX}batch_queries",
            "Names in a batch.",
            OFFER,
            buckets=QUERIES,
            registry=registry,
        )
        self._processing, self._waiting = (
            Histogram(f"{PREFIX}{name}", told, labels, buckets=SECONDS, registry=registry)
            for name, told in (
                ("processing_seconds", "Processor seconds of an operation, workers apart."),
                ("waiting_seconds", "Seconds that an operation waited for the thread."),
            )
        )

    def observe(self, service: str, version: str, outcome: str, cost: Cost) -> None:
        """Count an operation; `outcome` is "answered" or the name of the error's class."""
        self._requests.labels(service, version, cost.operation, outcome).inc()
        if cost.queries:
            self._batches.labels(service, version).observe(cost.queries)
        if outcome != "BudgetSpentError":
            self._processing.labels(service, version, cost.operation).observe(cost.processing_s)
            self._waiting.labels(service, version, cost.operation).observe(cost.waited_s)
