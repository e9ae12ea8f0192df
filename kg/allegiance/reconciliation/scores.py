"""Weigh features into a score of 0 to 100, and say in a sentence what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from allegiance.reconciliation.kind import kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allegiance.reconciliation.entity import Entity, Name
    from allegiance.reconciliation.query import Query

__all__ = ["MARGIN", "decision", "reason_of", "score_of"]

# The points of a name. The best similar name stays a margin below an alias, which is equal.
MARGIN: Final = 10.0
_LABEL: Final = 100.0
_ALIAS: Final = 95.0
_METONYM: Final = 90.0
_SIMILAR: Final = 85.0
_WEAK: Final = 75.0
# What is against an entity takes from them. A wrong type halves the score.
_WRONG_TYPE: Final = 0.5
_TYPE_NOT_TOLD: Final = 0.85
_DISAGREES: Final = 25.0
_NAMED_FOR_OTHER: Final = 15.0
_PROPERTIES: Final = ("class_match", "country_match", "date_match", "iso_match")
_WORDS: Final = {
    "class_match": "class",
    "country_match": "country",
    "date_match": "date",
    "iso_match": "ISO code",
}


def score_of(features: Mapping[str, float], query: Query) -> float:
    """Return the points of the name, less what speaks against the entity.

    A label is 100, an alias 95, a metonym 90, a weak name 75, a similar name 85 times its likeness
    (a weak one 75 times). A property that disagrees takes 25, a metonym 15 unless a government is
    asked for; a wrong type halves the rest, and an unknown one takes 15 per cent.
    """
    points = _points(features)
    if features["is_metonym"] and not _asks_for_government(query):
        points -= _NAMED_FOR_OTHER
    points -= sum(_DISAGREES for each in _PROPERTIES if features.get(each) == 0.0)
    if query.type and not (features["is_metonym"] and _asks_for_government(query)):
        points *= {1.0: 1.0, 0.0: _WRONG_TYPE}.get(features.get("type_match", -1.0), _TYPE_NOT_TOLD)
    return round(max(points, 0.0), 1)


def _points(features: Mapping[str, float]) -> float:
    ratio = features["name_ratio"]
    if features["is_weak"]:
        return _WEAK * ratio
    if ratio < 1.0:
        return _SIMILAR * ratio
    if features["is_metonym"]:
        return _METONYM
    return _LABEL if features["name_exact"] else _ALIAS


def _asks_for_government(query: Query) -> bool:
    return query.type is not None and kind_of(query.type) == "government"


def decision(entity: Entity, features: Mapping[str, float], query: Query, margin: float) -> str:
    """Return why a candidate cannot be a match, or "" if it can.

    `margin` is how far the next candidate is behind.
    """
    exact = features["name_ratio"] == 1.0
    settled = ", which an ISO code would rule out" if "iso" in entity.properties else ""
    against = (
        (not exact, "the name is similar only"),
        (bool(features["is_weak"]), "the name does not settle what is meant"),
        (not query.type, "no type was asked for"),
        (bool(features["is_metonym"]), "a metonym is the name of something else first"),
        (features.get("type_match") != 1.0, "the type is not known to be right"),
        (any(features.get(each) == 0.0 for each in _PROPERTIES), "a property disagrees"),
        (bool(features["twin"]), f"it has a near twin{settled}"),
        (margin < MARGIN, "another candidate is as close"),
    )
    return next((reason for holds, reason in against if holds), "")


def reason_of(entity: Entity, name: Name, features: Mapping[str, float], query: Query) -> str:
    """Say in a sentence what was found, and what agrees or disagrees."""
    parts = [_name_part(entity, name, features)]
    if query.type:
        told = {1.0: "is right", 0.0: "is another"}.get(features.get("type_match", -1.0))
        parts.append(f"the type {told or 'is not known'}")
    parts += [
        f"the {_WORDS[each]} {'agrees' if features[each] else 'disagrees'}"
        for each in _PROPERTIES
        if each in features
    ]
    return "; ".join(parts)


def _name_part(entity: Entity, name: Name, features: Mapping[str, float]) -> str:
    if features["is_metonym"]:
        because = f" ({name.note})" if name.note else ""
        return f"“{name.text}” can stand for {entity.label}{because}"
    if features.get("initials"):
        return f"the initials of its {name.kind} “{name.text}”"
    kind = "weak name" if name.kind == "weak" else name.kind
    if features["name_ratio"] == 1.0:
        return f"equal to its {kind} “{name.text}”"
    return f"{features['name_ratio']:.0%} like its {kind} “{name.text}”"
