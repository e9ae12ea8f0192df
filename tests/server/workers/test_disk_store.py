"""A store on disk answers as the one in memory does, and is made whole or not at all."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from pyoxigraph import RdfFormat, Store

from allegiance.snapshot import write_snapshot
from allegiance_server.errors import SettingsError
from allegiance_server.settings import MIB, Settings
from allegiance_server.workers.disk_store import disk_store_of, make_disk_store
from allegiance_server.workers.plan import plan_for
from allegiance_server.workers.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from allegiance.snapshot import Snapshot
    from allegiance_server.workers.tasks import Task

MEMORY = Settings(workers=1, query_timeout_s=5, worker_memory_bytes=256 * MIB)
DISK = replace(MEMORY, store="disk")
QUERIES = [
    "SELECT * { ?s ?p ?o }",
    "SELECT * { GRAPH ?g { ?s ?p ?o } }",
    "SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s",
    "ASK { id:iran a al:State }",
    "SELECT ?client { ?tie al:patron id:iran ; al:client ?client }",
    "SELECT ?thing { id:backing (al:patron|al:client)/rdfs:label ?thing }",
    "SELECT ?s { ?s a ?class OPTIONAL { ?s rdfs:label ?l } FILTER(!BOUND(?l)) }",
    "CONSTRUCT { ?s ?p ?o } WHERE { ?s a al:State ; ?p ?o }",
    "DESCRIBE id:mallory",
    'SELECT ?thing { ?thing alf:search "iran" }',
    'SELECT ?thing ?text { (?thing ?score ?text) alf:search "hezb*" }',
]


@pytest.fixture
def copied(snapshot: Snapshot, tmp_path: Path) -> Snapshot:
    """Return the tiny snapshot in a folder where stores may be made."""
    store = Store()
    store.load(path=str(snapshot.nquads), format=RdfFormat.N_QUADS)
    return write_snapshot(store, tmp_path, {})


def answers(
    settings: Settings, snapshot: Snapshot, tasks: list[Task]
) -> list[tuple[str, list[bytes]]]:
    """Return the types and the sorted lines of the answers."""

    async def ask() -> list[tuple[str, list[bytes]]]:
        plan = plan_for(settings, snapshot, disk_store_of(settings, snapshot))
        supervisor = Supervisor(settings, plan)
        await supervisor.start()
        try:
            found = [await supervisor.whole(task) for task in tasks]
        finally:
            await supervisor.stop()
        return [(media_type, sorted(body.splitlines())) for media_type, body in found]

    return asyncio.run(ask())


def test_disk_and_memory_answer_alike(copied: Snapshot, asked: Callable[[str], Task]) -> None:
    """The same queries, searches among them, have the same rows, wherever the data is kept."""
    tasks = [asked(query) for query in QUERIES]
    by_memory, by_disk = answers(MEMORY, copied, tasks), answers(DISK, copied, tasks)
    assert by_disk == by_memory
    assert len(by_disk[0][1]) == 1 + 12
    assert len(by_disk[1][1]) == 1 + 2
    found = [b"https://w3id.org/allegiance/id/iran", b"thing"]
    assert by_disk[QUERIES.index('SELECT ?thing { ?thing alf:search "iran" }')][1] == found


def test_a_store_is_made_once(copied: Snapshot) -> None:
    """The store stands beside the snapshot, under its name, and is used the next time."""
    folder = disk_store_of(DISK, copied)
    assert folder == str(copied.directory.parent / ".stores" / copied.name)
    made = (copied.directory.parent / ".stores" / copied.name).stat()
    assert disk_store_of(DISK, copied) == folder
    assert (
        copied.directory.parent / ".stores" / copied.name
    ).stat().st_mtime_ns == made.st_mtime_ns
    assert disk_store_of(MEMORY, copied) == ""


def test_a_store_that_cannot_be_made_is_told_and_leaves_nothing(copied: Snapshot) -> None:
    """Data that is none ends in an error that says what to do, and in no half of a store."""
    copied.nquads.write_text("no quads at all")
    with pytest.raises(SettingsError, match="keep the data in memory"):
        disk_store_of(DISK, copied)
    assert list((copied.directory.parent / ".stores").iterdir()) == []


def test_who_comes_second_leaves_the_first_store_alone(copied: Snapshot, tmp_path: Path) -> None:
    """Two servers that make the same store do not disturb each other."""
    folder = tmp_path / "stores" / "one"
    make_disk_store(copied.nquads, folder)
    before = sorted(file.name for file in folder.iterdir())
    make_disk_store(copied.nquads, folder)
    assert sorted(file.name for file in folder.iterdir()) == before
    assert [each.name for each in folder.parent.iterdir()] == ["one"]
    assert len(Store.read_only(str(folder))) == 14
