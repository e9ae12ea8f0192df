"""The rule book and its pages: every rule says what is wrong, how to mend it and why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from allegiance.commands.explaining import explain
from allegiance.errors import UsageError
from allegiance.finding import Severity
from allegiance.rule_book import read_rule_book
from allegiance.rule_pages import FAMILIES, rule_pages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allegiance.bundle import Bundle
    from allegiance.rule_book import Rule


@pytest.fixture(scope="module")
def book(bundle: Bundle) -> Mapping[str, Rule]:
    """Give the rule book of the repository."""
    return read_rule_book(bundle.shapes)


def test_shapes_and_listed_rules_stand_in_one_book(book: Mapping[str, Rule]) -> None:
    """A rule of rules.yaml and a shape are read alike, each with its severity."""
    assert book["syntax/tab"].mend == "Indent with two spaces."
    assert book["shape/tie-treaty"].title == "Treaty of a tie: a treaty"
    assert book["shape/tie-treaty"].severity is Severity.VIOLATION
    assert book["shape/claim-sentence"].severity is Severity.WARNING
    assert book["integrity/unused-entry"].severity is Severity.WARNING


def test_rules_on_the_ontology_are_left_out(book: Mapping[str, Rule]) -> None:
    """No contribution of data is judged by the shapes on the ontology."""
    assert {rule.family for rule in book.values()} == set(FAMILIES)
    assert not [code for code in book if code.startswith("shape/term-")]


def test_every_rule_speaks_in_sentences(book: Mapping[str, Rule]) -> None:
    """What is wrong, how to mend it and why are sentences; the title is none."""
    for rule in book.values():
        for text in (rule.wrong, rule.mend, rule.why):
            assert re.match(r"[A-Z`]", text), rule.code
            assert text.endswith("."), rule.code
        assert not rule.title.endswith("."), rule.code


def test_every_rule_has_a_page(bundle: Bundle, book: Mapping[str, Rule]) -> None:
    """The pages lie under the codes of their rules, and the index links to each of them."""
    pages = {
        path.relative_to(bundle.shapes / "rules").as_posix(): text
        for path, text in rule_pages(bundle).items()
    }
    index = pages.pop("README.md")

    assert set(pages) == {f"{code}.md" for code in book}
    assert set(re.findall(r"\]\(([^)]+)\)", index)) == set(pages)


def test_a_page_shows_what_is_wrong_and_what_is_right(bundle: Bundle) -> None:
    """The examples come from the corpus, with a sign below the character that is pointed at."""
    page = rule_pages(bundle)[bundle.shapes / "rules/names/unknown.md"]
    wrong, _, right = page.partition("## Right")

    assert "event: {type: Deployment, actor: ruritania}\n" + " " * 37 + "^\n" in wrong
    assert "event: {type: Deployment, actor: syldavia}" in right


def test_a_rule_that_no_yaml_breaks_says_why(bundle: Bundle) -> None:
    """A page without examples gives the reason, and a file of RDF where there is one."""
    page = rule_pages(bundle)[bundle.shapes / "rules/shape/iso-code.md"]

    assert "## Wrong" not in page
    assert "No contribution in YAML breaks this rule. In YAML the format asks for it" in page
    assert re.search(r"`tests/shapes/actors/invalid\.[a-z-]+\.ttl`", page)


@pytest.mark.parametrize(
    "given", ["syntax/tab", "tab", "https://w3id.org/allegiance/rule/syntax/tab"]
)
def test_a_rule_is_explained(given: str) -> None:
    """A code, its last part or the address of the page will do."""
    result = CliRunner().invoke(explain, [given])

    assert result.exit_code == 0
    assert result.output.startswith("# `syntax/tab`: A tab as indentation\n")
    assert "Indent with two spaces." in result.output


def test_all_rules_are_listed(book: Mapping[str, Rule]) -> None:
    """Without a rule, all of them are listed with their titles, the syntax first."""
    result = CliRunner().invoke(explain, [])
    codes = re.findall(r"^  (\S+/\S+) +\S", result.output, re.MULTILINE)

    assert set(codes) == set(book)
    assert codes[0] == "syntax/alias"


@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        ("names/unknwn", r"Did you mean names/unknown\?"),
        ("empty-valeu", r"Did you mean empty-value\?"),
        ("zzz", r"`allegiance explain` lists all\."),
        ("../../README", r"There is no rule"),
    ],
)
def test_an_unknown_rule_is_told(given: str, remedy: str) -> None:
    """A misspelt rule leads to the nearest one."""
    result = CliRunner().invoke(explain, [given])

    assert isinstance(result.exception, UsageError)
    assert re.search(remedy, str(result.exception))
