"""The endpoints elsewhere that queries may name, as the operator lists them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from allegiance_server.errors import SettingsError

__all__ = ["MOST_ENDPOINTS", "Endpoint", "read_endpoints"]

MOST_ENDPOINTS: Final = 24
NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)
# What no IRI has between < and >.
FORBIDDEN: Final = frozenset(' <>"{}|\\^`')
REMEDY: Final = (
    "Give names and addresses with commas between, as "
    "wikidata=https://query.wikidata.org/sparql,other=https://example.org/sparql."
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Hold the name that errors and metrics use, and the address that queries use."""

    name: str
    address: str


def read_endpoints(text: str) -> tuple[Endpoint, ...]:
    """Read the list; raises SettingsError for what is no list of endpoints of the web.

    >>> read_endpoints("wikidata=https://query.wikidata.org/sparql")[0].name
    'wikidata'
    """
    found = tuple(_endpoint(part.strip()) for part in text.split(",") if part.strip())
    for what in ("name", "address"):
        values = [getattr(each, what) for each in found]
        twice = next((each for each in values if values.count(each) > 1), None)
        if twice is not None:
            detail = f"The setting federation_endpoints has the {what} {twice} twice."
            raise SettingsError(detail, REMEDY)
    if len(found) > MOST_ENDPOINTS:
        detail = f"The setting federation_endpoints lists {len(found)} endpoints."
        raise SettingsError(detail, f"List at most {MOST_ENDPOINTS}.")
    return found


def _endpoint(part: str) -> Endpoint:
    name, _, address = (piece.strip() for piece in part.partition("="))
    if not NAME.fullmatch(name):
        detail = f"The setting federation_endpoints has {name[:40]!r} where a name belongs."
        raise SettingsError(detail, f"{REMEDY} A name has small letters, digits and hyphens.")
    fault = _fault(address)
    if fault:
        # What stands there may be a password: it is not shown.
        detail = f"The address of {name} in the setting federation_endpoints {fault}."
        raise SettingsError(detail, REMEDY)
    return Endpoint(name, address)


def _fault(address: str) -> str:
    """Say what is wrong with an address; nothing where it is fit to be called."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return "cannot be read"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "is not of the web: it begins with neither http:// nor https://"
    if "@" in parts.netloc:
        return "has a user or a password in it, which every client would see"
    if parts.query or parts.fragment or not address.isprintable() or set(address) & FORBIDDEN:
        return "has more in it than a scheme, a host, a port and a path"
    if not address.isascii():
        return "has letters beyond ASCII, which have to be escaped"
    return ""
