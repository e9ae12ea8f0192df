"""Write and open immutable snapshots: a folder that is named by the hash of its content.

graph.nq          canonical N-Quads (RDFC-1.0, sorted): the default graph and all named graphs
graph.trig        the same for readers
graph.rdf12.nt    the default graph, and the triples of each claim and link as RDF 1.2 reifications
manifest.json     counts, versions, the sha256 of each file and of the whole
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import RdfFormat, parse, serialize

from allegiance.errors import SnapshotError
from allegiance.forking import run_forked
from allegiance.namespaces import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyoxigraph import Store

__all__ = ["Snapshot", "current_snapshot", "open_snapshot", "write_snapshot"]

_REIFIES = b" <http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies> <<( "
_CURRENT = "current"
_BATCH = 65536
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Hold an opened snapshot; `name` is the sha256 of graph.nq."""

    name: str
    directory: Path
    manifest: Mapping[str, object]

    @property
    def nquads(self) -> Path:
        """Return the canonical N-Quads."""
        return self.directory / "graph.nq"

    @property
    def trig(self) -> Path:
        """Return the TriG for readers and for tools such as rdflib."""
        return self.directory / "graph.trig"


def write_snapshot(store: Store, folder: Path, counts: Mapping[str, object]) -> Snapshot:
    """Write a store as a snapshot under a folder, and point `current` at it.

    Everything is written beside its final place and then renamed: a reader sees a whole snapshot
    or none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder))
    try:
        name = _write_files(store, draft, counts)
        draft.chmod(0o755)
        target = folder / name
        if target.exists():
            shutil.rmtree(draft)
        else:
            draft.rename(target)
    except BaseException:
        # Also on an interrupt: nothing may be left half written.
        shutil.rmtree(draft, ignore_errors=True)
        raise
    pointer = folder / f".{_CURRENT}-{os.getpid()}"
    pointer.write_text(name + "\n", encoding="ascii")
    pointer.rename(folder / _CURRENT)
    return open_snapshot(target)


def open_snapshot(directory: Path) -> Snapshot:
    """Open a snapshot's folder.

    Raises SnapshotError where the folder is none, or not of this format.
    """
    try:
        manifest = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
        name, format_version = str(manifest["snapshot"]), manifest["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{directory} is no snapshot ({error}). Run `allegiance build` to make one."
        raise SnapshotError(message) from error
    if format_version != _FORMAT or not (directory / "graph.nq").is_file():
        message = f"{directory} is not of this version's format. Run `allegiance build` again."
        raise SnapshotError(message)
    return Snapshot(name, directory, manifest)


def current_snapshot(folder: Path) -> Snapshot:
    """Open the snapshot that was built last under a folder."""
    try:
        name = (folder / _CURRENT).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        message = f"There is no snapshot in {folder}. Run `allegiance build` to make one."
        raise SnapshotError(message) from error
    return open_snapshot(folder / name)


def _write_files(store: Store, draft: Path, counts: Mapping[str, object]) -> str:
    lines = _sorted_lines(store)
    name = _write(draft / "graph.nq", lines)
    default, named = _by_graph(lines)
    run_forked(
        [
            lambda: _write_trig(draft / "graph.trig", default),
            lambda: _write_named(draft, default, named),
        ]
    )
    _append(draft / "graph.trig", draft / "named.trig")
    manifest = {
        "snapshot": name,
        "format": _FORMAT,
        "quads": len(lines),
        **counts,
        "files": {file.name: _digest(file) for file in sorted(draft.iterdir())},
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (draft / "manifest.json").write_text(text, encoding="utf-8")
    return name


def _by_graph(lines: Iterable[bytes]) -> tuple[list[bytes], list[tuple[bytes, bytes]]]:
    """Part the default graph's lines from the others, which are sorted by their graph."""
    default, named = [], []
    for line in lines:
        graph = _graph_of(line)
        if graph:
            named.append((graph, line))
        else:
            default.append(line)
    named.sort()
    return default, named


def _sorted_lines(store: Store) -> list[bytes]:
    """Return the canonical N-Quads: blank nodes are canonical already, order is by bytes."""
    buffer = io.BytesIO()
    store.dump(buffer, RdfFormat.N_QUADS)
    return sorted(buffer.getvalue().splitlines(keepends=True))


def _write_trig(path: Path, lines: Sequence[bytes]) -> None:
    """Write TriG from lines that are in the order of their graphs: each graph stands once."""
    quads = parse(input=b"".join(lines), format=RdfFormat.N_QUADS)
    serialize(quads, path, RdfFormat.TRIG, prefixes=dict(PREFIXES))


def _write_named(
    draft: Path, default: Sequence[bytes], named: Sequence[tuple[bytes, bytes]]
) -> None:
    """Write the second half of the TriG, and RDF 1.2 with what claims and links say reified."""
    _write_trig(draft / "named.trig", [line for _, line in named])
    saying = tuple(f"<{PREFIXES[name]}".encode() for name in ("claim", "link"))
    reified = (
        graph + _REIFIES + line[: -len(graph) - len(b"  .\n")] + b" )>> .\n"
        for graph, line in named
        if graph.startswith(saying)
    )
    _write(draft / "graph.rdf12.nt", chain(default, reified))


def _append(first: Path, second: Path) -> None:
    """Join two files, and leave one; both state the same prefixes, which TriG allows."""
    with first.open("ab") as target, second.open("rb") as source:
        shutil.copyfileobj(source, target)
    second.unlink()


def _graph_of(line: bytes) -> bytes:
    """Return the graph's IRI in a line of canonical N-Quads, or nothing for the default graph.

    The last term is a graph if three terms stand before it; an IRI inside a literal, or a
    literal's datatype, is none.
    """
    if not line.endswith(b"> .\n"):
        return b""
    cut = line.rfind(b" <")
    candidate = line[cut + 1 : -len(b" .\n")]
    is_iri = b'"' not in candidate and b" " not in candidate
    return candidate if is_iri and line.count(b" ", 0, cut) > 1 else b""


def _write(path: Path, lines: Iterable[bytes]) -> str:
    """Write lines and return their sha256; in batches, since there are millions of them."""
    digest = hashlib.sha256()
    rest = iter(lines)
    with path.open("wb") as file:
        while batch := b"".join(islice(rest, _BATCH)):
            digest.update(batch)
            file.write(batch)
    return digest.hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
