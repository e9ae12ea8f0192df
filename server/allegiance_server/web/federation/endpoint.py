"""An endpoint that queries may name: asked by one request at a time, left alone when it wants.

The event loop never waits for it: the exchange is made in a thread.
"""

from __future__ import annotations

import asyncio
import math
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from allegiance.namespaces import BASE
from allegiance_server.errors import (
    EndpointBusyError,
    EndpointError,
    EndpointFailedError,
    EndpointTimedOutError,
    TooManyRowsError,
)
from allegiance_server.web.federation.answers import BrokenAnswerError, read_rows, row_text
from allegiance_server.web.federation.exchange import Exchange, Exchanger
from allegiance_server.web.federation.metrics import ANSWERED

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from allegiance_server.endpoints import Endpoint
    from allegiance_server.web.federation.metrics import FederationMetrics

__all__ = ["MOST_WAITING", "Asked", "RemoteEndpoint"]

MOST_WAITING: Final = 16
RETRY_S: Final = 2
# How long an exchange that has been ended may take to notice.
PATIENCE_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold a request: the query, the variables of its rows, and how many rows it may have.

    `cap` is how many all requests of the clause together may have, for whoever is told so.
    """

    query: str
    variables: tuple[str, ...]
    most: int
    cap: int


class RemoteEndpoint:
    """Ask an endpoint, in turn; all of it but the exchange runs in one event loop."""

    def __init__(
        self, endpoint: Endpoint, contact: str, threads: Executor, metrics: FederationMetrics
    ) -> None:
        """Keep where to ask, in whose threads, and who counts."""
        self.endpoint = endpoint
        self._metrics = metrics
        self._exchanger = Exchanger(endpoint, contact)
        self._threads = threads
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._quiet_until = 0.0
        self._exchange: Exchange | None = None

    async def ask(
        self, asked: Asked, timeout_s: float, charge: Callable[[float], None]
    ) -> list[str]:
        """Return the rows as they stand in VALUES; `charge` learns the processor seconds of it.

        The time, in seconds, runs while others have their turn, too. Raises EndpointError or one
        of its kinds, and TooManyRowsError.
        """
        begun = time.monotonic()
        try:
            rows, processor_s = await self._in_turn(asked, timeout_s)
        except (EndpointError, TooManyRowsError) as error:
            seconds = time.monotonic() - begun
            self._metrics.observe(self.endpoint.name, type(error).__name__, seconds)
            # Both hold the frames that read the answer, megabytes of it, until a collection of
            # garbage: the error stands in futures, and these in the frames that it went through.
            error.__traceback__ = error.__context__ = None
            raise
        self._metrics.observe(self.endpoint.name, ANSWERED, time.monotonic() - begun, len(rows))
        charge(processor_s)
        return rows

    def stop(self) -> None:
        """End the exchange that is under way, or close the connection that is kept."""
        if self._exchange is not None:
            self._exchange.end()
        else:
            self._exchanger.close()

    async def _in_turn(self, asked: Asked, timeout_s: float) -> tuple[list[str], float]:
        deadline = time.monotonic() + timeout_s
        self._refuse_if_quiet()
        if self._waiting >= MOST_WAITING:
            detail = f"{MOST_WAITING} requests wait for the endpoint {self.endpoint.name}."
            raise EndpointBusyError(detail, "Try again in a moment.", RETRY_S)
        self._waiting += 1
        try:
            async with asyncio.timeout(timeout_s):
                await self._turn.acquire()
        except TimeoutError:
            detail = (
                f"The endpoint {self.endpoint.name} was busy with others for {timeout_s:.3g} s."
            )
            raise EndpointTimedOutError(detail, "Try again in a moment.") from None
        finally:
            self._waiting -= 1
        try:
            self._refuse_if_quiet()
        except EndpointBusyError:
            self._turn.release()
            raise
        return await self._exchanged(asked, Exchange(max(0.001, deadline - time.monotonic())))

    async def _exchanged(self, asked: Asked, exchange: Exchange) -> tuple[list[str], float]:
        """Make the exchange; the turn is over when the thread is done, whoever waits for it."""
        loop = asyncio.get_running_loop()
        self._exchange = exchange
        future = loop.run_in_executor(self._threads, self._rows, asked, exchange)
        future.add_done_callback(self._on_done)
        watchdog = loop.call_later(exchange.timeout_s, exchange.end)
        try:
            async with asyncio.timeout(exchange.timeout_s + PATIENCE_S):
                return await asyncio.shield(future)
        except TimeoutError:
            # Only a look-up of a name goes on when its exchange has been ended.
            raise exchange.late(self.endpoint.name) from None
        except EndpointBusyError as error:
            self._quiet_until = time.monotonic() + error.retry_after_s
            raise
        except asyncio.CancelledError:
            exchange.end()
            raise
        finally:
            watchdog.cancel()

    def _on_done(self, future: asyncio.Future[tuple[list[str], float]]) -> None:
        self._exchange = None
        self._turn.release()
        if not future.cancelled():
            future.exception()  # whoever has left does not ask for it

    def _rows(self, asked: Asked, exchange: Exchange) -> tuple[list[str], float]:
        """Ask and read, in a thread."""
        answer = self._exchanger.ask(asked.query, exchange)
        begun = time.thread_time()
        blank = f"{BASE}.well-known/genid/{secrets.token_hex(8)}-"
        rows = []
        try:
            for row in read_rows(answer.body, asked.variables):
                rows.append(row_text(row, asked.variables, blank))
                self._check(asked, exchange, len(rows))
        except BrokenAnswerError as error:
            detail = f"The endpoint {self.endpoint.name} gave no whole result: {error}."
            remedy = "Ask again later, or leave that endpoint out."
            raise EndpointFailedError(detail, remedy) from None
        if answer.most_rows is not None and len(rows) >= answer.most_rows:
            detail = (
                f"The endpoint {self.endpoint.name} gives {answer.most_rows} rows at most, and it "
                "may have more."
            )
            raise EndpointFailedError(detail, "Narrow the pattern of the SERVICE clause.")
        return rows, time.thread_time() - begun

    def _check(self, asked: Asked, exchange: Exchange, row_count: int) -> None:
        name = self.endpoint.name
        if row_count > asked.most:
            detail = f"The SERVICE clause has more than {asked.cap} rows from the endpoint {name}."
            remedy = "Narrow its pattern or what stands beside it, or ask in several queries."
            raise TooManyRowsError(detail, remedy)
        if exchange.is_ended:
            detail = f"The answer of the endpoint {name} took too long to read."
            raise EndpointTimedOutError(detail, "Ask it for less, or later.")

    def _refuse_if_quiet(self) -> None:
        left = self._quiet_until - time.monotonic()
        if left > 0:
            seconds = math.ceil(left)
            detail = f"The endpoint {self.endpoint.name} asked to be left alone."
            raise EndpointBusyError(detail, f"Ask again in {seconds} seconds.", seconds)
