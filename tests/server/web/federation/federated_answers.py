"""SERVICE carried out on a store in this process, beside the store's own evaluation of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pyoxigraph import (
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    Store,
    parse_query_results,
)

from allegiance.namespaces import BASE, PREFIXES
from allegiance_server.errors import QueryNotParsedError, ServerError
from allegiance_server.protocol.media_types import Formats
from allegiance_server.settings import Settings
from allegiance_server.web.budgets import Budgets
from allegiance_server.web.federation.execution import Federation
from allegiance_server.web.metrics import Metrics
from allegiance_server.workers.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from remote_endpoints import Remote

__all__ = ["House", "native", "rows"]

Rows = Counter[frozenset[tuple[str, str]]]


@dataclass
class Whole:
    """A result that is there in full."""

    body: bytes
    snapshot: str

    async def whole(self) -> bytes:
        """Return all of it."""
        return self.body

    def abandon(self) -> None:
        """Leave it."""


@dataclass
class Evaluator:
    """Answer tasks at once, from a store; `snapshots` are the names of the data, one a task."""

    store: Store
    tasks: list[Task] = field(default_factory=list)
    snapshots: Iterator[str] | None = None
    snapshot = "data"
    workers = ()
    running = ()

    async def open(self, task: Task, *, client: str, timeout_s: float) -> Whole:  # noqa: ARG002 - as the supervisor has it
        """Answer a task."""
        self.tasks.append(task)
        graphs = [NamedNode(each) for each in task.default_graphs] or None
        try:
            found = self.store.query(
                task.text,
                base_iri=BASE,
                prefixes=dict(PREFIXES),
                default_graph=graphs,
                named_graphs=[] if graphs else None,
            )
        except SyntaxError as error:
            raise QueryNotParsedError(str(error), "", None, None) from None
        assert isinstance(found, QuerySolutions | QueryBoolean)
        body = found.serialize(format=QueryResultsFormat.JSON) or b""
        return Whole(body, next(self.snapshots) if self.snapshots else "data")


@dataclass
class House:
    """A server without HTTP: its evaluator, its metrics, and the settings that it got."""

    evaluator: Evaluator
    settings: Settings
    federation: Federation = field(init=False)

    def __post_init__(self) -> None:
        """Put the parts together as the application does."""
        self.supervisor = self.evaluator
        self.metrics = Metrics(self.evaluator)
        self.budgets = Budgets(self.settings)
        self.refused: list[ServerError] = []
        self.federation = Federation(self)  # type: ignore[arg-type]  # what it uses of a Service

    @classmethod
    def of(cls, store: Store, remote: Remote, **settings: Any) -> House:  # noqa: ANN401 - any field of Settings
        """Allow one endpoint, by the name `peer`."""
        chosen = {"federation_contact": "graph@example.org", "query_timeout_s": 10.0, **settings}
        return cls(
            Evaluator(store), Settings(federation_endpoints=f"peer={remote.address}", **chosen)
        )

    def refuse(self, kind: str, client: str, error: ServerError) -> None:  # noqa: ARG002 - as a Service has it
        """Take note of a query that no worker has seen."""
        self.refused.append(error)

    def answer(self, query: str, client: str = "somebody") -> bytes:
        """Admit a query and answer it, in JSON."""
        return asyncio.run(self.answering(query, client))

    async def answering(self, query: str, client: str) -> bytes:
        """Admit a query and answer it, in the event loop that runs."""
        task = Task("query", query, Formats("application/sparql-results+json", None))
        return await (await self.federation.open(task, client, None)).whole()


def native(store: Store, query: str) -> Rows:
    """Answer by the store's own evaluation of SERVICE."""
    found = store.query(query, base_iri=BASE, prefixes=dict(PREFIXES))
    assert isinstance(found, QuerySolutions)
    return rows(found.serialize(format=QueryResultsFormat.JSON) or b"")


def rows(body: bytes) -> Rows:
    """Read a table as a multiset of rows."""
    found = parse_query_results(body, format=QueryResultsFormat.JSON)
    assert isinstance(found, QuerySolutions)
    names = [variable.value for variable in found.variables]
    return Counter(
        frozenset(
            (name, str(term)) for name, term in zip(names, row, strict=True) if term is not None
        )
        for row in found
    )
