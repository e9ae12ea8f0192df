"""What the parent of the workers is started with, in a form that travels as JSON."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from allegiance.namespaces import BASE, PREFIXES
from allegiance_server.protocol.search_patterns import FUNCTIONS, PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allegiance.snapshot import Snapshot
    from allegiance_server.settings import Settings

__all__ = ["SERVER_PREFIXES", "Plan", "plan_for"]

# What only this server can evaluate has a prefix of its own.
SERVER_PREFIXES: Final[Mapping[str, str]] = {**PREFIXES, PREFIX: FUNCTIONS}
# A worker's processor time cannot pass the time that is allowed to it; so much more is for the
# supervisor to be late.
CPU_MARGIN_S: Final = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """Hold where the data is and what each worker may use.

    `name` is that of the snapshot whose canonical N-Quads are at `nquads`. `disk_store` is the
    folder of a store on disk; empty: the data is kept in memory. `commit_dir` is where commits on
    top of the snapshot are; empty: there are none. `base_iri` is what relative IRIs of a query are
    read against.
    """

    name: str
    nquads: str
    prefixes: Mapping[str, str]
    base_iri: str
    memory_bytes: int
    cpu_s: int
    spool_bytes: int
    max_result_bytes: int
    disk_store: str = ""
    commit_dir: str = ""


def plan_for(settings: Settings, snapshot: Snapshot, disk_store: str = "") -> Plan:
    """Make the plan for serving a snapshot as the settings say."""
    return Plan(
        name=snapshot.name,
        nquads=str(snapshot.nquads),
        prefixes=dict(SERVER_PREFIXES),
        base_iri=BASE,
        memory_bytes=settings.worker_memory_bytes,
        cpu_s=math.ceil(settings.query_timeout_s) + CPU_MARGIN_S,
        spool_bytes=settings.spool_bytes,
        max_result_bytes=settings.max_result_bytes,
        disk_store=disk_store,
        commit_dir=settings.commit_dir if settings.writable else "",
    )
