"""Check the terms of a file: each of our namespace is declared, and none is declared anew."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode

from allegiance.compared_values import crowded_values
from allegiance.finding import Finding
from allegiance.limits import shortened
from allegiance.namespaces import BASE, PREFIXES, compact, term
from allegiance.rdf_files.known import Suggestions, space_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyoxigraph import Quad

    from allegiance.finding import Place
    from allegiance.rdf_files.known import Known
    from allegiance.rdf_files.reading import RdfFile

__all__ = ["check_terms"]

_TYPE = term("rdf:type")
_SLUG = r"[a-z0-9]+(?:--?[a-z0-9]+)*"
_NODE = r"(?:#[a-z]+-[0-9]+)?"
_FORMS = {
    "id/": re.compile(_SLUG),
    "source/": re.compile(_SLUG + _NODE),
    "claim/": re.compile(f"{_SLUG}/{_SLUG}{_NODE}"),
    "capture/": re.compile(_SLUG),
}
_DECLARING = (
    *(PREFIXES[name] for name in ("owl", "sh")),
    *(PREFIXES["rdfs"] + name for name in ("subClassOf", "subPropertyOf", "domain", "range")),
)
_DECLARED = (
    *(PREFIXES[name] for name in ("owl", "rdfs", "sh")),
    PREFIXES["skos"] + "Concept",
    PREFIXES["rdf"] + "Property",
)
# In a file of RDF nothing but the writer's will gives one thing several.
_MOST_COMPARED = 3
# The shapes take a millisecond for each value that is wrong.
_MOST_VALUES = 200


def check_terms(file: RdfFile, known: Known) -> Iterator[Finding]:
    """Find unknown terms, addresses of no good form, and statements about the ontology."""
    suggestions, seen = Suggestions(), set[tuple[object, ...]]()
    for quad, place in file.quads:
        yield from _declarations(quad, place)
        yield from _kinds(quad, place, known)
        for node in (quad.subject, quad.predicate, quad.object, quad.graph_name):
            if isinstance(node, NamedNode) and (node.value, place) not in seen:
                seen.add((node.value, place))
                yield from _address(node.value, place, known, suggestions)
    yield from crowded_values(file.quads, _MOST_COMPARED)
    yield from crowded_values(file.quads, _MOST_VALUES, None)


def _declarations(quad: Quad, place: Place) -> Iterator[Finding]:
    subject = quad.subject.value if isinstance(quad.subject, NamedNode) else ""
    kind = quad.object.value if isinstance(quad.object, NamedNode) else ""
    if (
        space_of(subject) in {"ontology#", "scheme/"}
        or quad.predicate.value.startswith(_DECLARING)
        or (quad.predicate == _TYPE and kind.startswith(_DECLARED))
    ):
        message = f"{shortened(compact(subject))} is declared or described here as a term."
        remedy = "Remove it: a contribution holds data; terms are proposed in ontology/."
        yield Finding(place, "structure/vocabulary", message, remedy)


def _kinds(quad: Quad, place: Place, known: Known) -> Iterator[Finding]:
    """Find classes that stand as properties, and properties that stand as classes."""
    kinds = known.terms.get(quad.predicate.value)
    if kinds is not None and not any(kind.endswith("Property") for kind in kinds):
        message = f"{compact(quad.predicate.value)} is no property."
        remedy = "Write a property here; a class stands after `a`."
        yield Finding(place, "structure/unknown-term", message, remedy)
    if quad.predicate == _TYPE and isinstance(quad.object, NamedNode):
        kinds = known.terms.get(quad.object.value)
        if kinds is not None and not any(kind.endswith("Class") for kind in kinds):
            message = f"{compact(quad.object.value)} is no class."
            remedy = "Write a class after `a`: its name begins with a capital."
            yield Finding(place, "structure/unknown-term", message, remedy)


def _address(iri: str, place: Place, known: Known, suggestions: Suggestions) -> Iterator[Finding]:
    space = space_of(iri)
    if space is None or iri in known.terms:
        return
    shown = shortened(compact(iri))
    if space in {"ontology#", "scheme/"}:
        head = iri if space == "ontology#" else iri[: iri.rfind("/") + 1]
        near = [compact(name) for name in known.terms if space_of(name) == space]
        if space == "scheme/" and any(name.startswith(head) for name in known.terms):
            near = [compact(name) for name in known.terms if name.startswith(head)]
        remedy = suggestions.remedy(compact(iri), near, "Use a term of ontology/README.md.")
        message = f"The ontology has no term {shown}."
        yield Finding(place, "structure/unknown-term", message, remedy)
    elif not space:
        message = f"{shown} lies in no part of our namespace that data use."
        remedy = f"Data have addresses under {BASE}: id/, source/, claim/ and capture/."
        yield Finding(place, "structure/unknown-term", message, remedy)
    elif not _FORMS[space].fullmatch(iri.removeprefix(BASE + space)):
        message = f"{shown} does not have the form that the graph's addresses have."
        remedy = "Use lower-case letters, digits and hyphens; a claim is claim/DOCUMENT/ID."
        yield Finding(place, "structure/form", message, remedy)
