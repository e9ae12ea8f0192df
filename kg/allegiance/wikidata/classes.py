"""What kind of thing the classes of an item make it, for the few classes that settle it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["CLASS_LABELS", "kind_of"]

# Label and kind of each class. The labels are checked against the source tables by a test, for an
# id that was written down wrongly is still the id of something.
CLASS_LABELS: Final[Mapping[str, tuple[str, str]]] = {
    "Q5": ("human", "person"),
    "Q515": ("city", "place"),
    "Q532": ("village", "place"),
    "Q3918": ("university", "organisation"),
    "Q31855": ("research institute", "organisation"),
    "Q43229": ("organization", "organisation"),
    "Q484652": ("international organization", "organisation"),
    "Q486972": ("human settlement", "place"),
    "Q1549591": ("big city", "place"),
    "Q3624078": ("sovereign state", "state"),
}


def kind_of(classes: Iterable[str]) -> str:
    """Return the kind that the known ones among the classes agree on, or the empty string.

    >>> kind_of(("Q5",)), kind_of(("Q5", "Q515")), kind_of(("Q1",))
    ('person', '', '')
    """
    kinds = {CLASS_LABELS[item][1] for item in classes if item in CLASS_LABELS}
    return kinds.pop() if len(kinds) == 1 else ""
