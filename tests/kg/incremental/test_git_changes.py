"""What git says of a branch is told completely, and what it cannot tell is said with a remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from repositories import committed, git

from allegiance.errors import UsageError
from allegiance.incremental.git_changes import open_repository

if TYPE_CHECKING:
    from pathlib import Path

DATA = "kg/data/sources"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a repository with one document on main."""
    root = tmp_path / "repository"
    (root / DATA).mkdir(parents=True)
    (root / DATA / "old.yaml").write_text("a: 1\n", encoding="utf-8")
    (root / DATA / "gone.yaml").write_text("a: 2\n", encoding="utf-8")
    (root / "README.md").write_text("Read me.\n", encoding="utf-8")
    committed(root)
    return root


def paths(root: Path, base: str | None = "main") -> tuple[str, ...]:
    """Return what has changed."""
    return open_repository(root).changes(base).paths


def test_nothing_has_changed(root: Path) -> None:
    """A clean working tree on the base has no changes."""
    assert paths(root) == ()


def test_commits_and_the_working_tree_count(root: Path) -> None:
    """What is committed, staged, altered, removed or untracked is a change; all else is none."""
    git(root, "switch", "--quiet", "--create", "branch")
    (root / DATA / "committed.yaml").write_text("a: 3\n", encoding="utf-8")
    committed(root)
    (root / DATA / "staged.yaml").write_text("a: 4\n", encoding="utf-8")
    git(root, "add", "--all")
    (root / DATA / "old.yaml").write_text("a: 5\n", encoding="utf-8")
    (root / DATA / "gone.yaml").unlink()
    (root / DATA / "untracked.yaml").write_text("a: 6\n", encoding="utf-8")
    (root / "README.md").write_text("Read me again.\n", encoding="utf-8")

    names = ("committed", "gone", "old", "staged", "untracked")
    assert paths(root) == tuple(f"{DATA}/{name}.yaml" for name in names)


def test_an_ignored_document_counts(root: Path) -> None:
    """A document that git ignores is read by a build, so it is a change."""
    (root / ".gitignore").write_text("*.yaml\n", encoding="utf-8")
    (root / DATA / "ignored.yaml").write_text("a: 6\n", encoding="utf-8")

    assert paths(root) == (f"{DATA}/ignored.yaml",)


def test_what_the_base_did_later_is_no_change(root: Path) -> None:
    """A branch is compared with the commit where it left the base, not with the base's tip."""
    git(root, "switch", "--quiet", "--create", "branch")
    git(root, "switch", "--quiet", "main")
    (root / DATA / "later.yaml").write_text("a: 7\n", encoding="utf-8")
    committed(root)
    git(root, "switch", "--quiet", "branch")

    assert paths(root) == ()


@pytest.mark.parametrize("name", ["a b", 'quo"te', "new\nline", "-n", "$(touch x)", "ü", "*"])
def test_a_name_is_only_a_name(root: Path, name: str) -> None:
    """A file's name with signs that a shell, git or a line would read stays one name."""
    (root / DATA / f"{name}.yaml").write_text("a: 8\n", encoding="utf-8")

    assert paths(root) == (f"{DATA}/{name}.yaml",)


def test_a_moved_document_is_two_changes(root: Path) -> None:
    """A renamed file counts as removed and as added."""
    git(root, "mv", f"{DATA}/old.yaml", f"{DATA}/new.yaml")

    assert paths(root) == (f"{DATA}/new.yaml", f"{DATA}/old.yaml")


def test_a_root_below_the_repository_counts_from_itself(tmp_path: Path) -> None:
    """Paths are relative to the root of the data, wherever the repository begins."""
    root = tmp_path / "part"
    (root / DATA).mkdir(parents=True)
    (root / DATA / "old.yaml").write_text("a: 1\n", encoding="utf-8")
    committed(tmp_path)
    (root / DATA / "old.yaml").write_text("a: 2\n", encoding="utf-8")
    repository = open_repository(root)

    assert repository.changes("main").paths == (f"{DATA}/old.yaml",)
    assert list(repository.blobs("main")) == [f"{DATA}/old.yaml"]
    assert repository.read("main", f"{DATA}/old.yaml") == b"a: 1\n"


def test_a_tree_is_written_byte_by_byte(root: Path, tmp_path: Path) -> None:
    """The files of a commit come out as committed, whatever the working tree holds by now."""
    content = b"a: \xff\r\nb: 2\n\n"
    (root / DATA / "bytes.yaml").write_bytes(content)
    (root / "ontology").symlink_to("elsewhere")
    commit = committed(root)
    (root / DATA / "bytes.yaml").unlink()

    open_repository(root).write_tree(commit, tmp_path / "out")

    assert (tmp_path / "out" / DATA / "bytes.yaml").read_bytes() == content
    assert (tmp_path / "out" / DATA / "old.yaml").read_bytes() == b"a: 1\n"
    assert str((tmp_path / "out/ontology").readlink()) == "elsewhere"


def test_without_a_name_the_base_is_main(root: Path) -> None:
    """The base is origin/main where there is one, else main."""
    first = git(root, "rev-parse", "HEAD")
    (root / DATA / "next.yaml").write_text("a: 9\n", encoding="utf-8")
    second = committed(root)
    assert open_repository(root).changes(None).commit == second

    git(root, "update-ref", "refs/remotes/origin/main", first)
    assert open_repository(root).changes(None).commit == first


def told(root: Path, base: str | None) -> str:
    """Return what is said where git cannot tell the changes."""
    with pytest.raises(UsageError) as raised:
        open_repository(root).changes(base)
    return str(raised.value)


def test_an_unknown_base_is_told(root: Path) -> None:
    """A base that is no commit is named, also one that looks like an option."""
    assert told(root, "mian").startswith("Git knows no commit 'mian'.")
    assert told(root, "--all").startswith("Git knows no commit '--all'.")


def test_no_default_base_is_told(root: Path) -> None:
    """Without origin/main and main, a branch has to be named."""
    git(root, "branch", "--move", "main", "trunk")

    assert "neither origin/main nor main" in told(root, None)


def test_histories_apart_are_told(root: Path) -> None:
    """A base without a common commit is none."""
    git(root, "switch", "--quiet", "--orphan", "other")
    committed(root)

    assert "no common commit" in told(root, "main")


def test_a_shallow_clone_is_told_with_its_remedy(root: Path, tmp_path: Path) -> None:
    """Where the clone is too shallow to know where the branch left, the remedy is the depth."""
    git(root, "switch", "--quiet", "--create", "branch")
    (root / DATA / "branch.yaml").write_text("a: 1\n", encoding="utf-8")
    committed(root)
    git(tmp_path, "clone", "--quiet", "--depth=1", "--branch=branch", f"file://{root}", "clone")

    assert "fetch-depth: 0" in told(tmp_path / "clone", "origin/main")

    git(tmp_path / "clone", "fetch", "--quiet", "--depth=1", "origin", "main:main")
    git(root, "switch", "--quiet", "main")
    (root / DATA / "later.yaml").write_text("a: 1\n", encoding="utf-8")
    committed(root)
    git(tmp_path / "clone", "fetch", "--quiet", "--depth=1", "origin", "+main:main")

    assert "fetch-depth: 0" in told(tmp_path / "clone", "main")


def test_a_folder_without_a_repository_is_told(tmp_path: Path) -> None:
    """Outside a repository the whole can still be validated, and that is said."""
    with pytest.raises(UsageError, match="lies in no git repository"):
        open_repository(tmp_path)


def test_a_machine_without_git_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without git the whole can still be validated, and that is said."""
    monkeypatch.setenv("PATH", "")

    with pytest.raises(UsageError, match="no program `git`"):
        open_repository(root)
