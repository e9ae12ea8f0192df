"""Read one side of a difference from a store: claims, entries, documents, edges, comparisons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import DefaultGraph, Literal, NamedNode

from allegiance.namespaces import PREFIXES, graph_iri, term
from allegiance.review.records import ClaimRecord, ComparedPair, Edge, PassageRecord, Side, Thing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pyoxigraph import Store

    from allegiance.review.records import Term, Values

__all__ = ["literal_under", "nodes_under", "read_side"]

_STANCE = frozenset(
    PREFIXES["al"] + name
    for name in (
        "epistemicStatus",
        "polarity",
        "certainty",
        "hedge",
        "condition",
        "says",
        "extractionConfidence",
        "reviewStatus",
    )
)
_PUBLICATION = (
    "al:outlet",
    "al:published",
    "al:publishedWords",
    "al:publishedBasis",
    "schema:url",
)
_ASSESSMENT = (
    "al:assessedClaim",
    "al:verdict",
    "al:assessedBy",
    "al:assessmentReason",
    "al:date",
    "al:dateWords",
    "al:dateBasis",
)
# What the reader derives from a date: it changes with the date, and says nothing more.
_BOUNDS = frozenset(
    PREFIXES["al"] + bound + of
    for bound in ("earliest", "latest")
    for of in ("Date", "Start", "End")
)
_DIRECTED = {"Update": "al:updates", "Realisation": "al:realises"}
_COMPARISONS = ("Contradiction", "Divergence", "Corroboration", *_DIRECTED)


def read_side(store: Store) -> Side:
    """Read a store that was built from data, or loaded from a snapshot."""
    register = graph_iri("register")
    entries = {quad.subject for quad in store.quads_for_pattern(None, None, None, register)}
    claims = (_claim(store, iri) for iri in _instances(store, "al:Claim"))
    return Side(
        store=store,
        claims={claim.name: claim for claim in claims},
        entries=_by_name(_entry(store, iri) for iri in entries if isinstance(iri, NamedNode)),
        documents=_by_name(_documents(store)),
        captures=_by_name(
            Thing(_name(iri), iri, _values(store, iri)) for iri in _instances(store, "al:Capture")
        ),
        edges=frozenset(_edge(store, iri) for iri in _instances(store, "al:Inference")),
        comparisons=frozenset(_comparisons(store)),
    )


def nodes_under(store: Store, subject: NamedNode, name: str) -> Iterator[NamedNode]:
    """Give the nodes that the default graph has under a property, written as a prefixed name."""
    for node in _objects(store, subject, name):
        if isinstance(node, NamedNode):
            yield node


def literal_under(store: Store, subject: NamedNode, name: str) -> str | None:
    """Return a literal that the default graph has under a property, or None."""
    for node in _objects(store, subject, name):
        if isinstance(node, Literal):
            return node.value
    return None


def _objects(store: Store, subject: NamedNode, name: str) -> Iterator[Term]:
    for quad in store.quads_for_pattern(subject, term(name), None, DefaultGraph()):
        yield quad.object


def _instances(store: Store, class_name: str) -> Iterator[NamedNode]:
    quads = store.quads_for_pattern(None, term("rdf:type"), term(class_name), DefaultGraph())
    for quad in quads:
        if isinstance(quad.subject, NamedNode):
            yield quad.subject


def _name(iri: NamedNode) -> str:
    """Return the part of an IRI that tells one thing of its kind from another.

    Claims are called document/id, all else by their id.
    """
    local = iri.value.removeprefix(PREFIXES["claim"])
    return local if local != iri.value else iri.value.rpartition("/")[2]


def _by_name(things: Iterable[Thing]) -> Mapping[str, Thing]:
    return {thing.name: thing for thing in things}


def _grouped(pairs: Iterable[tuple[str, tuple[Term, ...]]]) -> Values:
    groups: dict[str, set[tuple[Term, ...]]] = {}
    for key, value in pairs:
        groups.setdefault(key, set()).add(value)
    return {key: frozenset(values) for key, values in groups.items()}


def _values(store: Store, iri: NamedNode) -> Values:
    held = store.quads_for_pattern(iri, None, None, DefaultGraph())
    return _grouped((quad.predicate.value, (quad.object,)) for quad in held)


def _claim(store: Store, iri: NamedNode) -> ClaimRecord:
    facts = _values(store, iri)
    content = _nodes(facts, "al:content")[0]
    held = store.quads_for_pattern(content, None, None, iri)
    return ClaimRecord(
        name=_name(iri),
        iri=iri,
        content=content,
        in_view=term("al:inAssertedView").value in facts,
        attribution=_attribution(store, _nodes(facts, "al:attribution")),
        stance={key: facts[key] for key in facts.keys() & _STANCE},
        said=_grouped(
            (quad.predicate.value, (quad.object,))
            for quad in held
            if quad.predicate.value not in _BOUNDS
        ),
        passages=frozenset(_passage(store, place) for place in _nodes(facts, "al:evidence")),
    )


def _nodes(facts: Values, name: str) -> list[NamedNode]:
    values = facts.get(term(name).value, frozenset())
    return [value[0] for value in values if isinstance(value[0], NamedNode)]


def _attribution(store: Store, links: Iterable[NamedNode]) -> tuple[Term, ...]:
    actors = {
        _number(store, link, "al:position") or 0: actor
        for link in links
        for actor in _objects(store, link, "al:attributedTo")
    }
    return tuple(actors[position] for position in sorted(actors))


def _passage(store: Store, place: NamedNode) -> PassageRecord:
    selector = next(nodes_under(store, place, "oa:hasSelector"))
    ends = (literal_under(store, place, name) for name in ("al:startsWith", "al:endsWith"))
    return PassageRecord(
        page=next(_objects(store, place, "oa:hasSource")),
        start=_number(store, selector, "oa:start"),
        end=_number(store, selector, "oa:end"),
        words=literal_under(store, place, "oa:exact") or " … ".join(end or "" for end in ends),
    )


def _number(store: Store, subject: NamedNode, name: str) -> int | None:
    found = literal_under(store, subject, name)
    return None if found is None else int(found)


def _entry(store: Store, iri: NamedNode) -> Thing:
    held = store.quads_for_pattern(iri, None, None, graph_iri("register"))
    return Thing(_name(iri), iri, _grouped((q.predicate.value, (q.object,)) for q in held))


def _documents(store: Store) -> Iterator[Thing]:
    """Read documents; a publication, and an assessment of a claim, is a value with parts."""
    assessments: dict[str, set[tuple[Term, ...]]] = {}
    for iri in _instances(store, "al:Assessment"):
        document = iri.value.partition("#")[0]
        assessments.setdefault(document, set()).add(_nested(store, iri, _ASSESSMENT))
    for iri in _instances(store, "al:Document"):
        parts = dict(_values(store, iri))
        # The label is the title a second time.
        parts.pop(term("rdfs:label").value, None)
        parts[term("rdf:type").value] -= {(term("al:Document"),)}
        parts[term("al:publication").value] = _publications(store, iri)
        if iri.value in assessments:
            parts[term("al:Assessment").value] = frozenset(assessments[iri.value])
        yield Thing(_name(iri), iri, parts)


def _publications(store: Store, document: NamedNode) -> frozenset[tuple[Term, ...]]:
    """Give the publications with their numbers: each republishes the one before it."""
    found = nodes_under(store, document, "al:publication")
    ordered = sorted(found, key=lambda node: int(node.value.rpartition("-")[2]))
    return frozenset(
        (Literal(number), *_nested(store, node, _PUBLICATION))
        for number, node in enumerate(ordered, start=1)
    )


def _nested(store: Store, node: NamedNode, names: tuple[str, ...]) -> tuple[Term, ...]:
    return tuple(value for name in names for value in _objects(store, node, name))


def _edge(store: Store, iri: NamedNode) -> Edge:
    return Edge(
        subject=next(nodes_under(store, iri, "al:inferredSubject")),
        predicate=next(nodes_under(store, iri, "al:inferredPredicate")),
        object=next(nodes_under(store, iri, "al:inferredObject")),
        ties=frozenset(nodes_under(store, iri, "al:fromTie")),
        claims=frozenset(_name(claim) for claim in nodes_under(store, iri, "prov:wasDerivedFrom")),
    )


def _comparisons(store: Store) -> Iterator[ComparedPair]:
    for kind in _COMPARISONS:
        for node in _instances(store, f"al:{kind}"):
            pair = sorted(nodes_under(store, node, "al:comparedClaim"), key=lambda iri: iri.value)
            if kind in _DIRECTED and pair[1] in nodes_under(store, pair[0], _DIRECTED[kind]):
                first, second = pair
            elif kind in _DIRECTED:
                second, first = pair
            else:
                first, second = pair
            axes = sorted(_name(axis) for axis in nodes_under(store, node, "al:comparisonAxis"))
            yield ComparedPair(kind, " and ".join(axes), _name(first), _name(second))
