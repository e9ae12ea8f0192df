"""An answer of an endpoint is a whole table of what was asked, or no answer."""

from __future__ import annotations

import json
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from remote_endpoints import table

from allegiance_server.web.federation.answers import (
    DEEPEST_TRIPLE,
    LARGEST_ROW,
    PIECE,
    BrokenAnswerError,
    read_rows,
    row_text,
)
from allegiance_server.web.federation.bindings import Bindings, bindings

if TYPE_CHECKING:
    from allegiance_server.web.federation.answers import Term

URI: Term = {"type": "uri", "value": "http://a.example/b"}
TEXT: Term = {"type": "literal", "value": "c"}


def written(term: Term) -> str:
    """Write the one term of a row, as it comes by the wire."""
    (row,) = read_rows(table("a", json.dumps({"a": term})), ["a"])
    return row_text(row, ["a"], "http://genid.example/1-")


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        (URI, "<http://a.example/b>"),
        ({"type": "literal", "value": 'a"b\\c\n'}, r'"a\"b\\c\n"'),
        ({"type": "literal", "value": "} SERVICE <x:y> { #"}, '"} SERVICE <x:y> { #"'),
        ({"type": "literal", "value": "ایران", "xml:lang": "fa"}, '"ایران"@fa'),
        ({"type": "literal", "value": "a", "xml:lang": "ar", "its:dir": "rtl"}, '"a"@ar--rtl'),
        ({"type": "literal", "value": "1", "datatype": "x:y"}, '"1"^^<x:y>'),
        ({"type": "typed-literal", "value": "1", "datatype": "x:y"}, '"1"^^<x:y>'),
        ({"type": "bnode", "value": "b 0>"}, "<http://genid.example/1-b%200%3E>"),
    ],
)
def test_terms_are_written_as_values_have_them(term: Term, expected: str) -> None:
    """Whatever a term has in it, it stays one term."""
    assert written(term) == f"({expected})"


@pytest.mark.parametrize(
    "term",
    [
        {"type": "uri", "value": "relative"},
        {"type": "uri", "value": "http://a.example/> } SERVICE <x:y> {"},
        {"type": "uri", "value": 1},
        {"type": "uri"},
        {"value": "a"},
        {"type": "literal", "value": "a", "xml:lang": "e n"},
        {"type": "literal", "value": "a", "datatype": "no iri"},
        {"type": "literal", "value": "a", "xml:lang": "ar", "its:dir": "up"},
        {"type": "literal", "value": "\ud800"},
        {"type": "triple", "value": {"subject": URI, "predicate": URI, "object": URI}},
        "http://a.example/b",
    ],
)
def test_what_is_no_term_breaks_the_answer(term: Term) -> None:
    """A term that cannot be passed on is not left out: then there is no answer."""
    with pytest.raises(BrokenAnswerError):
        written(term)


def test_unbound_variables_and_repeated_rows_are_kept() -> None:
    """A row that lacks a variable lacks it in VALUES, and two equal rows are two."""
    body = table("a b", f'{{"a":{json.dumps(URI)}}}, {{}}, {{}}')
    rows = [row_text(row, ["a", "b"], "") for row in read_rows(body, ["b", "a"])]
    assert rows == ["(<http://a.example/b> UNDEF)", "(UNDEF UNDEF)", "(UNDEF UNDEF)"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"results":{"bindings":[{}]},"head":{"vars":["a"]}}',
        b' {"head":{"link":[],"vars":["a"]},"results":{"ordered":true,"bindings":[ {} ]}} \n',
        b'{"head":{"vars":["a"]},"results":{"bindings":[{}],"x":1},"meta":{"ms":[1,{}]}}',
    ],
)
def test_other_members_change_nothing(body: bytes) -> None:
    """Servers add members of their own, in their own order."""
    assert list(read_rows(body, ["a"])) == [{}]


WHOLE = table("a", f'{{"a":{json.dumps(URI)}}}')


@pytest.mark.parametrize("end", range(0, len(WHOLE) - 1, 3))
def test_what_is_cut_off_is_no_answer(end: int) -> None:
    """Wherever an answer ends too early, that is seen."""
    with pytest.raises(BrokenAnswerError):
        list(read_rows(WHOLE[:end], ["a"]))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (WHOLE + b"java.lang.OutOfMemoryError", "more stands behind its end"),
        (b'{"head":{},"boolean":true}', "names no variables|no table"),
        (b'{"head":{"vars":["a"]}}', "no table"),
        (b'{"head":{"vars":["a"]},"error":"x"}', "no table"),
        (b'{"head":{"vars":"a"},"results":{"bindings":[]}}', "names no variables"),
        (b'{"results":{"bindings":[]}}', "has the columns none"),
        (table("a b"), "has the columns a, b"),
        (table("b"), "has the columns b"),
        (table("a", '{"b":{}}'), "was not asked for"),
        (
            table("a", "[]"),
            r"no row of IRIs, blank nodes and literals, of at most 8388608 bytes: \[\]",
        ),
        (table("a", '{"a":[]}'), "what is no row"),
        (b"<html>Busy</html>", "no JSON"),
        (b"[]", "no JSON"),
        (b"", "cut off"),
        (b"\xff", "not in UTF-8"),
        (b'{"head":' + b"[" * 100_000, "nested too deeply"),
        (table("a") + b" {}", "more stands behind its end"),
        (WHOLE.replace(b'"head"', b'"x":NaN,"head"'), "has NaN, which JSON does not have"),
        (WHOLE.replace(b'"head"', b'"head":{"vars":["a"]},"head"'), "has 'head' twice"),
        (WHOLE[:-1] + b',"results":{"bindings":[{}]}}', "has 'results' twice"),
        (WHOLE[:-2] + b',"bindings":[{}]}}', "has 'bindings' twice"),
        (WHOLE.replace(b'"value"', b'"value":"x:y","value"'), "has a key twice"),
        (table("a", '{"a":{},"a":{}}'), "what is no row"),
        (table("a", '{"a":{"type":"literal","value":"\n"}}'), "Invalid control character"),
    ],
)
def test_what_is_no_table_is_no_answer(body: bytes, says: str) -> None:
    """An answer that only looks like one is told apart, and why."""
    with pytest.raises(BrokenAnswerError, match=says):
        list(read_rows(body, ["a"]))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([{"a": URI, "b": TEXT}] * 2, Bindings(("a", "b"), ['(<http://a.example/b> "c")'])),
        (
            [{"a": URI}, {"a": TEXT, "b": TEXT}],
            Bindings(("a",), ["(<http://a.example/b>)", '("c")']),
        ),
        (
            [{"a": URI, "b": {"type": "bnode", "value": "x"}}],
            Bindings(("a",), ["(<http://a.example/b>)"]),
        ),
        (
            [{"a": {**TEXT, "datatype": "x:y"}, "b": {**TEXT, "its:dir": "ltr"}}],
            Bindings((), ["()"]),
        ),
        ([{"a": {**TEXT, "xml:lang": "en"}}], Bindings(("a",), ['("c"@en)'])),
        ([{"a": {**TEXT, "xml:lang": "en-us"}}], Bindings((), ["()"])),
    ],
)
def test_only_what_every_server_writes_alike_is_sent(
    rows: list[dict[str, Term]], expected: Bindings
) -> None:
    """A variable is sent where each row binds it to an IRI or a string; each row is sent once."""
    assert bindings(["a", "b"], rows) == expected


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"x":[' + b"[]," * 1_000_000 + b"0]}", "more than 262144 bytes in one value"),
        (b'{"head":{"link":[' + b"0," * 1_000_000 + b'1],"vars":["a"]}}', "in one value"),
        (table("a", '{"a":[' + "[]," * 1_000_000 + "0]}"), "what is no row"),
        (table("a", '{"a":{' + '"x":0,' * 1_000_000 + '"y":0}}'), "what is no row"),
        (table("a", '{"a":' * 1_000_000), "what is no row"),
        (b"{" + b'"x":0,' * 1_000_000, "has 'x' twice"),
        (b"{" + b",".join(b'"%d":0' % n for n in range(100)), "more than 32 members"),
        (b"{" + b" " * 4_000_000, "cut off"),
    ],
)
def test_what_no_table_has_is_not_made(body: bytes, says: str) -> None:
    """Millions of empty things are refused unread: as objects they would take 25 times as much."""
    tracemalloc.start()
    try:
        with pytest.raises(BrokenAnswerError, match=says):
            list(read_rows(body, ["a"]))
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def test_row_may_be_as_large_as_all_rows_together() -> None:
    """A long text, as a shape on a map has, is no fault; a longer one than may be sent on is."""
    for length, is_row in ((LARGEST_ROW - 100, True), (LARGEST_ROW, False)):
        body = table("a", json.dumps({"a": {"type": "literal", "value": "x" * length}}))
        if is_row:
            assert len(list(read_rows(body, ["a"]))) == 1
        else:
            with pytest.raises(BrokenAnswerError, match="what is no row"):
                list(read_rows(body, ["a"]))


def test_characters_at_the_ends_of_pieces_are_read() -> None:
    """An answer is looked through in pieces, whose ends may stand inside of a character."""
    for shift in range(4):
        filling = " " * (PIECE - 20 + shift) + '"\U0001f54a"'
        body = f'{{"x":{filling},"head":{{"vars":["a"]}},"results":{{"bindings":[]}}}}'.encode()
        assert list(read_rows(body, ["a"])) == []


def test_triples_of_our_own_may_be_nested() -> None:
    """A triple that is not sent on may hold triples, as a worker's rows can; a peer's may not."""
    term: Term = URI
    for depth in range(DEEPEST_TRIPLE + 1):
        term = {"type": "triple", "value": {"subject": URI, "predicate": URI, "object": term}}
        body = table("a", json.dumps({"a": term}))
        with pytest.raises(BrokenAnswerError, match="no row of IRIs, blank nodes and literals"):
            list(read_rows(body, ["a"]))
        if depth < DEEPEST_TRIPLE:
            assert list(read_rows(body, ["a"], DEEPEST_TRIPLE)) == [{"a": term}]
        else:
            with pytest.raises(BrokenAnswerError, match="no row"):
                list(read_rows(body, ["a"], DEEPEST_TRIPLE))
