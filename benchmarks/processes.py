"""Look at the processes that a server consists of: who they are and what memory they hold."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

__all__ = [
    "command_line",
    "descendants",
    "is_gone",
    "kill_tree",
    "resident_bytes",
    "resident_parts",
    "workers_of",
]


def descendants(pid: int) -> dict[int, int]:
    """Return the children of a process, their children, and so on, each with its depth."""
    found: dict[int, int] = {}
    _descend(pid, 1, found)
    return found


def _descend(pid: int, depth: int, found: dict[int, int]) -> None:
    for child in _children(pid):
        found[child] = depth
        _descend(child, depth + 1, found)


def _children(pid: int) -> list[int]:
    children: list[int] = []
    with suppress(OSError):  # the process has just ended
        for file in Path(f"/proc/{pid}/task").glob("*/children"):
            with suppress(OSError):  # the thread has just ended
                children += map(int, file.read_text(encoding="ascii").split())
    return children


def workers_of(pid: int) -> list[int]:
    """Return the workers of our server: those who were forked by a child of it."""
    return [child for child, depth in descendants(pid).items() if depth > 1 and not is_gone(child)]


def command_line(pid: int) -> str:
    """Return the command line of a process; of one that has ended, nothing."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def is_gone(pid: int) -> bool:
    """Tell whether a process has ended, be it buried or not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(") ", 1)[1][0] == "Z"
    except OSError:
        return True


def resident_bytes(pid: int) -> int:
    """Return the memory that a process and all below it hold, pages that they share counted once.

    It is the sum of the proportional set sizes that the kernel gives.
    """
    return sum(_proportional_bytes(each) for each in (pid, *descendants(pid)))


def resident_parts(pid: int) -> tuple[int, int, int]:
    """Return that memory by kind of process: the server's own, its children's, all below those."""
    parts = [_proportional_bytes(pid), 0, 0]
    for each, depth in descendants(pid).items():
        parts[min(depth, 2)] += _proportional_bytes(each)
    own, children, below = parts
    return own, children, below


def _proportional_bytes(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass  # it has just ended
    return 0


def kill_tree(pid: int) -> None:
    """Kill a process and all below it."""
    for each in (pid, *descendants(pid)):
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
