"""A draft says what the form says, stays out of the view, and no answer goes into it unread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from allegiance.corpus import read_corpus
from allegiance.filing import format_files
from allegiance.issues.draft import draft_of_issue
from allegiance.issues.form import read_issue
from allegiance.validation import validate

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Checkout

    from allegiance.finding import Finding
    from allegiance.issues.draft import IssueDraft

DAY = "2026-11-22"
PARTS = "Who has which part"
CONTENT = "What it is about"
# The line of each answer, counted by hand: three lines a field and a blank one.
LINES = {
    "Address of the page": 3,
    "Date of publication": 15,
    "The page's words for that date": 19,
    "Language": 27,
    "Kind of document": 31,
    "Quotation": 39,
    PARTS: 56,
}


def _drafted(checkout: Checkout, body: str) -> tuple[IssueDraft | None, tuple[Finding, ...]]:
    form, findings = read_issue("issue.md", body)
    assert form is not None, findings
    return draft_of_issue(form, read_corpus(checkout.bundle), DAY)


def _draft(checkout: Checkout, body: str) -> IssueDraft:
    draft, findings = _drafted(checkout, body)
    assert draft is not None, findings
    return draft


def test_a_claim_becomes_a_document(checkout: Checkout, issue: Callable[..., str]) -> None:
    """The file has the header and the claim of the form, with ids in place of names."""
    draft = _draft(checkout, issue())

    assert draft.file == "kg/data/sources/daily-reed-2024-who-helps-reed-front.yaml"
    assert draft.text == (
        "document: daily-reed-2024-who-helps-reed-front\n"
        "type: NewsArticle\n"
        "title: Who helps the Reed Front?\n"
        "language: en\n"
        'recorded: "2026-11-22"\n'
        "publications:\n"
        "  - outlet: daily-reed\n"
        '    published: "2024-10-02"\n'
        "    url: https://reed.example/news/1\n"
        "capture: {page: daily-reed-2024-who-helps-reed-front, start: 0, end: 0}\n"
        "\n"
        "claims:\n"
        "  - id: arcadia-gives-money-to-reed-front\n"
        "    says: Arcadia gives money to the Reed Front.\n"
        "    status: asserted\n"
        "    review: draft\n"
        "    at: {quote: Arcadia has backed the Reed Front}\n"
        "    patronage: {patron: arcadia, client: reed-front}\n"
    )


def test_a_draft_stays_out_of_the_view(checkout: Checkout, issue: Callable[..., str]) -> None:
    """What comes from a form counts only when a person has reviewed it."""
    draft = _draft(checkout, issue())
    (checkout.root / draft.file).write_text(draft.text, encoding="utf-8")

    (claim,) = read_corpus(checkout.bundle).documents[draft.document].claims

    assert not claim.in_view


def test_the_same_issue_gives_the_same_draft(checkout: Checkout, issue: Callable[..., str]) -> None:
    """Nothing depends on the time of the run."""
    assert _draft(checkout, issue()) == _draft(checkout, issue())


def test_what_the_draft_lacks_is_the_page(checkout: Checkout, issue: Callable[..., str]) -> None:
    """Validation asks for the captured page and for the place in it, and for nothing else."""
    draft = _draft(checkout, issue())
    (checkout.root / draft.file).write_text(draft.text, encoding="utf-8")

    found = validate(checkout.bundle).report.findings

    assert {finding.rule for finding in found} <= {"names/unknown", "evidence/no-offsets"}
    assert ["captured page" in f.message for f in found if f.rule == "names/unknown"] == [True]


def test_a_known_page_needs_no_entry(
    checkout: Checkout, issue: Callable[..., str], page: str
) -> None:
    """Another text of a page that is held already points into that page."""
    draft = _draft(checkout, issue({"Address of the page": "https://example.org/page"}))

    assert f"capture: {{page: invented-page, start: 0, end: {len(page)}}}" in draft.text
    assert draft.captured


def test_a_claim_joins_its_document(
    checkout: Checkout, issue: Callable[..., str], claim: Callable[..., str]
) -> None:
    """A claim of a document that is there is put behind its last claim, and nothing else moves."""
    content = "patronage: {patron: borduria, client: reed-front}"
    file = checkout.write_source("known", claim("first", content))
    with file.open("a", encoding="utf-8") as stream:
        stream.write("\n# What is left.\nunclaimed:\n  - quote: Headline\n    reason: heading\n")
    format_files(checkout.bundle, [file], write=True)
    before = file.read_text(encoding="utf-8")
    known = {
        "Address of the page": "https://example.org/page#comments",
        "Title of the document": "headline of an  invented page",
    }

    draft = _draft(checkout, issue(known))

    added = (
        "  - id: arcadia-gives-money-to-reed-front\n"
        "    says: Arcadia gives money to the Reed Front.\n"
        "    status: asserted\n"
        "    review: draft\n"
        "    at: {quote: Arcadia has backed the Reed Front}\n"
        "    patronage: {patron: arcadia, client: reed-front}\n"
    )
    head, mark, tail = before.partition("\n# What is left.\n")
    assert draft.text == head + added + mark + tail
    assert not draft.new


def test_the_first_claim_of_a_document(checkout: Checkout, issue: Callable[..., str]) -> None:
    """A document without claims gains its first one."""
    file = checkout.write_source("known", "")
    text = file.read_text(encoding="utf-8").replace("claims:\n", "claims: []\n")
    file.write_text(text, encoding="utf-8")
    known = {
        "Address of the page": "https://example.org/page",
        "Title of the document": "Headline of an invented page",
    }

    draft = _draft(checkout, issue(known))

    assert "claims:\n  - id: arcadia-gives-money-to-reed-front\n" in draft.text


def test_a_document_alone_has_no_claims(checkout: Checkout, document_issue: str) -> None:
    """A proposed document is a header, with an empty list of claims."""
    draft = _draft(checkout, document_issue)

    assert draft.claim is None
    assert draft.text.endswith("\nclaims: []\n")


def test_several_names_and_a_chain(checkout: Checkout, issue: Callable[..., str]) -> None:
    """Semicolons part names: two parties, and a chain of those who say so."""
    changes = {
        CONTENT: "alliance: they are called allies (parties)",
        PARTS: "```text\nparties: Arcadia; BORDURIA\n```",
        "Who is said to say so": "Hill Radio; minister-of-arcadia",
        "In whose voice": "attributed: the document says that somebody says so",
    }

    draft = _draft(checkout, issue(changes))

    assert "attributedTo: [hill-radio, minister-of-arcadia]" in draft.text
    assert "alliance: {parties: [arcadia, borduria]}" in draft.text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Arcadia has ... for years", "{starts: Arcadia has, ends: for years}"),
        ("“Arcadia has […] for years”", "{starts: Arcadia has, ends: for years}"),
        ('"Arcadia has backed"', "{quote: Arcadia has backed}"),
        ('"Arcadia" has "backed"', '{quote: "\\"Arcadia\\" has \\"backed\\""}'),
    ],
)
def test_quotations(checkout: Checkout, issue: Callable[..., str], written: str, read: str) -> None:
    """Dots stand for what is left out, and marks around the whole are no part of it."""
    assert f"    at: {read}\n" in _draft(checkout, issue({"Quotation": written})).text


@pytest.mark.parametrize(
    ("label", "answer", "rule", "said"),
    [
        ("Address of the page", "javascript:alert(1)", "structure/form", "https://"),
        ("Address of the page", "https://user@reed.example/", "structure/form", "https://"),
        ("Address of the page", "https://reed.example/<b>", "structure/form", "https://"),
        ("Address of the page", "https://[reed/", "structure/form", "https://"),
        ("Date of publication", "last Tuesday", "names/date", "2025-06-21~"),
        ("Date of publication", "2024-02-30", "names/date", "2025-06-21~"),
        ("The page's words for that date", "w " * 13, "integrity/long-quotation", "fewer words"),
        ("Kind of document", "Blog", "structure/value", "NewsArticle"),
        ("Language", "English", "structure/form", ""),
        ("Quotation", "one ... two ... three", "structure/passage", "..."),
        ("Quotation", " ".join(["word"] * 13), "integrity/long-quotation", "fewer words"),
        (PARTS, "```text\npatron: Arcadias\nclient: Reed Front\n```", "names/unknown", "arcadia"),
        (PARTS, "```text\nally: Arcadia\n```", "structure/unknown-key", "patron, client"),
        (PARTS, "```text\npatron Arcadia\n```", "structure/unknown-key", "patron, client"),
    ],
)
def test_a_wrong_answer_is_found_at_its_line(
    checkout: Checkout, issue: Callable[..., str], label: str, answer: str, rule: str, said: str
) -> None:
    """The finding stands at the answer, with what to write instead, and there is no draft."""
    draft, findings = _drafted(checkout, issue({label: answer}))

    assert draft is None
    assert [(found.rule, found.place.line) for found in findings] == [(rule, LINES[label])]
    assert said in findings[0].remedy


def test_a_part_that_is_needed_is_asked_for(checkout: Checkout, issue: Callable[..., str]) -> None:
    """A patronage without a client is found where the parts stand."""
    draft, findings = _drafted(checkout, issue({PARTS: "```text\npatron: Arcadia\n```"}))

    assert draft is None
    assert [(found.rule, found.place.line) for found in findings] == [("structure/required", 56)]
    assert "'client'" in findings[0].message


def test_names_with_commas_between_them(checkout: Checkout, issue: Callable[..., str]) -> None:
    """Who parts names with commas is told of semicolons."""
    changes = {CONTENT: "alliance: allies", PARTS: "```text\nparties: Arcadia, Borduria\n```"}

    _, findings = _drafted(checkout, issue(changes))

    assert findings[0].remedy == "Put semicolons between several names."


def test_a_name_of_two_things_is_asked_about(checkout: Checkout, issue: Callable[..., str]) -> None:
    """A name that two entries bear is not guessed."""
    checkout.write_actors(
        checkout.actors.replace("label: Borduria", "label: Borduria, alias: [Arcadia]")
    )

    _, findings = _drafted(checkout, issue())

    assert [found.message for found in findings] == ["'Arcadia' can be arcadia, borduria."]


def test_a_claim_twice_is_refused(
    checkout: Checkout, issue: Callable[..., str], claim: Callable[..., str]
) -> None:
    """A sentence that the document has already is not taken in again."""
    content = "patronage: {patron: borduria, client: reed-front}"
    checkout.write_source(
        "known", claim("x", content, says="arcadia gives money to the Reed Front.")
    )
    known = {
        "Address of the page": "https://example.org/page",
        "Title of the document": "Headline of an invented page",
    }

    draft, findings = _drafted(checkout, issue(known))

    assert draft is None
    assert [found.rule for found in findings] == ["integrity/same-sentence"]


@pytest.mark.parametrize(
    "title",
    [
        "a: b # c",
        "- [x](y)",
        "!!python/object/apply:os.system ['true']",
        "&a *a",
        "{{ 7 * 7 }} ${{ secrets.X }} $(true) `true`",
        "'\" \\ %0A::error::x",
        "../../etc/passwd",
        "NO",
        "<script>alert(1)</script> @everyone",
        "ما هي؟",
    ],
)
def test_hostile_text_is_text(checkout: Checkout, issue: Callable[..., str], title: str) -> None:
    """Whatever a title or a sentence holds, the file gives it back to the letter."""
    draft = _draft(
        checkout, issue({"Title of the document": title, "What the document says": title})
    )
    file = checkout.root / draft.file
    file.write_text(draft.text, encoding="utf-8")
    document = read_corpus(checkout.bundle).documents[draft.document]

    assert (document.title, document.claims[0].says) == (title, title)
    assert file.parent == checkout.bundle.sources
    assert format_files(checkout.bundle, [file], write=False) == ()


def test_an_id_that_is_taken_gets_a_number(
    checkout: Checkout, issue: Callable[..., str], claim: Callable[..., str]
) -> None:
    """Another page under the same title does not overwrite the first."""
    content = "patronage: {patron: borduria, client: reed-front}"
    checkout.write_source("daily-reed-2024-who-helps-reed-front", claim("x", content))

    assert _draft(checkout, issue()).document == "daily-reed-2024-who-helps-reed-front-2"
