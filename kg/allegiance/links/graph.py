"""Write links into the graph: each in a graph of its own, with what is known about it.

What a link accepts stands in the default graph, too, where queries join by it. What it refuses
stands in its own graph alone, as what a claim denies does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad

from allegiance.namespaces import PREFIXES, concept_iri, link_iri, term, thing_iri

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from allegiance.links.link import Link

__all__ = ["link_quads", "name_of_link"]


def link_quads(links: Iterable[Link]) -> Iterator[Quad]:
    """Give the quads of links whose rows are sound, and which the tables do not repeat."""
    for link in links:
        for predicate, value in _description(link):
            yield Quad(name_of_link(link), predicate, value, DefaultGraph())
        if link.item is not None:
            match = thing_iri(link.subject), term(link.predicate), _item(link.item)
            yield Quad(*match, name_of_link(link))
            if link.is_positive:
                yield Quad(*match, DefaultGraph())


def name_of_link(link: Link) -> NamedNode:
    """Name a link by what it says, so that it keeps its name when its evidence is reworded."""
    negation = "not-" if link.is_negated else ""
    nearness = link.predicate.partition(":")[2]
    return link_iri(link.subject, f"{negation}{nearness}-{link.item or 'none'}")


def _description(link: Link) -> Iterator[tuple[NamedNode, NamedNode | Literal]]:
    polarity = concept_iri("polarity", "negated" if link.is_negated else "affirmed")
    nodes = (
        ("rdf:type", term("al:Link")),
        ("al:linkedThing", thing_iri(link.subject)),
        ("al:matchProperty", term(link.predicate)),
        ("al:polarity", polarity),
        ("al:justification", term(link.justification)),
        ("al:linkedItem", None if link.item is None else _item(link.item)),
    )
    for name, value in nodes:
        if value is not None:
            yield term(name), value
    texts = (
        ("al:linkEvidence", link.comment, "xsd:string"),
        ("al:linkedBy", link.author, "xsd:string"),
        ("al:reviewedBy", link.reviewer, "xsd:string"),
        ("al:linkedItemLabel", link.object_label, "xsd:string"),
        ("al:namesDiffer", link.names_differ, "xsd:string"),
        ("al:linkConfidence", link.confidence, "xsd:decimal"),
        ("al:recordedOn", link.date, "xsd:date"),
    )
    for name, text, datatype in texts:
        if text:
            yield term(name), Literal(text, datatype=term(datatype))


def _item(item: str) -> NamedNode:
    return NamedNode(PREFIXES["wd"] + item)
