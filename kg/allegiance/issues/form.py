"""Read the text that an issue form leaves behind: a heading for each field, its answer below.

Whoever writes an answer can write headings too. So each field must stand exactly once, in the order
of its form: an answer that brings a heading of its own is refused, never read as another field.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from allegiance.errors import UsageError
from allegiance.finding import Finding, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["FORMS", "Answer", "FormField", "IssueForm", "read_issue"]

_HEADING = "### "
_NO_ANSWER = "_No response_"
_JOINERS = "\u200c\u200d"
_MOST_CHARACTERS = 65_536
_LONGEST_VALUE = 1_000


@dataclass(frozen=True, slots=True)
class FormField:
    """Name a field of a form: its label is the heading, its key names the answer."""

    key: str
    label: str
    required: bool = True
    lines: bool = False


_DOCUMENT = (
    FormField("address", "Address of the page"),
    FormField("title", "Title of the document"),
    FormField("outlet", "Outlet"),
    FormField("published", "Date of publication", required=False),
    FormField("words", "The page's words for that date", required=False),
    FormField("author", "Author", required=False),
    FormField("language", "Language"),
    FormField("kind", "Kind of document"),
)
_CLAIM = (
    FormField("sentence", "What the document says"),
    FormField("quotation", "Quotation"),
    FormField("status", "In whose voice"),
    FormField("attributed", "Who is said to say so", required=False),
    FormField("content", "What it is about"),
    FormField("parts", "Who has which part", lines=True),
)
_REASON = FormField("reason", "Why it belongs here", required=False)
FORMS: Mapping[str, tuple[FormField, ...]] = MappingProxyType(
    {
        "claim": (*_DOCUMENT, *_CLAIM),
        "document": (*_DOCUMENT, _REASON),
    }
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold what stands below a heading, and where: one line, or several with their places."""

    place: Place
    lines: tuple[tuple[Place, str], ...]

    @property
    def text(self) -> str:
        """Return the answer as one line, with single spaces."""
        return " ".join(" ".join(line for _, line in self.lines).split())

    @property
    def code(self) -> str:
        """Return the word before the colon, which is what an option of a menu stands for."""
        return self.text.partition(":")[0].strip()

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names between semicolons."""
        return tuple(name for part in self.text.split(";") if (name := part.strip()))


@dataclass(frozen=True, slots=True)
class IssueForm:
    """Hold the answers of one form by the keys of its fields; what was left out is not there."""

    kind: str
    answers: Mapping[str, Answer]


def read_issue(name: str, body: str) -> tuple[IssueForm | None, tuple[Finding, ...]]:
    r"""Read the text of an issue that was made from a form.

    Returns None with the findings that stand in the way. Raises UsageError where the text comes
    from no form that can be turned into a draft.

    >>> read_issue("issue.md", "### Address of the page\n\n_No response_")[1][0].rule
    'structure/required'
    """
    lines = body.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    kind, fields = _form(body, lines)
    headings = [
        (number, found)
        for number, line in enumerate(lines, 1)
        if (found := _field(line, fields)) is not None
    ]
    findings = list(_misplaced(name, headings, fields))
    answers = {} if findings else _answers(name, lines, headings)
    for _, field in headings if not findings else ():
        findings += _faults(field, answers[field.key])
    if findings:
        return None, tuple(findings)
    return IssueForm(kind, {key: found for key, found in answers.items() if found.lines}), ()


def _form(body: str, lines: Sequence[str]) -> tuple[str, tuple[FormField, ...]]:
    if len(body) > _MOST_CHARACTERS:
        message = f"The issue has {len(body)} characters; {_MOST_CHARACTERS} are the limit."
        raise UsageError(message)
    for kind, fields in FORMS.items():
        own = fields[len(_DOCUMENT)]
        if any(_field(line, (own,)) for line in lines):
            return kind, fields
    if any(_field(line, _DOCUMENT) for line in lines):
        return "document", FORMS["document"]
    message = (
        "The text comes from no form for a claim or a document: it has none of their headings. "
        "A correction is made by hand, in the file of the document."
    )
    raise UsageError(message)


def _field(line: str, fields: Sequence[FormField]) -> FormField | None:
    if not line.startswith(_HEADING):
        return None
    label = line.removeprefix(_HEADING).strip()
    return next((field for field in fields if field.label == label), None)


def _misplaced(
    name: str, headings: Sequence[tuple[int, FormField]], fields: Sequence[FormField]
) -> Iterator[Finding]:
    found = [field.key for _, field in headings]
    for number, field in headings:
        if found.count(field.key) > 1:
            message = f"The heading {field.label!r} stands {found.count(field.key)} times."
            remedy = "Write no heading of the form into an answer."
            yield Finding(Place(name, number), "syntax/duplicate-key", message, remedy)
    for field in fields:
        if field.key not in found:
            message = f"The heading {field.label!r} is missing."
            yield Finding(Place(name), "structure/required", message, f"Add `### {field.label}`.")
    if len(set(found)) == len(found) and found != [f.key for f in fields if f.key in found]:
        message = "The headings do not stand in the order of the form."
        yield Finding(Place(name), "structure/form", message, "Restore the order of the form.")


def _answers(
    name: str, lines: Sequence[str], headings: Sequence[tuple[int, FormField]]
) -> dict[str, Answer]:
    ends = [number - 1 for number, _ in headings[1:]] + [len(lines)]
    return {
        field.key: _answer(name, number, lines[number:end])
        for (number, field), end in zip(headings, ends, strict=True)
    }


def _answer(name: str, heading: int, lines: Sequence[str]) -> Answer:
    places = [
        (Place(name, heading + offset, len(line) - len(line.lstrip()) + 1), line.strip())
        for offset, line in enumerate(lines, 1)
        if line.strip()
    ]
    # A field that renders its answer as code stands between two fences.
    fenced = len(places) > 1 and places[0][1].startswith("```") and places[-1][1] == "```"
    kept = places[1:-1] if fenced else places
    if [line for _, line in kept] == [_NO_ANSWER]:
        kept = []
    return Answer(kept[0][0] if kept else Place(name, heading), tuple(kept))


def _faults(field: FormField, answer: Answer) -> Iterator[Finding]:
    if field.required and not answer.lines:
        message = f"{field.label!r} has no answer."
        yield Finding(answer.place, "structure/required", message, "Write one below the heading.")
    for place, line in answer.lines:
        for column, character in enumerate(line):
            if not (character.isprintable() or character.isspace() or character in _JOINERS):
                shown = unicodedata.name(character, f"U+{ord(character):04X}")
                message = f"{field.label!r} holds an invisible character: {shown}."
                where = place._replace(column=place.column + column)
                yield Finding(where, "syntax/character", message, "Remove it, or type it anew.")
                break
    if len(answer.text) > _LONGEST_VALUE:
        message = f"{field.label!r} has {len(answer.text)} characters; {_LONGEST_VALUE} are enough."
        yield Finding(answer.place, "structure/form", message, "Write it shorter.")
