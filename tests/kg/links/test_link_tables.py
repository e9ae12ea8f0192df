"""The tables of links: each entry has its row, each row says what it rests on."""

from __future__ import annotations

import csv
import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from allegiance.bundle import default_bundle
from allegiance.corpus import read_corpus
from allegiance.links.checking import check_links, read_links
from allegiance.links.tables import check_rows, read_mapping_table, read_mapping_tables
from allegiance.reconciliation.folding import fold

if TYPE_CHECKING:
    from pathlib import Path

    from allegiance.corpus import Corpus
    from allegiance.links.link import Link

BUNDLE = default_bundle()
VERIFIED = BUNDLE.root.parent / "shared/wikidata/qids.csv"
REQUIRED = ("mapping_set_id", "license", "curie_map")
TAB = "\t"
COLUMNS = ("subject_id", "predicate_id", "object_id", "mapping_justification")


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """Read the project's data once."""
    return read_corpus(BUNDLE)


@pytest.fixture(scope="module")
def links(corpus: Corpus) -> tuple[Link, ...]:
    """Read the project's links once."""
    return read_links(corpus)


def test_every_entry_has_one_answer(corpus: Corpus, links: tuple[Link, ...]) -> None:
    """Entries, events, treaties and statements are linked, or it is said that no item was found."""
    answers = Counter(link.subject for link in links if not link.is_negated)

    assert set(answers) == {*corpus.entries, *corpus.events}
    assert set(answers.values()) == {1}


def test_nothing_is_wrong_with_the_links(corpus: Corpus) -> None:
    """The audit finds nothing in the project's own tables, not even a hint."""
    assert list(check_links(corpus)) == []


def test_every_link_is_a_verified_one(links: tuple[Link, ...]) -> None:
    """Each linked item, and the name it is linked for, stands in a row that was verified."""
    if not VERIFIED.is_file():
        pytest.skip(
            f"{VERIFIED} is not here: the list of verified items is not part of the project"
        )
    with VERIFIED.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["status"] == "verified"]
    names: dict[str, set[str]] = {}
    for row in rows:
        plain = re.sub(r" \([^)]*\)", "", f"{row['label']}|{row['aliases']}").split("|")
        names.setdefault(row["qid"], set()).update(map(fold, plain))
    accepted = [link for link in links if link.is_positive]

    assert len(accepted) == 90
    assert [link.subject for link in accepted if link.item not in names] == []
    differing = {
        link.subject
        for link in accepted
        if fold(link.object_label) not in names[link.item or ""]
        and fold(link.row.values["subject_label"]) not in names[link.item or ""]
    }
    assert differing == set()


def test_whoever_is_unnamed_is_linked_to_nobody(corpus: Corpus, links: tuple[Link, ...]) -> None:
    """A person whom a document does not name is not looked up: that would be an inference."""
    unnamed = {key for key, entry in corpus.entries.items() if entry.class_name == "UnnamedActor"}

    assert unnamed
    assert [link.item for link in links if link.subject in unnamed and link.item] == []


def test_confidence_stands_with_links_only() -> None:
    """A link has a confidence between 0 and 1; a row without an item has none."""
    for row in read_mapping_tables(BUNDLE)[0]:
        link = row.values["object_id"] != "sssom:NoTermFound"
        is_positive = link and not row.values["predicate_modifier"]
        text = row.values["confidence"]
        assert bool(text) is is_positive
        assert not text or 0 < float(text) < 1


@pytest.mark.parametrize(
    "file", sorted((BUNDLE.data / "links").glob("*.tsv")), ids=lambda f: f.stem
)
def test_a_table_has_what_sssom_requires(file: Path) -> None:
    """The metadata name the set, its licence and the prefixes; each prefix in use is declared."""
    text = file.read_text(encoding="utf-8")
    head = [line[2:] for line in text.split("\n") if line.startswith("#")]
    body = [line.split("\t") for line in text.split("\n") if line and not line.startswith("#")]
    declared = {line.strip().partition(":")[0] for line in head if line.startswith("  ")}
    used = {
        found.group(1)
        for row in body[1:]
        for cell, column in zip(row, body[0], strict=True)
        if column in COLUMNS and (found := re.match(r"([a-z]+):", cell))
    }

    assert all(any(line.startswith(f"{key}:") for line in head) for key in REQUIRED)
    assert set(COLUMNS) <= set(body[0])
    assert used <= declared


def test_a_misspelt_entry_is_hinted_at(corpus: Corpus) -> None:
    """An entry that is not there is told with the one that was probably meant."""
    text = (
        "\t".join(COLUMNS) + "\nid:iraan\tskos:exactMatch\twikidata:Q794\tsemapv:LexicalMatching\n"
    )
    rows, _ = read_mapping_table("t.sssom.tsv", text)

    (found,) = check_rows(rows, corpus)

    assert found.rule == "links/subject"
    assert found.remedy.startswith("Did you mean 'id:iran'?")
