"""Lay out a table of links: what a spreadsheet or an editor has added is taken off again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allegiance.errors import AllegianceError
from allegiance.finding import Finding, Place
from allegiance.links.cells import cell_of, cell_text, is_metadata
from allegiance.links.columns import COLUMNS
from allegiance.links.tables import columns_of, read_mapping_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["laid_out"]


def laid_out(name: str, text: str) -> str:
    r"""Write a table of lines with its columns in order and its rows sorted: refusals come last.

    Byte order mark, quotation marks that say nothing, and empty cells beyond the columns go; no
    value changes. Raises AllegianceError, with the line, for a table that cannot be read.
    """
    lines = text.removeprefix("\ufeff").split("\n")
    rows, findings = read_mapping_table(name, "\n".join(lines))
    if findings:
        raise AllegianceError(_told(findings[0]))
    head = next(at for at, line in enumerate(lines) if line.strip() and not is_metadata(line))
    for number, line in enumerate(lines[head:], start=head + 1):
        if is_metadata(line):
            message = "A line with # stands among the rows."
            remedy = "Put it before the column names, or into `comment`."
            raise AllegianceError(_told(Finding(Place(name, number), "", message, remedy)))
    columns = _ordered(columns_of(lines[head]))
    values = sorted((row.values for row in rows), key=_key)
    body = ["\t".join(cell_of(row[column]) for column in columns) for row in values]
    metadata = [_metadata(line) for line in lines[:head] if line.strip()]
    return "\n".join([*metadata, "\t".join(columns), *body]) + "\n"


def _ordered(columns: Sequence[str]) -> list[str]:
    known = [column for column in COLUMNS if column in columns]
    return known + [column for column in columns if column not in COLUMNS]


def _key(values: Mapping[str, str]) -> tuple[str, bool, str]:
    is_negated = values.get("predicate_modifier", "") == "Not"
    return values["subject_id"], is_negated, values["object_id"]


def _metadata(line: str) -> str:
    cell = line.rstrip("\t")
    return (cell_text(cell) or cell).rstrip()


def _told(found: Finding) -> str:
    return f"line {found.place.line}: {found.message} {found.remedy}"
