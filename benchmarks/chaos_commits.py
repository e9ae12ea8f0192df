"""Commit while the writer is killed, and count which commits are there afterwards."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
import time
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Self

from exchanges import exchange, post
from generated_graph import BASE
from hostility import bindings
from light_client import quantile
from processes import command_line, descendants
from servers import start

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from servers import Server

__all__ = ["commit_under_kills"]

TOKEN: Final = "chaos-token-of-no-secrecy"  # noqa: S105 - it opens nothing but the server started here
WRITER: Final = "allegiance_server.workers.writer_parent"
UPDATE: Final = "application/sparql-update"
PATIENCE_S: Final = 60
MARK: Final = f"{BASE}commit"
READ_BACK: Final = f"SELECT ?s (COUNT(?half) AS ?n) {{ ?s <{MARK}> ?half }} GROUP BY ?s"


class _Committer:
    """Commit pairs of triples one after the other, and keep which were acknowledged."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._commit_on)
        self.acknowledged: list[int] = []
        self.ends: list[float] = []
        self.refused = 0
        self._tried = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _commit_on(self) -> None:
        while not self._over.is_set() and self._server.is_alive:
            self._tried += 1
            if commit(self._server, self._tried):
                self.acknowledged.append(self._tried)
                self.ends.append(time.monotonic())
            else:
                self.refused += 1
                self._over.wait(0.02)


def commit(server: Server, number: int) -> bool:
    """Commit two triples that belong together; return whether the server says it has them."""
    node = f"<{BASE}commit/{number}>"
    update = f'INSERT DATA {{ {node} <{MARK}> "one" , "other" }}'
    bearer = f"Authorization: Bearer {TOKEN}"
    request = post(server.target, server.target.update_path, UPDATE, update.encode(), "*/*", bearer)
    got = exchange(server.target.address, [request], patience_s=PATIENCE_S)
    return got.status in (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT)


def commit_under_kills(
    graph: Path, folder: Path, chance: random.Random, kills: int, pace_s: float
) -> dict[str, str] | None:
    """Kill the writer under commits, then the server; return the row, None if it has no writer."""
    folder.mkdir(exist_ok=True)
    settings = _settings(folder)
    with start("allegiance", graph, settings, timeout_s=10) as server:
        if not commit(server, 0) or not _writers(server):
            return None
        with _Committer(server) as committer:
            killed = _kill_writers(server, chance, kills, pace_s)
            time.sleep(1)
        is_alive = server.is_alive
    with start("allegiance", graph, settings, timeout_s=60) as server:
        halves = _read_back(server)
    return {
        "kills": f"{len(killed):,}",
        "acknowledged": f"{len(committer.acknowledged):,}",
        "refused or unanswered": f"{committer.refused:,}",
        "acknowledged and lost": str(
            sum(halves.get(number, 0) == 0 for number in (0, *committer.acknowledged))
        ),
        "halves": str(sum(count == 1 for count in halves.values())),
        **_back(killed, committer.ends),
        "server": "lives" if is_alive else "**dead**",
    }


def _settings(folder: Path) -> dict[str, str]:
    return {
        "ALLEGIANCE_WORKERS": "2",
        "ALLEGIANCE_WRITABLE": "1",
        "ALLEGIANCE_WRITE_TOKEN_SHA256": hashlib.sha256(TOKEN.encode()).hexdigest(),
        "ALLEGIANCE_COMMIT_DIR": str(folder),
    }


def _writers(server: Server) -> list[int]:
    """Return the writers: forked by the process that holds what they begin with."""
    family = descendants(server.pid).items()
    return [each for each, depth in family if depth > 1 and WRITER in command_line(each)]


def _kill_writers(server: Server, chance: random.Random, count: int, pace_s: float) -> list[float]:
    """Kill the writer every so often; return the moments."""
    killed: list[float] = []
    while len(killed) < count and server.is_alive:
        time.sleep(pace_s * chance.uniform(0.1, 1.9))
        for writer in _writers(server):
            with suppress(ProcessLookupError):
                os.kill(writer, signal.SIGKILL)
                killed.append(time.monotonic())
    return killed


def _read_back(server: Server) -> dict[int, int]:
    """Return how many of its two triples each commit has left behind."""
    request = server.target.ask(READ_BACK)
    got = exchange(server.target.address, [request], patience_s=PATIENCE_S)
    prefix = len(f"{BASE}commit/")
    return {int(row["s"]["value"][prefix:]): int(row["n"]["value"]) for row in bindings(got)}


def _back(killed: list[float], ends: list[float]) -> dict[str, str]:
    """Tell how long after a kill the next commit was acknowledged."""
    waits = [
        1000 * (min(later) - kill) for kill in killed if (later := [e for e in ends if e > kill])
    ]
    text = f"{quantile(waits, 0.5):.0f} / {quantile(waits, 0.99):.0f} / {max(waits, default=0):.0f}"
    return {"next commit after a kill, p50 / p99 / max ms": text}
