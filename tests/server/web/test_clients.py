"""A client is whom the connection comes from, or whom a named proxy says it forwards."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies

from allegiance_server.settings import Settings
from allegiance_server.web.clients import Clients

PROXIES = "10.0.0.1, 172.16.0.0/12, 2001:db8:ffff::/48"


def scope(peer: str | None, *headers: tuple[str, str], scheme: str = "http") -> dict[str, Any]:
    """Make as much of an ASGI scope as is read."""
    return {
        "type": "http",
        "scheme": scheme,
        "server": ("127.0.0.1", 8000),
        "client": None if peer is None else (peer, 50000),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
    }


def client(proxies: str, peer: str | None, *lines: str) -> str:
    """Return the client of a request with these lines of X-Forwarded-For."""
    headers = (("x-forwarded-for", line) for line in lines)
    return Clients(Settings(trusted_proxies=proxies)).client(scope(peer, *headers))


def test_without_proxies_nobody_is_believed() -> None:
    """By default the header of anyone, even of this machine, says nothing."""
    assert client("", "127.0.0.1", "198.51.100.1") == "127.0.0.1"


def test_header_of_a_stranger_is_not_believed() -> None:
    """A peer that is no named proxy stays the client, whatever it sends."""
    assert client(PROXIES, "203.0.113.9", "198.51.100.1") == "203.0.113.9"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["198.51.100.1"], "198.51.100.1"),
        (["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
        (["6.6.6.6", "198.51.100.1"], "198.51.100.1"),
        (["6.6.6.6, 198.51.100.1, 172.20.0.3"], "198.51.100.1"),
        (["198.51.100.1:4711"], "198.51.100.1"),
        (["[2001:db8:1:2:3:4:5:6]:4711"], "2001:db8:1:2::/64"),
        (["172.20.0.4, 172.20.0.3"], "172.20.0.4"),
        (["198.51.100.1, unknown"], "10.0.0.1"),
        (["198.51.100.1, unknown, 172.20.0.3"], "172.20.0.3"),
        ([""], "10.0.0.1"),
        ([], "10.0.0.1"),
    ],
)
def test_right_most_untrusted_address_is_the_client(lines: list[str], expected: str) -> None:
    """From a named proxy, the header is read from the right, until a name that is not one."""
    assert client(PROXIES, "10.0.0.1", *lines) == expected


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        (None, ""),
    ],
)
def test_one_subscriber_is_one_client(peer: str | None, expected: str) -> None:
    """All addresses of one IPv6 network share; IPv4 written as IPv6 is IPv4."""
    assert client("", peer) == expected


def test_mapped_proxy_is_the_proxy() -> None:
    """A socket of both versions shows an IPv4 proxy as IPv6; it is believed all the same."""
    assert client(PROXIES, "::ffff:10.0.0.1", "198.51.100.1") == "198.51.100.1"


@given(strategies.lists(strategies.text(alphabet="0123456789abcdef.:[]%, xü", max_size=40)))
def test_no_header_breaks_anything(lines: list[str]) -> None:
    """Whatever stands in the header of a proxy, there is a client and no error."""
    assert client(PROXIES, "10.0.0.1", *lines)


def public(settings: Settings, peer: str, *headers: tuple[str, str]) -> str:
    """Return the address under which the server is known to a request."""
    return Clients(settings).public_url(scope(peer, *headers))


FORWARDED = (
    ("host", "kg.internal:8000"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "kg.example.org"),
)


@pytest.mark.parametrize(
    ("changes", "peer", "expected"),
    [
        ({}, "10.0.0.1", "http://kg.internal:8000"),
        ({"trusted_proxies": PROXIES}, "10.0.0.1", "https://kg.example.org"),
        ({"trusted_proxies": PROXIES}, "203.0.113.9", "http://kg.internal:8000"),
        ({"public_url": "https://set.example/kg/"}, "10.0.0.1", "https://set.example/kg"),
    ],
)
def test_public_address_is_set_or_forwarded_by_a_named_proxy(
    changes: dict[str, str], peer: str, expected: str
) -> None:
    """The setting goes first, then what a named proxy says, then the request's own Host."""
    assert public(Settings(**changes), peer, *FORWARDED) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "host",
    ["", 'evil"><script>', "a b", "user@host", "host/path", "h:999999", "[:::0]:80", "[1.2.3.4]"],
)
def test_host_that_is_none_is_not_repeated(host: str) -> None:
    """What is no host name does not get into an address; the server's own stands instead."""
    assert public(Settings(), "192.0.2.7", ("host", host)) == "http://127.0.0.1:8000"


def test_host_may_be_an_address_of_ipv6() -> None:
    """An IPv6 address in brackets is repeated as it came, with its port."""
    for host in ("[::1]:8000", "[2001:db8::1]", "[::ffff:192.0.2.7]:80"):
        assert public(Settings(), "192.0.2.7", ("host", host)) == f"http://{host}"


def test_scheme_that_is_none_is_not_repeated() -> None:
    """A named proxy, too, can only say http or https."""
    headers = (("host", "h"), ("x-forwarded-proto", "javascript"))
    assert public(Settings(trusted_proxies=PROXIES), "10.0.0.1", *headers) == "http://h"
