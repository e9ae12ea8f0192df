"""Measure what one operation costs, on the event loop and in the thread that matches."""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator

__all__ = ["Cost", "Measured", "current_cost", "measured_call"]

Result = TypeVar("Result")


@dataclass(slots=True)
class Cost:
    """Add up what an operation costs: processor time, and the time that it waited for its turn.

    `operation` is what was asked for, as far as it is known; `queries` how many names of a batch.
    """

    operation: str
    queries: int = 0
    processing_s: float = 0.0
    waited_s: float = 0.0


_CURRENT: ContextVar[Cost | None] = ContextVar("reconciliation_cost", default=None)


def current_cost() -> Cost | None:
    """Return what the operation that runs adds up; None outside of one."""
    return _CURRENT.get()


class Measured(Generic[Result]):
    """Await a coroutine, and add what it takes of the processor to a cost.

    Each step of it is measured alone: what others do on the event loop meanwhile is not its own.
    """

    def __init__(self, work: Coroutine[Any, Any, Result], cost: Cost) -> None:
        """Keep the work, and where its cost is added up."""
        self._work = work
        self._cost = cost

    def __await__(self) -> Generator[Any, Any, Result]:
        """Step through the work, which finds the cost by `current_cost`."""
        _CURRENT.set(self._cost)
        try:
            return (yield from self._stepped())
        finally:
            _CURRENT.set(None)

    def _stepped(self) -> Generator[Any, Any, Result]:
        steps = self._work.__await__()
        step: Callable[[], Any] = partial(next, steps)
        while True:
            begun = time.thread_time()
            try:
                awaited = step()
            except StopIteration as end:
                result: Result = end.value
                return result
            finally:
                self._cost.processing_s += time.thread_time() - begun
            try:
                sent = yield awaited
            except BaseException as error:  # noqa: BLE001 - the work decides, also when cancelled
                step = partial(steps.throw, error)
            else:
                step = partial(steps.send, sent)


def measured_call(work: Callable[[], Result], cost: Cost | None, asked_at: float) -> Result:
    """Call a function, as the thread does; `asked_at` is when it was asked to (monotonic)."""
    if cost is None:
        return work()
    cost.waited_s += time.monotonic() - asked_at
    begun = time.thread_time()
    try:
        return work()
    finally:
        cost.processing_s += time.thread_time() - begun
