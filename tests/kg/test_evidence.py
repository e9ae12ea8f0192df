"""Evidence: every passage is compared with the capture that it claims to be in."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import pytest

from allegiance.corpus import read_corpus
from allegiance.document import Passage
from allegiance.errors import UsageError
from allegiance.evidence import (
    check_evidence,
    check_offsets,
    coverage_of,
    hold_captures,
    locate,
)
from allegiance.finding import Finding, Place, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conftest import Checkout

    from allegiance.corpus import Corpus

PATRONAGE = "patronage: {patron: arcadia, client: reed-front}"
DOC = "kg/data/sources/doc.yaml"


def held(checkout: Checkout) -> tuple[Corpus, Mapping[str, str]]:
    """Read a checkout and the captures in its folder."""
    corpus = read_corpus(checkout.bundle)
    assert corpus.findings == ()
    texts, _ = hold_captures(corpus, checkout.captures)
    return corpus, texts


def mismatches(checkout: Checkout) -> list[tuple[str, str]]:
    """Check the evidence, and leave out which sentences are open."""
    found = check_evidence(*held(checkout))
    return [(f.rule, str(f.place)) for f in found if f.rule != "evidence/open-sentence"]


def misplaced(checkout: Checkout) -> list[tuple[str, str]]:
    """Check where the passages are said to stand, without any capture."""
    corpus = read_corpus(checkout.bundle)
    assert corpus.findings == ()
    return [(str(f.place), f.rule) for f in check_offsets(corpus)]


def test_right_passages_are_verified(checkout: Checkout, claim: Callable[..., str]) -> None:
    """Passages whose offsets, words and digest agree with the capture have no findings."""
    checkout.write_source(
        "doc",
        claim("backs", PATRONAGE)
        + claim("strike", "event: {type: MilitaryStrike}", "could strike Borduria"),
    )
    assert mismatches(checkout) == []


QUOTE = 'quote: "Arcadia has backed the Reed Front"'


@pytest.mark.parametrize(
    ("old", "new", "rule", "column"),
    [
        ("start: 30, end: 63", "start: 31, end: 64", "evidence/words", 37),
        ("start: 30, end: 63", "start: 30, end: 62", "evidence/words", 37),
        ("start: 30, end: 63", "start: 63, end: 30", "evidence/offset-outside", 9),
        ("start: 30, end: 63", "start: 9000, end: 9033", "evidence/offset-outside", 9),
        ("has backed", "had backed", "evidence/words", 37),
        ("the Reed Front", "the reed Front", "evidence/words", 37),
        (QUOTE, "starts: It, ends: Front", "evidence/words", 38),
        (QUOTE, "starts: Arcadia, ends: Rear", "evidence/words", 53),
        ("start: 30, end: 63, ", "", "evidence/no-offsets", 9),
    ],
)
def test_a_wrong_passage_is_told_at_its_line(
    old: str, new: str, rule: str, column: int, checkout: Checkout, claim: Callable[..., str]
) -> None:
    """Wrong words are told where they stand, and where nothing stands, the passage is."""
    text = claim("backs", PATRONAGE)
    assert text.count(old) == 1
    checkout.write_source("doc", text.replace(old, new))
    assert mismatches(checkout) == [(rule, f"{DOC}:13:{column}")]


def test_a_wrong_digest_is_told_at_its_line(checkout: Checkout, claim: Callable[..., str]) -> None:
    """A digest that is another passage's, or none, is found although words and offsets agree."""
    before, key, after = claim("backs", PATRONAGE).partition("sha256: ")
    checkout.write_source("doc", before + key + "f" * 64 + after[64:])
    assert mismatches(checkout) == [("evidence/digest", f"{DOC}:13:82")]
    checkout.write_source("doc", before.rstrip().rstrip(",") + after[64:])
    assert mismatches(checkout) == [("evidence/digest", f"{DOC}:13:9")]


def test_a_quotation_is_the_whole_passage(checkout: Checkout, claim: Callable[..., str]) -> None:
    """Words that begin and end like the passage are not it if something lies between."""
    text = claim("backs", PATRONAGE, "Reed")
    long = 'start: 53, end: 145, quote: "Reed"'
    assert "start: 53, end: 57" in text
    checkout.write_source("doc", text.replace('start: 53, end: 57, quote: "Reed"', long))
    assert mismatches(checkout) == [("evidence/words", f"{DOC}:13:38")]


def test_an_unclaimed_passage_is_checked_too(checkout: Checkout) -> None:
    """What no claim rests on has to stand in the capture as well."""
    more = "unclaimed:\n  - {start: 0, end: 8, quote: Headlime, reason: heading}\n"
    checkout.write_source("doc", "  []\n", more=more)
    assert mismatches(checkout) == [("evidence/words", f"{DOC}:10:31")]


ALTERED = [
    pytest.param(lambda page: page.replace("backed", "packed"), id="one letter"),
    pytest.param(lambda page: page + "\n", id="one byte more"),
    pytest.param(lambda page: page.replace("would go", "would\ngo"), id="rewrapped"),
    pytest.param(lambda page: page.replace("\n", "\r\n"), id="other line ends"),
]


@pytest.mark.parametrize("alter", ALTERED)
def test_an_altered_capture_is_another_capture(
    alter: Callable[[str], str], checkout: Checkout, claim: Callable[..., str], page: str
) -> None:
    """A capture that differs in a byte is not held, and no passage is looked for in it."""
    (checkout.captures / "page.txt").write_bytes(alter(page).encode())
    checkout.write_source("doc", claim("backs", PATRONAGE))
    corpus = read_corpus(checkout.bundle)
    texts, findings = hold_captures(corpus, checkout.captures)
    assert texts == {}
    assert list(check_evidence(corpus, texts)) == []
    (found,) = findings
    assert (found.rule, found.severity) == ("evidence/not-held", Severity.WARNING)
    assert found.place == Place("kg/data/captures.yaml", 2, 3)


def test_a_capture_is_known_whatever_its_file_is_called(checkout: Checkout, page: str) -> None:
    """The digest alone tells a capture; other files of the folder do not matter."""
    (checkout.captures / "page.txt").rename(checkout.captures / "renamed.dat")
    (checkout.captures / "other.bin").write_bytes(b"\xff\x00")
    (checkout.captures / "folder").mkdir()
    checkout.write_source("doc", "  []\n")
    assert held(checkout)[1] == {"invented-page": page}


def test_a_folder_of_captures_has_to_be_there(checkout: Checkout) -> None:
    """A folder that does not exist is wrong use, not a lack of captures."""
    with pytest.raises(UsageError, match=r"is no folder\. Give the folder"):
        hold_captures(read_corpus(checkout.bundle), checkout.root / "nowhere")


def test_sentences_are_claimed_listed_or_open(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """Of the five sentences, one is claimed, one listed with its reason, three are open."""
    more = (
        "unclaimed:\n"
        "  - {start: 0, end: 28, quote: Headline of an invented page, reason: heading}\n"
    )
    checkout.write_source("doc", claim("backs", PATRONAGE), more=more)
    corpus, texts = held(checkout)
    found = coverage_of(corpus.documents["doc"], texts["invented-page"])
    assert (found.sentences, found.claimed, found.listed) == (5, 1, 1)
    assert [s.text for s in found.open] == [
        "Its minister said that help would go on.",
        "If Borduria attacks, the Reed Front could strike Borduria.",
        "Will it come to that?",
    ]
    open_ones = [f for f in check_evidence(corpus, texts) if f.rule == "evidence/open-sentence"]
    assert [f.place.line for f in open_ones] == [8, 8, 8] == [f.place.line for f in open_ones]
    assert open_ones[0].message == (
        "No claim rests on characters 75 to 115 (Its minister said that help would ...)."
    )


def test_a_sentence_needs_half_of_its_characters_covered(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """Of 44 characters 21 leave a sentence open and 22 cover it, also in two passages."""
    sentence = "Arcadia has backed the Reed Front for years."
    assert len(sentence) == 44
    for words, claimed in (("Arcadia has backed th", 0), ("Arcadia has backed the", 1)):
        checkout.write_source("doc", claim("backs", PATRONAGE, words))
        corpus, texts = held(checkout)
        found = coverage_of(corpus.documents["doc"], texts["invented-page"])
        assert found.claimed == claimed
    checkout.write_source(
        "doc", claim("one", PATRONAGE, "Arcadia has") + claim("two", PATRONAGE, "Front for years")
    )
    corpus, texts = held(checkout)
    assert coverage_of(corpus.documents["doc"], texts["invented-page"]).claimed == 1


def test_only_claims_whose_passages_hold_are_counted_as_verified(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """A claim with a wrong passage, or one that is not located, is not verified."""
    checkout.write_source(
        "doc",
        claim("right", PATRONAGE)
        + claim("wrong", PATRONAGE).replace("end: 63", "end: 62")
        + claim("nowhere", PATRONAGE).replace("start: 30, end: 63, ", ""),
    )
    corpus, texts = held(checkout)
    assert coverage_of(corpus.documents["doc"], texts["invented-page"]).claims == 1


# --- locate --------------------------------------------------------------------------------------


def located(checkout: Checkout, passage: Passage) -> Passage | Finding:
    """Locate a passage in the invented page."""
    checkout.write_source("doc", "  []\n")
    corpus, texts = held(checkout)
    return locate(passage, corpus.documents["doc"].capture, texts["invented-page"])


def words(
    quote: str | None = None,
    starts: str | None = None,
    ends: str | None = None,
    start: int | None = None,
) -> Passage:
    """Return a passage that has only words."""
    return Passage(
        Place("f.yaml", 3, 4), Place("f.yaml", 3, 4), start, None, quote, starts, ends, None
    )


@pytest.mark.parametrize(
    ("passage", "span"),
    [
        (words("could strike Borduria"), (152, 173)),
        (words(starts="Its minister", ends="go on."), (75, 115)),
        (words("Borduria", start=119), (119, 127)),
        (words("Borduria", start=165), (165, 173)),
        (words(starts="Arcadia", ends="Reed Front"), (30, 63)),
    ],
)
def test_words_that_occur_once_are_located(
    passage: Passage, span: tuple[int, int], checkout: Checkout, page: str
) -> None:
    """Offsets and digest follow from the words, or from the words at a given start."""
    found = located(checkout, passage)
    assert isinstance(found, Passage)
    assert (found.start, found.end) == span
    assert found.sha256 is not None
    assert len(found.sha256) == 64
    assert page[slice(*span)].startswith(passage.quote or passage.starts or "")


@pytest.mark.parametrize(
    ("passage", "said"),
    [
        (words("Borduria"), "'Borduria' occur 2 times"),
        (words("the Reed Front"), "'the Reed Front' occur 2 times"),
        (words("Syldavia"), "'Syldavia' occur 0 times"),
        (words("arcadia"), "'arcadia' occur 0 times"),
        (words("Borduria", start=120), "'Borduria' occur 0 times"),
        (words(starts="Its minister", ends="Headline"), "'Headline' occur 0 times"),
        (words(starts="Arcadia has", ends="Arcadia"), "'Arcadia' occur 0 times"),
    ],
)
def test_words_that_do_not_occur_once_are_not_matched_by_luck(
    passage: Passage, said: str, checkout: Checkout
) -> None:
    """Words that occur twice, not at all, elsewhere or in the wrong order are told."""
    found = located(checkout, passage)
    assert isinstance(found, Finding)
    assert (found.place, found.rule) == (Place("f.yaml", 3, 4), "evidence/locate")
    assert said in found.message


def test_a_capture_whose_length_is_recorded_wrongly_is_told(checkout: Checkout, page: str) -> None:
    """The number of characters in captures.yaml is compared with the page."""
    table = checkout.root / "kg/data/captures.yaml"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace(f"characters: {len(page)}", "characters: 7"), encoding="utf-8")

    _, findings = hold_captures(read_corpus(checkout.bundle), checkout.captures)

    assert [("evidence/characters", f"Write `characters: {len(page)}`.")] == [
        (found.rule, found.remedy) for found in findings
    ]


def test_a_capture_that_is_not_utf_8_is_told(checkout: Checkout) -> None:
    """Offsets cannot be counted in a page of another encoding."""
    content = b"Arcadia \xe9"
    (checkout.captures / "page.txt").write_bytes(content)
    table = checkout.root / "kg/data/captures.yaml"
    text = table.read_text(encoding="utf-8")
    digest = hashlib.sha256(content).hexdigest()
    table.write_text(re.sub("sha256: .*", f"sha256: {digest}", text), encoding="utf-8")

    _, findings = hold_captures(read_corpus(checkout.bundle), checkout.captures)

    assert [found.rule for found in findings] == ["evidence/encoding"]


def test_a_document_of_an_unknown_page_is_told(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """A document whose page captures.yaml does not know is not counted as verified."""
    file = checkout.write_source("doc", claim("c", "alliance: {parties: [arcadia, borduria]}"))
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("page: invented-page", "page: lost-page"), encoding="utf-8")

    _, findings = hold_captures(read_corpus(checkout.bundle), checkout.captures)

    assert [("evidence/no-capture", 8)] == [(f.rule, f.place.line) for f in findings]


@pytest.mark.parametrize("span", ["start: 0, end: 9999", "start: 50, end: 40", "start: 7, end: 7"])
def test_a_passage_lies_inside_its_document(
    span: str, checkout: Checkout, passage: Callable[[str], str]
) -> None:
    """Offsets outside the document, or in the wrong order, are told at the passage."""
    place = passage("Arcadia").replace("start: 30, end: 37", span)
    claim = f"  - id: backs\n    says: S.\n    status: asserted\n    at: {place}\n    {PATRONAGE}\n"
    checkout.write_source("doc", claim)
    assert misplaced(checkout)[0] == (f"{DOC}:13:9", "evidence/offset-outside")


def test_an_unclaimed_passage_lies_inside_its_document_too(checkout: Checkout) -> None:
    """What no claim rests on is held to the same offsets, and needs them."""
    more = (
        "unclaimed:\n  - {start: 0, end: 9999, quote: Headline, reason: repetition}\n"
        "  - {quote: Headline, reason: repetition}\n"
    )
    checkout.write_source("doc", "  []\n", more=more)
    assert misplaced(checkout) == [
        (f"{DOC}:10:5", "evidence/offset-outside"),
        (f"{DOC}:11:5", "evidence/no-offsets"),
    ]


def test_a_passage_that_is_not_located_yet_is_told_what_to_run(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """Without offsets the remedy is the command that fills them in."""
    text = claim("backs", PATRONAGE).replace("start: 30, end: 63, ", "")
    checkout.write_source("doc", text)
    assert misplaced(checkout) == [(f"{DOC}:13:9", "evidence/no-offsets")]
    found = next(check_offsets(read_corpus(checkout.bundle)))
    assert "`allegiance evidence --captures DIR --locate`" in found.remedy
