"""The canonical layout of contributed files: order, quotes, comments, and that nothing is lost."""

from __future__ import annotations

import hashlib
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

if TYPE_CHECKING:
    from allegiance.parts import Part

DATA = Path(__file__).parents[2] / "kg" / "data"
FRAMES = load_frames(DATA / "schema")
FILES = sorted([*DATA.glob("sources/*.yaml"), *DATA.glob("actors/*.yaml"), DATA / "captures.yaml"])

Value: TypeAlias = "str | int | list[Value] | dict[str, Value]"


def layout(text: str) -> str:
    return formatted(text, FRAMES)


def meaning(text: str) -> object:
    root = read_yaml("file", text.encode()).root
    assert root is not None
    return root.plain_value()


def topic(entry: str) -> str:
    """Return the lines of a register's entry `t` after formatting, without their indentation."""
    lines = layout(f"topics:\n  t:\n{entry}").split("\n")
    assert lines[:2] == ["topics:", "  t:"]
    return "\n".join(line.removeprefix("    ") for line in lines[2:])


def claim(lines: str) -> str:
    """Return the one claim of a document after formatting."""
    return layout(f"document: d\nclaims:\n{lines}").removeprefix("document: d\n\nclaims:\n")


# --- order ---------------------------------------------------------------------------------------


def test_the_head_of_a_document_has_one_order() -> None:
    """A document's keys come in the order in which it is read, unknown keys at the end."""
    keys = "zeta assessments unclaimed claims note capture publications author recorded language"
    text = "".join(f"{key}: x\n" for key in f"{keys} title type alpha document".split())
    found = [line.split(":")[0] for line in layout(text).splitlines() if line]
    assert found == (
        "document type title language recorded author publications capture note claims unclaimed "
        "assessments zeta alpha"
    ).split()


def test_the_keys_of_a_claim_have_one_order() -> None:
    """A claim's frame comes last of the known keys, its place in the source just before it."""
    keys = (
        "id says status polarity certainty hedge attributedTo condition confidence review note at "
        "office"
    ).split()
    backwards = "".join(f"    {key}: x\n" for key in reversed(keys))
    expected = "".join(f"    {key}: x\n" for key in keys).replace("    id", "  - id", 1)
    assert claim(f"  -\n{backwards}") == expected


def test_a_frame_begins_with_id_label_and_type() -> None:
    """A frame's fields follow frames.yaml, after what names and types the content."""
    text = "  - {event: {location: iran, target: x, unknown: y, actor: z, type: War, label: l, id: i}}"
    expected = "  - event: {id: i, label: l, type: War, actor: z, target: x, location: iran, unknown: y}\n"
    assert claim(text) == expected


def test_own_fields_of_a_frame_stand_before_shared_ones() -> None:
    """The parties to a tie come before its dates, and a date tells its value first."""
    text = "  - {patronage: {until: {basis: b, words: w, edtf: e}, client: c, mode: m, patron: p}}"
    expected = "  - patronage: {patron: p, client: c, mode: m, until: {edtf: e, words: w, basis: b}}\n"
    assert claim(text) == expected


def test_passages_publications_and_captures_have_one_order() -> None:
    """Smaller mappings of a document are ordered too, whether one stands alone or in a list."""
    text = (
        "capture: {end: 9, start: 1, page: p}\ndocument: d\n"
        "publications: [{url: u, published: {words: w, edtf: e}, outlet: o}]\n"
        "claims: [{at: [{ends: e, starts: s, start: 4}]}, {at: {quote: q, end: 7, start: 5}}]\n"
    )
    assert layout(text) == (
        "document: d\npublications:\n  - outlet: o\n    published: {edtf: e, words: w}\n    url: u\n"
        "capture: {page: p, start: 1, end: 9}\n\nclaims:\n"
        "  - at:\n      - {start: 4, starts: s, ends: e}\n"
        "  - at: {start: 5, end: 7, quote: q}\n"
    )


def test_register_entries_keep_their_order_but_not_that_of_their_keys() -> None:
    """Entries stand as their author listed them; inside, the class and the name come first."""
    text = "places: {}\nactors: {b: {note: n, iso: BB, label: B, class: State}, a: {label: A}}\n"
    assert layout(text) == (
        "actors:\n  b:\n    class: State\n    label: B\n    iso: BB\n    note: n\n"
        "  a:\n    label: A\nplaces: {}\n"
    )


def test_captures_have_one_order() -> None:
    """A captured page is told by its address, digest and length, in this order."""
    text = "captures: {p: {note: n, characters: 3, sha256: abc, url: u}}"
    assert layout(text) == (
        "captures:\n  p:\n    url: u\n    sha256: abc\n    characters: 3\n    note: n\n"
    )


def test_lists_keep_their_order() -> None:
    """A chain of attribution means its order, so no list is sorted."""
    assert claim("  - attributedTo: [z, a, m]") == "  - attributedTo: [z, a, m]\n"


# --- layout --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("length", "fits"), [(103, True), (104, False)])
def test_a_line_of_120_columns_is_the_longest_in_flow_style(length: int, *, fits: bool) -> None:
    """`  - office: {of: xxx}` has 17 characters beside the x; one column too many breaks it."""
    long = "x" * length
    flow, block = f"  - office: {{of: {long}}}\n", f"  - office:\n      of: {long}\n"
    assert len(flow) == length + 18
    assert claim(block) == (flow if fits else block)


def test_a_list_that_does_not_fit_has_one_item_a_line() -> None:
    """Items of a broken list are indented two under their key."""
    items = [letter * 60 for letter in "ab"]
    assert topic(f"    alias: [{', '.join(items)}]") == f"alias:\n  - {items[0]}\n  - {items[1]}\n"


def test_a_passage_with_a_digest_is_a_block() -> None:
    """A digest makes a line long, so each key of its passage has a line."""
    text = "  - at:\n      - {sha256: ab, quote: q, end: 2, start: 1}\n"
    expected = (
        "  - at:\n      - start: 1\n        end: 2\n        quote: q\n        sha256: ab\n"
    )
    assert claim(text) == expected


def test_blank_lines_part_the_sections_of_a_document_and_nothing_else() -> None:
    """A blank line stands before claims, unclaimed and assessments; none between claims."""
    text = (
        "document: d\n\n\ntitle: t\nclaims:\n\n  - id: a\n\n  - id: b\n"
        "unclaimed:\n  - {quote: q, reason: heading}\nassessments:\n  - {claim: a}\n\n\n"
    )
    assert layout(text) == (
        "document: d\ntitle: t\n\nclaims:\n  - id: a\n  - id: b\n\nunclaimed:\n"
        "  - quote: q\n    reason: heading\n\nassessments:\n  - claim: a\n"
    )


def test_long_and_folded_texts_stand_in_one_line() -> None:
    """A text is not folded, however its author broke it; its own line breaks stay."""
    text = "    note: >-\n      one\n      two\n    label: |\n      a\n      b\n"
    assert topic(text) == 'label: "a\\nb\\n"\nnote: one two\n'


def test_windows_line_ends_and_a_byte_order_mark_go() -> None:
    """The file ends its lines as the others do, and begins with its first key."""
    assert layout("\ufefftopics:\r\n  t:\r\n    label: a\r\n") == "topics:\n  t:\n    label: a\n"


# --- scalars -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("'plain words'", "plain words"),
        ('"Iran\'s “allies”"', "Iran's “allies”"),
        ('"an \\"easy\\" target"', 'an "easy" target'),
        ("'https://example.org/a?b=c,d'", "https://example.org/a?b=c,d"),
        ("'6 hours ago'", "6 hours ago"),
        ("'2024'", '"2024"'),
        ("2024", "2024"),
        ("-1.50", "-1.50"),
        ("true", "true"),
        ("'true'", '"true"'),
        ("True", '"True"'),
        ("'no'", '"no"'),
        ("no", "no"),
        ("012", "012"),
        ("'012'", '"012"'),
        ("'~'", '"~"'),
        ("'Null'", '"Null"'),
        ("'='", '"="'),
        ("2024-10-01", '"2024-10-01"'),
        ("'1980-04'", '"1980-04"'),
        ("2023-06~/2025-06~", '"2023-06~/2025-06~"'),
        ("1_000", '"1_000"'),
        ("0x1F", '"0x1F"'),
        ("12e3", '"12e3"'),
        (".inf", '".inf"'),
        ("12:30", '"12:30"'),
        ("'- dash'", '"- dash"'),
        ("'a: b'", '"a: b"'),
        ("'a # b'", '"a # b"'),
        ("a#b", "a#b"),
        ("'ends:'", '"ends:"'),
        ("' led'", '" led"'),
        ("''", '""'),
        ("'@home'", '"@home"'),
        ("'back\\slash: '", '"back\\\\slash: "'),
        ('"tab\\there"', '"tab\\there"'),
        ('"no\\u00a0break"', '"no\\xa0break"'),
        ('"turned \\u202e round"', '"turned \\u202e round"'),
        ('"tag \\U000e0041"', '"tag \\U000e0041"'),
        ('"\\U0001f469\\u200d\\U0001f680"', "\U0001f469\u200d\U0001f680"),
    ],
)
def test_quotes_stand_where_the_bare_text_would_be_read_otherwise(
    written: str, expected: str
) -> None:
    """Quotes go where they are idle and stay, or come, where some YAML reader needs them."""
    assert topic(f"    label: {written}\n") == f"label: {expected}\n"


def test_texts_in_flow_style_are_quoted_where_brackets_would_cut_them() -> None:
    """A comma, bracket or colon is plain in a line of its own, but not within brackets."""
    text = "    alias: ['a, b', 'c]', 'http://d', e]\n    label: 'a, b'"
    assert topic(text) == 'label: a, b\nalias: ["a, b", "c]", "http://d", e]\n'


def test_a_missing_value_stays_missing() -> None:
    """What the author still has to write is not filled with an empty text."""
    assert topic("    alias: [a, ]\n    note:\n    label: {b: }") == (
        "label:\n  b:\nalias: [a]\nnote:\n"
    )


# --- comments ------------------------------------------------------------------------------------


def test_a_comment_moves_with_the_entry_that_it_stands_before() -> None:
    """The order of keys changes and each comment still stands above its own."""
    text = "# head\ntopics:\n  t:\n    # why\n    note: n\n    # name\n    label: l\n# end"
    expected = "# head\ntopics:\n  t:\n    # name\n    label: l\n    # why\n    note: n\n# end\n"
    assert layout(text) == expected


def test_a_trailing_comment_stays_on_the_line_of_its_entry() -> None:
    """Two spaces part it from the value, or from the key of a block."""
    text = "    note: n # one\n    alias: [a, b]     # two\n    label:   # three\n      x: y # four\n"
    assert topic(text) == (
        "label:  # three\n  x: y  # four\nalias: [a, b]  # two\nnote: n  # one\n"
    )


def test_a_trailing_comment_that_makes_the_line_too_long_goes_above() -> None:
    """A line with its comment has at most 120 columns: 4 of indentation, 9, 2 and the comment."""
    fits, long = "# " + "x" * 103, "# " + "x" * 104
    assert topic(f"    label: ab {fits}\n") == f"label: ab  {fits}\n"
    assert topic(f"    label: ab {long}\n") == f"{long}\nlabel: ab\n"


def test_comments_inside_brackets_break_them_up() -> None:
    """A comment on one item stays with it, so the items get lines of their own."""
    text = "    alias: [ # all\n      a, # first\n      # second\n      b\n      # none\n      ]\n"
    assert topic(text) == "# none\nalias:  # all\n  - a  # first\n  # second\n  - b\n"


def test_a_comment_on_the_first_key_of_an_item_stands_above_the_dash() -> None:
    """Also where that key comes first only after sorting, and where the dash bears the comment."""
    text = "  - # dash\n    says: s\n    # name\n    id: a\n"
    assert claim(text) == "  # dash\n  # name\n  - id: a\n    says: s\n"


def test_the_line_that_opens_a_block_text_may_bear_a_comment() -> None:
    """The comment stays; the number signs in the text are text."""
    text = "    label: | # real\n      # none\n      b # none\n"
    assert topic(text) == 'label: "# none\\nb # none\\n"  # real\n'


def test_an_author_s_blank_line_above_a_comment_stays() -> None:
    """Headings part a long list of claims; several blank lines become one, and none opens a list."""
    text = "\n  # One\n  - id: a\n\n\n  # Two\n  - id: b\n  # Three\n  - id: c\n"
    assert claim(text) == "  # One\n  - id: a\n\n  # Two\n  - id: b\n  # Three\n  - id: c\n"


def test_a_section_and_the_comment_above_it_share_one_blank_line() -> None:
    """The blank line of a section stands above its comment."""
    text = "document: d\n# of the claims\n\nclaims: []\n\n# of the rest\nunclaimed: []\n"
    expected = "document: d\n\n# of the claims\nclaims: []\n\n# of the rest\nunclaimed: []\n"
    assert layout(text) == expected


# --- filling in ----------------------------------------------------------------------------------


def test_fill_sets_entries_in_the_mapping_at_a_place() -> None:
    """Offsets and digest go to the passage that begins there and to no other."""
    text = "document: d\nclaims:\n  - at: {start: 3, quote: a}  # here\n  - at: {quote: b}\n"
    digest = hashlib.sha256(b"a").hexdigest()
    filled = formatted(text, FRAMES, {(3, 9): {"start": "4", "end": "5", "sha256": digest}})
    assert filled == (
        "document: d\n\nclaims:\n  - at:  # here\n      start: 4\n      end: 5\n      quote: a\n"
        f"      sha256: {digest}\n  - at: {{quote: b}}\n"
    )


def test_fill_finds_block_mappings_by_their_first_key() -> None:
    """The place of a mapping is the one that the reader of the file gives it."""
    text = "document: d\nclaims:\n  - at:\n      - quote: a  # said\n"
    found = formatted(text, FRAMES, {(4, 9): {"end": "2", "start": "1"}})
    assert found.endswith("- at:\n      - start: 1\n        end: 2\n        quote: a  # said\n")


def test_a_digest_of_digits_stays_a_text() -> None:
    """Only offsets are numbers."""
    text = "document: d\nclaims: [{at: {quote: a}}]"
    found = formatted(text, FRAMES, {(2, 15): {"sha256": "1" * 64}})
    assert f'sha256: "{"1" * 64}"' in found


def test_fill_refuses_a_place_without_a_mapping() -> None:
    """A place of another version of the file is no place to write to."""
    with pytest.raises(AllegianceError, match=r"Line 9, column 2: No mapping begins here\. Read"):
        formatted("topics: {t: {label: a}}", FRAMES, {(9, 2): {"start": "1"}})


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("topics: [", "Line 1, column 10: Not YAML"),
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
    read = formatting.read_parts
    monkeypatch.setattr(formatting, "read_parts", lambda text: replace(read(text), after=()))
    with pytest.raises(AllegianceError, match=r"Line 2, column 1: .* comment '# end'.* report"):
        layout("topics: {}\n# end\n")


def test_a_changed_value_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison after writing notices a value that the writer took for another."""

    def careless(text: str, *, plain: bool, flow: bool = False) -> str:
        return text

    monkeypatch.setattr(formatting, "_scalar", careless)
    with pytest.raises(AllegianceError, match="would change the value at /topics/t/label"):
        layout("topics: {t: {label: '2024'}}")


def test_a_finding_that_disappears_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Formatting may not hide from the author that a bare word is ambiguous."""
    read = formatting.read_parts

    def quoted(part: Part) -> Part:
        return replace(part, plain=False, parts=tuple(quoted(inner) for inner in part.parts))

    monkeypatch.setattr(formatting, "read_parts", lambda text: quoted(read(text)))
    with pytest.raises(AllegianceError, match="would change what is found wrong"):
        layout("topics: {t: {label: no}}")


# --- nothing is lost -----------------------------------------------------------------------------

ODD = "ab: #-'\"\\,[]{}?&*!|>%@`~=<0127.éé’\u00a0\u200d\u202e\U0001f600\n\t"
WORDS = ["yes", "No", "~", "true", "2024", "2024-10-01", "1e5", "0x1f", "- a", "# b", "a: b", "..."]
TEXTS = st.one_of(st.text(st.sampled_from(ODD), max_size=24), st.sampled_from(WORDS))
KEYS = st.one_of(
    st.sampled_from([*"id says note at quote sha256 date event edtf type claims zeta".split()]),
    st.text(st.sampled_from(ODD), max_size=8),
)
VALUES: st.SearchStrategy[Value] = st.recursive(
    st.one_of(TEXTS, st.integers(min_value=-99, max_value=9999)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=5)
    ),
    max_leaves=14,
)


class Author:
    """Write data as YAML in one of the many ways in which people do, with comments anywhere."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.comments: Counter[str] = Counter()

    def chance(self, of: int = 3) -> bool:
        return self.draw(st.integers(1, of)) == 1

    def comment(self) -> str:
        found = "#" + self.draw(TEXTS).replace("\n", " ").rstrip(" \t")
        self.comments[found] += 1
        return found

    def trailing(self) -> str:
        return f"  {self.comment()}" if self.chance(5) else ""

    def above(self, indent: int) -> list[str]:
        lines = []
        while self.chance(4):
            lines.append(" " * indent + self.comment() if self.chance(2) else "")
        return lines

    def quoted(self, text: str) -> str:
        if self.chance() and "\n" not in text:
            return "'" + text.replace("'", "''") + "'"
        return '"' + "".join(c if c.isalnum() or c in " #:'" else f"\\U{ord(c):08x}" for c in text) + '"'

    def flow(self, value: Value, indent: int) -> str:
        if isinstance(value, int):
            return str(value)
        if isinstance(value, str):
            return self.quoted(value)
        if isinstance(value, dict):
            pieces = [f"{self.quoted(k)}: {self.flow(v, indent + 1)}" for k, v in value.items()]
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
        if self.chance(2):
            return " "
        lines = [self.trailing(), *self.above(indent + 1)]
        return "\n".join(lines) + "\n" + " " * (indent + 1)

    def literal(self, text: str, indent: int) -> list[str] | None:
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
        lines: list[str] = []
        entries = value.items() if isinstance(value, dict) else (("", item) for item in value)
        for key, inner in entries:
            head = f"{self.quoted(key)}:" if isinstance(value, dict) else "-"
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


@settings(max_examples=300, deadline=None)
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


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.booleans())
def test_every_text_survives(text: str, *, in_list: bool) -> None:
    """Whatever a label is, it reads back as itself, in a line of its own and within brackets."""
    written = "".join(f"\\U{ord(character):08x}" for character in text)
    value = f'["{written}", a]' if in_list else f'"{written}"'
    expected: Value = [text, "a"] if in_list else text
    assert meaning(layout(f"topics: {{t: {{alias: {value}}}}}")) == {"topics": {"t": {"alias": expected}}}


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
