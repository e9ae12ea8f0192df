"""Keep the data of a service on disk where the settings say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allegiance.disk_store import disk_store_beside, make_disk_store
from allegiance.errors import SnapshotError
from allegiance_server.errors import SettingsError

if TYPE_CHECKING:
    from allegiance.snapshot import Snapshot
    from allegiance_server.settings import Settings

__all__ = ["disk_store_of", "make_disk_store"]


def disk_store_of(settings: Settings, snapshot: Snapshot) -> str:
    """Return the folder of the store of a snapshot, made where it is not there yet.

    Return nothing where the settings keep the data in memory. Raises SettingsError where the store
    cannot be made.
    """
    if settings.store != "disk":
        return ""
    try:
        return str(disk_store_beside(snapshot))
    except SnapshotError as error:
        raise SettingsError(str(error), "Make room there, or keep the data in memory.") from error
