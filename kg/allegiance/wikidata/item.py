"""An item of Wikidata as the tables of the index know it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["KINDS", "Item", "is_bare_code"]

KINDS: Final = (
    "state",
    "person",
    "organisation",
    "armed-group",
    "armed-force",
    "government",
    "place",
    "event",
    "outlet",
    "other",
    "",
)

_BARE_CODE: Final = re.compile(r"[a-z]{1,3}", re.ASCII)


def is_bare_code(name: str) -> bool:
    """Tell whether an alias is but a code in small letters, which is a word of some language.

    >>> [is_bare_code(name) for name in ("de", "ita", "UN", "Iran")]
    [True, True, False, False]
    """
    return _BARE_CODE.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Item:
    """Hold what is known of an item offline; what no source says is empty, not guessed.

    `labels` are by language. `aliases` are names that stand for the item alone; `weak_names`
    find it but do not settle that it is meant (demonyms, capitals, old names, names of a part).
    `classes` are the items of P31, `country` is an item, `dates` are by property (P569: birth),
    `codes` by kind of code (iso3: IRN). `twins` are items that are easily taken for this one.
    `revision` is None for whatever was not read from Wikidata itself; `retrieved` is the day on
    which the source was taken, and `origin` names the sources, separated by |.

    >>> Item("Q794", {"en": "Iran"}, kind="state").label
    'Iran'
    """

    id: str
    labels: Mapping[str, str]
    aliases: tuple[str, ...] = ()
    description: str = ""
    classes: tuple[str, ...] = ()
    kind: str = ""
    country: str | None = None
    dates: Mapping[str, str] = field(default_factory=dict)
    twins: tuple[str, ...] = ()
    revision: int | None = None
    retrieved: str = ""
    origin: str = ""
    weak_names: tuple[str, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Return the English label, or else the first there is, or else the id."""
        return self.labels.get("en") or next(iter(self.labels.values()), self.id)

    @property
    def names(self) -> tuple[str, ...]:
        """Return labels and aliases, each once; weak names are not among them."""
        return tuple(dict.fromkeys((*self.labels.values(), *self.aliases)))
