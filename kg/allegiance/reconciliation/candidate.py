"""Hold one answer of a matcher."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allegiance.reconciliation.entity import Entity

__all__ = ["Candidate"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Hold an entity that a name may mean, with a score of 0 to 100 and where it comes from.

    Features are between 0 and 1; one that was not asked for, or cannot be told, is absent.
    `match`: so sure that nobody need look; at most one candidate of a query has it.
    """

    entity: Entity
    score: float
    features: Mapping[str, float]
    match: bool
    reason: str
