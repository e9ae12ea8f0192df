"""The SPARQL endpoints that may be asked: Wikidata's, and those that a settings file names.

contact = "graph@example.org"

[endpoints.archive]
address = "https://sparql.example.org/query"
licence = "https://creativecommons.org/publicdomain/zero/1.0/"
batch = 100          # items in one request, at most 200
pause_s = 1.0        # seconds between two requests
timeout_s = 60.0     # seconds that an answer may take
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from allegiance.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["LARGEST_BATCH", "WIKIDATA", "Endpoint", "EndpointSettings", "read_endpoint_settings"]

LARGEST_BATCH: Final = 200
_NAME = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)
_KEYS = frozenset({"address", "licence", "batch", "pause_s", "timeout_s"})


def _is_web_address(text: object) -> bool:
    if not isinstance(text, str) or not text.isprintable() or set(text) & set(' <>"{}|\\^`'):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.fragment


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Hold where to ask, under which licence the answers come, and how hard to press.

    `pause_s` and `timeout_s` are in seconds; `batch` counts items in one request. Raises
    UsageError for an address that is none of the web, or a number out of bounds.
    """

    name: str
    address: str
    licence: str
    batch: int = LARGEST_BATCH
    pause_s: float = 1.0
    timeout_s: float = 65.0

    def __post_init__(self) -> None:
        """Check the name, the two addresses and the bounds."""
        if not _NAME.fullmatch(self.name):
            message = f"{self.name!r} names no endpoint: use small letters, digits and hyphens."
            raise UsageError(message)
        for key, value in (("address", self.address), ("licence", self.licence)):
            if not _is_web_address(value):
                message = (
                    f"The {key} of the endpoint {self.name} is {value!r}. "
                    "Give an address such as https://example.org/sparql."
                )
                raise UsageError(message)
        self._check("batch", self.batch, 1, LARGEST_BATCH)
        self._check("pause_s", self.pause_s, 0, 3600)
        self._check("timeout_s", self.timeout_s, 0.1, 3600)

    def _check(self, key: str, value: object, low: float, high: float) -> None:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not low <= value <= high:  # type: ignore[operator]  # a number
            message = (
                f"The {key} of the endpoint {self.name} is {value!r}. "
                f"Give a number from {low} to {high}."
            )
            raise UsageError(message)
        if key == "batch" and not isinstance(value, int):
            message = f"The batch of the endpoint {self.name} is {value!r}. Give a whole number."
            raise UsageError(message)


WIKIDATA: Final = Endpoint(
    "wikidata",
    "https://query.wikidata.org/sparql",
    "https://creativecommons.org/publicdomain/zero/1.0/",
)


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """Hold the endpoints by name, and whom their operators can write to."""

    endpoints: Mapping[str, Endpoint]
    contact: str = ""

    def find(self, name: str) -> Endpoint:
        """Return an endpoint by its name.

        Raises UsageError for a name that the settings do not have.

        >>> read_endpoint_settings(None).find("wikidata").batch
        200
        """
        if name not in self.endpoints:
            message = (
                f"No endpoint is named {name!r}; known: {', '.join(sorted(self.endpoints))}. "
                "Name others in a file, and give it with --endpoints."
            )
            raise UsageError(message)
        return self.endpoints[name]


def read_endpoint_settings(file: Path | None) -> EndpointSettings:
    """Read a settings file; without one, only Wikidata is known.

    Raises UsageError where the file cannot be read or says what it cannot mean.
    """
    known = {WIKIDATA.name: WIKIDATA}
    if file is None:
        return EndpointSettings(known)
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"The settings {file} cannot be read: {error}."
        raise UsageError(message) from error
    named, contact = table.get("endpoints", {}), table.get("contact", "")
    if not isinstance(named, dict) or not isinstance(contact, str):
        message = f"In {file}, contact is a text and endpoints are tables: [endpoints.NAME]."
        raise UsageError(message)
    return EndpointSettings(
        known | {name: _endpoint(name, values, file) for name, values in named.items()}, contact
    )


def _endpoint(name: str, values: object, file: Path) -> Endpoint:
    if not isinstance(values, dict) or not {"address", "licence"} <= set(values) <= _KEYS:
        message = (
            f"The endpoint {name} in {file} needs address and licence, "
            f"and may have {', '.join(sorted(_KEYS - {'address', 'licence'}))}."
        )
        raise UsageError(message)
    return Endpoint(name, **values)
