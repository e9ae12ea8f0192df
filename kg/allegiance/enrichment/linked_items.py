"""The items of Wikidata to which the graph's entries are linked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import DefaultGraph, NamedNode

from allegiance.errors import DataError, UsageError
from allegiance.links.link import EXACT, link_of
from allegiance.mapping_tables import read_mapping_tables
from allegiance.namespaces import PREFIXES, term, thing_iri
from allegiance.wikidata.address import entity_iri

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyoxigraph import Store

    from allegiance.bundle import Bundle

__all__ = ["linked_items", "require_linked_items", "tabled_items"]


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


def tabled_items(bundle: Bundle) -> Mapping[NamedNode, str]:
    """Return the item of each entry that a table of kg/data/links links exactly; sorted.

    Raises DataError where a table cannot be read.
    """
    rows, findings = read_mapping_tables(bundle)
    if findings:
        raise DataError(findings)
    found: dict[NamedNode, str] = {}
    for link in map(link_of, rows):
        iri = entity_iri(link.item) if link.item is not None and link.is_positive else None
        if iri is not None and link.predicate == EXACT:
            found[thing_iri(link.subject)] = iri
    return dict(sorted(found.items(), key=lambda pair: pair[0].value))


def require_linked_items(store: Store, bundle: Bundle | None) -> Mapping[NamedNode, str]:
    """Return the linked items of a graph, or of a bundle's tables where the graph has none.

    Raises UsageError where neither has any.
    """
    found = linked_items(store) or (tabled_items(bundle) if bundle is not None else {})
    if not found:
        message = (
            "No entry of the graph is linked to Wikidata. "
            "Add rows to a table in kg/data/links, and build the graph again."
        )
        raise UsageError(message)
    return found
