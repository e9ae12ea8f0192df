"""Write the page of terms: what the ontology defines, for readers who open no Turtle file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, RdfFormat, Store

from allegiance.namespaces import PREFIXES, compact, term

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["Concept", "Scheme", "Section", "Term", "read_sections", "terms_page"]

_RINGS = ("core", "provenance", "detail")
_KINDS = {
    "owl:Class": "class",
    "owl:ObjectProperty": "property to a thing",
    "owl:DatatypeProperty": "property to a value",
    "owl:AnnotationProperty": "annotation",
    "rdfs:Datatype": "datatype",
}
_OUTGOING = (
    ("rdfs:subClassOf", "A kind of"),
    ("rdfs:subPropertyOf", "Implies"),
    ("owl:inverseOf", "The inverse of"),
    ("owl:disjointWith", "Never also"),
    ("rdfs:range", "Values"),
)
_INCOMING = (
    ("rdfs:subClassOf", "Its kinds"),
    ("rdfs:subPropertyOf", "Implied by"),
    ("owl:inverseOf", "The inverse of"),
    ("owl:disjointWith", "Never also"),
)
_SORTS = {
    "owl:SymmetricProperty": "holds both ways",
    "owl:TransitiveProperty": "holds through a chain",
}
_HEAD = """\
# Terms of the ontology

Made from the Turtle files in this folder by `make generate`; change those, not this page.
Names carry the prefix `al:`, which stands for `{space}`.
The ring of a term says when to read it: core first, provenance for claims and documents, detail
when it is asked for.
"""


@dataclass(frozen=True, slots=True)
class Term:
    """Hold a class, property or datatype; `relations` leads from a phrase to prefixed names."""

    name: str
    kind: str
    ring: str
    label: str
    definition: str
    example: str
    relations: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Concept:
    """Hold one value of a scheme, with its codes in other coding schemes."""

    name: str
    label: str
    definition: str
    example: str
    notations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scheme:
    """Hold a list of values."""

    name: str
    ring: str
    label: str
    definition: str
    concepts: tuple[Concept, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Hold what one file defines, under the sentence that opens the file."""

    file: str
    opening: str
    terms: tuple[Term, ...]
    schemes: tuple[Scheme, ...]


def terms_page(ontology: Path) -> str:
    """Return the page of all terms as Markdown; the same files always give the same page."""
    sections = read_sections(ontology)
    lines = [_HEAD.format(space=PREFIXES["al"]), *_start_here(sections)]
    for section in sections:
        lines += ["", f"## {section.file}", "", section.opening]
        for entry in section.terms:
            lines += _term_lines(entry)
        for scheme in section.schemes:
            lines += _scheme_lines(scheme)
    return "\n".join(lines) + "\n"


def read_sections(ontology: Path) -> tuple[Section, ...]:
    """Read the files that define terms, in the order of their names.

    The alignments define none.
    """
    files = sorted(file for file in ontology.glob("*.ttl") if file.name != "alignments.ttl")
    whole = Store()
    for file in files:
        whole.load(path=file, format=RdfFormat.TURTLE)
    return tuple(_section(file, whole) for file in files)


def _section(file: Path, whole: Store) -> Section:
    part = Store()
    part.load(path=file, format=RdfFormat.TURTLE)
    terms = [
        _term(node, kind, whole)
        for curie, kind in _KINDS.items()
        for node in _instances(part, curie)
        if node.value.startswith(PREFIXES["al"])
    ]
    schemes = [_scheme(node, part) for node in _instances(part, "skos:ConceptScheme")]
    return Section(
        file=file.name,
        opening=file.read_text(encoding="utf-8").partition("\n")[0].lstrip("# "),
        terms=tuple(sorted(terms, key=_reading_order)),
        schemes=tuple(sorted(schemes, key=lambda scheme: scheme.name)),
    )


def _reading_order(entry: Term) -> tuple[int, str]:
    return (_RINGS.index(entry.ring) if entry.ring in _RINGS else len(_RINGS), entry.name)


def _term(node: NamedNode, kind: str, whole: Store) -> Term:
    found = Term(
        name=compact(node.value),
        kind=kind,
        ring=_text(whole, node, "al:ring"),
        label=_text(whole, node, "rdfs:label"),
        definition=_text(whole, node, "skos:definition"),
        example=_text(whole, node, "al:example"),
        relations=_relations(whole, node),
    )
    sorts = [words for curie, words in _SORTS.items() if _is_a(whole, node, curie)]
    return replace(found, kind=", ".join((kind, *sorts)))


def _relations(whole: Store, node: NamedNode) -> Mapping[str, tuple[str, ...]]:
    """Gather the axioms about a term, read from both ends; both ends of some read the same."""
    found: dict[str, set[str]] = {}
    for curie, phrase in _OUTGOING:
        for quad in whole.quads_for_pattern(node, term(curie), None):
            if isinstance(quad.object, NamedNode):
                found.setdefault(phrase, set()).add(compact(quad.object.value))
    for curie, phrase in _INCOMING:
        for quad in whole.quads_for_pattern(None, term(curie), node):
            if isinstance(quad.subject, NamedNode):
                found.setdefault(phrase, set()).add(compact(quad.subject.value))
    return {phrase: tuple(sorted(names)) for phrase, names in found.items()}


def _scheme(node: NamedNode, part: Store) -> Scheme:
    members = (quad.subject for quad in part.quads_for_pattern(None, term("skos:inScheme"), node))
    concepts = [_concept(member, part) for member in members if isinstance(member, NamedNode)]
    return Scheme(
        name=node.value.removeprefix(PREFIXES["scheme"]),
        ring=_text(part, node, "al:ring"),
        label=_text(part, node, "skos:prefLabel"),
        definition=_text(part, node, "skos:definition"),
        concepts=tuple(sorted(concepts, key=lambda concept: concept.name)),
    )


def _concept(node: NamedNode, part: Store) -> Concept:
    codes = [
        f"{quad.object.value} ({compact(quad.object.datatype.value)})"
        for quad in part.quads_for_pattern(node, term("skos:notation"), None)
        if isinstance(quad.object, Literal)
    ]
    return Concept(
        name=node.value.rsplit("/", 1)[1],
        label=_text(part, node, "skos:prefLabel"),
        definition=_text(part, node, "skos:definition"),
        example=_text(part, node, "al:example"),
        notations=tuple(sorted(codes)),
    )


def _instances(store: Store, curie: str) -> Iterator[NamedNode]:
    for quad in store.quads_for_pattern(None, term("rdf:type"), term(curie)):
        if isinstance(quad.subject, NamedNode):
            yield quad.subject


def _is_a(store: Store, node: NamedNode, curie: str) -> bool:
    return any(store.quads_for_pattern(node, term("rdf:type"), term(curie)))


def _text(store: Store, node: NamedNode, curie: str) -> str:
    """Return the first text in order, or nothing: what is missing is for the shapes to tell."""
    quads = store.quads_for_pattern(node, term(curie), None)
    texts = sorted(quad.object.value for quad in quads if isinstance(quad.object, Literal))
    return texts[0] if texts else ""


def _start_here(sections: Sequence[Section]) -> Iterator[str]:
    yield from ("## Start here", "", "The core, for a first reading.", "")
    entries = (entry for section in sections for entry in section.terms if entry.ring == "core")
    rows = [(_link(entry.name), entry.kind, entry.definition) for entry in entries]
    yield from _table(("term", "kind", "meaning"), rows)


def _term_lines(entry: Term) -> Iterator[str]:
    yield from ("", f'### <a id="{_anchor(entry.name)}"></a>{entry.name}', "")
    yield f"*{entry.label}* · {entry.kind} · {entry.ring}"
    yield from ("", entry.definition, "", f"- Example: {entry.example}")
    for phrase, names in entry.relations.items():
        yield f"- {phrase}: {', '.join(_link(name) for name in names)}"


def _scheme_lines(scheme: Scheme) -> Iterator[str]:
    yield from ("", f"### Scheme `{scheme.name}`", "")
    yield f"*{scheme.label}* · scheme · {scheme.ring}"
    yield from ("", scheme.definition, "")
    rows = [
        (f"`{item.name}`", item.label, item.definition, item.example, ", ".join(item.notations))
        for item in scheme.concepts
    ]
    if any(item.notations for item in scheme.concepts):
        yield from _table(("value", "label", "meaning", "example", "codes"), rows)
    else:
        yield from _table(("value", "label", "meaning", "example"), [row[:4] for row in rows])


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |"


def _link(name: str) -> str:
    return f"[{name}](#{_anchor(name)})" if name.startswith("al:") else f"`{name}`"


def _anchor(name: str) -> str:
    """Keep capitals, which tell al:Claim from a property; the anchors of headings know none."""
    return name.removeprefix("al:")
