"""Measure the audit of links at scale: time and memory for many links, each with an item.

    python benchmarks/links_audit.py --links 10000 --wrong 100

A generated register of states, a table with a link for each, and an index with as many items. A
part of the links leads to the item of a neighbour; the audit has to find each of these and no
other. Reading the register is not measured, since every command does that.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from allegiance.bundle import Bundle, default_bundle
from allegiance.corpus import Corpus, read_corpus
from allegiance.finding import Severity
from allegiance.links.checking import check_links
from allegiance.wikidata.item import Item
from allegiance.wikidata.item_tables import write_items

COLUMNS = (
    "subject_id",
    "predicate_id",
    "object_id",
    "mapping_justification",
    "author_label",
    "mapping_date",
    "comment",
)


def main() -> None:
    """Print seconds, megabytes and what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=10_000)
    parser.add_argument("--wrong", type=int, default=100)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        corpus = _generated(Path(folder), chosen.links, chosen.wrong)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.perf_counter()
        found = [each for each in check_links(corpus) if each.severity is Severity.VIOLATION]
        seconds = time.perf_counter() - started
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"{chosen.links} links, {chosen.wrong} of them wrong, {chosen.links} items")
    step = chosen.links // chosen.wrong if chosen.wrong else chosen.links + 1
    right = sum((each.place.line - 2) % step == 0 for each in found)
    print(
        f"found: {right}; false alarms: {len(found) - right}; {seconds:.2f} s; {grown:.0f} MB more"
    )


def _generated(root: Path, number: int, wrong: int) -> Corpus:
    """Write tables and index; every n-th link leads to the item of the entry after it."""
    project = read_corpus(default_bundle())
    state = project.entries["iran"]
    names = [f"state-{place}" for place in range(number)]
    entries = {
        name: replace(state, id=name, label=f"State of {name}", aliases=(f"The {name}",))
        for name in names
    }
    items = [
        Item(f"Q{place + 1}", {"en": f"State of {name}"}, (f"The {name}",), kind="state")
        for place, name in enumerate(names)
    ]
    write_items(root / "kg/data/wikidata", items)
    (root / "kg/data/links").mkdir(parents=True)
    step = number // wrong if wrong else number + 1
    rows = [
        _row(name, place + 2 if place % step == 0 and place // step < wrong else place + 1)
        for place, name in enumerate(names)
    ]
    table = root / "kg/data/links/states.sssom.tsv"
    table.write_text("\n".join(["\t".join(COLUMNS), *rows]) + "\n", encoding="utf-8")
    return replace(project, bundle=Bundle(root), entries=entries)


def _row(name: str, number: int) -> str:
    kept = ("semapv:ManualMappingCuration", "Benchmark", "2026-01-01", "Generated.")
    return "\t".join((f"id:{name}", "skos:exactMatch", f"wikidata:Q{number}", *kept))


if __name__ == "__main__":
    main()
