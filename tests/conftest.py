"""Fixtures: the real graph, built once a session; and small checkouts of a test's own.

Tests of the product ask `graph` and `snapshot`. Tests of one rule write a few lines of YAML into a
`checkout`, which shares ontology, shapes, rules and schemas with the repository and has an invented
capture of its own. The captures of the real documents are not part of the project: tests that need
them take `captures` and are skipped, with the reason, where they are not held.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyoxigraph import Store

from allegiance.answering import load_store
from allegiance.build import build_snapshot
from allegiance.bundle import Bundle, default_bundle
from allegiance.snapshot import Snapshot

ROOT = Path(__file__).resolve().parent.parent

CAPTURE = (
    "Headline of an invented page\n\n"
    "Arcadia has backed the Reed Front for years. Its minister said that help would go on.\n"
    "If Borduria attacks, the Reed Front could strike Borduria. Will it come to that?\n"
)

ACTORS = """\
actors:
  arcadia: {class: State, label: Arcadia}
  borduria: {class: State, label: Borduria}
  reed-front: {class: ArmedGroup, label: Reed Front, alias: [Front of the Reeds]}
  minister-of-arcadia:
    class: UnnamedActor
    label: Minister of Arcadia (unnamed)
    describedAs: Its minister
    affiliatedWith: arcadia
  daily-reed: {class: MediaOrganisation, label: Daily Reed}
"""

HEADER = """\
document: {slug}
type: NewsArticle
title: Headline of an invented page
language: en
recorded: "2026-11-21"
publications:
  - {{outlet: daily-reed, published: "2024-10-02"}}
capture: {{page: invented-page, start: 0, end: {end}}}
claims:
"""


@dataclass(frozen=True, slots=True)
class Checkout:
    """A small checkout in a temporary folder, with one invented captured page."""

    root: Path

    @property
    def bundle(self) -> Bundle:
        return Bundle(self.root)

    @property
    def captures(self) -> Path:
        return self.root / "captures"

    def write_actors(self, text: str) -> None:
        (self.root / "kg/data/actors/actors.yaml").write_text(text, encoding="utf-8")

    def write_source(self, slug: str, claims: str) -> Path:
        """Write a document with the standard header and these claims, indented by two."""
        header = HEADER.format(slug=slug, end=len(CAPTURE))
        return self.write_raw(slug, (header + claims).encode())

    def write_raw(self, slug: str, content: bytes) -> Path:
        file = self.root / f"kg/data/sources/{slug}.yaml"
        file.write_bytes(content)
        return file


def passage(words: str) -> str:
    """Write the flow mapping of a passage of CAPTURE whose words are given whole."""
    start = CAPTURE.index(words)
    digest = hashlib.sha256(words.encode()).hexdigest()
    return f'{{start: {start}, end: {start + len(words)}, quote: "{words}", sha256: {digest}}}'


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    for shared in ("ontology", "shapes", "kg/rules", "kg/queries", "kg/data/schema"):
        target = tmp_path / shared
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(ROOT / shared)
    for own in ("kg/data/actors", "kg/data/sources", "captures"):
        (tmp_path / own).mkdir(parents=True)
    (tmp_path / "captures/page.txt").write_bytes(CAPTURE.encode())
    digest = hashlib.sha256(CAPTURE.encode()).hexdigest()
    (tmp_path / "kg/data/captures.yaml").write_text(
        "captures:\n  invented-page:\n    url: https://example.org/page\n"
        f"    sha256: {digest}\n    characters: {len(CAPTURE)}\n    normalisation: None.\n",
        encoding="utf-8",
    )
    made = Checkout(tmp_path)
    made.write_actors(ACTORS)
    return made


@pytest.fixture(scope="session")
def bundle() -> Bundle:
    return default_bundle()


@pytest.fixture(scope="session")
def snapshot(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return build_snapshot(bundle, tmp_path_factory.mktemp("build"))


@pytest.fixture(scope="session")
def graph(snapshot: Snapshot) -> Store:
    return load_store(snapshot)


@pytest.fixture(scope="session")
def captures() -> Path:
    named = os.environ.get("ALLEGIANCE_CAPTURES")
    folder = Path(named) if named else ROOT.parent / "shared" / "sources"
    if not folder.is_dir():
        pytest.skip(f"the captured pages are not held: no {folder} (set ALLEGIANCE_CAPTURES)")
    return folder
