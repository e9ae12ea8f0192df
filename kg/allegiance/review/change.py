"""Hold one thing that a change does, with the sentence that says so."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Change", "PartChange"]


@dataclass(frozen=True, slots=True)
class PartChange:
    """Hold in words what a part was and is; an empty text stands for nothing."""

    part: str
    was: str
    now: str

    def __str__(self) -> str:
        """Write it as a clause.

        >>> str(PartChange("since", "2015", "2016"))
        'since was 2015 and is now 2016'
        """
        if not self.was:
            return f"{self.part} {self.now} is new"
        if not self.now:
            return f"{self.part} {self.was} is gone"
        return f"{self.part} was {self.was} and is now {self.now}"


@dataclass(frozen=True, slots=True)
class Change:
    """Hold what happened (`action`) to what kind of thing, its name, and a sentence on it.

    Kinds: attention, edge, content, support, comparison, claim, document, entry, capture, link.
    Actions: added, removed, altered, renamed; of attention also asserted.
    """

    kind: str
    action: str
    name: str
    sentence: str
    parts: tuple[PartChange, ...] = ()
