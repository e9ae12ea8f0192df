"""Find items by plain methods of comparing names, to stand beside the matcher.

rapidfuzz is no dependency: methods that need it are left out where it is not installed.
"""

from __future__ import annotations

import importlib
import sqlite3
from typing import TYPE_CHECKING, Final

from allegiance.reconciliation.folding import fold
from allegiance.reconciliation.kind import is_of_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from allegiance.reconciliation import Entity

    # Asked for a name and a type, a method gives ids, best first, at most five.
    Method = Callable[[str, str | None], Sequence[str]]

__all__ = ["QUOTED", "methods"]

# What the same methods gave in the study before this matcher was written.
QUOTED: Final = (
    ("exact after folding", ".59", ".06", ".35"),
    ("fuzz.ratio >= 90", ".59", ".08", ".33"),
    ("token_sort_ratio >= 90", ".59", ".07", ".34"),
    ("JaroWinkler >= .92", ".60", ".11", ".29"),
    ("FTS5 trigram candidates + ratio >= 85", ".60", ".08", ".31"),
    ("exact, then FTS5 + ratio >= 85", ".60", ".08", ".31"),
    ("WRatio >= 90", ".62", ".38", ".01"),
    ("token_set_ratio >= 90", ".15", ".81", ".04"),
)
_CUTOFFS: Final = {"ratio": 90, "token_sort_ratio": 90, "WRatio": 90, "token_set_ratio": 90}
_MOST: Final = 5
# Of so many names the owners are looked at before those of a wrong type are left out.
_LOOKED_AT: Final = 25


class _Names:
    """Hold folded names with their owners, and the types of these."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        self.owners: dict[str, list[str]] = {}
        self._types = {}
        for entity in entities:
            self._types[entity.id] = entity.types
            for name in entity.names:
                owned = self.owners.setdefault(fold(name.text), [])
                if name.kind != "metonym" and entity.id not in owned:
                    owned.append(entity.id)
        self.owners.pop("", None)
        self._trigrams = _fts_table(self.owners)

    def bearers(self, names: Iterable[str], type_name: str | None) -> Sequence[str]:
        """Return the owners of names, without those that are known to be of another type."""
        found = dict.fromkeys(item for name in names for item in self.owners.get(name, ()))
        return [item for item in found if self._may_be(item, type_name)][:_MOST]

    def by_trigrams(self, folded: str) -> Sequence[str]:
        """Return the names with the rarest trigrams in common."""
        trigrams = {folded[start : start + 3] for start in range(len(folded) - 2)}
        if not trigrams:
            return []
        words = " OR ".join(f'"{trigram}"' for trigram in sorted(trigrams))
        query = "SELECT name FROM names WHERE names MATCH ? ORDER BY rank LIMIT ?"
        return [name for (name,) in self._trigrams.execute(query, (words, _LOOKED_AT))]

    def _may_be(self, item: str, type_name: str | None) -> bool:
        return type_name is None or is_of_type(self._types[item], type_name) is not False


def methods(entities: Iterable[Entity]) -> Iterator[tuple[str, Method]]:
    """Give the plain methods that can run here, each with its name."""
    names = _Names(entities)

    def exact(text: str, type_name: str | None) -> Sequence[str]:
        return names.bearers([fold(text)], type_name)

    def near(text: str, type_name: str | None) -> Sequence[str]:
        return names.bearers(names.by_trigrams(fold(text)), type_name)

    yield "exact after folding", exact
    yield "exact, else FTS5 trigrams", _in_turn(exact, near)
    try:
        process = importlib.import_module("rapidfuzz.process")
        fuzz = importlib.import_module("rapidfuzz.fuzz")
        distance = importlib.import_module("rapidfuzz.distance")
    except ImportError:
        return

    def scored(scorer: object, least: float, choices: Callable[[str], Sequence[str]]) -> Method:
        def best(text: str, type_name: str | None) -> Sequence[str]:
            folded = fold(text)
            limits: Mapping[str, float] = {"score_cutoff": least, "limit": _LOOKED_AT}
            found = process.extract(folded, choices(folded), scorer=scorer, **limits)
            return names.bearers((name for name, _, _ in found), type_name)

        return best

    every = list(names.owners)
    trigram_ratio = scored(fuzz.ratio, 85, names.by_trigrams)
    yield "FTS5 trigrams, rapidfuzz ratio >= 85", trigram_ratio
    yield "exact, else FTS5 trigrams, ratio >= 85", _in_turn(exact, trigram_ratio)
    for scorer, least in _CUTOFFS.items():
        yield (
            f"rapidfuzz {scorer} >= {least}",
            scored(getattr(fuzz, scorer), least, lambda _: every),
        )
    similarity = distance.JaroWinkler.normalized_similarity
    yield "rapidfuzz JaroWinkler >= .92", scored(similarity, 0.92, lambda _: every)


def _in_turn(first: Method, second: Method) -> Method:
    return lambda text, type_name: first(text, type_name) or second(text, type_name)


def _fts_table(names: Iterable[str]) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE names USING fts5(name, tokenize='trigram')")
    connection.executemany("INSERT INTO names VALUES (?)", ((name,) for name in names))
    return connection
