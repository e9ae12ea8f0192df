"""Sentences with their offsets."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from allegiance.sentences import sentences_of


def test_a_text_is_cut_at_the_ends_of_sentences_and_lines() -> None:
    """Full stops, questions and line breaks end a sentence; offsets leave out the blanks."""
    text = "A headline\n\n One is. Two, he said?  Three"
    assert [(s.start, s.end, s.text) for s in sentences_of(text, "en")] == [
        (0, 10, "A headline"),
        (13, 20, "One is."),
        (21, 34, "Two, he said?"),
        (36, 41, "Three"),
    ]


def test_an_abbreviation_ends_no_sentence() -> None:
    """`Mr.` and `U.S.` stand inside their sentence."""
    text = "Mr. Reed met the U.S. envoy. He left."
    assert [s.text for s in sentences_of(text, "en")] == [
        "Mr. Reed met the U.S. envoy.",
        "He left.",
    ]


def test_only_the_part_between_two_offsets_is_cut() -> None:
    """Sentences outside the document's part of the page do not count, and offsets stay."""
    text = "Before. One is. Two is. After."
    assert [(s.start, s.text) for s in sentences_of(text, "en", 8, 23)] == [
        (8, "One is."),
        (16, "Two is."),
    ]


@settings(deadline=None, max_examples=60)
@given(
    st.text("ab .?!\n\r\t'\"é\u00a0\u2028\u3000…(1A", max_size=60),
    st.sampled_from(["en", "ar", "ja", "zz", "en-NZ"]),
)
def test_every_sentence_is_a_stretch_of_the_text_in_order(text: str, language: str) -> None:
    """Offsets select exactly the sentence, no two overlap, and no letter is lost."""
    found = list(sentences_of(text, language))
    assert all(text[s.start : s.end] == s.text == s.text.strip() != "" for s in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    kept = "".join(s.text for s in found)
    assert [sign for sign in kept if sign.isalnum()] == [sign for sign in text if sign.isalnum()]
