"""Measure what it costs to wake another process: a message to and fro over a Unix socket.

    python benchmarks/wakeups.py

A server that answers by worker processes wakes one for each query, unless it is awake. Where both
processes run on one processor this costs a few microseconds; across processors, on some virtual
machines, as much as a small query. Printed are microseconds of processor time a message.
"""

from __future__ import annotations

import os
import signal
import socket
import time

ROUNDS = 10_000
MESSAGE = b"x" * 300
CPUCLOCK_SCHED = 2


def main() -> None:
    """Print both figures."""
    one, *others = sorted(os.sched_getaffinity(0))
    print(f"same processor: {_measured(one, one)}")
    if others:
        print(f"two processors: {_measured(one, others[0])}")


def _measured(here: int, there: int) -> str:
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        _echo(theirs, there)
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {here})
    try:
        started, used = time.perf_counter(), time.process_time()
        for _ in range(ROUNDS):
            ours.send(MESSAGE)
            ours.recv(4096)
        round_trip = (time.perf_counter() - started) / ROUNDS * 1e6
        own = (time.process_time() - used) / ROUNDS * 1e6
        other = time.clock_gettime((~pid << 3) | CPUCLOCK_SCHED) / ROUNDS * 1e6
    finally:
        os.sched_setaffinity(0, before)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        ours.close()
        theirs.close()
    return (
        f"{own:.0f} us for the one, {other:.0f} us for the other; there and back {round_trip:.0f}"
    )


def _echo(connection: socket.socket, processor: int) -> None:
    os.sched_setaffinity(0, {processor})
    while message := connection.recv(4096):
        connection.send(message)
    os._exit(0)


if __name__ == "__main__":
    main()
