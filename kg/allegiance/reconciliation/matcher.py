"""Give the entities that a name may mean, with scores that can be understood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from allegiance.reconciliation.candidate import Candidate
from allegiance.reconciliation.features import features_of
from allegiance.reconciliation.folding import fold
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

    def __init__(self, entities: Iterable[Entity], metonyms: Metonyms | None = None) -> None:
        """Index the entities, by the given table of metonyms and demonyms.

        A demonym is never a match; words are compared by what they stand for ("Iranian government"
        with "Government of Iran").
        """
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
        """Return at most `query.limit` candidates, best first; equal ones as they were given.

        At most one is a match, and that is the first. One entity alone bears the name then: where
        another one of a type that is not known has it too, nobody can tell which is meant.
        """
        folded = fold(query.text)
        best = self._rated(query, folded)
        owners = sorted(best, key=lambda owner: (-best[owner].score, owner))
        against = self._against([best[owner] for owner in owners], query, folded)
        return tuple(
            self._candidate(owner, best[owner], query, against if place == 0 else None)
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
                best[owner] = _Rated(score, name, features)
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
        # Another bearer of the name whose type is unknown may be of the right one as well.
        rivals = [100.0 if _may_be_meant(each.features) else each.score for each in others]
        return decision(first.features, query, first.score - max(rivals, default=0.0))

    def _candidate(self, owner: int, rated: _Rated, query: Query, against: str | None) -> Candidate:
        entity = self._entities[owner]
        reason = reason_of(entity, rated.name, rated.features, query)
        ending = f"; no match, since {against}." if against else "."
        return Candidate(
            entity=entity,
            score=rated.score,
            features=rated.features,
            match=against is not None and not against,
            reason=f"{reason}{ending}",
        )


@dataclass(frozen=True, slots=True)
class _Rated:
    """Hold what speaks for an entity by the best of its names."""

    score: float
    name: Name
    features: Mapping[str, float]


def _may_be_meant(features: Mapping[str, float]) -> bool:
    exact = features["name_exact"] or features["alias_exact"]
    return bool(exact) and "type_match" not in features
