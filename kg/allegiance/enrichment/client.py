"""Ask an endpoint, one request at a time, and wait when it asks to be left alone.

What passes is tried again: no connection, 429, 5xx, an answer that is cut off or that is an error
in the dress of a 200. What does not pass is told at once: a redirect, a query that is refused.
"""

from __future__ import annotations

import logging
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Final, TypeVar

import urllib3

from allegiance.enrichment.answer import BrokenAnswerError
from allegiance.errors import EndpointError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from allegiance.enrichment.endpoint import Endpoint

__all__ = ["PoliteClient"]

Read = TypeVar("Read")
log = logging.getLogger(__name__)

ACCEPTED: Final = "application/sparql-results+json"
ATTEMPTS: Final = 6
FIRST_WAIT_S: Final = 2.0
LONGEST_WAIT_S: Final = 300.0
LARGEST_ANSWER: Final = 64 * 2**20
_PIECE: Final = 65536
_OK, _TOO_MANY, _REDIRECTS, _FAULTS = 200, 429, range(300, 400), range(500, 600)
_CONTACT = re.compile(r"[^@\s()]+@[^@\s()]+\.[^@\s()]+|https?://[^\s()]+")


class _PassingError(Exception):
    """Tell of a fault that may be gone the next time, and how long to wait, in seconds."""

    def __init__(self, message: str, wait_s: float | None = None) -> None:
        super().__init__(message)
        self.wait_s = wait_s


@dataclass(slots=True)
class PoliteClient:
    """Ask one endpoint; `contact` is the address that its operators can write to.

    `sleep` takes seconds. Raises UsageError for a contact that is no address.
    """

    endpoint: Endpoint
    contact: str
    sleep: Callable[[float], None] = time.sleep
    _pool: urllib3.PoolManager = field(init=False)
    _rested: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        """Check the contact, and keep one connection for all requests."""
        if not self.contact.isascii() or not _CONTACT.fullmatch(self.contact):
            message = (
                "Endpoints want to know whom to write to. "
                "Give --contact with an e-mail address or the address of a page."
            )
            raise UsageError(message)
        self._pool = urllib3.PoolManager(num_pools=1, maxsize=1)

    @property
    def user_agent(self) -> str:
        """Return who asks, as Wikimedia's policy wants it: a name, a version, a contact."""
        return f"allegiance/{version('allegiance')} ({self.contact}) urllib3/{version('urllib3')}"

    def ask(self, query: str, read: Callable[[bytes], Read]) -> tuple[bytes, Read]:
        """Send a query; return the answer's bytes and what `read` makes of them.

        `read` raises BrokenAnswerError for what is no whole answer: then it is asked for again.
        Raises EndpointError where asking again does not help, or did not.
        """
        for attempt in range(1, ATTEMPTS + 1):
            self._rest()
            try:
                content = self._send(query)
                return content, read(content)
            except BrokenAnswerError as error:
                fault = _PassingError(f"the answer is not whole: {error}")
            except _PassingError as error:
                fault = error
            if attempt < ATTEMPTS:
                self._wait(fault, FIRST_WAIT_S * 2 ** (attempt - 1))
        message = f"{self.endpoint.address} failed {ATTEMPTS} times; at last {fault}."
        raise EndpointError(message)

    def _rest(self) -> None:
        """Pause between two requests."""
        if not self._rested:
            self.sleep(self.endpoint.pause_s)
        self._rested = False

    def _wait(self, fault: _PassingError, backoff_s: float) -> None:
        wait_s = backoff_s if fault.wait_s is None else max(fault.wait_s, self.endpoint.pause_s)
        if wait_s > LONGEST_WAIT_S:
            message = f"{self.endpoint.address} wants to be left alone for {wait_s:.0f} seconds."
            raise EndpointError(message)
        log.warning("%s; asking again in %.0f s", fault, wait_s)
        self.sleep(wait_s)
        self._rested = True

    def _send(self, query: str) -> bytes:
        deadline = time.monotonic() + self.endpoint.timeout_s
        try:
            response = self._pool.request(
                "POST",
                self.endpoint.address,
                fields={"query": query},
                encode_multipart=False,
                headers={"User-Agent": self.user_agent, "Accept": ACCEPTED},
                timeout=urllib3.Timeout(total=self.endpoint.timeout_s),
                preload_content=False,
                redirect=False,
                retries=False,
            )
            try:
                return self._checked(response, _body(response, deadline))
            finally:
                # A connection on which an answer was left unread must not carry the next one.
                response.close()
        except urllib3.exceptions.HTTPError as error:
            message = f"the connection failed: {error}"
            raise _PassingError(message) from error

    def _checked(self, response: urllib3.BaseHTTPResponse, content: bytes) -> bytes:
        status = response.status
        if status == _OK:
            return content
        if status == _TOO_MANY or status in _FAULTS:
            message = f"the endpoint answered {status}"
            raise _PassingError(message, _wished_wait_s(response.headers.get("Retry-After")))
        if status in _REDIRECTS:
            told = (
                f"it redirects to {response.headers.get('Location', 'nowhere')!r}. "
                "If that is the endpoint, name that address in the settings."
            )
        else:
            told = f"it answered {status}: {_first_line(content)}"
        message = f"{self.endpoint.address} does not answer the query: {told}"
        raise EndpointError(message)


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
            message = f"An answer has more than {LARGEST_ANSWER} bytes. Choose a smaller batch."
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


def _first_line(content: bytes) -> str:
    lines = content[:400].decode(errors="replace").strip().splitlines()
    return repr(lines[0][:200]) if lines else "nothing more"
