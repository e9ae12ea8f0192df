"""The command `allegiance enrich`, and what is joined with its graph."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from allegiance.answering import load_store
from allegiance.enrichment.joining import join_snapshot
from allegiance.enrichment.linked_items import linked_items
from allegiance.snapshot import current_snapshot, write_snapshot
from allegiance_server.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import FakeEndpoint

    from allegiance.snapshot import Snapshot

    Run = Callable[..., tuple[int, str, str]]

CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
EXACT = NamedNode("http://www.w3.org/2004/02/skos/core#exactMatch")
CLOSE = NamedNode("http://www.w3.org/2004/02/skos/core#closeMatch")
ID = "https://w3id.org/allegiance/id/"
WD = "http://www.wikidata.org/entity/"
JOIN = """
SELECT ?actor ?class WHERE {
  ?actor skos:exactMatch ?item .
  GRAPH ?graph { ?item <http://www.wikidata.org/prop/direct/P31> ?class }
} ORDER BY ?actor
"""


def linked(subject: str, item: str, predicate: NamedNode = EXACT) -> Quad:
    """Link an entry."""
    return Quad(NamedNode(ID + subject), predicate, NamedNode(item), DefaultGraph())


@pytest.fixture
def linked_snapshot(tmp_path: Path) -> Snapshot:
    """Write a snapshot with five linked entries, one of them to a page's address."""
    store = Store()
    store.extend(linked(f"state-{number}", f"{WD}Q{number}") for number in (1, 2, 3, 4))
    store.add(linked("state-5", "https://www.wikidata.org/wiki/Q5"))
    store.add(linked("close", WD + "Q6", CLOSE))
    store.add(linked("elsewhere", "https://example.org/Q7"))
    return write_snapshot(store, tmp_path / "snapshots", {"inputs": "x", "documents": 0})


@pytest.fixture
def settings(fake: FakeEndpoint, tmp_path: Path) -> Path:
    """Write settings that name the fake endpoint."""
    file = tmp_path / "endpoints.toml"
    file.write_text(
        f'contact = "graph@example.org"\n[endpoints.fake]\naddress = "{fake.address}"\n'
        f'licence = "{CC0}"\nbatch = 2\npause_s = 0\ntimeout_s = 20\n',
        encoding="utf-8",
    )
    return file


@pytest.fixture
def arguments(linked_snapshot: Snapshot, settings: Path, tmp_path: Path) -> list[str]:
    """Give the arguments that ask the fake endpoint about the snapshot's items."""
    return [
        *("enrich", "fake", "--endpoints", str(settings), "--properties", "P31"),
        *("--snapshot", str(linked_snapshot.directory), "--out", str(tmp_path / "out")),
    ]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Give a runner of the console command, which returns status, output and errors."""
    monkeypatch.delenv("ALLEGIANCE_CONTACT", raising=False)

    def run_main(*arguments: str | Path) -> tuple[int, str, str]:
        status = main([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return status, captured.out, captured.err

    return run_main


def folder_told(output: str) -> Path:
    """Return the folder that the command names."""
    (line,) = [line for line in output.splitlines() if line.startswith("folder: ")]
    return Path(line.removeprefix("folder: "))


def test_exact_links_name_the_items(linked_snapshot: Snapshot) -> None:
    """A close match and another site's address are no items to ask about."""
    found = linked_items(load_store(linked_snapshot))
    assert {key.value.removeprefix(ID): item for key, item in found.items()} == {
        f"state-{number}": f"{WD}Q{number}" for number in (1, 2, 3, 4, 5)
    }


def test_what_was_fetched_is_joined_by_query(
    fake: FakeEndpoint, arguments: list[str], linked_snapshot: Snapshot, run: Run, tmp_path: Path
) -> None:
    """`query --with` asks the graph and what was fetched; without it, nothing is there."""
    fake.know(1, 2, 3, 4, 5)
    status, out, err = run(*arguments)
    assert status == 0, err
    assert "triples: 5\n" in out
    assert "3 of 3 batches" in err
    question = tmp_path / "join.rq"
    question.write_text(JOIN, encoding="utf-8")
    plain = ("query", question, "--format", "csv", "--snapshot", linked_snapshot.directory)
    assert run(*plain)[1].splitlines() == ["actor,class"]
    # The fifth entry is linked to a page: its own triple does not have the IRI that joins.
    assert run(*plain, "--with", folder_told(out))[1].splitlines() == [
        "actor,class",
        *(f"{ID}state-{number},{WD}Q3624078" for number in (1, 2, 3, 4)),
    ]


def test_what_was_fetched_is_built_into_a_snapshot(
    fake: FakeEndpoint, arguments: list[str], linked_snapshot: Snapshot, run: Run, tmp_path: Path
) -> None:
    """The joined snapshot has all of both, is current, and passes for no plain build."""
    fake.know(1, 2, 3, 4, 5)
    enrichment = folder_told(run(*arguments)[1])
    joined = join_snapshot(linked_snapshot, [enrichment], tmp_path / "joined")
    lines = linked_snapshot.nquads.read_text().splitlines()
    lines += (enrichment / "enrichment.nq").read_text().splitlines()
    assert joined.nquads.read_text().splitlines() == sorted(lines)
    assert current_snapshot(tmp_path / "joined").name == joined.name
    assert "inputs" not in joined.manifest
    assert joined.manifest["documents"] == 0
    assert joined.manifest["enrichments"] == [
        f"https://w3id.org/allegiance/graph/fake/{enrichment.name}"
    ]


def test_build_takes_enrichments(
    fake: FakeEndpoint, arguments: list[str], run: Run, tmp_path: Path
) -> None:
    """`build --with` ends in a snapshot that has the fetched graph."""
    fake.know(1, 2, 3, 4, 5)
    enrichment = folder_told(run(*arguments)[1])
    status, out, err = run("build", "--out", tmp_path / "built", "--with", enrichment)
    assert status == 0, err
    built = current_snapshot(tmp_path / "built")
    assert f"snapshot: {built.name}\n" in out
    graph = NamedNode(f"https://w3id.org/allegiance/graph/fake/{enrichment.name}")
    assert len(list(load_store(built).quads_for_pattern(None, None, None, graph))) == 5


def test_a_killed_run_goes_on(fake: FakeEndpoint, arguments: list[str], run: Run) -> None:
    """After a kill in the middle of the second batch, only the rest is asked for again."""
    items = fake.know(1, 2, 3, 4, 5)
    fake.faults[:] = ["", "slow"]
    command = [sys.executable, "-m", "allegiance_server", *arguments]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as killed:
        deadline = time.monotonic() + 60
        while len(fake.asked) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        killed.kill()
    assert killed.returncode == -signal.SIGKILL
    fake.asked.clear()
    status, out, err = run(*arguments)
    assert status == 0, err
    assert "1 batches are kept already" in err
    assert fake.asked == [items[2:4], items[4:]]
    assert "triples: 5\n" in out


def test_an_unfinished_run_is_not_joined(
    fake: FakeEndpoint, arguments: list[str], linked_snapshot: Snapshot, run: Run, tmp_path: Path
) -> None:
    """What is only a part of the answers is refused, not taken for all of them."""
    fake.know(1, 2, 3, 4, 5)
    fake.faults[:] = ["", "400"]
    status, _, err = run(*arguments)
    assert status == 2
    assert "1 of 3 batches are kept" in err
    (run_folder,) = (tmp_path / "out" / "fake").iterdir()
    question = tmp_path / "join.rq"
    question.write_text(JOIN, encoding="utf-8")
    given = ("--snapshot", linked_snapshot.directory, "--with", run_folder)
    status, _, err = run("query", question, *given)
    assert status == 2
    assert "holds no finished enrichment" in err


def test_a_changed_graph_is_not_joined(
    fake: FakeEndpoint, arguments: list[str], linked_snapshot: Snapshot, run: Run, tmp_path: Path
) -> None:
    """A graph that is not what its manifest says is refused."""
    fake.know(1, 2, 3, 4, 5)
    enrichment = folder_told(run(*arguments)[1])
    with (enrichment / "enrichment.nq").open("a", encoding="utf-8") as file:
        file.write("<x:a> <x:b> <x:c> .\n")
    question = tmp_path / "join.rq"
    question.write_text(JOIN, encoding="utf-8")
    given = ("--snapshot", linked_snapshot.directory, "--with", enrichment)
    status, _, err = run("query", question, *given)
    assert status == 2
    assert "is not what its manifest says" in err


def test_items_without_an_answer_are_told(
    fake: FakeEndpoint, arguments: list[str], run: Run
) -> None:
    """An item of which nothing comes is named, and kept in the manifest."""
    fake.know(1, 2, 3, 4)
    _, out, _ = run(*arguments)
    assert f"items without an answer: {WD}Q5\n" in out
    manifest = json.loads((folder_told(out) / "enrichment.json").read_text(encoding="utf-8"))
    assert manifest["withoutAnswer"] == [f"{WD}Q5"]


def test_a_graph_without_links_is_told(run: Run, settings: Path, tmp_path: Path) -> None:
    """Without links there is nothing to ask about, and the remedy is named."""
    snapshot = write_snapshot(Store(), tmp_path / "empty", {})
    given = ("--endpoints", settings, "--snapshot", snapshot.directory, "--out", tmp_path / "out")
    status, _, err = run("enrich", "fake", *given)
    assert status == 2
    assert "kg/data/links" in err


def test_nobody_is_asked_without_a_contact(run: Run) -> None:
    """Wikidata is not asked by somebody unknown."""
    status, _, err = run("enrich", "wikidata")
    assert status == 2
    assert "--contact" in err
