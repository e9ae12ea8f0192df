"""Hold the table of places that speak as governments: kg/data/schema/metonyms.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import yaml

from allegiance.reconciliation.entity import Name
from allegiance.reconciliation.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["Metonyms", "load_metonyms"]


_DEMONYM: Final = "it is what people or things of a country are called"


@dataclass(frozen=True, slots=True)
class Metonyms:
    """Hold the metonyms by the id of what they stand for; ids are of the register, and QIDs.

    `doubtful` leads from folded names that are never a match, demonyms among them, to the reason;
    `meanings` from a folded word to what it stands for in a name.
    """

    by_id: Mapping[str, tuple[Name, ...]]
    doubtful: Mapping[str, str]
    meanings: Mapping[str, str]

    def naming(self, identifier: str, names: Iterable[Name]) -> tuple[Name, ...]:
        """Return an entity's names, its metonyms told apart from its aliases.

        A register may have "Moscow" as an alias of a government: it is a metonym all the same.
        """
        metonyms = self.by_id.get(identifier, ())
        known = {fold(name.text) for name in metonyms}
        others = (name for name in names if name.kind == "label" or fold(name.text) not in known)
        return (*others, *metonyms)


def load_metonyms(schema: Path) -> Metonyms:
    """Read metonyms.yaml in the folder of the format."""
    table = yaml.safe_load((schema / "metonyms.yaml").read_text(encoding="utf-8"))
    by_id: dict[str, list[Name]] = {}
    for row in table["metonyms"]:
        for identifier in (*row["stands_for"], *row["items"]):
            by_id.setdefault(identifier, []).extend(
                Name(text, "en", "metonym", row["because"]) for text in row["names"]
            )
    demonyms = _words(table["demonyms"])
    return Metonyms(
        by_id={key: tuple(names) for key, names in by_id.items()},
        doubtful=dict.fromkeys(demonyms, _DEMONYM)
        | {fold(name): reason for name, reason in table["ambiguous"].items()},
        meanings=demonyms | _words(table["abbreviations"]),
    )


def _words(table: Mapping[str, Iterable[str]]) -> dict[str, str]:
    return {fold(word): fold(meant) for meant, words in table.items() for word in words}
