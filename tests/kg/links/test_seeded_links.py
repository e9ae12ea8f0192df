"""Wrong links of the kinds that occur: the audit finds forty of 41, and nothing else."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from allegiance.bundle import default_bundle
from allegiance.corpus import read_corpus
from allegiance.finding import Severity
from allegiance.links.audit import Audit
from allegiance.links.checking import shipped_index
from allegiance.links.link import link_of
from allegiance.links.tables import check_rows, read_mapping_tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allegiance.corpus import Corpus
    from allegiance.finding import Finding
    from allegiance.links.tables import MappingRow
    from allegiance.wikidata.index import WikidataIndex

SEEDS = Path(__file__).with_name("seeds.tsv")


class Seed(NamedTuple):
    """A wrong link: what is written, in which column of an entry's row, and which rule finds it."""

    kind: str
    entry: str
    column: str
    value: str
    rule: str
    remark: str


class Judged(NamedTuple):
    """The violations by entry, over all rows of the copy."""

    by_entry: Mapping[str, tuple[Finding, ...]]
    seeds: tuple[Seed, ...]


def _seeds() -> tuple[Seed, ...]:
    with SEEDS.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream, delimiter="\t"))
    return tuple(Seed(*row) for row in rows[1:])


def _forged(row: MappingRow, seed: Seed, index: WikidataIndex) -> MappingRow:
    """Write a wrong link as somebody would who believes in it: with the item's own label."""
    values = {**row.values, seed.column: seed.value}
    if seed.column == "object_id":
        item = index.get(seed.value.removeprefix("wikidata:"))
        values["object_label"] = "" if item is None else item.label
        values["mapping_justification"] = "semapv:ManualMappingCuration"
        values["comment"] = "It has the same name."
    if seed.kind == "wrong reason" or seed.rule in {"links/date", "links/doubled"}:
        values["names_differ"] = "Another name of the same."
    return replace(row, values=values)


def _judge(rows: tuple[MappingRow, ...], corpus: Corpus, index: WikidataIndex) -> list[Finding]:
    findings = list(check_rows(rows, corpus))
    faulty = {found.place[:2] for found in findings}
    links = tuple(link_of(row) for row in rows if row.place[:2] not in faulty)
    return [*findings, *Audit(links, corpus, index).findings()]


@pytest.fixture(scope="module")
def judged() -> Judged:
    """Replace the row of an entry for each seed, and audit the whole."""
    bundle, seeds = default_bundle(), {seed.entry: seed for seed in _seeds()}
    corpus, index = read_corpus(bundle), shipped_index(bundle)
    assert index is not None
    rows = []
    for row in read_mapping_tables(bundle)[0]:
        seed = seeds.get(row.values["subject_id"].removeprefix("id:"))
        is_its_link = not row.values["predicate_modifier"]
        rows.append(_forged(row, seed, index) if seed and is_its_link else row)
    entries = {row.place[:2]: row.values["subject_id"].removeprefix("id:") for row in rows}
    by_entry: dict[str, tuple[Finding, ...]] = {}
    for found in _judge(tuple(rows), corpus, index):
        if found.severity is Severity.VIOLATION:
            entry = entries[found.place[:2]]
            by_entry[entry] = (*by_entry.get(entry, ()), found)
    return Judged(by_entry, tuple(seeds.values()))


def test_there_are_seeds_of_many_kinds() -> None:
    """As many entries get a wrong link each, of at least fifteen kinds."""
    seeds = _seeds()

    assert len({seed.entry for seed in seeds}) == len(seeds) == 41
    assert len({seed.kind for seed in seeds}) >= 15


@pytest.mark.parametrize("seed", _seeds(), ids=lambda seed: seed.entry)
def test_a_wrong_link_is_found_by_its_rule(seed: Seed, judged: Judged) -> None:
    """Each is found by the rule that is there for it; a wrong reason is believed."""
    rules = [found.rule for found in judged.by_entry.get(seed.entry, ())]

    assert rules == ([] if seed.rule == "-" else [seed.rule])


def test_no_right_link_is_suspected(judged: Judged) -> None:
    """Beside the seeds there are no violations: a wrong link makes no right one seem wrong."""
    assert set(judged.by_entry) - {seed.entry for seed in judged.seeds} == set()


def test_all_but_one_are_caught(judged: Judged) -> None:
    """Forty of the 41 are caught; a false reason excuses an item that shares a word."""
    missed = Counter(seed.kind for seed in judged.seeds if seed.entry not in judged.by_entry)

    assert missed == Counter({"wrong reason": 1})


def test_a_reviewer_settles_what_has_no_word_in_common(judged: Judged) -> None:
    """The same link is believed when a second person stands for it, or if it is merely close."""
    bundle = default_bundle()
    corpus, index = read_corpus(bundle), shipped_index(bundle)
    assert index is not None
    seed = next(seed for seed in judged.seeds if seed.kind == "wrong reason" and seed.rule != "-")
    row = next(
        row
        for row in read_mapping_tables(bundle)[0]
        if row.values["subject_id"] == f"id:{seed.entry}" and not row.values["predicate_modifier"]
    )
    forged = _forged(row, seed, index)
    reviewed = replace(forged, values={**forged.values, "reviewer_label": "A second person"})
    close = replace(forged, values={**forged.values, "predicate_id": "skos:closeMatch"})

    rules = [
        [found.rule for found in _judge((each,), corpus, index)] for each in (forged, reviewed)
    ]

    assert [found.severity for found in _judge((forged,), corpus, index)] == [Severity.VIOLATION]
    assert "links/name" in rules[0]
    assert "links/name" not in rules[1]
    assert "links/name" not in [found.rule for found in _judge((close,), corpus, index)]
