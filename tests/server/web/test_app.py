"""The application tells whether it works, guards its answers and describes itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from allegiance_server.settings import Settings
from allegiance_server.web.app import create_app
from allegiance_server.web.graph_store import GraphStoreEndpoint
from allegiance_server.web.pages import Pages
from allegiance_server.web.sparql import SparqlEndpoint

if TYPE_CHECKING:
    from allegiance.snapshot import Snapshot


def test_health_tells_snapshot_and_workers(client: httpx.Client) -> None:
    """While workers live, the answer is 200 with the snapshot's name."""
    response = client.get("/health")
    assert response.status_code == 200
    answer = response.json()
    assert answer.pop("workers") >= 2  # there is one more for each query that takes long
    assert answer == {"status": "ok", "snapshot": "tiny"}


@pytest.mark.parametrize(
    "path", ["/", "/sparql", "/sparql?query=ASK%7B%7D", "/health", "/nowhere", "/static/style.css"]
)
def test_every_response_is_guarded(client: httpx.Client, path: str) -> None:
    """Whatever is answered, right or wrong, carries the security headers."""
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"].startswith("default-src 'self';")
    assert "server" not in headers


@pytest.mark.parametrize("path", ["/", "/sparql", "/sparql.csv", "/graph-store"])
def test_fault_of_the_server_is_told_guarded_and_without_its_inside(
    monkeypatch: pytest.MonkeyPatch, snapshot: Snapshot, path: str
) -> None:
    """An unforeseen error becomes a problem document that leaks nothing, with all headers."""
    inside = "the inside"

    async def break_down(*_: object) -> None:
        raise KeyError(inside)

    monkeypatch.setattr(Pages, "start", break_down)
    monkeypatch.setattr(SparqlEndpoint, "__call__", break_down)
    monkeypatch.setattr(GraphStoreEndpoint, "__call__", break_down)

    async def fetch() -> httpx.Response:
        app = create_app(Settings(), snapshot, ())
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(path)

    response = asyncio.run(fetch())
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert "inside" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"


def test_endpoint_is_in_the_openapi_document(client: httpx.Client) -> None:
    """Though FastAPI does not route it, the endpoint is described with its ways and statuses."""
    endpoint = client.get("/openapi.json").json()["paths"]["/sparql"]
    assert set(endpoint) == {"get", "head", "post"}
    named = {each["name"]: each for each in endpoint["get"]["parameters"]}
    assert set(named) == {
        *("query", "default-graph-uri", "named-graph-uri", "format", "timeout", "If-None-Match")
    }
    assert not any(each["required"] for each in named.values())  # without a query: a description
    assert "QUERY" in endpoint["post"]["description"]
    assert "/sparql.csv" in endpoint["get"]["description"]
    assert set(endpoint["post"]["requestBody"]["content"]) == {
        "application/x-www-form-urlencoded",
        "application/sparql-query",
        "application/sparql-update",
    }
    read = {"200", "303", "304", "400", "403", "406", "408", "413", "414", "429", "431"}
    assert set(endpoint["get"]["responses"]) == read | {"500", "502", "503", "504"}
    written = {"204", "401", "415", "422", "507"}
    assert written < set(endpoint["post"]["responses"])


def test_what_fastapi_does_not_route_is_described(client: httpx.Client) -> None:
    """The document has the graph store with its methods, both descriptions and the metrics."""
    document = client.get("/openapi.json").json()
    paths = document["paths"]
    assert {"/health", "/search", "/void", "/metrics"} < set(paths)
    assert set(paths["/graph-store"]) == {"get", "head", "put", "post", "delete"}
    assert paths["/graph-store"]["put"]["security"] == [{"token": []}]
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    names = [each["operationId"] for path in paths.values() for each in path.values()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/sparql", "text/turtle"),
        ("/void", "*/*"),
        ("/metrics", "*/*"),
        ("/graph-store?default", "*/*"),
    ],
)
def test_the_document_tells_the_truth_of_each_type(
    client: httpx.Client, path: str, accept: str
) -> None:
    """What an address answers with is one of the types that the document names for it."""
    response = client.get(path, headers={"accept": accept})
    assert response.status_code == 200
    described = client.get("/openapi.json").json()["paths"][path.partition("?")[0]]
    named = described["get"]["responses"]["200"]["content"]
    assert response.headers["content-type"].partition(";")[0] in named


def test_json_is_described_as_no_string(client: httpx.Client) -> None:
    """A client that checks answers against the document parses those in JSON first."""
    content = client.get("/openapi.json").json()["paths"]["/sparql"]["get"]["responses"]["200"]
    described = content["content"]
    for name in ("application/sparql-results+json", "application/json", "application/ld+json"):
        assert described[name] == {}
    assert described["text/csv"] == {"schema": {"type": "string"}}


def test_interface_page_shows_the_document(client: httpx.Client) -> None:
    """People read the same description on a page that loads nothing from elsewhere."""
    response = client.get("/interface")
    assert response.status_code == 200
    for text in ("POST /sparql", "PUT /graph-store", "default-graph-uri", "timeout", "QUERY"):
        assert text in response.text
