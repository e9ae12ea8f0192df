"""The hooks do in a contributor's clone what they say, started by pre-commit itself.

By default they run in the environment of the tests, which needs no network. To have pre-commit
install them from this repository, as it does for a contributor, set ALLEGIANCE_INSTALL_HOOKS=1.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from composite import Repository, plain_environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Checkout

    Maker = Callable[[], tuple[Repository, Checkout]]
    Committing = Callable[..., tuple[int, str]]

ROOT = Path(__file__).resolve().parents[2]
BINARIES = Path(sys.executable).parent
RIGHT = "patronage: {patron: arcadia, client: reed-front}"
WRONG = "patronage: {patron: arcadia, client: read-front}"
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


def _local() -> dict[str, object]:
    """Describe the hooks so that pre-commit takes the command from the tests' environment."""
    hooks = [hook | {"language": "system"} for hook in HOOKS]
    return {"repos": [{"repo": "local", "hooks": hooks}]}


def _published(folder: Path) -> dict[str, object]:
    """Put the working tree under git and describe the hooks as a contributor does."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    for name in listed.stdout.split("\0"):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    published = Repository(folder)
    published.git("init", "--quiet")
    revision = published.commit("Everything")
    hooks = [{"id": hook["id"]} for hook in HOOKS]
    return {"repos": [{"repo": str(folder), "rev": revision, "hooks": hooks}]}


@pytest.fixture(
    scope="module",
    params=[
        "local",
        pytest.param(
            "published",
            marks=pytest.mark.skipif(
                os.environ.get("ALLEGIANCE_INSTALL_HOOKS") != "1",
                reason="installs 60 packages from the network: set ALLEGIANCE_INSTALL_HOOKS=1",
            ),
        ),
    ],
)
def committing(
    request: pytest.FixtureRequest,
    new_repository: Maker,
    tmp_path_factory: pytest.TempPathFactory,
    claim: Callable[..., str],
) -> tuple[Repository, Checkout, Committing]:
    """Give a clone with the hooks in place, and what commits in it."""
    pytest.importorskip("pre_commit")
    home = tmp_path_factory.mktemp("home")
    repository, checkout = new_repository()
    config = _local() if request.param == "local" else _published(home / "published")
    (repository.root / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    checkout.write_source("known", claim("known-claim", RIGHT))
    repository.commit("Before the hooks")
    environment = plain_environment(home) | {
        "PATH": f"{BINARIES}:{os.defpath}:/usr/local/bin",
        "PRE_COMMIT_HOME": str(home / "pre-commit"),
        "GIT_AUTHOR_NAME": "Test",
        "GIT_AUTHOR_EMAIL": "test@example.org",
        "GIT_COMMITTER_NAME": "Test",
        "GIT_COMMITTER_EMAIL": "test@example.org",
    }

    def run(*command: str) -> tuple[int, str]:
        done = subprocess.run(
            command,
            cwd=repository.root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            text=True,
        )
        return done.returncode, done.stdout

    status, said = run(str(BINARIES / "pre-commit"), "install")
    assert status == 0, said
    return repository, checkout, run


@pytest.fixture
def clean(committing: tuple[Repository, Checkout, Committing]) -> None:
    """Take back what a test before this one left uncommitted."""
    repository, *_ = committing
    repository.git("reset", "--quiet", "--hard")
    repository.git("clean", "--quiet", "--force", "-d")


def test_the_manifest_is_one(committing: tuple[Repository, Checkout, Committing]) -> None:
    """Pre-commit itself accepts the list of hooks."""
    *_, run = committing

    status, said = run(
        str(BINARIES / "pre-commit"), "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")
    )

    assert (status, said) == (0, "")


@pytest.mark.usefixtures("clean")
def test_a_violation_stops_the_commit(
    committing: tuple[Repository, Checkout, Committing], claim: Callable[..., str]
) -> None:
    """A commit with an unknown actor is refused, with file, line and remedy."""
    repository, checkout, run = committing
    before = repository.git("rev-parse", "HEAD")
    file = checkout.write_source("wrong", claim("a", WRONG))
    run("allegiance", "fmt", "--root", ".", str(file))
    repository.git("add", "--all")

    status, said = run("git", "commit", "--message", "Wrong")

    assert status == 1
    assert re.search(r"Format contributed files\.+Passed", said)
    assert re.search(r"Validate contributed data\.+Failed", said)
    assert re.search(r"kg/data/sources/wrong\.yaml:\d+:\d+: violation: There is no actor", said)
    assert "Did you mean reed-front?" in said
    assert repository.git("rev-parse", "HEAD") == before


@pytest.mark.usefixtures("clean")
def test_a_file_is_formatted_before_it_is_committed(
    committing: tuple[Repository, Checkout, Committing], claim: Callable[..., str]
) -> None:
    """The first commit of an untidy file is stopped and tidies it; the second goes through."""
    repository, checkout, run = committing
    content = "patronage: {patron: borduria, client: reed-front}"
    file = checkout.write_source("right", claim("a", content))
    file.write_text(file.read_text(encoding="utf-8").replace(": NewsArticle", ":   NewsArticle"))
    repository.git("add", "--all")

    first, said = run("git", "commit", "--message", "Untidy")
    repository.git("add", "--all")
    second, said_then = run("git", "commit", "--message", "Tidy")

    assert first == 1
    assert "files were modified by this hook" in said
    assert "type: NewsArticle\n" in file.read_text(encoding="utf-8")
    assert second == 0, said_then
    assert re.search(r"Validate contributed data\.+Passed", said_then)


@pytest.mark.usefixtures("clean")
def test_other_files_start_no_hook(committing: tuple[Repository, Checkout, Committing]) -> None:
    """A commit that touches no data waits for nothing."""
    repository, _, run = committing
    (repository.root / "notes.txt").write_text("Notes.\n")
    repository.git("add", "--all")

    status, said = run("git", "commit", "--message", "Notes")

    assert status == 0
    assert said.count("Skipped") == 2


def test_the_data_of_this_repository_start_the_hooks() -> None:
    """Each contributed file starts the hook that validates; the formatter takes the same ones."""
    data = sorted((ROOT / "kg/data").rglob("*.yaml"))
    names = [file.relative_to(ROOT).as_posix() for file in data]
    patterns = {hook["id"]: re.compile(hook["files"]) for hook in HOOKS}
    formatted = {name for name in names if patterns["allegiance-fmt"].search(name)}

    assert len(names) > 10
    assert all(patterns["allegiance-validate"].search(name) for name in names)
    assert {n for n in names if "/schema/" not in n and "/links/" not in n} == formatted


def test_the_hooks_here_are_those_that_others_use() -> None:
    """This repository's own hooks differ from the published ones by where the command stands."""
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    (local,) = config["repos"]
    published = [
        {key: value for key, value in hook.items() if key != "description"}
        | {"language": "system", "entry": f".venv/bin/{hook['entry']}"}
        for hook in HOOKS
    ]

    assert local["hooks"] == published
