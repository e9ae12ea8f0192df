"""Ask Wikidata what has become of the items of the links, and which others bear the same names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from allegiance.errors import EndpointError
from allegiance.links.subject import subject_of
from allegiance.reconciliation.folding import fold
from allegiance.wikidata.fetch import EntitySource, batches, outcomes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

    from allegiance.corpus import Corpus
    from allegiance.links.link import Link
    from allegiance.wikidata.fetch_journal import Outcome
    from allegiance.wikidata.item import Item
    from allegiance.wikidata.search_answer import SearchAnswer

__all__ = ["SearchSource", "Survey", "known_items", "survey"]

_LANGUAGE = "en"


class SearchSource(EntitySource, Protocol):
    """Be what entities and names are asked of."""

    def search(self, name: str, language: str) -> SearchAnswer:
        """Return the items of which a name begins like a name."""


@dataclass(slots=True)
class Survey:
    """Hold what was answered, and what was not.

    `outcomes` are by item. `namesakes` leads from an entry to the items that bear a name of it
    and that no row knows. `many` are the names of which the API knows more items than it told.
    `unseen` and `unsearched` are the items and names without an answer, `fault` what ended it.
    """

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    namesakes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    many: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    unsearched: list[str] = field(default_factory=list)
    fault: str = ""

    @property
    def is_whole(self) -> bool:
        """Tell whether everything that was asked for was answered."""
        return not (self.unseen or self.unsearched or self.fault)

    def item(self, qid: str) -> Item | None:
        """Return an item as it is now; None where it is gone or was not seen."""
        outcome = self.outcomes.get(qid)
        return None if outcome is None else outcome.item


def known_items(links: Iterable[Link]) -> Mapping[str, frozenset[str]]:
    """Lead from each entry to the items that need no word: linked by any row, or refused for it.

    One item is one thing, so that what another entry is linked to is told apart already.
    """
    linked = {link.item for link in links if link.is_positive and link.item}
    known: dict[str, set[str]] = {}
    for link in links:
        items = known.setdefault(link.subject, set(linked))
        if link.item is not None:
            items.add(link.item)
    return {subject: frozenset(items) for subject, items in known.items()}


def survey(
    links: tuple[Link, ...],
    corpus: Corpus,
    source: SearchSource,
    today: date,
    progress: Callable[[str, int, int], None],
    *,
    searching: bool = True,
) -> Survey:
    """Ask for all items of the links, for names of linked entries, and for what these led to.

    `progress` is told of what, how many are done, and how many there are. Raises nothing where
    the source gives up: what has no answer then stands in the survey, and nothing more is asked.
    """
    found = Survey()
    surveyor = _Surveyor(source, today.isoformat(), progress, found)
    surveyor.look_at({link.item for link in links if link.item is not None})
    known = known_items(links)
    if searching:
        surveyor.search(_names(links, corpus), known)
    others = {outcome.target for outcome in found.outcomes.values() if outcome.target}
    others |= {qid for namesakes in found.namesakes.values() for qid in namesakes}
    for link in links:
        item = found.item(link.item) if link.is_positive and link.item else None
        others |= set(item.twins if item else ()) - known[link.subject]
    surveyor.look_at(others - found.outcomes.keys())
    return found


def _names(links: Iterable[Link], corpus: Corpus) -> dict[str, list[str]]:
    """Lead from each folded name to its form as written, and to the linked entries of that name."""
    names: dict[str, list[str]] = {}
    for link in links:
        for name in subject_of(link.subject, corpus).names if link.is_positive else ():
            subjects = names.setdefault(fold(name), [name])
            if link.subject not in subjects[1:]:
                subjects.append(link.subject)
    names.pop("", None)
    return names


@dataclass(slots=True)
class _Surveyor:
    """Ask until there is no answer any more, and note what is left."""

    source: SearchSource
    today: str
    progress: Callable[[str, int, int], None]
    found: Survey

    def look_at(self, items: Iterable[str]) -> None:
        wanted = set(items) - self.found.outcomes.keys()
        done = 0
        for batch in batches(wanted):
            try:
                if not self.found.fault:
                    for outcome in outcomes_of(batch, self.source, self.today):
                        self.found.outcomes[outcome.asked] = outcome
            except EndpointError as error:
                self.found.fault = str(error)
            seen = [qid for qid in batch if self._is_seen(qid)]
            told = {*seen, *self.found.unseen}
            self.found.unseen += [qid for qid in batch if qid not in told]
            done += len(seen)
            if not self.found.fault:
                self.progress("items", done, len(wanted))

    def search(self, names: Mapping[str, list[str]], known: Mapping[str, frozenset[str]]) -> None:
        for done, (folded, (name, *subjects)) in enumerate(names.items(), start=1):
            if self.found.fault:
                self.found.unsearched.append(name)
                continue
            try:
                answer = self.source.search(name, _LANGUAGE)
            except EndpointError as error:
                self.found.fault = str(error)
                self.found.unsearched.append(name)
                continue
            if answer.has_more:
                self.found.many.append(name)
            bearers = [hit.id for hit in answer.hits if folded in map(fold, hit.names)]
            for subject in subjects:
                new = [qid for qid in bearers if qid not in known[subject]]
                earlier = self.found.namesakes.get(subject, ())
                self.found.namesakes[subject] = tuple(dict.fromkeys((*earlier, *new)))
            self.progress("names", done, len(names))

    def _is_seen(self, qid: str) -> bool:
        outcome = self.found.outcomes.get(qid)
        return outcome is not None and outcome.status != "unanswered"
