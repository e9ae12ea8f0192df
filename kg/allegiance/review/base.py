"""Read what a change is compared with: a commit of git, or a snapshot; and the working tree."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from allegiance.answering import load_store
from allegiance.build import build_store
from allegiance.corpus import read_corpus
from allegiance.errors import DataError, UsageError
from allegiance.finding import Severity
from allegiance.incremental.base_snapshot import base_snapshot
from allegiance.incremental.git_changes import open_repository
from allegiance.integrity import check_quotations
from allegiance.links.checking import tabled_links
from allegiance.names import check_names
from allegiance.review.link_changes import read_links
from allegiance.snapshot import current_snapshot, open_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyoxigraph import Store

    from allegiance.bundle import Bundle
    from allegiance.corpus import Corpus
    from allegiance.incremental.git_changes import Repository
    from allegiance.review.link_changes import Links

__all__ = ["Base", "Tree", "read_base", "read_tree"]

_LINKS = "kg/data/links/"


@dataclass(frozen=True, slots=True)
class Base:
    """Hold the graph of what is compared with, what it is in words, and its links.

    The links are None where it does not hold them: a snapshot has no tables.
    """

    name: str
    store: Store
    links: Links | None


@dataclass(frozen=True, slots=True)
class Tree:
    """Hold the graph of the working tree, with what it was read from."""

    corpus: Corpus
    store: Store
    links: Links


def read_base(
    bundle: Bundle, base: str | None, builds: Path, tell: Callable[[str], object]
) -> Base:
    """Read a commit, or a snapshot's folder; without a base, origin/main or else main.

    Of a branch, the commit counts at which this one left it. A snapshot of that commit is taken
    from the folder of builds, or built into it: `tell` then gets a sentence. Raises UsageError
    where there is no such base.
    """
    folder = Path(base or "")
    if base and ((folder / "manifest.json").is_file() or (folder / "current").is_file()):
        whole = (folder / "manifest.json").is_file()
        snapshot = open_snapshot(folder) if whole else current_snapshot(folder)
        name = f"the snapshot {snapshot.name[:12]} (links are not compared)"
        return Base(name, load_store(snapshot), None)
    repository = _repository(bundle.root)
    commit = repository.changes(base).commit
    name = f"{base}, commit {commit[:12]}" if base else f"commit {commit[:12]}"
    try:
        found = base_snapshot(repository, commit, builds, tell)
    except DataError as error:
        first = error.findings[0]
        message = (
            f"The data of {name} cannot be built: {first.place}: {first.message} [{first.rule}]; "
            f"{len(error.findings)} findings in all. Compare with another commit."
        )
        raise UsageError(message) from error
    return Base(name, load_store(found.snapshot), read_links(_committed(repository, commit)))


def read_tree(bundle: Bundle) -> Tree:
    """Read and build the working tree.

    Raises DataError, with the findings, where it cannot be built.
    """
    corpus = read_corpus(bundle)
    findings = [*corpus.findings, *check_names(corpus), *check_quotations(corpus)]
    # A row that cannot be read would be told as a link that is gone.
    findings += tabled_links(corpus)[1]
    blocking = [found for found in findings if found.severity is Severity.VIOLATION]
    if blocking:
        raise DataError(blocking)
    files = sorted((bundle.data / "links").glob("*.sssom.tsv"))
    tables = ((bundle.relative(file), file.read_bytes()) for file in files)
    return Tree(corpus, build_store(corpus), read_links(tables))


def _repository(root: Path) -> Repository:
    try:
        return open_repository(root)
    except UsageError as error:
        reason = str(error).partition(". ")[0]
        message = f"{reason}. Name a snapshot's folder to compare with: allegiance diff FOLDER."
        raise UsageError(message) from error


def _committed(repository: Repository, commit: str) -> Iterator[tuple[str, bytes]]:
    for path in repository.blobs(commit):
        if path.startswith(_LINKS) and path.endswith(".sssom.tsv"):
            yield path, repository.read(commit, path) or b""
