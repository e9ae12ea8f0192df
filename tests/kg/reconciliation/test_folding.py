"""Spellings that differ in form only become equal; others stay apart."""

from __future__ import annotations

import pytest

from allegiance.reconciliation.folding import fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kata'ib Hezbollah", "Kata\u2019ib  HEZBOLLAH"),
        ("Recep Tayyip Erdoğan", "Recep Tayyip Erdogan"),
        ("Türkiye", "TURKIYE"),
        ("İstanbul", "istanbul"),
        ("U.S.", "US"),
        ("J. D. Vance", "JD Vance"),
        ("the Houthis", "Houthis"),
        ("Agence France-Presse", "agence france presse"),
        ("\uff29\uff32\uff21\uff2e", "Iran"),
        ("Straße", "strasse"),
        ("Łódź", "Lodz"),
        ("Trinidad & Tobago", "Trinidad and Tobago"),
    ],
)
def test_latin_names_lose_case_marks_and_punctuation(one: str, other: str) -> None:
    """Case, accents, apostrophes, dots of initials, the article and full width do not count."""
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ایران", "إيران"),  # Persian yeh and plain alef; Arabic yeh and alef with hamza
        ("کویت", "كويت"),  # Persian and Arabic kaf
        ("حزب\u200cالله", "حزب الله"),  # the joiner of Persian and a space
        ("حـــزب الله", "حِزْبُ اللّٰه"),  # tatweel; harakat
        ("غزة", "غزه"),  # teh marbuta
        ("יִשְׂרָאֵל", "ישראל"),  # niqqud
        ("צה״ל", 'צה"ל'),  # gershayim and a plain quotation mark
        ("Королёв", "Королев"),
        ("ＮＨＫ放送", "nhk放送"),
        ("۱۲ روز", "12 روز"),
    ],
)
def test_names_of_other_scripts_are_folded_by_their_own_rules(one: str, other: str) -> None:
    """Letters that keyboards write differently, vowel points and digits do not count."""
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Андрей", "Андреи"),  # the breve makes another letter
        ("バス", "ハス"),  # voicing tells words apart
        ("Niger", "Nigeria"),
        ("Iran", "Iraq"),
    ],
)
def test_what_tells_words_apart_stays(one: str, other: str) -> None:
    """Marks that make another letter are kept."""
    assert fold(one) != fold(other)


def test_signs_alone_are_no_name() -> None:
    """A text without letters or digits is folded to nothing, which no name equals."""
    assert fold("?! ...") == ""
