"""Read what a branch has changed as it was before, from the commit that it left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pyoxigraph import NamedNode

from allegiance.document import read_document
from allegiance.located import read_yaml
from allegiance.namespaces import PREFIXES, term
from allegiance.register import read_captures

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from allegiance.document import SourceDocument
    from allegiance.frames import Frame
    from allegiance.incremental.base_graph import BaseGraph
    from allegiance.register import Capture

__all__ = ["ACTORS", "CAPTURES", "SOURCES", "Before", "changed_documents", "read_before"]

ACTORS: Final = "kg/data/actors/"
CAPTURES: Final = "kg/data/captures.yaml"
SOURCES: Final = "kg/data/sources/"
REFERENCES: Final = tuple(
    term("al:" + name) for name in ("governmentOf", "organOf", "affiliatedWith", "locatedIn")
)


@dataclass(frozen=True, slots=True)
class Before:
    """Hold the changed documents as they were; register and captures where these were changed.

    `entries` leads from an entry's id to its class, `referred` holds the entries that others name.
    None: the branch has not changed them.
    """

    documents: Mapping[str, SourceDocument]
    entries: Mapping[str, str] | None
    referred: frozenset[str]
    captures: Mapping[str, Capture] | None


def changed_documents(paths: tuple[str, ...]) -> frozenset[str]:
    """Return the names of the documents among changed files.

    >>> changed_documents(("kg/data/sources/some-page.yaml", "kg/data/README.md"))
    frozenset({'some-page'})
    """
    files = (path.removeprefix(SOURCES) for path in paths if path.startswith(SOURCES))
    return frozenset(
        name.removesuffix(".yaml") for name in files if name.endswith(".yaml") and "/" not in name
    )


def read_before(
    read: Callable[[str], bytes | None],
    paths: tuple[str, ...],
    frames: Mapping[str, Frame],
    base: BaseGraph,
) -> Before:
    """Read the changed files with `read`, which gives a file's content in the base, or None."""
    documents = {}
    for name in sorted(changed_documents(paths)):
        content = read(f"{SOURCES}{name}.yaml")
        root = None if content is None else read_yaml(name, content).root
        if root is not None:
            documents[name] = read_document(root, frames)
    entries, referred = _entries(base) if any(p.startswith(ACTORS) for p in paths) else (None, ())
    return Before(
        documents,
        entries,
        frozenset(referred),
        _captures(read(CAPTURES)) if CAPTURES in paths else None,
    )


def _entries(base: BaseGraph) -> tuple[Mapping[str, str], tuple[str, ...]]:
    classes, referred = {}, []
    for quad in base.register():
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
            if quad.predicate == term("rdf:type"):
                name = quad.subject.value.removeprefix(PREFIXES["id"])
                classes[name] = quad.object.value.removeprefix(PREFIXES["al"])
            elif quad.predicate in REFERENCES:
                referred.append(quad.object.value.removeprefix(PREFIXES["id"]))
    return classes, tuple(referred)


def _captures(content: bytes | None) -> Mapping[str, Capture]:
    root = None if content is None else read_yaml(CAPTURES, content).root
    return {} if root is None else {capture.id: capture for capture in read_captures(root)}
