"""Name what a snapshot is built from, so that files and a commit of git can be compared.

The name is the sha256 of the sorted paths with the ids that git gives their contents, and of the
code that builds. Git's ids of a whole commit are had without reading a file.
"""

from __future__ import annotations

import hashlib
import os
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["FOLDERS", "fingerprint_of_blobs", "fingerprint_of_folder"]

FOLDERS: Final = ("kg/data", "kg/rules", "ontology")
_READ: Final = (".ttl", ".yaml", ".json", ".jsonld", ".rq", ".tsv")


def fingerprint_of_folder(root: Path) -> str:
    """Name the state of the files under a root, as they lie there.

    >>> fingerprint_of_folder(Path("/nowhere")) == fingerprint_of_blobs({})
    True
    """
    return fingerprint_of_blobs(dict(_blobs(root)))


def fingerprint_of_blobs(blobs: Mapping[str, str]) -> str:
    """Name a state by its paths, relative to the root, and the ids of what stands there."""
    digest = hashlib.sha256(_code())
    for path, blob in sorted(blobs.items()):
        if _is_read(path):
            digest.update(f"{path}\0{blob}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


def _is_read(path: str) -> bool:
    """Tell whether a build reads a file; a link to a folder has no suffix and may be read."""
    if not any(path == folder or path.startswith(folder + "/") for folder in FOLDERS):
        return False
    return path.endswith(_READ) or "." not in path.rsplit("/", 1)[-1]


def _blobs(root: Path) -> Iterator[tuple[str, str]]:
    for name in FOLDERS:
        for file in _files(root / name):
            yield file.relative_to(root).as_posix(), _blob(file)


def _files(folder: Path) -> Iterable[Path]:
    """Give the files and links below a folder, or the folder itself where it is a link."""
    if folder.is_symlink():
        return (folder,)
    found = (Path(at) / name for at, below, names in os.walk(folder) for name in (*below, *names))
    return (file for file in found if file.is_symlink() or file.is_file())


def _blob(file: Path) -> str:
    """Return the id that git gives a file's content, or the target of a link."""
    content = os.fsencode(file.readlink()) if file.is_symlink() else file.read_bytes()
    # Git's own name of the content, which guards against nobody.
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


@cache
def _code() -> bytes:
    """Hash the code, since a newer one may build another graph of the same files."""
    digest = hashlib.sha256(version("allegiance").encode())
    folder = Path(__file__).parent
    for file in sorted(folder.rglob("*.py")):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.digest()
