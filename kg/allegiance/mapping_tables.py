"""Check the tables of links in kg/data/links: SSSOM, tab-separated, a row for each link.

Specification: https://mapping-commons.github.io/sssom/spec-formats-tsv/
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from allegiance.finding import Finding, Place
from allegiance.limits import read_contribution
from allegiance.located import read_text
from allegiance.wikidata.address import item_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from allegiance.bundle import Bundle
    from allegiance.corpus import Corpus

__all__ = [
    "NO_TERM",
    "MappingRow",
    "check_rows",
    "read_mapping_table",
    "read_mapping_tables",
]

SUFFIX = ".sssom.tsv"
NO_TERM = "sssom:NoTermFound"
_REQUIRED = ("subject_id", "predicate_id", "object_id", "mapping_justification")
_ITEM = re.compile(r"wikidata:Q[1-9][0-9]*", re.ASCII)
_PREDICATES = ("skos:exactMatch", "skos:closeMatch", "skos:broadMatch", "skos:narrowMatch")


@dataclass(frozen=True, slots=True)
class MappingRow:
    """Hold a row of a table: its values by column, and where each of them stands."""

    values: Mapping[str, str]
    places: Mapping[str, Place]

    @property
    def place(self) -> Place:
        """Return where the row begins."""
        return next(iter(self.places.values()))


def read_mapping_table(name: str, text: str) -> tuple[tuple[MappingRow, ...], tuple[Finding, ...]]:
    r"""Read a table; lines that begin with # are its metadata.

    >>> rows, findings = read_mapping_table("t.sssom.tsv", "#a: b\nsubject_id\tobject_id\nx\ty\n")
    >>> rows[0].places["object_id"].column
    3
    """
    lines = [
        (number, line.rstrip("\r"))
        for number, line in enumerate(text.split("\n"), start=1)
        if line.strip() and not line.startswith("#")
    ]
    if not lines:
        remedy = f"Begin with a line of column names: {', '.join(_REQUIRED)}."
        return (), (Finding(Place(name), "links/columns", "The table is empty.", remedy),)
    head, columns = lines[0][0], lines[0][1].split("\t")
    rows, findings = [], []
    for missing in (column for column in _REQUIRED if column not in columns):
        message = f"The table has no column {missing!r}."
        remedy = f"Add it to the line of column names: {', '.join(_REQUIRED)}."
        findings.append(Finding(Place(name, head), "links/columns", message, remedy))
    for number, line in lines[1:]:
        cells = line.split("\t")
        if len(cells) != len(columns):
            message = f"The row has {len(cells)} values for {len(columns)} columns."
            remedy = "Write one value for each column, with one tab between them."
            findings.append(Finding(Place(name, number), "links/columns", message, remedy))
        else:
            rows.append(_row(name, number, columns, cells))
    return tuple(rows), tuple(findings)


def read_mapping_tables(bundle: Bundle) -> tuple[tuple[MappingRow, ...], tuple[Finding, ...]]:
    """Read all tables of a bundle; of one with wrong columns, the findings and no row."""
    folder = bundle.data / "links"
    found_rows: list[MappingRow] = []
    found: list[Finding] = []
    for file in sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else ():
        name = bundle.relative(file)
        content, findings = read_contribution(file, name, bundle.root)
        text, findings = (None, findings) if content is None else read_text(name, content)
        if text is None:
            found += [replace(each, rule="links/unreadable") for each in findings]
            continue
        rows, findings = read_mapping_table(name, text)
        found += findings
        found_rows += () if findings else rows
    return tuple(found_rows), tuple(found)


def check_rows(rows: Iterable[MappingRow], corpus: Corpus) -> Iterator[Finding]:
    """Check rows one by one: known entries, predicates of links, items that can exist."""
    for row in rows:
        yield from _row_findings(row, corpus)


def _row(name: str, number: int, columns: list[str], cells: list[str]) -> MappingRow:
    places, column = {}, 1
    for key, cell in zip(columns, cells, strict=True):
        places[key] = Place(name, number, column)
        column += len(cell) + 1
    return MappingRow(dict(zip(columns, cells, strict=True)), places)


def _row_findings(row: MappingRow, corpus: Corpus) -> Iterator[Finding]:
    subject, item = row.values["subject_id"], row.values["object_id"]
    entry = subject.removeprefix("id:")
    if not subject.startswith("id:") or not _is_known(entry, corpus):
        message = f"{subject!r} is no entry of the register."
        remedy = "Write `id:` and the key of an entry of kg/data/actors, or the id of an event."
        yield Finding(row.places["subject_id"], "links/subject", message, remedy)
    if row.values["predicate_id"] not in _PREDICATES:
        message = f"{row.values['predicate_id']!r} is no predicate that a link can have."
        remedy = f"Write one of {', '.join(_PREDICATES)}; owl:sameAs would merge the two."
        yield Finding(row.places["predicate_id"], "links/predicate", message, remedy)
    if item != NO_TERM and not _ITEM.fullmatch(item):
        known = item_id(item)
        message = f"{item!r} is no item of Wikidata."
        remedy = f"Write wikidata:Q and its number, such as wikidata:Q794, or {NO_TERM}."
        if known is not None:
            message, remedy = f"{item!r} is another form of an item.", f"Write wikidata:{known}."
        yield Finding(row.places["object_id"], "links/item", message, remedy)


def _is_known(name: str, corpus: Corpus) -> bool:
    return name in corpus.entries or name in corpus.events
