"""The writer makes all of a change or nothing of it, and dies at any moment without a loss."""

from __future__ import annotations

import errno
import os
import random
import signal
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pytest
from pyoxigraph import RdfFormat, Store

from allegiance_server.errors import SettingsError
from allegiance_server.protocol.graph_store import Upload
from allegiance_server.workers import writer_parent
from allegiance_server.workers.changes import (
    PREAMBLE,
    Change,
    Outcome,
    WriterPlan,
    head_of,
    pack_change,
)
from allegiance_server.workers.journal import load_base, replay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from allegiance_server.workers.changes import Head
    from allegiance_server.workers.writer import Writer

BASE = "b" * 64
GRAPH = "http://e.org/g"
SHAPE = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix e: <http://e.org/> .
<https://w3id.org/allegiance/shape/owner> a sh:PropertyShape ; sh:severity sh:Violation ;
    sh:targetClass e:Thing ; sh:path e:owner ; sh:minCount 1 ; sh:message "no owner" .
"""
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
THING = f"<http://e.org/old> {TYPE} <http://e.org/Thing> .\n".encode()
OWNERLESS = "PREFIX e: <http://e.org/> INSERT DATA { e:lamp a e:Thing }"


class Desk:
    """Hold a writer with its folder, and ask it as the HTTP process would."""

    def __init__(self, folder: Path, base: bytes = b"", *, has_shapes: bool = True) -> None:
        """Write base and shapes."""
        (folder / "shapes").mkdir()
        (folder / "shapes" / "example.ttl").write_text(SHAPE, encoding="utf-8")
        (folder / "graph.nq").write_bytes(base)
        shapes = str(folder / "shapes") if has_shapes else ""
        self.commits = folder / "commits"
        self.plan = WriterPlan(
            name=BASE,
            nquads=str(folder / "graph.nq"),
            commit_dir=str(self.commits),
            shapes=shapes,
            prefixes={"e": "http://e.org/"},
            base_iri="http://base.org/",
            memory_bytes=2**28,
        )
        self.requests = 0
        self.writer, self.lock = self.open()

    def open(self) -> tuple[Writer, BinaryIO]:
        """Open the writer as its process does."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            parent = writer_parent.WriterParent(ours, self.plan)
            assert parent.prepare()
            parent.selector.close()
            return parent.open()

    def commit(self, change: Change) -> Head:
        """Make a change."""
        self.requests += 1
        return self.writer.commit(f"r{self.requests}", change)

    def update(self, text: str) -> Head:
        """Make an update."""
        return self.commit(Change("update", text=text))

    def put(self, turtle: str, graph: str = GRAPH, kind: str = "put") -> Head:
        """Replace a graph, or add to it."""
        upload = Upload("text/turtle", turtle.encode() + b" .")
        return self.commit(Change(kind, graph=graph, uploads=(upload,), base_iri=graph))  # type: ignore[arg-type]

    def kept(self) -> Store:
        """Return what base and journal hold: what another process would serve."""
        store = Store()
        load_base(store, Path(self.plan.nquads))
        replay(store, self.commits, BASE)
        return store

    def lines(self) -> set[str]:
        """Return the quads that are kept, after checking that the writer holds the same."""
        kept, held = (_lines(store) for store in (self.kept(), self.writer._store))  # noqa: SLF001
        assert kept == held
        return kept

    def patches(self) -> int:
        """Return how many commits there are."""
        return len(list(self.commits.glob("*.patch")))


def _lines(store: Store) -> set[str]:
    content = (store.dump(format=RdfFormat.N_QUADS) or b"").decode()
    return set(content.split("\n")) - {""}


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Make a writer on a base, with one shape or none."""
    made: list[Desk] = []

    def make(base: bytes = b"", *, has_shapes: bool = True) -> Desk:
        made.append(Desk(tmp_path, base, has_shapes=has_shapes))
        return made[0]

    yield make
    for desk in made:
        desk.lock.close()


@pytest.fixture
def desk(make: Callable[..., Desk]) -> Desk:
    """Return a writer on an empty base, with one shape."""
    return make()


def test_inserted_data_is_kept(desk: Desk) -> None:
    """INSERT DATA is kept before it is answered, with what it has added."""
    answer = desk.update("INSERT DATA { e:a e:p 1 . GRAPH e:g { e:a e:p <rel> } }")

    assert (answer["outcome"], answer["added"], answer["removed"]) == (Outcome.COMMITTED, 2, 0)
    assert desk.lines() == {
        '<http://e.org/a> <http://e.org/p> "1"^^<http://www.w3.org/2001/XMLSchema#integer> .',
        "<http://e.org/a> <http://e.org/p> <http://base.org/rel> <http://e.org/g> .",
    }


def test_what_changes_nothing_makes_no_commit(desk: Desk) -> None:
    """To insert what is there, or to delete what is not, is acknowledged without a commit."""
    desk.update("INSERT DATA { e:a e:p 1 }")

    for text in (
        "INSERT DATA { e:a e:p 1 }",
        "DELETE DATA { e:a e:p 2 }",
        "DELETE WHERE { ?s e:q ?o }",
        "CREATE GRAPH e:new",
        "CLEAR GRAPH e:new",
    ):
        assert desk.update(text)["outcome"] == Outcome.UNCHANGED
    assert desk.patches() == 1


@pytest.mark.parametrize(
    ("text", "objects"),
    [
        ("DELETE DATA { e:a e:p 1 , 9 }", {"2"}),
        ("DELETE DATA { e:a e:p 1 } ; DELETE DATA { e:a e:p 2 }", set()),
        ("DELETE DATA { e:a e:p 1 } ; INSERT DATA { e:a e:p 1 , 3 }", {"1", "2", "3"}),
        ("DELETE { ?s e:p ?o } INSERT { ?s e:p ?more } WHERE { ?s e:p ?o BIND(?o + 4 AS ?more) }",
         {"5", "6"}),
        ("CLEAR ALL", set()),
        ("INSERT DATA { e:a e:p 'DELETE' } # DELETE DATA { e:a e:p 1 }", {"1", "2", "DELETE"}),
    ],
)  # fmt: skip
def test_every_form_of_update_is_kept(desk: Desk, text: str, objects: set[str]) -> None:
    """What is kept is what the update left, whichever way it was told what that is."""
    desk.update("INSERT DATA { e:a e:p 1 , 2 }")

    assert desk.update(text)["outcome"] == Outcome.COMMITTED

    assert {line.split('"')[1] for line in desk.lines()} == objects


def test_an_update_that_fails_leaves_nothing(desk: Desk) -> None:
    """If one operation fails, those before it in the same request are undone."""
    desk.update("INSERT DATA { GRAPH e:g { e:a e:p 1 } e:a e:p 1 }")
    before = desk.lines()

    answer = desk.update("DELETE { ?s ?p ?o } WHERE { ?s ?p ?o } ; CREATE GRAPH e:g")

    assert answer["outcome"] == Outcome.NOT_EVALUABLE
    assert desk.lines() == before


@pytest.mark.parametrize(
    "text", ["CLEAR XYZ", "DELETE DATA { _:a e:p 1 }", "DELETE DATA { [] e:p 1 }"]
)
def test_what_is_no_update_changes_nothing(desk: Desk, text: str) -> None:
    """What does not parse is told so, also where INSERT DATA of the same would parse."""
    desk.update("INSERT DATA { e:a e:p 1 }")

    assert desk.update(text)["outcome"] == Outcome.UPDATE_NOT_PARSED
    assert desk.patches() == 1


def test_put_replaces_post_adds_delete_removes(desk: Desk) -> None:
    """The Graph Store operations change one graph, and tell whether they made it."""
    desk.put("<#x> <#p> 1", graph="http://e.org/other")
    made = desk.put("<#x> <#p> 1 , 2")
    assert (made["created"], made["added"]) == (True, 2)
    replaced = desk.put("<#x> <#p> 2 , 3")
    assert (replaced["created"], replaced["added"], replaced["removed"]) == (False, 1, 1)
    merged = desk.put("<#x> <#p> 3 , 4", kind="post")
    assert (merged["created"], merged["added"], merged["removed"]) == (False, 1, 0)
    assert len(desk.lines()) == 4

    assert desk.commit(Change("delete", graph=GRAPH))["removed"] == 3
    assert desk.commit(Change("delete", graph=GRAPH))["outcome"] == Outcome.NO_GRAPH
    assert all("<http://e.org/other>" in line for line in desk.lines())
    assert len(desk.lines()) == 1


def test_the_default_graph_is_always_there(desk: Desk) -> None:
    """The default graph can be replaced and cleared, and is never created."""
    answer = desk.commit(Change("put", uploads=(Upload("text/turtle", b"<#x> <#p> 1 ."),)))
    assert answer["created"] is False
    assert desk.commit(Change("delete"))["outcome"] == Outcome.COMMITTED
    assert desk.commit(Change("delete"))["outcome"] == Outcome.UNCHANGED
    assert desk.lines() == set()


def test_blank_nodes_of_uploads_are_new(make: Callable[..., Desk]) -> None:
    """A blank node of an upload is none that is there already, whatever its label."""
    desk = make(b'_:b <http://e.org/p> "base" .\n')

    desk.put("_:b <http://e.org/p> 'one'", kind="post")
    desk.put("_:b <http://e.org/p> 'two'", kind="post")

    subjects = {line.split(" ")[0] for line in desk.lines()}
    assert len(subjects) == 3
    assert "_:b" in subjects


def test_an_upload_that_does_not_parse_is_told_with_its_place(desk: Desk) -> None:
    """Line and column of the fault are told, counted from 1, and nothing is changed."""
    answer = desk.put("<#x> <#p> 1 .\n<#x> nothing 1 .")

    assert answer["outcome"] == Outcome.UPLOAD_NOT_PARSED
    assert (answer["line"], answer["column"]) == (2, 6)
    assert desk.patches() == 0


def test_nothing_is_fetched_for_an_upload(desk: Desk, canary: tuple[str, list[str]]) -> None:
    """A context of JSON-LD that lies elsewhere is refused, not called."""
    address, visitors = canary
    body = b'{"@context": "%b", "@id": "a:a", "a:b": 1}' % address.encode()

    answer = desk.commit(Change("put", graph=GRAPH, uploads=(Upload("application/ld+json", body),)))

    assert answer["outcome"] == Outcome.UPLOAD_NOT_PARSED
    assert visitors == []


def test_the_shapes_refuse_and_nothing_changes(desk: Desk) -> None:
    """Data that breaks a rule is refused with the rule, and all is as before."""
    desk.update("INSERT DATA { e:cup a e:Thing ; e:owner e:ana }")
    before = desk.lines()

    for text in (
        OWNERLESS,
        "DELETE DATA { e:cup e:owner e:ana }",
        "DELETE { ?s e:owner ?o } WHERE { ?s e:owner ?o }",
    ):
        answer = desk.update(text)
        assert answer["outcome"] == Outcome.REFUSED
        assert [each["shape"] for each in answer["report"]] == [  # type: ignore[attr-defined]
            "https://w3id.org/allegiance/shape/owner"
        ]
        assert desk.lines() == before
    assert desk.patches() == 1


def test_old_faults_count_for_nothing(make: Callable[..., Desk]) -> None:
    """A fault that was there before a change does not stop it; a new one like it does."""
    desk = make(THING)

    assert desk.update("INSERT DATA { e:old e:owner_is 'unknown' }")["outcome"] == Outcome.COMMITTED
    assert desk.update("INSERT DATA { e:old a e:Thing , e:Other }")["outcome"] == Outcome.COMMITTED
    assert desk.update(OWNERLESS)["outcome"] == Outcome.REFUSED
    assert len(desk.lines()) == 3


@pytest.mark.parametrize(
    ("number", "outcome"), [(errno.ENOSPC, Outcome.FULL), (errno.EIO, Outcome.NOT_KEPT)]
)
def test_a_full_disk_takes_the_change_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, number: int, outcome: Outcome
) -> None:
    """What cannot be kept is not served either, and the next change is made."""
    desk.update("INSERT DATA { e:a e:p 1 }")
    before = desk.lines()

    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        for text in ("INSERT DATA { e:a e:p 2 }", "CLEAR ALL"):
            assert desk.update(text)["outcome"] == outcome

    assert desk.lines() == before
    assert desk.update("INSERT DATA { e:a e:p 3 }")["outcome"] == Outcome.COMMITTED


def test_one_writer_for_one_journal(desk: Desk) -> None:
    """While a writer lives, no other one opens its journal."""
    with pytest.raises(SettingsError, match="Another server"):
        desk.open()


def _child(desk: Desk) -> tuple[int, socket.socket]:
    """Fork a process that is a writer; return its id and the connection to it."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        try:
            ours.close()
            writer, _lock = desk.open()
            writer_parent._serve(theirs, writer)  # noqa: SLF001 - what the process does
        finally:
            os._exit(1)
    theirs.close()
    return pid, ours


def _told(connection: socket.socket) -> Head:
    with connection.makefile("rb") as stream:
        preamble = stream.read(PREAMBLE.size)
        if len(preamble) < PREAMBLE.size:
            raise EOFError
        return head_of(stream.read(PREAMBLE.unpack(preamble)[1]))


def test_death_at_any_moment_loses_nothing(make: Callable[..., Desk]) -> None:
    """After forty deaths at random moments, what was acknowledged is there, and nothing by half."""
    desk = make(has_shapes=False)
    desk.lock.close()
    chance = random.Random(20261122)  # noqa: S311 - moments, not secrets
    acknowledged: set[int] = set()
    sent = 0
    for _ in range(40):
        pid, connection = _child(desk)
        connection.settimeout(10)
        try:
            assert _told(connection)["outcome"] == Outcome.READY
            end = time.monotonic() + chance.uniform(0, 0.03)
            while time.monotonic() < end:
                sent += 1
                text = f"INSERT DATA {{ e:n{sent} e:p 'one' , 'two' }}"
                connection.sendall(b"".join(pack_change(sent, "r", Change("update", text=text))))
                if chance.random() < 0.2:
                    time.sleep(chance.uniform(0, 0.003))
                    break
                assert _told(connection)["outcome"] == Outcome.COMMITTED
                acknowledged.add(sent)
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            connection.close()
        kept = [line.split(">")[0].rpartition("/n")[2] for line in _lines(desk.kept())]
        assert acknowledged <= {int(number) for number in kept}
        assert all(kept.count(number) == 2 for number in kept)
    assert len(acknowledged) > 20
