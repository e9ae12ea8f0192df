"""What is read of a request is bounded, and what is sent ends as it should or breaks off."""

from __future__ import annotations

import asyncio
import gc
import json
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from allegiance_server.errors import (
    BodyTooLargeError,
    ClientGoneError,
    MethodNotAllowedError,
    ResultBrokenError,
)
from allegiance_server.web.responses import (
    UNWATCHED_S,
    body_of,
    headers_of,
    send_problem,
    send_rest,
    unless_gone,
    when_gone,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.types import Message, Receive

LONGER_S = 4 * UNWATCHED_S
PARTS = (b"first", b"second", b"third")


class Streamed:
    """A result whose parts come one after another; perhaps it breaks off."""

    body = PARTS[0]

    def __init__(self, *, is_broken: bool = False) -> None:
        """Start with the first part."""
        self._is_broken = is_broken

    async def rest(self) -> AsyncIterator[bytes]:
        """Give the other parts."""
        for part in PARTS[1:]:
            yield part
        if self._is_broken:
            raise ResultBrokenError("what", "how")  # noqa: EM101 - it is not told


def sent_by(action: Callable[[Any], Any]) -> list[Message]:
    """Return what is sent by an action that is given a `send`."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(action(send))
    return sent


def heard(*messages: dict[str, Any]) -> Receive:
    """Make a client that says some messages and then nothing."""
    left = list(messages)

    async def receive() -> Message:
        if not left:
            await asyncio.Event().wait()
        return left.pop(0)

    return receive


def part(body: bytes, *, more: bool) -> dict[str, Any]:
    """Make a part of the body of a request."""
    return {"type": "http.request", "body": body, "more_body": more}


GONE = {"type": "http.disconnect"}


def too_large() -> BodyTooLargeError:
    """Make the error of a body that is too large."""
    return BodyTooLargeError("what", "how")


def test_a_stream_is_sent_part_by_part() -> None:
    """Each part is sent as it comes and given to whoever keeps it; the last message ends it."""
    kept: list[bytes] = []
    sent = sent_by(lambda send: send_rest(send, Streamed(), kept.append))  # type: ignore[arg-type]
    assert [(each["body"], each.get("more_body", False)) for each in sent] == [
        (b"first", True),
        (b"second", True),
        (b"third", True),
        (b"", False),
    ]
    assert kept == [b"second", b"third"]


def test_a_broken_stream_has_no_end() -> None:
    """Where the rest cannot be had, no message says that it was all."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    with pytest.raises(ResultBrokenError):
        asyncio.run(send_rest(send, Streamed(is_broken=True)))  # type: ignore[arg-type]
    assert len(sent) == 3
    assert all(each["more_body"] for each in sent)


def test_a_problem_is_sent_whole() -> None:
    """A problem has its status, its type, its length and the headers that go with it."""
    error = MethodNotAllowedError("what", "how", ("GET", "HEAD"))
    start, body = sent_by(lambda send: send_problem(send, error, ((b"x-own", b"1"),)))
    headers = dict(start["headers"])
    assert start["status"] == 405
    assert headers[b"content-type"] == b"application/problem+json"
    assert headers[b"content-length"] == str(len(body["body"])).encode()
    assert (headers[b"allow"], headers[b"x-own"]) == (b"GET, HEAD", b"1")
    assert json.loads(body["body"])["detail"] == "what"


def test_headers_that_are_repeated_are_joined() -> None:
    """A header that comes twice is one list, as HTTP has it."""
    scope = {"headers": [(b"accept", b"text/csv"), (b"host", b"a"), (b"accept", b"*/*")]}
    assert headers_of(scope) == {"accept": "text/csv, */*", "host": "a"}


def test_a_body_is_read_to_its_end_and_no_further_than_its_bound() -> None:
    """The parts are put together; one byte beyond the bound is an error at once."""
    parts = [part(b"ab", more=True), part(b"c", more=False)]
    assert asyncio.run(body_of(heard(*parts), 3, too_large)) == b"abc"
    with pytest.raises(BodyTooLargeError):
        asyncio.run(body_of(heard(part(b"abcd", more=True)), 3, too_large))


def test_a_client_that_leaves_amid_its_body_is_gone() -> None:
    """A body that does not come to its end is nobody's request."""
    with pytest.raises(ClientGoneError):
        asyncio.run(body_of(heard(part(b"a", more=True), GONE), 3, too_large))


def test_work_is_done_for_who_stays_and_for_nobody_else() -> None:
    """What takes long is given up when its client leaves, and finished otherwise."""
    done: list[str] = []

    async def work() -> str:
        await asyncio.sleep(LONGER_S)
        done.append("done")
        return "result"

    asked = part(b"", more=False)
    assert asyncio.run(unless_gone(work(), heard(asked))) == "result"
    with pytest.raises(ClientGoneError):
        asyncio.run(unless_gone(work(), heard(asked, GONE)))
    assert done == ["done"]


def test_an_error_of_the_work_is_raised_as_it_is() -> None:
    """What goes wrong in the work is told, and not taken for the leaving of the client."""

    async def work() -> None:
        raise BodyTooLargeError("what", "how")  # noqa: EM101 - it is not told

    with pytest.raises(BodyTooLargeError):
        asyncio.run(unless_gone(work(), heard(GONE)))


def test_failed_work_is_forgotten_at_once() -> None:
    """An error that has been told does not keep what the work held until garbage is collected."""

    class Held:
        """Something large."""

    async def work(held: Held) -> None:
        await asyncio.sleep(0)
        detail = f"{held} is too large."
        raise BodyTooLargeError(detail, "Send less.")

    async def scene() -> None:
        held = Held()
        known = weakref.ref(held)
        failing = unless_gone(work(held), heard())
        del held
        with suppress(BodyTooLargeError):
            await failing
        await asyncio.sleep(0)  # until then, the loop calls back with what has failed
        assert known() is None

    gc.disable()
    try:
        asyncio.run(scene())
    finally:
        gc.enable()


def test_to_be_cancelled_is_not_to_be_left() -> None:
    """Where the server itself ends, the work ends with it, as cancelled."""
    ended: list[bool] = []

    async def work() -> None:
        try:
            await asyncio.sleep(10)
        finally:
            ended.append(True)

    async def scene() -> None:
        task = asyncio.create_task(unless_gone(work(), heard()))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scene())
    assert ended == [True]


def test_a_short_block_watches_nobody() -> None:
    """As long as a block is short the client is not listened to; in a long one it is."""
    listened: list[bool] = []

    async def receive() -> Message:
        listened.append(True)
        return GONE

    async def scene(seconds: float) -> None:
        with when_gone(receive, lambda: None):
            await asyncio.sleep(seconds)

    asyncio.run(scene(0))
    assert listened == []
    asyncio.run(scene(LONGER_S))
    assert listened == [True]
