"""Run jobs in forked children, which see everything that their parent holds without copying it."""

from __future__ import annotations

import multiprocessing
import os
from typing import TYPE_CHECKING, TypeVar

from allegiance.errors import AllegianceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["run_forked", "shares"]

_Item = TypeVar("_Item")


def run_forked(jobs: Sequence[Callable[[], None]]) -> None:
    """Run jobs at the same time, each in a child of its own; they leave their results in files.

    Raises AllegianceError where a job fails; its traceback is on standard error.
    """
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=job) for job in jobs]
    for child in children:
        child.start()
    for child in children:
        child.join()
    failed = [child.exitcode for child in children if child.exitcode]
    if failed:
        message = f"{len(failed)} of {len(jobs)} parallel jobs failed (status {failed[0]})."
        raise AllegianceError(message)


def shares(items: Sequence[_Item]) -> list[Sequence[_Item]]:
    """Deal items out to as many shares as there are cores, in runs of neighbours.

    >>> sum(len(share) for share in shares([1, 2, 3]))
    3
    """
    count = max(1, min(len(items), os.cpu_count() or 1))
    size = -(-len(items) // count)
    return [items[start : start + size] for start in range(0, len(items), size)]
