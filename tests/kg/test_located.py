"""Reading YAML: every value keeps its place, nothing is guessed, and nothing breaks the reader."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allegiance.finding import Place
from allegiance.located import Located, read_text, read_yaml

EIGHT_MIB = 8 * 1024 * 1024


def root(text: str) -> Located:
    """Read a text in which nothing is wrong."""
    read = read_yaml("f.yaml", text.encode())
    assert read.findings == ()
    assert read.root is not None
    return read.root


def test_every_value_and_key_keeps_its_place() -> None:
    """Line and column of values and keys count from 1, also in flow and with accents before."""
    found = root("é: {ö: 1, b: [2, x]}\nc:\n  - d: e\n")
    assert found.keys == {"é": ("f.yaml", 1, 1), "c": ("f.yaml", 2, 1)}
    inner = found.get("é")
    assert inner is not None
    assert inner.place == Place("f.yaml", 1, 4)
    assert inner.keys["b"] == Place("f.yaml", 1, 11)
    assert [part.place.column for part in (inner.get("b") or found).each()] == [15, 18]
    item = next((found.get("c") or found).each())
    assert (item.place, item.keys["d"]) == (Place("f.yaml", 3, 5), Place("f.yaml", 3, 5))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("12", 12),
        ("-0", 0),
        ("1.50", 1.5),
        ("true", True),
        ("'true'", "true"),
        ("'12'", "12"),
        ("2024-10-01", "2024-10-01"),
        ("2024", 2024),
        ("1e5", "1e5"),
        (".5", ".5"),
        ("0x1F", "0x1F"),
        ("12:30:45", "12:30:45"),
        ("True", "True"),
        ("!!int '5'", "5"),
        ("[a, {b: 1}]", ["a", {"b": 1}]),
        ("|\n  two\n  lines\n", "two\nlines\n"),
    ],
)
def test_only_plain_numbers_true_and_false_are_more_than_texts(written: str, value: object) -> None:
    """A bare number, true and false have a type; dates, clocks, hex and quoted words are texts."""
    found = root(f"k: {written}")
    assert found.plain_value() == {"k": value}
    inner = found.get("k")
    assert inner is not None
    assert type(inner.plain_value()) is type(value)


def test_a_number_too_long_to_count_anything_stays_a_text() -> None:
    """Beyond 18 digits a number is a text, so that no digit limit of Python is ever met."""
    assert root("k: " + "9" * 18).plain_value() == {"k": 10**18 - 1}
    for digits in ("9" * 19, "9" * 5000, "9" * 5000 + ".5"):
        assert root(f"k: {digits}").plain_value() == {"k": digits}


def test_a_whole_number_may_bear_a_zero_fraction() -> None:
    """What JSON Schema takes for an integer, such as 30.0, reads as one."""
    assert [part.whole_number() for part in root("[30, 30.0, -4, -0]").each()] == [30, 30, -4, 0]


def test_one_value_and_a_list_of_it_mean_the_same() -> None:
    """`each` and `texts` give a list's items, or the one value."""
    assert root("a").texts() == root("[a]").texts() == ("a",)
    assert root("[a, {b: c}, d]").texts() == ("a", "d")
    assert root("{b: c}").texts() == ()


def test_asking_a_scalar_for_a_key_gives_nothing() -> None:
    """`get` is None on scalars and lists, and for keys that are not there."""
    assert root("a").get("a") is None
    assert root("[a]").get("a") is None
    assert root("{a: b}").get("b") is None


WRONG = [
    pytest.param(b"a: 1\nb: [1, 2\nc: 3\n", (2, 4), "syntax/yaml", id="open bracket"),
    pytest.param(b"a: 1\nb: x: y\n", (2, 5), "syntax/yaml", id="colon in bare text"),
    pytest.param(b"a: 1\n---\nb: 2\n", (2, 1), "syntax/yaml", id="two documents"),
    pytest.param(b"a: *b\n", (1, 4), "syntax/yaml", id="alias without anchor"),
    pytest.param(b"a:\n\tb: 1\n", (2, 1), "syntax/tab", id="tab"),
    pytest.param(b"a:\n  - b: 1\n  \tc: 2\n", (3, 3), "syntax/tab", id="tab after spaces"),
    pytest.param(b"a: 1\nb: 2\na: 3\n", (3, 1), "syntax/duplicate-key", id="double key"),
    pytest.param(b"a: {b: 1, b: 2}\n", (1, 11), "syntax/duplicate-key", id="double key in flow"),
    pytest.param(b"a: 1\nb: \xe9\n", (2, 4), "syntax/encoding", id="Latin-1"),
    pytest.param("é: ".encode() + b"\xe9\n", (1, 4), "syntax/encoding", id="mixed"),
    pytest.param(b"a: 1\n\xff\xfe", (2, 1), "syntax/encoding", id="UTF-16 mark"),
    pytest.param(b"", (1, 1), "syntax/empty", id="empty"),
    pytest.param(b"# nothing\n\n", (1, 1), "syntax/empty", id="comment only"),
    pytest.param(b"a: NO\n", (1, 4), "syntax/ambiguous-word", id="NO"),
    pytest.param(b"a: [off, x]\n", (1, 5), "syntax/ambiguous-word", id="off"),
    pytest.param(b"a: ~\n", (1, 4), "syntax/ambiguous-word", id="tilde"),
    pytest.param(b"a: 012\n", (1, 4), "syntax/octal", id="octal"),
    pytest.param(b"b: 1\na:\n", (2, 3), "syntax/empty-value", id="no value"),
    pytest.param(b"? [a]\n: b\n", (1, 3), "syntax/key", id="list as key"),
    pytest.param(b"a: &x [1]\nb: *x\n", (2, 4), "syntax/alias", id="alias"),
    pytest.param(b"a: &x [*x]\n", (1, 8), "syntax/alias", id="alias of itself"),
    pytest.param("a: éé\nb: \x07\n".encode(), (2, 4), "syntax/character", id="bell"),
    pytest.param(b"a: \x00\n", (1, 4), "syntax/character", id="NUL"),
    pytest.param(b"[" * 26 + b"]" * 26, (1, 26), "syntax/nesting", id="26 deep"),
    pytest.param(b"[" * 10000 + b"]" * 10000, (1, 26), "syntax/nesting", id="10000 deep"),
    pytest.param(b"- " * 100000 + b"x", (1, 51), "syntax/nesting", id="100000 dashes"),
]


@pytest.mark.parametrize(("content", "where", "rule"), WRONG)
def test_what_is_wrong_is_told_with_line_column_and_remedy(
    content: bytes, where: tuple[int, int], rule: str
) -> None:
    """Each fault of writing gives one finding at the character where it stands."""
    read = read_yaml("f.yaml", content)
    assert [(found.place, found.rule) for found in read.findings] == [
        (Place("f.yaml", *where), rule)
    ]
    assert read.findings[0].message.endswith(".")
    assert read.findings[0].remedy.endswith(".") or read.findings[0].remedy.endswith('".')
    assert "\n" not in read.findings[0].message


def test_the_bare_word_is_kept_as_it_was_written() -> None:
    """NO is told, and still reads as the text NO, never as false."""
    read = read_yaml("f.yaml", b"iso: NO")
    assert read.root is not None
    assert read.root.plain_value() == {"iso": "NO"}


def test_nesting_up_to_the_limit_is_read() -> None:
    """24 levels are allowed; the 25th is told, at its own place."""
    assert read_yaml("f.yaml", b"[" * 25 + b"]" * 25).findings == ()
    assert read_yaml("f.yaml", b"[" * 25 + b"x" + b"]" * 25).findings[0].place.column == 26


def test_an_alias_bomb_costs_nothing() -> None:
    """Aliases that would unfold to a billion values are told without unfolding them."""
    names = "abcdefghi"
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{name}: &{name} [{', '.join(['*' + before] * 10)}]"
        for before, name in itertools.pairwise(names)
    ]
    begun = time.monotonic()
    read = read_yaml("f.yaml", "\n".join(lines).encode())
    assert time.monotonic() - begun < 1
    assert {found.rule for found in read.findings} == {"syntax/alias"}
    assert len(read.findings) == 80


def test_a_byte_order_mark_moves_no_column() -> None:
    """A file that an editor saved with a byte order mark reads like any other."""
    read = read_yaml("f.yaml", b"\xef\xbb\xbfa: b")
    assert read.findings == ()
    assert read.root is not None
    assert read.root.keys == {"a": Place("f.yaml", 1, 1)}


def test_a_file_beyond_the_limit_is_not_read() -> None:
    """Eight mebibytes are read, one byte more is told."""
    assert read_text("f.yaml", b"a" * EIGHT_MIB)[1] == ()
    text, findings = read_text("f.yaml", b"a" * (EIGHT_MIB + 1))
    assert text is None
    assert [found.rule for found in findings] == ["syntax/too-large"]


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=60) | st.text("a:-[]{}&*!|>'\"#\n\t ,?%@\\0é", max_size=60))
def test_whatever_the_bytes_the_reader_gives_a_value_or_findings(content: bytes | str) -> None:
    """No file makes the reader fail; a file without a value has a finding inside the file."""
    raw = content if isinstance(content, bytes) else content.encode()
    read = read_yaml("f.yaml", raw)
    assert read.root is not None or read.findings
    if read.root is not None:
        read.root.plain_value()
    for found in read.findings:
        assert 1 <= found.place.line <= len(raw.splitlines()) + 1
        assert found.place.column >= 1
