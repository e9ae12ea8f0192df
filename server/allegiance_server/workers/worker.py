"""A worker: the only place that queries a store. It is forked with the data already in memory.

It can spend its time and its memory and die of either, but it reaches nothing: it has three file
descriptors and may open no other, so that there is no file and no network for it.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from allegiance_server.workers.evaluation import perform
from allegiance_server.workers.inbox import Inbox
from allegiance_server.workers.isolation import (
    CpuAllowance,
    die_with_parent,
    keep_only,
    limit_memory,
    limit_open_files,
    run_with_deep_stack,
)
from allegiance_server.workers.output import Output

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from typing import NoReturn

    from allegiance_server.workers.evaluation import Data
    from allegiance_server.workers.plan import Plan

__all__ = ["serve"]

# With the connection, null and the error stream open, every further one is refused.
FILES_IN_MEMORY: Final = 3
# A store on disk opens its tables as it goes.
FILES_ON_DISK: Final = 4096


def serve(
    connection: socket.socket, open_data: Callable[[], Data], plan: Plan, parent: int
) -> NoReturn:
    """Turn this freshly forked process into a worker that answers until its connection ends."""
    die_with_parent(parent)
    connection = keep_only(connection)
    data = open_data()
    limit_memory(plan.memory_bytes)
    limit_open_files(FILES_ON_DISK if plan.disk_store else FILES_IN_MEMORY)
    run_with_deep_stack(lambda: _answer_all(connection, data, plan))
    os._exit(0)


def _answer_all(connection: socket.socket, data: Data, plan: Plan) -> None:
    """Answer one request after another; whatever is not foreseen ends the process."""
    allowance = CpuAllowance(plan.cpu_s)
    inbox = Inbox(connection)
    try:
        while True:
            _answer(connection, inbox, data, plan, allowance)
    except (EOFError, ConnectionError):
        os._exit(0)
    except BaseException as error:  # noqa: BLE001 - a panic or no memory: only a new process is safe
        _report(f"{type(error).__name__}: {error}")
        os._exit(1)


def _answer(
    connection: socket.socket, inbox: Inbox, data: Data, plan: Plan, allowance: CpuAllowance
) -> None:
    request = inbox.next_request()
    allowance.renew()
    max_bytes = request.task.max_bytes or plan.max_result_bytes
    output = Output(connection, request, plan.spool_bytes, max_bytes, inbox.await_go)
    fault = perform(data, request.task, output)
    if fault:
        _report(fault)


def _report(message: str) -> None:
    sys.stderr.write(f"allegiance worker {os.getpid()}: {message}\n")
