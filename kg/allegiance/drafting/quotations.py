"""Follow quotations across the sentences of a paragraph: where they are open, and who speaks."""

from __future__ import annotations

from bisect import bisect
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from allegiance.drafting.reading import Reading
    from allegiance.sentences import Sentence

__all__ = ["likely_speakers", "open_quotations"]

_OPENING = ("\u201c", '"')


def open_quotations(text: str, sentences: Sequence[Sentence]) -> frozenset[int]:
    """Return the starts of the sentences that begin within a quotation of their paragraph.

    >>> from allegiance.sentences import Sentence
    >>> open_quotations('"A. B."', [Sentence(0, 3, '"A.'), Sentence(4, 7, 'B."')])
    frozenset({4})
    """
    found: set[int] = set()
    curly = straight = 0
    for one, other in pairwise(sentences):
        between = text[one.start : other.start]
        if "\n" in between:
            curly = straight = 0
            continue
        curly += between.count("\u201c") - between.count("\u201d")
        straight += between.count('"')
        if curly > 0 or straight % 2:
            found.add(other.start)
    return frozenset(found)


def likely_speakers(
    text: str,
    sentences: Sequence[Sentence],
    readings: Sequence[Reading],
    quoted: frozenset[int],
) -> Mapping[int, str]:
    """Lead from the start of a quotation without a speaker to whoever speaks in its paragraph.

    The speaker before it is likelier than the one after.
    """
    breaks = [offset for offset, sign in enumerate(text) if sign == "\n"]
    rows = [
        (bisect(breaks, sentence.start), sentence, reading)
        for sentence, reading in zip(sentences, readings, strict=True)
    ]
    later = {row: reading.speakers[-1] for row, _, reading in reversed(rows) if reading.speakers}
    earlier = {}
    found: dict[int, str] = {}
    for row, sentence, reading in rows:
        if reading.speakers:
            earlier[row] = reading.speakers[-1]
        elif sentence.start in quoted or sentence.text.startswith(_OPENING):
            speaker = earlier.get(row) or later.get(row)
            if speaker is not None:
                found[sentence.start] = speaker.entry.label
    return found
