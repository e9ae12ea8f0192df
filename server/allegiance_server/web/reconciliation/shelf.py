"""Keep the directories: made when first asked for, and anew when other data is served."""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from allegiance.errors import AllegianceError
from allegiance_server.errors import ServerBusyError
from allegiance_server.protocol.media_types import JSON, Formats
from allegiance_server.web.reconciliation.costs import current_cost, measured_call
from allegiance_server.web.reconciliation.loading import (
    ACTORS_QUERY,
    actor_directory,
    item_directory,
)
from allegiance_server.workers.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from allegiance.bundle import Bundle
    from allegiance.wikidata.index import WikidataIndex
    from allegiance_server.web.reconciliation.directory import Directory

__all__ = ["Shelf", "sparql_task"]

Result = TypeVar("Result")

log = logging.getLogger(__name__)

# More than a batch or two waiting for the one thread would wait for seconds.
MOST_WAITING: Final = 64
MAX_RESULT_BYTES: Final = 256 * 1024 * 1024


def sparql_task(query: str) -> Task:
    """Make the task of a query whose result is read here."""
    return Task("query", query, Formats(JSON, None), max_bytes=MAX_RESULT_BYTES)


class Shelf:
    """Hold the directories, and do in one thread what would keep the event loop waiting.

    The names of our own things are read by a query, as a client would. While those of new data are
    read, the old ones answer.
    """

    def __init__(
        self,
        ask: Callable[[Task], Awaitable[bytes]],
        snapshot: Callable[[], str],
        bundle: Bundle,
    ) -> None:
        """Keep who asks a worker, who knows the name of the data, and where the index is."""
        self._ask = ask
        self._snapshot = snapshot
        self._bundle = bundle
        self._thread = ThreadPoolExecutor(1, "reconciliation")
        self._waiting = 0
        self._lock = asyncio.Lock()
        self._actors: tuple[str, Directory] | None = None
        self._items: tuple[Directory, WikidataIndex] | None = None
        self._renewal: asyncio.Task[None] | None = None

    async def actors(self) -> Directory:
        """Return the directory of our own things; the first call waits until it is made."""
        if self._actors is None:
            async with self._lock:
                if self._actors is None:
                    self._actors = await self._made()
        elif self._actors[0] != self._snapshot() and (
            self._renewal is None or self._renewal.done()
        ):
            self._renewal = asyncio.create_task(self._renew())
        return self._actors[1]

    async def items(self) -> tuple[Directory, WikidataIndex]:
        """Return the directory of the offline index; the first call waits until it is read."""
        if self._items is None:
            async with self._lock:
                if self._items is None:
                    # What every client will use is charged to none.
                    self._items = await self._in_thread(partial(item_directory, self._bundle))
        return self._items

    async def run(self, work: Callable[[], Result]) -> Result:
        """Do work in the thread, as a part of the cost of the operation that asks for it.

        Raises ServerBusyError where too much waits for the thread.
        """
        if self._waiting >= MOST_WAITING:
            detail = "Too many batches wait to be matched."
            raise ServerBusyError(detail, "Ask again in a moment.")
        self._waiting += 1
        try:
            asked_at = time.monotonic()
            return await self._in_thread(partial(measured_call, work, current_cost(), asked_at))
        finally:
            self._waiting -= 1

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _is_renewing(self) -> bool:
        return self._renewal is not None and not self._renewal.done()

    async def _made(self) -> tuple[str, Directory]:
        name = self._snapshot()
        body = await self._ask(sparql_task(ACTORS_QUERY))
        return name, await self._in_thread(partial(actor_directory, body, self._bundle))

    async def _renew(self) -> None:
        try:
            self._actors = await self._made()
        except AllegianceError as error:
            # The old names go on answering; the next request tries again.
            log.warning("The names of the new data cannot be read: %s", error)
