"""The canonical layout of contributed files: order, quotes, comments, filling in."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from allegiance.errors import AllegianceError
from allegiance.formatting import formatted
from allegiance.frames import load_frames
from allegiance.key_order import order_of_file

if TYPE_CHECKING:
    from allegiance.key_order import KeyOrder

DATA = Path(__file__).parents[2] / "kg" / "data"
FRAMES = load_frames(DATA / "schema")


def layout(text: str) -> str:
    """Format by the frames of the project."""
    return formatted(text, FRAMES)


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
    keys = (
        "zeta assessments unclaimed claims note capture publications author recorded language "
        "title type alpha document"
    )
    text = keys.replace(" ", ": x\n") + ": x\n"
    expected = (
        "document type title language recorded author publications capture note claims unclaimed "
        "assessments zeta alpha"
    )
    found = [line.split(":")[0] for line in layout(text).splitlines() if line]
    assert " ".join(found) == expected


def test_the_keys_of_a_claim_have_one_order() -> None:
    """A claim's frame comes last of the known keys, its place in the source just before it."""
    known = (
        "id says status polarity certainty hedge attributedTo condition confidence review note at "
        "office"
    )
    keys = known.split()
    backwards = "".join(f"    {key}: x\n" for key in reversed(keys))
    expected = "".join(f"    {key}: x\n" for key in keys).replace("    id", "  - id", 1)
    assert claim(f"  -\n{backwards}") == expected


def test_a_frame_begins_with_id_label_and_type() -> None:
    """A frame's fields follow frames.yaml, after what names and types the content."""
    text = "  - {event: {location: l, target: t, other: o, actor: a, type: War, label: n, id: i}}"
    expected = (
        "  - event: {id: i, label: n, type: War, actor: a, target: t, location: l, other: o}\n"
    )
    assert claim(text) == expected


def test_own_fields_of_a_frame_stand_before_shared_ones() -> None:
    """The parties to a tie come before its dates, and a date tells its value first."""
    text = "  - {patronage: {until: {basis: b, words: w, edtf: e}, client: c, patron: p}}"
    expected = "  - patronage: {patron: p, client: c, until: {edtf: e, words: w, basis: b}}\n"
    assert claim(text) == expected


def test_passages_publications_and_captures_have_one_order() -> None:
    """Smaller mappings of a document are ordered too, whether one stands alone or in a list."""
    text = (
        "capture: {end: 9, start: 1, page: p}\ndocument: d\n"
        "publications: [{url: u, published: {words: w, edtf: e}, outlet: o}]\n"
        "claims: [{at: [{ends: e, starts: s, start: 4}]}, {at: {quote: q, end: 7, start: 5}}]\n"
    )
    assert layout(text) == (
        "document: d\npublications:\n"
        "  - outlet: o\n    published: {edtf: e, words: w}\n    url: u\n"
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


def check_order(order: KeyOrder, schema: dict[str, Any], path: str) -> None:
    """Compare the keys of an order, at every depth, with those that a JSON Schema allows."""
    for form in [schema, *schema.get("anyOf", [])]:
        inner = form.get("items", form)
        for one in [inner, *inner.get("anyOf", [])]:
            properties = one.get("properties", {})
            assert set(properties) <= set(order.keys), path
            for key, found in properties.items():
                check_order(order.of(key), found, f"{path}/{key}")


@pytest.mark.parametrize(
    ("kind", "file"), [("document", "document"), ("topics", "register"), ("captures", "captures")]
)
def test_every_key_of_the_schema_has_a_place_in_the_order(kind: str, file: str) -> None:
    """A key that is added to the format must be given its place, or it would come last."""
    schema = json.loads((DATA / "schema" / f"{file}.schema.json").read_text(encoding="utf-8"))
    order = order_of_file([kind], FRAMES)
    assert order is not None
    assert set(order.keys) == set(schema["properties"])
    check_order(order, schema, file)
    for section, found in schema["properties"].items():
        entry = found.get("additionalProperties") or {}
        check_order(order.of(section).of("entry"), entry, section)


# --- layout --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("length", "fits"), [(102, True), (103, False)])
def test_a_line_of_120_columns_is_the_longest_in_flow_style(length: int, *, fits: bool) -> None:
    """`  - office: {of: xxx}` has 18 characters beside the x; one column too many breaks it."""
    long = "x" * length
    flow, block = f"  - office: {{of: {long}}}\n", f"  - office:\n      of: {long}\n"
    assert len(flow.rstrip()) == length + 18
    assert claim(block) == (flow if fits else block)


def test_a_list_that_does_not_fit_has_one_item_a_line() -> None:
    """Items of a broken list are indented two under their key."""
    items = [letter * 60 for letter in "ab"]
    assert topic(f"    alias: [{', '.join(items)}]") == f"alias:\n  - {items[0]}\n  - {items[1]}\n"


def test_a_passage_with_a_digest_is_a_block() -> None:
    """A digest makes a line long, so each key of its passage has a line."""
    text = "  - at:\n      - {sha256: ab, quote: q, end: 2, start: 1}\n"
    expected = "  - at:\n      - start: 1\n        end: 2\n        quote: q\n        sha256: ab\n"
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
        ("'... more'", '"... more"'),
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
    text = "    note: n # one\n    alias: [a]     # two\n    label:   # three\n      x: y # four\n"
    expected = "label:  # three\n  x: y  # four\nalias: [a]  # two\nnote: n  # one\n"
    assert topic(text) == expected


def test_a_trailing_comment_that_makes_the_line_too_long_goes_above() -> None:
    """A line with its comment has at most 120 columns: 4 of indentation, 9, 2 and the comment."""
    fits, long = "# " + "x" * 103, "# " + "x" * 104
    assert topic(f"    label: ab {fits}\n") == f"label: ab  {fits}\n"
    assert topic(f"    label: ab {long}\n") == f"{long}\nlabel: ab\n"


def test_several_comments_on_one_entry_stand_above_it_in_their_order() -> None:
    """One line has room for one comment; where there are more, none is preferred."""
    text = "    label: # one\n      # two\n      a # three\n"
    assert topic(text) == "# one\n# two\n# three\nlabel: a\n"


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
    """Headings part a long list of claims; blank lines become one, and none opens a list."""
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
