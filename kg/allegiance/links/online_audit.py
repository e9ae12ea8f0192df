"""Hold the links against Wikidata as it is now: what has changed there since the snapshot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from allegiance.finding import Finding, Severity
from allegiance.links.audit import Audit
from allegiance.links.kinds import NO_ENTITY_CLASSES, fits
from allegiance.links.online_survey import known_items
from allegiance.links.subject import subject_of
from allegiance.wikidata.entity import renewed
from allegiance.wikidata.index import WikidataIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allegiance.corpus import Corpus
    from allegiance.links.link import Link
    from allegiance.links.online_survey import Survey
    from allegiance.wikidata.item import Item

__all__ = ["Change", "OnlineAudit", "item_now"]

_VIOLATION, _WARNING, _INFO = Severity.VIOLATION, Severity.WARNING, Severity.INFO
# What these say of the snapshot, the checks here say of Wikidata itself.
_TOLD_OTHERWISE: Final = frozenset(
    {"links/label-moved", "links/kind-unknown", "links/not-in-snapshot"}
)


@dataclass(frozen=True, slots=True)
class Change:
    """Hold what is otherwise than a row or the snapshot has it.

    `what` names it in a word or two, `before` and `now` are for reading; `other` is the item that
    another one redirects to, or that is easily taken for it.
    """

    link: Link
    what: str
    finding: Finding
    before: str = ""
    now: str = ""
    other: Item | None = None


@dataclass(frozen=True, slots=True)
class OnlineAudit:
    """Judge links by a survey; `index` is the snapshot, None where there is none."""

    links: tuple[Link, ...]
    corpus: Corpus
    index: WikidataIndex | None
    survey: Survey

    def changes(self) -> tuple[Change, ...]:
        """Return all changes, by the place of their rows."""
        known = known_items(self.links)
        found = [
            change for link in self.links for change in self._changes(link, known[link.subject])
        ]
        found += self._audited_anew()
        return tuple(sorted(found, key=lambda change: (change.finding, change.what)))

    def _changes(self, link: Link, known: frozenset[str]) -> Iterator[Change]:
        outcome = self.survey.outcomes.get(link.item or "")
        if outcome is None:
            return
        if outcome.status == "deleted":
            yield _deleted(link)
        elif outcome.status == "redirected":
            yield _redirected(link, outcome.target, self.survey.item(outcome.target))
        elif outcome.item is not None:
            old = self.index.get(outcome.asked) if self.index else None
            yield from _relabelled(link, old, outcome.item)
            if link.is_positive:
                yield from _reclassified(link, old, outcome.item)
                yield from self._confusable(link, outcome.item, known)

    def _confusable(self, link: Link, item: Item, known: frozenset[str]) -> Iterator[Change]:
        """Give the items that Wikidata tells apart from this one, or that bear the entry's name."""
        namesakes = self.survey.namesakes.get(link.subject, ())
        class_name = subject_of(link.subject, self.corpus).class_name
        for qid in dict.fromkeys((*namesakes, *item.twins)):
            other = None if qid in known else self.survey.item(qid)
            if other is None or NO_ENTITY_CLASSES & set(other.classes):
                continue
            if qid in namesakes and fits(class_name, other.kind):
                yield _namesake(link, other)
            elif qid in item.twins:
                yield _twin(link, item, other)
            elif not other.kind:
                yield _perhaps_namesake(link, other)

    def _audited_anew(self) -> Iterator[Change]:
        """Audit with the items as they are now in place of those of the snapshot."""
        items = {} if self.index is None else dict(self.index.by_id)
        before = {
            (found.place.file, found.place.line, found.rule)
            for found in Audit(self.links, self.corpus, WikidataIndex(dict(items))).findings()
        }
        # What is refused stays as it was: whether it bears the name, the search tells.
        for qid in {link.item for link in self.links if link.is_positive}:
            now = self.survey.item(qid or "")
            if now is not None and qid is not None:
                items[qid] = item_now(items.get(qid), now)
        by_line = {link.row.place[:2]: link for link in self.links}
        for found in Audit(self.links, self.corpus, WikidataIndex(items)).findings():
            key = (*found.place[:2], found.rule)
            if key not in before and found.rule not in _TOLD_OTHERWISE:
                link = by_line[found.place[:2]]
                told = replace(found, message=f"By Wikidata as it is now: {found.message}")
                yield Change(link, found.rule.removeprefix("links/"), told, now=found.message)


def item_now(old: Item | None, now: Item) -> Item:
    """Renew an item of the snapshot; what its classes make it now goes before what it was."""
    return replace(renewed(old, now), kind=now.kind or (old.kind if old else ""))


def _deleted(link: Link) -> Change:
    # The API does not tell the two apart: it follows one redirect, and calls the rest missing.
    message = f"Wikidata has no {link.item} any more: it is deleted, or redirects to a redirect."
    remedy = "Find the item that is meant, or write sssom:NoTermFound."
    if link.is_negated:
        remedy = "Remove the row: nothing can be taken for that item any more."
    return Change(
        link, "deleted", _finding(link, "object_id", "links/deleted", message, remedy, _VIOLATION)
    )


def _redirected(link: Link, target: str, item: Item | None) -> Change:
    named = target if item is None else _named(item)
    message = f"{link.item} redirects to {named} at Wikidata."
    remedy = (
        f"Look whether {target} is what the row means, and write that number; items are sometimes "
        "merged that should not be."
    )
    found = _finding(link, "object_id", "links/redirected", message, remedy, _VIOLATION)
    return Change(link, "redirected", found, link.object_label, named, item)


def _relabelled(link: Link, old: Item | None, item: Item) -> Iterator[Change]:
    now, snapshot = item.labels.get("en"), old.labels.get("en") if old else None
    if now is None:
        # Wikidata has no English name; there is nothing that the row could say instead.
        return
    if link.object_label and link.object_label != now:
        before, where = link.object_label, "the row"
        remedy = "Look whether the item is still the same, and write its label."
    elif link.is_positive and snapshot and snapshot != now:
        before, where = snapshot, "the snapshot"
        remedy = "Look whether the item is still the same, and run `allegiance links fetch`."
    else:
        return
    message = f"{item.id} is {now!r} at Wikidata; {where} calls it {before!r}."
    found = _finding(link, "object_label", "links/label-changed", message, remedy, _WARNING)
    yield Change(link, "label", found, before, now)


def _reclassified(link: Link, old: Item | None, item: Item) -> Iterator[Change]:
    if old is None or not old.classes or set(old.classes) == set(item.classes):
        return
    before, now = ", ".join(old.classes), ", ".join(item.classes) or "none"
    message = f"{item.id} ({item.label}) had the classes {before}, and now {now}."
    remedy = "Look whether the item is still the same, and run `allegiance links fetch`."
    found = _finding(link, "object_id", "links/classes-changed", message, remedy, _WARNING)
    yield Change(link, "classes", found, before, now)


def _namesake(link: Link, other: Item) -> Change:
    message = f"By Wikidata as it is now, {_named(other)} bears the same name."
    remedy = f"Link that item instead, or add a row that says Not {other.id} and why."
    found = _finding(link, "object_id", "links/namesake", message, remedy, _VIOLATION)
    return Change(link, "namesake", found, "", _named(other), other)


def _twin(link: Link, item: Item, other: Item) -> Change:
    message = f"Wikidata says that {_named(other)} is different from {item.id} (P1889)."
    remedy = f"Add a row that says Not {other.id}, so that nobody links it by mistake."
    found = _finding(link, "object_id", "links/twin", message, remedy, _WARNING)
    return Change(link, "twin", found, "", _named(other), other)


def _perhaps_namesake(link: Link, other: Item) -> Change:
    message = f"{_named(other)} bears the same name; of what kind it is, its classes do not settle."
    remedy = (
        f"Look whether it can be taken for the entry; if so, add a row that says Not {other.id}."
    )
    found = _finding(link, "object_id", "links/namesake-unsure", message, remedy, _INFO)
    return Change(link, "perhaps a namesake", found, "", _named(other), other)


def _named(item: Item) -> str:
    about = ", ".join(part for part in (item.label, item.description) if part != item.id and part)
    return f"{item.id} ({about})" if about else item.id


def _finding(
    link: Link, column: str, rule: str, message: str, remedy: str, severity: Severity
) -> Finding:
    return Finding(link.place_of(column), rule, message, remedy, severity)
