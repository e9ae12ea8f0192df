"""Read the named questions of kg/queries and fill in what they ask about.

A question is a SPARQL query that runs as it stands. Its header says what it asks:

    # title: Allies of an actor
    # question: Who is tied to an actor by a supportive tie, of which kind, and who says so?
    # group: Actors and alliances
    # parameter actor (thing): whose allies
    # parameter as-of (date): the day on which the tie has to hold

and each parameter stands in the query as `VALUES ?actor { id:iran }`: the value there is the
default, UNDEF where there is none. Binding a question replaces what stands between the braces.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allegiance.bundle import default_bundle
from allegiance.errors import QuestionError
from allegiance.namespaces import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["Parameter", "Question", "find_question", "load_questions"]

_HEADER = re.compile(r"^# (title|question|group|number): (.+)$", re.MULTILINE)
_PARAMETER = re.compile(r"^# parameter ([a-z][a-z-]*) \(([a-z]+)\): (.+)$", re.MULTILINE)
_SLUG = re.compile(r"[a-z0-9]+(?:-{1,2}[a-z0-9]+)*")
_CLAIM = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*/[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Parameter:
    """Describe one thing that a question asks about.

    `kind` is thing (an id), claim (document/id), document, date, number or text. `default` is what
    stands in the query, without its prefix; None where there is none.
    """

    name: str
    kind: str
    default: str | None
    description: str

    @property
    def variable(self) -> str:
        """Return the SPARQL variable: as-of is ?asOf."""
        first, *rest = self.name.split("-")
        return first + "".join(word.capitalize() for word in rest)


@dataclass(frozen=True, slots=True)
class Question:
    """Hold a named question; `text` is its SPARQL with the defaults."""

    name: str
    number: int
    title: str
    question: str
    group: str
    parameters: tuple[Parameter, ...]
    text: str

    def bind(self, values: Mapping[str, str]) -> str:
        """Return the SPARQL with values filled in; an empty value leaves the default.

        Raises QuestionError where a parameter does not exist or a value does not fit its kind.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        text = self.text
        for name, value in values.items():
            if name not in known:
                listed = ", ".join(known) or "none"
                message = f"{self.name} has no parameter {name!r}; it has: {listed}."
                raise QuestionError(message)
            if value:
                text = _replace(text, known[name], _written(known[name], value))
        return text


def load_questions(folder: Path | None = None) -> tuple[Question, ...]:
    """Read all questions of a folder (by default the bundle's), in the order of their numbers."""
    files = sorted((folder or default_bundle().queries).glob("*.rq"))
    return tuple(sorted((_question(file) for file in files), key=lambda found: found.number))


def find_question(questions: tuple[Question, ...], name: str) -> Question:
    """Return a question by its name.

    Raises QuestionError where there is none.
    """
    for question in questions:
        if question.name == name:
            return question
    message = f"There is no question {name!r}. `allegiance query` alone lists all of them."
    raise QuestionError(message)


def _question(file: Path) -> Question:
    text = file.read_text(encoding="utf-8")
    header = {match[1]: match[2].strip() for match in _HEADER.finditer(text)}
    missing = {"title", "question", "group", "number"} - set(header)
    if missing:
        message = f"{file.name} lacks header lines: {', '.join(sorted(missing))}."
        raise QuestionError(message)
    parameters = tuple(
        Parameter(match[1], match[2], _default(text, match[1], file), match[3].strip())
        for match in _PARAMETER.finditer(text)
    )
    return Question(
        name=file.stem,
        number=int(header["number"]),
        title=header["title"],
        question=header["question"],
        group=header["group"],
        parameters=parameters,
        text=text,
    )


def _values(parameter: Parameter) -> re.Pattern[str]:
    return re.compile(r"(VALUES \?" + parameter.variable + r" \{ )([^}]*?)( \})")


def _default(text: str, name: str, file: Path) -> str | None:
    found = _values(Parameter(name, "", None, "")).search(text)
    if found is None:
        variable = Parameter(name, "", None, "").variable
        message = f"{file.name}: the parameter {name} needs `VALUES ?{variable} {{ ... }}`."
        raise QuestionError(message)
    written = found[2].strip().replace(f"<{PREFIXES['claim']}", "<")
    shown = re.sub(r'^(?:id:|source:|<)|>$|^"|"(?:\^\^xsd:\w+)?$', "", written)
    return None if shown == "UNDEF" else shown


def _replace(text: str, parameter: Parameter, value: str) -> str:
    return _values(parameter).sub(lambda found: found[1] + value + found[3], text, count=1)


def _written(parameter: Parameter, value: str) -> str:
    write = _WRITERS.get(parameter.kind)
    written = None if write is None else write(value)
    if written is None:
        wanted = _WANTED.get(parameter.kind, "another value")
        message = f"{value!r} does not fit {parameter.name}: write {wanted}."
        raise QuestionError(message)
    return written


def _thing(value: str) -> str | None:
    return f"id:{value}" if _SLUG.fullmatch(value) else None


def _document(value: str) -> str | None:
    return f"source:{value}" if _SLUG.fullmatch(value) else None


def _claim(value: str) -> str | None:
    # In full: rdflib takes the escape in claim:document\/id for a part of the name.
    return f"<{PREFIXES['claim']}{value}>" if _CLAIM.fullmatch(value) else None


def _date(value: str) -> str | None:
    try:
        day = datetime.date.fromisoformat(value)
    except ValueError:
        return None
    return f'"{day.isoformat()}"^^xsd:date'


def _number(value: str) -> str | None:
    return value if re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?", value) else None


def _text(value: str) -> str | None:
    if any(ord(sign) < ord(" ") for sign in value):
        return None
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    # Without braces a text cannot pass for the VALUES of a parameter that is bound after it.
    return '"' + escaped.replace("{", "\\u007B").replace("}", "\\u007D") + '"'


_WRITERS: Mapping[str, Callable[[str], str | None]] = {
    "thing": _thing,
    "document": _document,
    "claim": _claim,
    "date": _date,
    "number": _number,
    "text": _text,
}
_WANTED: Mapping[str, str] = {
    "thing": "an id such as iran or popular-mobilisation-forces",
    "document": "a document's id such as as-2024-irans-allies",
    "claim": "document/claim",
    "date": "a day as 2024-10-02",
    "number": "a number",
    "text": "a text on one line",
}
