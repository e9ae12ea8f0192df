"""Take the items of the offline index as entities to be found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allegiance.reconciliation.entity import Entity, Name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allegiance.reconciliation.metonyms import Metonyms
    from allegiance.wikidata.index import WikidataIndex
    from allegiance.wikidata.item import Item

__all__ = ["items_of"]


def items_of(index: WikidataIndex, metonyms: Metonyms) -> Iterator[Entity]:
    """Give the items of an index in its order; the ids are QIDs.

    Weak names of an item (demonyms, capitals, former names) stay weak.
    """
    for item in index.items():
        names = metonyms.naming(item.id, _names(item))
        yield Entity(
            id=item.id,
            names=names,
            types=tuple(each for each in (item.kind, *item.classes) if each),
            description=item.description,
            twins=item.twins,
            properties=_properties(item, index),
        )


def _names(item: Item) -> Iterator[Name]:
    for language, label in item.labels.items():
        yield Name(label, language, "label")
    for alias in item.aliases:
        yield Name(alias)
    for name in item.weak_names:
        yield Name(name, kind="weak")


def _properties(item: Item, index: WikidataIndex) -> dict[str, tuple[str, ...]]:
    country = index.get(item.country) if item.country else None
    countries = (item.country,) if item.country else ()
    if country is not None:
        countries = (*countries, *country.names, *country.codes.values())
    found = {
        "country": countries,
        "date": tuple(item.dates.values()),
        "iso": tuple(item.codes.values()),
    }
    return {key: values for key, values in found.items() if values}
