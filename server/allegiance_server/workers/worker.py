"""A worker: the only place that queries a store. It is forked with the store already in memory.

It can spend its time and its memory and die of either, but it reaches nothing: it has three file
descriptors and may open no other, so that there is no file and no network for it.
"""

from __future__ import annotations

import ctypes
import io
import os
import resource
import signal
import socket
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import pyoxigraph
from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    NamedNode,
    QueryResultsFormat,
    QueryTriples,
    RdfFormat,
)

from allegiance_server.workers.wire import PREAMBLE, head_of, pack

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

    from _typeshed import ReadableBuffer as Buffer

    from allegiance_server.workers.wire import Head

__all__ = ["Plan", "die_with_parent", "evaluate", "serve"]

# 64 MB bear the deepest nesting that fits into the longest query that is admitted.
STACK_BYTES: Final = 64 * 1024 * 1024
PR_SET_PDEATHSIG: Final = 1

DefaultNode = NamedNode | BlankNode | DefaultGraph

# The text formats that a person reads get the prefixes of the graph; it costs time per triple.
PREFIXED: Final = (RdfFormat.TURTLE, RdfFormat.TRIG)


@dataclass(frozen=True, slots=True)
class Plan:
    """Hold what the zygote is started with, in a form that travels as JSON."""

    nquads: str
    prefixes: Mapping[str, str]
    memory_bytes: int


class OutputFullError(Exception):
    """Stop the serialiser: the result passes its bound."""


class BoundedOutput(io.BytesIO):
    """Collect bytes up to a bound; the write that passes it raises OutputFullError."""

    def __init__(self, bound: int) -> None:
        """Start empty."""
        super().__init__()
        self.bound = bound

    def write(self, chunk: Buffer, /) -> int:
        """Append a chunk."""
        if self.tell() + memoryview(chunk).nbytes > self.bound:
            raise OutputFullError
        return super().write(chunk)


def serve(connection: socket.socket, store: pyoxigraph.Store, plan: Plan, parent: int) -> NoReturn:
    """Turn this freshly forked process into a worker that answers until its connection ends."""
    die_with_parent(parent)
    _keep_only(connection)
    _limit(plan.memory_bytes)
    threading.stack_size(STACK_BYTES)
    thread = threading.Thread(target=_answer_all, args=(socket.socket(fileno=0), store, plan))
    thread.start()
    thread.join()
    os._exit(0)


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the thread that started it ends.

    If the parent has died already, no signal will come, so this ends here.
    """
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def _keep_only(connection: socket.socket) -> None:
    """Keep the connection as descriptor 0 and the error stream as 2, null as 1, and no other."""
    os.dup2(connection.detach(), 0)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def _limit(memory_bytes: int) -> None:
    """Bound memory; forbid core dumps and, since 0 to 2 are open, every other descriptor."""
    memory = _virtual_bytes() + STACK_BYTES + memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


def _virtual_bytes() -> int:
    """Return the size of this process's address space."""
    return (
        int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        * resource.getpagesize()
    )


def _answer_all(connection: socket.socket, store: pyoxigraph.Store, plan: Plan) -> None:
    """Answer one request after another; whatever is not foreseen ends the process."""
    try:
        while True:
            request_id, head_length, _ = PREAMBLE.unpack(_receive(connection, PREAMBLE.size))
            head = head_of(_receive(connection, head_length))
            answer, body = evaluate(store, plan.prefixes, head)
            connection.sendall(pack(request_id, answer, len(body)))
            connection.sendall(body)
    except (EOFError, ConnectionError):
        os._exit(0)
    except BaseException as error:  # noqa: BLE001 - a panic or no memory: only a new process is safe
        _report(f"{type(error).__name__}: {error}")
        os._exit(1)


def _report(message: str) -> None:
    sys.stderr.write(f"allegiance worker {os.getpid()}: {message}\n")


def _receive(connection: socket.socket, length: int) -> bytearray:
    """Read exactly so many bytes; raises EOFError where the connection ends before."""
    received = bytearray(length)
    view = memoryview(received)
    while view:
        count = connection.recv_into(view)
        if count == 0:
            raise EOFError
        view = view[count:]
    return received


def evaluate(
    store: pyoxigraph.Store, prefixes: Mapping[str, str], head: Head
) -> tuple[Head, bytes]:
    """Run a query and serialise its result in one go; return the head and body of the answer.

    The `outcome` in the head is one of: answered, not-parsed, not-evaluable, not-acceptable,
    too-large, failed.
    """
    output = BoundedOutput(cast("int", head["max_bytes"]))
    try:
        media_type = _run(store, prefixes, head, output)
    except OutputFullError:
        return {"outcome": "too-large"}, b""
    except SyntaxError as error:
        return {"outcome": "not-parsed", "detail": str(error)}, b""
    except (RuntimeError, ValueError) as error:
        return {"outcome": "not-evaluable", "detail": str(error)}, b""
    except OSError as error:
        # The text of a system error may tell of the machine: it is for the log alone.
        _report(str(error))
        return {"outcome": "failed"}, b""
    if media_type is None:
        return {"outcome": "not-acceptable"}, b""
    return {"outcome": "answered", "media_type": media_type}, output.getvalue()


def _run(
    store: pyoxigraph.Store, prefixes: Mapping[str, str], head: Head, output: BoundedOutput
) -> str | None:
    """Write the result to the output; return its media type, None where none is accepted."""
    default_graph, named_graphs = _dataset(head)
    results = store.query(
        cast("str", head["query"]),
        prefixes=dict(prefixes),
        default_graph=default_graph,
        named_graphs=named_graphs,
    )
    is_graph = isinstance(results, QueryTriples)
    media_type = cast("str | None", head["graph" if is_graph else "solutions"])
    if media_type is None:
        return None
    if isinstance(results, QueryTriples):
        _write_graph(results, output, RdfFormat.from_media_type(media_type), prefixes)
    else:
        results.serialize(output, QueryResultsFormat.from_media_type(media_type))
    return media_type


def _write_graph(
    triples: QueryTriples,
    output: BoundedOutput,
    rdf_format: RdfFormat | None,
    prefixes: Mapping[str, str],
) -> None:
    if rdf_format in PREFIXED:
        pyoxigraph.serialize(triples, output, rdf_format, prefixes=dict(prefixes))
    else:
        triples.serialize(output, rdf_format)


def _dataset(head: Head) -> tuple[list[DefaultNode] | None, list[NamedNode | BlankNode] | None]:
    """Read the graphs of the request: if it names any, the query sees these and no others."""
    default = cast("list[str]", head["default_graphs"])
    named = cast("list[str]", head["named_graphs"])
    if not default and not named:
        return None, None
    return [NamedNode(iri) for iri in default], [NamedNode(iri) for iri in named]
