"""The workflows and the action give away nothing: pinned, without rights, without interpolation."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ACTION = ROOT / "action.yml"
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.y*ml"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
EXPRESSION = re.compile(r"\$\{\{")

Step = dict[str, object]


def _read(file: Path) -> dict[str, object]:
    # BaseLoader: `on` stays a word, every value a text.
    found = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - makes texts only
    assert isinstance(found, dict)
    return found


def _jobs(file: Path) -> dict[str, dict[str, object]]:
    return _read(file)["jobs"]  # type: ignore[return-value]


def _steps(file: Path) -> list[Step]:
    if file == ACTION:
        return _read(file)["runs"]["steps"]  # type: ignore[index]
    return [step for job in _jobs(file).values() for step in job["steps"]]  # type: ignore[attr-defined]


def test_there_are_workflows_to_check() -> None:
    """The checks below run on both workflows and the action."""
    assert {"ci.yml", "contributions.yml"} <= {file.name for file in WORKFLOWS}
    assert len(_steps(ACTION)) >= 6


@pytest.mark.parametrize("file", [ACTION, *WORKFLOWS], ids=lambda file: file.name)
def test_actions_of_others_are_pinned(file: Path) -> None:
    """An action of somebody else is named by the 40 digits of a commit, which cannot be moved."""
    named = [str(step["uses"]) for step in _steps(file) if "uses" in step]

    assert [] == [name for name in named if name != "./" and not PINNED.fullmatch(name)]


@pytest.mark.parametrize("file", [ACTION, *WORKFLOWS], ids=lambda file: file.name)
def test_no_value_is_written_into_a_script(file: Path) -> None:
    """A script holds no expression: what a contributor chose comes through the environment."""
    scripts = [str(step["run"]) for step in _steps(file) if "run" in step]

    assert [] == [script for script in scripts if EXPRESSION.search(script)]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_no_workflow_runs_a_strangers_code_with_rights(file: Path) -> None:
    """No workflow is started by pull_request_target or workflow_run, and none reads a secret."""
    triggers = _read(file)["on"]
    assert isinstance(triggers, dict)

    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(triggers)
    assert "secrets." not in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_rights_are_minimal(file: Path) -> None:
    """A workflow has no right by default, and each job may read the contents at most."""
    assert {} == _read(file)["permissions"]
    for job in _jobs(file).values():
        assert {"contents": "read"} == job["permissions"]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_no_token_stays_in_the_clone(file: Path) -> None:
    """Each checkout throws its token away before other steps run."""
    checkouts = [s for s in _steps(file) if str(s.get("uses", "")).startswith("actions/checkout@")]

    assert checkouts
    for step in checkouts:
        assert step["with"]["persist-credentials"] == "false"  # type: ignore[index]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_every_job_ends(file: Path) -> None:
    """Each job has a limit of time of at most half an hour."""
    assert all(1 <= int(str(job["timeout-minutes"])) <= 30 for job in _jobs(file).values())


def test_scripts_of_the_action_stop_at_the_first_error() -> None:
    """Each script of the action runs in bash with errexit, nounset and pipefail."""
    scripts = [step for step in _steps(ACTION) if "run" in step]

    assert {"bash"} == {step["shell"] for step in scripts}
    assert all(str(step["run"]).startswith("set -euo pipefail\n") for step in scripts)


def test_a_pull_request_is_checked_with_its_whole_history() -> None:
    """The workflow of contributions fetches all commits, since a change is compared with a base."""
    file = ROOT / ".github/workflows/contributions.yml"
    (job,) = _jobs(file).values()
    checkout, action = job["steps"]  # type: ignore[misc]

    assert checkout["with"]["fetch-depth"] == "0"
    assert action == {"uses": "./"}


def test_the_main_branch_is_checked_whole() -> None:
    """A push to main runs the action on everything, not only on what changed."""
    job = _jobs(ROOT / ".github/workflows/ci.yml")["validate"]

    assert "push" in str(job["if"])
    assert job["steps"][1] == {"uses": "./", "with": {"changed-only": "false"}}  # type: ignore[index]


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_shellcheck_finds_nothing_in_the_scripts() -> None:
    """The scripts of the action are clean; variables of the environment count as assigned."""
    for step in _steps(ACTION):
        if "run" in step:
            done = subprocess.run(
                ["shellcheck", "--shell=bash", "--exclude=SC2154,SC2153", "-"],
                input=str(step["run"]),
                capture_output=True,
                check=False,
                text=True,
            )
            assert done.stdout == "", step["name"]
