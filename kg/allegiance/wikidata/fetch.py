"""Renew the tables of the index from Wikidata, politely, and report what has changed there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from allegiance.wikidata.address import is_item_id
from allegiance.wikidata.entity import item_of, renewed
from allegiance.wikidata.entity_api import BATCH, UnknownItemError
from allegiance.wikidata.fetch_journal import Outcome
from allegiance.wikidata.item_tables import write_items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from allegiance.wikidata.fetch_journal import FetchJournal
    from allegiance.wikidata.index import WikidataIndex

__all__ = [
    "EntitySource",
    "FetchReport",
    "batches",
    "fetch_outcomes",
    "outcomes_of",
    "write_outcomes",
]


class EntitySource(Protocol):
    """Be what entities are asked of."""

    def entities(self, ids: Sequence[str]) -> Mapping[str, Any]:
        """Return the entities of the ids by id, or raise UnknownItemError."""


@dataclass(frozen=True, slots=True)
class FetchReport:
    """Count the items that were renewed, and say what a person has to look at."""

    renewed: int
    remarks: tuple[str, ...]


def batches(ids: Iterable[str]) -> list[tuple[str, ...]]:
    """Cut ids into requests: each id once, by growing number, 50 a request.

    >>> batches(["Q2", "Q1", "Q2"])
    [('Q1', 'Q2')]
    """
    ordered = sorted(set(ids), key=lambda qid: int(qid[1:]))
    return [tuple(ordered[at : at + BATCH]) for at in range(0, len(ordered), BATCH)]


def fetch_outcomes(
    ids: Iterable[str],
    source: EntitySource,
    journal: FetchJournal,
    today: date,
    progress: Callable[[int, int], None],
) -> None:
    """Ask for every id that the journal has not, and write each outcome into the journal.

    `progress` is told how many ids have an outcome, and how many there are. Raises EndpointError
    where the source gives up; what was answered until then is in the journal.
    """
    wanted = set(ids)
    progress(len(wanted & journal.outcomes.keys()), len(wanted))
    for batch in batches(wanted - journal.outcomes.keys()):
        journal.add(outcomes_of(batch, source, today.isoformat()))
        progress(len(wanted & journal.outcomes.keys()), len(wanted))


def outcomes_of(batch: Sequence[str], source: EntitySource, today: str) -> Iterator[Outcome]:
    """Ask for a batch of at most 50 ids; whatever the answer leaves open is asked for alone.

    Raises EndpointError where the source gives up; what was given until then holds.
    """
    try:
        entities = source.entities(batch)
    except UnknownItemError:
        if len(batch) == 1:
            yield Outcome(batch[0], "deleted")
            return
        middle = len(batch) // 2
        yield from outcomes_of(batch[:middle], source, today)
        yield from outcomes_of(batch[middle:], source, today)
        return
    by_question = _by_question(entities)
    for asked in batch:
        if asked in by_question:
            yield _outcome(asked, by_question[asked], today)
        elif len(batch) > 1:
            yield from outcomes_of((asked,), source, today)
        else:
            yield Outcome(asked, "unanswered")


def write_outcomes(folder: Path, index: WikidataIndex, journal: FetchJournal) -> FetchReport:
    """Write the renewed tables, then forget the journal; return what changed.

    Items that are deleted, redirected or unanswered keep their old rows: whether another item
    takes their place is for a person to decide.
    """
    items = dict(index.by_id)
    remarks: list[str] = []
    for outcome in journal.outcomes.values():
        remarks += _remarks(outcome, index)
        if outcome.item is not None:
            items[outcome.asked] = renewed(index.get(outcome.asked), outcome.item)
    write_items(folder, items.values())
    count = sum(outcome.item is not None for outcome in journal.outcomes.values())
    journal.remove()
    return FetchReport(count, tuple(remarks))


def _by_question(entities: Mapping[str, Any]) -> dict[str, Any]:
    """Return entities by the id that was asked for: a redirected one may stand under either id."""
    found = {key: entity for key, entity in entities.items() if isinstance(entity, dict)}
    for entity in entities.values():
        came_from = entity.get("redirects", {}).get("from") if isinstance(entity, dict) else None
        if came_from is not None:
            found.setdefault(came_from, entity)
    return found


def _outcome(asked: str, entity: Mapping[str, Any], today: str) -> Outcome:
    found = entity.get("id", "")
    if "missing" in entity:
        return Outcome(asked, "deleted")
    if not is_item_id(found):
        return Outcome(asked, "unanswered")
    if found != asked:
        return Outcome(asked, "redirected", target=found)
    try:
        return Outcome(asked, "found", item_of(entity, today))
    except (AttributeError, KeyError, TypeError):
        # One entity of another form than the documented one must not lose the others.
        return Outcome(asked, "unanswered")


def _remarks(outcome: Outcome, index: WikidataIndex) -> Iterator[str]:
    asked, old, new = outcome.asked, index.get(outcome.asked), outcome.item
    if outcome.status == "deleted":
        yield f"{asked} is deleted. Remove links to it, or find the item that is meant."
    elif outcome.status == "redirected":
        yield (
            f"{asked} redirects to {outcome.target}. Look whether {outcome.target} is what the "
            "links mean, and change them by hand; nothing was followed."
        )
    elif new is None:
        yield f"{asked} has no answer that can be read. Fetch it once more."
    elif old is not None:
        if old.label not in {new.label, asked}:
            yield f"{asked} was {old.label!r} and is now {new.label!r}."
        if old.classes and set(old.classes) != set(new.classes):
            yield f"{asked} had the classes {_list(old.classes)}, and now {_list(new.classes)}."
        if old.kind and new.kind and old.kind != new.kind:
            yield f"{asked} is filed as {old.kind}, but its classes make it {new.kind}."


def _list(classes: tuple[str, ...]) -> str:
    return ", ".join(classes) or "none"
