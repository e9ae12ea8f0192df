"""Hold links against each other and against the index of items; tell the first fault of each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from allegiance.finding import Finding, Severity
from allegiance.links.doubling import doubled_links
from allegiance.links.evidence import evidence_findings
from allegiance.links.kinds import NO_ENTITY_CLASSES, fits, kinds_for
from allegiance.links.link import EXACT
from allegiance.links.periods import dates_contradict, named_times_contradict
from allegiance.links.subject import subject_of
from allegiance.reconciliation.folding import fold

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from allegiance.corpus import Corpus
    from allegiance.links.link import Link
    from allegiance.links.subject import Subject
    from allegiance.wikidata.index import WikidataIndex
    from allegiance.wikidata.item import Item

__all__ = ["Audit"]

_VIOLATION = Severity.VIOLATION
# Words that any two names may share.
_JOINING = frozenset({"a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "the", "to"})


@dataclass(frozen=True)
class Audit:
    """Judge links whose rows are sound. Without an index, only against each other.

    `events` are the ids of the events to look up; None: all that are linked. Not a dataclass with
    slots, since what is looked up often is kept.

        findings = list(Audit(links, corpus, WikidataIndex.load(folder)).findings())
    """

    links: tuple[Link, ...]
    corpus: Corpus
    index: WikidataIndex | None
    events: Container[str] | None = None

    def findings(self) -> Iterator[Finding]:
        """Give the first fault of each row."""
        faults = [next(self._faults(link), None) for link in self.links]
        is_wrong = [found is not None and found.severity is _VIOLATION for found in faults]
        sound = [link for link, wrong in zip(self.links, is_wrong, strict=True) if not wrong]
        exact = [link for link in sound if link.is_positive and link.predicate == EXACT]
        doubled = doubled_links(exact)
        states = {link.subject: link.item for link in exact if link.item}
        for link, fault, wrong in zip(self.links, faults, is_wrong, strict=True):
            late = doubled.get(link.row.place) or next(self._late_faults(link, states), None)
            found = fault if wrong else late or fault
            if found is not None:
                yield found

    @cached_property
    def _refused(self) -> Mapping[tuple[str, str], tuple[Link, ...]]:
        """Lead from entry and item to the rows that say Not."""
        refused: dict[tuple[str, str], tuple[Link, ...]] = {}
        for link in self.links:
            if link.is_negated and link.item is not None:
                key = (link.subject, link.item)
                refused[key] = (*refused.get(key, ()), link)
        return refused

    @cached_property
    def _linked(self) -> Mapping[str, Link]:
        """Lead from an entry to its first link."""
        linked: dict[str, Link] = {}
        for link in self.links:
            if link.is_positive:
                linked.setdefault(link.subject, link)
        return linked

    @cached_property
    def _rows(self) -> Mapping[tuple[str, bool, str | None], Link]:
        """Lead from what a row links to the first row that does."""
        rows: dict[tuple[str, bool, str | None], Link] = {}
        for link in self.links:
            rows.setdefault((link.subject, link.is_negated, link.item), link)
        return rows

    @cached_property
    def _bearers(self) -> Mapping[str, tuple[Item, ...]]:
        """Lead from a folded name to the items that bear it."""
        bearers: dict[str, list[Item]] = {}
        for item in () if self.index is None else self.index.items():
            for name in _folded(item.names):
                bearers.setdefault(name, []).append(item)
        return {name: tuple(items) for name, items in bearers.items()}

    def _faults(self, link: Link) -> Iterator[Finding]:
        yield from evidence_findings(link)
        yield from self._among_links(link)
        if self.index is None or not link.is_positive or link.item is None:
            return
        item = self.index.get(link.item)
        if item is None:
            message = f"{link.item} is not in the snapshot, so that nothing can be compared."
            remedy = f"Correct the number, or run `allegiance links fetch {link.item}`."
            yield _finding(link, "object_id", "links/not-in-snapshot", message, remedy)
        elif self._is_compared(link):
            yield from self._item_faults(link, item, subject_of(link.subject, self.corpus))

    def _is_compared(self, link: Link) -> bool:
        """Tell whether the entry of a link is looked up: what is in the register always is."""
        is_event = link.subject not in self.corpus.entries
        is_chosen = not is_event or self.events is None or link.subject in self.events
        return link.is_positive and is_chosen

    def _among_links(self, link: Link) -> Iterator[Finding]:
        earlier = self._rows[link.subject, link.is_negated, link.item]
        if earlier is not link and (link.predicate == earlier.predicate or not link.is_negated):
            message = f"The same two are linked already, at {earlier.row.place}."
            remedy = "Keep one of the two rows."
            yield _finding(link, "subject_id", "links/repeated", message, remedy)
        linked = self._linked.get(link.subject)
        if link.item is None and linked is not None:
            message = f"No item was found, and {linked.item} was, at {linked.row.place}."
            remedy = "Remove one of the two rows."
            yield _finding(link, "object_id", "links/found-and-not", message, remedy)
        for negative in self._refused.get((link.subject, link.item or ""), ()):
            # What is not even close is not the same either.
            if link.is_positive and negative.predicate in {link.predicate, "skos:closeMatch"}:
                message = f"The row at {negative.row.place} says that it is not this item."
                remedy = f"Remove the wrong one of the two rows. That one says: {negative.comment}"
                yield _finding(link, "object_id", "links/refused", message, remedy)

    def _item_faults(self, link: Link, item: Item, subject: Subject) -> Iterator[Finding]:
        yield from _page_fault(link, item)
        yield from _kind_fault(link, item, subject)
        yield from _time_fault(link, item, subject)
        yield from _name_fault(link, item, subject)
        yield from self._namesake_fault(link, item, subject)
        if link.object_label and fold(link.object_label) not in _folded(item.names):
            message = f"The row calls the item {link.object_label!r}, the snapshot {item.label!r}."
            remedy = "Look whether the item is still the same, and write its label."
            warning = Severity.WARNING
            yield _finding(link, "object_label", "links/label-moved", message, remedy, warning)
        if not item.kind:
            message = f"Of what kind {item.id} ({_about(item)}) is, the snapshot does not say."
            remedy = "Run `allegiance links fetch`, so that the kind can be compared."
            info = Severity.INFO
            yield _finding(link, "object_id", "links/kind-unknown", message, remedy, info)

    def _namesake_fault(self, link: Link, item: Item, subject: Subject) -> Iterator[Finding]:
        """Ask that all other items be refused that bear the entry's name and can be what it is."""
        for name in sorted(_folded(subject.names) & _folded(item.names)):
            for other in self._bearers.get(name, ()):
                refused = (link.subject, other.id) in self._refused
                if other.id != item.id and not refused and fits(subject.class_name, other.kind):
                    message = f"{other.id} ({_about(other)}) bears the same name."
                    remedy = (
                        f"Link that item instead, or add a row that says Not {other.id} and why."
                    )
                    yield _finding(link, "object_id", "links/namesake", message, remedy)

    def _late_faults(self, link: Link, states: Mapping[str, str]) -> Iterator[Finding]:
        """Give what is only looked at where nothing else is wrong.

        A wrong link of a state would make all in it seem wrong.
        """
        item = self.index.get(link.item) if self.index and link.item else None
        if item is None or not (item.country or link.names_differ):
            return
        if self._is_compared(link):
            subject = subject_of(link.subject, self.corpus)
            yield from self._country_fault(link, item, subject, states)
            yield from _word_fault(link, item, subject)

    def _country_fault(
        self, link: Link, item: Item, subject: Subject, states: Mapping[str, str]
    ) -> Iterator[Finding]:
        if not item.country:
            return
        country = states.get(self._state_of(subject) or "")
        if country and item.country not in {country, item.id}:
            message = f"The item belongs to {item.country}, the entry to {country}."
            remedy = "Link the item that belongs to the same country, or correct the entry."
            yield _finding(link, "object_id", "links/country", message, remedy)

    def _state_of(self, subject: Subject) -> str | None:
        """Go from an entry to the state that it belongs to; rings in the register end the way."""
        seen: set[str] = set()
        name = subject.belongs_to
        while name is not None and name not in seen and name in self.corpus.entries:
            seen.add(name)
            found = subject_of(name, self.corpus)
            if found.class_name == "State":
                return name
            name = found.belongs_to
        return None


def _page_fault(link: Link, item: Item) -> Iterator[Finding]:
    is_list = item.label.casefold().startswith(("list of ", "lists of "))
    if is_list or NO_ENTITY_CLASSES & set(item.classes):
        message = f"{item.id} ({_about(item)}) is a page about pages, not a thing."
        remedy = "Link the item of the thing itself."
        yield _finding(link, "object_id", "links/no-entity", message, remedy)


def _kind_fault(link: Link, item: Item, subject: Subject) -> Iterator[Finding]:
    fitting = kinds_for(subject.class_name, is_exact=link.predicate == EXACT)
    if item.kind and item.kind not in fitting:
        message = f"{item.id} ({_about(item)}) is of the kind {item.kind}."
        known = f" Of such an entry, items are of the kinds {', '.join(sorted(fitting))}."
        remedy = f"Link an item that can be {_a(subject.class_name)}.{known if fitting else ''}"
        yield _finding(link, "object_id", "links/kind", message, remedy)


def _time_fault(link: Link, item: Item, subject: Subject) -> Iterator[Finding]:
    years = {
        str(bounds.earliest.year)
        for bounds in subject.dates
        if bounds.earliest and bounds.latest and bounds.earliest.year == bounds.latest.year
    }
    if dates_contradict(subject.dates, item) or (
        subject.class_name == "Event"
        and named_times_contradict([*subject.names, *sorted(years)], item.label)
    ):
        message = f"{item.id} ({_about(item)}) was at another time than the entry."
        remedy = "Link the item of that time, or correct the date."
        yield _finding(link, "object_id", "links/date", message, remedy)


def _name_fault(link: Link, item: Item, subject: Subject) -> Iterator[Finding]:
    if not link.names_differ and not _folded(subject.names) & _folded(item.names):
        remedy = "Correct the number; if it is right, say in `names_differ` why the names differ."
        message = _both_named(item, subject)
        yield _finding(link, "object_id", "links/name", message, remedy)


def _word_fault(link: Link, item: Item, subject: Subject) -> Iterator[Finding]:
    """Ask for a second person where an exact link has nothing but a reason to show."""
    if not link.names_differ or link.reviewer or link.predicate != EXACT:
        return
    has_name = _folded(subject.names) & _folded(item.names)
    if not has_name and not _words(subject.names) & _words(item.names):
        message = f"Not a word is the same, and one person says why. {_both_named(item, subject)}"
        remedy = (
            "Correct the number, or write skos:closeMatch. If it is the same under quite another "
            "name, let somebody else look and write them into `reviewer_label`."
        )
        yield _finding(link, "object_id", "links/name", message, remedy)


def _both_named(item: Item, subject: Subject) -> str:
    ours = ", ".join(map(repr, subject.names)) or "no name"
    return f"The entry has {ours}; {item.id} is {item.label!r} ({_about(item)})."


@lru_cache(maxsize=65_536)
def _folded(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(folded for name in names if (folded := fold(name)))


@lru_cache(maxsize=65_536)
def _words(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word for name in _folded(names) for word in name.split()) - _JOINING


def _about(item: Item) -> str:
    return ", ".join(part for part in (item.label, item.description) if part)


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'AEIOU' else 'a'} {noun}"


def _finding(
    link: Link,
    column: str,
    rule: str,
    message: str,
    remedy: str,
    severity: Severity = _VIOLATION,
) -> Finding:
    return Finding(link.place_of(column), rule, message, remedy, severity)
