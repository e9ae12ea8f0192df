"""What a process of the server may not do: outlive its parent, reach the network, use up memory."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "CpuAllowance",
    "die_with_parent",
    "keep_only",
    "leave_network",
    "limit_memory",
    "limit_open_files",
    "run_with_deep_stack",
]

# 64 MB bear the deepest nesting that fits into the longest query that is admitted.
STACK_BYTES: Final = 64 * 1024 * 1024
PR_SET_PDEATHSIG: Final = 1
CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWNET: Final = 0x40000000
RENEWAL_S: Final = 1.0


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the thread that started it ends.

    If the parent has died already, no signal will come, so this ends here.
    """
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def leave_network() -> bool:
    """Move this process and its future children to a network of their own, which reaches nothing.

    Return whether the platform allowed it: it takes privilege, or user namespaces.
    """
    library = ctypes.CDLL(None, use_errno=True)
    kinds = (CLONE_NEWNET, CLONE_NEWUSER | CLONE_NEWNET)
    return any(library.unshare(kind) == 0 for kind in kinds)


def keep_only(connection: socket.socket) -> socket.socket:
    """Keep a connection as descriptor 0 and the error stream as 2, null as 1, and no other."""
    os.dup2(connection.detach(), 0)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    return socket.socket(fileno=0)


def limit_open_files(count: int) -> None:
    """Forbid core dumps and more than so many descriptors: with 3, all of them are taken."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))


def limit_memory(extra_bytes: int) -> None:
    """Bound the address space to what it is now, one deep stack and so many bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    bound = pages * resource.getpagesize() + STACK_BYTES + extra_bytes
    resource.setrlimit(resource.RLIMIT_AS, (bound, bound))


def run_with_deep_stack(work: Callable[[], None]) -> None:
    """Run in a thread whose stack bears deeply nested queries, and wait for its end."""
    threading.stack_size(STACK_BYTES)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


class CpuAllowance:
    """Bound the processor time of each query: the kernel kills what the supervisor forgets.

    The limit of the system is one for the life of a process, so it is moved ahead as work is done.
    """

    def __init__(self, seconds: int) -> None:
        """Keep how much each query may use; nothing is bound before the first `renew`."""
        self._seconds = seconds
        self._renewed = -RENEWAL_S

    def renew(self) -> None:
        """Grant the time anew, at most once a second: the call is not free."""
        now = time.monotonic()
        if now - self._renewed < RENEWAL_S:
            return
        self._renewed = now
        bound = int(time.process_time()) + self._seconds + 1
        resource.setrlimit(resource.RLIMIT_CPU, (bound, resource.RLIM_INFINITY))
