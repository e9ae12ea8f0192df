"""What one reconciliation service knows: its entities, their types, and how they are found."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from dataclasses import replace as changed
from typing import TYPE_CHECKING, Final, Literal, TypeGuard

from allegiance.reconciliation import Property, Query
from allegiance.reconciliation.folding import fold
from allegiance.reconciliation.kind import kind_of
from allegiance.wikidata.address import item_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from allegiance.reconciliation import Entity, Matcher

__all__ = [
    "EXACT",
    "Condition",
    "Directory",
    "Found",
    "Quantifier",
    "Term",
    "Wanted",
    "spelled",
    "suggested",
]

Quantifier = Literal["any", "all", "none"]

# The one way to compare values, by the name that 1.0-draft gives it in its examples.
EXACT: Final = "ExactMatch"
CERTAIN: Final = 100.0
# A name that agrees beside a property that does not is worth half: the candidate is still shown.
CONTRADICTED: Final = 0.5
# Conditions and types sort candidates anew, so more are looked at than are wanted.
LOOKED_AT: Final = 50


@dataclass(frozen=True, slots=True)
class Term:
    """Hold a type or a property; `broader` are ids of types."""

    id: str
    name: str
    description: str = ""
    broader: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """Hold what is asked of a property; candidates that fail a required one are left out."""

    property: str
    values: tuple[str, ...]
    is_required: bool = False
    quantifier: Quantifier = "any"
    qualifier: str = EXACT


@dataclass(frozen=True, slots=True)
class Wanted:
    """Hold one query: by text, by ids, or by conditions alone.

    A candidate has to be of one of the `types`, or of all of them where `has_every_type`.
    """

    text: str = ""
    ids: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    has_every_type: bool = False
    limit: int = 10
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """Hold a candidate: its score from 0 to 100, what it is made of, and whether it is certain."""

    entity: Entity
    score: float
    is_match: bool
    features: Mapping[str, float]
    reason: str = ""


def spelled(class_name: str) -> str:
    """Write the name of a class as words.

    >>> spelled("ArmedGroup")
    'armed group'
    """
    return "".join(f" {c.lower()}" if c.isupper() else c for c in class_name).strip()


class Directory:
    """Find the entities of one service; it does not change once it is made."""

    def __init__(
        self,
        matcher: Matcher,
        types: Mapping[str, Term],
        properties: Mapping[str, Term],
        compared: Mapping[str, str],
    ) -> None:
        """Order the names for suggestions, and the values for conditions.

        `compared` leads from properties of the service to those that the matcher compares itself.
        """
        self.entities = {each.id: each for each in matcher}
        self.types = types
        self.properties = properties
        self._matcher = matcher
        self._compared = compared
        self._by_value: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for each in self.entities.values():
            for name, values in each.properties.items():
                for value in {fold(value) for value in values}:
                    self._by_value[name, value].append(each.id)
        self._beginnings = sorted(_beginnings(self.entities.values()))

    def match(self, wanted: Wanted) -> list[Found]:
        """Return the candidates of a query, the best first; at most one of them is certain."""
        found = self._candidates(wanted)
        if wanted.has_every_type:
            found = [each for each in found if each.entity.types]
            found = [each for each in found if set(wanted.types).issubset(each.entity.types)]
        judged = [done for each in found if (done := self._judged(each, wanted.conditions))]
        judged.sort(key=lambda each: (-each.score, not each.is_match))
        # What the matcher decides for each type alone may not hold for several together.
        is_many = len(wanted.types) > 1
        if sum(each.is_match or (is_many and _is_bearer(each)) for each in judged) > 1:
            judged = [changed(each, is_match=False) for each in judged]
        return judged[: wanted.limit]

    def suggest(self, prefix: str, limit: int, offset: int = 0) -> list[Entity]:
        """Return entities with a name, or a word of one, that begins so.

        Labels that begin so come first, then other names, then words in labels and in others; of
        each, what is of a known type goes before, and the shortest.
        """
        folded = fold(prefix)
        if not folded:
            return []
        best: dict[str, tuple[int, bool, int, str]] = {}
        for place in range(bisect_left(self._beginnings, (folded,)), len(self._beginnings)):
            beginning, rank, entity_id = self._beginnings[place]
            if not beginning.startswith(folded):
                break
            entity = self.entities[entity_id]
            is_vague = not entity.types or "other" in entity.types
            key = (rank, is_vague, len(beginning), entity.label)
            best[entity_id] = min(key, best.get(entity_id, key))
        order = sorted(best, key=lambda each: (*best[each], each))
        return [self.entities[each] for each in order[offset : offset + limit]]

    def _candidates(self, wanted: Wanted) -> list[Found]:
        if wanted.ids:
            known = (self.entities[each] for each in wanted.ids if each in self.entities)
            return [Found(each, CERTAIN, is_match=True, features={"id": 1.0}) for each in known]
        if not wanted.text:
            return list(self._with_values(wanted))
        limit = max(LOOKED_AT, wanted.limit)
        best: dict[str, Found] = {}
        for type_id in wanted.types or (None,):
            query = Query(wanted.text, type_id, limit, self._compared_here(wanted.conditions))
            more = f" There is no type {type_id[:40]!r} here." if self._is_unknown(type_id) else ""
            for each in self._matcher.candidates(query):
                found = Found(
                    each.entity, each.score, each.match, each.features, each.reason + more
                )
                if each.entity.id not in best or each.score > best[each.entity.id].score:
                    best[each.entity.id] = found
        return list(best.values())

    def _is_unknown(self, type_id: str | None) -> TypeGuard[str]:
        return type_id is not None and type_id not in self.types and not kind_of(type_id)

    def _compared_here(self, conditions: tuple[Condition, ...]) -> tuple[Property, ...]:
        return tuple(
            Property(self._compared[each.property], each.values)
            for each in conditions
            if self._is_compared(each)
        )

    def _is_compared(self, condition: Condition) -> bool:
        return condition.property in self._compared and condition.quantifier == "any"

    def _with_values(self, wanted: Wanted) -> Iterator[Found]:
        """Give the entities that agree with any condition, of the types that are wanted."""
        ids = {
            entity_id
            for each in wanted.conditions
            if each.quantifier != "none"
            for value in each.values
            for entity_id in self._by_value.get((self._stored(each.property), fold(value)), ())
        }
        for entity_id in sorted(ids):
            entity = self.entities[entity_id]
            if not wanted.types or set(wanted.types).intersection(entity.types):
                yield Found(entity, CERTAIN, is_match=len(ids) == 1, features={})

    def _judged(self, found: Found, conditions: tuple[Condition, ...]) -> Found | None:
        """Take the conditions into account; what an entity says nothing about contradicts nothing.

        A condition that is required has to be met all the same.
        """
        features = dict(found.features)
        score, is_match = found.score, found.is_match
        for each in conditions:
            verdict = self._verdict(found.entity, each)
            if each.is_required and not verdict:
                return None
            if f"{self._stored(each.property)}_match" in features:
                continue  # the matcher has it in the score
            if verdict is not None:
                features[f"property_{each.property}"] = float(verdict)
            if verdict is False:
                score, is_match = score * CONTRADICTED, False
        return Found(found.entity, round(score, 3), is_match, features, found.reason)

    def _verdict(self, entity: Entity, condition: Condition) -> bool | None:
        """Tell whether an entity meets a condition; None where it has no value for it."""
        stored = entity.properties.get(self._stored(condition.property), ())
        has = {fold(each) for each in stored}
        asked = [folded for each in condition.values if (folded := fold(each))]
        if not asked:
            return None  # an empty cell says nothing
        match condition.quantifier:
            case "none":
                return not has.intersection(asked)
            case "all":
                return has.issuperset(asked) if has else None
            case _:
                return bool(has.intersection(asked)) if has else None

    def _stored(self, property_id: str) -> str:
        return self._compared.get(property_id, property_id)


def _is_bearer(found: Found) -> bool:
    """Tell whether something of a type that was asked for bears the name, be it as a metonym."""
    return found.features.get("name_ratio") == found.features.get("type_match") == 1.0


def suggested(terms: Mapping[str, Term], prefix: str, limit: int, offset: int = 0) -> list[Term]:
    """Return types or properties with a word that begins so, or with that id; all for no prefix.

    >>> [each.id for each in suggested({"State": Term("State", "state")}, "st", 10)]
    ['State']
    """
    folded = fold(prefix)
    fits = [each for each in terms.values() if f" {folded}" in f" {fold(each.name)}"]
    fits += [each for each in terms.values() if fold(each.id) == folded and each not in fits]
    # What has no name but the id of its item comes last.
    fits.sort(
        key=lambda each: (
            item_id(each.name) is not None,
            not fold(each.name).startswith(folded),
            each.name,
        )
    )
    return fits[offset : offset + limit]


def _beginnings(entities: Iterable[Entity]) -> Iterator[tuple[str, int, str]]:
    """Give each folded name, and what is left of it from each of its words on, with its rank."""
    for entity in entities:
        label = fold(entity.label)
        for name in {fold(each.text) for each in entity.names}:
            words = name.split()
            for place in range(len(words)):
                rank = 2 * min(place, 1) + (name != label)
                yield " ".join(words[place:]), rank, entity.id
