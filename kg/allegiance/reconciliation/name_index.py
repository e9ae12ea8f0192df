"""Find entities by a name as folded, or by names that share parts of it."""

from __future__ import annotations

import heapq
from array import array
from collections import Counter
from typing import TYPE_CHECKING, Final

from allegiance.reconciliation.folding import fold
from allegiance.reconciliation.spelling import Spelling

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from allegiance.reconciliation.entity import Name

__all__ = ["NameIndex", "initials"]

# Of a query's trigrams the rarest are read until so many places have been seen: what is common to
# thousands of names ("of ", "ian") tells little and would take milliseconds.
_MOST_PLACES: Final = 4_000
_MOST_COMPARED: Final = 40
_LONGEST: Final = 200
# One changed letter in a name of nine takes three trigrams of nine, two take six.
_LEAST_SHARED: Final = 0.34
# Below this likeness a similar name is noise; a name that holds the whole query ("Vladimir Putin"
# for "Putin") is a candidate much earlier.
_LIKE_ENOUGH: Final = 0.7
_HOLDS_ENOUGH: Final = 0.35
_LEAST_SHARE: Final = 0.3
_MOST_WORDS: Final = 12
_IN_OTHER_ORDER: Final = 0.97
_JOINING: Final = frozenset({"a", "and", "de", "for", "in", "of", "on", "the"})
_SHORT: Final = 3
_FEWEST_INITIALS: Final = 3


class NameIndex:
    """Hold folded names with their trigrams in arrays of integers.

    Each name has a number; `names` and `owners` lead from it to the name and to the number of
    its entity. Memory: about 0.25 KB a name, beside the names themselves.
    """

    def __init__(self, named: Iterable[Sequence[Name]], meanings: Mapping[str, str]) -> None:
        """Index the names of each entity, in the order in which entities come.

        `meanings` are words that stand for others where names are compared.
        """
        self._meanings = meanings
        self.names: list[Name] = []
        self.owners = array("I")
        self._folded: list[str] = []
        self._exact: dict[str, array[int]] = {}
        self._places: dict[str, array[int]] = {}
        self._initials: dict[str, array[int]] = {}
        for owner, names in enumerate(named):
            self._add(owner, names)

    def _add(self, owner: int, names: Sequence[Name]) -> None:
        for name in names:
            folded = fold(name.text)
            if not folded or len(folded) > _LONGEST:
                continue
            number = len(self.names)
            self.names.append(name)
            self.owners.append(owner)
            if folded in self._exact:
                self._exact[folded].append(number)
            else:
                # The trigrams of a name that many entities share are held once.
                self._exact[folded] = array("I", [number])
                place = len(self._folded)
                self._folded.append(folded)
                for trigram in _trigrams(folded):
                    self._places.setdefault(trigram, array("I")).append(place)
                letters = initials(folded)
                if name.kind == "label" and len(letters) >= _FEWEST_INITIALS:
                    self._initials.setdefault(letters, array("I")).append(place)

    def exact(self, folded: str) -> Sequence[int]:
        """Return the numbers of the names that are equal to a folded one."""
        return self._exact.get(folded, ())

    def similar(self, folded: str, most: int) -> Iterator[tuple[int, float]]:
        """Give numbers of names that are like a folded one, with their likeness.

        So are those that have all its words in any order, and those of two words or more that it
        has all of. Best first, spellings equal to it left out, at most `most`; the work is bounded,
        so that a distant one may be missed.
        """
        if not folded or len(folded) > _LONGEST:
            return
        words = self._words(folded)
        near = self._near(folded)
        if set(words.split()) != set(folded.split()) - _JOINING:
            near = near | self._near(words)
        spelling = Spelling(folded), Spelling(words)
        rated = [(self._likeness(*spelling, place), place) for place in near]
        good = ((-rate, place) for rate, place in rated if self._is_close(spelling[1], place, rate))
        for rate, place in heapq.nsmallest(most, good):
            if self._folded[place] != folded:
                yield from ((number, -rate) for number in self._exact[self._folded[place]])

    def _likeness(self, folded: Spelling, words: Spelling, place: int) -> float:
        """Compare letter by letter, or word by word where that is better and never equal."""
        other = self._folded[place]
        plain = folded.likeness(other)
        if " " not in words.text:
            return plain
        return max(plain, _IN_OTHER_ORDER * words.likeness(self._words(other)))

    def _words(self, folded: str) -> str:
        """Sort a name's words, without those that only join, and with those that they stand for.

        The s of plurals and possessives goes: "Iran's" was folded to "irans".
        """
        meant = (self._meanings.get(word, word) for word in folded.split())
        words = {
            word[:-1] if len(word) > _SHORT and word[-1] == "s" else word
            for text in meant
            for word in text.split()
        }
        return " ".join(sorted(words - _JOINING)) or folded

    def within(self, folded: str) -> Iterator[tuple[int, float]]:
        """Give numbers of names that are a part of a folded text, with their likeness to it.

        A part is whole words next to each other, and not too small a share of the text: "Donald
        Trump" in "US President Donald Trump".
        """
        words = folded.split()
        if not 1 < len(words) <= _MOST_WORDS:
            return
        spelling, least = Spelling(folded), len(folded) * _LEAST_SHARE
        parts = {
            part
            for start in range(len(words))
            for end in range(start + 1, len(words) + 1)
            if len(part := " ".join(words[start:end])) >= least and part != folded
        }
        for part in sorted(parts & self._exact.keys()):
            ratio = spelling.likeness(part)
            yield from ((number, ratio) for number in self._exact[part])

    def of_initials(self, folded: str) -> Sequence[int]:
        """Return the numbers of the labels whose words begin with these letters, in their order."""
        return [
            number
            for place in self._initials.get(folded, ())
            for number in self._exact[self._folded[place]]
        ]

    def _is_close(self, words: Spelling, place: int, rate: float) -> bool:
        if rate >= _LIKE_ENOUGH:
            return True
        asked = set(words.text.split())
        borne = set(self._words(self._folded[place]).split())
        return rate >= _HOLDS_ENOUGH and (asked <= borne or (len(borne) > 1 and borne <= asked))

    def _near(self, folded: str) -> set[int]:
        """Return spellings that share many of the query's rarest trigrams."""
        trigrams = _trigrams(folded)
        found = [places for each in trigrams if (places := self._places.get(each))]
        shared: Counter[int] = Counter()
        seen = passed_over = 0
        for places in sorted(found, key=len):
            if shared and seen + len(places) > _MOST_PLACES:
                passed_over += 1
                continue
            seen += len(places)
            shared.update(places)
        need = max(int(len(trigrams) * _LEAST_SHARED) - passed_over, 1)
        need = max(need, _enough(shared))
        near = [place for place, count in shared.items() if count >= need]
        if len(near) > _MOST_COMPARED:
            spellings = self._folded
            rank = {place: shared[place] / (len(spellings[place]) + 2) for place in near}
            near = heapq.nlargest(_MOST_COMPARED, near, key=rank.__getitem__)
        return set(near)

    def beginning(self, folded: str, most: int) -> Sequence[int]:
        """Return the numbers of names that begin with a folded text, shortest first."""
        if not folded:
            return ()
        places: Iterable[int] = range(len(self._folded))
        if len(folded) > 1:
            places = self._places.get(f" {folded[:2]}", ())
        begun = (place for place in places if self._folded[place].startswith(folded))
        best = heapq.nsmallest(most, begun, key=lambda p: (len(self._folded[p]), self._folded[p]))
        return [number for place in best for number in self._exact[self._folded[place]]]


def _enough(shared: Counter[int]) -> int:
    """Return how many trigrams are shared by those alone that are worth a comparison."""
    having = Counter(shared.values())
    total = 0
    for count in sorted(having, reverse=True):
        total += having[count]
        if total > _MOST_COMPARED:
            return count
    return 1


def initials(folded: str) -> str:
    """Return the first letters of a folded name's words, without those that only join.

    >>> initials("league of arab states")
    'las'
    """
    return "".join(word[0] for word in folded.split() if word not in _JOINING)


def _trigrams(folded: str) -> set[str]:
    padded = f" {folded} "
    return {padded[start : start + 3] for start in range(len(padded) - 2)}
