"""SERVICE, carried out by this server: bindings go to an allowed endpoint, rows come back.

The workers have no network. One of them answers the local context of a clause; this process asks
the endpoint for the rows that fit its bindings, batch by batch, and puts them as VALUES in the
place of the clause; when no clause is left, a worker answers the query as any other. All of it has
the one deadline of the query, and either the whole is answered or the failure is told.
Specification: https://www.w3.org/TR/sparql11-federated-query/
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from allegiance.namespaces import BASE, PREFIXES
from allegiance_server.errors import (
    BudgetSpentError,
    EndpointError,
    EndpointFailedError,
    EndpointTimedOutError,
    QueryNotEvaluableError,
    QueryTimedOutError,
    ResultTooLargeError,
    ServerBusyError,
    ServerError,
    TooManyRowsError,
)
from allegiance_server.protocol.admission import admit, admit_outline
from allegiance_server.protocol.federation.federated_query import FederatedQuery, request_text
from allegiance_server.protocol.federation.service_clauses import Namespaces
from allegiance_server.protocol.media_types import Formats
from allegiance_server.web.federation.answers import (
    DEEPEST_TRIPLE,
    LARGEST_ROW,
    BrokenAnswerError,
    read_rows,
    row_text,
)
from allegiance_server.web.federation.bindings import bindings
from allegiance_server.web.federation.endpoint import Asked, RemoteEndpoint
from allegiance_server.web.federation.exchange import RESULTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from allegiance_server.protocol.federation.federated_query import LocalQuery
    from allegiance_server.web.federation.answers import Row
    from allegiance_server.web.federation.bindings import Bindings
    from allegiance_server.web.service import Service
    from allegiance_server.workers.jobs import StreamedResult
    from allegiance_server.workers.tasks import Task

__all__ = ["MOST_AT_ONCE", "MOST_OF_CLIENT", "Federation"]

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

KNOWN: Final = Namespaces(PREFIXES, BASE)
# How many queries may be on their way to other endpoints: each may hold megabytes of rows.
MOST_AT_ONCE: Final = 32
MOST_OF_CLIENT: Final = 2
RETRY_S: Final = 2
ATTEMPTS: Final = 2
# A graph that is not there: whatever a query asks of it, the answer is at hand.
NOTHING: Final = (f"{BASE}.well-known/genid/nothing",)
LARGEST_CONTEXT: Final = 16 * 1024 * 1024
# Of the rows of a query, as they stand in VALUES.
MOST_ROW_CHARS: Final = 4 * 1024 * 1024
# What a client can help, by asking otherwise.
CHARGED: Final = (EndpointFailedError, EndpointTimedOutError, TooManyRowsError)
# Our own braces come on top of those that were admitted.
OWN_DEPTH: Final = 8


class ChangedError(Exception):
    """Tell that a part of a query was answered from other data than the one before."""


class Federation:
    """Answer queries with SERVICE clauses, by the endpoints that the settings allow."""

    def __init__(self, service: Service) -> None:
        """Keep who answers here, and know whom to ask elsewhere."""
        self.service = service
        settings = service.settings
        self.allowed = {each.address: each.name for each in settings.endpoints}
        self._threads = ThreadPoolExecutor(max(1, len(self.allowed)), "federation")
        self.endpoints = {
            each.address: RemoteEndpoint(
                each, settings.federation_contact, self._threads, service.metrics.federation
            )
            for each in settings.endpoints
        }
        self._clients: Counter[str] = Counter()

    def read(self, query: str) -> FederatedQuery:
        """Admit a query; raises QueryRefusedError or one of its kinds, or QueryNotParsedError."""
        settings = self.service.settings
        admit_outline(query, settings.max_query_depth, settings.max_query_patterns)
        read = FederatedQuery(query, KNOWN, self.allowed)
        self.admit(read.outline)
        return read

    def admit(self, text: str) -> None:
        """Let a text go to a worker: the same look as at any query, with no SERVICE left in it."""
        settings = self.service.settings
        admit(text, settings.max_query_depth + OWN_DEPTH, settings.max_query_patterns)

    async def open(self, task: Task, client: str, timeout_s: float | None) -> StreamedResult:
        """Return the result of a query as soon as its status is known.

        Raises what `read` and the supervisor raise, EndpointError or one of its kinds,
        TooManyRowsError, BudgetSpentError and ServerBusyError. To cancel this call stops whatever
        is under way.
        """
        longest = self.service.settings.query_timeout_s
        seconds = longest if timeout_s is None else min(timeout_s, longest)
        deadline = asyncio.get_running_loop().time() + seconds
        try:
            with self._place(client):
                read = await self._admitted(task.text, client)
                return await self._attempts(_Run(self, read, task, client, seconds, deadline))
        except (EndpointError, TooManyRowsError, BudgetSpentError) as error:
            self._take_note(client, error)
            raise

    def stop(self) -> None:
        """End what is under way."""
        for endpoint in self.endpoints.values():
            endpoint.stop()
        self._threads.shutdown(wait=False)

    async def _admitted(self, query: str, client: str) -> FederatedQuery:
        """Admit a query, in a thread: to read a long one takes a while."""
        charge = partial(self.service.budgets.charge_processing, client)
        try:
            return await _charged(charge, self.read, query)
        except ServerError as error:
            self.service.refuse("query", client, error)
            raise

    async def _attempts(self, run: _Run) -> StreamedResult:
        for _ in range(ATTEMPTS):
            try:
                return await run.result()
            except ChangedError:
                run.read = await asyncio.to_thread(self.read, run.task.text)
        detail = "The data changed while other endpoints were asked, and changed again."
        raise ServerBusyError(detail, "Try again in a moment.")

    @contextmanager
    def _place(self, client: str) -> Iterator[None]:
        if self._clients[client] >= MOST_OF_CLIENT:
            detail = f"One client may have {MOST_OF_CLIENT} queries with SERVICE at once."
            raise BudgetSpentError(detail, "Ask again when one of yours has ended.", RETRY_S)
        if self._clients.total() >= MOST_AT_ONCE:
            detail = f"{MOST_AT_ONCE} queries wait for other endpoints."
            raise ServerBusyError(detail, "Try again in a moment.")
        self._clients[client] += 1
        try:
            yield
        finally:
            self._clients[client] -= 1
            if not self._clients[client]:
                del self._clients[client]

    def _take_note(self, client: str, error: Exception) -> None:
        """Count what no worker has seen; what the client can help counts against its share."""
        self.service.metrics.count_refusal("query", error)
        if isinstance(error, CHARGED):
            self.service.budgets.charge_error(client)


@dataclass(slots=True)
class _Run:
    """Answer one query; `snapshot` is the data that its parts are answered from.

    `row_chars` counts the characters of all rows that have come from elsewhere.
    """

    federation: Federation
    read: FederatedQuery
    task: Task
    client: str
    seconds: float
    deadline: float
    snapshot: str = ""
    row_chars: int = 0

    async def result(self) -> StreamedResult:
        self.snapshot, self.row_chars = "", 0
        await self._check(self.read.outline)
        while self.read.clauses:
            await self._replace_unsteady()
            await self._replace_clause()
        return await self._open(await _charged(self._charge, self._whole))

    def _whole(self) -> Task:
        """Make the task of what is left; with many rows, to look through it takes a while."""
        text = self.read.whole
        self.federation.admit(text)
        return replace(self.task, text=text, written=self.task.text)

    async def _check(self, outline: str) -> None:
        """Have the outline read by a worker: what is wrong with it is told before anybody is asked.

        It keeps line and column, and sees a graph without anything in it.
        """
        task = replace(
            self.task, text=outline, default_graphs=NOTHING, named_graphs=(), written=self.task.text
        )
        (await self._open(task)).abandon()
        self.snapshot = ""

    async def _replace_unsteady(self) -> None:
        while (found := await _charged(self._charge, self.read.unsteady)) is not None:
            select, query = found
            table = await self._rows(query, "a sub-SELECT before the SERVICE clause")
            try:
                rows = [row_text(row, query.variables, "") for row in table]
            except BrokenAnswerError:
                detail = "A sub-SELECT with LIMIT before the SERVICE clause gives blank nodes."
                remedy = "Select what has an IRI, or leave LIMIT out."
                raise TooManyRowsError(detail, remedy) from None
            await _charged(self._charge, self.read.replace, select, query.variables, rows)

    async def _replace_clause(self) -> None:
        clause = self.read.clauses[0]
        query = await _charged(self._charge, self.read.context)
        if query is None:
            rows = await self._asked((), [])
        else:
            table = await self._rows(query, "what stands beside the SERVICE clause")
            found = await _charged(self._charge, bindings, query.variables, table)
            rows = await self._batches(found) if table else []
        await _charged(self._charge, self.read.replace, clause.element, clause.variables, rows)

    async def _batches(self, found: Bindings) -> list[str]:
        if not found.variables:
            return await self._asked((), [])
        size = self.federation.service.settings.federation_batch
        rows: list[str] = []
        for first in range(0, len(found.rows), size):
            batch = found.rows[first : first + size]
            rows += await self._asked(found.variables, batch, len(rows))
        return rows

    async def _asked(self, pushed: tuple[str, ...], batch: list[str], so_far: int = 0) -> list[str]:
        """Ask the endpoint for the rows of a batch; `so_far` is how many the clause has."""
        service = self.federation.service
        service.budgets.check(self.client)
        cap = service.settings.federation_max_rows
        clause = self.read.clauses[0]
        # One row more than there may be: then it is known that there are too many.
        text = request_text(clause, KNOWN, pushed, batch, cap - so_far + 1)
        asked = Asked(text, clause.variables, cap - so_far, cap)
        timeout_s = min(service.settings.federation_timeout_s, self._left())
        endpoint = self.federation.endpoints[clause.address]
        rows = await endpoint.ask(asked, timeout_s, self._charge)
        self.row_chars += sum(map(len, rows))
        if self.row_chars > MOST_ROW_CHARS:
            detail = f"The rows from elsewhere have more than {MOST_ROW_CHARS} characters together."
            raise TooManyRowsError(detail, "Ask for fewer variables, or in several queries.")
        return rows

    async def _rows(self, query: LocalQuery, what: str) -> list[Row]:
        """Have a worker answer a query of our own; raises TooManyRowsError."""
        cap = self.federation.service.settings.federation_max_rows
        text = f"{query.text} LIMIT {cap + 1}"
        await _charged(self._charge, self.federation.admit, text)
        formats = Formats(RESULTS, None)
        task = replace(
            self.task,
            text=text,
            formats=formats,
            encoding="identity",
            max_bytes=LARGEST_CONTEXT,
            written=self.task.text,
        )
        try:
            body = await (await self._open(task)).whole()
        except ResultTooLargeError:
            body = b""
        table = await _charged(self._charge, _table, body, query.variables) if body else []
        if not body or len(table) > cap:
            detail = f"There are more than {cap} bindings to send: so many has {what}."
            remedy = "Narrow that part of the query, or ask in several queries."
            raise TooManyRowsError(detail, remedy)
        return table

    async def _open(self, task: Task) -> StreamedResult:
        """Have a worker answer; raises ChangedError where it has other data than those before."""
        try:
            result = await self.federation.service.supervisor.open(
                task, client=self.client, timeout_s=self._left()
            )
        except QueryTimedOutError:
            raise self._late() from None
        if self.snapshot and result.snapshot != self.snapshot:
            result.abandon()
            raise ChangedError
        self.snapshot = result.snapshot
        return result

    def _charge(self, seconds: float) -> None:
        """Count processor time that was spent here; to wait costs nothing."""
        self.federation.service.budgets.charge_processing(self.client, seconds)

    def _left(self) -> float:
        left = self.deadline - asyncio.get_running_loop().time()
        if left <= 0:
            raise self._late()
        return left

    def _late(self) -> QueryTimedOutError:
        return QueryTimedOutError(
            f"The query was stopped after {self.seconds:g} seconds, other endpoints included.",
            "Narrow what stands beside its SERVICE clauses, so that less is asked elsewhere.",
        )


async def _charged(
    charge: Callable[[float], None],
    work: Callable[Arguments, Result],
    *arguments: Arguments.args,
    **options: Arguments.kwargs,
) -> Result:
    """Have something done in a thread; `charge` learns the processor seconds that it took."""

    def measured() -> tuple[Result, float]:
        begun = time.thread_time()
        result = work(*arguments, **options)
        return result, time.thread_time() - begun

    result, seconds = await asyncio.to_thread(measured)
    charge(seconds)
    return result


def _table(body: bytes, variables: Sequence[str]) -> list[Row]:
    try:
        return list(read_rows(body, variables, DEEPEST_TRIPLE))
    except BrokenAnswerError:
        detail = (
            "What stands beside the SERVICE clause has a row that is too much to look through: of "
            f"more than {LARGEST_ROW} bytes, or of triples in triples, more than {DEEPEST_TRIPLE}."
        )
        remedy = "Bind such values behind the clause, or to variables that it does not have."
        raise QueryNotEvaluableError(detail, remedy) from None
