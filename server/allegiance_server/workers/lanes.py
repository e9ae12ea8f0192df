"""Who goes next: a queue in which clients take turns, those first who have used least."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["FairQueue", "Usage"]

# What was used this long ago weighs half.
HALF_LIFE_S: Final = 10.0
# Beyond so many clients, those who used least are forgotten: they lose nothing by it.
REMEMBERED_CLIENTS: Final = 4096
# Queries that take no longer on average are tiny or small, in seconds of processor time.
TINY_QUERY_S: Final = 0.0003
MOST_AHEAD: Final = 4
LIGHT_QUERY_S: Final = 0.01
HEAVY_QUERY_S: Final = 0.05
# How much the last query counts in the average of a client.
NEWS_PART: Final = 0.2

Waiting = TypeVar("Waiting")


class Usage:
    """Remember the processor time that each client has caused lately; old seconds weigh less.

    >>> usage = Usage(clock=lambda: 0.0)
    >>> usage.add("a", 3.0, is_done=True)
    >>> usage.of("a"), usage.of("b")
    (3.0, 0.0)
    >>> usage.is_light("a"), usage.is_light("b"), usage.is_heavy("a")
    (False, True, True)
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start empty; the clock tells seconds."""
        self._clock = clock
        self._clients: dict[str, _Account] = {}

    def add(self, client: str, seconds: float, *, is_done: bool) -> None:
        """Charge a client for a query, which was done or was stopped."""
        account = self._clients.get(client)
        if account is None:
            account = self._clients[client] = _Account()
        now = self._clock()
        account.seconds = account.today(now) + seconds
        account.when = now
        account.average += NEWS_PART * (seconds - account.average)
        account.is_heavy = seconds > (HEAVY_QUERY_S if is_done else LIGHT_QUERY_S)
        if len(self._clients) > REMEMBERED_CLIENTS:
            self._forget()

    def of(self, client: str) -> float:
        """Return what a client has used, in seconds, by today's weight."""
        account = self._clients.get(client)
        return 0.0 if account is None else account.today(self._clock())

    def is_light(self, client: str) -> bool:
        """Tell whether a client's queries have been small, or nothing is known of it."""
        account = self._clients.get(client)
        return account is None or account.average <= LIGHT_QUERY_S

    def depth(self, client: str) -> int:
        """Return how many queries of a client may be sent ahead: the more, the tinier they are.

        0: they are not tiny, or nothing is known of the client.
        """
        account = self._clients.get(client)
        if account is None or account.average > TINY_QUERY_S:
            return 0
        return min(MOST_AHEAD, int(TINY_QUERY_S / max(account.average, TINY_QUERY_S / MOST_AHEAD)))

    def is_heavy(self, client: str) -> bool:
        """Tell whether a client's last query took long, or was stopped when it had begun to."""
        account = self._clients.get(client)
        return account is not None and account.is_heavy

    def _forget(self) -> None:
        least_first = sorted(self._clients, key=self.of)
        for client in least_first[: REMEMBERED_CLIENTS // 2]:
            del self._clients[client]


class _Account:
    """Hold the seconds of a client as of a time, and what its queries take on average."""

    __slots__ = ("average", "is_heavy", "seconds", "when")

    def __init__(self) -> None:
        self.seconds = 0.0
        self.when = 0.0
        self.average = 0.0
        self.is_heavy = False

    def today(self, now: float) -> float:
        return self.seconds * math.pow(0.5, (now - self.when) / HALF_LIFE_S)


class FairQueue(Generic[Waiting]):
    """Keep what waits, each client's in order of arrival."""

    def __init__(self, used: Callable[[str], float]) -> None:
        """Start empty; `used` tells what a client has used so far."""
        self._used = used
        self._clients: dict[str, deque[Waiting]] = {}
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Waiting]:
        for waiting in self._clients.values():
            yield from waiting

    @property
    def client_count(self) -> int:
        """Return how many clients wait."""
        return len(self._clients)

    def push(self, client: str, item: Waiting) -> None:
        """Put in behind the client's others."""
        self._clients.setdefault(client, deque()).append(item)
        self._length += 1

    def push_back(self, client: str, item: Waiting) -> None:
        """Put in before the client's others, where it was taken out."""
        self._clients.setdefault(client, deque()).appendleft(item)
        self._length += 1

    def pop(self) -> Waiting:
        """Take out the first of the client that has used least, the earlier of two such clients."""
        client = self.next_client()
        return self._take(client, self._clients[client].popleft())

    def next_client(self) -> str:
        """Return whose turn it is."""
        if len(self._clients) == 1:
            return next(iter(self._clients))
        return min(self._clients, key=self._used)

    def remove(self, client: str, item: Waiting) -> bool:
        """Take out a certain one; return whether it was there."""
        waiting = self._clients.get(client)
        if waiting is None or item not in waiting:
            return False
        waiting.remove(item)
        self._take(client, item)
        return True

    def yield_place(self, client: str) -> Waiting | None:
        """Take out the last of whoever has most in here, if that is more than this client has.

        None: nobody has to make room for this client.
        """
        greediest = max(self._clients, key=lambda each: len(self._clients[each]), default=None)
        if greediest is None:
            return None
        if len(self._clients[greediest]) <= len(self._clients.get(client, ())) + 1:
            return None
        return self._take(greediest, self._clients[greediest].pop())

    def _take(self, client: str, item: Waiting) -> Waiting:
        self._length -= 1
        if not self._clients[client]:
            del self._clients[client]
        return item
