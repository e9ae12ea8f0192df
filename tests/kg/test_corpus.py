"""Reading everything that contributors wrote; what cannot be read is told, the rest goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from allegiance.corpus import read_corpus
from allegiance.finding import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Checkout

PATRONAGE = "patronage: {patron: arcadia, client: reed-front}"


def test_a_claim_is_found_by_its_id_and_by_document_and_id(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """Inside a document an id is enough; elsewhere it is document/id; nothing else is a claim."""
    checkout.write_source("doc", claim("backs", PATRONAGE))
    corpus = read_corpus(checkout.bundle)
    found = corpus.resolve("doc", "backs")
    assert found is not None
    assert found.id == "backs"
    assert corpus.resolve("other", "doc/backs") is found
    assert corpus.resolve("other", "backs") is None
    assert corpus.resolve("doc", "doc/unheard") is None


def test_an_event_leads_to_all_claims_that_describe_it(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """Claims of two documents with one event id stand together under it."""
    event = "event: {id: raid, label: raid, type: MilitaryStrike}"
    checkout.write_source("doc", claim("one", event))
    checkout.write_source("other", claim("two", event))
    described = read_corpus(checkout.bundle).events["raid"]
    assert [(found.document, found.id) for found in described] == [("doc", "one"), ("other", "two")]


def test_a_file_that_cannot_be_read_does_not_hide_the_others(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """A document with a wrong structure is left out with its finding; the others are read."""
    checkout.write_source("broken", claim("one", "patronage: {patron: arcadia}"))
    checkout.write_source("doc", claim("backs", PATRONAGE))
    corpus = read_corpus(checkout.bundle)
    assert list(corpus.documents) == ["doc"]
    assert [(found.place, found.rule) for found in corpus.findings] == [
        (Place("kg/data/sources/broken.yaml", 14, 16), "structure/required")
    ]


def test_a_missing_table_of_captures_is_told(checkout: Checkout) -> None:
    """Without captures.yaml the corpus has a finding, and the register is read all the same."""
    (checkout.root / "kg/data/captures.yaml").unlink()
    corpus = read_corpus(checkout.bundle)
    assert [(found.place.file, found.rule) for found in corpus.findings] == [
        ("kg/data/captures.yaml", "syntax/unreadable")
    ]
    assert "arcadia" in corpus.entries


def test_an_id_stands_once_in_the_register(checkout: Checkout) -> None:
    """A second entry of one id, in whatever file, is told with the place of the first."""
    more = checkout.root / "kg/data/actors/more.yaml"
    more.write_text("topics:\n  fish: {label: F}\n  arcadia: {label: A}\n", encoding="utf-8")
    corpus = read_corpus(checkout.bundle)
    assert [(found.place, found.rule) for found in corpus.findings] == [
        (Place("kg/data/actors/more.yaml", 3, 3), "names/duplicate-entry")
    ]
    assert "kg/data/actors/actors.yaml:2:3" in corpus.findings[0].message
    assert corpus.entries["arcadia"].class_name == "State"


def test_a_document_stands_in_the_file_of_its_name(checkout: Checkout) -> None:
    """A document whose id is not its file's name is told at the id."""
    file = checkout.write_source("doc", "  []\n")
    file.rename(file.with_name("paper.yaml"))
    (found,) = read_corpus(checkout.bundle).findings
    assert (found.place, found.rule) == (
        Place("kg/data/sources/paper.yaml", 1, 11),
        "names/file-name",
    )
    assert found.remedy == "Name the file doc.yaml, or the document paper."


def test_many_documents_are_read_like_few(checkout: Checkout, claim: Callable[..., str]) -> None:
    """Above the number from which all cores read, every document and every finding is there."""
    for number in range(70):
        checkout.write_source(f"doc-{number:02}", claim("backs", PATRONAGE))
    checkout.write_source("doc-33", claim("backs", "patronage: {patron: arcadia}"))
    corpus = read_corpus(checkout.bundle)
    assert list(corpus.documents) == [f"doc-{number:02}" for number in range(70) if number != 33]
    assert [found.place.file for found in corpus.findings] == ["kg/data/sources/doc-33.yaml"]
    assert len(corpus.claims) == 69


@pytest.mark.parametrize(
    "name", ["sources/doc.yml", "sources/2024/doc.yaml", "actors/more.json", "sources/doc.yaml~"]
)
def test_a_file_that_nobody_reads_is_told(name: str, checkout: Checkout) -> None:
    """A contribution with another ending, or in a folder of its own, is not passed over."""
    file = checkout.root / "kg/data" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("document: doc\n", encoding="utf-8")

    findings = read_corpus(checkout.bundle).findings

    assert [("kg/data/" + name, "syntax/unread-file")] == [
        (found.place.file, found.rule) for found in findings
    ]


def test_a_readme_beside_the_data_is_no_stray(checkout: Checkout) -> None:
    """A folder of data may explain itself."""
    (checkout.root / "kg/data/sources/README.md").write_text("How to.\n", encoding="utf-8")

    assert read_corpus(checkout.bundle).findings == ()
