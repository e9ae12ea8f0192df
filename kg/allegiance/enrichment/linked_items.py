"""The items of Wikidata to which the graph's entries are linked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import DefaultGraph, NamedNode

from allegiance.errors import UsageError
from allegiance.namespaces import PREFIXES, term
from allegiance.wikidata.address import entity_iri

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyoxigraph import Store

__all__ = ["linked_items", "require_linked_items"]


def linked_items(store: Store) -> Mapping[NamedNode, str]:
    """Return the item of each linked entry, as the one IRI by which graphs join; sorted.

    What counts is skos:exactMatch in the default graph: a close match is another thing.
    """
    found: dict[NamedNode, str] = {}
    for quad in store.quads_for_pattern(None, term("skos:exactMatch"), None, DefaultGraph()):
        subject, item = quad.subject, quad.object
        if not isinstance(subject, NamedNode) or not isinstance(item, NamedNode):
            continue
        iri = entity_iri(item.value)
        if iri is not None and subject.value.startswith(PREFIXES["id"]):
            found[subject] = iri
    return dict(sorted(found.items(), key=lambda pair: pair[0].value))


def require_linked_items(store: Store) -> Mapping[NamedNode, str]:
    """Return the linked items of a graph.

    Raises UsageError where it has none.
    """
    found = linked_items(store)
    if not found:
        message = (
            "No entry of the graph is linked to Wikidata. "
            "Add rows to a table in kg/data/links, and build the graph again."
        )
        raise UsageError(message)
    return found
