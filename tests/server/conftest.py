"""Servers and supervisors over a graph of fourteen quads."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
import pytest
import uvicorn

from allegiance.questions import Parameter, Question
from allegiance.snapshot import Snapshot, open_snapshot
from allegiance_server.cli import listening_socket, server_config
from allegiance_server.protocol.media_types import Formats
from allegiance_server.settings import MIB, Settings
from allegiance_server.web.app import create_app
from allegiance_server.workers.plan import plan_for
from allegiance_server.workers.supervisor import Supervisor
from allegiance_server.workers.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from contextlib import AbstractContextManager

Result = TypeVar("Result")

# Longer than any scene takes on a busy machine: one that hangs is to be named.
SCENE_S = 90

SNAPSHOT = Path(__file__).with_name("snapshot")
SETTINGS = Settings(
    port=0, workers=2, query_timeout_s=1.0, worker_memory_bytes=256 * MIB, max_result_bytes=MIB
)
SELECT_ALL = "SELECT ?s ?p ?o WHERE { ?s ?p ?o }"
UNRELATED = " . ".join(f"?a{number} ?b{number} ?c{number}" for number in range(12))
RUNAWAY = f"SELECT (COUNT(*) AS ?n) WHERE {{ {UNRELATED} }}"


def _question(name: str, group: str, text: str, *parameters: Parameter) -> Question:
    return Question(name, 1, f"Title of {name}", f"What is {name}?", group, parameters, text)


QUESTIONS = (
    _question(
        "clients",
        "Actors",
        "SELECT ?client WHERE {\n  VALUES ?patron { id:iran }\n"
        "  ?tie al:patron ?patron ; al:client ?client .\n}",
        Parameter("patron", "thing", "iran", "whose clients"),
    ),
    _question("everything", "Sources", SELECT_ALL),
    _question("known", "Sources", "ASK { id:iran a al:State }"),
    _question("states", "Sources", "CONSTRUCT WHERE { ?state a al:State }"),
    _question("runaway", "Actors", RUNAWAY),
)


@pytest.fixture(scope="session")
def snapshot() -> Snapshot:
    """Return the tiny snapshot of this folder."""
    return open_snapshot(SNAPSHOT)


@pytest.fixture(scope="session")
def runaway() -> str:
    """Return a query that would take longer than anyone lives."""
    return RUNAWAY


@pytest.fixture(scope="session")
def memory_bomb() -> str:
    """Return a query whose one value doubles until no memory holds it."""
    doublings = " ".join(f"BIND(CONCAT(?x{i}, ?x{i}) AS ?x{i + 1})" for i in range(40))
    return f'SELECT (STRLEN(?x40) AS ?n) WHERE {{ BIND("0123456789" AS ?x0) {doublings} }}'


@contextmanager
def serving(settings: Settings, snapshot: Snapshot) -> Iterator[str]:
    """Run a server on a free port of the loopback interface; give its address."""
    app = create_app(settings, snapshot, QUESTIONS)
    server = uvicorn.Server(server_config(app, settings))
    with listening_socket("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the server did not start"
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="session")
def address(snapshot: Snapshot) -> Iterator[str]:
    """Give the address of a server with a deadline of one second and two workers."""
    with serving(SETTINGS, snapshot) as url:
        yield url


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    """Give a client of the shared server."""
    with httpx.Client(base_url=address, timeout=20) as http:
        yield http


@pytest.fixture
def serve_with(snapshot: Snapshot) -> Iterator[Callable[..., httpx.Client]]:
    """Start a server of its own with changed settings; give a client of it."""
    with ExitStack() as stack:

        def start(**changes: Any) -> httpx.Client:  # noqa: ANN401 - any field of Settings
            url = stack.enter_context(serving(replace(SETTINGS, **changes), snapshot))
            return stack.enter_context(httpx.Client(base_url=url, timeout=20))

        yield start


@pytest.fixture(scope="session")
def serve(snapshot: Snapshot) -> Callable[..., AbstractContextManager[str]]:
    """Run a server with changed settings, perhaps of another snapshot, as long as a block does."""

    def run(
        other: Snapshot | None = None,
        **changes: Any,  # noqa: ANN401 - any field of Settings
    ) -> AbstractContextManager[str]:
        return serving(replace(SETTINGS, **changes), other or snapshot)

    return run


@pytest.fixture
def supervise(snapshot: Snapshot) -> Callable[..., Any]:
    """Run a coroutine function with a started supervisor, and return what it returns."""

    def run(scene: Callable[[Supervisor], Awaitable[Result]], **changes: Any) -> Result:  # noqa: ANN401 - any field of Settings
        async def whole() -> Result:
            settings = replace(SETTINGS, **changes)
            supervisor = Supervisor(settings, plan_for(settings, snapshot))
            await supervisor.start()
            try:
                return await asyncio.wait_for(scene(supervisor), SCENE_S)
            finally:
                await supervisor.stop()

        return asyncio.run(whole())

    return run


@pytest.fixture(scope="session")
def asked() -> Callable[[str], Task]:
    """Make a task that wants CSV or N-Triples, and that no admission has looked at."""

    def make(query: str) -> Task:
        return Task("query", query, Formats("text/csv", "application/n-triples"), max_bytes=100_000)

    return make


@pytest.fixture
def canary() -> Iterator[tuple[str, list[str]]]:
    """Give the address of a server that nobody is to call, and the list of its visitors."""
    visitors: list[str] = []

    def count(listener: socket.socket) -> None:
        while True:
            try:
                connection, visitor = listener.accept()
            except OSError:
                return
            visitors.append(str(visitor))
            connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=count, args=(listener,))
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/sparql", visitors
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
