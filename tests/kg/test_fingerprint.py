"""A fingerprint names what a snapshot is built from: the same for files and for their commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from allegiance.build import build_snapshot
from allegiance.fingerprint import fingerprint_of_blobs, fingerprint_of_folder

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Checkout

# `git hash-object` of the content "a: 1\n".
BLOB = "a8926a52d8dcba5c4386945476ab6a2ad008afd4"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a folder with one document."""
    (tmp_path / "kg/data/sources").mkdir(parents=True)
    (tmp_path / "kg/data/sources/one.yaml").write_bytes(b"a: 1\n")
    return tmp_path


def test_files_and_blobs_have_one_fingerprint(root: Path) -> None:
    """What lies in a folder is named like the ids that git gives its files."""
    assert fingerprint_of_folder(root) == fingerprint_of_blobs({"kg/data/sources/one.yaml": BLOB})


def test_a_link_counts_by_where_it_leads(root: Path) -> None:
    """A link is named by its target, as git keeps it, and not followed."""
    (root / "ontology").symlink_to("nowhere")

    link = fingerprint_of_folder(root)
    (root / "ontology").unlink()
    (root / "ontology").symlink_to("elsewhere")

    assert link != fingerprint_of_folder(root)


@pytest.mark.parametrize("name", ["kg/data/sources/two.yaml", "ontology/core.ttl", "kg/rules/1.rq"])
def test_each_file_that_is_read_counts(root: Path, name: str) -> None:
    """Another document, another term or another rule is another state."""
    before = fingerprint_of_folder(root)
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes(b"x")

    assert fingerprint_of_folder(root) != before


@pytest.mark.parametrize("name", ["kg/data/README.md", "server/code.py", "notes.yaml"])
def test_what_no_build_reads_does_not_count(root: Path, name: str) -> None:
    """Prose and what lies elsewhere leave the state as it is."""
    before = fingerprint_of_folder(root)
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes(b"x")

    assert fingerprint_of_folder(root) == before


def test_a_snapshot_says_what_it_was_built_from(checkout: Checkout, tmp_path: Path) -> None:
    """The manifest of a snapshot holds the fingerprint of the files."""
    checkout.write_source("doc", "  []\n")
    found = build_snapshot(checkout.bundle, tmp_path / "snapshots")

    assert found.manifest["fingerprint"] == fingerprint_of_folder(checkout.root)
