"""Read documents of the working tree only when they are asked for, and let each name be looked up.

A document that the branch has not changed says what the base has; so the base tells which documents
to read, and nothing else is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode

from allegiance.corpus import read_documents
from allegiance.incremental.base_graph import document_of
from allegiance.namespaces import PREFIXES, term

if TYPE_CHECKING:
    from collections.abc import Iterable

    from allegiance.bundle import Bundle
    from allegiance.document import Claim, SourceDocument
    from allegiance.finding import Finding
    from allegiance.frames import Frame
    from allegiance.incremental.base_graph import BaseGraph

__all__ = ["KnownClaims", "KnownEvents", "Library"]


class Library:
    """Hold the documents that were read, and read further ones by their names.

    `changed` names the documents that the branch has added, altered or removed; what the base says
    of them is out of date.
    """

    def __init__(
        self,
        bundle: Bundle,
        frames: Mapping[str, Frame],
        base: BaseGraph,
        changed: frozenset[str],
        documents: Mapping[str, SourceDocument],
    ) -> None:
        """Take the documents that are read already: all changed ones that are still there."""
        self.base, self.changed = base, changed
        self.findings: list[Finding] = []
        self._bundle, self._frames = bundle, frames
        self._documents = dict(documents)

    def documents(self, names: Iterable[str]) -> dict[str, SourceDocument]:
        """Return documents by their names, in the order of their files; some may be gone."""
        wanted = sorted(set(names), key=file_name)
        missing = [
            file
            for name in wanted
            if name not in self._documents and name not in self.changed
            if (file := self._bundle.sources / file_name(name)).exists()
        ]
        if missing:
            self._documents |= read_documents(self._bundle, missing, self._frames, self.findings)
        return {name: self._documents[name] for name in wanted if name in self._documents}

    def claims(self, document: str) -> Mapping[str, Claim]:
        """Return the claims of a document by their names: document/id."""
        found = self.documents([document]).get(document)
        return {} if found is None else {f"{document}/{claim.id}": claim for claim in found.claims}

    def changed_claims(self) -> Iterator[tuple[str, Claim]]:
        """Give the claims of the changed documents, in the order of the files."""
        for name in sorted(self.changed, key=file_name):
            yield from self.claims(name).items()


class KnownClaims(Mapping[str, "Claim"]):
    """Lead from document/id to a claim, whether its document was read yet or not."""

    def __init__(self, library: Library) -> None:
        """Take the library that reads the documents."""
        self._library = library

    def __getitem__(self, key: str) -> Claim:
        """Return a claim; reads its document. Raises KeyError where there is none."""
        if key not in self:
            raise KeyError(key)
        return self._library.claims(key.partition("/")[0])[key]

    def __contains__(self, key: object) -> bool:
        """Tell whether there is a claim of this name."""
        if not isinstance(key, str):
            return False
        document = key.partition("/")[0]
        if document in self._library.changed:
            return key in self._library.claims(document)
        return self._library.base.has_claim(key)

    def __iter__(self) -> Iterator[str]:
        """Give all names; those of the base are looked through once."""
        return iter(self._names)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        changed = self._library.changed
        others = (
            key for key in self._library.base.claim_keys() if key.partition("/")[0] not in changed
        )
        return (*(key for key, _ in self._library.changed_claims()), *others)

    def __len__(self) -> int:
        """Count all claims."""
        return len(self._names)


class KnownEvents(Mapping[str, tuple["Claim", ...]]):
    """Lead from the id of an event, treaty or statement to the claims that describe it."""

    def __init__(self, library: Library) -> None:
        """Take the library that reads the documents."""
        self._library = library
        self._changed = {
            name: True for _, claim in library.changed_claims() if (name := event_of(claim))
        }

    def __getitem__(self, name: str) -> tuple[Claim, ...]:
        """Return the claims in the order of their documents. Raises KeyError where there is none.

        Reads every document with such a claim.
        """
        library = self._library
        documents = library.documents({*self._unchanged(name), *library.changed})
        found = tuple(
            claim
            for document in documents
            for claim in library.claims(document).values()
            if event_of(claim) == name
        )
        if not found:
            raise KeyError(name)
        return found

    def __contains__(self, name: object) -> bool:
        """Tell whether a claim describes something of this id."""
        return isinstance(name, str) and (name in self._changed or bool(self._unchanged(name)))

    def __iter__(self) -> Iterator[str]:
        """Give all ids; those of the base are looked through once."""
        return iter(self._names)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        changed = self._library.changed
        others = {
            quad.object.value.removeprefix(PREFIXES["id"])
            for quad in self._library.base.quads(None, term("al:content"), None)
            if isinstance(quad.object, NamedNode) and document_of(quad) not in changed
        }
        return (*self._changed, *sorted(n for n in others - self._changed.keys() if "--" not in n))

    def __len__(self) -> int:
        """Count all ids."""
        return len(self._names)

    def _unchanged(self, name: str) -> set[str]:
        """Return the unchanged documents that describe it; a name with -- is never an id."""
        return (
            set() if "--" in name else self._library.base.describing(name) - self._library.changed
        )


def event_of(claim: Claim) -> str | None:
    """Return the id of the event, treaty or statement that a claim describes, if it gives one."""
    found = claim.values.get("id")
    return found.text or None if found is not None else None


def file_name(document: str) -> str:
    """Return the name of a document's file, by which documents are ordered."""
    return f"{document}.yaml"
