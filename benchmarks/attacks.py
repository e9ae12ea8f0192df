"""Attack our server and both peers in the same ways, and set what happened side by side.

    python benchmarks/attacks.py --write

For each attack: how it ended for the one who asked and after how long; whether the server died,
hung or called a canary that nobody is to call; and the longest that another client, who asks a
small question every 50 ms from another address, had to wait. A server that hangs, dies or is still
busy with an attack is started anew for the next row.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from exchanges import exchange
from generated_graph import write_graph
from hostile_queries import DEADLINE, HOSTILE_QUERIES, MANY_BRANCHES, MEMORY, REACHING_OUT
from hostile_requests import HOSTILE_REQUESTS
from hostility import Victim, canary, outcome
from light_client import LightClient
from reports import RESULTS, heading, markdown_table, publish
from servers import KINDS, start

if TYPE_CHECKING:
    from hostility import Attack, Canary
    from servers import Server

ATTACKS: Final = (
    *DEADLINE,
    MANY_BRANCHES,
    *MEMORY,
    *HOSTILE_QUERIES,
    *REACHING_OUT,
    *HOSTILE_REQUESTS,
)
MIB: Final = 1024 * 1024
RECOVERY_S: Final = 2.0
SETTINGS: Final = {"ALLEGIANCE_WORKERS": "2", "ALLEGIANCE_WORKER_MEMORY_BYTES": str(512 * MIB)}


@dataclass(frozen=True, slots=True)
class Cell:
    """Hold what one attack did to one server."""

    outcome: str
    seconds: float
    light_worst_s: float
    memory_mib: float
    is_dead: bool
    is_hung: bool
    visits: int
    is_unended: bool

    @property
    def needs_another_server(self) -> bool:
        """Tell whether what is left of this attack would weigh on the next."""
        return self.is_dead or self.is_hung or self.is_unended

    def __str__(self) -> str:
        """Write the cell; what ought not to be stands out."""
        parts = [self.outcome, f"{self.seconds:.1f} s"]
        if self.is_dead:
            parts.append("**server dead**")
        elif self.is_hung:
            parts.append("**server hangs**")
        if self.visits:
            parts.append("**called the canary**")
        light = f"{self.light_worst_s * 1000:.0f} ms"
        parts.append(f"others {f'**{light}**' if self.light_worst_s >= 1 else light}")
        parts.append(f"{self.memory_mib:.0f} MB")
        return ", ".join(parts)


def main() -> None:
    """Attack whom is asked for, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--servers", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--only", nargs="+", metavar="ATTACK", help="names, such as cross-product")
    parser.add_argument("--triples", type=int, default=200_000)
    parser.add_argument("--patience", type=float, default=15, help="seconds to wait for an answer")
    parser.add_argument("--write", action="store_true", help="keep the result in the repository")
    options = parser.parse_args()
    chosen = [each for each in ATTACKS if not options.only or each.name in options.only]
    with tempfile.TemporaryDirectory() as folder:
        graph = write_graph(Path(folder), options.triples)
        columns = {
            kind: attacked(kind, graph, chosen, options.patience) for kind in options.servers
        }
    rows = [
        {"attack": attack.title, **{kind: str(columns[kind][row]) for kind in columns}}
        for row, attack in enumerate(chosen)
    ]
    text = f"{_introduction(options.triples, options.patience)}\n\n{markdown_table(rows)}"
    publish(text, RESULTS / "attacks.md" if options.write else None)


def attacked(kind: str, graph: Path, attacks: list[Attack], patience_s: float) -> list[Cell]:
    """Attack a server in every way; start another one where it does not get over it."""
    cells: list[Cell] = []
    while len(cells) < len(attacks):
        with ExitStack() as stack:
            bird = stack.enter_context(canary())
            server = stack.enter_context(start(kind, graph, SETTINGS))
            for attack in attacks[len(cells) :]:
                cells.append(_attack(server, attack, bird, patience_s))
                print(f"{kind} | {attack.name} | {cells[-1]}", flush=True)
                if cells[-1].needs_another_server:
                    break
    return cells


def _attack(server: Server, attack: Attack, bird: Canary, patience_s: float) -> Cell:
    victim = Victim(server.target, bird.url, patience_s)
    visits = len(bird.visitors)
    with LightClient(server.target, patience_s=patience_s) as light:
        time.sleep(0.2)
        began = time.monotonic()
        got = attack.attempt(victim)
        time.sleep(0.1)
        worst = max((each.seconds for each in light.since(began)), default=0.0)
        memory = server.resident_bytes()
        is_hung = not _answers(server)
    return Cell(
        outcome=outcome(attack, got),
        seconds=got.seconds,
        light_worst_s=worst,
        memory_mib=memory / MIB,
        is_dead=not server.is_alive,
        is_hung=is_hung,
        visits=len(bird.visitors) - visits,
        is_unended=got.failure == "hung",
    )


def _answers(server: Server) -> bool:
    """Tell whether a server answers a small question within a moment."""
    request = server.target.get("ASK {}")
    return exchange(server.target.address, [request], patience_s=RECOVERY_S).status is not None


def _introduction(triples: int, patience_s: float) -> str:
    about = (
        f"A generated graph of {triples:,} triples, loopback only. Ours: deadline 2 s, two "
        "workers of 512 MB each. Native: `oxigraph serve --timeout-s 2` in memory. Both peers "
        f"have an address space of 8 GB; nobody waits longer than {patience_s:g} s for an "
        "answer. A cell tells how the attack ended for the one who asked and when, the longest "
        "that another client waited for a small answer meanwhile (in bold from 1 s), and the "
        "memory of all processes right after."
    )
    return f"{heading('Attacks', 'attacks.py')}\n\n{about}"


if __name__ == "__main__":
    main()
