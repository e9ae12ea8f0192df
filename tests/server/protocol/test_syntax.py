"""The parser's message becomes a place and a sentence."""

from __future__ import annotations

import pytest
from pyoxigraph import Store

from allegiance_server.protocol.syntax import not_parsed


@pytest.mark.parametrize(
    ("query", "line", "words"),
    [
        ("SELECT * {\n ?s ?p ", 2, "stops being SPARQL"),
        ("SELECT * { ?s nope:p ?o }", 1, "prefix that is not declared"),
        ("SELECT (?x AS ?y) (?z AS ?y) {}", 1, "Duplicated variable name in SELECT"),
        ("SELECT ?x { ?s ?p ?o } GROUP BY ?s", 1, "contains a variable that is unbound"),
        ("", 1, "stops being SPARQL"),
    ],
)
def test_real_messages_are_understood(query: str, line: int, words: str) -> None:
    """What pyoxigraph says is shown with its line, and without its ranges of characters."""
    with pytest.raises(SyntaxError) as raised:
        Store().query(query)
    error = not_parsed(str(raised.value))
    assert error.line == line
    assert words in error.detail
    assert "\\u{" not in error.detail
    assert "['" not in error.detail


def test_unknown_message_still_makes_an_error() -> None:
    """A message without a place is no reason to fail."""
    error = not_parsed("something else")
    assert (error.line, error.column) == (None, None)
