"""Put what was fetched beside the project's own graph, so that one query asks both."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from pyoxigraph import RdfFormat

from allegiance.answering import load_store
from allegiance.enrichment.dataset import NQUADS
from allegiance.enrichment.retrieval import MANIFEST
from allegiance.errors import UsageError
from allegiance.snapshot import write_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pyoxigraph import Store

    from allegiance.snapshot import Snapshot

__all__ = ["add_enrichment", "join_snapshot"]

# What `write_snapshot` says of each snapshot anew.
_OWN = frozenset({"snapshot", "format", "quads", "files"})


def add_enrichment(store: Store, folder: Path) -> str:
    """Load a finished run's graph into a store, and return the graph's IRI.

    Raises UsageError for a folder that holds no finished run, or one that was changed since.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        content = (folder / NQUADS).read_bytes()
        graph, sha256 = str(manifest["graph"]), manifest["sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = (
            f"{folder} holds no finished enrichment ({error}). Run `allegiance enrich`; "
            "it names the folder at its end."
        )
        raise UsageError(message) from error
    if hashlib.sha256(content).hexdigest() != sha256:
        message = f"{folder / NQUADS} is not what its manifest says. Run `allegiance enrich` again."
        raise UsageError(message)
    store.load(content, format=RdfFormat.N_QUADS)
    return graph


def join_snapshot(snapshot: Snapshot, enrichments: Iterable[Path], folder: Path) -> Snapshot:
    """Write a snapshot that has the enrichments' graphs beside all that another one has."""
    store = load_store(snapshot)
    graphs = [add_enrichment(store, enrichment) for enrichment in enrichments]
    counts = {key: value for key, value in snapshot.manifest.items() if key not in _OWN}
    # Without `inputs`, nobody takes it for a build of the plain data.
    counts.pop("inputs", None)
    return write_snapshot(store, folder, counts | {"enrichments": graphs})
