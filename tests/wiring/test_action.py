"""The action does what it says: its scripts are run on a branch with faults, and on a right one.

The step that installs the package needs the network: it is replaced by the environment of the
tests, unless ALLEGIANCE_INSTALL_ACTION=1 asks for the real one.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest
from composite import ActionRun

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from composite import Repository
    from conftest import Checkout

    Faulty = tuple[ActionRun, dict[str, bytes], dict[str, bytes]]
    NewBranch = Callable[[str], tuple[Repository, str]]

ROOT = Path(__file__).resolve().parents[2]
RIGHT = "patronage: {patron: arcadia, client: reed-front}"
WRONG = "patronage: {patron: arcadia, client: read-front}"


class Runner(Protocol):
    """Run the action in a clone, on an event, with inputs and what the cache restores."""

    def __call__(
        self, workspace: Path, event: Mapping[str, str], cached: str | None = None, **inputs: str
    ) -> ActionRun:
        """Run it."""


def _tree(root: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(root)): file.read_bytes()
        for file in sorted(root.rglob("*"))
        if file.is_file() and ".git" not in file.relative_to(root).parts
    }


@pytest.fixture(scope="module")
def stubs(installed: Mapping[str, str]) -> Mapping[str, str]:
    """Give what replaces scripts: nothing where the real installation is asked for."""
    return {} if os.environ.get("ALLEGIANCE_INSTALL_ACTION") == "1" else installed


@pytest.fixture(scope="module")
def branch(
    new_repository: Callable[[], tuple[Repository, Checkout]], claim: Callable[..., str]
) -> NewBranch:
    """Give a maker of clones: main has a right document, the branch adds one with this content."""

    def make(content: str) -> tuple[Repository, str]:
        repository, checkout = new_repository()
        checkout.write_source("first-document", claim("first-claim", RIGHT))
        base = repository.commit("A document")
        repository.git("checkout", "--quiet", "-b", "contribution")
        checkout.write_source("second-document", claim("second-claim", content))
        repository.commit("Another one")
        return repository, base

    return make


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, stubs: Mapping[str, str]) -> Runner:
    """Give the runner of the action in a clone."""

    def start(
        workspace: Path, event: Mapping[str, str], cached: str | None = None, **inputs: str
    ) -> ActionRun:
        temporary = tmp_path_factory.mktemp("runner")
        if cached is not None:
            shutil.copytree(cached, temporary / "allegiance/build")
        return ActionRun(
            action=ROOT / "action.yml",
            workspace=workspace,
            temporary=temporary,
            inputs={name.replace("_", "-"): value for name, value in inputs.items()},
            event=event,
            stubs=stubs,
        ).run()

    return start


@pytest.fixture(scope="module")
def faulty(branch: NewBranch, run: Runner) -> Faulty:
    """Run the action on a pull request with one fault; give the tree before and after."""
    repository, base = branch(WRONG)
    before = _tree(repository.root)
    done = run(repository.root, {"pull_request.base.sha": base})
    return done, before, _tree(repository.root)


@pytest.fixture(scope="module")
def sound(branch: NewBranch, run: Runner) -> ActionRun:
    """Run the action on a pull request without a fault."""
    repository, base = branch(RIGHT)
    return run(repository.root, {"pull_request.base.sha": base}, format="sarif")


def test_a_fault_fails_the_run(faulty: Faulty) -> None:
    """A branch with a violation fails, after the report has been written."""
    done, *_ = faulty

    assert done.conclusion == "failure (1)", done.log
    assert done.ran[-1] == "Pass or fail"


def test_a_fault_is_shown_on_its_line(faulty: Faulty) -> None:
    """The log has the workflow command that puts the finding beside the line that was written."""
    done, *_ = faulty
    # Nine lines of header, then id, says, status, at; the frame is the fifth line of the claim.
    place = "file=kg/data/sources/second-document.yaml,line=14,col=42,"
    errors = [line for line in done.log.splitlines() if line.startswith("::error ")]

    assert len(errors) == 1
    assert done.log.count("no actor 'read-front'") == 1
    assert place in errors[0]
    assert "names/unknown" in errors[0]
    assert "Did you mean reed-front?" in errors[0]


def test_a_fault_is_told_in_the_summary(faulty: Faulty) -> None:
    """The page of the run names file and line, and what to write instead."""
    done, *_ = faulty

    assert "second-document.yaml:14" in done.summary
    assert "Did you mean reed-front?" in done.summary


def test_the_outputs_tell_the_outcome(faulty: Faulty) -> None:
    """Later steps of a workflow see whether it conforms, how many violations, and the report."""
    done, *_ = faulty
    report = json.loads(Path(done.outputs["report"]).read_text(encoding="utf-8"))

    assert (done.outputs["conforms"], done.outputs["violations"]) == ("false", "1")
    assert [found["rule"] for found in report["findings"]] == ["names/unknown"]


def test_nothing_is_written_into_the_working_tree(faulty: Faulty) -> None:
    """The action leaves the clone as it found it."""
    _, before, after = faulty

    assert before == after


def test_a_right_branch_passes(sound: ActionRun) -> None:
    """A branch without a fault passes, with no error in the log."""
    assert sound.conclusion == "success", sound.log
    assert "::error" not in sound.log
    assert (sound.outputs["conforms"], sound.outputs["violations"]) == ("true", "0")


def test_the_summary_says_what_a_change_adds(sound: ActionRun) -> None:
    """The page of the run tells a reviewer of the claim that is new."""
    assert "claim second-claim of document second-document" in sound.summary


def test_the_report_has_the_form_that_was_asked_for(sound: ActionRun) -> None:
    """With `format: sarif` the output `report` leads to SARIF."""
    report = json.loads(Path(sound.outputs["report"]).read_text(encoding="utf-8"))

    assert report["version"] == "2.1.0"


def test_the_main_branch_leaves_its_snapshot(branch: NewBranch, run: Runner) -> None:
    """Without `changed-only` everything is checked, and the snapshot is built for later runs."""
    repository, _ = branch(RIGHT)

    done = run(repository.root, {}, changed_only="false")

    assert done.conclusion == "success", done.log
    assert done.ran == [
        "Install",
        "Find the base",
        "Validate",
        "Build the snapshot for later runs",
        "Pass or fail",
    ]
    assert list((done.temporary / "allegiance/build").iterdir())


def test_warnings_fail_where_they_are_to(branch: NewBranch, run: Runner) -> None:
    """With `fail-on: warning` a run without a violation fails (the register has unused entries)."""
    repository, _ = branch(RIGHT)

    done = run(repository.root, {}, changed_only="false", fail_on="warning")

    assert done.conclusion == "failure (1)"
    assert (done.outputs["conforms"], done.outputs["violations"]) == ("false", "0")
    assert "Build the snapshot for later runs" not in done.ran


def test_quotations_are_compared_where_captures_are_given(branch: NewBranch, run: Runner) -> None:
    """With `captures` the sentences of the page that no claim rests on are found."""
    repository, base = branch(RIGHT)

    done = run(repository.root, {"pull_request.base.sha": base}, captures="captures")

    report = json.loads(Path(done.outputs["report"]).read_text(encoding="utf-8"))
    assert "evidence/open-sentence" in {found["rule"] for found in report["findings"]}
    assert done.conclusion == "failure (1)"


def test_only_the_files_named_are_shown(branch: NewBranch, run: Runner) -> None:
    """With `paths` the warnings of other files are left out, and do not fail the run."""
    repository, _ = branch(RIGHT)
    named = "kg/data/sources/first-document.yaml\nkg/data/sources/second-document.yaml\n"

    done = run(repository.root, {}, changed_only="false", fail_on="warning", paths=named)

    assert done.conclusion == "success", done.log
    assert "::warning" not in done.log


def test_the_snapshot_of_the_main_branch_is_the_base(branch: NewBranch, run: Runner) -> None:
    """A pull request compares with the snapshot that the main branch left, and builds none."""
    repository, base = branch(RIGHT)
    repository.git("switch", "--quiet", "main")
    first = run(repository.root, {}, changed_only="false")
    repository.git("switch", "--quiet", "contribution")
    kept = first.temporary / "allegiance/build"

    cold = run(repository.root, {"pull_request.base.sha": base})
    warm = run(repository.root, {"pull_request.base.sha": base}, cached=str(kept))

    assert "has no snapshot of" in cold.log
    assert "has no snapshot of" not in warm.log
    assert (cold.conclusion, warm.conclusion) == ("success", "success")


def test_a_new_branch_is_checked_whole(branch: NewBranch, run: Runner) -> None:
    """A push that names no commit before it (forty zeros) checks everything."""
    repository, _ = branch(WRONG)

    done = run(repository.root, {"before": "0" * 40})

    assert "steps.base.outputs.commit" not in done.outputs
    assert (done.conclusion, done.outputs["violations"]) == ("failure (1)", "1")


@pytest.mark.parametrize(
    ("event", "inputs", "said"),
    [
        ({"pull_request.base.sha": "1" * 40}, {}, "fetch-depth: 0"),
        ({}, {"base": "--output=x"}, "fetch-depth: 0"),
        ({}, {"base": "main", "changed_only": "yes"}, "Write true or false."),
        ({}, {"base": "main", "format": "../../x"}, "Write json, sarif,"),
        ({}, {"base": "main", "fail_on": "nothing"}, "fail-on"),
    ],
)
def test_wrong_use_is_told(
    branch: NewBranch, run: Runner, event: Mapping[str, str], inputs: Mapping[str, str], said: str
) -> None:
    """A base that the clone does not hold, or a value that does not exist, ends with status 2."""
    repository, _ = branch(RIGHT)

    done = run(repository.root, event, **inputs)

    assert done.conclusion == "failure (2)"
    assert said in done.log


def test_values_are_never_read_as_shell(branch: NewBranch, run: Runner) -> None:
    """Names that a shell would act upon are names."""
    repository, base = branch(RIGHT)
    mark = repository.root.parent / "mark"
    name = f"kg/data/sources/$(touch {mark.name})`touch {mark.name}`;touch {mark.name}"

    done = run(repository.root, {"pull_request.base.sha": base}, paths=f"{name}\n")

    assert done.conclusion == "failure (2)"
    assert not mark.exists()
    assert not (repository.root / mark.name).exists()


def test_a_file_name_gives_no_command(branch: NewBranch, run: Runner) -> None:
    """A file whose name holds a line of its own gives no command to the machine."""
    repository, base = branch(RIGHT)
    name = "kg/data/sources/a\n::notice::b\n.yaml"
    (repository.root / name).write_text("x: 1\n", encoding="utf-8")
    repository.commit("A strange name")

    done = run(repository.root, {"pull_request.base.sha": base})

    assert done.conclusion == "failure (1)"
    assert not [line for line in done.log.splitlines() if line.startswith("::notice")]
    assert "\n::notice" not in done.summary
