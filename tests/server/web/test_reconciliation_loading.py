"""What the graph says of a thing is what it can be found and compared by."""

from __future__ import annotations

import json

from allegiance.bundle import default_bundle
from allegiance.namespaces import PREFIXES
from allegiance_server.web.reconciliation_loading import actor_directory

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


def _body() -> bytes:
    bindings = [
        {
            "entity": {"type": "uri", "value": PREFIXES["id"] + entity},
            "property": {"type": "literal", "value": name},
            "value": {"type": "literal", "value": value},
        }
        for entity, name, value in ROWS
    ]
    return json.dumps({"results": {"bindings": bindings}}).encode()


def test_things_have_names_types_and_values() -> None:
    """Types come with the broader ones, a country with its name and code, a link with its item."""
    entities = actor_directory(_body(), default_bundle()).entities

    assert entities["arcadia"].types[0] == "State"
    assert "Actor" in entities["arcadia"].types
    assert entities["arcadia"].properties["wikidata"] == ("Q1",)
    assert entities["cabinet"].properties["country"] == ("arcadia", "Arcadia", "AA")


def test_actors_without_a_name_are_left_out() -> None:
    """Nobody means an unnamed actor by a name: it is no candidate."""
    entities = actor_directory(_body(), default_bundle()).entities

    assert sorted(entities) == ["arcadia", "cabinet"]
