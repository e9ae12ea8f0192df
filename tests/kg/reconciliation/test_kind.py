"""What is asked for is compared with what an entity is: right, wrong, or not to be told."""

from __future__ import annotations

import pytest

from allegiance.reconciliation.kind import is_of_type


@pytest.mark.parametrize(
    ("types", "asked", "expected"),
    [
        (("state",), "State", True),
        (("person", "Q5"), "Q5", True),
        (("person",), "Q5", True),
        (("armed-group",), "https://w3id.org/allegiance/ontology#ArmedGroup", True),
        (("government",), "organisation", True),
        (("person",), "organisation", False),
        (("organisation",), "Event", False),
        ((), "State", None),
        (("organisation",), "Government", None),
        (("state",), "Place", None),
        (("place",), "Q515", None),
        (("StateOrgan", "Actor"), "organisation", True),
        (("StateOrgan", "Actor"), "PoliticalOrganisation", False),
        (("MilitaryStrike", "Event"), "Event", True),
        (("Person", "Actor"), "Q5", True),
    ],
)
def test_types_are_compared(types: tuple[str, ...], asked: str, expected: bool | None) -> None:  # noqa: FBT001 - the answer that is expected
    """Narrower is right, disjoint is wrong; broader, missing and unknown classes tell nothing."""
    assert is_of_type(types, asked) is expected
