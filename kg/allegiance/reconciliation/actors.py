"""Take the entries and events of the project's own data as entities to be found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from allegiance.reconciliation.entity import Entity, Name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from allegiance.corpus import Corpus
    from allegiance.document import Claim
    from allegiance.reconciliation.metonyms import Metonyms
    from allegiance.register import Entry
    from allegiance.vocabulary import Vocabulary

__all__ = ["actors_of", "broader_classes", "without_aside"]

_ASIDE: Final = re.compile(r" \([^()]*\)$")
_COUNTRY: Final = ("governmentOf", "organOf", "locatedIn")


def actors_of(corpus: Corpus, metonyms: Metonyms) -> Iterator[Entity]:
    """Give the entries of the register, sorted by id, then events and treaties with a label.

    The ids are slugs. Actors without a name of their own are left out: nobody can mean them by it.
    """
    for _, entry in sorted(corpus.entries.items()):
        if entry.class_name != "UnnamedActor":
            yield _entry(entry, corpus, metonyms)
    for identifier, claims in sorted(corpus.events.items()):
        event = _event(identifier, claims, corpus.vocabulary)
        if event is not None:
            yield event


def broader_classes(class_name: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return a class and all that it is a kind of, sorted by name after the class itself."""
    return (
        class_name,
        *sorted(
            name
            for name in vocabulary.parents
            if name != class_name and vocabulary.is_a(class_name, name)
        ),
    )


def without_aside(label: str) -> str:
    """Return a label as documents write it, without what tells it apart for readers.

    >>> without_aside("Tehran (city)")
    'Tehran'
    """
    return _ASIDE.sub("", label)


def _entry(entry: Entry, corpus: Corpus, metonyms: Metonyms) -> Entity:
    names = [Name(entry.label, "en", "label"), *(Name(each, "en") for each in entry.aliases)]
    if (bare := without_aside(entry.label)) != entry.label:
        names.append(Name(bare, "en"))
    country = tuple(_countries(entry, corpus))
    properties = {"country": country, "iso": (entry.iso,) if entry.iso else ()}
    return Entity(
        id=entry.id,
        names=metonyms.naming(entry.id, names),
        types=broader_classes(entry.class_name, corpus.vocabulary),
        description=entry.description or entry.note or "",
        properties={key: values for key, values in properties.items() if values},
    )


def _countries(entry: Entry, corpus: Corpus) -> Iterator[str]:
    for key in _COUNTRY:
        target = entry.references.get(key)
        country = corpus.entries.get(target) if target else None
        if country is not None:
            yield from (country.id, country.label, *country.aliases)
            if country.iso:
                yield country.iso


def _event(identifier: str, claims: Iterable[Claim], vocabulary: Vocabulary) -> Entity | None:
    labels = [text for claim in claims if (text := _text(claim, "label"))]
    if not labels:
        return None
    classes = dict.fromkeys(_event_class(claim) for claim in claims)
    types = dict.fromkeys(
        broader for each in classes for broader in broader_classes(each, vocabulary)
    )
    dates = tuple(text for claim in claims if (text := _date(claim)))
    return Entity(
        id=identifier,
        names=tuple(Name(label, "en", "label") for label in dict.fromkeys(labels)),
        types=tuple(types),
        properties={"date": dates} if dates else {},
    )


def _event_class(claim: Claim) -> str:
    return _text(claim, "type") or claim.frame.class_name


def _text(claim: Claim, key: str) -> str | None:
    value = claim.values.get(key)
    return None if value is None else value.text


def _date(claim: Claim) -> str | None:
    """Return the day, month or year of an event, without the marks of uncertainty of EDTF."""
    value = claim.values.get("date")
    edtf = None if value is None else value.get("edtf")
    return None if edtf is None or edtf.text is None else edtf.text.rstrip("~?%")
