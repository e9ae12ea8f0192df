"""Keep a store on disk beside a snapshot: it opens at once, however large the graph is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pyoxigraph import RdfFormat, Store

from allegiance.errors import SnapshotError

if TYPE_CHECKING:
    from allegiance.snapshot import Snapshot

__all__ = ["disk_store_beside", "make_disk_store"]

FOLDER: Final = ".stores"


def disk_store_beside(snapshot: Snapshot) -> Path:
    """Return the folder of the store of a snapshot, made where it is not there yet.

    Raises SnapshotError where it cannot be made.
    """
    folder = snapshot.directory.parent / FOLDER / snapshot.name
    if not folder.is_dir():
        # In a process of its own: the store has threads, and the memory is given back.
        made = subprocess.run(  # noqa: S603 - our own program, with arguments of our own
            [sys.executable, "-P", "-m", __name__, str(snapshot.nquads), str(folder)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stderr=subprocess.PIPE,
            check=False,
        )
        if made.returncode != 0:
            reason = made.stderr.decode(errors="replace").strip().rpartition("\n")[2]
            message = f"The store {folder} cannot be made: {reason}"
            raise SnapshotError(message)
    return folder


def make_disk_store(nquads: Path, folder: Path) -> None:
    """Load N-Quads into a store on disk; it is whole under its name, or not there.

    Raises OSError or SyntaxError; then nothing is left.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder.parent))
    try:
        store = Store(str(draft / "store"))
        store.bulk_load(path=str(nquads), format=RdfFormat.N_QUADS)
        store.optimize()
        store.flush()
        del store
        if not folder.exists():
            (draft / "store").rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


if __name__ == "__main__":
    make_disk_store(Path(sys.argv[1]), Path(sys.argv[2]))
