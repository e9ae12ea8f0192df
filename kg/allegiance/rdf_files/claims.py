"""Check that what a file says of the world stands in a claim, and nothing beside its claims.

In the default graph of a file stands what is known about claims, documents and captured pages, and
new entries of the register. The asserted view is for the build to derive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, DefaultGraph, NamedNode

from allegiance.finding import Finding
from allegiance.namespaces import PREFIXES, compact, concept_iri, term
from allegiance.rdf_files.known import REGISTER, in_default_graph, space_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyoxigraph import Quad

    from allegiance.build import PlacedQuad
    from allegiance.rdf_files.known import Known
    from allegiance.rdf_files.reading import RdfFile

__all__ = ["check_claims"]

_TYPE = term("rdf:type")
_CLAIM = term("al:Claim")
_BOOKKEEPING = frozenset({"claim/", "source/", "capture/"})
_REGISTERED = ("Actor", "Place", "Topic")
_BY_RULE = "Derived by a rule"
_BY_THE_BUILD = frozenset(
    term("al:" + name)
    for name in (
        *("inAssertedView", "namedIn", "contradicts", "updates", "corroborates", "divergesFrom"),
        *("realises", "inferredSubject", "inferredPredicate", "inferredObject", "byRule"),
        *("fromTie", "comparedClaim", "comparisonAxis"),
    )
)


def check_claims(file: RdfFile, known: Known) -> Iterator[Finding]:
    """Find statements that no claim holds, and claims that hold none."""
    new = known.new_in(file)
    everything = [*known.placed, *file.quads]
    default = in_default_graph(everything)
    claims: set[object] = {part.quad.subject for part in default if _is_claim(part.quad)}
    held = _held(everything)
    books = _bookkeeping_blanks(default)
    for part in new:
        if _is_derived(part.quad, known):
            message = f"{compact(part.quad.predicate.value)} is for the build to derive."
            remedy = "Remove it; write the claim that it follows from."
            yield Finding(part.place, "integrity/derived", message, remedy)
        elif isinstance(part.quad.graph_name, DefaultGraph):
            if not _keeps_books(part.quad, books, known):
                yield _outside_of_claims(part, held, everything)
        else:
            yield from _in_graph(part, claims)
    yield from _without_content(new, held)


def _is_claim(quad: Quad) -> bool:
    return quad.predicate == _TYPE and quad.object == _CLAIM


def _is_derived(quad: Quad, known: Known) -> bool:
    told = known.corpus.vocabulary.definitions.get(quad.predicate.value, "")
    return quad.predicate in _BY_THE_BUILD or _BY_RULE in told


def _held(quads: Sequence[PlacedQuad]) -> dict[object, set[NamedNode]]:
    """Return the named graphs in which each triple stands."""
    held: dict[object, set[NamedNode]] = {}
    for quad, _ in quads:
        if isinstance(quad.graph_name, NamedNode):
            held.setdefault(quad.triple, set()).add(quad.graph_name)
    return held


def _bookkeeping_blanks(quads: Sequence[PlacedQuad]) -> frozenset[BlankNode]:
    """Return the nodes without a name that belong to a claim, a document or a captured page."""
    parts: dict[object, list[BlankNode]] = {}
    for quad, _ in quads:
        if isinstance(quad.object, BlankNode):
            parts.setdefault(quad.subject, []).append(quad.object)
    found: set[BlankNode] = set()
    waiting = [part for owner in parts if _is_bookkeeper(owner) for part in parts[owner]]
    while waiting:
        part = waiting.pop()
        if part not in found:
            found.add(part)
            waiting.extend(parts.get(part, ()))
    return frozenset(found)


def _is_bookkeeper(node: object) -> bool:
    return isinstance(node, NamedNode) and space_of(node.value) in _BOOKKEEPING


def _keeps_books(quad: Quad, books: frozenset[BlankNode], known: Known) -> bool:
    """Tell whether a statement is about a source, or enters somebody in the register."""
    if _is_bookkeeper(quad.subject) or quad.subject in books:
        return True
    if not isinstance(quad.subject, NamedNode) or space_of(quad.subject.value) != "id/":
        return False
    if quad.predicate == _TYPE and isinstance(quad.object, NamedNode):
        name = quad.object.value.removeprefix(PREFIXES["al"])
        return any(known.corpus.vocabulary.is_a(name, kind) for kind in _REGISTERED)
    return quad.predicate in REGISTER


def _outside_of_claims(
    part: PlacedQuad, held: dict[object, set[NamedNode]], quads: Sequence[PlacedQuad]
) -> Finding:
    holders = held.get(part.quad.triple, set())
    shown = compact(part.quad.predicate.value)
    if not holders:
        message = f"What {shown} says here stands in no claim."
        remedy = "Put it into the named graph of a claim that says where it is written."
        return Finding(part.place, "integrity/no-claim", message, remedy)
    asserted = concept_iri("epistemic-status", "asserted")
    status = term("al:epistemicStatus")
    firm = {q.subject for q, _ in quads if q.predicate == status and q.object == asserted}
    message = f"What {shown} says here stands in a claim already."
    if not holders & firm:
        message = f"What {shown} says here would be held true, and no claim asserts it."
    remedy = "Remove it here; what is asserted, the build takes over from the claims."
    return Finding(part.place, "integrity/leak", message, remedy)


def _in_graph(part: PlacedQuad, claims: set[object]) -> Iterator[Finding]:
    graph = part.quad.graph_name
    if graph not in claims:
        shown = compact(graph.value) if isinstance(graph, NamedNode) else "A graph without a name"
        message = f"{shown} is the graph of no claim."
        remedy = "Name the graph after a claim, and describe the claim in the default graph."
        yield Finding(part.place, "integrity/no-claim", message, remedy)
    elif _is_bookkeeper(part.quad.subject):
        message = "What is known about a claim or a document stands inside a claim."
        remedy = "Put it into the default graph; a claim's graph holds what the claim says."
        yield Finding(part.place, "integrity/misplaced", message, remedy)


def _without_content(
    new: Sequence[PlacedQuad], held: dict[object, set[NamedNode]]
) -> Iterator[Finding]:
    filled = {graph for graphs in held.values() for graph in graphs}
    for quad, place in new:
        if _is_claim(quad) and quad.subject not in filled:
            message = "The claim says nothing: its graph is empty."
            remedy = "Write what it says into the named graph that has the claim's address."
            yield Finding(place, "integrity/no-content", message, remedy)
