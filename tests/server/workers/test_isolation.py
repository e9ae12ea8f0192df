"""What a process may not do, tried in processes of its own."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

from allegiance_server.workers import isolation
from allegiance_server.workers.isolation import CpuAllowance, run_with_deep_stack

if TYPE_CHECKING:
    import pytest

IMPORTS = """
import os, resource, signal, socket, subprocess, sys, time
from allegiance_server.workers.isolation import *
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a process of its own, for ten seconds at most."""
    command = [sys.executable, "-c", IMPORTS + program]
    return subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)


def test_child_dies_with_its_parent() -> None:
    """A process whose parent is killed is gone a moment later, whatever it is about."""
    done = run("""
read, write = os.pipe()
pid = os.fork()
if pid == 0:
    child = os.fork()
    if child == 0:
        die_with_parent(os.getppid())
        os.write(write, b"%d" % os.getpid())
        time.sleep(60)
    time.sleep(60)
os.close(write)
child = int(os.read(read, 100))
os.kill(pid, signal.SIGKILL)
print(os.read(read, 1))
""")
    assert done.stdout == "b''\n"


def test_child_of_a_parent_that_is_gone_goes_at_once() -> None:
    """No signal comes from a parent that died before: the process looks for itself."""
    done = run("die_with_parent(os.getpid())\nprint('still here')")
    assert (done.returncode, done.stdout) == (0, "")


def test_network_of_its_own_reaches_nothing() -> None:
    """After leaving, even the loopback interface of this machine is out of reach."""
    done = run("""
listener = socket.create_server(("127.0.0.1", 0))
address = listener.getsockname()
read, write = os.pipe()
pid = os.fork()
if pid == 0:
    if not leave_network():
        os._exit(2)
    try:
        socket.create_connection(address, 2)
    except OSError:
        os._exit(0)
    os._exit(1)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
""")
    # 2: this platform forbids it, which the function has told.
    assert done.stdout in {"0\n", "2\n"}


def test_only_three_descriptors_are_kept() -> None:
    """The connection becomes 0, null 1 and the error stream stays 2; all others are closed."""
    done = run("""
ours, theirs = socket.socketpair()
extra = [os.open("/", os.O_RDONLY) for _ in range(20)]
pid = os.fork()
if pid == 0:
    connection = keep_only(theirs)
    limit_open_files(3)
    print("nobody reads this", flush=True)
    kept = []
    for number in range(100):
        try:
            os.fstat(number)
            kept.append(number)
        except OSError:
            pass
    try:
        os.open("/", os.O_RDONLY)
    except OSError as error:
        kept.append(error.strerror)
    connection.sendall(repr(kept).encode())
    os._exit(0)
theirs.close()
print(ours.recv(1000).decode())
""")
    assert done.stdout == "[0, 1, 2, 'Too many open files']\n"


def test_memory_beyond_the_bound_is_refused() -> None:
    """What fits is given, what does not is an error in that process alone."""
    done = run("""
limit_memory(64 * 1024 * 1024)
bytearray(32 * 1024 * 1024)
try:
    bytearray(256 * 1024 * 1024)
except MemoryError:
    print("refused")
""")
    assert done.stdout == "refused\n"


def test_processor_time_is_granted_anew_for_each_query(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit moves ahead of what was used, at most once a second, and never the hard one."""
    granted: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda _, both: granted.append(both))
    clock = iter((50.0, 50.9, 51.0, 51.1))
    # Of this module alone: other threads read the clock as well.
    clocks = SimpleNamespace(process_time=lambda: 7.9, monotonic=lambda: next(clock))
    monkeypatch.setattr(isolation, "time", clocks)
    allowance = CpuAllowance(30)
    for _ in range(4):
        allowance.renew()
    assert granted == [(38, resource.RLIM_INFINITY)] * 2


def test_processor_time_that_is_used_up_is_the_end() -> None:
    """A process that goes on and on is ended by the kernel, by the signal for that."""
    start = time.monotonic()
    done = run("CpuAllowance(0).renew()\nwhile True: pass")
    assert done.returncode == -signal.SIGXCPU
    assert time.monotonic() - start < 10


def test_deep_stack_is_a_thread_that_is_waited_for() -> None:
    """The work is done, in a thread of its own, when the call returns."""
    threads: list[threading.Thread] = []
    before = threading.stack_size()
    try:
        run_with_deep_stack(lambda: threads.append(threading.current_thread()))
    finally:
        threading.stack_size(before)
    [thread] = threads
    assert thread is not threading.main_thread()
    assert not thread.is_alive()
