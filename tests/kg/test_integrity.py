"""What SHACL cannot say: doubled claims, long quotations, dates in order, mixed events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from allegiance.corpus import read_corpus
from allegiance.finding import Severity
from allegiance.integrity import check_corpus

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Checkout

    Check = Callable[..., list[tuple[str, str, str]]]

PATRONAGE = "patronage: {patron: arcadia, client: reed-front}"
TWELVE = "one two three four five six seven eight nine ten eleven twelve"
DOC = "kg/data/sources/doc.yaml"


@pytest.fixture
def check(checkout: Checkout) -> Check:
    """Give a checker of a document's claims, which leaves out unused entries."""

    def run(claims: str, **header: str) -> list[tuple[str, str, str]]:
        checkout.write_source("doc", claims, **header)
        corpus = read_corpus(checkout.bundle)
        assert corpus.findings == ()
        found = sorted(check_corpus(corpus))
        return [
            (str(one.place), one.rule, one.message)
            for one in found
            if one.rule != "integrity/unused-entry"
        ]

    return run


def test_a_claim_that_says_the_same_again_is_told(check: Check, claim: Callable[..., str]) -> None:
    """Two claims of a document with one content are one claim with two passages."""
    found = check(claim("one", PATRONAGE) + claim("two", PATRONAGE, "help would go on"))
    assert found == [
        (
            f"{DOC}:15:5",
            "integrity/duplicate-claim",
            f"The claim two says the same as one, at {DOC}:10:5.",
        )
    ]


@pytest.mark.parametrize(
    "lines",
    [
        {"polarity": "negated"},
        {"status": "hypothetical"},
        {"status": "attributed", "attributedTo": "borduria"},
        {"condition": "one"},
    ],
    ids=str,
)
def test_one_content_may_be_said_in_two_ways(
    lines: dict[str, str], check: Check, claim: Callable[..., str]
) -> None:
    """Status, polarity, attribution and condition make a claim another one."""
    assert check(claim("one", PATRONAGE) + claim("two", PATRONAGE, **lines)) == []


def test_a_sentence_stands_under_one_claim(check: Check, claim: Callable[..., str]) -> None:
    """Two claims with one sentence, in whatever case of letters, are told."""
    other = "patronage: {patron: borduria, client: reed-front}"
    found = check(claim("one", PATRONAGE, says="It is so.") + claim("two", other, says="IT is so."))
    assert [(place, rule) for place, rule, _ in found] == [
        (f"{DOC}:16:11", "integrity/same-sentence")
    ]


def long(found: list[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """Return place and beginning of the findings on long quotations."""
    assert {rule for _, rule, _ in found} <= {"integrity/long-quotation"}
    return [(place, message.partition(" quotes ")[0]) for place, _, message in found]


@pytest.mark.parametrize(
    ("content", "lines", "expected"),
    [
        (PATRONAGE, {"hedge": "{}"}, (f"{DOC}:15:12", "hedge")),
        (PATRONAGE.replace("}", ", wording: {}}"), {}, (f"{DOC}:14:63", "wording")),
        (
            PATRONAGE.replace("}", ", since: {edtf: 2024, words: {}}}"),
            {},
            (f"{DOC}:14:81", "since.words"),
        ),
        (
            "event: {type: MilitaryStrike, date: {edtf: 2024, words: {}}}",
            {},
            (f"{DOC}:14:61", "date.words"),
        ),
    ],
)
def test_words_of_the_source_are_at_most_twelve(
    content: str,
    lines: dict[str, str],
    expected: tuple[str, str],
    check: Check,
    claim: Callable[..., str],
) -> None:
    """Twelve quoted words pass and thirteen are told, wherever they are quoted."""
    for words, found in ((TWELVE, []), (TWELVE + " thirteen", [expected])):
        given = {key: value.replace("{}", words) for key, value in lines.items()}
        assert long(check(claim("one", content.replace("{}", words), **given))) == found


def test_a_passage_quotes_at_most_twelve_words(check: Check, claim: Callable[..., str]) -> None:
    """Of a passage twelve words may be quoted, first and last ones together."""
    words = "Arcadia has backed the Reed Front"
    six = f'quote: "{words}"'
    for new, expected in (
        (f'starts: "{words}", ends: "{words}"', []),
        (f'starts: "{words}", ends: "{words} again"', [(f"{DOC}:13:38", "The passage")]),
        (f'quote: "{TWELVE} thirteen"', [(f"{DOC}:13:37", "The passage")]),
    ):
        text = claim("one", PATRONAGE)
        assert six in text
        assert long(check(text.replace(six, new))) == expected


def test_unclaimed_passages_and_entries_quote_at_most_twelve_words(
    check: Check, checkout: Checkout
) -> None:
    """The limit holds for what is listed as unclaimed, and for the register."""
    more = f"unclaimed:\n  - {{quote: {TWELVE} thirteen, reason: heading}}\n"
    assert long(check("  []\n", more=more)) == [(f"{DOC}:10:13", "The passage")]
    checkout.write_source("doc", "  []\n")
    checkout.write_actors(
        f"actors:\n  who: {{class: UnnamedActor, label: W, describedAs: {TWELVE} thirteen}}\n"
    )
    found = [f for f in check_corpus(read_corpus(checkout.bundle)) if "describedAs" in f.message]
    assert [str(f.place) for f in found] == ["kg/data/actors/actors.yaml:2:3"]


def test_a_tie_does_not_end_before_it_begins(check: Check, claim: Callable[..., str]) -> None:
    """An end that lies surely before the begin is told; an overlap of doubtful dates is not."""
    tie = PATRONAGE.replace("}", ", since: 2024, until: %s}")
    assert [(place, rule) for place, rule, _ in check(claim("one", tie % "2023"))] == [
        (f"{DOC}:14:74", "integrity/date-order")
    ]
    assert check(claim("one", tie % "2024-01")) == []
    assert check(claim("one", tie % "2023~")) == []


@pytest.mark.parametrize("name", ["one", "doc/one"])
def test_a_claim_is_not_its_own_condition(
    name: str, check: Check, claim: Callable[..., str]
) -> None:
    """An if that is the claim itself is told at the condition."""
    found = check(claim("one", PATRONAGE, condition=name))
    assert [(place, rule) for place, rule, _ in found] == [
        (f"{DOC}:15:16", "integrity/own-condition")
    ]


@pytest.mark.parametrize(
    ("status", "told"),
    [("prediction", True), ("hypothetical", True), ("normative", True), ("judgement", False)],
)
def test_an_event_that_happened_is_not_the_one_that_was_expected(
    status: str, *, told: bool, check: Check, claim: Callable[..., str]
) -> None:
    """A real event and an expected one need two ids, else the expectation lends it details."""
    event = "event: {id: raid, type: MilitaryStrike%s}"
    found = check(claim("one", event % ", label: raid") + claim("two", event % "", status=status))
    assert [(place, rule) for place, rule, _ in found] == (
        [(f"{DOC}:19:17", "integrity/mixed-event")] if told else []
    )


def test_an_entry_that_nobody_speaks_of_is_a_warning(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """Unused entries are told and stand in nobody's way; used ones are not told."""
    checkout.write_source("doc", claim("one", PATRONAGE, attributedTo="minister-of-arcadia"))
    found = list(check_corpus(read_corpus(checkout.bundle)))
    assert {one.severity for one in found} == {Severity.WARNING}
    assert [one.message for one in found] == [
        f"No document speaks of {name}."
        for name in (
            *("borduria", "evening-post", "hill-radio", "ana-writer", "syldavia"),
            *("reed-delta", "fishing-rights"),
        )
    ]
