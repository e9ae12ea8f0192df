"""A document and its claims as values."""

from __future__ import annotations

import pytest

from allegiance.bundle import default_bundle
from allegiance.document import SourceDocument, read_date, read_document
from allegiance.finding import Place
from allegiance.frames import load_frames
from allegiance.located import Located, read_yaml

FRAMES = load_frames(default_bundle().schema)

DOCUMENT = """\
document: doc
type: NewsArticle
title: Headline
language: en
recorded: "2026-11-21"
author: [ana, ben]
publications:
  - {outlet: first, published: {edtf: 2024-10~, words: last week, basis: A guess.}}
  - {outlet: second, url: "https://example.org/"}
capture: {page: page, start: 10, end: 90.0}
claims:
  - id: one
    says: It is so.
    status: asserted
    at: {start: 20, end: 25, quote: Words}
    patronage: {patron: a, client: b}
  - id: two
    says: It is not so.
    status: attributed
    polarity: negated
    certainty: likely
    hedge: perhaps
    attributedTo: [c, d]
    condition: one
    confidence: 0.5
    review: draft
    at:
      - {starts: One two, ends: three}
      - {start: 30, end: 35, quote: again, sha256: abc}
    event: {id: raid, type: MilitaryStrike}
unclaimed:
  - {start: 40, end: 45, quote: Other, reason: repetition}
assessments:
  - {claim: one, verdict: questioned, by: Editors, date: 2026-11-22, reason: It is old.}
"""


def located(text: str) -> Located:
    """Read a YAML text."""
    found = read_yaml("f.yaml", text.encode()).root
    assert found is not None
    return found


def read(text: str = DOCUMENT) -> SourceDocument:
    """Read a document."""
    return read_document(located(text), FRAMES)


def test_the_header_is_read_whole() -> None:
    """Title, authors, publications in their order and the span of the capture are values."""
    found = read()
    assert (found.id, found.type, found.title, found.language) == (
        *("doc", "NewsArticle", "Headline", "en"),
    )
    assert found.recorded.edtf == "2026-11-21"
    assert found.authors == ("ana", "ben")
    assert [publication.outlet for publication in found.publications] == ["first", "second"]
    assert found.publications[1].published is None
    assert found.publications[1].url == "https://example.org/"
    assert (found.capture.page, found.capture.start, found.capture.end) == ("page", 10, 90)


def test_a_date_keeps_its_words_its_reason_and_its_place() -> None:
    """A date is a text, or a mapping of the EDTF value, the source's words and the reason."""
    published = read().publications[0].published
    assert published is not None
    assert (published.edtf, published.words) == ("2024-10~", "last week")
    assert (published.basis, published.place) == ("A guess.", Place("f.yaml", 8, 39))
    plain = read_date(located("2024"))
    assert (plain.edtf, plain.words, plain.basis) == ("2024", None, None)


def test_what_a_claim_leaves_out_has_its_default() -> None:
    """A claim without polarity, review and attribution affirms, is reviewed and is its own."""
    claim = read().claims[0]
    assert (claim.polarity, claim.review) == ("affirmed", "reviewed")
    assert (claim.certainty, claim.hedge, claim.confidence) == (None, None, None)
    assert claim.attributed_to == claim.conditions == ()
    assert claim.frame.key == "patronage"
    assert claim.place == Place("f.yaml", 12, 5)


def test_what_a_claim_says_of_itself_is_read_whole() -> None:
    """Stance, chain of attribution, condition and confidence are read as written."""
    claim = read().claims[1]
    assert (claim.status, claim.polarity, claim.certainty) == ("attributed", "negated", "likely")
    assert (claim.hedge, claim.confidence, claim.review) == ("perhaps", "0.5", "draft")
    assert (claim.attributed_to, claim.conditions) == (("c", "d"), ("one",))
    assert claim.frame.key == "event"


def test_a_claim_can_have_several_passages() -> None:
    """`at` is one passage or a list; what is not located yet has no offsets."""
    first, second = read().claims[1].passages
    assert (first.starts, first.ends, first.start, first.sha256) == ("One two", "three", None, None)
    assert (second.start, second.end, second.sha256) == (30, 35, "abc")
    assert first.place == Place("f.yaml", 28, 9)


def test_quoted_words_are_counted_over_all_parts_of_a_passage() -> None:
    """The quotation, or the first and the last words together, are what is quoted."""
    (one,), (first, _) = (claim.passages for claim in read().claims)
    assert (one.quoted_words, first.quoted_words) == (1, 3)


def test_unclaimed_passages_and_assessments_are_read() -> None:
    """What no claim rests on has a reason, and an assessment has its verdict and its reason."""
    found = read()
    assert (found.unclaimed[0].reason, found.unclaimed[0].passage.start) == ("repetition", 40)
    assessment = found.assessments[0]
    assert (assessment.claim, assessment.verdict, assessment.by) == (
        *("one", "questioned", "Editors"),
    )
    assert (assessment.date.edtf, assessment.reason) == ("2026-11-22", "It is old.")


@pytest.mark.parametrize(
    ("lines", "in_view"),
    [
        ("status: asserted", True),
        ("status: asserted\n    review: unreviewed", True),
        ("status: asserted\n    polarity: negated", False),
        ("status: asserted\n    attributedTo: c", False),
        ("status: asserted\n    review: draft", False),
        ("status: asserted\n    review: retracted", False),
        ("status: attributed\n    attributedTo: c", False),
        ("status: judgement", False),
        ("status: prediction", False),
        ("status: hypothetical", False),
        ("status: normative", False),
    ],
)
def test_only_what_a_document_affirms_itself_is_in_the_view(lines: str, *, in_view: bool) -> None:
    """The view holds what is asserted, affirmed, unattributed, and no draft or retracted."""
    text = DOCUMENT.replace("status: asserted", lines, 1)
    assert read(text).claims[0].in_view is in_view


def test_a_file_whose_structure_was_not_checked_is_refused_with_its_place() -> None:
    """Reading without a needed key names the file, the line and the key."""
    with pytest.raises(KeyError, match=r"f\.yaml:1:1: title is missing"):
        read(DOCUMENT.replace("title: Headline\n", ""))
