"""Ids of claims: made of what they say, once, whatever the order."""

from __future__ import annotations

import pytest

from allegiance.claim_ids import ids_to_assign, slug_of
from allegiance.located import read_yaml

ONE = "  - {says: Iran backs Hezbollah., patronage: {patron: iran, client: hezbollah}}\n"
OTHER = "  - {says: Iran backs Hezbollah!, patronage: {patron: iran, client: houthis}}\n"
NAMED = "  - {id: iran-backs-hezbollah, says: Something else.}\n"


def assigned(claims: str) -> list[str]:
    """Return the ids that the claims of a document get, in their order."""
    root = read_yaml("d.yaml", f"document: d\nclaims:\n{claims}".encode()).root
    assert root is not None
    return [entries["id"] for _, entries in sorted(ids_to_assign(root).items())]


@pytest.mark.parametrize(
    ("sentence", "slug"),
    [
        ("Iran backs Hezbollah.", "iran-backs-hezbollah"),
        ("The Élysée condemned Assad's fall.", "elysee-condemned-assads-fall"),
        ("A 2021 agreement: 25 years.", "2021-agreement-25-years"),
        ("one two three four five six seven eight nine", "one-two-three-four-five-six-seven-eight"),
        ("x" * 70, "x" * 60),
        ("إيران", ""),
    ],
)
def test_a_slug_is_the_first_words(sentence: str, slug: str) -> None:
    """Eight words and sixty characters at most, small letters of the alphabet, digits, hyphens."""
    assert slug_of(sentence) == slug


def test_a_claim_with_an_id_keeps_it() -> None:
    """Only claims without an id get one."""
    assert assigned(NAMED) == []
    assert assigned("  - {id: x, says: Iran spoke.}\n  - {says: Iran spoke.}\n") == ["iran-spoke"]


def test_what_is_contested_is_told_apart_by_content() -> None:
    """Where two claims want one id, or one has it, the others get a digest: no order matters."""
    both = assigned(ONE + OTHER)
    assert both == list(reversed(assigned(OTHER + ONE)))
    assert len(set(both)) == 2
    assert all(name.startswith("iran-backs-hezbollah-") for name in both)
    assert assigned(NAMED + ONE) == [both[0]]
    assert assigned(ONE + NAMED) == [both[0]]


def test_the_same_claim_twice_gets_two_ids() -> None:
    """Word for word the same claims are told apart by a number; validation then names them."""
    first, second = assigned(ONE + ONE)
    assert second == f"{first}-2"


def test_a_claim_that_says_nothing_yet_gets_an_id_all_the_same() -> None:
    """Without a sentence, or with one in another script, the id is a digest."""
    (name,) = assigned("  - {says: إيران}\n")
    assert name.startswith("claim-")
    assert len(name) == len("claim-") + 6
