"""What is read from an entity of the API, and how it renews an item of the tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from allegiance.wikidata.entity import item_of, renewed
from allegiance.wikidata.item import Item

ENTITIES: dict[str, Any] = json.loads(
    (Path(__file__).parent / "entities.json").read_text(encoding="utf-8")
)
DAY = "2026-11-22"


def _dated(time: str, precision: int) -> dict[str, str]:
    value = {"time": time, "precision": precision}
    statement = {"mainsnak": {"snaktype": "value", "datavalue": {"value": value}}}
    return dict(item_of({"id": "Q1", "claims": {"P571": [statement]}}, DAY).dates)


def test_an_entity_becomes_an_item() -> None:
    """Labels by language, aliases, description, classes, country, revision and day are read."""
    assert item_of(ENTITIES["Q183"], DAY) == Item(
        "Q183",
        {"en": "Germany", "ar": "ألمانيا", "ru": "Германия"},
        aliases=("Federal Republic of Germany", "FRG"),
        description="sovereign state in central-western Europe",
        classes=("Q3624078", "Q6256"),
        kind="state",
        country="Q183",
        revision=1830,
        retrieved=DAY,
        origin="wikidata",
        weak_names=("de",),
    )


def test_a_preferred_statement_stands_alone() -> None:
    """Where a statement is preferred, the normal ones are not read; unknown values never are."""
    assert item_of(ENTITIES["Q7747"], DAY).dates == {"P569": "1952-10-07"}


def test_a_name_for_all_languages_is_the_english_one_too() -> None:
    """A label under mul is the English label where there is no other."""
    assert item_of(ENTITIES["Q7747"], DAY).label == "Vladimir Putin"


def test_different_items_are_twins() -> None:
    """What Wikidata says is different from the item is a twin of it."""
    assert item_of(ENTITIES["Q29468"], DAY).twins == ("Q29552",)


def test_a_date_is_as_exact_as_its_precision() -> None:
    """Years stay years, months months; centuries are no dates."""
    assert _dated("+1979-04-01T00:00:00Z", 11) == {"P571": "1979-04-01"}
    assert _dated("+1979-04-00T00:00:00Z", 10) == {"P571": "1979-04"}
    assert _dated("+1979-00-00T00:00:00Z", 9) == {"P571": "1979"}
    assert _dated("-0500-00-00T00:00:00Z", 9) == {"P571": "-0500"}
    assert _dated("+1900-00-00T00:00:00Z", 7) == {}


def test_names_that_wikidata_lacks_become_weak() -> None:
    """A renewed item keeps the table's names, codes and twins, but the names only as weak ones."""
    old = Item(
        "Q183",
        {"en": "Germany (table)"},
        aliases=("FRG", "Allemagne"),
        kind="state",
        twins=("Q1",),
        retrieved="2026-07-19",
        origin="rigour",
        weak_names=("German",),
        codes={"iso3": "DEU"},
    )

    new = renewed(old, item_of(ENTITIES["Q183"], DAY))

    assert new.label == "Germany"
    assert new.aliases == ("Federal Republic of Germany", "FRG")
    assert new.weak_names == ("de", "Germany (table)", "Allemagne", "German")
    assert (new.codes, new.twins) == ({"iso3": "DEU"}, ("Q1",))
    assert (new.origin, new.retrieved, new.revision) == ("wikidata|rigour", DAY, 1830)


def test_renewing_twice_changes_nothing() -> None:
    """An item that is renewed with the same answer again stays as it is."""
    old = Item("Q183", {"en": "Allemagne"}, kind="state", origin="rigour")
    new = item_of(ENTITIES["Q183"], DAY)

    assert renewed(renewed(old, new), new) == renewed(old, new)
