"""Write the changes at Wikidata as a table for reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allegiance.reports.escaping import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from allegiance.links.online_audit import Change

__all__ = ["change_table"]

_HEAD = ("item", "entry", "what", "before", "now", "row")


def change_table(changes: Iterable[Change], *, is_whole: bool) -> str:
    """Write a line for each change, in columns that are as wide as their widest cell.

    `is_whole` tells whether everything was answered: what was not looked at may have changed.

    >>> change_table([], is_whole=True)
    'Nothing has changed at Wikidata.'
    """
    rows = [_HEAD, *(_cells(change) for change in changes)]
    if len(rows) == 1:
        partly = "No change was seen; not everything could be looked at."
        return "Nothing has changed at Wikidata." if is_whole else partly
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _cells(change: Change) -> tuple[str, ...]:
    link = change.link
    place = f"{link.row.place.file}:{link.row.place.line}"
    said = (link.item or "", link.subject, change.what, change.before, change.now, place)
    return tuple(visible(cell) for cell in said)
