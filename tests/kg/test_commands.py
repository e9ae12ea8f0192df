"""The command line: what is printed, and the exit status: 0 done, 1 findings, 2 wrong use."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from allegiance.commands import command_group
from allegiance_server.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Checkout

    Run = Callable[..., tuple[int, str, str]]

PATRONAGE = "patronage: {patron: arcadia, client: reed-front}"
DOC = "kg/data/sources/doc.yaml"
BACKED = """\
# number: 1
# title: Backed
# question: Whom does an actor back?
# group: Actors
# parameter actor (thing): who backs
# parameter as-of (date): the day
SELECT ?backed ?asOf WHERE {
  VALUES ?actor { id:arcadia }
  VALUES ?asOf { UNDEF }
  ?actor al:backs ?backed
}
"""


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Give a runner of the console command, which returns status, output and errors."""
    monkeypatch.delenv("ALLEGIANCE_BUILD_DIR", raising=False)

    def run_main(*arguments: str | Path) -> tuple[int, str, str]:
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as done:
            status = done.code if isinstance(done.code, int) else 0
        captured = capfd.readouterr()
        return status, captured.out, captured.err

    return run_main


@pytest.fixture(scope="module")
def asked(new_checkout: Callable[[], Checkout], claim: Callable[..., str]) -> Checkout:
    """Make a checkout with one tie and one named question."""
    checkout = new_checkout()
    checkout.write_source("doc", claim("one", PATRONAGE))
    checkout.write_query("backed-by", BACKED)
    checkout.write_query("all-actors", BACKED.replace("number: 1", "number: 2"))
    return checkout


# --- query ---------------------------------------------------------------------------------------


def test_a_named_question_is_answered_for_its_default(asked: Checkout, run: Run) -> None:
    """Without values the question is asked as it stands."""
    status, out, _ = run("query", "backed-by", "--root", asked.root)
    assert status == 0
    assert out.splitlines()[2].split() == ["id:reed-front"]
    assert out.endswith("1 row\n")


@pytest.mark.parametrize("name", ["arcadia", "Arcadia", "ARCADIA"])
def test_a_thing_is_asked_for_by_id_or_name(name: str, asked: Checkout, run: Run) -> None:
    """The first value goes to the first parameter, by whatever name."""
    status, out, _ = run("query", "backed-by", name, "--format", "csv", "--root", asked.root)
    assert (status, out.splitlines()) == (
        *(0, ["backed,asOf", "https://w3id.org/allegiance/id/reed-front,"]),
    )


def test_a_day_and_other_parameters_are_set_by_name(asked: Checkout, run: Run) -> None:
    """--as-of and --set give values by the name of the parameter."""
    status, out, _ = run(
        *("query", "backed-by", "--set", "actor=arcadia", "--as-of", "2024-10-02"),
        *("--format", "csv", "--root", asked.root),
    )
    assert status == 0
    assert out.splitlines()[1].endswith("reed-front,2024-10-02")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("who-is-who",), "There is no question 'who-is-who'"),
        (("backed-by", "Arcadai"), "Did you mean arcadia?"),
        (("backed-by", "arcadia", "borduria"), "backed-by takes 1 values (actor)."),
        (("backed-by", "--as-of", "2024-02-30"), "write a day as 2024-10-02"),
        (("backed-by", "--set", "day=1"), "has no parameter 'day'"),
        (("backed-by", "--set", "actor"), "--set takes NAME=VALUE"),
        (("backed-by", "--format", "turtle"), "turtle holds graphs"),
        (("backed-by", "--format", "pdf"), "Invalid value for '--format'"),
        (("./gone.rq",), "The query ./gone.rq cannot be read"),
        (("backed-by", "--snapshot", "gone"), "gone is no snapshot"),
        (("backed-by", "--root", "/"), "is no checkout: it lacks ontology/"),
        (("backed-by", "--unheard"), "No such option"),
    ],
)
def test_wrong_use_of_query_is_told_and_exits_with_2(
    arguments: tuple[str, ...], said: str, asked: Checkout, run: Run
) -> None:
    """What is asked wrongly is told on standard error in one sentence, and nothing is answered."""
    root = () if "--root" in arguments else ("--root", asked.root)
    status, out, err = run("query", *arguments, *root)
    assert (status, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_without_a_question_all_are_listed(asked: Checkout, run: Run) -> None:
    """The list has groups, names, parameters and sentences."""
    status, out, _ = run("query", "--root", asked.root)
    assert status == 0
    assert out == (
        "Actors\n  backed-by [actor] [as-of]\n      Whom does an actor back?\n"
        "  all-actors [actor] [as-of]\n      Whom does an actor back?\n"
    )


QUERY = "SELECT ?o { id:arcadia al:backs ?o }"
IRI = "https://w3id.org/allegiance/id/reed-front"


def test_a_query_in_a_file_is_answered(asked: Checkout, run: Run, tmp_path: Path) -> None:
    """A path to a file asks what stands in it; values do not belong to it."""
    file = tmp_path / "own.rq"
    file.write_text(QUERY)
    status, out, _ = run("query", file, "--format", "tsv", "--root", asked.root)
    assert (status, out) == (0, f"?o\n<{IRI}>\n")
    status, _, err = run("query", file, "arcadia", "--root", asked.root)
    assert status == 2
    assert "Parameters belong to named questions" in err


def test_a_query_from_standard_input_is_answered(
    asked: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hyphen asks what comes in; the answer can be JSON for the next program."""
    monkeypatch.delenv("ALLEGIANCE_BUILD_DIR", raising=False)
    result = CliRunner().invoke(
        command_group(),
        ["query", "-", "--format", "json", "--root", str(asked.root)],
        input=QUERY,
    )
    assert result.exit_code == 0
    assert json.loads(result.output)["results"]["bindings"][0]["o"]["value"] == IRI


def test_a_graph_is_printed_as_turtle(asked: Checkout, run: Run, tmp_path: Path) -> None:
    """A CONSTRUCT query in a file gives Turtle."""
    file = tmp_path / "own.sparql"
    file.write_text("CONSTRUCT { ?o al:backedBy ?s } WHERE { ?s al:backs ?o }")
    status, out, _ = run("query", file, "--format", "turtle", "--root", asked.root)
    assert status == 0
    assert "id:reed-front al:backedBy id:arcadia ." in out


def test_a_query_that_is_none_is_wrong_use(asked: Checkout, run: Run, tmp_path: Path) -> None:
    """A syntax error is told with its place, and exits with 2."""
    file = tmp_path / "own.rq"
    file.write_text("SELECT * {")
    status, out, err = run("query", file, "--root", asked.root)
    assert (status, out) == (2, "")
    assert "The query stops being SPARQL at line 1, column 11" in err


def test_a_query_on_data_that_cannot_be_built_answers_nothing(
    checkout: Checkout, claim: Callable[..., str], run: Run
) -> None:
    """With findings in the way there is no answer, and the status is not 0."""
    checkout.write_source("doc", claim("one", "patronage: {patron: arcadia}"))
    status, out, err = run("query", "backed-by", "--root", checkout.root)
    assert status in {1, 2}
    assert out == ""
    assert "findings" in err or DOC in err


# --- build and stats -----------------------------------------------------------------------------


def test_build_prints_what_was_built(
    checkout: Checkout, claim: Callable[..., str], run: Run
) -> None:
    """Counts, the snapshot's name and its folder are printed."""
    checkout.write_source("doc", claim("one", PATRONAGE))
    status, out, _ = run("build", "--root", checkout.root, "--out", checkout.root / "made")
    assert status == 0
    lines = dict(line.split(": ", 1) for line in out.splitlines())
    assert (lines["documents"], lines["claims"], lines["claimsInAssertedView"]) == ("1", "1", "1")
    assert Path(lines["folder"]) == checkout.root / "made" / lines["snapshot"]


def test_a_failed_build_leaves_the_folder_as_it_was(
    checkout: Checkout, claim: Callable[..., str], run: Run
) -> None:
    """After a build that found faults, the old snapshot is current and no draft lies about."""
    checkout.write_source("doc", claim("one", PATRONAGE))
    assert run("build", "--root", checkout.root)[0] == 0
    built = checkout.root / "build"
    before = sorted((file.name, file.stat().st_mtime_ns) for file in built.rglob("*"))
    checkout.write_source("doc", claim("one", "patronage: {patron: arcadia}"))
    status, out, _ = run("build", "--root", checkout.root)
    assert status == 1
    assert f"{DOC}:14:16: violation: The key 'client' is missing" in out
    assert "1 violation, 0 other findings." in out
    assert sorted((file.name, file.stat().st_mtime_ns) for file in built.rglob("*")) == before


def test_stats_counts_as_text_and_as_json(asked: Checkout, run: Run) -> None:
    """Both forms tell the same numbers."""
    status, text, _ = run("stats", "--root", asked.root)
    assert status == 0
    assert "claims by document: 1\n       1  doc\n" in text
    status, out, _ = run("stats", "--format", "json", "--root", asked.root)
    assert status == 0
    found = json.loads(out)
    assert found["tables"]["claims by document"] == {"doc": 1}
    assert (found["coverage"], found["untraced"]) == (1.0, 0)


# --- validate ------------------------------------------------------------------------------------


def test_validate_says_which_stages_ran(
    checkout: Checkout, claim: Callable[..., str], run: Run
) -> None:
    """Sound data exit with 0 and all stages; a violation exits with 1 and says what did not run."""
    checkout.write_shapes("# none\n")
    checkout.write_source("doc", claim("one", PATRONAGE))
    status, out, _ = run("validate", "--root", checkout.root)
    assert status == 0
    assert out.endswith("Stages run: syntax, schema, names, evidence, shapes, integrity, links.\n")
    checkout.write_source("doc", claim("one", PATRONAGE.replace("arcadia", "nobody")))
    status, out, _ = run("validate", "--root", checkout.root)
    assert status == 1
    assert out.endswith(
        "Stages run: syntax, schema, names. "
        "Not run until the violations are mended: evidence, shapes, integrity, links.\n"
    )


def test_validate_shows_only_the_paths_that_were_named(
    checkout: Checkout, claim: Callable[..., str], run: Run
) -> None:
    """Findings of other files do not show; a run that they stopped does not pass all the same."""
    sources = checkout.root / "kg/data/sources"
    checkout.write_source("doc", claim("one", PATRONAGE.replace("arcadia", "nobody")))
    checkout.write_source("other", claim("one", PATRONAGE))
    root = ("--root", checkout.root)
    status, out, err = run("validate", sources / "other.yaml", *root)
    assert (status, out.count("violation: ")) == (1, 0)
    assert "Violations in other files stopped the run (kg/data/sources/doc.yaml)" in err
    status, out, _ = run("validate", sources / "doc.yaml", *root)
    assert (status, out.count("violation: ")) == (1, 1)
    assert run("validate", sources, *root)[0] == 1
    status, _, err = run("validate", sources / "gone.yaml", *root)
    assert status == 2
    assert "gone.yaml" in err


def test_validate_writes_json_and_workflow_commands(
    checkout: Checkout, claim: Callable[..., str], run: Run
) -> None:
    """The formats for programs hold the findings and nothing else."""
    checkout.write_source("doc", claim("one", PATRONAGE.replace("arcadia", "arcadai")))
    status, out, _ = run("validate", "--format", "json", "--root", checkout.root)
    assert status == 1
    assert json.loads(out)["findings"][0]["place"] == {"file": DOC, "line": 14, "column": 25}
    status, out, _ = run("validate", "--format", "github", "--root", checkout.root)
    assert status == 1
    assert out == (
        f"::error file={DOC},line=14,col=25,title=names/unknown::"
        "There is no actor 'arcadai'.%0ADid you mean arcadia?"
        "%0Ahttps://w3id.org/allegiance/rule/names/unknown\n"
    )


# --- evidence and fmt ----------------------------------------------------------------------------


def test_evidence_tells_what_is_verified_and_what_is_open(
    checkout: Checkout, claim: Callable[..., str], run: Run
) -> None:
    """Open sentences are findings and exit with 1; a wrong claim is not counted as verified."""
    checkout.write_source(
        "doc", claim("one", PATRONAGE) + claim("two", PATRONAGE).replace("end: 63", "end: 62")
    )
    status, out, _ = run("evidence", "--captures", checkout.captures, "--root", checkout.root)
    assert status == 1
    assert f"{DOC}:18:37: violation: Characters 30 to 62 do not begin and end" in out
    assert out.endswith(
        "doc: 1 claims verified; of 5 sentences 1 claimed, 0 listed with a reason, 4 open.\n"
    )


def test_evidence_without_the_capture_is_a_warning(
    checkout: Checkout, claim: Callable[..., str], run: Run
) -> None:
    """Who does not hold the page cannot check it, and is told so; the status is 0."""
    (checkout.captures / "page.txt").unlink()
    checkout.write_source("doc", claim("one", PATRONAGE))
    status, out, _ = run("evidence", "--captures", checkout.captures, "--root", checkout.root)
    assert status == 0
    assert "kg/data/captures.yaml:2:3: warning: No file of" in out
    assert "claims verified" not in out
    status, _, err = run("evidence", "--captures", "/nowhere", "--root", checkout.root)
    assert status == 2
    assert "/nowhere is no folder" in err


def test_evidence_locates_what_has_only_words(
    checkout: Checkout, claim: Callable[..., str], run: Run
) -> None:
    """--locate fills the file in; a second run has nothing left to do."""
    text = claim("one", PATRONAGE)
    begin, end = text.index("{start"), text.index("quote")
    words = text[:begin] + "{" + text[end:].partition(", sha256")[0] + "}\n    " + PATRONAGE + "\n"
    file = checkout.write_source("doc", words)
    arguments = ("evidence", "--locate", "--captures", checkout.captures, "--root", checkout.root)
    status, out, _ = run(*arguments)
    assert status == 0
    assert out.endswith("1 passages located.\n")
    assert re.search(r"start: 30\b.*end: 63\b", file.read_text(), re.DOTALL)
    assert run(*arguments)[1].endswith("0 passages located.\n")


def test_fmt_checks_and_changes(checkout: Checkout, claim: Callable[..., str], run: Run) -> None:
    """--check names what would change and exits with 1; without it the file is changed."""
    file = checkout.write_source("doc", claim("one", PATRONAGE))
    root = ("--root", checkout.root)
    run("fmt", *root)
    canonical = file.read_text()
    file.write_text(canonical.replace("language: en", "language:   en"))
    status, out, _ = run("fmt", "--check", *root)
    assert (status, out) == (1, f"would change: {DOC}\n1 file would change.\n")
    status, out, _ = run("fmt", file, *root)
    assert (status, out) == (0, f"changed: {DOC}\n1 file changed.\n")
    assert file.read_text() == canonical
    assert run("fmt", "--check", *root)[0] == 0


def test_the_program_itself_exits_with_these_statuses(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """Started as a program, wrong use is 2 and a finding is 1."""
    checkout.write_source("doc", claim("one", "patronage: {patron: arcadia}"))
    program = [sys.executable, "-m", "allegiance_server"]
    for arguments, status in (
        (["build", "--root", str(checkout.root)], 1),
        (["build", "--root", "/nowhere"], 2),
    ):
        done = subprocess.run([*program, *arguments], capture_output=True, check=False, timeout=60)
        assert done.returncode == status, done.stderr
