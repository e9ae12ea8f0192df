"""Read the ontology's terms: which classes there are, and which concepts each scheme holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import (
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    RdfFormat,
    Store,
    parse,
)

from allegiance.namespaces import PREFIXES, term

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Vocabulary", "load_vocabulary", "ontology_quads"]

_SUBCLASS = term("rdfs:subClassOf")
_IN_SCHEME = term("skos:inScheme")
_DEFINITION = term("skos:definition")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Hold the local names that contributors may write.

    `parents` leads from a class to its direct superclasses of this ontology, `schemes` from a
    scheme's name to its values, `definitions` from an IRI to its definition in English.
    """

    parents: Mapping[str, frozenset[str]]
    schemes: Mapping[str, tuple[str, ...]]
    definitions: Mapping[str, str]

    def kinds_of(self, class_name: str) -> tuple[str, ...]:
        """Return a class and all its subclasses, sorted by name."""
        return tuple(sorted(name for name in self.parents if self.is_a(name, class_name)))

    def is_a(self, name: str, class_name: str) -> bool:
        """Tell whether one class is another or one of its subclasses."""
        return name == class_name or any(
            self.is_a(parent, class_name) for parent in self.parents.get(name, ())
        )


def ontology_quads(folder: Path) -> Dataset:
    """Read all Turtle files of the ontology, with canonical labels for its blank nodes.

    The alignments are left out: no reader and no reasoner has to load them.
    """
    dataset = Dataset()
    for file in sorted(folder.glob("*.ttl")):
        if file.name != "alignments.ttl":
            # Each file has blank nodes of its own; renaming keeps those of two files apart.
            for quad in parse(path=file, format=RdfFormat.TURTLE, rename_blank_nodes=True):
                dataset.add(quad)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def load_vocabulary(ontology: Path) -> Vocabulary:
    """Gather classes, concepts and definitions from the ontology's folder."""
    store = Store()
    store.extend(ontology_quads(ontology))
    return Vocabulary(_parents(store), _schemes(store), _definitions(store))


def _parents(store: Store) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for quad in store.quads_for_pattern(None, term("rdf:type"), term("owl:Class")):
        if (name := _local(quad.subject)) is not None:
            found.setdefault(name, set())
    for quad in store.quads_for_pattern(None, _SUBCLASS, None):
        child, parent = _local(quad.subject), _local(quad.object)
        if child is not None and parent is not None:
            found.setdefault(child, set()).add(parent)
    return {name: frozenset(parents) for name, parents in found.items()}


def _schemes(store: Store) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for quad in store.quads_for_pattern(None, _IN_SCHEME, None):
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
            scheme = quad.object.value.removeprefix(PREFIXES["scheme"])
            found.setdefault(scheme, []).append(quad.subject.value.rsplit("/", 1)[1])
    return {name: tuple(sorted(values)) for name, values in found.items()}


def _definitions(store: Store) -> Mapping[str, str]:
    return {
        quad.subject.value: quad.object.value
        for quad in store.quads_for_pattern(None, _DEFINITION, None)
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal)
    }


def _local(node: object) -> str | None:
    space = PREFIXES["al"]
    if isinstance(node, NamedNode) and node.value.startswith(space):
        return node.value.removeprefix(space)
    return None
