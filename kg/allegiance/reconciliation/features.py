"""Tell what speaks for an entity, each thing as a number between 0 and 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from allegiance.reconciliation.folding import fold
from allegiance.reconciliation.kind import is_of_type, kind_of
from allegiance.reconciliation.name_index import initials

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from allegiance.reconciliation.entity import Entity, Name
    from allegiance.reconciliation.query import Property, Query

__all__ = ["features_of"]

_PROPERTIES: Final = frozenset({"class", "country", "date", "iso"})


def features_of(
    entity: Entity, name: Name, ratio: float, query: Query, *, twin: bool
) -> Mapping[str, float]:
    """Return the features of an entity that was found by one of its names.

    `ratio` is how alike the name and the query are, 1.0 for equal ones; `twin`: another entity is
    easily taken for this one under this name. Features that cannot be told are left out.
    """
    exact = ratio == 1.0
    found = {
        "name_exact": float(exact and name.kind == "label"),
        "alias_exact": float(exact and name.kind == "alias"),
        "name_ratio": round(ratio, 4),
        "is_weak": float(name.kind == "weak"),
        "is_metonym": float(name.kind == "metonym"),
        "twin": float(twin),
    }
    if query.text.isupper() and not exact:
        found["initials"] = float(initials(fold(name.text)) == fold(query.text))
    if query.type:
        right = is_of_type(entity.types, query.type)
        if name.kind == "metonym" and not right and kind_of(query.type) == "government":
            # The state stands in for a government that is no entity of its own here.
            right = None
        if right is not None:
            found["type_match"] = float(right)
    for given in query.properties:
        agrees = _agrees(entity, given)
        if agrees is not None:
            feature = f"{given.id}_match"
            found[feature] = min(float(agrees), found.get(feature, 1.0))
    if found.get("iso_match") == 1.0:
        # A code belongs to one country alone, so that no twin can be meant.
        found["twin"] = 0.0
    return found


def _agrees(entity: Entity, given: Property) -> bool | None:
    if given.id not in _PROPERTIES or not any(value.strip() for value in given.values):
        return None
    if given.id == "class":
        told = [is_of_type(entity.types, value) for value in given.values]
        return True if True in told else (None if None in told else False)
    known = entity.properties.get(given.id, ())
    if not known:
        return None
    if given.id == "date":
        return any(_same_date(one, other) for one in given.values for other in known)
    asked, had = _folded(given.values), _folded(known)
    if given.id == "iso" and {len(each) for each in asked}.isdisjoint(len(each) for each in had):
        # Two letters cannot be compared with three.
        return None
    return not asked.isdisjoint(had)


def _folded(values: Iterable[str]) -> set[str]:
    return {fold(value) for value in values}


def _same_date(one: str, other: str) -> bool:
    """Tell whether two dates agree as far as both go: 2024 agrees with 2024-10-01."""
    short, long = sorted((one.strip(), other.strip()), key=len)
    return bool(short) and (long == short or long.startswith(f"{short}-"))
