"""Make the tables of the index from the source tables: python -m allegiance.wikidata.tables FOLDER.

FOLDER holds two others, `wikidata` and `data`. The same sources give the same bytes. What each
source is, and under which licence, stands in kg/data/wikidata/README.md.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from allegiance.bundle import default_bundle
from allegiance.wikidata import source_tables
from allegiance.wikidata.classes import kind_of
from allegiance.wikidata.index import index_folder
from allegiance.wikidata.item import Item, is_bare_code
from allegiance.wikidata.item_tables import write_items
from allegiance.wikidata.source_tables import plain_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["made_items", "main"]

# Whose label is taken: those that have Wikidata's own come first.
_LABELS: Final = (
    "fixtures",
    "elevant",
    "rigour",
    "opensanctions",
    "congress",
    "naturalearth",
    "events",
    "histwardb",
    "countrycodes",
    "embassies",
    "seed",
)
# Whose kind is taken: what was looked at by a person comes first.
_KINDS: Final = (
    "seed",
    "opensanctions",
    "rigour",
    "countrycodes",
    "congress",
    "naturalearth",
    "events",
    "histwardb",
    "embassies",
)
# Institutions that speak for a state: candidates for "the Kremlin said".
_INSTITUTION: Final = re.compile(
    r"(Government|Ministry|Minister|(Vice )?President|Prime Minister|Cabinet|Parliament|Embassy|"
    r"Supreme Leader|Foreign Minister|Secretary|Chief)\b.* (of|for)\b.*"
    r"|.*(Armed Forces|Army|Navy|Air Force|Defense Forces|Guard Corps|Quds Force)"
)
_ABBREVIATION: Final = re.compile(r"[A-Z]{2,4}", re.ASCII)
_KIND_BY_LABEL: Final = (
    ("government", re.compile(r"Government of .*")),
    ("armed-force", re.compile(r".*(Armed Forces|Defense Forces)")),
)


def made_items(folder: Path) -> list[Item]:
    """Return the items that the source tables of a folder give, by growing number.

    Raises UsageError where a source table is missing.
    """
    labels = list(source_tables.english_labels(folder))
    entities = list(source_tables.fixtures(folder))
    states = list(source_tables.territories(folder))
    core = [
        *states,
        *source_tables.countries(folder),
        *source_tables.belligerents(folder),
        *source_tables.organisations(folder),
        *source_tables.congress(folder),
        *source_tables.places(folder, _by_name(states)),
        *source_tables.events(folder),
        *source_tables.seed(folder),
    ]
    wanted = _wanted([*entities, *labels], core)
    known = {item.id for item in (*core, *wanted)}
    missions = [item for item in source_tables.missions(folder) if item.id in known]
    parts = [*core, *wanted, *missions]
    return _with_mutual_twins(_without_taken_names(_merged(parts), parts))


def main(arguments: list[str]) -> int:
    """Write the tables from the folder named in the arguments; return the exit status."""
    if len(arguments) != 1:
        sys.stderr.write("Usage: python -m allegiance.wikidata.tables SOURCE_FOLDER\n")
        return 2
    items = made_items(Path(arguments[0]))
    write_items(index_folder(default_bundle()), items)
    sys.stdout.write(f"{len(items)} items\n")
    return 0


def _by_name(states: Iterable[Item]) -> dict[str, str]:
    """Return the state that a name stands for, without names that stand for several."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for item in states:
        if item.country is None:
            for name in item.names:
                found[plain_form(name)].add(item.id)
    return {name: next(iter(ids)) for name, ids in found.items() if len(ids) == 1}


def _wanted(extra: Iterable[Item], core: list[Item]) -> list[Item]:
    """Keep items of the core, their twins and namesakes, and institutions of states."""
    ids = {item.id for item in core} | {twin for item in core for twin in item.twins}
    every = {name for item in core for name in item.names}
    # An abbreviation has no namesakes among words: the film “Us” is not taken for the US.
    names = {plain_form(name) for name in every if not _ABBREVIATION.fullmatch(name)} | every
    return [
        item
        for item in extra
        if item.id in ids
        or not names.isdisjoint(_forms(item.labels.get("en", "")))
        or _INSTITUTION.fullmatch(item.labels.get("en", ""))
    ]


def _forms(label: str) -> tuple[str, str]:
    """Return a label's plain form, and its letters as they are written."""
    return plain_form(label), "".join(filter(str.isalnum, label))


def _merged(parts: Iterable[Item]) -> list[Item]:
    groups: defaultdict[str, list[Item]] = defaultdict(list)
    for part in sorted(parts, key=lambda part: _LABELS.index(part.origin)):
        groups[part.id].append(part)
    return [_joined(groups[qid]) for qid in sorted(groups, key=lambda qid: int(qid[1:]))]


def _joined(parts: list[Item]) -> Item:
    """Join what several sources say of an item, the first of them giving the label."""
    first = next((part for part in parts if part.labels), parts[0])
    label = first.label
    labels = {"en": label} | _other_labels(parts, label)
    # The graph's own label is used only where no source has another one.
    named = [part for part in parts if part.origin != "seed"]
    own = set(labels.values())
    names = dict.fromkeys(name for part in named for name in part.names if name not in own)
    weak = dict.fromkeys(name for part in parts for name in part.weak_names)
    origins = dict.fromkeys(part.origin for part in parts)
    return Item(
        first.id,
        labels,
        tuple(names),
        next((part.description for part in parts if part.description), ""),
        _classes(parts),
        _kind(parts, label),
        next((part.country for part in parts if part.country), None),
        _united(part.dates for part in parts),
        tuple(dict.fromkeys(twin for part in parts for twin in part.twins)),
        None,
        first.retrieved,
        "|".join(origins),
        tuple(name for name in weak if name not in own and name not in names),
        _united(part.codes for part in parts),
    )


def _other_labels(parts: list[Item], label: str) -> dict[str, str]:
    """Return the labels in languages other than English that are not the English one again."""
    others = _united(part.labels for part in parts)
    return {code: name for code, name in others.items() if code != "en" and name != label}


def _kind(parts: list[Item], label: str) -> str:
    said = {part.origin: part.kind for part in parts if part.kind}
    kind = next((said[origin] for origin in _KINDS if origin in said), "")
    if kind in {"", "organisation"}:
        fits = (kind for kind, form in _KIND_BY_LABEL if form.fullmatch(label))
        kind = next(fits, kind)
    return kind or kind_of(_classes(parts))


def _classes(parts: list[Item]) -> tuple[str, ...]:
    return next((part.classes for part in parts if part.classes), ())


def _united(tables: Iterable[Mapping[str, str]]) -> dict[str, str]:
    united: dict[str, str] = {}
    for table in tables:
        united = {**table, **united}
    return united


def _without_taken_names(items: list[Item], parts: list[Item]) -> list[Item]:
    """Make an alias weak where some source labels another item so: Gaza is not all of Palestine.

    What a source gives as the item's own label stays, however many others are called the same.
    """
    labelled: defaultdict[str, set[str]] = defaultdict(set)
    for part in parts:
        if part.labels:
            labelled[plain_form(part.label)].add(part.id)
    return [_weakened(item, labelled) for item in items]


def _weakened(item: Item, labelled: Mapping[str, set[str]]) -> Item:
    kept = [name for name in item.aliases if _stands_for(name, item, labelled)]
    weak = [name for name in item.aliases if name not in kept]
    return replace(item, aliases=tuple(kept), weak_names=(*weak, *item.weak_names))


def _stands_for(name: str, item: Item, labelled: Mapping[str, set[str]]) -> bool:
    bearers = labelled.get(plain_form(name), {item.id})
    return item.id in bearers and not is_bare_code(name)


def _with_mutual_twins(items: list[Item]) -> list[Item]:
    """Write each pair of twins on both of them: whoever looks at one is warned of the other."""
    twins: defaultdict[str, set[str]] = defaultdict(set)
    for item in items:
        for twin in set(item.twins) - {item.id}:
            twins[item.id].add(twin)
            twins[twin].add(item.id)
    return [
        replace(item, twins=tuple(sorted(twins[item.id], key=lambda twin: int(twin[1:]))))
        for item in items
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
