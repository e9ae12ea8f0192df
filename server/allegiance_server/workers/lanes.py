"""Who goes next: a queue in which clients take turns, those first who have used least."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["FairQueue", "Usage"]

# What was used this long ago weighs half.
HALF_LIFE_S: Final = 10.0
# Beyond so many clients, those who used least are forgotten: they lose nothing by it.
REMEMBERED_CLIENTS: Final = 4096

Waiting = TypeVar("Waiting")


class Usage:
    """Remember the seconds of work that each client has caused lately; old ones weigh less.

    >>> usage = Usage(clock=lambda: 0.0)
    >>> usage.add("a", 3.0)
    >>> usage.of("a"), usage.of("b")
    (3.0, 0.0)
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start empty; the clock tells seconds."""
        self._clock = clock
        self._used: dict[str, tuple[float, float]] = {}

    def add(self, client: str, seconds: float) -> None:
        """Charge a client."""
        self._used[client] = (self.of(client) + seconds, self._clock())
        if len(self._used) > REMEMBERED_CLIENTS:
            self._forget()

    def of(self, client: str) -> float:
        """Return what a client has used, in seconds, by today's weight."""
        seconds, when = self._used.get(client, (0.0, 0.0))
        return seconds * 0.5 ** ((self._clock() - when) / HALF_LIFE_S) if seconds else 0.0

    def _forget(self) -> None:
        least_first = sorted(self._used, key=self.of)
        for client in least_first[: REMEMBERED_CLIENTS // 2]:
            del self._used[client]


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

    def pop(self) -> Waiting:
        """Take out the first of the client that has used least, the earlier of two such clients."""
        if len(self._clients) == 1:
            client = next(iter(self._clients))
        else:
            client = min(self._clients, key=self._used)
        return self._take(client, self._clients[client].popleft())

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
