"""The parent of the writers: it has the base and the shapes, so that a writer is there in a moment.

It is a program of its own (`python -P -m allegiance_server.workers.writer_parent PLAN PARENT`), and
obeys as every parent of processes does. Before each fork it catches up with the journal. If it
cannot, it sends back, as the last message,

    unusable JSON       why the data cannot be loaded, with the remedy

Its child is the writer, one at a time: it locks the journal and serves its connection.
"""

from __future__ import annotations

import fcntl
import gc
import json
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from pyoxigraph import Store

from allegiance_server.errors import ServerError, SettingsError
from allegiance_server.workers.changes import PREAMBLE, Outcome, WriterPlan, pack, unpack_change
from allegiance_server.workers.forking import MESSAGE_BYTES, ForkingParent
from allegiance_server.workers.gate import Gate
from allegiance_server.workers.isolation import (
    die_with_parent,
    keep_only,
    leave_network,
    limit_memory,
    run_with_deep_stack,
)
from allegiance_server.workers.journal import Journal, Position, catch_up, load_base
from allegiance_server.workers.writer import Writer

if TYPE_CHECKING:
    from typing import NoReturn

__all__ = ["WriterParent", "main"]

LOCK: Final = "lock"


class WriterParent(ForkingParent):
    """Hold what a writer begins with: the data as of some commit, and the shapes."""

    def __init__(self, control: socket.socket, plan: WriterPlan) -> None:
        """Load what no commit changes: the base and the shapes.

        Raises OSError, SyntaxError or ValueError where they cannot be read.
        """
        super().__init__(control)
        self.plan = plan
        self.store = Store()
        load_base(self.store, Path(plan.nquads))
        self.gate = Gate(Path(plan.shapes)) if plan.shapes else None
        self.position = Position(0, plan.name)

    def prepare(self) -> bool:
        """Make the commits that were kept since the last fork."""
        try:
            folder = Path(self.plan.commit_dir)
            self.position = catch_up(self.store, folder, self.plan.name, self.position)
        except (ServerError, OSError, SyntaxError, ValueError) as error:
            self.control.send(_unusable(error, self.plan))
            return False
        return True

    def become_child(self, connection: socket.socket) -> NoReturn:
        """Become the writer: its own process, which ends with this one."""
        die_with_parent(self.pid)
        connection = keep_only(connection)
        try:
            writer, lock = self.open()
        except (ServerError, OSError) as error:
            connection.sendall(pack(0, {"outcome": Outcome.UNUSABLE, **_told(error, self.plan)}))
            os._exit(1)
        limit_memory(self.plan.memory_bytes)
        with lock:
            run_with_deep_stack(lambda: _serve(connection, writer))
        os._exit(0)

    def open(self) -> tuple[Writer, BinaryIO]:
        """Open the journal, which belongs to the caller until the lock is closed.

        Raises SettingsError where another process has it, or where it cannot be used.
        """
        folder = Path(self.plan.commit_dir)
        lock = _lock(folder)
        journal = Journal(folder, self.plan.name, self.position)
        return Writer(self.store, journal, self.gate, self.plan), lock


def main() -> NoReturn:
    """Load what the plan (first argument) names, and obey the control socket.

    The second argument is the id of the HTTP process, whose end is also the end of this one.
    """
    plan = WriterPlan(**json.loads(sys.argv[1]))
    die_with_parent(int(sys.argv[2]))
    control = socket.socket(fileno=0)
    leave_network()
    try:
        parent = WriterParent(control, plan)
    except (ServerError, OSError, SyntaxError, ValueError) as error:
        control.send(_unusable(error, plan))
    else:
        gc.freeze()
        parent.run()
        parent.kill_all()
    # To leave with orders unread would reset the link, and the last message with it.
    while control.recv(MESSAGE_BYTES):
        pass
    os._exit(0)


def _unusable(error: Exception, plan: WriterPlan) -> bytes:
    return b"unusable " + json.dumps(_told(error, plan)).encode()[: MESSAGE_BYTES - 9]


def _told(error: Exception, plan: WriterPlan) -> dict[str, str]:
    if isinstance(error, ServerError):
        return {"detail": error.detail[:1500], "remedy": error.remedy}
    return {"detail": f"{plan.nquads}: {error}"[:1500], "remedy": "Build the snapshot again."}


def _lock(folder: Path) -> BinaryIO:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / LOCK).open("wb")
    except OSError as error:
        detail = f"The folder of the commits, {folder}, cannot be used: {error.strerror}."
        raise SettingsError(detail, "Let the server write there, or set commit_dir.") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        detail = f"Another server writes to {folder}."
        raise SettingsError(detail, "End it, or choose another folder as commit_dir.") from None
    return lock


def _serve(connection: socket.socket, writer: Writer) -> None:
    """Answer one change after another; whatever is not foreseen ends the process."""
    try:
        connection.sendall(pack(0, {"outcome": Outcome.READY, "name": writer.head}))
        with connection.makefile("rb") as stream:
            while True:
                request_id, head_length, body_length = PREAMBLE.unpack(_read(stream, PREAMBLE.size))
                head = _read(stream, head_length)
                request, change = unpack_change(head, _read(stream, body_length))
                connection.sendall(pack(request_id, writer.commit(request, change)))
    except (EOFError, ConnectionError):
        os._exit(0)
    except BaseException as error:  # noqa: BLE001 - a panic or no memory: only a new process is safe
        sys.stderr.write(f"allegiance writer {os.getpid()}: {type(error).__name__}: {error}\n")
        os._exit(1)


def _read(stream: BinaryIO, length: int) -> bytes:
    received = stream.read(length)
    if len(received) < length:
        raise EOFError
    return received


if __name__ == "__main__":
    main()
