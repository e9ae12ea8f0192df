"""The application tells whether it works, guards its answers and describes itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from allegiance_server.settings import Settings
from allegiance_server.web.app import create_app
from allegiance_server.web.pages import Pages

if TYPE_CHECKING:
    from allegiance.snapshot import Snapshot


def test_health_tells_snapshot_and_workers(client: httpx.Client) -> None:
    """While workers live, the answer is 200 with the snapshot's name."""
    response = client.get("/health")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "snapshot": "tiny", "workers": 2}


@pytest.mark.parametrize("path", ["/", "/sparql", "/health", "/nowhere", "/static/style.css"])
def test_every_response_is_guarded(client: httpx.Client, path: str) -> None:
    """Whatever is answered, right or wrong, carries the security headers."""
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"].startswith("default-src 'self';")
    assert "server" not in headers


def test_fault_of_the_server_is_told_guarded_and_without_its_inside(
    monkeypatch: pytest.MonkeyPatch, snapshot: Snapshot
) -> None:
    """An unforeseen error becomes a problem document that leaks nothing, with all headers."""
    inside = "the inside"

    async def break_down(*_: object) -> None:
        raise KeyError(inside)

    monkeypatch.setattr(Pages, "start", break_down)

    async def fetch() -> httpx.Response:
        app = create_app(Settings(), snapshot, ())
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get("/")

    response = asyncio.run(fetch())
    assert response.status_code == 500
    assert "inside" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"


def test_endpoint_is_in_the_openapi_document(client: httpx.Client) -> None:
    """Though FastAPI does not route it, the endpoint is described with its ways and statuses."""
    paths = client.get("/openapi.json").json()["paths"]
    assert "/health" in paths
    endpoint = paths["/sparql"]
    assert endpoint["get"]["parameters"][0]["name"] == "query"
    assert set(endpoint["post"]["requestBody"]["content"]) == {
        "application/x-www-form-urlencoded",
        "application/sparql-query",
    }
    statuses = {"200", "400", "403", "404", "405", "406", "413", "415", "500", "503", "504"}
    assert set(endpoint["get"]["responses"]) == statuses


def test_interface_page_shows_the_document(client: httpx.Client) -> None:
    """People read the same description on a page that loads nothing from elsewhere."""
    text = client.get("/interface").text
    assert "POST /sparql" in text
    assert "default-graph-uri" in text
