"""The base is seen as contributors wrote it: without view, edges and comparisons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from allegiance.build import build_store, corpus_quads
from allegiance.corpus import Corpus, read_corpus
from allegiance.errors import SnapshotError
from allegiance.incremental.base_graph import BaseGraph, document_of

if TYPE_CHECKING:
    from pathlib import Path

    from allegiance.bundle import Bundle


@pytest.fixture(scope="module")
def corpus(bundle: Bundle) -> Corpus:
    """Give the repository's own data."""
    return read_corpus(bundle)


@pytest.fixture(scope="module")
def base(corpus: Corpus) -> BaseGraph:
    """Give what a build makes of them."""
    return BaseGraph(build_store(corpus))


def test_the_base_has_what_a_full_run_sees(corpus: Corpus, base: BaseGraph) -> None:
    """Of all that a build puts into the graph, exactly the triples of the data are seen."""
    written = {placed.quad.triple for placed in corpus_quads(corpus)}

    assert {quad.triple for quad in base.quads(None, None, None)} == written
    assert len(written) > 10_000


def test_a_document_of_the_base_is_seen_whole(corpus: Corpus, base: BaseGraph) -> None:
    """The quads of a document's file are those of its head and of its claims, and no others."""
    written: dict[str | None, set[object]] = {}
    for placed in corpus_quads(corpus):
        written.setdefault(document_of(placed.quad), set()).add(placed.quad)

    for name in corpus.documents:
        claims = (base.claim(name, claim) for claim in base.claims(name))
        assert base.document(name).union(*claims) == written[name]


def test_names_of_the_base_are_known(corpus: Corpus, base: BaseGraph) -> None:
    """All claims are listed, and each is found by its name; others are not."""
    assert sorted(base.claim_keys()) == sorted(corpus.claims)
    assert all(base.has_claim(key) for key in corpus.claims)
    assert not base.has_claim("no-document/no-claim")


def test_describing_documents_are_found(corpus: Corpus, base: BaseGraph) -> None:
    """An event's id leads to every document with a claim that describes it."""
    for name, claims in corpus.events.items():
        assert base.describing(name) == {claim.document for claim in claims}


def test_an_entry_is_named_beside_a_document_or_not(corpus: Corpus, base: BaseGraph) -> None:
    """Who speaks of an entry is known: taking all documents away leaves nobody."""
    assert base.is_named_beside("iran", set())
    assert not base.is_named_beside("iran", corpus.documents.keys())


def test_a_store_that_is_none_is_told(tmp_path: Path) -> None:
    """A folder that holds no store is told with the remedy."""
    (tmp_path / "CURRENT").write_text("nothing", encoding="ascii")

    with pytest.raises(SnapshotError, match=r"cannot be opened .* Remove it"):
        BaseGraph.open(tmp_path)
