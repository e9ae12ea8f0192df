"""Ask a server elsewhere, one request at a time, and wait when it asks to be left alone.

What passes is asked again: no connection, 429, 5xx, an answer that is cut off or comes too slowly,
an error in the dress of a 200. What does not pass is told at once. Redirects are not followed.

`is_contact`, `user_agent`, `read_body` and `wished_wait_s` stand alone, for whoever asks but once.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeVar
from urllib.parse import urlencode

import urllib3

from allegiance.errors import EndpointError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "PassingError",
    "Patience",
    "PoliteClient",
    "Reply",
    "is_contact",
    "read_body",
    "user_agent",
    "wished_wait_s",
]

Read = TypeVar("Read")

_FORM: Final = "application/x-www-form-urlencoded"
_PIECE: Final = 65536
_YEAR_S: Final = 366 * 86400.0
_TOO_MANY, _FAULTS = 429, range(500, 600)
_CONTACT: Final = re.compile(r"[^@\s()]+@[^@\s()]+\.[^@\s()]+|https?://[^\s()]+", re.ASCII)


class PassingError(Exception):
    """Tell of a fault that may be gone the next time, and how long to wait, in seconds."""

    def __init__(self, message: str, wait_s: float | None = None) -> None:
        """Keep the wait that the server wished for; None where it named none."""
        super().__init__(message)
        self.wait_s = wait_s


class Body(Protocol):
    """Be what a body is read from, piece by piece."""

    def read1(self, amt: int) -> bytes:
        """Return some of the bytes, at most as many; none at the end."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Hold an answer that was read to its end; `wish_s` is its Retry-After, in seconds."""

    status: int
    content: bytes
    wish_s: float | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """Say how often to ask, and how many seconds to wait at most: by ourselves, or as wished.

    >>> [Patience(4, 5, 600).backoff_s(attempt) for attempt in (1, 2, 3)]
    [2.0, 4.0, 5]
    """

    attempts: int
    longest_backoff_s: float
    longest_wait_s: float
    first_wait_s: float = 2.0

    def backoff_s(self, attempt: int) -> float:
        """Return the wait after an attempt, counted from 1: it doubles up to the longest."""
        return min(self.first_wait_s * 2.0 ** (attempt - 1), self.longest_backoff_s)


@dataclass(slots=True)
class PoliteClient:
    """Ask one address; `contact` is where its operators can write to.

    `pause_s` is the time between two requests and `timeout_s` that of one, both in seconds;
    an answer has at most `largest_answer` bytes, or else `too_large` says what to do. `sleep`
    takes seconds and `warn` a sentence. Raises UsageError for a contact that is no address.
    """

    address: str
    contact: str
    pause_s: float
    timeout_s: float
    patience: Patience
    largest_answer: int
    too_large: str
    sleep: Callable[[float], None] = time.sleep
    warn: Callable[[str], None] = lambda _: None
    _pool: urllib3.PoolManager = field(init=False)
    _rested: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        """Check the contact, and keep one connection for all requests."""
        if not is_contact(self.contact):
            message = (
                f"{self.contact!r} is no contact; who is asked wants to know whom to write to. "
                "Give --contact with an e-mail address or the address of a page."
            )
            raise UsageError(message)
        self._pool = urllib3.PoolManager(num_pools=1, maxsize=1)

    def ask(
        self,
        method: Literal["GET", "POST"],
        fields: Mapping[str, str],
        headers: Mapping[str, str],
        read: Callable[[Reply], Read],
    ) -> Read:
        """Send a request until its answer is whole; return what `read` makes of it.

        `read` raises PassingError for what is no whole answer: then it is asked for again. Raises
        EndpointError where asking again does not help, or did not.
        """
        for attempt in range(1, self.patience.attempts + 1):
            self._rest()
            try:
                return read(self._reply(method, fields, headers))
            except PassingError as error:
                # A new one: the old would keep, in a ring, the frames in which it came about, and
                # what they hold would be let go of whenever, and in whichever thread.
                fault = PassingError(str(error), error.wait_s)
            if attempt < self.patience.attempts:
                self._wait(fault, self.patience.backoff_s(attempt))
        message = (
            f"{self.address} failed {self.patience.attempts} times; at last {fault}. "
            "Try again later."
        )
        raise EndpointError(message)

    def _rest(self) -> None:
        """Pause between two requests."""
        if not self._rested:
            self.sleep(self.pause_s)
        self._rested = False

    def _wait(self, fault: PassingError, backoff_s: float) -> None:
        wait_s = max(backoff_s if fault.wait_s is None else fault.wait_s, self.pause_s)
        if wait_s > max(self.patience.longest_wait_s, self.pause_s):
            message = (
                f"{self.address} wants to be left alone for {wait_s:.0f} seconds. "
                "Try again after that time."
            )
            raise EndpointError(message)
        self.warn(f"{fault}; asking again in {wait_s:.0f} s")
        self.sleep(wait_s)
        self._rested = True

    def _reply(
        self, method: Literal["GET", "POST"], fields: Mapping[str, str], headers: Mapping[str, str]
    ) -> Reply:
        deadline = time.monotonic() + self.timeout_s
        form = urlencode(fields)
        is_query = method == "GET"
        try:
            response = self._pool.request(
                method,
                f"{self.address}?{form}" if is_query else self.address,
                body=None if is_query else form,
                headers={
                    "User-Agent": user_agent(self.contact),
                    **({} if is_query else {"Content-Type": _FORM}),
                    **headers,
                },
                timeout=urllib3.Timeout(total=self.timeout_s),
                preload_content=False,
                redirect=False,
                retries=False,
            )
            try:
                content = read_body(response, deadline, self.largest_answer, self.too_large)
            finally:
                # A connection on which an answer was left unread must not carry the next one.
                response.close()
        except urllib3.exceptions.HTTPError as error:
            message = f"the connection failed: {error}"
            raise PassingError(message) from error
        wish_s = wished_wait_s(response.headers.get("Retry-After"))
        if response.status == _TOO_MANY or response.status in _FAULTS:
            message = f"the endpoint answered {response.status}"
            raise PassingError(message, wish_s)
        return Reply(response.status, content, wish_s, response.headers.get("Location"))


def is_contact(text: str) -> bool:
    """Tell whether a text is an e-mail address or the address of a page, fit for a user agent.

    >>> is_contact("graph@example.org"), is_contact("https://example.org/bot"), is_contact("me")
    (True, True, False)
    """
    return text.isascii() and _CONTACT.fullmatch(text) is not None


def user_agent(contact: str) -> str:
    """Return who asks, as Wikimedia's policy wants it: a name, a version, a contact.

    >>> user_agent("graph@example.org").split()[1]
    '(graph@example.org)'
    """
    return f"allegiance/{version('allegiance')} ({contact}) urllib3/{version('urllib3')}"


def read_body(body: Body, deadline: float, largest: int, remedy: str) -> bytes:
    """Read a body in pieces: a time-out of each read alone would let a slow drip go on for ever.

    `deadline` is a time of time.monotonic. Raises PassingError once it is over, and EndpointError,
    with the remedy, where there are more than `largest` bytes.
    """
    content = bytearray()
    while piece := body.read1(_PIECE):
        content += piece
        if time.monotonic() > deadline:
            message = "the answer took too long"
            raise PassingError(message)
        if len(content) > largest:
            message = f"An answer has more than {largest} bytes. {remedy}"
            raise EndpointError(message)
    return bytes(content)


def wished_wait_s(header: str | None) -> float | None:
    """Read Retry-After: seconds, a year at most, or a date; None where it is neither.

    >>> wished_wait_s("7")
    7.0
    """
    if header is None:
        return None
    seconds = header.strip()
    if seconds.isascii() and seconds.isdecimal():
        return min(float(seconds), _YEAR_S)
    try:
        wait_s = (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        # No date, one that no calendar has, or one without a zone: the usual backoff holds.
        return None
    return min(max(0.0, wait_s), _YEAR_S)
