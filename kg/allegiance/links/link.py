"""A link: a row of a table of kg/data/links, with its values under names and its places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from allegiance.links.tables import NO_TERM

if TYPE_CHECKING:
    from allegiance.finding import Place
    from allegiance.links.tables import MappingRow

__all__ = ["EXACT", "Link", "link_of"]

EXACT = "skos:exactMatch"


@dataclass(frozen=True, slots=True)
class Link:
    """Hold what a row says: an entry is, or is not, the same as or close to an item.

    `item` is the id of the item, None where none was found. `names_differ` is the curator's reason
    why entry and item bear no name in common.
    """

    subject: str
    predicate: str
    is_negated: bool
    item: str | None
    object_label: str
    justification: str
    author: str
    reviewer: str
    confidence: str
    date: str
    names_differ: str
    comment: str
    row: MappingRow

    @property
    def is_positive(self) -> bool:
        """Tell whether the row links the entry to an item."""
        return self.item is not None and not self.is_negated

    def place_of(self, column: str) -> Place:
        """Return where a value stands, or the row where the table lacks the column."""
        return self.row.places.get(column, self.row.place)


def link_of(row: MappingRow) -> Link:
    """Read a row whose columns are sound."""
    value = row.values.get
    target = row.values["object_id"]
    return Link(
        subject=row.values["subject_id"].removeprefix("id:"),
        predicate=row.values["predicate_id"],
        is_negated=value("predicate_modifier", "") == "Not",
        item=None if target == NO_TERM else target.removeprefix("wikidata:"),
        object_label=value("object_label", ""),
        justification=row.values["mapping_justification"],
        author=value("author_label", "") or value("author_id", ""),
        reviewer=value("reviewer_label", "") or value("reviewer_id", ""),
        confidence=value("confidence", ""),
        date=value("mapping_date", ""),
        names_differ=value("names_differ", ""),
        comment=value("comment", ""),
        row=row,
    )
