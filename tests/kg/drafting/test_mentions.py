"""Names of the register in a sentence: whole words, the longest first, as they are written."""

from __future__ import annotations

import pytest

from allegiance.bundle import default_bundle
from allegiance.corpus import read_corpus
from allegiance.drafting.mentions import RegisterNames


@pytest.fixture(scope="module")
def names() -> RegisterNames:
    """Give the names of the repository's register."""
    return RegisterNames(read_corpus(default_bundle()).entries.values())


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("Kata'ib Hezbollah spoke.", ["kataib-hezbollah"]),
        ("Kata\u2019ib Hezbollah spoke.", ["kataib-hezbollah"]),
        ("The US met us.", ["united-states"]),
        ("As they said, AS printed it.", ["as"]),
        ("The UN Security Council met.", ["un-security-council"]),
        ("Iran\u2019s letter to the U.S. came.", ["iran", "united-states"]),
        ("Iranians and Omani tea.", []),
        ("The Kremlin and the Kremlin.", ["government-of-russia", "government-of-russia"]),
        ("Tehran wrote to Moscow.", ["government-of-iran", "government-of-russia"]),
    ],
)
def test_a_name_is_found_as_a_whole(names: RegisterNames, sentence: str, found: list[str]) -> None:
    """The longest label or alias that stands as a word of its own, in its own case, is meant."""
    assert found == [mention.entry.id for mention in names.mentions(sentence)]
