"""Follow the folder of snapshots: when `current` points to another one, that is taken up."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from allegiance.errors import AllegianceError
from allegiance.snapshot import current_snapshot
from allegiance_server.workers.disk_store import disk_store_of
from allegiance_server.workers.plan import plan_for

if TYPE_CHECKING:
    from allegiance.snapshot import Snapshot
    from allegiance_server.settings import Settings
    from allegiance_server.workers.supervisor import Supervisor

__all__ = ["SnapshotFollower"]

log = logging.getLogger(__name__)


class SnapshotFollower:
    """Look for a new snapshot beside the one that is served, and have it taken up.

    A server that writes follows nothing: its commits stand on the snapshot that it began with.
    """

    def __init__(self, settings: Settings, snapshot: Snapshot, supervisor: Supervisor) -> None:
        """Keep where to look."""
        self._settings = settings
        self._folder = snapshot.directory.parent
        self._served = snapshot.name
        self._failed = ""
        self._supervisor = supervisor
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look, if the folder points to what is served now."""
        if not self._settings.writable and self._current_name() == self._served:
            self._task = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(self._settings.snapshot_poll_s)
            name = self._current_name()
            if name not in (None, self._served, self._failed):
                await self._take_up()

    async def _take_up(self) -> None:
        try:
            snapshot = await asyncio.to_thread(current_snapshot, self._folder)
            store = await asyncio.to_thread(disk_store_of, self._settings, snapshot)
            await self._supervisor.take_up(plan_for(self._settings, snapshot, store))
        except AllegianceError as error:
            # What is served goes on being served; the next snapshot is looked at again.
            self._failed = self._current_name() or ""
            log.warning("The new snapshot is not taken up: %s", error)
            return
        self._served = snapshot.name
        log.warning("The snapshot %s is served from now on.", snapshot.name)

    def _current_name(self) -> str | None:
        """Return the name that the folder points to, None where it points to nothing."""
        try:
            return (self._folder / "current").read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return None
