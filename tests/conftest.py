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
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import allegiance.corpus
from allegiance.answering import load_store
from allegiance.build import build_snapshot
from allegiance.bundle import Bundle, default_bundle
from allegiance.vocabulary import load_vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyoxigraph import Store

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
  evening-post: {class: MediaOrganisation, label: Evening Post}
  hill-radio: {class: MediaOrganisation, label: Hill Radio}
  ana-writer: {class: Person, label: Ana Writer}
  syldavia: {class: State, label: Syldavia}
places:
  reed-delta: {label: Reed Delta, locatedIn: arcadia}
topics:
  fishing-rights: {label: Fishing rights}
"""

HEADER = """\
document: {slug}
type: NewsArticle
title: Headline of an invented page
language: en
recorded: "2026-11-21"
publications:
  - {{outlet: {outlet}, published: "{published}"}}
capture: {{page: invented-page, start: 0, end: {end}}}
{more}claims:
"""


@dataclass(frozen=True, slots=True)
class Checkout:
    """A small checkout in a temporary folder, with one invented captured page."""

    root: Path

    @property
    def bundle(self) -> Bundle:
        """Name its folders."""
        return Bundle(self.root)

    @property
    def captures(self) -> Path:
        """Return the folder with its captured page."""
        return self.root / "captures"

    def write_actors(self, text: str) -> None:
        """Replace the register."""
        (self.root / "kg/data/actors/actors.yaml").write_text(text, encoding="utf-8")

    @property
    def actors(self) -> str:
        """Return the register that stands in a new checkout."""
        return ACTORS

    def write_shapes(self, text: str) -> None:
        """Put one file of shapes in place of the repository's."""
        folder = self.root / "shapes"
        if folder.is_symlink():
            folder.unlink()
            folder.mkdir()
        (folder / "own.ttl").write_text(text, encoding="utf-8")

    def write_query(self, name: str, text: str) -> None:
        """Put a named question beside those of the test, in place of the repository's."""
        folder = self.root / "kg/queries"
        if folder.is_symlink():
            folder.unlink()
            folder.mkdir()
        (folder / f"{name}.rq").write_text(text, encoding="utf-8")

    def write_source(
        self,
        slug: str,
        claims: str,
        *,
        outlet: str = "daily-reed",
        published: str = "2024-10-02",
        more: str = "",
    ) -> Path:
        """Write a document with the standard header and these claims, indented by two.

        Without `more` lines in the header, the first claim stands in line 10.
        """
        header = HEADER.format(
            slug=slug, outlet=outlet, published=published, end=len(CAPTURE), more=more
        )
        return self.write_raw(slug, (header + claims).encode())

    def write_raw(self, slug: str, content: bytes) -> Path:
        """Write a source file byte by byte."""
        file = self.root / f"kg/data/sources/{slug}.yaml"
        file.write_bytes(content)
        return file


def write_passage(words: str) -> str:
    """Write the flow mapping of a passage of CAPTURE whose words are given whole."""
    start = CAPTURE.index(words)
    digest = hashlib.sha256(words.encode()).hexdigest()
    return f'{{start: {start}, end: {start + len(words)}, quote: "{words}", sha256: {digest}}}'


def write_claim(
    name: str, content: str, words: str = "Arcadia has backed the Reed Front", **lines: str
) -> str:
    """Write a claim of five lines (id, says, status, at, content) and one for each further key."""
    status = lines.pop("status", "asserted")
    says = lines.pop("says", f"Sentence of {name}.")
    further = "".join(f"    {key}: {value}\n" for key, value in lines.items())
    return (
        f"  - id: {name}\n    says: {says}\n    status: {status}\n"
        f"    at: {write_passage(words)}\n    {content}\n{further}"
    )


def make_checkout(root: Path) -> Checkout:
    """Make a checkout that shares ontology, shapes, rules and schemas with the repository."""
    for shared in ("ontology", "shapes", "kg/rules", "kg/queries", "kg/data/schema"):
        target = root / shared
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(ROOT / shared)
    for own in ("kg/data/actors", "kg/data/sources", "captures"):
        (root / own).mkdir(parents=True)
    (root / "captures/page.txt").write_bytes(CAPTURE.encode())
    digest = hashlib.sha256(CAPTURE.encode()).hexdigest()
    (root / "kg/data/captures.yaml").write_text(
        "captures:\n  invented-page:\n    url: https://example.org/page\n"
        f"    sha256: {digest}\n    characters: {len(CAPTURE)}\n    normalisation: None.\n",
        encoding="utf-8",
    )
    made = Checkout(root)
    made.write_actors(ACTORS)
    return made


@pytest.fixture(scope="session", autouse=True)
def _ontology_is_read_once() -> Iterator[None]:
    """Share the vocabulary between checkouts, whose ontology is the repository's."""
    read = cache(load_vocabulary)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(allegiance.corpus, "load_vocabulary", lambda folder: read(folder.resolve()))
        yield


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Give a checkout of the test's own."""
    return make_checkout(tmp_path)


@pytest.fixture(scope="session")
def new_checkout(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Checkout]:
    """Give a maker of checkouts, for fixtures that outlive one test."""
    return lambda: make_checkout(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="session")
def passage() -> Callable[[str], str]:
    """Give the writer of passages."""
    return write_passage


@pytest.fixture(scope="session")
def claim() -> Callable[..., str]:
    """Give the writer of claims."""
    return write_claim


@pytest.fixture(scope="session")
def page() -> str:
    """Give the text of the invented captured page."""
    return CAPTURE


@pytest.fixture(scope="session")
def bundle() -> Bundle:
    """Give the repository's own data."""
    return default_bundle()


@pytest.fixture(scope="session")
def snapshot(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Build the repository's own data once."""
    return build_snapshot(bundle, tmp_path_factory.mktemp("build"))


@pytest.fixture(scope="session")
def graph(snapshot: Snapshot) -> Store:
    """Load the repository's own graph once."""
    return load_store(snapshot)


@pytest.fixture(scope="session")
def captures() -> Path:
    """Give the folder of the captured pages, or skip the test where it is not held."""
    named = os.environ.get("ALLEGIANCE_CAPTURES")
    folder = Path(named) if named else ROOT.parent / "shared" / "sources"
    if not folder.is_dir():
        pytest.skip(f"the captured pages are not held: no {folder} (set ALLEGIANCE_CAPTURES)")
    return folder
