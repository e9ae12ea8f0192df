"""A copy is good as long as everything that the answer depends on is the same."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allegiance_server.protocol.conditional import matches, query_tag, strong_tag

PARTS = ("snapshot", "text/csv", "text/turtle", ("g:a",), ("g:b",), "ASK {}")


def test_equal_requests_have_equal_tags() -> None:
    """The tag of an answer is weak and short, and always the same."""
    assert re.fullmatch(r'W/"[0-9a-f]{32}"', query_tag(*PARTS))
    assert query_tag(*PARTS) == query_tag(*PARTS)


@pytest.mark.parametrize(
    "parts",
    [
        ("other", "text/csv", "text/turtle", ("g:a",), ("g:b",), "ASK {}"),
        ("snapshot", None, "text/turtle", ("g:a",), ("g:b",), "ASK {}"),
        ("snapshot", "text/csv", None, ("g:a",), ("g:b",), "ASK {}"),
        ("snapshot", "text/csv", "text/turtle", (), ("g:b",), "ASK {}"),
        ("snapshot", "text/csv", "text/turtle", ("g:a", "g:b"), (), "ASK {}"),
        ("snapshot", "text/csv", "text/turtle", ("g:ag:b",), (), "ASK {}"),
        ("snapshot", "text/csv", "text/turtle", ("g:b",), ("g:a",), "ASK {}"),
        ("snapshot", "text/csv", "text/turtle", ("g:a",), ("g:b",), "ASK { }"),
    ],
)
def test_each_part_makes_another_tag(
    parts: tuple[str, str | None, str | None, tuple[str, ...], tuple[str, ...], str],
) -> None:
    """Data, formats, graphs and query all count, and none passes for another."""
    assert query_tag(*parts) != query_tag(*PARTS)


def test_strong_tag_is_of_the_bytes() -> None:
    """One byte more makes another tag; the tag has no W/ before it."""
    assert strong_tag(b"a") == strong_tag(b"a") != strong_tag(b"ab")
    assert strong_tag(b"a").startswith('"')


@pytest.mark.parametrize(
    ("header", "tag", "answer"),
    [
        (None, 'W/"a"', False),
        ("", 'W/"a"', False),
        ('W/"a"', 'W/"a"', True),
        ('"a"', 'W/"a"', True),
        ('W/"a"', '"a"', True),
        ('"b", W/"a"', '"a"', True),
        ('"b","a"', '"a"', True),
        ('"b"', '"a"', False),
        ('"ba"', '"a"', False),
        (" * ", '"a"', True),
        ('"*"', '"a"', False),
        ("a", '"a"', False),
        ('w/"a"', '"b"', False),
        ('"x,y", "a"', '"a"', True),
        ('"x,y"', '"y"', False),
    ],
)
def test_tags_are_compared_weakly(header: str | None, tag: str, *, answer: bool) -> None:
    """A list of tags matches by any of them, `*` always, and W/ makes no difference."""
    assert matches(header, tag) is answer


@given(st.text(), st.text())
def test_any_header_is_compared(before: str, behind: str) -> None:
    """No header breaks the comparison, and a tag between commas is found in any that is a list."""
    matches(before, '"a"')
    if '"' not in before + behind:
        assert matches(f'{before}, "a", {behind}', '"a"')
