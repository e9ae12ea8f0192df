"""Candidates are judged by what is asked for; suggestions begin with what is typed."""

from __future__ import annotations

import pytest

from allegiance.reconciliation import Entity, Matcher, Name
from allegiance_server.web.reconciliation_directory import Condition, Directory, Wanted

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
