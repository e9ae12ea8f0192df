"""Who asks, and by which address this server is known: proxies are believed only where named.

X-Forwarded-For grows on the right: each proxy adds whom it heard from. So it is read from the
right, as far as trusted proxies wrote it; what stands further left anyone may have invented.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ipaddress import IPv4Address

    from starlette.types import Scope

    from allegiance_server.settings import Settings

__all__ = ["Clients"]

# One subscriber of IPv6 has at least a network of this size, and may use any address of it.
SUBSCRIBER: Final = 64
KNOWN: Final = 4096
HOST: Final = re.compile(r"(?:[A-Za-z0-9._-]+|\[(?P<v6>[0-9A-Fa-f:.]+)\])(?::[0-9]{1,5})?")
PORT: Final = re.compile(r"(?P<v4>[\d.]+):\d+|\[(?P<v6>[^\]]+)\](?::\d+)?")


class Clients:
    """Read from an ASGI scope who the client is.

    >>> from allegiance_server.settings import Settings
    >>> Clients(Settings()).client({"client": ("192.0.2.7", 50000), "headers": []})
    '192.0.2.7'
    """

    def __init__(self, settings: Settings) -> None:
        """Keep the proxies that are believed, and the address that was set."""
        self._networks = settings.trusted_networks
        self._public_url = settings.public_url.rstrip("/")
        # Few peers come again and again: to read their addresses anew would take the longest here.
        self._is_trusted = lru_cache(maxsize=KNOWN)(self._is_within)
        self._share = lru_cache(maxsize=KNOWN)(_share)

    def client(self, scope: Scope) -> str:
        """Return whose share a request uses: an IPv4 address, or an IPv6 network of 64 bits.

        Empty where the peer has no address, as behind a Unix socket.
        """
        peer = scope.get("client")
        address: str = peer[0] if peer else ""
        if self._networks and self._is_trusted(address):
            address = self._forwarded_for(scope, address)
        return self._share(address) if ":" in address else address

    def is_trusted(self, scope: Scope) -> bool:
        """Tell whether the peer is one of the proxies that are believed."""
        peer = scope.get("client")
        return bool(peer and self._networks and self._is_trusted(peer[0]))

    def public_url(self, scope: Scope) -> str:
        """Return the address of this server as the client knows it, without a slash at the end."""
        if self._public_url:
            return self._public_url
        peer = scope.get("client")
        scheme, host = scope.get("scheme", "http"), _last(scope, b"host")
        if peer and self._networks and self._is_trusted(peer[0]):
            forwarded = _last(scope, b"x-forwarded-proto").lower()
            scheme = forwarded if forwarded in ("http", "https") else scheme
            host = _last(scope, b"x-forwarded-host") or host
        if not _is_host(host):
            host = _own_host(scope)
        return f"{scheme}://{host}"

    def _forwarded_for(self, scope: Scope, peer: str) -> str:
        """Return the right-most address that is no trusted proxy, or the last one that is known."""
        nearest = peer
        for part in reversed(_all(scope, b"x-forwarded-for")):
            address = _without_port(part)
            if _read(address) is None:
                return nearest
            nearest = address
            if not self._is_trusted(address):
                return nearest
        return nearest

    def _is_within(self, text: str) -> bool:
        address = _read(text)
        return address is not None and any(
            address in network for network in self._networks if network.version == address.version
        )


def _read(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address; one of IPv4 that is written as IPv6 is one of IPv4."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _share(text: str) -> str:
    address = _read(text)
    if not isinstance(address, IPv6Address):
        return text if address is None else str(address)
    bare = IPv6Address(int(address))  # without the zone of a link-local one
    return str(ip_network((bare, SUBSCRIBER), strict=False))


def _without_port(text: str) -> str:
    found = PORT.fullmatch(text)
    return (found["v4"] or found["v6"]) if found else text


def _all(scope: Scope, name: bytes) -> list[str]:
    """Return the members of a list that may be spread over several headers."""
    lines = (value.decode("latin-1") for key, value in scope["headers"] if key == name)
    return [part.strip() for line in lines for part in line.split(",")]


def _last(scope: Scope, name: bytes) -> str:
    found = _all(scope, name)
    return found[-1] if found else ""


def _is_host(text: str) -> bool:
    found = HOST.fullmatch(text)
    try:
        return found is not None and bool(found["v6"] is None or IPv6Address(found["v6"]))
    except ValueError:
        return False


def _own_host(scope: Scope) -> str:
    host, port = scope.get("server") or ("localhost", None)
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{port}" if port else host
