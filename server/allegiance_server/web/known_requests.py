"""Remember what plain requests have come to, by their bytes: clients ask the same again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from allegiance_server.web.plain_requests import Head
    from allegiance_server.web.sparql import Asked

__all__ = ["KnownRequests"]

MOST_REQUESTS: Final = 4096
LARGEST_BYTES: Final = 2048


class KnownRequests:
    """Find what was read from the same bytes before, and admitted.

    Nothing of it depends on the client. What depends on the data is forgotten with the snapshot.
    """

    def __init__(self) -> None:
        """Start knowing none."""
        self._snapshot = ""
        self._known: dict[bytes, tuple[Head, Asked]] = {}

    def find(self, request: bytes, snapshot: str) -> tuple[Head, Asked] | None:
        """Return what was kept for a request while this snapshot has been served."""
        if snapshot != self._snapshot:
            self._known.clear()
            self._snapshot = snapshot
        return self._known.get(request)

    def keep(self, request: bytes, head: Head, asked: Asked) -> None:
        """Keep what came of a request, unless it is large; too many are all forgotten."""
        if len(request) > LARGEST_BYTES:
            return
        if len(self._known) >= MOST_REQUESTS:
            self._known.clear()
        self._known[bytes(request)] = (head, asked)
