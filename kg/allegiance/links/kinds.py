"""Which kinds of items an entry of a class can be linked to."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["NO_ENTITY_CLASSES", "fits", "kinds_for"]

# Disambiguation pages, categories, lists, templates: pages about pages.
NO_ENTITY_CLASSES: Final = frozenset({"Q4167410", "Q4167836", "Q13406463", "Q11266439"})

_ORGAN: Final = frozenset({"government", "organisation"})
_KINDS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "ArmedForce": frozenset({"armed-force", "armed-group"}),
        "ArmedGroup": frozenset({"armed-group", "armed-force"}),
        "Bloc": frozenset({"organisation", "other", "place"}),
        "Event": frozenset({"event"}),
        "Government": _ORGAN,
        "InternationalOrganisation": frozenset({"organisation"}),
        "MediaOrganisation": frozenset({"organisation", "outlet"}),
        "Person": frozenset({"person"}),
        "Place": frozenset({"place", "state"}),
        "PoliticalOrganisation": frozenset({"armed-group", "organisation"}),
        "ResearchOrganisation": frozenset({"organisation"}),
        "State": frozenset({"state"}),
        "StateOrgan": _ORGAN,
        "Statement": frozenset({"event", "other"}),
        "Topic": frozenset({"event", "other"}),
        "Treaty": frozenset({"event", "other"}),
    }
)
# A signing is an event here; the item is what was signed.
_CLOSE_TO: Final[Mapping[str, frozenset[str]]] = MappingProxyType({"Event": frozenset({"other"})})


def kinds_for(class_name: str, *, is_exact: bool = True) -> frozenset[str]:
    """Return the kinds that fit a class; the empty set for a class that has no items.

    >>> sorted(kinds_for("Government"))
    ['government', 'organisation']
    """
    kinds = _KINDS.get(class_name, frozenset())
    return kinds if is_exact else kinds | _CLOSE_TO.get(class_name, frozenset())


def fits(class_name: str, kind: str, *, is_exact: bool = True) -> bool:
    """Tell whether an item of a known kind can be what an entry of a class is."""
    return kind in kinds_for(class_name, is_exact=is_exact)
