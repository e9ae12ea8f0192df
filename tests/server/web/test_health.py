"""Health tells a load balancer whether to send queries here, and an operator why not."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import httpx
import pytest
from fastapi import FastAPI

from allegiance_server.web.health import health_routes


@dataclass(frozen=True)
class Workers:
    """A supervisor, as far as it is looked at."""

    workers: tuple[int, ...]
    snapshot: str = "tiny"


def get(path: str, *workers: int) -> httpx.Response:
    """Ask a service with these workers."""

    async def ask() -> httpx.Response:
        app = FastAPI()
        app.include_router(health_routes(Workers(workers)))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(path)

    return asyncio.run(ask())


@pytest.mark.parametrize("path", ["/health", "/health/ready"])
def test_service_with_a_worker_is_ready(path: str) -> None:
    """One worker that lives is enough."""
    response = get(path, 17)
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "snapshot": "tiny", "workers": 1}


@pytest.mark.parametrize("path", ["/health", "/health/ready"])
def test_service_without_workers_is_not_ready(path: str) -> None:
    """While no worker lives, a load balancer is to ask elsewhere."""
    response = get(path)
    assert response.status_code == 503
    assert response.json() == {"status": "no workers", "snapshot": "tiny", "workers": 0}


def test_service_without_workers_lives() -> None:
    """The process answers: to start it again would help nobody."""
    response = get("/health/live")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


@pytest.mark.parametrize("path", ["/health", "/health/ready", "/health/live"])
def test_health_is_never_that_of_before(path: str) -> None:
    """No cache keeps it."""
    assert get(path, 17).headers["cache-control"] == "no-store"


def test_health_is_described() -> None:
    """The OpenAPI document has all three, each with a name of its own."""
    app = FastAPI()
    app.include_router(health_routes(Workers(())))
    paths = app.openapi()["paths"]
    names = {path: paths[path]["get"]["operationId"] for path in paths}
    assert names == {
        "/health": "health",
        "/health/ready": "health_ready",
        "/health/live": "health_live",
    }
    assert "503" in paths["/health/ready"]["get"]["responses"]
