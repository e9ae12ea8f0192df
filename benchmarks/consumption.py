"""Read what a server's processes have used: processor time, and memory of their own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from processes import descendants, workers_of

__all__ = ["cpu_seconds", "private_bytes_of_workers"]

# In the fields of /proc/PID/stat behind the name: utime, stime, and those of buried children, so
# that the time of a worker that was replaced is not lost.
TIMES: Final = slice(11, 15)
KIB: Final = 1024


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process and of all below it, ended ones included."""
    ticks = sum(_ticks(each) for each in (pid, *descendants(pid)))
    return ticks / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(") ", 1)[1].split()
    except OSError:
        return 0  # it has just ended, and its parent counts it
    return sum(map(int, fields[TIMES]))


def private_bytes_of_workers(pid: int) -> list[int]:
    """Return what each worker of our server holds beyond what it shares with its parent."""
    return [_private_bytes(each) for each in workers_of(pid)]


def _private_bytes(pid: int) -> int:
    total = 0
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith(("Private_Clean:", "Private_Dirty:")):
                total += int(line.split()[1]) * KIB
    except OSError:
        return 0  # it has just ended
    return total
