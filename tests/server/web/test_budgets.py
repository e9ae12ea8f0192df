"""A client that has used up its share waits, no other does, and no memory or thread is left."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from allegiance_server.errors import BudgetSpentError
from allegiance_server.protocol.media_types import Formats
from allegiance_server.settings import Settings
from allegiance_server.web.budgets import Budgets
from allegiance_server.workers.tasks import Finished, Task

TASK = Task("query", "ASK {}", Formats("text/csv", None))


class Clock:
    """A clock that stands still until told."""

    def __init__(self) -> None:
        """Begin at some time."""
        self.now = 1000.0

    def __call__(self) -> float:
        """Tell the time in seconds."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands still."""
    return Clock()


def finished(client: str, processing_s: float = 0.0, outcome: str = "answered") -> Finished:
    """Make the end of a task."""
    return Finished(TASK, client, outcome, processing_s, 0.0, 10, 1, "tiny")


def budgets(clock: Clock, **changes: Any) -> Budgets:  # noqa: ANN401 - any field of Settings
    """Make budgets by a clock of one's own."""
    return Budgets(Settings(**changes), clock)


def test_client_is_refused_once_its_seconds_are_spent(clock: Clock) -> None:
    """Up to the bound a client may ask; with it reached, no more, while others may."""
    kept = budgets(clock, client_processing_s_per_minute=2)
    kept.charge(finished("a", 1.9))
    kept.check("a")
    kept.charge(finished("a", 0.1))
    with pytest.raises(BudgetSpentError, match="2 seconds of processing"):
        kept.check("a")
    kept.check("b")


def test_query_beyond_the_bound_is_counted_in_full(clock: Clock) -> None:
    """One query that costs more than the whole share is not free."""
    kept = budgets(clock, client_processing_s_per_minute=2)
    kept.charge(finished("a", 30))
    with pytest.raises(BudgetSpentError):
        kept.check("a")


def test_time_to_come_back_is_when_there_is_more(clock: Clock) -> None:
    """A second before the time told there is none yet, at the time there is."""
    kept = budgets(clock, client_processing_s_per_minute=1)
    kept.charge(finished("a", 1))
    clock.now += 20
    with pytest.raises(BudgetSpentError) as spent:
        kept.check("a")
    assert spent.value.retry_after_s == 40
    clock.now += 39
    with pytest.raises(BudgetSpentError):
        kept.check("a")
    clock.now += 1
    kept.check("a")


@pytest.mark.parametrize(
    ("outcome", "is_counted"),
    [
        ("QueryNotParsedError", True),
        ("QueryTimedOutError", True),
        ("QueryCrashedError", True),
        ("answered", False),
        ("ServerBusyError", False),
        ("WorkersUnavailableError", False),
        ("QueryKilledError", False),
    ],
)
def test_only_errors_of_the_client_are_counted(
    clock: Clock, outcome: str, *, is_counted: bool
) -> None:
    """That the server is busy or stops a query is not the client's doing."""
    kept = budgets(clock, client_errors_per_minute=2)
    kept.charge(finished("a", outcome=outcome))
    kept.check("a")
    kept.charge(finished("a", outcome=outcome))
    if is_counted:
        with pytest.raises(BudgetSpentError, match="2 failed queries"):
            kept.check("a")
    else:
        kept.check("a")


def test_query_refused_before_any_worker_counts_as_an_error(clock: Clock) -> None:
    """Who sends what is no query uses up the share of errors, too."""
    kept = budgets(clock, client_errors_per_minute=1)
    kept.charge_error("a")
    with pytest.raises(BudgetSpentError):
        kept.check("a")


def test_two_bounds_are_kept_apart(clock: Clock) -> None:
    """An error is charged to the errors, its seconds to the seconds."""
    kept = budgets(clock, client_errors_per_minute=5, client_processing_s_per_minute=1)
    kept.charge(finished("a", 0.5, "QueryTimedOutError"))
    kept.check("a")
    kept.charge(finished("a", 0.5))
    with pytest.raises(BudgetSpentError, match="seconds"):
        kept.check("a")


def test_without_bounds_nothing_is_kept(clock: Clock) -> None:
    """With both settings at 0, whatever is charged leaves nothing behind."""
    kept = budgets(clock)
    for _ in range(10):
        kept.charge(finished("a", 1000, "QueryTimedOutError"))
        kept.charge_error("a")
        kept.check("a")
    assert not kept.is_on
    assert kept.client_count == 0


def test_many_clients_take_bounded_memory(clock: Clock) -> None:
    """Beyond the number that is counted at once, the client that was seen first is forgotten."""
    kept = Budgets(Settings(client_processing_s_per_minute=1), clock, clients=1000)
    for number in range(5000):
        kept.charge(finished(f"client {number}", 1))
    assert kept.client_count == 1000
    kept.check("client 0")
    with pytest.raises(BudgetSpentError):
        kept.check("client 4999")


def test_clients_are_forgotten_when_their_minute_is_over(clock: Clock) -> None:
    """Who came once leaves nothing behind after a minute."""
    kept = budgets(clock, client_processing_s_per_minute=1)
    for number in range(100):
        kept.charge(finished(f"client {number}", 1))
    clock.now += 61
    kept.charge(finished("another", 1))
    assert kept.client_count == 1


def test_no_thread_is_started(clock: Clock) -> None:
    """Unlike the library's own storage, this one counts without any thread."""
    before = threading.active_count()
    kept = budgets(clock, client_processing_s_per_minute=1)
    kept.charge(finished("a", 1))
    assert threading.active_count() == before
