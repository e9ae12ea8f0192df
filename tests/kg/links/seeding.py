"""Seed wrong links, of the kinds that occur, into a copy of the project's own tables, and audit it.

Run as a script, it prints how many are caught, by kind: python tests/kg/links/seeding.py
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from allegiance.bundle import default_bundle
from allegiance.corpus import read_corpus
from allegiance.finding import Severity
from allegiance.links.audit import Audit
from allegiance.links.checking import shipped_index
from allegiance.links.link import link_of
from allegiance.links.tables import check_rows, read_mapping_tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from allegiance.corpus import Corpus
    from allegiance.finding import Finding
    from allegiance.links.tables import MappingRow
    from allegiance.wikidata.index import WikidataIndex

__all__ = ["Judged", "Seed", "forged", "judge", "read_seeds", "seeded_tables", "table"]

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


def read_seeds() -> tuple[Seed, ...]:
    """Read the wrong links."""
    with SEEDS.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream, delimiter="\t"))
    return tuple(Seed(*row) for row in rows[1:])


def forged(row: MappingRow, seed: Seed, index: WikidataIndex) -> MappingRow:
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


def judge(rows: tuple[MappingRow, ...], corpus: Corpus, index: WikidataIndex) -> list[Finding]:
    """Give what is wrong with rows, one by one and by the audit."""
    findings = list(check_rows(rows, corpus))
    faulty = {found.place[:2] for found in findings}
    links = tuple(link_of(row) for row in rows if row.place[:2] not in faulty)
    return [*findings, *Audit(links, corpus, index).findings()]


def seeded_tables() -> Judged:
    """Replace the row of an entry for each seed, and audit the whole."""
    bundle, seeds = default_bundle(), {seed.entry: seed for seed in read_seeds()}
    corpus, index = read_corpus(bundle), shipped_index(bundle)
    assert index is not None
    rows = []
    for row in read_mapping_tables(bundle)[0]:
        seed = seeds.get(row.values["subject_id"].removeprefix("id:"))
        is_its_link = not row.values["predicate_modifier"]
        rows.append(forged(row, seed, index) if seed and is_its_link else row)
    entries = {row.place[:2]: row.values["subject_id"].removeprefix("id:") for row in rows}
    by_entry: dict[str, tuple[Finding, ...]] = {}
    for found in judge(tuple(rows), corpus, index):
        if found.severity is Severity.VIOLATION:
            entry = entries[found.place[:2]]
            by_entry[entry] = (*by_entry.get(entry, ()), found)
    return Judged(by_entry, tuple(seeds.values()))


def table(judged: Judged) -> Iterator[str]:
    """Write how many are caught, by kind, in Markdown, and how many others are suspected."""
    seeded = Counter(seed.kind for seed in judged.seeds)
    caught = Counter(seed.kind for seed in judged.seeds if seed.entry in judged.by_entry)
    yield "| kind | seeded | caught |"
    yield "|---|---|---|"
    for kind, number in seeded.items():
        yield f"| {kind} | {number} | {caught[kind]} |"
    yield f"| all | {seeded.total()} | {caught.total()} |"
    others = set(judged.by_entry) - {seed.entry for seed in judged.seeds}
    yield ""
    yield f"False alarms on the other rows: {len(others)}."


if __name__ == "__main__":
    for line in table(seeded_tables()):
        click.echo(line)
