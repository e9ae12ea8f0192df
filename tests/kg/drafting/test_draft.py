"""A draft is valid from the start, covers every sentence, and stays out of the asserted view."""

from __future__ import annotations

import random
import re
import socket
from typing import TYPE_CHECKING

import pytest

from allegiance.build import build_store
from allegiance.corpus import read_corpus
from allegiance.drafting.lexicon import load_lexicon
from allegiance.evidence import check_evidence, coverage_of, hold_captures
from allegiance.filing import format_files
from allegiance.finding import Severity
from allegiance.validation import validate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Checkout

    from allegiance.corpus import Corpus
    from allegiance.document import SourceDocument
    from allegiance.drafting.filing import Filed

    Start = Callable[..., Filed]

# One sentence for each entry of the table.
ONE_OF_EACH = """\
One sentence for each word of the table

Iran backs Hezbollah.
Iran supports Russia.
Russia fortified its alliance with China.
Canada and Albania deepened their alliance.
Iran maintains a strong influence in Iraq.
Iran launched a missile attack on Oman.
Iran arms Hamas.
Iran funded the Houthis.
Iran trained Hamas.
Iran supplied Hezbollah with weapons.
Russia is an ally of Iran.
China is a strategic partner of Iran.
Iran is the patron of Hamas.
Kata'ib Hezbollah is a proxy of Iran.
Iran is a rival of Israel.
Germany imposed new sanctions on Russia.
Syria recognised Abkhazia.
Oman mediated between Egypt and Albania.
Canada severed diplomatic ties with Iran.
Egypt and Morocco broke off relations.
Egypt restored its diplomatic relations with Turkey.
Iran attacked Israel.
Russia invaded Ukraine.
Israel killed Hassan Nasrallah.
Oman recalled its ambassador from Syria.
Canada expelled two diplomats of China.
Donald Trump met Shehbaz Sharif.
China signed a trade agreement with Pakistan.
Australia and Germany signed a treaty.
Oman condemned Israel.
Russia criticised Canada.
Lebanon accused Bahrain.
Iraq warned Turkey.
Iran threatened Albania.
Venezuela pledged help.
Bahrain denied everything.
Germany demanded an answer.
Pakistan called on China to wait.
China voiced its support for Iran.
Masoud Pezeshkian announced a holiday.
The White House declined to comment.
Khawaja Asif said that Bahrain attacked Lebanon.
"""


def _document(desk: Checkout) -> tuple[Corpus, SourceDocument]:
    corpus = read_corpus(desk.bundle)
    return corpus, corpus.documents["test-week"]


@pytest.fixture
def drafted(start: Start, article: Path) -> Filed:
    """Draft the invented article."""
    return start(article)


@pytest.mark.usefixtures("drafted")
def test_a_draft_is_valid_from_the_start(desk: Checkout) -> None:
    """Validation finds no violation in a new draft, and warns of each thing left to decide."""
    report = validate(desk.bundle).report
    _, document = _document(desk)
    left = [found for found in report.findings if found.rule == "integrity/draft-left"]
    undecided = [one for one in document.unclaimed if one.reason.startswith("draft:")]

    assert [] == [found for found in report.findings if found.severity is Severity.VIOLATION]
    assert len(document.claims) + len(undecided) == len(left)
    assert {Severity.WARNING} == {found.severity for found in left}


@pytest.mark.usefixtures("drafted")
def test_every_sentence_is_claimed_or_listed(desk: Checkout) -> None:
    """All passages are where they say, and no sentence is open."""
    corpus, document = _document(desk)
    texts, not_held = hold_captures(corpus, desk.captures)
    coverage = coverage_of(document, texts["test-week"])

    assert ((), []) == (not_held, list(check_evidence(corpus, texts)))
    assert ((), len(document.claims)) == (coverage.open, coverage.claims)


@pytest.mark.usefixtures("drafted")
def test_nothing_of_a_draft_stands_in_the_view(desk: Checkout) -> None:
    """The built graph has the claims, each in its own graph, and none of their ties in the view."""
    store = build_store(read_corpus(desk.bundle))
    prefix = "PREFIX al: <https://w3id.org/allegiance/ontology#> "
    in_view = prefix + "ASK { { ?x a al:Patronage } UNION { ?x a al:MilitaryStrike } }"
    in_claims = prefix + "ASK { GRAPH ?claim { ?x a al:Patronage } }"

    assert [False, True] == [bool(store.query(query)) for query in (in_view, in_claims)]


@pytest.mark.usefixtures("drafted")
def test_a_draft_is_formatted(desk: Checkout) -> None:
    """`fmt --check` leaves the new document and the list of captures as they are."""
    files = [desk.root / "kg/data/sources/test-week.yaml", desk.root / "kg/data/captures.yaml"]

    assert () == format_files(desk.bundle, files, write=False)


@pytest.mark.usefixtures("drafted")
def test_no_claim_repeats_a_sentence_of_the_article(desk: Checkout, article: Path) -> None:
    """What a claim says is in words of our own: no sentence of it stands in the text."""
    _, document = _document(desk)
    text = article.read_text(encoding="utf-8").casefold()

    assert [] == [claim.says for claim in document.claims if claim.says.casefold() in text]


@pytest.mark.usefixtures("drafted")
def test_a_draft_holds_no_run_of_the_article(desk: Checkout, article: Path) -> None:
    """No thirteen words in a row of the article stand in the document."""
    file = desk.root / "kg/data/sources/test-week.yaml"
    words = re.findall(r"\w+", article.read_text(encoding="utf-8").lower())
    runs = {" ".join(words[i : i + 13]) for i in range(len(words) - 12)}
    written = " ".join(re.findall(r"\w+", file.read_text(encoding="utf-8").lower()))

    assert [] == [run for run in runs if run in written]


@pytest.mark.usefixtures("drafted")
def test_a_tie_told_twice_is_one_claim(desk: Checkout) -> None:
    """Two sentences that tell the same tie are two passages of one claim."""
    _, document = _document(desk)
    ties = [claim for claim in document.claims if claim.says.endswith("patron of Hezbollah.")]

    assert [2] == [len(claim.passages) for claim in ties]


def test_two_runs_draft_the_same(start: Start, article: Path, tmp_path: Path) -> None:
    """The same text drafted under another id differs in nothing but the id."""
    first = start(article).document.read_text(encoding="utf-8")
    again = tmp_path / "again.txt"
    again.write_text(article.read_text(encoding="utf-8") + "Over.\n", encoding="utf-8")
    second = start(again, id="test-week-two").document.read_text(encoding="utf-8")
    claims = [text.split("\nclaims:\n")[1].split("\nunclaimed:\n")[0] for text in (first, second)]

    assert claims[0] == claims[1]


def test_each_entry_of_the_table_proposes_a_valid_claim(
    desk: Checkout, start: Start, tmp_path: Path
) -> None:
    """Each verb, noun and adjective of the table leads to a claim that passes validation."""
    page = tmp_path / "each.txt"
    page.write_text(ONE_OF_EACH, encoding="utf-8")
    start(page)
    _, document = _document(desk)
    names = {trigger.name for trigger in load_lexicon(desk.bundle.schema).triggers} | {"speaks"}
    proposed = {name for name in names for claim in document.claims if f"-{name}" in claim.id}

    violations = [
        found
        for found in validate(desk.bundle).report.findings
        if found.severity is Severity.VIOLATION
    ]

    assert names == proposed
    assert [] == violations


def test_a_saved_page_brings_its_own_header(
    desk: Checkout, page_of_article: Path, start: Start
) -> None:
    """Title, date, address and outlet come from the page, with the basis of the date."""
    start(page_of_article, id=None, url=None, outlet=None, published=None)
    corpus = read_corpus(desk.bundle)
    (document,) = corpus.documents.values()
    (publication,) = document.publications

    assert "rnz-2025-test-text-invented-a-week-of" == document.id
    assert "Test text, invented: a week of visits, warnings and old friendships" == document.title
    assert ("rnz", "https://www.rnz.co.nz/news/test-text-of-an-invented-week") == (
        publication.outlet,
        publication.url,
    )
    assert publication.published is not None
    assert ("2025-05-14", "The date in the page's metadata.") == (
        publication.published.edtf,
        publication.published.basis,
    )
    assert "2026-11-21" == document.recorded.edtf


def test_page_and_text_propose_the_same(
    desk: Checkout, article: Path, page_of_article: Path, start: Start
) -> None:
    """The menus around an article add no claim, and its markup takes none away."""
    start(article)
    start(page_of_article, id="test-page")
    documents = read_corpus(desk.bundle).documents
    said = [[claim.says for claim in documents[name].claims] for name in ("test-week", "test-page")]

    assert said[0] == [re.sub(r"sentence \d+", "sentence 13", says) for says in said[1]]


def test_drafting_opens_no_socket(
    start: Start, page_of_article: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is fetched: whoever would open a socket fails."""

    def refuse(*_: object, **__: object) -> None:
        message = "a socket was opened"
        raise AssertionError(message)

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)

    assert start(page_of_article).draft.claims > 0


@pytest.mark.parametrize("seed", [1, 2])
def test_any_jumble_of_words_becomes_a_valid_draft(
    desk: Checkout, start: Start, tmp_path: Path, seed: int
) -> None:
    """Names, verbs and signs in any order lead to a draft that breaks no rule."""
    names = [entry.label for entry in read_corpus(desk.bundle).entries.values()]
    verbs = ["backs", "attacked", "said", "According to", "will not condemn", "denied that", "met"]
    signs = ["and", ",", "\u201c", "\u201d", '"', "- ", "# ", "{", "if", ".", ".\n", "since 1980"]
    chance = random.Random(seed)  # noqa: S311 - no secret
    words = [chance.choice(chance.choice([names, verbs, signs])) for _ in range(1500)]
    page = tmp_path / "jumble.txt"
    page.write_text("Jumble\n" + " ".join(words).replace(" .", "."), encoding="utf-8")
    drafted = start(page)
    violations = [
        found
        for found in validate(desk.bundle).report.findings
        if found.severity is Severity.VIOLATION
    ]
    corpus, _ = _document(desk)
    texts, _ = hold_captures(corpus, desk.captures)

    assert drafted.draft.claims > 0
    assert ([], []) == (violations, list(check_evidence(corpus, texts)))
