"""A server that is attacked, another client that must not notice, and a canary."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

# The attacks are shared with the benchmark that sets the peers beside this server, and the shapes
# with the tests of admission; neither folder is a package.
ROOT: Final = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "benchmarks"), str(ROOT / "tests" / "server" / "protocol")]

from generated_graph import write_graph  # noqa: E402 - it is found by the line above
from hostility import Victim, canary, is_problem  # noqa: E402
from light_client import LightClient  # noqa: E402
from servers import start  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from exchanges import Exchange
    from hostility import Attack, Canary
    from servers import Server

MIB: Final = 1024 * 1024
TRIPLES: Final = 200_000
PATIENCE_S: Final = 10
LIGHT_S: Final = 1.0
RECOVERY_S: Final = 5.0
# What two workers may keep of the pages that they have touched.
KEPT_BYTES: Final = 256 * MIB
SETTINGS: Final = {
    "ALLEGIANCE_WORKERS": "2",
    "ALLEGIANCE_WORKER_MEMORY_BYTES": str(512 * MIB),
}


@dataclass(frozen=True, slots=True)
class Scene:
    """Hold the server under attack and all who watch."""

    server: Server
    bird: Canary
    baseline_bytes: int

    def suffer(self, attempt: Callable[[Victim], Exchange]) -> Exchange:
        """Attack, and check what holds for every attack; return what the attacker got."""
        pid = self.server.pid
        # Its thread ends with the attack: what later tests do to clocks and sockets is none of its.
        with LightClient(self.server.target, patience_s=PATIENCE_S) as light:
            began = time.monotonic()
            got = attempt(Victim(self.server.target, self.bird.url, PATIENCE_S))
            self.check_others(light, began)
        assert self.server.is_alive
        assert self.server.pid == pid
        assert self.bird.visitors == []
        self.check_memory()
        return got

    def check_others(self, light: LightClient, began: float) -> None:
        """Check that the other client got right answers, each within a second."""
        end = time.monotonic() + PATIENCE_S
        while not (samples := light.since(began)):
            assert time.monotonic() < end
            time.sleep(0.005)
        slow = [each for each in samples if each.seconds >= LIGHT_S]
        wrong = [each for each in samples if not each.is_right]
        assert not slow
        assert not wrong

    def check_memory(self) -> None:
        """Check that the memory comes back under its bound within a moment."""
        end = time.monotonic() + RECOVERY_S
        bound = self.baseline_bytes + KEPT_BYTES
        while (held := self.server.resident_bytes()) > bound:
            assert time.monotonic() < end, f"{held / MIB:.0f} MB are still held"
            time.sleep(0.05)


def judge(attack: Attack, got: Exchange) -> None:
    """Check that an answer is whole and right, or an honest refusal."""
    if got.status == 200:
        assert got.is_whole or attack.may_break_off, got.failure
        assert not got.is_whole or attack.is_right(got), got.body[:300]
    else:
        assert is_problem(got), (got.status, got.failure, got.headers, got.body[:300])


@contextmanager
def scene(graph: Path, bird: Canary, timeout_s: float, **settings: str) -> Iterator[Scene]:
    """Start a server over a graph."""
    with start("allegiance", graph, {**SETTINGS, **settings}, timeout_s=timeout_s) as server:
        yield Scene(server, bird, server.resident_bytes())


@pytest.fixture(scope="session")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generate a graph that is large enough for its products to have no end."""
    return write_graph(tmp_path_factory.mktemp("generated"), TRIPLES)


@pytest.fixture(scope="session")
def bird() -> Iterator[Canary]:
    """Give a server that nobody is to call."""
    with canary() as found:
        yield found


@pytest.fixture(scope="session")
def attacked(graph: Path, bird: Canary) -> Iterator[Scene]:
    """Give a server with a deadline of two seconds and workers of 512 MB."""
    with scene(graph, bird, 2) as found:
        yield found


@pytest.fixture(scope="module")
def hurried(graph: Path, bird: Canary) -> Iterator[Scene]:
    """Give a server with a deadline so short that many queries can be tried."""
    with scene(graph, bird, 0.2) as found:
        yield found


@pytest.fixture(scope="module")
def lenient(graph: Path, bird: Canary) -> Iterator[Scene]:
    """Give a server that admits as many patterns as fit into a query."""
    with scene(graph, bird, 2, ALLEGIANCE_MAX_QUERY_PATTERNS="100000") as found:
        yield found


@pytest.fixture(scope="session")
def judged() -> Callable[[Attack, Exchange], None]:
    """Give the check of one answer."""
    return judge
