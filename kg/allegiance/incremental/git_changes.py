"""Ask git what a branch and the working tree have changed since they left the base."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from allegiance.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["Changes", "Repository", "open_repository"]

WATCHED: Final = ("kg/data", "kg/rules", "ontology", "shapes")
BUILT: Final = ("kg/", "ontology", "shapes")
CODE: Final = "kg/allegiance"
DEFAULT_BASES: Final = ("origin/main", "main")


@dataclass(frozen=True, slots=True)
class Changes:
    """Hold the commit that is compared with, and the paths that differ from it, sorted.

    A path is relative to the root of the data; it may have been added, altered or removed.
    """

    commit: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Repository:
    """Ask the git repository in which the root of the data lies."""

    root: Path
    git: str

    def changes(self, base: str | None) -> Changes:
        """Compare the working tree with the commit at which the branch left the base.

        Without a base: origin/main, or else main. Raises UsageError where there is no such commit.
        """
        commit = self._merge_base(base or self._default_base())
        return Changes(commit, tuple(sorted({*self._altered(commit), *self._untracked()})))

    def blobs(self, commit: str) -> Mapping[str, str]:
        """Return the paths of a commit below the root, with the ids of their contents."""
        return {path: blob for path, _, blob in self._tree(commit)}

    def read(self, commit: str, path: str) -> bytes | None:
        """Return a file as of a commit, or None where it was not there."""
        done = self._run("cat-file", "blob", f"{commit}:./{path}")
        return done.stdout if done.returncode == 0 else None

    def write_tree(self, commit: str, folder: Path) -> None:
        """Write the files of a commit into a folder, byte by byte as they were committed."""
        entries = [entry for entry in self._tree(commit) if entry[0].startswith(BUILT)]
        names = "".join(f"{blob}\n" for _, _, blob in entries).encode()
        content = self._output("cat-file", "--batch", given=names)
        for path, mode, _ in entries:
            header, _, content = content.partition(b"\n")
            size = int(header.rsplit(b" ", 1)[1])
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            if mode == "120000":
                file.symlink_to(os.fsdecode(content[:size]))
            else:
                file.write_bytes(content[:size])
            content = content[size + 1 :]

    def _tree(self, commit: str) -> Iterator[tuple[str, str, str]]:
        for entry in self._list("ls-tree", "-r", "-z", commit):
            about, _, path = entry.partition("\t")
            mode, kind, blob = about.split(" ")
            if kind == "blob":
                yield path, mode, blob

    def _altered(self, commit: str) -> Iterator[str]:
        options = ("--name-only", "-z", "--no-renames", "--no-ext-diff", "--relative")
        yield from self._list("diff", *options, commit, "--", *WATCHED, CODE)

    def _untracked(self) -> Iterator[str]:
        # Also what git is told to ignore: whatever lies in these folders is read.
        yield from self._list("ls-files", "--others", "-z", "--", *WATCHED)
        yield from self._list("ls-files", "--others", "--exclude-standard", "-z", "--", CODE)

    def _default_base(self) -> str:
        found = next((name for name in DEFAULT_BASES if self._commit(name)), None)
        if found is None:
            message = "There is neither origin/main nor main. Name the branch to compare with."
            raise UsageError(message)
        return found

    def _merge_base(self, base: str) -> str:
        commit = self._commit(base)
        if commit is None:
            message = f"Git knows no commit {base!r}. {self._shallow_remedy('Check its spelling.')}"
            raise UsageError(message)
        found = self._run("merge-base", commit, "HEAD")
        if found.returncode != 0:
            remedy = self._shallow_remedy("Name a branch with which this one has a history.")
            message = f"{base} and this branch have no common commit. {remedy}"
            raise UsageError(message)
        return found.stdout.decode().strip()

    def _commit(self, name: str) -> str | None:
        found = self._run(
            "rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}"
        )
        return found.stdout.decode().strip() if found.returncode == 0 else None

    def _shallow_remedy(self, otherwise: str) -> str:
        if self._output("rev-parse", "--is-shallow-repository").strip() != b"true":
            return otherwise
        return (
            "The clone is shallow: in a workflow write `fetch-depth: 0` for actions/checkout; "
            "elsewhere run `git fetch --unshallow`."
        )

    def _list(self, *arguments: str) -> list[str]:
        return [os.fsdecode(name) for name in self._output(*arguments).split(b"\0") if name]

    def _output(self, *arguments: str, given: bytes = b"") -> bytes:
        done = self._run(*arguments, given=given)
        if done.returncode != 0:
            reason = done.stderr.decode(errors="replace").strip()
            message = f"`git {arguments[0]}` failed in {self.root}: {reason}"
            raise UsageError(message)
        return done.stdout

    def _run(self, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run git without a shell: a file's name is never read as anything else."""
        return subprocess.run(  # noqa: S603 - git, found once, with separate arguments
            [self.git, "--literal-pathspecs", "-C", str(self.root), *arguments],
            input=given,
            capture_output=True,
            check=False,
        )


def open_repository(root: Path) -> Repository:
    """Open the repository in which a folder lies.

    Raises UsageError where there is no git, or the folder lies in no repository.
    """
    git = shutil.which("git")
    if git is None:
        message = "There is no program `git`. Install it, or validate everything: leave --changed."
        raise UsageError(message)
    repository = Repository(root, git)
    inside = repository._run("rev-parse", "--is-inside-work-tree")  # noqa: SLF001
    if inside.returncode != 0 or inside.stdout.strip() != b"true":
        reason = inside.stderr.decode(errors="replace").strip()
        message = (
            f"{root} lies in no git repository that can be read ({reason or 'no working tree'}). "
            "Run it in a clone, or validate everything: leave --changed."
        )
        raise UsageError(message)
    return repository
