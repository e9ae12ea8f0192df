"""Ask Wikidata's wbgetentities, one request at a time, and wait when it asks to be left alone.

What passes is asked again: no connection, 429, 5xx, an answer that is cut off, an error in the
dress of a 200, a database that lags. What does not pass is told at once.
https://www.mediawiki.org/wiki/API:Etiquette, https://www.mediawiki.org/wiki/Manual:Maxlag_parameter
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import urllib3

from allegiance.errors import EndpointError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["BATCH", "LANGUAGES", "WIKIDATA_API", "EntityApi", "UnknownItemError"]

WIKIDATA_API: Final = "https://www.wikidata.org/w/api.php"
# More are refused to whoever has no account of a bot.
BATCH: Final = 50
# mul is where Wikidata keeps a name that is the same in most languages.
LANGUAGES: Final = ("en", "ar", "fa", "he", "ru", "zh", "mul")
ATTEMPTS: Final = 8
FIRST_WAIT_S: Final = 2.0
LONGEST_BACKOFF_S: Final = 60.0
LONGEST_WAIT_S: Final = 600.0
LARGEST_ANSWER: Final = 256 * 2**20
MAXLAG_S: Final = 5
_PIECE: Final = 65536
_CONTACT: Final = re.compile(r"[^@\s()]+@[^@\s()]+\.[^@\s()]+|https?://[^\s()]+", re.ASCII)
_OK, _FORBIDDEN, _TOO_MANY, _FAULTS = 200, 403, 429, range(500, 600)
_UNKNOWN: Final = frozenset({"no-such-entity", "param-illegal", "invalid-entity-id"})


class UnknownItemError(Exception):
    """Tell that the API refuses a whole batch, because an item of it does not exist."""


class _PassingError(Exception):
    """Tell of a fault that may be gone the next time, and how long to wait, in seconds."""

    def __init__(self, message: str, wait_s: float | None = None) -> None:
        super().__init__(message)
        self.wait_s = wait_s


@dataclass(slots=True)
class EntityApi:
    """Ask one API; `contact` is the address that its operators can write to.

    `pause_s` is the time between two requests, `timeout_s` that of one request, both in seconds;
    `sleep` takes seconds and `warn` a sentence. Raises UsageError for a contact that is no
    address, an endpoint that is none of the web, or times that are none.
    """

    contact: str
    endpoint: str = WIKIDATA_API
    pause_s: float = 1.0
    timeout_s: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    warn: Callable[[str], None] = lambda _: None
    _pool: urllib3.PoolManager = field(init=False)
    _asked: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        """Check what was given."""
        if not self.contact.isascii() or not _CONTACT.fullmatch(self.contact):
            message = (
                f"{self.contact!r} is no contact; Wikidata wants to know whom to write to. "
                "Give --contact with an e-mail address or the address of a page."
            )
            raise UsageError(message)
        parts = urlsplit(self.endpoint)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
            message = f"{self.endpoint!r} is no endpoint. Give an address such as {WIKIDATA_API}."
            raise UsageError(message)
        if not (0 <= self.pause_s <= LONGEST_WAIT_S and 0 < self.timeout_s <= LONGEST_WAIT_S):
            message = (
                f"The pause is {self.pause_s} s and the time-out {self.timeout_s} s. "
                f"Give at most {LONGEST_WAIT_S:.0f} for both, and more than 0 for the time-out."
            )
            raise UsageError(message)
        self._pool = urllib3.PoolManager(num_pools=1, maxsize=1)

    @property
    def user_agent(self) -> str:
        """Return who asks, as Wikimedia's policy wants it: a name, a version, a contact."""
        return f"allegiance/{version('allegiance')} ({self.contact}) urllib3/{version('urllib3')}"

    def entities(self, ids: Sequence[str]) -> Mapping[str, Any]:
        """Ask for at most 50 items; return what the API calls `entities`.

        Raises UnknownItemError where one of the items makes the API refuse all of them, and
        EndpointError where asking again does not help, or did not.
        """
        for attempt in range(1, ATTEMPTS + 1):
            self._rest()
            try:
                return self._answer(ids)
            except _PassingError as error:
                fault = error
            if attempt < ATTEMPTS:
                self._wait(fault, min(FIRST_WAIT_S * 2 ** (attempt - 1), LONGEST_BACKOFF_S))
        message = f"{self.endpoint} failed {ATTEMPTS} times; at last {fault}. Try again later."
        raise EndpointError(message)

    def _rest(self) -> None:
        if self._asked:
            self.sleep(self.pause_s)
        self._asked = True

    def _wait(self, fault: _PassingError, backoff_s: float) -> None:
        wait_s = backoff_s if fault.wait_s is None else fault.wait_s
        if wait_s > LONGEST_WAIT_S:
            message = (
                f"{self.endpoint} wants to be left alone for {wait_s:.0f} seconds. "
                "Try again after that time."
            )
            raise EndpointError(message)
        self.warn(f"{fault}; asking again in {wait_s:.0f} s")
        self.sleep(wait_s)

    def _answer(self, ids: Sequence[str]) -> Mapping[str, Any]:
        deadline = time.monotonic() + self.timeout_s
        try:
            response = self._pool.request(
                "GET",
                self.endpoint,
                fields=_parameters(ids),
                headers={"User-Agent": self.user_agent, "Accept-Encoding": "gzip"},
                timeout=urllib3.Timeout(total=self.timeout_s),
                preload_content=False,
                redirect=False,
                retries=False,
            )
            try:
                return self._entities(response, _body(response, deadline))
            finally:
                # A connection on which an answer was left unread must not carry the next one.
                response.close()
        except urllib3.exceptions.HTTPError as error:
            message = f"the connection failed: {error}"
            raise _PassingError(message) from error

    def _entities(self, response: urllib3.BaseHTTPResponse, content: bytes) -> Mapping[str, Any]:
        wish_s = _wished_wait_s(response.headers.get("Retry-After"))
        if response.status == _TOO_MANY or response.status in _FAULTS:
            message = f"the API answered {response.status}"
            raise _PassingError(message, wish_s)
        if response.status != _OK:
            remedy = (
                "It refuses the user agent; give another --contact."
                if response.status == _FORBIDDEN
                else "Check --endpoint; redirects are not followed."
            )
            message = f"{self.endpoint} answered {response.status}. {remedy}"
            raise EndpointError(message)
        return _read(content, wish_s)


def _parameters(ids: Sequence[str]) -> dict[str, str]:
    return {
        "action": "wbgetentities",
        "format": "json",
        "ids": "|".join(ids),
        "props": "info|labels|aliases|descriptions|claims",
        "languages": "|".join(LANGUAGES),
        "maxlag": str(MAXLAG_S),
    }


def _read(content: bytes, wish_s: float | None) -> Mapping[str, Any]:
    try:
        answer = json.loads(content)
    except ValueError as error:
        message = f"the answer is cut off or no JSON ({error})"
        raise _PassingError(message) from error
    fault = answer.get("error") if isinstance(answer, dict) else None
    if isinstance(fault, dict):
        code = str(fault.get("code", ""))
        if code in _UNKNOWN:
            raise UnknownItemError(code)
        message = f"the API answered 200 with the error {code!r}"
        raise _PassingError(message, wish_s)
    entities = answer.get("entities") if isinstance(answer, dict) else None
    if not isinstance(entities, dict):
        message = "the answer has no entities"
        raise _PassingError(message, wish_s)
    return entities


def _body(response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    """Read a body in pieces: a time-out of each read alone would let a slow drip go on for ever."""
    pieces, size = [], 0
    while piece := response.read1(_PIECE):
        pieces.append(piece)
        size += len(piece)
        if time.monotonic() > deadline:
            message = "the answer took too long"
            raise _PassingError(message)
        if size > LARGEST_ANSWER:
            message = f"An answer has more than {LARGEST_ANSWER} bytes. Check --endpoint."
            raise EndpointError(message)
    return b"".join(pieces)


def _wished_wait_s(header: str | None) -> float | None:
    """Read Retry-After: seconds, or a date.

    >>> _wished_wait_s("7")
    7.0
    """
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        # No date, or one without a zone: the usual backoff holds.
        return None
