"""Give the entities that a name may mean, with scores that can be understood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from allegiance.reconciliation.candidate import Candidate
from allegiance.reconciliation.features import features_of
from allegiance.reconciliation.folding import fold
from allegiance.reconciliation.kind import kind_of
from allegiance.reconciliation.name_index import NameIndex
from allegiance.reconciliation.scores import decision, reason_of, score_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from allegiance.reconciliation.entity import Entity, Name
    from allegiance.reconciliation.metonyms import Metonyms
    from allegiance.reconciliation.query import Query

__all__ = ["Matcher"]

_SPELLINGS: Final = 20
# What initials count as likeness: many names share three letters.
_INITIALS: Final = 0.6


class Matcher:
    """Hold entities by their names. It is never changed, so that threads can share it.

    >>> from allegiance.reconciliation import Entity, Name, Query
    >>> iran = Entity("iran", (Name("Iran", "en", "label"),), types=("State",))
    >>> [(each.entity.id, each.score, each.match) for each in
    ...  Matcher([iran]).candidates(Query("IRAN", type="State"))]
    [('iran', 100.0, True)]
    """

    def __init__(
        self,
        entities: Iterable[Entity],
        metonyms: Metonyms | None = None,
        *,
        has_all_states: bool = False,
    ) -> None:
        """Index the entities, by the given table of metonyms and demonyms.

        Neither is ever a match; words are compared by what they stand for ("Iranian government"
        with "Government of Iran"). `has_all_states`: every state with an ISO code is among them.
        """
        self._has_all_states = has_all_states
        self._entities = tuple(entities)
        self._by_id = {entity.id: entity for entity in self._entities}
        meanings = metonyms.meanings if metonyms else {}
        self._index = NameIndex([entity.names for entity in self._entities], meanings)
        self._doubtful = metonyms.doubtful if metonyms else {}

    def __len__(self) -> int:
        """Return how many entities there are."""
        return len(self._entities)

    def __iter__(self) -> Iterator[Entity]:
        """Give the entities in their order."""
        return iter(self._entities)

    def get(self, identifier: str) -> Entity | None:
        """Return the entity of an id, or None."""
        return self._by_id.get(identifier)

    def candidates(self, query: Query) -> tuple[Candidate, ...]:
        """Return at most `query.limit` candidates, best first.

        Of equal scores those come first whose type is known to be right, then as they were given.

        At most one is a match, and that is the first. One entity alone bears the name then: where
        another one of a type that is not known has it too, nobody can tell which is meant. Only
        the label of a state with an ISO code stands against such ones, where all states are here:
        what has no code is none of them.
        """
        folded = fold(query.text)
        best = self._rated(query, folded)
        owners = sorted(best, key=lambda owner: (*best[owner].rank, owner))
        against = self._against([best[owner] for owner in owners], query, folded)
        return tuple(
            _candidate(best[owner], query, against if place == 0 else None)
            for place, owner in enumerate(owners[: max(query.limit, 0)])
        )

    def suggestions(self, prefix: str, limit: int = 10) -> tuple[Entity, ...]:
        """Return entities with a name that begins with a text as folded, shortest name first."""
        numbers = self._index.beginning(fold(prefix), limit * 4)
        owners = dict.fromkeys(self._index.owners[number] for number in numbers)
        return tuple(self._entities[owner] for owner in owners)[:limit]

    def _rated(self, query: Query, folded: str) -> dict[int, _Rated]:
        best: dict[int, _Rated] = {}
        for number, ratio in self._found(query, folded):
            owner, name = self._index.owners[number], self._index.names[number]
            entity = self._entities[owner]
            twin = self._has_twin(entity, name.text)
            features = features_of(entity, name, ratio, query, twin=twin)
            score = score_of(features, query)
            if owner not in best or score > best[owner].score:
                best[owner] = _Rated(score, entity, name, features)
        return best

    def _found(self, query: Query, folded: str) -> Iterator[tuple[int, float]]:
        yield from ((number, 1.0) for number in self._index.exact(folded))
        yield from self._index.similar(folded, _SPELLINGS)
        yield from self._index.within(folded)
        if query.text.isupper():
            yield from ((number, _INITIALS) for number in self._index.of_initials(folded))

    def _has_twin(self, entity: Entity, text: str) -> bool:
        """Tell whether a twin may bear the same name: it does, or nobody knows its names."""
        if not entity.twins:
            return False
        numbers = self._index.exact(fold(text))
        named = {self._entities[self._index.owners[number]].id for number in numbers}
        return any(twin in named or twin not in self._by_id for twin in entity.twins)

    def _against(self, rated: Sequence[_Rated], query: Query, folded: str) -> str:
        """Return why the first is no match, or ""."""
        if not rated:
            return ""
        if folded in self._doubtful:
            return self._doubtful[folded]
        first, *others = rated
        bearers = self._bearers(folded)
        rivals = self._rivalries(first, others, query, bearers)
        margin = first.score - max(rivals, default=0.0)
        return decision(first.entity, first.features, query, margin)

    def _bearers(self, folded: str) -> set[str]:
        """Return the ids of all that bear a name, be it a weak one."""
        return {
            self._entities[self._index.owners[number]].id
            for number in self._index.exact(folded)
            if self._index.names[number].kind != "metonym"
        }

    def _rivalries(
        self, first: _Rated, others: Sequence[_Rated], query: Query, bearers: set[str]
    ) -> Iterator[float]:
        """Give how strongly each other one stands against the first, in points of a score."""
        has_code = first.features.get("iso_match") == 1.0
        is_listed = self._has_all_states and _is_listed_state(first, query)
        for each in others:
            if has_code and each.features.get("iso_match") != 1.0:
                continue  # a code belongs to one country alone
            is_none_of_them = is_listed and not each.entity.types
            is_rival = each.entity.id in bearers and _may_be_meant(each) and not is_none_of_them
            yield 100.0 if is_rival else each.score


@dataclass(frozen=True, slots=True)
class _Rated:
    """Hold what speaks for an entity by the best of its names."""

    score: float
    entity: Entity
    name: Name
    features: Mapping[str, float]

    @property
    def rank(self) -> tuple[float, bool]:
        """What candidates are ordered by, the least first."""
        return -self.score, self.features.get("type_match") != 1.0


def _candidate(rated: _Rated, query: Query, against: str | None) -> Candidate:
    reason = reason_of(rated.entity, rated.name, rated.features, query)
    ending = f"; no match, since {against}." if against else "."
    return Candidate(
        entity=rated.entity,
        score=rated.score,
        features=rated.features,
        match=against is not None and not against,
        reason=f"{reason}{ending}",
    )


def _may_be_meant(bearer: _Rated) -> bool:
    """Tell whether another bearer of the name may be meant, whatever its score.

    One of the right type may, even if the name does not settle it: the Kingdom of Cambodia is the
    state of today, and the label of one before it. One whose type is unknown may be of that type.
    """
    features = bearer.features
    is_exact = bool(features["name_exact"] or features["alias_exact"])
    told = features.get("type_match")
    return is_exact if told is None else told == 1.0


def _is_listed_state(rated: _Rated, query: Query) -> bool:
    """Tell whether a state is asked for, and found by its label, that ISO 3166-1 lists."""
    is_asked = query.type is not None and kind_of(query.type) == "state"
    return is_asked and bool(rated.features["name_exact"]) and "iso" in rated.entity.properties
