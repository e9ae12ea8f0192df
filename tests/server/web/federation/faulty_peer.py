"""An endpoint that answers as it is told to, and a server that may call it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from federated_answers import House, rows
from pyoxigraph import Store
from remote_endpoints import Reply, listening, table

if TYPE_CHECKING:
    from contextlib import ExitStack

    from remote_endpoints import Remote

__all__ = ["ROW", "WHOLE", "Peer"]

ROW = '{"s":{"type":"uri","value":"x:y"}}'
WHOLE = Reply(table("s", ROW))


class Peer:
    """An endpoint that answers as it is told to, and a house that may call it."""

    def __init__(self, stack: ExitStack) -> None:
        """Answer with one row until told otherwise."""
        self.reply = WHOLE
        self._stack = stack
        self.remote: Remote = stack.enter_context(listening(lambda _: self.reply))

    def house(self, **settings: Any) -> House:  # noqa: ANN401 - any field of Settings
        """Make a house that is closed at the end."""
        house = House.of(Store(), self.remote, **settings)
        self._stack.callback(house.federation.stop)
        return house

    def ask(self, **settings: Any) -> dict[str, str]:  # noqa: ANN401 - any field of Settings
        """Ask for all subjects; return the one row as a mapping."""
        body = self.house(**settings).answer(self.query)
        (row,) = rows(body)
        return dict(row)

    @property
    def query(self) -> str:
        """Return a query that calls the endpoint."""
        return f"SELECT * {{ SERVICE <{self.remote.address}> {{ ?s a <x:z> }} }}"
