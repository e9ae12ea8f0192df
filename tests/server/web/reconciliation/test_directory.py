"""Candidates are judged by what is asked for; suggestions begin with what is typed."""

from __future__ import annotations

import pytest

from allegiance.reconciliation import Entity, Matcher, Name
from allegiance.reconciliation.metonyms import Metonyms
from allegiance_server.web.reconciliation.directory import (
    Condition,
    Directory,
    Term,
    Wanted,
    suggested,
)

TWO = (
    Entity(
        "reed-front",
        (Name("Reed Front", "en", "label"), Name("Front of the Reeds")),
        ("ArmedGroup", "Actor"),
        properties={"iso": ("AA",), "alias": ("Front of the Reeds",), "colour": ("red", "blue")},
    ),
    Entity(
        "frontier-post",
        (Name("Frontier Post", "en", "label"),),
        ("MediaOrganisation", "Actor"),
        properties={"alias": ("Front of the Reeds",)},
    ),
)
WANTED = Wanted(text="Reed Front", types=("ArmedGroup",))


@pytest.fixture(scope="module")
def directory() -> Directory:
    """Make a directory of two entities."""
    return Directory(Matcher(TWO), {}, {}, {"isoCode": "iso"})


def test_property_that_the_matcher_compares_counts_once(directory: Directory) -> None:
    """A code that disagrees is in the matcher's score, 25 off, and is not taken off again."""
    wanted = Wanted(
        "Reed Front", types=("ArmedGroup",), conditions=(Condition("isoCode", ("BB",)),)
    )

    (found, *_) = directory.match(wanted)

    assert (found.score, found.is_match, found.features["iso_match"]) == (75.0, False, 0.0)


@pytest.mark.parametrize(
    ("condition", "score"),
    [
        (Condition("colour", ("RED",)), 100.0),
        (Condition("colour", ("green", "blue")), 100.0),
        (Condition("colour", ("green",)), 50.0),
        (Condition("colour", ("red", "blue"), quantifier="all"), 100.0),
        (Condition("colour", ("red", "green"), quantifier="all"), 50.0),
        (Condition("colour", ("green",), quantifier="none"), 100.0),
        (Condition("colour", ("red",), quantifier="none"), 50.0),
        (Condition("height", ("3",)), 100.0),
        (Condition("colour", ("red",), is_required=True), 100.0),
        (Condition("colour", ("green",), is_required=True), None),
        (Condition("height", ("3",), is_required=True), None),
    ],
)
def test_condition_is_judged(
    directory: Directory, condition: Condition, score: float | None
) -> None:
    """What disagrees halves the score, what is not known leaves it, what is required decides."""
    wanted = Wanted("Reed Front", types=("ArmedGroup",), conditions=(condition,))

    found = {each.entity.id: each.score for each in directory.match(wanted)}

    assert found.get("reed-front") == score


def test_value_of_two_is_certain_for_neither(directory: Directory) -> None:
    """Where two entities have the value that is asked for, both are given and none is certain."""
    wanted = Wanted(conditions=(Condition("alias", ("front of the reeds",)),))

    found = [(each.entity.id, each.is_match) for each in directory.match(wanted)]

    assert found == [("frontier-post", False), ("reed-front", False)]


def test_two_ids_are_certain_for_neither(directory: Directory) -> None:
    """At most one candidate is certain, whatever is asked for."""
    found = directory.match(Wanted(ids=("reed-front", "frontier-post", "unknown")))

    assert [each.is_match for each in found] == [False, False]


def test_name_of_two_things_of_several_types_is_certain_for_neither() -> None:
    """Asked for as a place or a government, the name of a capital is left to a person."""
    table = Metonyms({"cabinet": (Name("Port Royal", "en", "metonym"),)}, {}, {})
    city = Entity("port-royal", (Name("Port Royal", "en", "label"),), ("Place",))
    cabinet = Entity(
        "cabinet",
        table.naming("cabinet", [Name("Cabinet of Arcadia", "en", "label")]),
        ("Government",),
    )
    types = {name: Term(name, name) for name in ("Place", "Government")}
    directory = Directory(Matcher((city, cabinet), table), types, {}, {})

    (found, *_) = directory.match(Wanted("Port Royal", types=("Place",)))
    both = directory.match(Wanted("Port Royal", types=("Place", "Government")))

    assert (found.entity.id, found.is_match) == ("port-royal", True)
    assert [(each.entity.id, each.is_match) for each in both] == [
        ("port-royal", False),
        ("cabinet", False),
    ]


def test_type_that_is_unknown_is_told(directory: Directory) -> None:
    """A type that nobody knows makes no match, and the reason names it."""
    (found, *_) = directory.match(Wanted("Reed Front", types=("ArmdGroup",)))

    assert (found.is_match, found.score) == (False, 85.0)
    assert found.reason.endswith("There is no type 'ArmdGroup' here.")


@pytest.mark.parametrize("value", ["", "  ", "?"])
def test_empty_value_says_nothing(directory: Directory, value: str) -> None:
    """An empty cell of a table neither agrees nor disagrees."""
    for name in ("colour", "isoCode"):
        wanted = Wanted(
            "Reed Front", types=("ArmedGroup",), conditions=(Condition(name, (value,)),)
        )
        (found, *_) = directory.match(wanted)
        assert (found.score, found.is_match) == (100.0, True)


def test_suggestions_begin_with_what_is_likely_meant() -> None:
    """Labels go before other names, names before words of them, known things before vague ones."""
    entities = (
        Entity("a", (Name("Republic of Iris", "en", "label"),), ("state",)),
        Entity("b", (Name("Bank", "en", "label"), Name("Iris Bank")), ("organisation",)),
        Entity("c", (Name("IRIS", "en", "label"),)),
        Entity("d", (Name("Iris Valley", "en", "label"),), ("place",)),
    )
    directory = Directory(Matcher(entities), {}, {}, {})

    assert [each.id for each in directory.suggest("i", 10)] == ["d", "c", "b", "a"]


def test_types_without_a_name_come_last() -> None:
    """What has only an id is suggested after what has a name."""
    terms = {each.id: each for each in (Term("Q1", "Q1"), Term("state", "state"))}

    assert [each.id for each in suggested(terms, "", 10)] == ["state", "Q1"]


def test_limit_holds(directory: Directory) -> None:
    """No more candidates are given than are wanted."""
    wanted = Wanted(limit=1, conditions=(Condition("alias", ("front of the reeds",)),))

    assert len(directory.match(wanted)) == 1


@pytest.mark.parametrize(
    ("prefix", "ids"),
    [
        ("front", ["frontier-post", "reed-front"]),
        ("POST", ["frontier-post"]),
        ("reed fr", ["reed-front"]),
        ("ront", []),
        ("", []),
        ("…", []),
    ],
)
def test_suggestions(directory: Directory, prefix: str, ids: list[str]) -> None:
    """What begins so with its first word goes before what does with another one."""
    assert [each.id for each in directory.suggest(prefix, 10)] == ids
    assert [each.id for each in directory.suggest(prefix, 10, 1)] == ids[1:]
