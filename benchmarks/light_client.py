"""Ask a small question all the while, as an innocent client would, and note how long each takes."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Self

from exchanges import exchange
from generated_graph import BASE, CHAIN_LINKS

if TYPE_CHECKING:
    from types import TracebackType

    from exchanges import Exchange, Target

__all__ = ["LightClient", "Sample", "quantile"]

ADDRESS: Final = "127.0.0.2"


@dataclass(frozen=True, slots=True)
class Sample:
    """Hold when a question was asked, how long its answer took, and whether it was right."""

    began: float
    seconds: float
    is_right: bool
    status: int | None = None
    connect_s: float = 0


class LightClient:
    """Ask every so often, each time over a new connection and about another node.

    Every question differs from the one before, so that no cache can answer it.
    """

    def __init__(
        self,
        target: Target,
        *,
        every_s: float = 0.05,
        patience_s: float = 15,
        source: str = ADDRESS,
    ) -> None:
        """Keep whom to ask; entering the block begins to."""
        self._target = target
        self._every_s = every_s
        self._patience_s = patience_s
        self._source = source
        self._samples: list[Sample] = []
        self._asked_at: float | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask_on, daemon=True)

    def __enter__(self) -> Self:
        """Begin to ask."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ask no more; wait for the last answer."""
        self._stop.set()
        self._thread.join(self._patience_s + 1)

    def since(self, began: float) -> list[Sample]:
        """Return the samples that were not over at a moment, also the one that still waits."""
        samples = [each for each in self._samples if each.began + each.seconds >= began]
        asked_at = self._asked_at
        if asked_at is not None:
            waited = Sample(asked_at, time.monotonic() - asked_at, is_right=True)
            samples.append(waited)
        return samples

    def _ask_on(self) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            node = number % CHAIN_LINKS
            is_there = number % 2 == 0
            other = node + (1 if is_there else 2)
            query = f"ASK {{ {_node(node)} <{BASE}next> {_node(other)} }} # {number}"
            began = self._asked_at = time.monotonic()
            answer = exchange(
                self._target.address,
                [self._target.get(query)],
                source=self._source,
                patience_s=self._patience_s,
            )
            self._samples.append(
                Sample(
                    began,
                    answer.seconds,
                    _says(answer, is_there=is_there),
                    answer.status,
                    answer.connect_s,
                )
            )
            self._asked_at = None
            self._stop.wait(max(0.0, self._every_s - answer.seconds))


def _node(number: int) -> str:
    return f"<{BASE}node/{number}>"


def _says(answer: Exchange, *, is_there: bool) -> bool:
    with suppress(ValueError, KeyError):
        if answer.status == HTTPStatus.OK and answer.is_whole:
            return bool(json.loads(answer.body)["boolean"]) is is_there
    return False


def quantile(values: list[float], share: float) -> float:
    """Return the value that a share of the values does not pass.

    >>> quantile([3.0, 1.0, 2.0], 0.5)
    2.0
    """
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
