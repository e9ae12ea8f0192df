"""Cut a text into sentences, with the offsets of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sentencex

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Sentence", "sentences_of"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """Hold a sentence; offsets count characters of the whole text, `end` is exclusive."""

    start: int
    end: int
    text: str


def sentences_of(
    text: str, language: str, start: int = 0, end: int | None = None
) -> Iterator[Sentence]:
    r"""Cut the part of a text between two offsets; a line break ends a sentence too.

    Signs without a letter or digit (a lone asterisk) are no sentence.

    >>> [s.text for s in sentences_of("One. Two, he said.\nThree", "en")]
    ['One.', 'Two, he said.', 'Three']
    """
    stop = len(text) if end is None else end
    position = start
    for line in text[start:stop].split("\n"):
        cursor = position
        for piece in sentencex.segment(language, line):
            found = text.index(piece, cursor)
            cursor = found + len(piece)
            stripped = piece.strip()
            if any(sign.isalnum() for sign in stripped):
                lead = len(piece) - len(piece.lstrip())
                yield Sentence(found + lead, found + lead + len(stripped), stripped)
        position += len(line) + 1
