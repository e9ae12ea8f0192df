"""Running queries are listed and stopped by whoever holds the token, and by nobody else."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Literal

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from allegiance_server.errors import ServerError
from allegiance_server.settings import Settings
from allegiance_server.web import problems
from allegiance_server.web.administration import administration_routes
from allegiance_server.web.query_log import query_hash
from allegiance_server.web.tokens import hashed

TOKEN = "a token of the operator"  # noqa: S105 - of no server
BEARER = {"authorization": f"Bearer {TOKEN}"}
ON = Settings(admin_token_sha256=hashed(TOKEN))


@dataclass(frozen=True)
class Running:
    """A running query."""

    id: int = 7
    kind: str = "query"
    query: str = "SELECT * {}"
    client: str = "203.0.113.9"
    since_s: float = 1.23456
    lane: Literal["fast", "slow", "queued"] = "slow"


@dataclass
class Supervisor:
    """A supervisor with one query, which remembers what it was told to stop."""

    running: tuple[Running, ...] = (Running(),)
    killed: list[int] = field(default_factory=list)

    def kill(self, number: int) -> bool:
        """Stop a query."""
        self.killed.append(number)
        return any(each.id == number for each in self.running)


async def on_error(_: Request, error: Exception) -> Response:
    """Tell of an error as the service does."""
    problem = problems.describe(error)
    return Response(problem.encode(), problem.kind.status, problem.headers, problems.MEDIA_TYPE)


def ask(
    method: str,
    path: str,
    headers: dict[str, str] | None = None,
    settings: Settings = ON,
    supervisor: Supervisor | None = None,
) -> httpx.Response:
    """Send a request to the routes."""

    async def send() -> httpx.Response:
        app = FastAPI()
        app.include_router(administration_routes(settings, supervisor or Supervisor()))
        app.add_exception_handler(ServerError, on_error)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, headers=headers)

    return asyncio.run(send())


def test_queries_are_listed_with_their_text() -> None:
    """The list leads from the hash of the log to the text, and says where the query is."""
    response = ask("GET", "/admin/queries", BEARER)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert response.json() == [
        {
            "id": 7,
            "hash": query_hash("SELECT * {}"),
            "kind": "query",
            "age_s": 1.235,
            "lane": "slow",
            "query": "SELECT * {}",
        }
    ]


def test_query_is_stopped_by_its_number() -> None:
    """What the list names can be stopped; the answer has nothing to say."""
    supervisor = Supervisor()
    response = ask("DELETE", "/admin/queries/7", BEARER, supervisor=supervisor)
    assert response.status_code == 204
    assert response.content == b""
    assert supervisor.killed == [7]


def test_query_that_has_ended_is_not_found() -> None:
    """A number of no running query is told as such."""
    response = ask("DELETE", "/admin/queries/8", BEARER)
    assert response.status_code == 404
    assert response.json()["detail"] == "No query 8 runs."


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/admin/queries"), ("DELETE", "/admin/queries/7")]
)
@pytest.mark.parametrize(
    ("headers", "settings", "status", "told"),
    [
        ({}, ON, 401, "Authorization: Bearer"),
        ({"authorization": "Bearer wrong"}, ON, 403, "not the one"),
        ({}, Settings(), 403, "ALLEGIANCE_ADMIN_TOKEN_SHA256"),
        (BEARER, Settings(), 403, "allegiance token"),
    ],
)
def test_nobody_passes_without_the_token(
    method: str,
    path: str,
    headers: dict[str, str],
    settings: Settings,
    status: int,
    told: str,
) -> None:
    """Without the token nothing is listed or stopped, and who may change that is told how."""
    supervisor = Supervisor()
    response = ask(method, path, headers, settings, supervisor)
    assert response.status_code == status
    assert told in response.text
    assert "SELECT" not in response.text
    assert supervisor.killed == []
    assert ("www-authenticate" in response.headers) is (status == 401)


def test_routes_are_described_with_their_token() -> None:
    """The OpenAPI document says that a bearer token is needed."""
    app = FastAPI()
    app.include_router(administration_routes(ON, Supervisor()))
    document = app.openapi()
    assert document["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    assert document["paths"]["/admin/queries"]["get"]["security"] == [{"HTTPBearer": []}]


def test_the_answers_are_described() -> None:
    """The OpenAPI document names every status that the routes end in."""
    app = FastAPI()
    app.include_router(administration_routes(ON, Supervisor()))
    paths = app.openapi()["paths"]
    assert set(paths["/admin/queries"]["get"]["responses"]) == {"200", "401", "403"}
    stopped = paths["/admin/queries/{number}"]["delete"]["responses"]
    assert set(stopped) == {"204", "401", "403", "404", "422"}
