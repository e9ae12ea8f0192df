"""Send what an endpoint has to say: a problem, a whole body, or a result as it comes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, TypeVar

from allegiance_server.errors import ClientGoneError, ServerError
from allegiance_server.web import problems
from allegiance_server.web.headers import READ_HEADERS

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from starlette.types import Receive, Scope, Send

    from allegiance_server.workers.jobs import StreamedResult

__all__ = [
    "Headers",
    "body_of",
    "headers_of",
    "send_problem",
    "send_rest",
    "send_whole",
    "unless_gone",
    "when_gone",
]

Headers = tuple[tuple[bytes, bytes], ...]

# Most answers are there sooner than this; to watch the connection meanwhile would cost more than
# they do.
UNWATCHED_S: Final = 0.05

Result = TypeVar("Result")


async def send_whole(
    send: Send, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes
) -> None:
    """Send a response in one go; the headers are sent as they are, with the length among them."""
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


async def send_problem(send: Send, error: Exception, headers: Headers = READ_HEADERS) -> None:
    """Send what an error tells the client, as problem+json."""
    status, told, body = problems.response(error)
    await send_whole(send, status, (*told, *headers), body)


async def send_rest(
    send: Send, result: StreamedResult, keep: Callable[[bytes], None] | None = None
) -> None:
    """Send the parts of a result whose headers are sent; each is also given to `keep`.

    Raises ResultBrokenError where there is no more though there should be: to leave then without
    an end makes the server break the connection off, which no HTTP client takes for the end.
    """
    await send({"type": "http.response.body", "body": result.body, "more_body": True})
    async for part in result.rest():
        if keep is not None:
            keep(part)
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def headers_of(scope: Scope) -> dict[str, str]:
    """Read the headers; those given more than once are joined as HTTP says."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1")
        text = value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


async def body_of(receive: Receive, max_bytes: int, too_large: Callable[[], ServerError]) -> bytes:
    """Read the body; raises what `too_large` makes as soon as it is larger than that."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise gone()
        body += message.get("body", b"")
        if len(body) > max_bytes:
            raise too_large()
        if not message.get("more_body", False):
            return bytes(body)


def gone() -> ClientGoneError:
    """Make the error of a request that nobody waits for any more."""
    return ClientGoneError("The client has left.", "Nobody reads this.")


async def unless_gone(work: Coroutine[Any, Any, Result], receive: Receive) -> Result:
    """Return what the work returns; it is cancelled when the client leaves: ClientGoneError."""
    task = asyncio.ensure_future(work)
    try:
        with when_gone(receive, task.cancel):
            return await task
    except asyncio.CancelledError:
        if task.cancelled() and not _is_cancelled():
            raise gone() from None
        task.cancel()
        raise
    finally:
        # It holds its error, that this frame, and this frame the task: garbage that stays long.
        del task


def _is_cancelled() -> bool:
    """Tell whether the task that runs is itself told to end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


class when_gone:  # noqa: N801 - it reads as what it does: `with when_gone(receive, task.cancel)`
    """Call a function when the client leaves while the block runs, unless the block is short."""

    def __init__(self, receive: Receive, act: Callable[[], object]) -> None:
        """Keep where the client is heard, and what to do."""
        self._receive = receive
        self._act = act
        self._timer: asyncio.TimerHandle | None = None
        self._watch: asyncio.Task[Any] | None = None

    def __enter__(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(UNWATCHED_S, self._start)

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._watch is not None:
            self._watch.cancel()

    def _start(self) -> None:
        self._watch = asyncio.get_running_loop().create_task(self._listen())

    async def _listen(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._act()
