"""Building: the same data give the same snapshot, and wrong data give none."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from pyoxigraph import BlankNode, DefaultGraph, NamedNode

from allegiance.build import build_snapshot, build_store, corpus_quads, ensure_snapshot
from allegiance.corpus import read_corpus
from allegiance.errors import DataError
from allegiance.namespaces import claim_iri, graph_iri, term, thing_iri

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Checkout

PATRONAGE = "patronage: {patron: arcadia, client: reed-front}"
PROGRAM = (
    "import sys, pathlib; from allegiance import Bundle, build_snapshot; "
    "root = pathlib.Path(sys.argv[1]); "
    "print(build_snapshot(Bundle(root), root / sys.argv[2]).name)"
)


def write_two(checkout: Checkout, claim: Callable[..., str]) -> None:
    """Write two documents that agree on one claim and differ on another."""
    event = "event: {id: raid, label: raid, type: MilitaryStrike, actor: reed-front}"
    checkout.write_source("doc", claim("one", PATRONAGE) + claim("two", event))
    checkout.write_source(
        "other",
        claim("one", PATRONAGE, polarity="negated") + claim("three", PATRONAGE, status="judgement"),
        outlet="evening-post",
    )


def test_two_builds_are_the_same_to_the_byte(checkout: Checkout, claim: Callable[..., str]) -> None:
    """Whatever order hashing gives, name and files of the snapshot are the same."""
    write_two(checkout, claim)
    names = []
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(checkout.root), f"build-{seed}"],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        names.append(done.stdout.strip())
    assert names[0] == names[1]
    one, two = (checkout.root / f"build-{seed}" / names[0] for seed in ("1", "2"))
    files = sorted(file.name for file in one.iterdir())
    assert files == ["graph.nq", "graph.rdf12.nt", "graph.trig", "manifest.json"]
    for file in files:
        assert (one / file).read_bytes() == (two / file).read_bytes(), file


def test_the_order_of_files_and_claims_does_not_matter(
    new_checkout: Callable[[], Checkout], claim: Callable[..., str]
) -> None:
    """The graph is a set: claims in another order give the same snapshot."""
    claims = [claim("one", PATRONAGE), claim("two", "alliance: {parties: [arcadia, borduria]}")]
    names = set()
    for order in (claims, claims[::-1]):
        checkout = new_checkout()
        checkout.write_source("doc", "".join(order))
        names.add(build_snapshot(checkout.bundle, checkout.root / "build").name)
    assert len(names) == 1


def test_a_snapshot_is_named_by_the_digest_of_its_quads(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """The name is the sha256 of graph.nq; another claim gives another name."""
    checkout.write_source("doc", claim("one", PATRONAGE))
    first = build_snapshot(checkout.bundle, checkout.root / "build")
    assert first.name == hashlib.sha256(first.nquads.read_bytes()).hexdigest()
    checkout.write_source("doc", claim("one", PATRONAGE, certainty="likely"))
    second = build_snapshot(checkout.bundle, checkout.root / "build")
    assert second.name != first.name
    assert first.nquads.exists()


def test_the_manifest_counts_what_was_built(checkout: Checkout, claim: Callable[..., str]) -> None:
    """Two documents with four claims, two of which stand in the view, and the register."""
    write_two(checkout, claim)
    manifest = build_snapshot(checkout.bundle, checkout.root / "build").manifest
    assert (manifest["documents"], manifest["claims"], manifest["claimsInAssertedView"]) == (
        2,
        4,
        2,
    )
    assert manifest["entries"] == 11


def test_a_claim_that_was_taken_back_is_not_counted_in_the_view(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """The manifest counts the view as it is built, after retractions by assessments."""
    more = (
        "assessments:\n  - {claim: one, verdict: retracted, by: E, date: 2025-01-01, reason: R.}\n"
    )
    checkout.write_source("doc", claim("one", PATRONAGE), more=more)
    manifest = build_snapshot(checkout.bundle, checkout.root / "build").manifest
    assert (manifest["claims"], manifest["claimsInAssertedView"]) == (1, 0)


@pytest.mark.parametrize(
    "content",
    [
        "patronage: {patron: arcadia}",
        "patronage: {patron: arcadai, client: reed-front}",
        "patronage: {patron: arcadia, client: reed-front, since: 2024-13-40}",
    ],
)
def test_wrong_data_are_not_built(
    content: str, checkout: Checkout, claim: Callable[..., str]
) -> None:
    """The error carries the findings, and nothing is written."""
    checkout.write_source("doc", claim("one", content))
    with pytest.raises(DataError, match="1 findings stand in the way") as raised:
        build_snapshot(checkout.bundle, checkout.root / "build")
    assert [found.place.line for found in raised.value.findings] == [14]
    assert not (checkout.root / "build").exists()


def test_a_snapshot_of_the_files_as_they_are_is_not_built_again(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """Without a change the current snapshot is opened; after a change it is built anew."""
    folder = checkout.root / "build"
    checkout.write_source("doc", claim("one", PATRONAGE))
    first = ensure_snapshot(checkout.bundle, folder)
    written = (first.directory / "manifest.json").stat().st_mtime_ns
    again = ensure_snapshot(checkout.bundle, folder)
    assert again.name == first.name
    assert (again.directory / "manifest.json").stat().st_mtime_ns == written
    checkout.write_source("doc", claim("one", PATRONAGE, certainty="likely"))
    assert ensure_snapshot(checkout.bundle, folder).name != first.name


def test_what_a_claim_says_stands_in_its_graph_and_all_else_beside_it(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """Content quads are in the claim's graph, metadata in the default one, each with its line."""
    checkout.write_source("doc", claim("one", PATRONAGE))
    placed = list(corpus_quads(read_corpus(checkout.bundle)))
    graph = claim_iri("doc", "one")
    inside = [(p.quad.predicate, p.place.line) for p in placed if p.quad.graph_name == graph]
    assert sorted(inside, key=str) == sorted(
        [(term("rdf:type"), 14), (term("al:patron"), 14), (term("al:client"), 14)], key=str
    )
    others = {p.quad.graph_name for p in placed} - {graph}
    assert others == {DefaultGraph()}
    assert all(p.place.file.startswith("kg/data/") for p in placed)


def test_comparisons_stand_in_a_graph_of_their_own_too(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """A contradiction links both claims both ways, and a node says on what axis."""
    write_two(checkout, claim)
    store = build_store(read_corpus(checkout.bundle))
    one, other = claim_iri("doc", "one"), claim_iri("other", "one")
    for graph in (DefaultGraph(), graph_iri("comparisons")):
        links = {
            (quad.subject, quad.object)
            for quad in store.quads_for_pattern(None, term("al:contradicts"), None, graph)
        }
        assert (one, other) in links
        assert (other, one) in links
        axes = list(store.quads_for_pattern(None, term("al:comparisonAxis"), None, graph))
        assert {str(quad.object).rpartition("/")[2] for quad in axes} == {"polarity>"}


def test_the_register_stands_in_a_graph_of_its_own_too(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """Each entry is known apart from what claims say, so that no claim can pass for one."""
    checkout.write_source("doc", claim("one", PATRONAGE))
    store = build_store(read_corpus(checkout.bundle))
    register = {
        quad.subject for quad in store.quads_for_pattern(None, None, None, graph_iri("register"))
    }
    assert len(register) == 11
    assert thing_iri("arcadia") in register
    assert thing_iri("patronage--arcadia--reed-front") not in register


def test_no_claim_makes_a_blank_node(checkout: Checkout, claim: Callable[..., str]) -> None:
    """Everything that contributors write has a name that lasts."""
    write_two(checkout, claim)
    for placed in corpus_quads(read_corpus(checkout.bundle)):
        assert isinstance(placed.quad.subject, NamedNode)
        assert not isinstance(placed.quad.object, BlankNode)


def test_many_claims_are_built_like_few(
    checkout: Checkout, claim: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Building on all cores gives the same snapshot as building on one."""
    write_two(checkout, claim)
    one = build_snapshot(checkout.bundle, tmp_path / "one").name
    monkeypatch.setattr("allegiance.build._PARALLEL_FROM", 1)
    assert build_snapshot(checkout.bundle, tmp_path / "two").name == one
