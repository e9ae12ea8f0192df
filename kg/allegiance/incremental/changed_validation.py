"""Validate what a branch has changed, and what depends on it, stage by stage like a full run.

The verdict is that of a full run on everything touched, provided that the base is clean: what the
base has written is looked up in its snapshot, and only documents that the change can concern are
read. Where rules, shapes, the ontology, the format or the code differ, everything is validated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from allegiance.corpus import read_corpus
from allegiance.disk_store import disk_store_beside
from allegiance.errors import DataError
from allegiance.finding import Report
from allegiance.incremental.base_graph import BaseGraph
from allegiance.incremental.base_snapshot import base_snapshot
from allegiance.incremental.before import changed_documents, read_before
from allegiance.incremental.changed_shapes import UnknownReachError, check_changed_shapes
from allegiance.incremental.dependents import touched_by
from allegiance.incremental.git_changes import CODE, open_repository
from allegiance.incremental.library import KnownClaims, KnownEvents, Library
from allegiance.integrity import check_corpus
from allegiance.links.checking import check_links
from allegiance.names import check_names
from allegiance.reports.escaping import visible
from allegiance.validation import Validation, check_passages, run_stages, validate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from allegiance.bundle import Bundle
    from allegiance.corpus import Corpus
    from allegiance.finding import Finding
    from allegiance.incremental.dependents import Touched
    from allegiance.incremental.git_changes import Changes, Repository

__all__ = ["ChangedValidation", "validate_changed"]

CONCERNS_ALL: Final = ("ontology", "shapes", "kg/rules", "kg/data/schema", CODE)
_LINKING: Final = ("kg/data/links", "kg/data/wikidata")


@dataclass(frozen=True, slots=True)
class ChangedValidation:
    """Hold the verdict and what was looked at for it.

    `commit` is the base, `changed` are the files that differ from it, `dependents` the unchanged
    documents that were judged too. `full_because` says why everything was validated, if it was.
    """

    validation: Validation
    commit: str
    changed: tuple[str, ...]
    dependents: tuple[str, ...] = ()
    base_was_built: bool = False
    full_because: str | None = None

    def as_text(self) -> str:
        """Tell in a few lines what was looked at."""
        if self.full_because is not None:
            return f"Everything was validated: {self.full_because}"
        base = "built for this run" if self.base_was_built else "found in the build folder"
        lines = [
            f"Compared with {self.commit[:12]}, whose snapshot was {base}.",
            f"Changed: {_listed(self.changed)}.",
            f"Judged too, since they depend on it: {_listed(self.dependents)}.",
        ]
        return "\n".join(lines)


def validate_changed(
    bundle: Bundle,
    base: str | None,
    build: Path,
    captures: Path | None = None,
    tell: Callable[[str], object] = lambda _: None,
) -> ChangedValidation:
    """Validate the changes of a branch and of the working tree since they left a base.

    `base` names a commit; None: origin/main, or else main. `build` is the folder of snapshots,
    into which that of the base is built where it is missing. With a folder of captures, passages
    are looked up there. `tell` gets a line before what takes long. Raises UsageError where git
    cannot tell what has changed.

        validate_changed(bundle, "origin/main", build_folder(bundle, os.environ)).validation
    """
    repository = open_repository(bundle.root)
    changes = repository.changes(base)
    reason = _reason_for_all(changes)
    if reason is None:
        try:
            found = base_snapshot(repository, changes.commit, build, tell)
            graph = BaseGraph.open(disk_store_beside(found.snapshot))
            run = _Run(bundle, repository, changes, graph, captures)
            return replace(run.validated(), base_was_built=found.is_new)
        except DataError:
            reason = "the base has violations, so that it cannot be built."
        except UnknownReachError as error:
            reason = str(error)
    tell(f"Everything is validated: {reason}")
    validation = validate(bundle, captures)
    return ChangedValidation(validation, changes.commit, changes.paths, full_because=reason)


def _reason_for_all(changes: Changes) -> str | None:
    found = [path for path in changes.paths if _within(path, CONCERNS_ALL)]
    return f"{_listed(found)} changed." if found else None


@dataclass(frozen=True, slots=True)
class _Run:
    """Validate the changes since a base that is at hand."""

    bundle: Bundle
    repository: Repository
    changes: Changes
    base: BaseGraph
    captures: Path | None

    def validated(self) -> ChangedValidation:
        documents = changed_documents(self.changes.paths)
        files = [file for file in self.bundle.sources.glob("*.yaml") if file.stem in documents]
        corpus = read_corpus(self.bundle, files)
        if not Report.of(corpus.findings).conforms:
            return self._result(run_stages(corpus, {}))
        library = Library(self.bundle, corpus.frames, self.base, documents, corpus.documents)
        corpus = replace(corpus, claims=KnownClaims(library), events=KnownEvents(library))
        before = read_before(self._read, self.changes.paths, corpus.frames, self.base)
        touched = touched_by(corpus, before, library)
        judged = library.documents({*corpus.documents, *touched.documents})
        corpus = replace(corpus, documents=judged, findings=(*corpus.findings, *library.findings))
        checks = self._checks(library, touched, is_register_new=before.entries is not None)
        return self._result(run_stages(corpus, checks), touched.documents)

    def _checks(
        self, library: Library, touched: Touched, *, is_register_new: bool
    ) -> Mapping[str, Callable[[Corpus], Iterator[Finding]]]:
        return {
            "names": partial(check_names, events=touched.events),
            "evidence": partial(check_passages, captures=self.captures),
            "shapes": partial(
                check_changed_shapes,
                library=library,
                touched=touched,
                is_register_new=is_register_new,
            ),
            # The asserted view is not built: with the rules of the base, no data make it leak.
            "integrity": partial(check_corpus, events=touched.events, entries=touched.entries),
            "links": partial(check_links, events=self._events_of_links(touched)),
        }

    def _events_of_links(self, touched: Touched) -> frozenset[str] | None:
        """Return the events whose links are looked up: all of them where a table has changed."""
        found = any(_within(path, _LINKING) for path in self.changes.paths)
        return None if found else touched.events

    def _result(self, validation: Validation, dependents: Iterable[str] = ()) -> ChangedValidation:
        commit, changed = self.changes.commit, self.changes.paths
        return ChangedValidation(validation, commit, changed, tuple(sorted(dependents)))

    def _read(self, path: str) -> bytes | None:
        return self.repository.read(self.changes.commit, path)


def _within(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(folder + "/") for folder in folders)


def _listed(names: Iterable[str], most: int = 10) -> str:
    # A file can have any name, also one with a line of its own.
    found = [visible(name) for name in names]
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return (", ".join(found[:most]) or "nothing") + more
