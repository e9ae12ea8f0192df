"""What Prometheus reads of the endpoints that SERVICE calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prometheus_client import Counter, Histogram

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

__all__ = ["ANSWERED", "FederationMetrics"]

PREFIX: Final = "allegiance_federation_"
SECONDS: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60)
ENDPOINT: Final = ("endpoint",)
ANSWERED: Final = "answered"


class FederationMetrics:
    """Count requests to other endpoints that have ended, by the name of the endpoint."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Add the metrics to a registry."""
        self._requests = Counter(
            f"{PREFIX}requests", "Requests that ended.", (*ENDPOINT, "outcome"), registry=registry
        )
        self._rows = Counter(f"{PREFIX}rows", "Rows of whole answers.", ENDPOINT, registry=registry)
        self._seconds = Histogram(
            f"{PREFIX}request_seconds",
            "Seconds of a request, those in which others had their turn among them.",
            ENDPOINT,
            buckets=SECONDS,
            registry=registry,
        )

    def observe(self, endpoint: str, outcome: str, seconds: float, rows: int = 0) -> None:
        """Count a request; `outcome` is "answered" or the name of the error's class."""
        self._requests.labels(endpoint, outcome).inc()
        self._seconds.labels(endpoint).observe(seconds)
        if outcome == ANSWERED:
            self._rows.labels(endpoint).inc(rows)
