"""The link to a worker gives out no answer but the one that was asked for."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest

from allegiance_server.workers.links import WorkerLink
from allegiance_server.workers.wire import PREAMBLE, pack

if TYPE_CHECKING:
    from collections.abc import Callable


class NoZygote:
    """Stand in for the zygote and note whom it is to kill."""

    def __init__(self) -> None:
        """Start with nobody killed."""
        self.killed: list[int] = []

    def kill(self, pid: int) -> None:
        """Note an order."""
        self.killed.append(pid)


def ask_a_fake(reply: Callable[[int], bytes]) -> tuple[dict[str, object], bytearray]:
    """Ask a worker that answers whatever `reply` makes of the id of the request."""

    async def whole() -> tuple[dict[str, object], bytearray]:
        ours, theirs = socket.socketpair()
        zygote = NoZygote()
        link = WorkerLink(1, ours, zygote)  # type: ignore[arg-type]  # a fake
        with theirs:
            asking = asyncio.create_task(link.ask({"query": "ASK {}"}))
            await asyncio.sleep(0)
            request_id, _, _ = PREAMBLE.unpack(theirs.recv(4096)[: PREAMBLE.size])
            theirs.sendall(reply(request_id))
            theirs.shutdown(socket.SHUT_WR)
            try:
                return await asking
            finally:
                link.kill()
                assert zygote.killed == [1]

    return asyncio.run(whole())


def test_answer_of_the_same_id_is_taken() -> None:
    """Head and body of the answer are given out."""
    head, body = ask_a_fake(lambda number: pack(number, {"outcome": "answered"}, 3) + b"yes")
    assert head == {"outcome": "answered"}
    assert body == b"yes"


def test_answer_of_another_id_is_refused() -> None:
    """An answer that belongs to another request is never given out."""
    with pytest.raises(ValueError, match="answered 2, not 1"):
        ask_a_fake(lambda number: pack(number + 1, {"outcome": "answered"}, 3) + b"yes")


def test_answer_that_breaks_off_is_refused() -> None:
    """Half an answer is none."""
    with pytest.raises(EOFError):
        ask_a_fake(lambda number: pack(number, {"outcome": "answered"}, 3) + b"ye")
