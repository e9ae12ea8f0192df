"""Find the snapshot of the commit that a branch is compared with, or build it."""

from __future__ import annotations

import json
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from allegiance.build import build_snapshot
from allegiance.bundle import Bundle
from allegiance.errors import SnapshotError
from allegiance.fingerprint import fingerprint_of_blobs
from allegiance.snapshot import open_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from allegiance.incremental.git_changes import Repository
    from allegiance.snapshot import Snapshot

__all__ = ["BaseSnapshot", "base_snapshot", "find_snapshot"]

# One file for each base that was built here: its name is the fingerprint, it holds the snapshot's.
POINTERS: Final = ".bases"


@dataclass(frozen=True, slots=True)
class BaseSnapshot:
    """Hold a snapshot of the base; `is_new` tells whether it had to be built for this run."""

    snapshot: Snapshot
    is_new: bool


def base_snapshot(
    repository: Repository, commit: str, build: Path, tell: Callable[[str], object]
) -> BaseSnapshot:
    """Return the snapshot of a commit, from the build folder or else built into it.

    Which snapshot is the current one stays as it is. Raises DataError where the commit's data
    cannot be built, SnapshotError where the folder cannot be used.
    """
    fingerprint = fingerprint_of_blobs(repository.blobs(commit))
    found = find_snapshot(build, fingerprint)
    if found is not None:
        return BaseSnapshot(found, is_new=False)
    tell(f"{build} has no snapshot of {commit[:12]}: it is built now.")
    try:
        build.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"The folder {build} cannot be made ({error.strerror}). Set ALLEGIANCE_BUILD_DIR."
        raise SnapshotError(message) from error
    with tempfile.TemporaryDirectory(prefix=".base-", dir=build) as folder:
        checkout = Path(folder) / "checkout"
        repository.write_tree(commit, checkout)
        made = build_snapshot(Bundle(checkout), Path(folder) / "build")
        target = build / made.name
        try:
            made.directory.rename(target)
        except OSError:
            # What has the same name is the same graph, built of other files or by another run.
            if not target.is_dir():
                raise
    pointer = build / POINTERS / fingerprint
    pointer.parent.mkdir(exist_ok=True)
    pointer.write_text(made.name, encoding="ascii")
    return BaseSnapshot(open_snapshot(target), is_new=True)


def find_snapshot(build: Path, fingerprint: str) -> Snapshot | None:
    """Look through a build folder for what was built from files with this fingerprint."""
    pointer = build / POINTERS / fingerprint
    if pointer.is_file():
        with suppress(SnapshotError):
            return open_snapshot(build / pointer.read_text(encoding="ascii"))
    for manifest in sorted(build.glob("*/manifest.json")):
        # What is no snapshot that this version can open is none of the base.
        with suppress(OSError, ValueError, AttributeError, SnapshotError):
            if json.loads(manifest.read_bytes()).get("fingerprint") == fingerprint:
                return open_snapshot(manifest.parent)
    return None
