"""An answer of an endpoint is a whole table of what was asked, or no answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from remote_endpoints import table

from allegiance_server.web.federation.answers import BrokenAnswerError, read_rows, row_text
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
        (table("a", "[]"), "was not asked for"),
        (b"<html>Busy</html>", "no JSON"),
        (b"[]", "no JSON"),
        (b"", "cut off"),
        (b"\xff", "not in UTF-8"),
        (b'{"head":' + b"[" * 100_000, "nested too deeply"),
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
