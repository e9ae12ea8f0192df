"""Links into the live page."""

from __future__ import annotations

import pytest

from allegiance.document import Passage
from allegiance.finding import Place
from allegiance.fragment import passage_link


def quoted(words: str) -> Passage:
    """Return a passage that is quoted whole."""
    return Passage(Place("f.yaml"), Place("f.yaml"), 0, 1, words, None, None, None)


def test_a_quotation_is_selected_whole() -> None:
    """A short passage stands in the fragment as it is, percent-encoded."""
    link = passage_link("https://example.org/page", quoted("It is so"))
    assert link == "https://example.org/page#:~:text=It%20is%20so"


def test_a_long_passage_is_selected_from_its_first_to_its_last_words() -> None:
    """First and last words are separated by a comma that is not encoded."""
    passage = Passage(Place("f.yaml"), Place("f.yaml"), 0, 99, None, "It is", "is so.", None)
    link = passage_link("https://example.org/page", passage)
    assert link == "https://example.org/page#:~:text=It%20is,is%20so."


@pytest.mark.parametrize(
    ("words", "encoded"),
    [
        ("well-known", "well%2Dknown"),
        ("one, two", "one%2C%20two"),
        ("A & B", "A%20%26%20B"),
        ("50% #1", "50%25%20%231"),
        ("a/b?c=d", "a%2Fb%3Fc%3Dd"),
        ("L\u2019Iran é", "L%E2%80%99Iran%20%C3%A9"),
    ],
)
def test_no_sign_of_the_words_is_taken_for_a_sign_of_the_fragment(words: str, encoded: str) -> None:
    """Hyphen, comma and ampersand, which separate the parts of a fragment, are encoded too."""
    link = passage_link("https://example.org/", quoted(words))
    assert link == f"https://example.org/#:~:text={encoded}"


def test_a_fragment_of_the_address_itself_gives_way() -> None:
    """An address has one fragment: the one that selects the passage."""
    link = passage_link("https://example.org/?a=b#top", quoted("so"))
    assert link == "https://example.org/?a=b#:~:text=so"
