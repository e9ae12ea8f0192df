"""What is taken from an entity as the API writes it, and how it renews an item of the tables."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from allegiance.wikidata.address import is_item_id
from allegiance.wikidata.classes import kind_of
from allegiance.wikidata.entity_api import LANGUAGES
from allegiance.wikidata.item import Item, is_bare_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["ORIGIN", "item_of", "renewed"]

ORIGIN: Final = "wikidata"
_CLASS, _COUNTRY, _CITIZENSHIP, _DIFFERENT = "P31", "P17", "P27", "P1889"
# Birth, death, inception, dissolution, start, end, point in time.
_DATES: Final = ("P569", "P570", "P571", "P576", "P580", "P582", "P585")
_TIME: Final = re.compile(r"\+?(-?[0-9]{4,})-([0-9]{2})-([0-9]{2})T", re.ASCII)
_YEAR, _MONTH, _DAY = 9, 10, 11


def item_of(entity: Mapping[str, Any], retrieved: str) -> Item:
    """Read an entity: names in our languages, classes, country, dates, different items, revision.

    Of the statements, the preferred ones count where there are any, and never the deprecated.

    >>> item_of({"id": "Q794", "lastrevid": 7}, "2026-11-22").revision
    7
    """
    labels = {key: entity["labels"][key]["value"] for key in _languages(entity, "labels")}
    if "mul" in labels:
        labels.setdefault("en", labels["mul"])
    aliases = dict.fromkeys(
        alias["value"]
        for language in _languages(entity, "aliases")
        for alias in entity["aliases"][language]
    )
    others = [name for name in aliases if name not in labels.values()]
    classes = tuple(_items(entity, _CLASS))
    countries = tuple(_items(entity, _COUNTRY)) or tuple(_items(entity, _CITIZENSHIP))
    return Item(
        entity["id"],
        labels,
        tuple(name for name in others if not is_bare_code(name)),
        _description(entity),
        classes,
        kind_of(classes),
        countries[0] if len(countries) == 1 else None,
        dict(_dates(entity)),
        tuple(_items(entity, _DIFFERENT)),
        entity.get("lastrevid"),
        retrieved,
        ORIGIN,
        tuple(name for name in others if is_bare_code(name)),
    )


def renewed(old: Item | None, new: Item) -> Item:
    """Put what Wikidata says now in place of what the tables said; keep what it cannot say.

    Kind, codes and twins of the tables stay. Names that Wikidata itself does not have stay as
    weak names: they find the item, but no longer settle that it is meant.
    """
    if old is None:
        return new
    weak = dict.fromkeys((*new.weak_names, *old.names, *old.weak_names))
    origins = dict.fromkeys((ORIGIN, *old.origin.split("|")))
    return replace(
        new,
        kind=old.kind or new.kind,
        country=new.country or old.country,
        dates={**old.dates, **new.dates},
        twins=tuple(dict.fromkeys((*old.twins, *new.twins))),
        origin="|".join(origin for origin in origins if origin),
        weak_names=tuple(name for name in weak if name not in new.names),
        codes=old.codes,
    )


def _languages(entity: Mapping[str, Any], key: str) -> list[str]:
    # An empty table is written [] by the API, not {}.
    known = entity.get(key) or {}
    return [language for language in LANGUAGES if language in known]


def _description(entity: Mapping[str, Any]) -> str:
    has_one = "en" in _languages(entity, "descriptions")
    return entity["descriptions"]["en"]["value"] if has_one else ""


def _values(entity: Mapping[str, Any], prop: str) -> Iterator[Any]:
    statements = (entity.get("claims") or {}).get(prop, [])
    ranks = {statement.get("rank", "normal") for statement in statements}
    wanted = "preferred" if "preferred" in ranks else "normal"
    for statement in statements:
        snak = statement.get("mainsnak", {})
        if statement.get("rank", "normal") == wanted and snak.get("snaktype") == "value":
            yield snak["datavalue"]["value"]


def _items(entity: Mapping[str, Any], prop: str) -> Iterator[str]:
    for value in _values(entity, prop):
        if isinstance(value, dict) and is_item_id(value.get("id", "")):
            yield value["id"]


def _dates(entity: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Return the dates of which there is one only, as exact as they are."""
    for prop in _DATES:
        found = {_date(value) for value in _values(entity, prop)} - {""}
        if len(found) == 1:
            yield prop, found.pop()


def _date(value: Mapping[str, Any]) -> str:
    parts = _TIME.match(value.get("time", ""))
    precision = value.get("precision", 0)
    if parts is None or precision < _YEAR:
        return ""
    return "-".join(parts.group(1, 2, 3)[: min(precision, _DAY) - _YEAR + 1])
