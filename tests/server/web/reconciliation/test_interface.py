"""The OpenAPI document has every address of the reconciliation services, and none besides."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, cast

import pytest

from allegiance_server.web.reconciliation.interface import reconciliation_paths
from allegiance_server.web.reconciliation.routes import ACTORS, ITEMS, reconciliation_routes

if TYPE_CHECKING:
    import httpx

    from allegiance_server.web.reconciliation.accounts import Accounts
    from allegiance_server.web.reconciliation.service import ReconciliationService


class Named:
    """A service, as far as routes look at it."""

    def __init__(self, profile: object) -> None:
        """Keep what the service says of itself."""
        self.profile = profile


class Account:
    """Accounts that nothing is asked of."""

    async def answer(self) -> None:
        """Do nothing."""


def _described() -> set[tuple[str, str]]:
    return {
        (path, method)
        for path, operations in reconciliation_paths().items()
        for method in operations
        if path != "/reconcile/decisions"
    }


def test_every_route_is_described() -> None:
    """What the services answer is what the document has, with the same methods."""
    routes = {
        (route.path, method.lower())
        for profile in (ACTORS, ITEMS)
        for route in reconciliation_routes(
            cast("ReconciliationService", Named(profile)), str, cast("Accounts", Account())
        )
        for method in (route.methods or set()) - {"OPTIONS", "HEAD"}
    }

    assert routes == _described()


def test_document_is_complete(client: httpx.Client) -> None:
    """Names of operations are unique, and each parameter of a path is described."""
    paths: dict[str, Any] = client.get("/openapi.json").json()["paths"]
    operations = [each for path in paths.values() for each in path.values()]
    names = [each["operationId"] for each in operations]

    assert set(reconciliation_paths()) <= set(paths)
    assert len(names) == len(set(names))
    for path, methods in reconciliation_paths().items():
        for operation in methods.values():
            told = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
            assert told == set(re.findall(r"\{(\w+)\}", path))
    assert paths["/reconcile/decisions"]["post"]["security"] == [{"token": []}]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/reconcile", 200),
        ("GET", "/reconcile/1.0", 200),
        ("GET", "/reconcile?queries=x", 400),
        ("GET", "/reconcile?callback=f", 200),
        ("GET", "/reconcile/preview?id=iran", 200),
        ("GET", "/reconcile/1.0/preview?id=nobody", 404),
        ("POST", "/reconcile/1.0/match", 400),
        ("POST", "/reconcile/decisions", 403),
    ],
)
def test_document_tells_the_truth(
    client: httpx.Client, method: str, path: str, status: int
) -> None:
    """The type of what is answered is one that the document names for that status."""
    response = client.request(method, path)
    named = reconciliation_paths()[path.partition("?")[0]][method.lower()]["responses"]

    assert response.status_code == status
    described = named[str(status)]["content"]
    assert response.headers["content-type"].partition(";")[0] in described


def test_document_names_what_decisions_take(client: httpx.Client) -> None:
    """The members of a decision are those that the server knows."""
    described = reconciliation_paths()["/reconcile/decisions"]["post"]["requestBody"]["content"]
    members = described["application/json"]["schema"]["properties"]

    assert set(members) == {"subject", "object", "decision", "by", "reason"}
    assert json.dumps(client.get("/openapi.json").json())
