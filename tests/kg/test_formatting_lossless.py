"""Formatting loses nothing: every file, text and comment survives, or the file is refused."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allegiance import formatting
from allegiance.comments import comments_of
from allegiance.errors import AllegianceError
from allegiance.formatting import formatted
from allegiance.frames import load_frames
from allegiance.located import read_yaml
from allegiance.parts import read_parts

if TYPE_CHECKING:
    from allegiance.parts import Part

DATA = Path(__file__).parents[2] / "kg" / "data"
FRAMES = load_frames(DATA / "schema")
FILES = sorted([*DATA.glob("sources/*.yaml"), *DATA.glob("actors/*.yaml"), DATA / "captures.yaml"])

Value: TypeAlias = "str | int | list[Value] | dict[str, Value]"


def layout(text: str) -> str:
    """Format by the frames of the project."""
    return formatted(text, FRAMES)


def meaning(text: str) -> object:
    """Return the data that the project reads from a file."""
    root = read_yaml("file", text.encode()).root
    assert root is not None
    return root.plain_value()


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("topics: ]\n", "Line 1, column 9: Not YAML"),
        ("", "Line 1, column 1: The file is empty"),
        ("topics:\n  a: &x {label: a}\n  b: *x\n", "Line 3, column 6: An alias"),
        ("topics: &x {}\n", "Line 1, column 9: A YAML anchor"),
        ("topics: !!str a\n", "Line 1, column 9: A YAML tag"),
        ("%YAML 1.1\n---\ntopics: {}\n", "Line 1, column 1: A YAML directive"),
        ("topics: {}\ntopics: {}\n", "Line 2, column 1: The key 'topics' stands twice"),
        ("topics: {}\n---\nactors: {}\n", "Not YAML"),
        ("title: t\n", "Line 1, column 1: The file is no document, register"),
        ("- a\n", "Line 1, column 1: The file is no document, register"),
        ("topics: \x07\n", "Line 1, column 9: Not YAML"),
        ("topics: \ud800\n", "Line 1, column 9: Byte 0xed is not UTF-8"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_place(text: str, message: str) -> None:
    """A file that cannot be read whole, or has marks that the writer has no place for, stays."""
    with pytest.raises(AllegianceError) as refusal:
        layout(text)
    assert message in str(refusal.value)


def test_a_lost_comment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison after writing notices a comment that the writer dropped."""
    monkeypatch.setattr(formatting, "read_parts", lambda text: replace(read_parts(text), after=()))
    with pytest.raises(AllegianceError, match=r"Line 2, column 1: .* comment '# end'.* report"):
        layout("topics: {}\n# end\n")


def test_a_changed_value_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison after writing notices a value that the writer took for another."""
    monkeypatch.setattr(formatting, "_scalar", lambda text, **_: text)
    with pytest.raises(AllegianceError, match="would change the value at /topics/t/label"):
        layout("topics: {t: {label: '2024'}}")


def test_a_finding_that_disappears_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Formatting may not hide from the author that a bare word is ambiguous."""

    def quoted(part: Part) -> Part:
        return replace(part, plain=False, parts=tuple(quoted(inner) for inner in part.parts))

    monkeypatch.setattr(formatting, "read_parts", lambda text: quoted(read_parts(text)))
    with pytest.raises(AllegianceError, match="would change what is found wrong"):
        layout("topics: {t: {label: no}}")


# --- nothing is lost -----------------------------------------------------------------------------

ODD = "ab: #-'\"\\,[]{}?&*!|>%@`~=<0127.éé\u2019\u00a0\u200d\u202e\U0001f600\n\t"
WORDS = ["yes", "No", "~", "true", "2024", "2024-10-01", "1e5", "0x1f", "- a", "# b", "a: b", "..."]
TEXTS = st.one_of(
    st.text(st.sampled_from(ODD), max_size=24),
    st.sampled_from(WORDS),
    st.text("ab ", max_size=9),
    st.integers(min_value=80, max_value=120).map(lambda length: "x" * length),
)
KEYS = st.one_of(
    st.sampled_from(["id", "says", "at", "quote", "sha256", "date", "event", "type", "zeta"]),
    st.text(st.sampled_from(ODD), max_size=8),
)
VALUES: st.SearchStrategy[Value] = st.recursive(
    st.one_of(TEXTS, st.integers(min_value=-99, max_value=9999)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=14,
)


class Author:
    """Write data as YAML in one of the many ways in which people do, with comments anywhere."""

    def __init__(self, draw: st.DrawFn) -> None:
        """Take the source of choices; no comment is written yet."""
        self.draw = draw
        self.comments: Counter[str] = Counter()

    def chance(self, of: int = 3) -> bool:
        """Choose, rarely so for a large number."""
        return self.draw(st.integers(1, of)) == of

    def comment(self) -> str:
        """Invent a comment and count it."""
        found = "#" + self.draw(TEXTS).replace("\n", " ").rstrip(" \t")
        self.comments[found] += 1
        return found

    def trailing(self) -> str:
        """Write a comment behind a value, or nothing."""
        return f"  {self.comment()}" if self.chance(5) else ""

    def above(self, indent: int) -> list[str]:
        """Write comments and blank lines above an entry."""
        lines = []
        while self.chance(4):
            lines.append(" " * indent + self.comment() if self.chance(2) else "")
        return lines

    def scalar(self, text: str) -> str:
        """Write a text bare, in single or in double quotes."""
        if self.chance(2) and text.replace(" ", "a").isalpha() and text == text.strip():
            return text if text.lower() not in {"y", "n", "yes", "no", "true"} else f"'{text}'"
        if self.chance() and "\n" not in text:
            return "'" + text.replace("'", "''") + "'"
        written = (c if c.isalnum() or c in " #:'" else f"\\U{ord(c):08x}" for c in text)
        return f'"{"".join(written)}"'

    def flow(self, value: Value, indent: int) -> str:
        """Write a value within brackets, over several lines now and then."""
        if isinstance(value, int):
            return str(value)
        if isinstance(value, str):
            return self.scalar(value)
        if isinstance(value, dict):
            pieces = [f"{self.scalar(k)}: {self.flow(v, indent + 1)}" for k, v in value.items()]
        else:
            pieces = [self.flow(item, indent + 1) for item in value]
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        breaks = [self.flow_break(indent) for _ in range(len(pieces) + 1)]
        inner = "".join(
            f"{gap}{piece}{',' if number < len(pieces) else ''}"
            for number, (gap, piece) in enumerate(zip(breaks, pieces, strict=False), start=1)
        )
        return f"{opening}{inner}{breaks[-1]}{closing}"

    def flow_break(self, indent: int) -> str:
        """Write what parts two items within brackets."""
        if self.chance(2):
            return " "
        lines = [self.trailing(), *self.above(indent + 1)]
        return "\n".join(lines) + "\n" + " " * (indent + 1)

    def literal(self, text: str, indent: int) -> list[str] | None:
        """Write a text as a block, where it has the form for it."""
        lines = text.split("\n")
        if self.chance(2) or any(not line or line != line.strip() for line in lines):
            return None
        style = ">-" if len(lines) == 1 else "|-"
        return [f" {style}{self.trailing()}", *(" " * indent + line for line in lines)]

    def value(self, value: Value, indent: int) -> list[str]:
        """Return the rest of the line of a key or dash, and the lines that follow it."""
        if isinstance(value, str) and (lines := self.literal(value, indent)) is not None:
            return lines
        if not isinstance(value, dict | list) or not value or self.chance():
            return [f" {self.flow(value, indent)}{self.trailing()}"]
        return [self.trailing(), *self.block(value, indent)]

    def block(self, value: dict[str, Value] | list[Value], indent: int) -> list[str]:
        """Write each entry or item on lines of its own."""
        lines: list[str] = []
        entries = value.items() if isinstance(value, dict) else (("", item) for item in value)
        for key, inner in entries:
            head = f"{self.scalar(key)}:" if isinstance(value, dict) else "-"
            rest, *more = self.value(inner, indent + self.draw(st.integers(1, 3)))
            lines += [*self.above(indent), " " * indent + head + rest, *more]
        return lines


@st.composite
def written_files(draw: st.DrawFn) -> tuple[str, Value, Counter[str]]:
    """Draw a file, what it says, and its comments."""
    author = Author(draw)
    first, second = draw(st.dictionaries(KEYS, VALUES, max_size=4)), draw(VALUES)
    kind = draw(st.sampled_from(["document", "actors", "captures"]))
    rest: Value = draw(st.lists(VALUES, max_size=3)) if kind == "document" else {"x": second}
    data: dict[str, Value] = {**first, kind: second, "claims": rest}
    lines = [*author.above(0), *author.block(data, 0), *author.above(0)]
    return "\n".join(lines) + draw(st.sampled_from(["", "\n"])), data, author.comments


@settings(max_examples=100, deadline=None)
@given(written_files())
def test_formatting_keeps_what_an_author_wrote(file: tuple[str, Value, Counter[str]]) -> None:
    """Data and comments are the author's, and formatting a second time changes nothing."""
    text, data, comments = file
    once = layout(text)
    assert meaning(once) == data
    assert Counter(comment.text for comment in comments_of(once)) == comments
    assert layout(once) == once
    assert once.endswith("\n")
    assert not once.endswith("\n\n")


@settings(max_examples=100, deadline=None)
@given(text=TEXTS, in_list=st.booleans())
def test_every_text_survives(*, text: str, in_list: bool) -> None:
    """Whatever a label is, it reads back as itself, in a line of its own and within brackets."""
    written = "".join(f"\\U{ord(character):08x}" for character in text)
    value = f'["{written}", a]' if in_list else f'"{written}"'
    expected: Value = [text, "a"] if in_list else text
    found = layout(f"topics: {{t: {{alias: {value}}}}}")
    assert meaning(found) == {"topics": {"t": {"alias": expected}}}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_files_of_the_project_survive(file: Path) -> None:
    """Every contributed file keeps its data and comments, and is canonical after one run."""
    text = file.read_text(encoding="utf-8")
    once = layout(text)
    assert layout(once) == once
    assert meaning(once) == meaning(text)
    comments = [Counter(comment.text for comment in comments_of(each)) for each in (text, once)]
    assert comments[0] == comments[1]


def test_there_are_files_to_survive() -> None:
    """An empty list of files would pass every test."""
    assert len(FILES) >= 3
