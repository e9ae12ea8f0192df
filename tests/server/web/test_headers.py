"""Every response is guarded; reads may be read by pages elsewhere, and nothing else may."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from allegiance_server.web.headers import READ_HEADERS, GuardHeaders, preflight_headers


def fetch(method: str, path: str) -> httpx.Headers:
    """Return the headers of a response of a guarded application."""

    async def answer(_: object) -> PlainTextResponse:
        return PlainTextResponse("yes")

    async def ask() -> httpx.Headers:
        methods = ["GET", "POST", "DELETE"]
        routes = [Route(each, answer, methods=methods) for each in ("/", "/admin/queries")]
        transport = httpx.ASGITransport(GuardHeaders(Starlette(routes=routes)))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return (await client.request(method, path)).headers

    return asyncio.run(ask())


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["/", "/admin/queries", "/nowhere"])
def test_every_response_is_guarded(method: str, path: str) -> None:
    """No script of elsewhere runs, no type is guessed, no address is passed on."""
    headers = fetch(method, path)
    assert headers["content-security-policy"].startswith("default-src 'self';")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("method", "path", "is_open"),
    [
        ("GET", "/", True),
        ("HEAD", "/", True),
        ("GET", "/nowhere", True),
        ("POST", "/", False),
        ("DELETE", "/", False),
        ("GET", "/admin/queries", False),
        ("GET", "/metrics", False),
    ],
)
def test_only_reads_are_open_to_pages_elsewhere(method: str, path: str, *, is_open: bool) -> None:
    """Reading is for all; writes and administration are for who calls them by intent."""
    assert (fetch(method, path).get("access-control-allow-origin") == "*") is is_open


def test_no_credentials_are_ever_allowed() -> None:
    """No response lets a page elsewhere send cookies or a token along."""
    headers = dict((*READ_HEADERS, *preflight_headers(("GET",))))
    assert b"access-control-allow-credentials" not in headers
    assert b"authorization" not in headers[b"access-control-allow-headers"].lower()


def test_preflight_names_what_may_be_sent() -> None:
    """The answer to OPTIONS names the methods, the headers and for how long that holds."""
    headers = dict(preflight_headers(("GET", "QUERY")))
    assert headers[b"allow"] == b"GET, QUERY"
    assert headers[b"access-control-allow-methods"] == b"GET, QUERY"
    assert b"Content-Type" in headers[b"access-control-allow-headers"]
    assert headers[b"access-control-allow-origin"] == b"*"
    assert headers[b"access-control-max-age"] == b"86400"
