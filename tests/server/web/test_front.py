"""The outermost application tells clients what no endpoint can tell any more."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from starlette.applications import Starlette

from allegiance_server.web.front import GRAPH_STORE, SPARQL, Front

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send


class Endless:
    """An endpoint that never comes to an end, in its answer or before it."""

    def __init__(self, *, begins: bool) -> None:
        """Choose whether the answer begins."""
        self._begins = begins

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer by a beginning or by nothing, and wait."""
        if self._begins:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.Event().wait()


async def cancelled(path: str, *, begins: bool) -> tuple[bool, list[Message]]:
    """Cancel a request as the server library does; tell whether that was let through."""
    endpoint: Any = Endless(begins=begins)
    front = Front(endpoint, endpoint, Starlette())  # type: ignore[arg-type]  # for other paths
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return await asyncio.Future()

    task = asyncio.ensure_future(front({"type": "http", "path": path}, receive, send))
    await asyncio.sleep(0)
    task.cancel("timeout graceful shutdown exceeded")
    await asyncio.wait([task])
    return task.cancelled(), sent


@pytest.mark.parametrize("path", [SPARQL, GRAPH_STORE])
def test_request_that_outlasts_the_server_is_told_so(path: str) -> None:
    """A query that runs longer than a stopping server waits gets 503 and no bare 500."""
    is_cancelled, sent = asyncio.run(cancelled(path, begins=False))
    assert not is_cancelled
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[0]["status"] == 503
    assert (b"content-type", b"application/problem+json") in sent[0]["headers"]
    assert json.loads(sent[1]["body"])["detail"] == "The server is stopping."


def test_answer_that_has_begun_is_broken_off() -> None:
    """Nothing can be put behind the beginning of an answer: its client sees that it is cut."""
    is_cancelled, sent = asyncio.run(cancelled(SPARQL, begins=True))
    assert is_cancelled
    assert len(sent) == 1
