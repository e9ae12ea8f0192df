"""Hold what is asked of a matcher."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Property", "Query"]


@dataclass(frozen=True, slots=True)
class Property:
    """Hold what the asker knows besides the name; the entity has to have one of the values.

    `id` is country, iso, date or class; others are passed over. A date is YYYY, YYYY-MM or
    YYYY-MM-DD.
    """

    id: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """Hold a name to be found, the type that it should have, and what else is known.

    A type is a class of the ontology (ArmedGroup), a kind of the index (armed-group) or the QID
    of a class. Without one nothing can be a match: a label alone is too often ambiguous.
    """

    text: str
    type: str | None = None
    limit: int = 10
    properties: tuple[Property, ...] = ()
