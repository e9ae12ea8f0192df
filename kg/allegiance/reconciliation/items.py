"""Take the items of the offline index as entities to be found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from allegiance.reconciliation.entity import Entity, Name
from allegiance.reconciliation.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allegiance.reconciliation.metonyms import Metonyms
    from allegiance.wikidata.index import WikidataIndex
    from allegiance.wikidata.item import Item

__all__ = ["item_matcher", "items_of"]

_ISO: Final = "iso"


def item_matcher(index: WikidataIndex, metonyms: Metonyms) -> Matcher:
    """Make the matcher of an index, which has every state with a code of ISO 3166-1."""
    return Matcher(items_of(index, metonyms), metonyms, has_all_states=True)


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
        countries = (*countries, *country.names, *_iso_codes(country))
    found = {
        "country": countries,
        "date": tuple(item.dates.values()),
        "iso": _iso_codes(item),
    }
    return {key: values for key, values in found.items() if values}


def _iso_codes(item: Item) -> tuple[str, ...]:
    """Return the codes of ISO 3166; lists of states have codes that look like no country's."""
    return tuple(code for kind, code in item.codes.items() if kind.startswith(_ISO))
