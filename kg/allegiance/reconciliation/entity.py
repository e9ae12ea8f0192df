"""Hold what a matcher knows of an entity."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Entity", "KindOfName", "Name"]

KindOfName = Literal["label", "alias", "weak", "metonym"]


@dataclass(frozen=True, slots=True)
class Name:
    """Hold one name, its language ("" where it is not known) and what kind of name it is.

    A metonym names something else first ("the Kremlin"); `note` says why it can stand for this. A
    weak name finds the entity and does not settle that it is meant (a demonym, a former name).
    """

    text: str
    language: str = ""
    kind: KindOfName = "alias"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Entity:
    """Hold an entity that names can mean.

    `types` are the classes and kinds that it belongs to, broader ones included; none: not known.
    `twins` are the ids of entities that are easily taken for this one. `properties` leads from
    country, iso, date or class to the values known, in any form in which somebody may give them.

    >>> Entity("iran", (Name("Iran", "en", "label"),), types=("State",)).label
    'Iran'
    """

    id: str
    names: tuple[Name, ...]
    types: tuple[str, ...] = ()
    description: str = ""
    twins: tuple[str, ...] = ()
    properties: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def name(self) -> Name:
        """The name to show: the English label, else another one, else a name, else the id."""
        labels = [name for name in self.names if name.kind == "label"]
        for name in (*(each for each in labels if each.language == "en"), *labels, *self.names):
            return name
        return Name(self.id)

    @property
    def label(self) -> str:
        """The text of the name to show."""
        return self.name.text
