"""The text of an issue is read as its form has it, and an answer cannot pass for a field."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from allegiance.errors import UsageError
from allegiance.frames import load_frames
from allegiance.issues.form import FORMS, read_issue

if TYPE_CHECKING:
    from collections.abc import Callable

    from allegiance.bundle import Bundle

FORM_FILES = Path(__file__).resolve().parents[3] / ".github/ISSUE_TEMPLATE"


def _rules(body: str) -> list[tuple[str, int]]:
    form, findings = read_issue("issue.md", body)
    assert (form is None) == bool(findings)
    return [(found.rule, found.place.line) for found in findings]


def test_answers_stand_below_their_headings(issue: Callable[..., str]) -> None:
    """Each answer is read with its line; what has no response is not there."""
    form, findings = read_issue("issue.md", issue())

    assert findings == ()
    assert form is not None
    assert form.kind == "claim"
    assert form.answers["outlet"].text == "Daily Reed"
    # Heading, blank line, answer, blank line: the third answer stands in line 11.
    assert form.answers["outlet"].place.line == 11
    assert "author" not in form.answers


def test_an_option_of_a_menu_is_the_word_before_the_colon(issue: Callable[..., str]) -> None:
    """The explanation behind the colon is for the reader of the form."""
    form, _ = read_issue("issue.md", issue())

    assert form is not None
    assert form.answers["status"].code == "asserted"


def test_fences_of_code_are_no_answer(issue: Callable[..., str]) -> None:
    """GitHub puts an answer that is rendered as code between fences, which are left out."""
    form, _ = read_issue("issue.md", issue())

    assert form is not None
    lines = [line for _, line in form.answers["parts"].lines]
    assert lines == ["patron: Arcadia", "client: Front of the Reeds"]


def test_lines_of_a_sentence_are_one_line(issue: Callable[..., str]) -> None:
    """A sentence written over several lines, with odd spaces, is one sentence."""
    body = issue({"What the document says": "Arcadia\u00a0helps\r\n  the \t Reed Front."})

    form, _ = read_issue("issue.md", body)

    assert form is not None
    assert form.answers["sentence"].text == "Arcadia helps the Reed Front."


def test_a_document_has_its_own_form(document_issue: str) -> None:
    """An issue without a claim is read as that for a document."""
    form, findings = read_issue("issue.md", document_issue)

    assert findings == ()
    assert form is not None
    assert form.kind == "document"


def test_an_answer_cannot_bring_a_field_of_its_own(issue: Callable[..., str]) -> None:
    """A heading of the form inside an answer is refused at both places."""
    body = issue({"Title of the document": "Title\r\n\r\n### Outlet\r\n\r\nHill Radio"})

    assert _rules(body) == [("syntax/duplicate-key", 9), ("syntax/duplicate-key", 13)]


def test_another_heading_is_part_of_the_answer(issue: Callable[..., str]) -> None:
    """A heading that the form does not have belongs to the answer."""
    form, _ = read_issue("issue.md", issue({"What the document says": "### Help\r\ncame."}))

    assert form is not None
    assert form.answers["sentence"].text == "### Help came."


def test_a_missing_field_is_found(issue: Callable[..., str]) -> None:
    """A heading that somebody removed is asked for."""
    body = issue().replace("### Language", "Language")

    assert _rules(body) == [("structure/required", 1)]


def test_moved_fields_are_found(document_issue: str) -> None:
    """Headings in another order than the form's are refused."""
    body = document_issue.replace("### Outlet", "### X").replace("### Language", "### Outlet")

    assert _rules(body.replace("### X", "### Language")) == [("structure/form", 1)]


def test_an_answer_that_is_required_is_asked_for(issue: Callable[..., str]) -> None:
    """A required field without a response is found at its heading."""
    assert _rules(issue({"Outlet": ""})) == [("structure/required", 9)]


@pytest.mark.parametrize("character", ["\u202e", "\u2066", "\u200b", "\x1b", "\x00", "\ue000"])
def test_invisible_characters_are_refused(issue: Callable[..., str], character: str) -> None:
    """What a reviewer cannot see (changes of direction, escapes) is found, with its column."""
    form, findings = read_issue("i", issue({"Title of the document": f"Ti{character}tle"}))

    assert form is None
    assert [(found.rule, found.place.line, found.place.column) for found in findings] == [
        ("syntax/character", 7, 3)
    ]


def test_joiners_are_letters_of_some_scripts(issue: Callable[..., str]) -> None:
    """Persian is written with a zero-width non-joiner."""
    form, findings = read_issue("i", issue({"Title of the document": "می\u200cخواهد"}))

    assert findings == ()
    assert form is not None


def test_a_long_answer_is_refused(issue: Callable[..., str]) -> None:
    """More than a thousand characters in one answer is no sentence but an article."""
    assert _rules(issue({"What the document says": "a " * 501})) == [("structure/form", 35)]


@pytest.mark.parametrize("body", ["", "Hello.", "### Claim to correct\n\na/b", "a" * 65_537])
def test_another_text_is_wrong_use(body: str) -> None:
    """A text from no form, a correction, or one longer than an issue can be is refused."""
    with pytest.raises(UsageError):
        read_issue("issue.md", body)


@pytest.mark.parametrize("kind", FORMS)
def test_the_forms_ask_what_is_read(kind: str) -> None:
    """The form that people fill in has the same fields, in the same order, as its reader."""
    body = yaml.safe_load((FORM_FILES / f"{kind}.yml").read_text(encoding="utf-8"))["body"]
    asked = [
        (part["id"], part["attributes"]["label"], part.get("validations", {}).get("required"))
        for part in body
        if part["type"] != "markdown"
    ]

    assert asked == [(f.key, f.label, True if f.required else None) for f in FORMS[kind]]


def test_the_form_offers_every_kind_of_content(bundle: Bundle) -> None:
    """Each frame is an option, and the parts that its brackets name are parts of it."""
    body = yaml.safe_load((FORM_FILES / "claim.yml").read_text(encoding="utf-8"))["body"]
    options = next(part for part in body if part.get("id") == "content")["attributes"]["options"]
    frames = load_frames(bundle.schema)
    offered = {option.partition(":")[0]: option for option in options}

    assert list(offered) == list(frames)
    for key, option in offered.items():
        named = option.rpartition("(")[2].rstrip(")").split(", ")
        needed = {name for name, field in frames[key].fields.items() if field.required}
        assert needed <= set(named) <= set(frames[key].fields)


@pytest.mark.parametrize(("field", "key"), [("kind", "type"), ("status", "status")])
def test_menus_offer_what_the_format_knows(bundle: Bundle, field: str, key: str) -> None:
    """The kinds of documents and the statuses of the form are those of the format."""
    schema = yaml.safe_load((bundle.schema / "document.schema.json").read_text(encoding="utf-8"))
    where = (
        schema["properties"]
        if key == "type"
        else (schema["properties"]["claims"]["items"]["properties"])
    )
    body = yaml.safe_load((FORM_FILES / "claim.yml").read_text(encoding="utf-8"))["body"]
    options = next(part for part in body if part.get("id") == field)["attributes"]["options"]

    assert {option.partition(":")[0] for option in options} == set(where[key]["enum"])


def test_every_form_is_one_that_github_takes() -> None:
    """A form has a name, a description, and fields with ids and labels that stand once."""
    for file in sorted(set(FORM_FILES.glob("*.yml")) - {FORM_FILES / "config.yml"}):
        form = yaml.safe_load(file.read_text(encoding="utf-8"))
        fields = [part for part in form["body"] if part["type"] != "markdown"]
        ids = [part["id"] for part in fields]
        labels = [part["attributes"]["label"] for part in fields]
        assert form["name"]
        assert form["description"]
        assert len(set(ids)) == len(ids) == len(set(labels))
        assert {part["type"] for part in fields} <= {"input", "textarea", "dropdown"}
