"""Wrong links of the kinds that occur: the audit finds forty of 41, and nothing else."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from allegiance.bundle import default_bundle
from allegiance.corpus import read_corpus
from allegiance.finding import Severity
from allegiance.links.checking import shipped_index
from allegiance.links.tables import read_mapping_tables

sys.path.append(str(Path(__file__).parent))
from seeding import Judged, Seed, forged, judge, read_seeds, seeded_tables, table


@pytest.fixture(scope="module")
def judged() -> Judged:
    """Audit the seeded tables once."""
    return seeded_tables()


def test_there_are_seeds_of_many_kinds() -> None:
    """As many entries get a wrong link each, of at least fifteen kinds."""
    seeds = read_seeds()

    assert len({seed.entry for seed in seeds}) == len(seeds) == 41
    assert len({seed.kind for seed in seeds}) >= 15


@pytest.mark.parametrize("seed", read_seeds(), ids=lambda seed: seed.entry)
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
    believed = forged(row, seed, index)
    reviewed = replace(believed, values={**believed.values, "reviewer_label": "A second person"})
    close = replace(believed, values={**believed.values, "predicate_id": "skos:closeMatch"})

    rules = [
        [found.rule for found in judge((each,), corpus, index)] for each in (believed, reviewed)
    ]

    assert [found.severity for found in judge((believed,), corpus, index)] == [Severity.VIOLATION]
    assert "links/name" in rules[0]
    assert "links/name" not in rules[1]
    assert "links/name" not in [found.rule for found in judge((close,), corpus, index)]


def test_the_table_counts_by_kind(judged: Judged) -> None:
    """The script prints a row for each kind, the sum, and the false alarms."""
    lines = list(table(judged))

    assert "| wrong reason | 2 | 1 |" in lines
    assert lines[-3:] == ["| all | 41 | 40 |", "", "False alarms on the other rows: 0."]
