"""No query outlives its deadline by half a second, or its memory at all."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from hostile_queries import DEADLINE, MANY_BRANCHES, MEMORY

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Scene
    from exchanges import Exchange
    from hostility import Attack

LATEST_S = 2.5
MIB = 1024 * 1024
WORKER_MEMORY_BYTES = 512 * MIB
# The stack of the worker, and what an honest answer to the other client takes.
BESIDE_BYTES = 128 * MIB


@pytest.mark.parametrize("attack", DEADLINE, ids=lambda attack: attack.name)
def test_deadline_ends_every_query(
    attacked: Scene, judged: Callable[[Attack, Exchange], None], attack: Attack
) -> None:
    """A query without end is over half a second after its deadline of two seconds, and says so."""
    got = attacked.suffer(attack.attempt)
    judged(attack, got)
    assert got.failure != "hung"
    assert got.seconds < LATEST_S
    assert got.status in (500, 503, 504) or attack.may_break_off


def test_many_branches_are_refused_or_ended(
    attacked: Scene, judged: Callable[[Attack, Exchange], None]
) -> None:
    """A UNION of 5,000 branches is refused at admission, or ended by the deadline."""
    got = attacked.suffer(MANY_BRANCHES.attempt)
    judged(MANY_BRANCHES, got)
    assert got.status in (400, 503, 504)
    assert got.seconds < LATEST_S


def test_deadline_ends_many_branches(
    lenient: Scene, judged: Callable[[Attack, Exchange], None]
) -> None:
    """Let in by a higher bound, a UNION of 5,000 branches is ended by the deadline."""
    got = lenient.suffer(MANY_BRANCHES.attempt)
    judged(MANY_BRANCHES, got)
    assert got.status in (503, 504)
    assert got.seconds < LATEST_S


@pytest.mark.parametrize("attack", MEMORY, ids=lambda attack: attack.name)
def test_bound_of_memory_ends_a_bomb(
    attacked: Scene, judged: Callable[[Attack, Exchange], None], attack: Attack
) -> None:
    """A query that would take all memory takes no more than its 512 MB, and ends with a 5xx."""
    with_peak = _Peak(attacked)
    got = with_peak.during(lambda: attacked.suffer(attack.attempt))
    judged(attack, got)
    assert got.status is not None
    assert got.status >= 500
    assert got.seconds < LATEST_S
    assert with_peak.bytes < attacked.baseline_bytes + WORKER_MEMORY_BYTES + BESIDE_BYTES


class _Peak:
    """Note the most memory that a server holds while something is done."""

    def __init__(self, watched: Scene) -> None:
        self._server = watched.server
        self._over = threading.Event()
        self.bytes = 0

    def during(self, work: Callable[[], Exchange]) -> Exchange:
        thread = threading.Thread(target=self._watch)
        thread.start()
        try:
            return work()
        finally:
            self._over.set()
            thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            self.bytes = max(self.bytes, self._server.resident_bytes())
