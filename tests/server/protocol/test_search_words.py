"""Names are found however they are spelled, and nothing that is typed is a wrong expression."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allegiance_server.errors import RequestError
from allegiance_server.protocol.search_words import Term, marks, parse, words


def folded(text: str) -> list[str]:
    """Return the words of a text as they are compared."""
    return [word.folded for word in words(text)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ḥizballāh", "hizballah"),
        ("Ḥizballāh", "HIZBALLAH"),
        ("Kataʾib", "Kata'ib"),
        ("Kataʾib", "Kata’ib"),
        ("Kataʾib", "Kataib"),
        ("ʿAlī", "Ali"),
        ("Łódź, Ørsted", "lodz orsted"),
        ("İstanbul", "istanbul"),
        ("Straße", "STRASSE"),
        ("Iran's", "Iran"),
        ("ＩＲＡＮ", "iran"),
        ("Семён", "семен"),
        ("Хезболла́", "ХЕЗБОЛЛА"),
        ("حِزْب الله", "حزب الله"),
        ("حزب‌الله", "حزب الله"),
        ("كتائب", "کتایب"),
        ("علي", "علی"),
        ("إيران", "ایران"),
        ("ایـــران", "ایران"),
    ],
)
def test_spellings_of_one_name_are_one(one: str, other: str) -> None:
    """Case, diacritics, vowel points, half rings, apostrophes and Arabic variants do not matter."""
    assert folded(one) == folded(other) != []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("al-Shabaab", ["al", "shabaab"]),
        ("Côte d'Ivoire", ["cote", "d", "ivoire"]),
        ("O'Brien", ["o", "brien"]),
        ("the states' 'ally'", ["the", "states", "ally"]),
        ("F-16, 2025-06-22", ["f", "16", "2025", "06", "22"]),
        ("伊朗2025", ["伊", "朗", "2025"]),
        ("イラン", ["イ", "ラ", "ン"]),
        ("이란의", ["이", "란", "의"]),
        ("a\x00b \ud800 🚀 _", ["a", "b"]),
    ],
)
def test_text_is_cut_into_words(text: str, expected: list[str]) -> None:
    """Signs part words; where a script has no spaces, every character is a word."""
    assert folded(text) == expected


def test_words_know_their_place() -> None:
    """A word stands where it stood in the text, although it is shorter when folded."""
    assert [(word.start, word.end) for word in words("— Iran's ḥizb")] == [(2, 8), (9, 13)]


def test_search_has_words_phrases_and_beginnings() -> None:
    """Quotes hold a phrase together, and only a star at the end of a word has a meaning."""
    assert parse('Iran "armed Group" hezb* al-Sha* *x "the end"*') == (
        Term(("iran",)),
        Term(("armed", "group")),
        Term(("hezb",), is_prefix=True),
        Term(("al", "sha"), is_prefix=True),
        Term(("x",)),
        Term(("the", "end"), is_prefix=True),
    )


@pytest.mark.parametrize("text", ["", " ", '"', '""', "*", '"*"*', "()", "🚀", "\x00", "ʾ"])
def test_search_for_no_word_is_refused(text: str) -> None:
    """Nothing, or only signs, is an error and no empty answer."""
    with pytest.raises(RequestError, match="no word to look for"):
        parse(text)


def test_search_is_bounded() -> None:
    """A thousand characters and 32 different words are read, and not one more."""
    parse("x" * 1000)
    with pytest.raises(RequestError, match="1001 characters"):
        parse("x" * 1001)
    parse(" ".join(f"w{number}" for number in range(32)) + " w1")
    with pytest.raises(RequestError, match="33 words"):
        parse(" ".join(f"w{number}" for number in range(33)))


@pytest.mark.parametrize(
    ("text", "wanted", "expected"),
    [
        ("Iran backs Iran's ally", "iran", ((0, 4), (11, 17))),
        ("an armed group", '"armed group"', ((3, 8), (9, 14))),
        ("armed, a group", '"armed group"', ()),
        ("Hezbollah", "hezb*", ((0, 9),)),
        ("Hezbollah", "hezb", ()),
        ("与伊朗结盟", "伊朗", ((1, 3),)),
        ("x", '"x y"', ()),
    ],
)
def test_words_found_are_marked(
    text: str, wanted: str, expected: tuple[tuple[int, int], ...]
) -> None:
    """The marks cover each word found, a phrase only where it is whole."""
    assert marks(text, parse(wanted)) == expected


@given(st.text(), st.text())
def test_any_text_can_be_typed(text: str, other: str) -> None:
    """Whatever is typed is words or an error of its own, and the marks lie inside the text."""
    try:
        terms = parse(text)
    except RequestError:
        return
    assert all(each.isprintable() and " " not in each for term in terms for each in term.folded)
    ends = [0, *(place for mark in marks(other, terms) for place in mark), len(other)]
    assert ends == sorted(ends)
