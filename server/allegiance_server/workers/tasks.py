"""What a worker is asked, and what comes back: values that both sides of the wire share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from allegiance_server.protocol.media_types import Formats

__all__ = ["Encoding", "Finished", "Kind", "Result", "Task"]

Kind = Literal["query", "graph", "search"]
Encoding = Literal["identity", "gzip", "zstd"]


@dataclass(frozen=True, slots=True)
class Task:
    """Hold what a worker is to do.

    `text` is a SPARQL query (kind query), the IRI of a graph or nothing for the default graph (kind
    graph), or words to look for (kind search). The graphs are those that a query sees; none: the
    dataset as it is. `encoding` is the one that the client prefers: small results stay as they are.
    `written` is the query as the client wrote it, where `text` was made of it.
    """

    kind: Kind
    text: str
    formats: Formats
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    encoding: Encoding = "identity"
    counts_rows: bool = False
    max_bytes: int | None = None
    written: str = ""

    @property
    def shown(self) -> str:
        """Return the text as whoever asks has written it."""
        return self.written or self.text


class Result(Protocol):
    """A result whose status is known: whole, or begun with the rest to come.

    `body` is all of it where `is_whole`, else its first part, and `rest` gives what follows; both
    are in the `encoding` named. `snapshot` names the data that it was computed from.
    """

    media_type: str
    encoding: Encoding
    snapshot: str
    body: bytes
    is_whole: bool
    rows: int | None

    def rest(self) -> AsyncIterator[bytes]:
        """Give the parts after `body`; raises ResultBrokenError if it cannot be completed."""

    def abandon(self) -> None:
        """Give the result up: the client has left. Its worker is free within a second."""


# Not frozen: it is made for each query, and would take three times as long.
@dataclass(slots=True)
class Finished:
    """Tell how a task ended, for the log, the metrics and the budgets.

    `outcome` is "answered" or the name of the error's class. `processing_s` is the time that
    workers spent on it, `waited_s` the time before. `rows` is None where they were not counted.
    `lane` is where it ended; empty: the cache answered.
    """

    task: Task
    client: str
    outcome: str
    processing_s: float
    waited_s: float
    byte_count: int
    rows: int | None
    snapshot: str
    lane: str = ""
