"""A worker reads one frame after another, wherever they are cut, and keeps what is early."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from allegiance_server.protocol.media_types import CSV, Formats
from allegiance_server.workers.inbox import Inbox
from allegiance_server.workers.tasks import Task
from allegiance_server.workers.wire import REQUEST, pack_go, pack_request

if TYPE_CHECKING:
    import socket

    Pair = tuple[socket.socket, socket.socket]

GRAPH = "http://example.org/g"


def task(number: int) -> Task:
    """Make a task that no other one is like."""
    return Task("query", f"SELECT ({number} AS ?n) {{}}", Formats(CSV, None), named_graphs=(GRAPH,))


def test_requests_that_come_at_once_are_read_in_order(pair: Pair) -> None:
    """Several requests in one piece are given out one by one, each with its own task."""
    ours, theirs = pair
    ours.sendall(b"".join(pack_request(number, task(number)) for number in (1, 2, 3)))
    inbox = Inbox(theirs)
    for number in (1, 2, 3):
        request = inbox.next_request()
        assert (request.id, request.task) == (number, task(number))


def test_requests_before_the_leave_wait_for_their_turn(pair: Pair) -> None:
    """What is sent ahead while a worker waits for leave is neither lost nor done too early."""
    ours, theirs = pair
    ours.sendall(pack_request(1, task(1)))
    inbox = Inbox(theirs)
    assert inbox.next_request().id == 1
    ours.sendall(pack_request(2, task(2)) + pack_request(3, task(3)) + pack_go(1))
    inbox.await_go(1)
    ours.sendall(pack_request(4, task(4)))
    for number in (2, 3, 4):
        request = inbox.next_request()
        assert (request.id, request.task) == (number, task(number))


@pytest.mark.parametrize("before", [b"", pack_request(2, task(2))], ids=["alone", "behind one"])
def test_leave_for_another_request_ends_all(pair: Pair, before: bytes) -> None:
    """A worker that is told to go on with what it does not do is out of step: it gives up."""
    ours, theirs = pair
    ours.sendall(before + pack_go(2))
    with pytest.raises(EOFError, match="request 2, not 1"):
        Inbox(theirs).await_go(1)


def test_leave_for_nothing_ends_all(pair: Pair) -> None:
    """Leave to go on while nothing waits for it is no request."""
    ours, theirs = pair
    ours.sendall(pack_go(1))
    with pytest.raises(EOFError):
        Inbox(theirs).next_request()


def test_frames_may_be_cut_anywhere(pair: Pair) -> None:
    """Wherever the bytes are parted on their way, the same frames are read."""
    ours, theirs = pair
    sent = pack_request(1, task(1)) + pack_request(2, task(2)) + pack_go(1)
    with ThreadPoolExecutor() as threads:
        for place in range(1, len(sent)):
            inbox = Inbox(theirs)
            ours.sendall(sent[:place])
            reading = threads.submit(_read_two, inbox)
            time.sleep(0.001)
            ours.sendall(sent[place:])
            assert reading.result(10) == [task(1), task(2)]


@pytest.mark.parametrize("length", [0, 1, REQUEST.size, REQUEST.size + 5])
def test_half_of_what_was_promised_is_nothing(pair: Pair, length: int) -> None:
    """Where the connection ends too early, that is told; what came whole before is given out."""
    ours, theirs = pair
    frame = pack_request(1, task(1))
    ours.sendall(frame + frame[:length])
    ours.close()
    inbox = Inbox(theirs)
    assert inbox.next_request().task == task(1)
    with pytest.raises(EOFError):
        inbox.next_request()


def _read_two(inbox: Inbox) -> list[Task]:
    first = inbox.next_request()
    inbox.await_go(first.id)
    return [first.task, inbox.next_request().task]
