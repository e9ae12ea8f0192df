"""Check the names of a file: each leads somewhere, and none is taken from somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import DefaultGraph, NamedNode

from allegiance.finding import Finding
from allegiance.limits import shortened
from allegiance.namespaces import BASE, compact, term
from allegiance.rdf_files.known import REGISTER, Suggestions, space_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allegiance.rdf_files.known import Known
    from allegiance.rdf_files.reading import RdfFile

__all__ = ["check_rdf_names"]

_NOUNS = {
    "id/": "actor, place, topic, event or tie",
    "source/": "document",
    "claim/": "claim",
    "capture/": "captured page",
}
_BOOKS = frozenset({"source/", "claim/", "capture/"})


def check_rdf_names(file: RdfFile, known: Known) -> Iterator[Finding]:
    """Find names that neither the graph nor the file defines, and those that the graph has."""
    yield from _unknown(file, known)
    yield from _taken(file, known)


def _unknown(file: RdfFile, known: Known) -> Iterator[Finding]:
    defined = {part.quad.subject for part in file.quads} | known.subjects.keys()
    names = sorted(node.value.removeprefix(BASE) for node in defined if isinstance(node, NamedNode))
    suggestions, seen = Suggestions(), set[tuple[object, ...]]()
    for quad, place in file.quads:
        for node, key in ((quad.object, place), (quad.graph_name, "graph")):
            if not isinstance(node, NamedNode) or node in defined or (node.value, key) in seen:
                continue
            seen.add((node.value, key))
            noun = _NOUNS.get(space_of(node.value) or "")
            if noun is not None:
                local = node.value.removeprefix(BASE)
                message = f"There is no {noun} {shortened(local)!r}."
                remedy = suggestions.remedy(local, names, f"Correct it, or add the {noun}.")
                yield Finding(place, "names/unknown", message, remedy)


def _taken(file: RdfFile, known: Known) -> Iterator[Finding]:
    """Find what the file adds to things that somebody wrote already, each thing once."""
    seen: set[NamedNode] = set()
    for quad, place in known.new_in(file):
        in_default = isinstance(quad.graph_name, DefaultGraph)
        node = quad.subject if in_default else quad.graph_name
        if not isinstance(node, NamedNode) or node in seen or node not in known.subjects:
            continue
        space = space_of(node.value)
        registers = quad.predicate in {*REGISTER, term("rdf:type")}
        if space in _BOOKS or (space == "id/" and in_default and registers):
            seen.add(node)
            message = f"{compact(node.value)} is written already, at {known.subjects[node]}."
            remedy = "Change it there, or give yours an address of its own."
            yield Finding(place, "names/already-written", message, remedy)
