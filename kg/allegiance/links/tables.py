"""Check the tables of links in kg/data/links: SSSOM, tab-separated, a row for each link.

Specification: https://mapping-commons.github.io/sssom/spec-formats-tsv/
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from allegiance.closest_name import closest_name
from allegiance.finding import Finding, Place, Severity
from allegiance.limits import read_contribution
from allegiance.links.cells import cell_text, is_metadata
from allegiance.links.columns import COLUMNS, column_findings
from allegiance.located import read_text
from allegiance.wikidata.address import item_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from allegiance.bundle import Bundle
    from allegiance.corpus import Corpus

__all__ = [
    "NO_TERM",
    "SUFFIX",
    "MappingRow",
    "check_rows",
    "columns_of",
    "read_mapping_table",
    "read_mapping_tables",
]

SUFFIX = ".sssom.tsv"
NO_TERM = "sssom:NoTermFound"
# A hint takes about 10 ms among ten thousand entries; whoever has moved them all needs none.
_MOST_HINTS = 100
_README = "README.md"
# What editors, file managers and spreadsheets leave beside a file.
_LEFT = re.compile(r"\.|~\$|.*~\Z")
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
        if line.strip() and not is_metadata(line)
    ]
    if not lines or "\r" in lines[0][1]:
        return (), (_without_lines(name, text),)
    head, columns = lines[0][0], columns_of(lines[0][1])
    beyond = lines[0][1].count("\t") + 1 - len(columns)
    findings = list(column_findings(Place(name, head), columns))
    rows = []
    for number, line in lines[1:]:
        cells = _without_padding(line.split("\t"), beyond)
        found = _row(name, number, columns, cells)
        if isinstance(found, Finding):
            findings.append(found)
        else:
            rows.append(found)
    return tuple(rows), tuple(findings)


def columns_of(line: str) -> tuple[str, ...]:
    r"""Read a line of column names; spreadsheets add empty ones at its end.

    >>> columns_of("subject_id\t\"object_id\"\t\t")
    ('subject_id', 'object_id')
    """
    return tuple(cell_text(cell) or cell for cell in line.rstrip("\t").split("\t"))


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
    return tuple(found_rows), (*found, *_strays(folder, bundle))


def check_rows(rows: Iterable[MappingRow], corpus: Corpus) -> Iterator[Finding]:
    """Check rows one by one: known entries, predicates of links, items that can exist."""
    hinted = 0
    for row in rows:
        for found in _row_findings(row, corpus, corpus.entries if hinted < _MOST_HINTS else ()):
            hinted += found.rule == "links/subject"
            yield found


def _without_lines(name: str, text: str) -> Finding:
    """Say of a table without a row of column names why it has none."""
    if "\r" in text.replace("\r\n", ""):
        message = "The lines end with a carriage return alone, so that the table is one line."
        remedy = "Save it with line feeds, or run `allegiance fmt`."
    else:
        message = "The table is empty."
        remedy = f"Begin with a line of column names: {', '.join(COLUMNS)}, with tabs between them."
    return Finding(Place(name), "links/columns", message, remedy)


def _strays(folder: Path, bundle: Bundle) -> Iterator[Finding]:
    """Give a warning for each file beside the tables, since nobody reads it."""
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        name = file.name
        if name != _README and not name.endswith(SUFFIX) and not _LEFT.match(name):
            message = f"No row of it is read: the name of a table ends in {SUFFIX}."
            remedy = f"Save it as tab-separated text in UTF-8 under a name that ends in {SUFFIX}."
            place = Place(bundle.relative(file))
            yield Finding(place, "links/not-read", message, remedy, Severity.WARNING)


def _without_padding(cells: list[str], beyond: int) -> list[str]:
    """Take off as many empty cells as the line of column names has beyond the columns.

    Spreadsheets fill all lines up to the longest. Where only a row has one, a value has moved.
    """
    is_padded = beyond > 0 and not any(cells[-beyond:])
    return cells[:-beyond] if is_padded else cells


def _row(
    name: str, number: int, columns: Sequence[str], cells: Sequence[str]
) -> MappingRow | Finding:
    if len(cells) != len(columns):
        values = "1 value" if len(cells) == 1 else f"{len(cells)} values"
        message = f"The row has {values} for {len(columns)} columns."
        remedy = "Write one value for each column, with one tab between them."
        return Finding(Place(name, number), "links/columns", message, remedy)
    places, texts, column = {}, {}, 1
    for key, cell in zip(columns, cells, strict=True):
        text, places[key] = cell_text(cell), Place(name, number, column)
        if text is None:
            message = "The value begins with a quotation mark that is not closed at its end."
            remedy = "Write it in one line, in quotation marks with those within it doubled."
            return Finding(places[key], "links/columns", message, remedy)
        texts[key] = text
        column += len(cell) + 1
    return MappingRow(texts, places)


def _row_findings(row: MappingRow, corpus: Corpus, similar: Iterable[str]) -> Iterator[Finding]:
    subject, item = row.values["subject_id"], row.values["object_id"]
    entry = subject.removeprefix("id:")
    if not subject.startswith("id:") or not _is_known(entry, corpus):
        message = f"{subject!r} is no entry of the register."
        close = closest_name(entry, similar)
        remedy = "Write `id:` and the key of an entry of kg/data/actors, or the id of an event."
        remedy = f"Did you mean 'id:{close}'? {remedy}" if close else remedy
        yield Finding(row.places["subject_id"], "links/subject", message, remedy)
    if row.values["predicate_id"] not in _PREDICATES:
        message = f"{row.values['predicate_id']!r} is no predicate that a link can have."
        remedy = f"Write one of {', '.join(_PREDICATES)}; owl:sameAs would merge the two."
        yield Finding(row.places["predicate_id"], "links/predicate", message, remedy)
    if item != NO_TERM and not _ITEM.fullmatch(item):
        known = item_id(item.strip())
        message = f"{item!r} is no item of Wikidata."
        remedy = f"Write wikidata:Q and its number, such as wikidata:Q794, or {NO_TERM}."
        if known is not None:
            message, remedy = f"{item!r} is another form of an item.", f"Write wikidata:{known}."
        yield Finding(row.places["object_id"], "links/item", message, remedy)


def _is_known(name: str, corpus: Corpus) -> bool:
    return name in corpus.entries or name in corpus.events
