"""Every claim of the real documents stands where it says, in the captures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from allegiance.corpus import Corpus, read_corpus
from allegiance.evidence import check_evidence, coverage_of, hold_captures

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from allegiance.bundle import Bundle


@pytest.fixture(scope="module")
def corpus(bundle: Bundle) -> Corpus:
    """Read the real data."""
    return read_corpus(bundle)


@pytest.fixture(scope="module")
def texts(corpus: Corpus, captures: Path) -> Mapping[str, str]:
    """Return the captured pages by id; skipped where they are not held."""
    held, missing = hold_captures(corpus, captures)
    assert missing == ()
    return held


def test_every_passage_is_the_text_at_its_place(corpus: Corpus, texts: Mapping[str, str]) -> None:
    """No passage of a claim, and none that is listed as unclaimed, differs from its capture."""
    assert list(check_evidence(corpus, texts)) == []


def test_every_sentence_is_claimed_or_listed(corpus: Corpus, texts: Mapping[str, str]) -> None:
    """No sentence of a document is left open, and most of them carry a claim."""
    found = [coverage_of(d, texts[d.capture.page]) for d in corpus.documents.values()]

    assert [sentence for coverage in found for sentence in coverage.open] == []
    assert sum(coverage.claimed for coverage in found) > sum(coverage.listed for coverage in found)


def test_every_claim_has_a_passage_with_offsets_and_digest(corpus: Corpus) -> None:
    """A claim without a checked place does not exist."""
    assert [] == [
        name
        for name, claim in corpus.claims.items()
        if not claim.passages
        or any(p.start is None or p.end is None or p.sha256 is None for p in claim.passages)
    ]


def test_well_over_two_hundred_claims_of_every_status(corpus: Corpus) -> None:
    """The two pages give more than 200 claims, and each epistemic status occurs."""
    assert len(corpus.claims) > 200
    assert {claim.status for claim in corpus.claims.values()} == {
        "asserted",
        "attributed",
        "judgement",
        "prediction",
        "hypothetical",
        "normative",
    }
