"""Clients take turns: who has used least goes first, and nobody fills the queue alone."""

from __future__ import annotations

import pytest

from allegiance_server.workers.lanes import (
    HALF_LIFE_S,
    HEAVY_QUERY_S,
    LIGHT_QUERY_S,
    REMEMBERED_CLIENTS,
    FairQueue,
    Usage,
)


class Clock:
    """Tell a time that stands until it is set."""

    def __init__(self) -> None:
        """Start at a thousand seconds."""
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def queue_of(*waiting: str, used: dict[str, float] | None = None) -> FairQueue[str]:
    """Make a queue of items such as a1, whose first character names the client."""
    queue = FairQueue[str](lambda client: (used or {}).get(client, 0.0))
    for item in waiting:
        queue.push(item[0], item)
    return queue


def test_use_loses_half_of_its_weight_each_half_life() -> None:
    """Eight seconds of work count as four after one half-life and as two after two."""
    clock = Clock()
    usage = Usage(clock)
    usage.add("a", 8.0, is_done=True)
    clock.now += HALF_LIFE_S
    assert usage.of("a") == pytest.approx(4.0)
    usage.add("a", 1.0, is_done=True)
    assert usage.of("a") == pytest.approx(5.0)
    clock.now += HALF_LIFE_S
    assert usage.of("a") == pytest.approx(2.5)
    assert usage.of("b") == 0.0


def test_those_who_used_least_are_forgotten() -> None:
    """The memory is bounded, whoever has used much stays in it, and who comes is charged."""
    usage = Usage(Clock())
    usage.add("greedy", 100.0, is_done=True)
    for number in range(REMEMBERED_CLIENTS):
        usage.add(f"light {number}", 1.0 + number / REMEMBERED_CLIENTS, is_done=True)
    assert usage.of("greedy") == 100.0
    assert usage.of("light 0") == 0.0
    assert usage.of(f"light {REMEMBERED_CLIENTS - 1}") > 1.0


def test_client_is_light_until_its_queries_are_not() -> None:
    """Nobody knows of a client at first; one small query among large ones makes none light."""
    usage = Usage(Clock())
    assert usage.is_light("a")
    usage.add("a", 2.0, is_done=True)
    assert not usage.is_light("a")
    usage.add("a", 0.0, is_done=True)
    assert not usage.is_light("a")
    for _ in range(50):
        usage.add("a", 0.001, is_done=True)
    assert usage.is_light("a")


@pytest.mark.parametrize(
    ("seconds", "is_done", "is_heavy"),
    [
        (HEAVY_QUERY_S, True, False),
        (HEAVY_QUERY_S * 1.1, True, True),
        (LIGHT_QUERY_S, False, False),
        (LIGHT_QUERY_S * 1.1, False, True),
    ],
)
def test_client_is_heavy_by_its_last_query(
    seconds: float,
    is_done: bool,  # noqa: FBT001 - a parameter of the test
    is_heavy: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """A query that took long makes its client heavy, sooner if it was stopped, for one query."""
    usage = Usage(Clock())
    assert not usage.is_heavy("a")
    usage.add("a", seconds, is_done=is_done)
    assert usage.is_heavy("a") == is_heavy
    usage.add("a", 0.001, is_done=True)
    assert not usage.is_heavy("a")


def test_the_client_that_used_least_goes_first() -> None:
    """Not who came first, but who has used least; its own tasks in the order in which they came."""
    queue = queue_of("a1", "b1", "b2", "c1", used={"a": 3.0, "b": 1.0, "c": 2.0})
    assert [queue.pop() for _ in range(4)] == ["b1", "b2", "c1", "a1"]


def test_of_equal_clients_the_earlier_goes_first() -> None:
    """Where nobody has used more than another, it is first come, first served."""
    queue = queue_of("b1", "a1")
    assert [queue.pop(), queue.pop()] == ["b1", "a1"]


def test_use_is_looked_at_when_somebody_goes() -> None:
    """Clients take turns because each turn counts against its client at once."""
    used = {"a": 0.0, "b": 0.0}
    queue = queue_of("a1", "a2", "a3", "b1", "b2", used=used)
    order = []
    while queue:
        item = queue.pop()
        used[item[0]] += 1.0
        order.append(item)
    assert order == ["a1", "b1", "a2", "b2", "a3"]


def test_length_and_content_follow() -> None:
    """The queue knows how many wait, who, and of how many clients, after every change."""
    queue = queue_of("a1", "a2", "b1")
    assert (len(queue), queue.client_count, sorted(queue)) == (3, 2, ["a1", "a2", "b1"])
    assert queue.remove("b", "b1")
    assert not queue.remove("b", "b1")
    assert not queue.remove("a", "b1")
    assert (len(queue), queue.client_count, sorted(queue)) == (2, 1, ["a1", "a2"])
    queue.pop()
    queue.pop()
    assert (len(queue), queue.client_count, list(queue)) == (0, 0, [])


@pytest.mark.parametrize(
    ("waiting", "client", "pushed_out"),
    [
        (("a1", "a2", "a3"), "b", "a3"),
        (("a1", "a2"), "b", "a2"),
        (("a1",), "b", None),
        (("a1", "a2", "a3"), "a", None),
        (("a1", "a2", "a3", "b1"), "b", "a3"),
        (("a1", "a2", "b1"), "b", None),
        ((), "a", None),
    ],
)
def test_greediest_makes_room(
    waiting: tuple[str, ...], client: str, pushed_out: str | None
) -> None:
    """Whoever has most in the queue loses the last of it, if it has more than who comes would."""
    queue = queue_of(*waiting)
    assert queue.yield_place(client) == pushed_out
    assert len(queue) == len(waiting) - (pushed_out is not None)
