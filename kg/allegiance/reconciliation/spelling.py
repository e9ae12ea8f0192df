"""Compare one spelling with many others."""

from __future__ import annotations

__all__ = ["Spelling"]


class Spelling:
    """Hold a text and where each of its characters stands, as the bits of an integer.

    >>> round(Spelling("hezbollah").likeness("hizbollah"), 2)
    0.89
    """

    __slots__ = ("_at", "text")

    def __init__(self, text: str) -> None:
        """Note where each character stands."""
        self.text = text
        self._at: dict[str, int] = {}
        for place, char in enumerate(text):
            self._at[char] = self._at.get(char, 0) | 1 << place

    def likeness(self, other: str) -> float:
        """Return twice the length of the longest common subsequence, over both lengths.

        A step a character of the other text: all of this one's are compared at once (Hyyroe's
        bit-parallel algorithm).
        """
        length = len(self.text)
        if not length and not other:
            return 1.0
        rest = full = (1 << length) - 1
        for char in other:
            common = rest & self._at.get(char, 0)
            rest = ((rest + common) | (rest - common)) & full
        return 2 * (length - rest.bit_count()) / (length + len(other))
