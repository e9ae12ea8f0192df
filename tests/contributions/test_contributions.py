"""Every wrong contribution is found, where it is wrong, and nothing else; every right one passes.

The cases are data: a file for each stage beside this one, each case a change of the checkout in
`base`. `report.py` prints what is found as a table.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from allegiance.bundle import Bundle
from allegiance.rule_book import read_rule_book
from allegiance.validation import validate

sys.path.insert(0, str(Path(__file__).resolve().parent))
from judging import BASE, HERE, PROJECT, cases, judged, lay_out, read_once, wrong_cases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allegiance.contribution_case import Case

WRONG = tuple(wrong_cases())
RIGHT = cases("right")
CODE = re.compile(r"(?:syntax|structure|names|evidence|shape|integrity|links)/[a-z]+(?:-[a-z]+)*")


@pytest.fixture(scope="module", autouse=True)
def _shapes_are_read_once() -> Iterator[None]:
    """Share shapes and ontology between the cases."""
    with pytest.MonkeyPatch.context() as patch:
        read_once(patch)
        yield


def test_there_are_many_cases() -> None:
    """There are at least 120 wrong contributions and 20 right ones, each with a name of its own."""
    names = [case.name for case in (*WRONG, *RIGHT)]

    assert len(WRONG) >= 120
    assert len(RIGHT) >= 20
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case.name)
def test_a_wrong_contribution_is_found(case: Case, tmp_path: Path) -> None:
    """It is found by its rule, at the marked character, with a remedy, and nothing else is."""
    verdict = judged(case, tmp_path / "checkout")

    found = [(str(each.place), each.rule, each.severity) for each in verdict.findings]
    assert found == [(str(verdict.place), case.rule, case.severity)]
    assert re.fullmatch(r"[A-Z`].*[.?]", verdict.findings[0].remedy, re.DOTALL)
    assert verdict.findings[0].message.endswith((".", ")"))


@pytest.mark.parametrize("case", RIGHT, ids=lambda case: case.name)
def test_a_right_contribution_passes(case: Case, tmp_path: Path) -> None:
    """Unusual is not wrong: nothing is found, and every stage runs."""
    verdict = judged(case, tmp_path / "checkout")

    assert verdict.findings == ()


def test_a_right_contribution_goes_through_every_stage(tmp_path: Path) -> None:
    """The base is looked at by all stages, so that none of them passes by not running."""
    root = tmp_path / "checkout"
    lay_out(BASE, root, PROJECT)

    assert validate(Bundle(root), root / "captures").skipped == ()


def test_the_base_has_every_frame() -> None:
    """Every frame of the format is used by a claim of the base."""
    frames = yaml.safe_load((PROJECT / "kg/data/schema/frames.yaml").read_text(encoding="utf-8"))
    used = {
        key
        for file in (BASE / "kg/data/sources").glob("*.yaml")
        for claim in yaml.safe_load(file.read_text(encoding="utf-8"))["claims"]
        for key in claim
    }

    assert set(frames["frames"]) - used == set()


def test_every_rule_has_a_case_or_a_reason() -> None:
    """A rule is broken by a case, or it is said why no YAML breaks it; never both."""
    rules = set(read_rule_book(PROJECT / "shapes"))
    groups = yaml.safe_load((HERE / "elsewhere.yaml").read_text(encoding="utf-8"))
    elsewhere = [rule for group in groups for rule in group["rules"]]
    broken = {case.rule for case in WRONG}

    assert broken | set(elsewhere) == rules
    assert broken & set(elsewhere) == set()
    assert len(set(elsewhere)) == len(elsewhere)


def test_the_rule_book_knows_what_the_program_emits() -> None:
    """A code that stands in the program has a page, and every code of a page stands there."""
    emitted = set().union(*(_codes(file) for file in (PROJECT / "kg/allegiance").rglob("*.py")))
    listed = {code for code in read_rule_book(PROJECT / "shapes") if not code.startswith("shape/")}

    assert emitted == listed


def _codes(file: Path) -> set[str]:
    """Return the rules that a module names, its texts of documentation apart."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    codes = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and CODE.fullmatch(node.value)
    }
    if file.name == "structure.py":
        codes |= {f"structure/{name}" for name in _second_arguments(tree, "_finding")}
    return codes


def _second_arguments(tree: ast.Module, function: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == function:
            argument = node.args[1]
            if isinstance(argument, ast.Constant):
                yield str(argument.value)
