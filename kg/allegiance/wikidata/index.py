"""The shipped tables of items, read into memory and asked by id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from allegiance.wikidata.item_tables import read_items

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from allegiance.bundle import Bundle
    from allegiance.wikidata.item import Item

__all__ = ["WikidataIndex", "index_folder"]


def index_folder(bundle: Bundle) -> Path:
    """Return where the tables of the index lie in a checkout or a wheel."""
    return bundle.data / "wikidata"


@dataclass(frozen=True, slots=True)
class WikidataIndex:
    """Hold items by their id, in the order of the tables."""

    by_id: Mapping[str, Item]

    @classmethod
    def load(cls, folder: Path) -> WikidataIndex:
        """Read `items.tsv` and `names.tsv` of a folder.

        Raises UsageError, with file and line, where a table is missing or is not one of ours.
        """
        return cls(read_items(folder))

    def get(self, qid: str) -> Item | None:
        """Return the item of an id such as Q794, or None where the tables do not have it."""
        return self.by_id.get(qid)

    def items(self) -> Iterable[Item]:
        """Return all items, by growing number."""
        return self.by_id.values()

    def __len__(self) -> int:
        return len(self.by_id)
