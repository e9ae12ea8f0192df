"""What the graph says of a thing is what it can be found and compared by."""

from __future__ import annotations

import json

from allegiance.bundle import default_bundle
from allegiance.namespaces import PREFIXES
from allegiance_server.web.reconciliation.directory import Wanted
from allegiance_server.web.reconciliation.loading import actor_directory

ROWS = (
    ("arcadia", "label", "Arcadia"),
    ("arcadia", "class", f"{PREFIXES['al']}State"),
    ("arcadia", "iso", "AA"),
    ("arcadia", "wikidata", "http://www.wikidata.org/entity/Q1"),
    ("cabinet", "label", "Cabinet of Arcadia"),
    ("cabinet", "class", f"{PREFIXES['al']}Government"),
    ("cabinet", "country", f"{PREFIXES['id']}arcadia"),
    ("its-minister", "label", "Minister of Arcadia (unnamed)"),
    ("its-minister", "class", f"{PREFIXES['al']}UnnamedActor"),
)


def _body(rows: tuple[tuple[str, str, str], ...] = ROWS) -> bytes:
    bindings = [
        {
            "entity": {"type": "uri", "value": PREFIXES["id"] + entity},
            "property": {"type": "literal", "value": name},
            "value": {"type": "literal", "value": value},
        }
        for entity, name, value in rows
    ]
    return json.dumps({"results": {"bindings": bindings}}).encode()


def test_things_have_names_types_and_values() -> None:
    """Types come with the broader ones, a country with its name and code, a link with its item."""
    entities = actor_directory(_body(), default_bundle()).entities

    assert entities["arcadia"].types[0] == "State"
    assert "Actor" in entities["arcadia"].types
    assert entities["arcadia"].properties["wikidata"] == ("Q1",)
    assert entities["cabinet"].properties["country"] == ("arcadia", "Arcadia", "AA")


def test_names_of_the_same_item_are_names() -> None:
    """A state that is linked to an item is found by the item's names in other scripts.

    A name that another thing of ours has is not borrowed; nor is one where the links disagree.
    """
    iran = ("iran", "label", "Iran"), ("iran", "class", f"{PREFIXES['al']}State")
    link = ("iran", "wikidata", "http://www.wikidata.org/entity/Q794")
    other = ("another", "label", "Islamic Republic of Iran")
    directory = actor_directory(_body((*iran, link, other)), default_bundle())
    (found, *_) = directory.match(Wanted("ایران", types=("State",)))
    names = {each.text for each in directory.entities["iran"].names}

    assert (found.entity.id, found.is_match) == ("iran", True)
    assert "Islamic Republic of Iran" not in names
    twice = (*iran, link, ("iran", "wikidata", "http://www.wikidata.org/entity/Q1"))
    directory = actor_directory(_body(twice), default_bundle())
    assert [each.text for each in directory.entities["iran"].names] == ["Iran"]


def test_what_tells_a_label_apart_is_no_part_of_the_name() -> None:
    """Documents write the name of a city without the brackets behind it."""
    rows = (("port", "label", "Port Royal (city)"), ("port", "class", f"{PREFIXES['al']}Place"))
    directory = actor_directory(_body(rows), default_bundle())
    (found, *_) = directory.match(Wanted("Port Royal", types=("Place",)))

    assert (found.entity.id, found.is_match) == ("port", True)


def test_actors_without_a_name_are_left_out() -> None:
    """Nobody means an unnamed actor by a name: it is no candidate."""
    entities = actor_directory(_body(), default_bundle()).entities

    assert sorted(entities) == ["arcadia", "cabinet"]
