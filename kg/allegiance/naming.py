"""Find a thing by what people call it: its id, its label or an alias."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from pyoxigraph import DefaultGraph, Literal, NamedNode

from allegiance.errors import QuestionError
from allegiance.namespaces import PREFIXES, term, thing_iri

if TYPE_CHECKING:
    from pyoxigraph import Store

__all__ = ["resolve_thing"]


def resolve_thing(store: Store, name: str) -> str:
    """Return the id of a thing that is called by its id, label or alias, in any case of letters.

    Raises QuestionError where nothing bears the name, or several things do.
    """
    slug = name.strip().lower().replace(" ", "-")
    if slug and any(store.quads_for_pattern(_iri(slug), None, None, DefaultGraph())):
        return slug
    names = _names(store)
    found: set[str] = names.get(name.strip().casefold(), set())
    if len(found) == 1:
        return next(iter(found))
    if found:
        message = f"{name!r} can be {', '.join(sorted(found))}. Give the id."
        raise QuestionError(message)
    close = difflib.get_close_matches(name.casefold(), names, n=1, cutoff=0.6)
    hint = f"Did you mean {min(names[close[0]])}?" if close else "The ids: kg/data/actors/."
    message = f"Nothing in the graph is called {name!r}. {hint}"
    raise QuestionError(message)


def _iri(slug: str) -> NamedNode:
    try:
        return thing_iri(slug)
    except ValueError as error:
        message = f"{slug!r} cannot be an id. Use lower-case letters, digits and hyphens."
        raise QuestionError(message) from error


def _names(store: Store) -> dict[str, set[str]]:
    names: dict[str, set[str]] = {}
    for predicate in (term("rdfs:label"), term("al:alias")):
        for quad in store.quads_for_pattern(None, predicate, None, DefaultGraph()):
            subject = quad.subject
            if isinstance(subject, NamedNode) and subject.value.startswith(PREFIXES["id"]):
                slug = subject.value.removeprefix(PREFIXES["id"])
                names.setdefault(slug, set()).add(slug)
                if isinstance(quad.object, Literal):
                    names.setdefault(quad.object.value.casefold(), set()).add(slug)
    return names
