"""Snapshots: written whole or not at all, and the same graph in each of their files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, parse

import allegiance.snapshot
from allegiance.errors import SnapshotError
from allegiance.namespaces import claim_iri, graph_iri, term, thing_iri
from allegiance.snapshot import Snapshot, current_snapshot, open_snapshot, write_snapshot

A, B = thing_iri("a"), thing_iri("b")
CLAIM = claim_iri("doc", "one")
NASTY = (
    'quotes " and \\ and \n new \r lines \t tab',
    "<https://example.org/iri> in a literal",
    'ends like a graph" <https://example.org/g>',
    "a dot . and <b> .",
    "é \u2028 \U0001f600 \x01",
    "",
)


def store_of(*texts: str) -> Store:
    """Fill a store with an edge in three graphs and texts in two."""
    store = Store()
    for graph in (DefaultGraph(), CLAIM, graph_iri("inferences")):
        store.add(Quad(A, term("al:backs"), B, graph))
    literals = [Literal(text) for text in texts]
    literals += [Literal(text, language="en") for text in texts]
    literals += [Literal(text, datatype=term("xsd:anyURI")) for text in texts]
    for literal in literals:
        for graph in (DefaultGraph(), CLAIM):
            store.add(Quad(A, term("al:says"), literal, graph))
    return store


def quads(file: Path, form: RdfFormat) -> set[Quad]:
    """Parse a file."""
    return set(parse(path=file, format=form))


def test_a_snapshot_is_named_by_its_quads_and_lists_its_files(tmp_path: Path) -> None:
    """Name, count and the digest of each file stand in the manifest."""
    snapshot = write_snapshot(store_of("x"), tmp_path, {"claims": 1})
    content = snapshot.nquads.read_bytes()
    assert snapshot.name == hashlib.sha256(content).hexdigest() == snapshot.directory.name
    assert snapshot.manifest["quads"] == len(content.splitlines()) == 9
    assert snapshot.manifest["claims"] == 1
    files = snapshot.manifest["files"]
    assert isinstance(files, dict)
    assert files == {
        name: hashlib.sha256((snapshot.directory / name).read_bytes()).hexdigest()
        for name in ("graph.nq", "graph.trig", "graph.rdf12.nt")
    }


def test_the_quads_are_sorted_and_stand_once(tmp_path: Path) -> None:
    """Lines of graph.nq are in the order of their bytes, each once, whatever was written first."""
    snapshot = write_snapshot(store_of(*NASTY), tmp_path, {})
    lines = snapshot.nquads.read_bytes().split(b"\n")[:-1]
    assert lines == sorted(set(lines))
    assert quads(snapshot.nquads, RdfFormat.N_QUADS) == set(store_of(*NASTY))


def test_the_trig_holds_the_same_quads(tmp_path: Path) -> None:
    """graph.trig parses again, with pyoxigraph to the same quads and with rdflib to as many."""
    texts = [text for text in NASTY if "\x01" not in text]
    snapshot = write_snapshot(store_of(*texts), tmp_path, {})
    assert quads(snapshot.trig, RdfFormat.TRIG) == set(store_of(*texts))
    dataset = rdflib.Dataset()
    dataset.parse(snapshot.trig, format="trig")
    assert len(set(dataset.quads())) == snapshot.manifest["quads"]
    assert len(dataset.graph(rdflib.URIRef(CLAIM.value))) == 1 + 3 * len(texts)


def test_each_graph_stands_once_in_the_trig(tmp_path: Path) -> None:
    """A reader finds all that a claim says in one place."""
    snapshot = write_snapshot(store_of(*NASTY), tmp_path, {})
    text = snapshot.trig.read_text(encoding="utf-8")
    assert text.count("claim:doc\\/one {") + text.count(f"{CLAIM} {{") == 1


def test_rdf_1_2_reifies_what_claims_say_and_leaves_other_graphs_out(tmp_path: Path) -> None:
    """The default graph stands as it is, each triple of a claim is reified by the claim."""
    snapshot = write_snapshot(store_of(*NASTY), tmp_path, {})
    found = quads(snapshot.directory / "graph.rdf12.nt", RdfFormat.N_TRIPLES)
    store = store_of(*NASTY)
    default = {quad.triple for quad in store.quads_for_pattern(None, None, None, DefaultGraph())}
    claimed = {quad.triple for quad in store.quads_for_pattern(None, None, None, CLAIM)}
    reified = {quad.triple for quad in found if quad.predicate == term("rdf:reifies")}
    assert {quad.triple for quad in found} - reified == default
    assert {(triple.subject, triple.object) for triple in reified} == {
        (CLAIM, triple) for triple in claimed
    }


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text('ab"\\<>. \n\r^@é_:/', max_size=25))
def test_whatever_a_literal_holds_all_files_hold_the_same(text: str, tmp_path: Path) -> None:
    """No text of a literal is taken for a graph, an end of line or the end of the literal."""
    # The whole snapshot forks, which costs more than these steps of it.
    lines = allegiance.snapshot._sorted_lines(store_of(text))  # noqa: SLF001
    default, named = allegiance.snapshot._by_graph(lines)  # noqa: SLF001
    allegiance.snapshot._write_named(tmp_path, default, named)  # noqa: SLF001
    found = quads(tmp_path / "graph.rdf12.nt", RdfFormat.N_TRIPLES)
    expected = 1 + len(set(store_of(text).quads_for_pattern(A, term("al:says"), None, CLAIM)))
    assert len(found) == 2 * expected
    assert sum(quad.predicate == term("rdf:reifies") for quad in found) == expected


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
@pytest.mark.parametrize("step", ["_sorted_lines", "_write_files", "_digest"])
def test_an_interrupted_write_leaves_nothing(
    step: str, error: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken off at any step, a build leaves neither snapshot nor draft, and keeps the old one."""
    before = write_snapshot(store_of("x"), tmp_path, {})

    def interrupt(*_: object) -> None:
        raise error

    monkeypatch.setattr(allegiance.snapshot, step, interrupt)
    with pytest.raises(error):
        write_snapshot(store_of("y"), tmp_path, {})
    assert sorted(found.name for found in tmp_path.iterdir()) == sorted([before.name, "current"])
    assert current_snapshot(tmp_path).name == before.name


def test_an_interrupted_first_build_leaves_no_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the renaming fails, the folder is empty and there is no current snapshot."""

    def interrupt(_: Path, target: Path) -> Path:
        raise KeyboardInterrupt(target)

    monkeypatch.setattr(Path, "rename", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_snapshot(store_of("x"), tmp_path, {})
    assert list(tmp_path.iterdir()) == []


def test_the_same_content_is_written_once(tmp_path: Path) -> None:
    """A second build of the same quads gives the same folder and leaves nothing beside it."""
    first = write_snapshot(store_of("x"), tmp_path, {})
    second = write_snapshot(store_of("x"), tmp_path, {})
    assert second.directory == first.directory
    assert sorted(found.name for found in tmp_path.iterdir()) == sorted([first.name, "current"])


def test_the_current_snapshot_is_the_last_one_written(tmp_path: Path) -> None:
    """`current` follows each build, also back to an older content."""
    one = write_snapshot(store_of("x"), tmp_path, {})
    two = write_snapshot(store_of("y"), tmp_path, {})
    assert current_snapshot(tmp_path).name == two.name
    write_snapshot(store_of("x"), tmp_path, {})
    assert current_snapshot(tmp_path) == Snapshot(one.name, one.directory, one.manifest)


def test_without_a_snapshot_the_error_says_what_to_run(tmp_path: Path) -> None:
    """An empty folder, and a `current` that is no text, are told with the remedy."""
    with pytest.raises(SnapshotError, match=r"There is no snapshot in .* `allegiance build`"):
        current_snapshot(tmp_path)
    (tmp_path / "current").write_bytes(b"\xff\xfe")
    with pytest.raises(SnapshotError, match=r"`allegiance build`"):
        current_snapshot(tmp_path)
    (tmp_path / "current").write_text("gone\n")
    with pytest.raises(SnapshotError, match=r"is no snapshot"):
        current_snapshot(tmp_path)


@pytest.mark.parametrize("manifest", ["", "[]", "{}", '{"snapshot": "x"}', "7", '"text"', "{"])
def test_a_folder_with_a_broken_manifest_is_no_snapshot(manifest: str, tmp_path: Path) -> None:
    """Whatever stands in the manifest, the error is the same sentence."""
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(SnapshotError, match="is no snapshot"):
        open_snapshot(tmp_path)


def test_a_snapshot_of_another_format_or_without_quads_is_refused(tmp_path: Path) -> None:
    """A future format, or a folder that lost its graph, has to be built again."""
    snapshot = write_snapshot(store_of("x"), tmp_path, {})
    manifest = snapshot.directory / "manifest.json"
    text = manifest.read_text()
    manifest.write_text(json.dumps(json.loads(text) | {"format": 2}))
    with pytest.raises(SnapshotError, match="Run `allegiance build` again"):
        open_snapshot(snapshot.directory)
    manifest.write_text(text)
    snapshot.nquads.unlink()
    with pytest.raises(SnapshotError, match="Run `allegiance build` again"):
        open_snapshot(snapshot.directory)


def test_a_graph_of_two_formats_is_one_graph(tmp_path: Path) -> None:
    """Terms with the signs of other prefixes come back from every file as they were."""
    store = Store()
    odd = NamedNode("https://w3id.org/allegiance/id/a--b/c.d-%C3%A9")
    store.add(Quad(odd, term("al:backs"), odd, claim_iri("doc.x", "y-1")))
    snapshot = write_snapshot(store, tmp_path, {})
    assert quads(snapshot.trig, RdfFormat.TRIG) == set(store)
