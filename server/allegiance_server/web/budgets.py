"""What one client may use in a minute: seconds of processing, and queries that fail.

A fixed window, which begins with the first charge of a client, because a cost is known only when
it has been caused: this window counts it even where it passes the bound, and knows when there will
be more. The sliding windows of the library refuse to count what passes the bound, so that one query
of 30 seconds would cost nothing against a bound of 20. And the moving one keeps an entry for each
millisecond.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from cachetools import TTLCache
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from allegiance_server.errors import BudgetSpentError

if TYPE_CHECKING:
    from collections.abc import Callable

    from allegiance_server.settings import Settings
    from allegiance_server.workers.tasks import Finished

__all__ = ["Budgets"]

WINDOW_S: Final = 60
MOST_CLIENTS: Final = 100_000
MS: Final = 1000
# What ended otherwise than well, and not by the doing of the client.
FORGIVEN: Final = frozenset(
    {
        "answered",
        "BudgetSpentError",
        "ClientGoneError",
        "QueryKilledError",
        "ServerBusyError",
        "WorkersUnavailableError",
    }
)


class Windows(Storage):
    """Count in memory, for as many clients as there is room for, each for a minute.

    The storage of the library starts a thread for nearly each count, which looks at every client;
    this one drops what has expired while it counts. Beyond the bound, the client goes that has not
    been seen for longest.
    """

    STORAGE_SCHEME = None

    def __init__(self, clients: int, clock: Callable[[], float]) -> None:
        """Make room for a number of clients; the clock gives seconds."""
        super().__init__()
        self._counts: TTLCache[str, list[float]] = TTLCache(clients, WINDOW_S, clock)
        self._clock = clock

    @property
    def base_exceptions(self) -> type[Exception]:
        """Return what this may raise: nothing of its own."""
        return ValueError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count; the window begins with the first count and ends `expiry` seconds later."""
        found = self._counts.get(key)
        if found is None:
            found = self._counts[key] = [0, self._clock() + expiry]
        found[0] += amount
        return int(found[0])

    def get(self, key: str) -> int:
        """Return what has been counted in the window."""
        found = self._counts.get(key)
        return int(found[0]) if found else 0

    def get_expiry(self, key: str) -> float:
        """Return when the window ends, by the clock: now, where there is none."""
        found = self._counts.get(key)
        return found[1] if found else self._clock()

    def check(self) -> bool:
        """Tell that memory is there."""
        return True

    def reset(self) -> int:
        """Forget everything; return how much that was."""
        count = len(self._counts)
        self._counts.clear()
        return count

    def clear(self, key: str) -> None:
        """Forget one client."""
        self._counts.pop(key, None)

    def __len__(self) -> int:
        """Return the number of clients that are counted."""
        return len(self._counts)


class _Bound(NamedTuple):
    item: RateLimitItem
    told: str


class Budgets:
    """Keep each client to its share. Without bounds set, nothing is kept and nothing refused.

    >>> from allegiance_server.settings import Settings
    >>> Budgets(Settings()).is_on
    False
    """

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
        clients: int = MOST_CLIENTS,
    ) -> None:
        """Keep the bounds; the clock gives seconds, and `clients` are counted at once."""
        self._clock = clock
        seconds, errors = settings.client_processing_s_per_minute, settings.client_errors_per_minute
        self._processing = _bound(seconds * MS, "ms", f"{seconds:g} seconds of processing")
        self._errors = _bound(errors, "errors", f"{errors} failed queries")
        self._bounds = tuple(each for each in (self._processing, self._errors) if each)
        self._windows = Windows(clients * max(1, len(self._bounds)), clock)
        self._limiter = FixedWindowRateLimiter(self._windows)

    @property
    def is_on(self) -> bool:
        """Tell whether there is any bound."""
        return bool(self._bounds)

    @property
    def client_count(self) -> int:
        """Return the number of clients that are counted; one in both bounds counts twice."""
        return len(self._windows)

    def check(self, client: str) -> None:
        """Let a client ask; raises BudgetSpentError where it has used up a share."""
        for bound in self._bounds:
            if not self._limiter.test(bound.item, client):
                raise self._spent(bound, client)

    def charge(self, finished: Finished) -> None:
        """Count what a task has cost its client."""
        self.charge_processing(finished.client, finished.processing_s)
        if finished.outcome not in FORGIVEN:
            self.charge_error(finished.client)

    def charge_processing(self, client: str, seconds: float) -> None:
        """Count seconds of processing; each millisecond that has begun counts whole."""
        if self._processing is not None:
            cost = math.ceil(seconds * MS)
            if cost > 0:
                self._limiter.hit(self._processing.item, client, cost=cost)

    def charge_error(self, client: str) -> None:
        """Count a query that was refused before any worker had it."""
        if self._errors is not None:
            self._limiter.hit(self._errors.item, client)

    def _spent(self, bound: _Bound, client: str) -> BudgetSpentError:
        left = self._limiter.get_window_stats(bound.item, client).reset_time - self._clock()
        seconds = max(1, math.ceil(left))
        detail = f"One client may use {bound.told} in a minute; yours are used up."
        return BudgetSpentError(detail, f"Ask again in {seconds} seconds.", seconds)


def _bound(amount: float, name: str, told: str) -> _Bound | None:
    if amount == 0:
        return None
    return _Bound(RateLimitItemPerMinute(max(1, math.ceil(amount)), namespace=name), told)
