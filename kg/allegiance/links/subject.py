"""What the graph itself knows of the entry at the beginning of a link."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from allegiance.dates import bounds_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allegiance.corpus import Corpus
    from allegiance.dates import Bounds
    from allegiance.document import Claim

__all__ = ["Subject", "subject_of"]

_PLACED_BY = ("governmentOf", "organOf", "locatedIn")
_ADDED: Final = re.compile(r"\s*\([^()]*\)\Z")
_EVENT_CLASSES = {"event": "Event", "treaty": "Treaty", "statement": "Statement"}


@dataclass(frozen=True, slots=True)
class Subject:
    """Hold an entry's class, its names, the entry that it belongs to, and an event's dates."""

    id: str
    class_name: str
    names: tuple[str, ...]
    belongs_to: str | None = None
    dates: tuple[Bounds, ...] = ()


def subject_of(name: str, corpus: Corpus) -> Subject:
    """Return what is known of an entry of the register, or of an event, treaty or statement.

    Raises KeyError where there is neither.
    """
    entry = corpus.entries.get(name)
    if entry is None:
        return _event(name, corpus.events[name])
    owner = next((entry.references[key] for key in _PLACED_BY if key in entry.references), None)
    names = (entry.label, *entry.aliases)
    return Subject(name, entry.class_name, tuple(_plain(each) for each in names), owner)


def _plain(name: str) -> str:
    """Take off what the register adds in brackets to tell its own entries apart.

    >>> _plain("Tehran (city)")
    'Tehran'
    """
    return _ADDED.sub("", name) or name


def _event(name: str, claims: tuple[Claim, ...]) -> Subject:
    class_name = _EVENT_CLASSES.get(claims[0].frame.kind, "Event")
    labels = [
        label.text
        for claim in claims
        if (label := claim.values.get("label")) is not None and label.text
    ]
    return Subject(name, class_name, tuple(labels), None, tuple(_dates(claims)))


def _dates(claims: tuple[Claim, ...]) -> Iterator[Bounds]:
    for claim in claims:
        value = claim.values.get("date")
        part = None if value is None else value.get("edtf") or value
        if part is not None and part.text:
            try:
                yield bounds_of(part.text)
            except ValueError:
                # An impossible date is told by the stage of names.
                continue
