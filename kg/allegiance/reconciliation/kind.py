"""Compare the type that is asked for with the types that an entity has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["is_of_type", "kind_of"]

# Each kind of the index with the kind that it belongs to.
_BROADER: Final = {
    "state": "actor",
    "government": "organisation",
    "person": "actor",
    "organisation": "actor",
    "armed-group": "organisation",
    "armed-force": "organisation",
    "outlet": "organisation",
    "place": "",
    "event": "",
    "treaty": "",
    "topic": "",
    "other": "",
    "actor": "",
}
# Classes of the ontology that the index does not tell apart. Only one class of Wikidata is taken
# for a kind, since no list of the others is at hand.
_KINDS: Final = {
    "state-organ": "organisation",
    "political-organisation": "organisation",
    "international-organisation": "organisation",
    "research-organisation": "organisation",
    "media-organisation": "outlet",
    "bloc": "organisation",
    "company": "organisation",
    "community": "actor",
    "q5": "person",
}
# Of what kinds the index does not tell apart: a state is a place as well, a territory may be
# taken for a state, and what is of another kind may be a treaty or a topic.
_UNTOLD: Final = {
    "state": ("place",),
    "place": ("state",),
    "other": ("topic", "treaty"),
}
_CAPITAL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ID: Final = re.compile(r"[Qq][1-9][0-9]*", re.ASCII)


def kind_of(type_name: str) -> str:
    """Return the kind of the index to which a class belongs, "" where there is none.

    >>> kind_of("ArmedGroup"), kind_of("StateOrgan"), kind_of("Bicycle")
    ('armed-group', 'organisation', '')
    """
    name = _plain(type_name)
    kind = _KINDS.get(name, name)
    return kind if kind in _BROADER else ""


def is_of_type(types: Iterable[str], asked: str) -> bool | None:
    """Tell whether an entity of these types is what is asked for; None: it cannot be told.

    It cannot be told of an entity without types, nor of one of which only a broader kind is known
    (an organisation may be the government that is asked for).

    >>> is_of_type(["Person"], "State"), is_of_type(["organisation"], "Government")
    (False, None)
    """
    given = [each for each in types if each]
    names = {_plain(each) for each in given}
    wanted, kind = _plain(asked), kind_of(asked)
    if wanted in names:
        return True
    kinds = {found for each in given if (found := kind_of(each))}
    broader = {each for found in kinds for each in _broader(found)}
    if not kinds or not kind or kind in _UNTOLD.get(min(kinds), ()):
        # A QID of a class that the entity does not have says nothing: it may have a subclass.
        return None
    if any(_is_class(each) for each in given):
        # Our register tells its classes apart, so that no broader kind has to do.
        return (kind if _ID.fullmatch(wanted) else wanted) in broader
    if kind in broader:
        return True
    return None if kinds & set(_broader(kind)[1:]) else False


def _is_class(type_name: str) -> bool:
    """Tell whether a type is a class of the ontology, which begins with a capital letter."""
    local = re.split(r"[#/:]", type_name)[-1]
    return local[:1].isupper() and not _ID.fullmatch(local)


def _broader(kind: str) -> list[str]:
    found = []
    while kind:
        found.append(kind)
        kind = _BROADER.get(kind, "")
    return found


def _plain(type_name: str) -> str:
    local = re.split(r"[#/:]", type_name)[-1]
    return local.lower() if _ID.fullmatch(local) else _CAPITAL.sub("-", local).lower()
