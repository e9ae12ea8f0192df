"""How many processors this process may use: fewer than the machine has, inside a container."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Final

__all__ = ["usable_processors"]

CGROUPS: Final = Path("/sys/fs/cgroup")
MEMBERSHIP: Final = Path("/proc/self/cgroup")


def usable_processors(cgroups: Path = CGROUPS, membership: Path = MEMBERSHIP) -> int:
    """Count the processors that affinity and the quotas of control groups (version 2) leave.

    Of a quota of 2.5 processors two are counted: a worker without one of its own is held up by
    the quota in the middle of an answer. At least 1.
    """
    bounds = [_by_affinity(), *_by_quota(cgroups, membership)]
    return max(1, int(min(bounds)))


def _by_affinity() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _by_quota(cgroups: Path, membership: Path) -> list[float]:
    """Read the quota of this process's group and of each group that holds it."""
    found = []
    for group in _groups(membership):
        with suppress(OSError, ValueError):
            quota, period = (cgroups / group / "cpu.max").read_text(encoding="ascii").split()
            if quota != "max":
                found.append(int(quota) / int(period))
    return found


def _groups(membership: Path) -> list[str]:
    """Return the group of this process and those above it, relative to the root of all."""
    try:
        lines = membership.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ["."]
    for line in lines:
        number, _, rest = line.partition(":")
        if number == "0":
            path = PurePosixPath(rest.partition(":")[2].lstrip("/") or ".")
            return [str(path), *map(str, path.parents)]
    return ["."]
