"""The suites that are run, and where they are held."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from manifests import Case, read_manifest

__all__ = ["SUITES", "Suite", "absence", "cases", "root"]

VARIABLE = "ALLEGIANCE_W3C"
CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Suite:
    """Name a suite by a word, for readers by a title, and its manifest below the root."""

    name: str
    title: str
    manifest: str


SUITES = (
    Suite("protocol", "SPARQL 1.1 Protocol", "sparql/sparql11/protocol/manifest.ttl"),
    Suite(
        "graph_store_indirect",
        "Graph Store Protocol, graphs named in a parameter",
        "sparql/sparql11/graph-store-protocol/manifest-indirect.ttl",
    ),
    Suite(
        "graph_store_direct",
        "Graph Store Protocol, graphs named by their address",
        "sparql/sparql11/graph-store-protocol/manifest-direct.ttl",
    ),
    Suite("query", "SPARQL 1.1 Query", "sparql/sparql11/manifest-sparql11-query.ttl"),
    Suite("update", "SPARQL 1.1 Update", "sparql/sparql11/manifest-sparql11-update.ttl"),
    Suite(
        "results",
        "SPARQL 1.1 results in JSON, CSV and TSV",
        "sparql/sparql11/manifest-sparql11-results.ttl",
    ),
    Suite("federation", "SPARQL 1.1 Federation, syntax", "sparql/sparql11/syntax-fed/manifest.ttl"),
    Suite("sparql12", "SPARQL 1.2", "sparql/sparql12/manifest.ttl"),
)


def root() -> Path:
    """Name the folder of the suites, which the W3C calls `rdf-tests`."""
    named = os.environ.get(VARIABLE)
    folder = Path(named) if named else CHECKOUT.parent / "shared" / "w3c"
    return folder if (folder / "sparql").is_dir() else folder / "rdf-tests"


def absence() -> str | None:
    """Say that the suites are not held and what to do about it; None where they are held."""
    if (root() / "sparql").is_dir():
        return None
    return (
        f"the suites of the W3C are not held: no {root()} "
        f"(clone https://github.com/w3c/rdf-tests and set {VARIABLE})"
    )


@cache
def cases(name: str) -> tuple[Case, ...]:
    """Read the tests of a suite; none where the suites are not held."""
    if absence() is not None:
        return ()
    manifest = next(suite.manifest for suite in SUITES if suite.name == name)
    return read_manifest(root(), root() / manifest)
