"""What the clients of other servers share: reading a body, heeding Retry-After, naming oneself."""

from __future__ import annotations

import gc
import io
import time
import weakref
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from allegiance.errors import EndpointError
from allegiance.polite_client import (
    PassingError,
    Patience,
    PoliteClient,
    is_contact,
    read_body,
    user_agent,
    wished_wait_s,
)


def test_a_body_is_read_to_its_end() -> None:
    """Pieces are joined, up to exactly the largest size."""
    content = b"x" * 200_000

    assert read_body(io.BytesIO(content), time.monotonic() + 60, 200_000, "") == content


def test_a_body_that_is_too_large_is_refused_with_the_remedy() -> None:
    """One byte more than the largest size is an error that asking again does not mend."""
    with pytest.raises(EndpointError, match=r"more than 9 bytes\. Ask for less"):
        read_body(io.BytesIO(b"x" * 10), time.monotonic() + 60, 9, "Ask for less.")


def test_a_body_after_the_deadline_is_a_fault_that_passes() -> None:
    """A drip cannot go on for ever."""
    with pytest.raises(PassingError, match="too long"):
        read_body(io.BytesIO(b"x"), time.monotonic() - 1, 9, "")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        (" 12 ", 12.0),
        ("-3", None),
        ("soon", None),
        ("", None),
        ("9" * 400, 366 * 86400.0),
        ("Fri, 31 Dec 999999999999 23:59:59 GMT", None),
        ("Fri, 31 Dec 9998 23:59:59 GMT", 366 * 86400.0),
    ],
)
def test_retry_after_in_seconds(header: str | None, seconds: float | None) -> None:
    """A number is a number of seconds, a year at most; what is none, and no date, says nothing."""
    assert wished_wait_s(header) == seconds


def test_retry_after_as_a_date() -> None:
    """A date is a wait until then, and one in the past is none."""
    now = datetime.now(UTC)

    assert (
        50 < (wished_wait_s(format_datetime(now + timedelta(seconds=60), usegmt=True)) or 0) <= 60
    )
    assert wished_wait_s(format_datetime(now - timedelta(days=1), usegmt=True)) == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("graph@example.org", True),
        ("https://example.org/bot", True),
        ("", False),
        ("graph@example", False),
        ("a@b.org\r\nX: y", False),
        ("a (b)@c.org", False),
        ("ü@example.org", False),
    ],
)
def test_a_contact_is_an_address_that_fits_into_a_header(text: str, *, expected: bool) -> None:
    """Nothing in it can end the header or the comment of the user agent."""
    assert is_contact(text) is expected


def test_the_user_agent_has_a_name_a_version_and_a_contact() -> None:
    """So Wikimedia's policy wants it."""
    name, contact, library = user_agent("graph@example.org").split(" ")

    assert name.startswith("allegiance/")
    assert contact == "(graph@example.org)"
    assert library.startswith("urllib3/")


def test_a_wish_for_no_wait_at_all_still_leaves_the_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry-After 0 does not undo the pause between two requests."""
    waits: list[float] = []
    client = PoliteClient(
        *("http://127.0.0.1:1/", "graph@example.org", 0.5, 1.0),
        patience=Patience(3, 5, 5),
        largest_answer=9,
        too_large="",
        sleep=waits.append,
    )

    def fail(*_: object) -> None:
        message = "not now"
        raise PassingError(message, 0.0)

    monkeypatch.setattr(PoliteClient, "_reply", fail)

    with pytest.raises(EndpointError, match="failed 3 times; at last not now"):
        client.ask("GET", {}, {}, fail)
    assert waits == [0.5, 0.5]


def test_nothing_of_a_failed_attempt_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """What reading held is let go of at once, in the thread that read: some things insist on it."""

    class Held:
        """Be something that must not outlive the attempt."""

    held: list[weakref.ref[Held]] = []
    alive: list[bool] = []

    def read(_: object) -> None:
        something = Held()
        held.append(weakref.ref(something))
        try:
            int("no number")
        except ValueError as error:
            message = "the answer is not whole"
            raise PassingError(message) from error

    client = PoliteClient(
        *("http://127.0.0.1:1/", "graph@example.org", 0.5, 1.0),
        patience=Patience(2, 5, 5),
        largest_answer=9,
        too_large="",
        sleep=lambda _: alive.append(held[-1]() is not None),
    )
    monkeypatch.setattr(PoliteClient, "_reply", lambda *_: None)
    gc.disable()
    try:
        with pytest.raises(EndpointError):
            client.ask("GET", {}, {}, read)
    finally:
        gc.enable()

    assert alive == [False]
