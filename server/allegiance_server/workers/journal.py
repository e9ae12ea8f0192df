"""The journal of commits: what was written on top of a base snapshot, in files that never change.

A commit is one file, `NNNNNNNN-<name>.patch`: a line of JSON, then lines `D <quad>` for what it
takes away and `A <quad>` for what it adds, in N-Quads. Its name is the sha256 of its parent's name
and these lines, so that it names all data up to it: the base and every commit to here. The file
`base` says which snapshot the first commit stands on.

A commit is kept once its file has its final name: file and folder are synchronised with the disk
before anyone is told of it, and what is found half written has another name and is removed.

Blank nodes keep their labels throughout: a patch takes away by label what an earlier one added.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import mmap
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, RdfFormat, parse

from allegiance_server.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pyoxigraph import Quad, Store

__all__ = [
    "Commit",
    "Delta",
    "Journal",
    "Position",
    "apply_delta",
    "apply_patch",
    "catch_up",
    "commits",
    "find_request",
    "load_base",
    "read_lines",
    "remove_empty",
    "replay",
]

GraphName = NamedNode | BlankNode | DefaultGraph

BASE: Final = "base"
DRAFT: Final = ".draft-"
FILE: Final = re.compile(r"(?P<number>[0-9]{8})-(?P<name>[0-9a-f]{64})\.patch")
REMEDY: Final = "Bring the file back from a backup, or choose another folder as commit_dir."


@dataclass(frozen=True, slots=True)
class Delta:
    """Hold what a commit takes away and what it adds: lines of N-Quads, without line breaks."""

    removed: frozenset[bytes]
    added: frozenset[bytes]

    def __bool__(self) -> bool:
        """Tell whether anything changes."""
        return bool(self.removed or self.added)

    def inverse(self) -> Delta:
        """Return what undoes it.

        >>> Delta(frozenset(), frozenset({b"<a:a> <a:b> <a:c> ."})).inverse().added
        frozenset()
        """
        return Delta(self.added, self.removed)

    def quads(self) -> tuple[list[Quad], list[Quad]]:
        """Return what is taken away and what is added."""
        return list(read_lines(self.removed)), list(read_lines(self.added))

    def encode(self) -> bytes:
        """Write the lines of a patch, in one order for one delta."""
        lines = [b"D %b\n" % line for line in sorted(self.removed)]
        lines += [b"A %b\n" % line for line in sorted(self.added)]
        return b"".join(lines)

    @classmethod
    def decode(cls, body: bytes) -> Delta:
        """Read the lines of a patch."""
        lines = body.split(b"\n")
        return cls(
            frozenset(line[2:] for line in lines if line.startswith(b"D ")),
            frozenset(line[2:] for line in lines if line.startswith(b"A ")),
        )


@dataclass(frozen=True, slots=True)
class Commit:
    """Hold one commit of the journal; `request` is the id that the asking process gave it."""

    number: int
    name: str
    parent: str
    request: str
    delta: Delta


class Position(NamedTuple):
    """Name a place in the journal: how many commits lead there, and what the data is there."""

    number: int
    name: str


class Journal:
    """Append commits. One process at a time does; everyone may read meanwhile."""

    def __init__(self, folder: Path, base: str, after: Position | None = None) -> None:
        """Open the journal on a base snapshot, or begin one; remove what was left half written.

        What leads to `after` has been read before. Raises SettingsError where it stands on another
        base, or cannot be read or written.
        """
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for draft in folder.glob(f"{DRAFT}*"):
                draft.unlink()
            if _base(folder) is None:
                _write(folder, BASE, base.encode() + b"\n")
        except OSError as error:
            detail = f"The folder of the commits, {folder}, cannot be used: {error.strerror}."
            raise SettingsError(detail, "Let the server write there, or set commit_dir.") from None
        self._number, self._head = after or Position(0, base)
        for commit in commits(folder, base, after):
            self._number, self._head = commit.number, commit.name

    @property
    def head(self) -> str:
        """Return the name of the data as of the last commit."""
        return self._head

    def append(self, delta: Delta, request: str) -> Path:
        """Keep a commit; when this returns, it outlasts a crash of the process and of the machine.

        Raises OSError where it cannot be kept; then nothing of it is left.
        """
        body = delta.encode()
        name = _name(self._head, body)
        header = {
            "format": 1,
            "parent": self._head,
            "name": name,
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "sha256": hashlib.sha256(body).hexdigest(),
            "removed": len(delta.removed),
            "added": len(delta.added),
            "request": request,
        }
        file = f"{self._number + 1:08d}-{name}.patch"
        path = _write(self._folder, file, json.dumps(header).encode() + b"\n" + body)
        self._number, self._head = self._number + 1, name
        return path


def commits(folder: Path, base: str, after: Position | None = None) -> Iterator[Commit]:
    """Give the commits on a base in their order, each checked; none where there is no journal.

    With `after`, only those that follow. Raises SettingsError where the journal stands on another
    base, lacks a commit or has one that is not what was written.
    """
    found = _base(folder)
    if found is None:
        return
    if found != base:
        detail = f"The commits in {folder} stand on the snapshot {found}, not on {base}."
        remedy = f"Serve the snapshot {found[:12]}..., or choose an empty folder as commit_dir."
        raise SettingsError(detail, remedy)
    read, parent = after or Position(0, base)
    for number, path in enumerate(_patches(folder)[read:], read + 1):
        commit = _read(path)
        if commit.number != number or commit.parent != parent:
            detail = f"A commit is missing before {path}."
            raise SettingsError(detail, REMEDY)
        yield commit
        parent = commit.name


def replay(store: Store, folder: Path, base: str) -> str:
    """Apply all commits to a store that holds the base; return the name of what it holds then.

    Raises SettingsError as `commits` does.
    """
    return catch_up(store, folder, base, Position(0, base)).name


def catch_up(store: Store, folder: Path, base: str, position: Position) -> Position:
    """Apply the commits after a position to a store that is there; return where it is then.

    Raises SettingsError as `commits` does.
    """
    for commit in commits(folder, base, position):
        apply_delta(store, commit.delta)
        position = Position(commit.number, commit.name)
    return position


def apply_patch(store: Store, path: Path) -> tuple[str, list[Quad], list[Quad]]:
    """Apply one commit to a store that holds its parent.

    Return the name of what the store holds then, what was added and what was taken away. To apply
    the same one again changes nothing. Raises SettingsError where the file is damaged.
    """
    commit = _read(path)
    added, removed = apply_delta(store, commit.delta)
    return commit.name, added, removed


def find_request(folder: Path, request: str) -> tuple[Path, Commit] | None:
    """Look whether the last commit is the one of a request, and make sure that it lasts."""
    for path in _patches(folder)[-1:]:
        commit = _read(path)
        if commit.request == request:
            _synchronise(path)
            _synchronise(folder)
            return path, commit
    return None


def load_base(store: Store, path: Path) -> None:
    """Load N-Quads with the labels of blank nodes as they are written, which loading alone changes.

    Only lines that may hold a blank node take the slower way. Raises OSError or SyntaxError.
    """
    with path.open("rb") as stream:
        if os.fstat(stream.fileno()).st_size == 0:
            return
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            if content.find(b"_:") >= 0:
                lines = content[:].split(b"\n")
                store.bulk_extend(read_lines(line for line in lines if b"_:" in line))
                plain = b"\n".join(line for line in lines if b"_:" not in line)
                store.bulk_load(plain, RdfFormat.N_QUADS)
                return
    store.bulk_load(path=path, format=RdfFormat.N_QUADS)


def apply_delta(store: Store, delta: Delta) -> tuple[list[Quad], list[Quad]]:
    """Take away and add; a named graph that is then empty is no more.

    Return what was added and what was taken away.
    """
    removed, added = delta.quads()
    for quad in removed:
        store.remove(quad)
    store.extend(added)
    remove_empty(store, {quad.graph_name for quad in removed})
    return added, removed


def remove_empty(store: Store, graphs: Iterable[GraphName]) -> None:
    """Remove the named graphs among these that hold nothing: N-Quads know no empty graph."""
    for graph in graphs:
        is_empty = next(store.quads_for_pattern(None, None, None, graph), None) is None
        if is_empty and not isinstance(graph, DefaultGraph):
            store.remove_graph(graph)


def read_lines(lines: Iterable[bytes]) -> Iterator[Quad]:
    """Read lines that a store wrote; what it took needs no check here. Labels stay as they are."""
    yield from parse(b"\n".join(lines), RdfFormat.N_QUADS, lenient=True)


def _base(folder: Path) -> str | None:
    try:
        return (folder / BASE).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None


def _patches(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.patch") if FILE.fullmatch(path.name))


def _read(path: Path) -> Commit:
    """Read a commit and check that it is the one that was written."""
    named = FILE.fullmatch(path.name)
    header, _, body = path.read_bytes().partition(b"\n")
    try:
        told = json.loads(header)
        parent, name, request = str(told["parent"]), str(told["name"]), str(told["request"])
        counts = (told["removed"], told["added"])
    except (ValueError, KeyError, TypeError):
        raise _damaged(path) from None
    delta = Delta.decode(body)
    if (
        named is None
        or not named["name"] == name == _name(parent, body)
        or counts != (len(delta.removed), len(delta.added))
    ):
        raise _damaged(path)
    return Commit(int(named["number"]), name, parent, request, delta)


def _damaged(path: Path) -> SettingsError:
    return SettingsError(f"The commit {path} is not as it was written: it is damaged.", REMEDY)


def _name(parent: str, body: bytes) -> str:
    return hashlib.sha256(parent.encode() + b"\n" + body).hexdigest()


def _write(folder: Path, name: str, content: bytes) -> Path:
    """Write a file so that it is there whole and for good, or not at all: then OSError."""
    draft, path = folder / f"{DRAFT}{name}", folder / name
    try:
        with draft.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        draft.rename(path)
        _synchronise(folder)
    except BaseException:
        # Also on an interrupt: a commit that nobody was told of must not come back.
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        raise
    return path


def _synchronise(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
