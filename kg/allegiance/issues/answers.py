"""Read the answers of a form as what a document's file holds, and say what cannot be read so."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urlsplit

from allegiance.dates import bounds_of
from allegiance.finding import Finding
from allegiance.integrity import QUOTED_WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allegiance.corpus import Corpus
    from allegiance.finding import Place
    from allegiance.frames import Field, Frame
    from allegiance.issues.form import Answer, IssueForm

__all__ = ["AnswerReader"]

_NAMED = frozenset({"actor", "place", "location", "thing"})
_ELLIPSIS = re.compile(r"\s*(?:\[?\.\.\.\]?|\[?…\]?)\s*")
_WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,18}")
_QUOTES = {'"': '"', "“": "”", "«": "»", "„": "“"}
_SHOWN = 60


@dataclass(slots=True)
class AnswerReader:
    """Read one form; what is wrong with it gathers in `findings`."""

    form: IssueForm
    corpus: Corpus
    findings: list[Finding] = field(default_factory=list)

    def header(self, recorded: str) -> dict[str, object]:
        """Return the header of the document: all but its id and its capture."""
        publication: dict[str, object] = {"outlet": self._outlet()}
        if (published := self._published()) is not None:
            publication["published"] = published
        publication["url"] = self.address()
        header: dict[str, object] = {
            "type": self.form.answers["kind"].code,
            "title": self.form.answers["title"].text,
            "language": self.form.answers["language"].text,
            "recorded": recorded,
        }
        if authors := self._all_named("author"):
            header["author"] = authors
        return header | {"publications": [publication]}

    def claim(self) -> dict[str, object]:
        """Return the claim without its id, kept out of the view until a person has read it."""
        answers = self.form.answers
        claim: dict[str, object] = {
            "says": answers["sentence"].text,
            "status": answers["status"].code,
        }
        if attributed := self._all_named("attributed"):
            claim["attributedTo"] = attributed
        claim |= {"review": "draft", "at": self._passage(answers["quotation"])}
        frame = self.corpus.frames.get(answers["content"].code)
        if frame is None:
            self._find(
                answers["content"].place,
                "structure/value",
                f"{_shown(answers['content'].code)} is no kind of content.",
                "Choose one of the menu.",
            )
            return claim
        return claim | {frame.key: self._parts(frame, answers["parts"])}

    def address(self) -> str:
        """Return the page's address without the part behind #."""
        answer = self.form.answers["address"]
        address = urldefrag(answer.text).url
        try:
            parts = urlsplit(address)
            sound = parts.scheme in {"http", "https"} and bool(parts.hostname)
            sound = sound and parts.username is None and not re.search(r'[\s<>"\\]', address)
        except ValueError:
            sound = False
        if not sound:
            message = f"{_shown(address)} is no address of a page."
            self._find(answer.place, "structure/form", message, "Copy it whole: https://...")
        return address

    def _find(self, place: Place, rule: str, message: str, remedy: str) -> None:
        self.findings.append(Finding(place, rule, message, remedy))

    def _outlet(self) -> str:
        answer = self.form.answers["outlet"]
        return self._named(answer.text, answer.place)

    def _published(self) -> object:
        date, words = self.form.answers.get("published"), self.form.answers.get("words")
        if date is None:
            if words is not None:
                remedy = "Write the date that they mean, with ~ behind it where it is about then."
                message = "The page's words for the date stand without a date."
                self._find(words.place, "structure/required", message, remedy)
            return None
        try:
            bounds_of(date.text)
        except ValueError as error:
            remedy = "Write 2025-06-21, 2025-06, 2025 or, for about then, 2025-06-21~."
            self._find(date.place, "names/date", f"{error}.", remedy)
        if words is not None and len(words.text.split()) > QUOTED_WORDS:
            message = f"The words for the date are more than {QUOTED_WORDS}."
            self._find(words.place, "integrity/long-quotation", message, "Quote fewer words.")
        return date.text if words is None else {"edtf": date.text, "words": words.text}

    def _all_named(self, key: str) -> list[str]:
        answer = self.form.answers.get(key)
        return [] if answer is None else [self._named(n, answer.place) for n in answer.names]

    def _named(self, name: str, place: Place) -> str:
        """Return the id of what people call so; a name that nothing bears becomes a finding."""
        if name in self.corpus.entries:
            return name
        names = _names(self.corpus)
        found = names.get(name.casefold(), frozenset())
        if len(found) == 1:
            return next(iter(found))
        if found:
            message = f"{_shown(name)} can be {', '.join(sorted(found))}."
            self._find(place, "names/unknown", message, "Write the one that is meant.")
        else:
            message = f"Nothing in the register is called {_shown(name)}."
            self._find(place, "names/unknown", message, _remedy(name, names))
        return name

    def _passage(self, answer: Answer) -> Mapping[str, str]:
        text = answer.text
        inner = text[1:-1]
        if len(text) > 1 and _QUOTES.get(text[0]) == text[-1] and text[-1] not in inner:
            text = inner.strip()
        first, *rest = _ELLIPSIS.split(text)
        if not rest:
            return {"quote": first}
        if len(rest) > 1 or not first or not rest[0]:
            message = f"{_shown(text)} is no passage."
            remedy = "Write the words, or the first and the last ones with ... between them."
            self._find(answer.place, "structure/passage", message, remedy)
        return {"starts": first, "ends": rest[0]}

    def _parts(self, frame: Frame, answer: Answer) -> dict[str, object]:
        values: dict[str, object] = {}
        for place, line in answer.lines:
            key, colon, text = (part.strip() for part in line.partition(":"))
            if not colon or key not in frame.fields:
                message = f"{_shown(key)} is no part of {frame.key}."
                remedy = f"Write one of these, a colon and a name: {', '.join(frame.fields)}."
                self._find(place, "structure/unknown-key", message, remedy)
            elif key in values:
                message = f"The part {key} stands twice."
                remedy = "Put several values into one line, with semicolons between them."
                self._find(place, "syntax/duplicate-key", message, remedy)
            else:
                values[key] = self._value(frame.fields[key], " ".join(text.split()), place)
        return values

    def _value(self, part: Field, text: str, place: Place) -> object:
        if not part.many:
            return self._single(part, text, place)
        values = [self._single(part, one, place) for one in map(str.strip, text.split(";")) if one]
        return values[0] if len(values) == 1 and not part.pair else values

    def _single(self, part: Field, text: str, place: Place) -> object:
        if part.type in _NAMED and not (part.type == "thing" and self._is_known(text)):
            return self._named(text, place)
        if part.type == "boolean" and text in {"true", "false"}:
            return text == "true"
        if part.type in {"integer", "number"} and _WHOLE_NUMBER.fullmatch(text):
            return int(text)
        if part.type == "number" and _DECIMAL.fullmatch(text):
            return float(text)
        return text

    def _is_known(self, name: str) -> bool:
        return name in self.corpus.events or name in self.corpus.claims


def _names(corpus: Corpus) -> dict[str, frozenset[str]]:
    names: dict[str, frozenset[str]] = {}
    for entry in corpus.entries.values():
        for name in (entry.id, entry.label, *entry.aliases):
            key = name.casefold()
            names[key] = names.get(key, frozenset()) | {entry.id}
    return names


def _remedy(name: str, names: Mapping[str, frozenset[str]]) -> str:
    if "," in name or " and " in name:
        return "Put semicolons between several names."
    close = difflib.get_close_matches(name.casefold(), names, n=1, cutoff=0.7)
    if close:
        return f"Did you mean {min(names[close[0]])}?"
    return "Write another of its names, or ask in the issue for an entry in kg/data/actors/."


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "...")
