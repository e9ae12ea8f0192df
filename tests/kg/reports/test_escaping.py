"""What a contribution wrote is shown and does not act."""

from __future__ import annotations

import json

import pytest

from allegiance.finding import Place
from allegiance.reports.escaping import counted, json_text, visible, visible_place


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        ("\x1b[2J", r"\x1b[2J"),
        ("a\r\n\tb", r"a\r\n\tb"),
        ("\u202etxt\u2066", r"\u202etxt\u2066"),
        ("\u200b\ufeff\u00ad", r"\u200b\ufeff\xad"),
        ("\u00a0\u2028\x85", r"\xa0\u2028\x85"),
        ("\U000e0041\uffff", r"\U000e0041\uffff"),
        ("\udc80", r"\udc80"),
        ("##[add-mask]x", r"#\x23[add-mask]x"),
    ],
)
def test_nothing_is_hidden_in_a_text(hidden: str, shown: str) -> None:
    """Characters that do not print, and the runner's old marks of commands, become escapes."""
    assert visible(hidden) == shown


@pytest.mark.parametrize("text", ["Ünïted", "حزب الله", "年", "🦊", "a # b ## [c]"])
def test_what_prints_stays_as_it_is(text: str) -> None:
    """Letters of every script are shown as they were written."""
    assert visible(text) == text


def test_a_long_text_is_cut_and_says_by_how_much() -> None:
    """No message grows beyond 2,000 characters; the rest is counted."""
    assert visible("x" * 2_000) == "x" * 2_000
    assert visible("x" * 2_007) == "x" * 2_000 + "… (7 characters more)"


@pytest.mark.parametrize("file", ["::error::x", "  ::error::x"])
def test_a_name_of_a_file_begins_no_command(file: str) -> None:
    """The runner skips spaces and then looks for two colons: a place never begins with them."""
    assert visible_place(Place(file)).lstrip() == r"\x3a:error::x:1:1"


def test_json_holds_the_same_data_with_nothing_hidden() -> None:
    """What does not print is escaped, what does is readable, and reading gives back the same."""
    value = {"a": "é\u202e\x1b\n\udc80\U000e0041##[x]"}
    text = json_text(value)
    assert text == '{\n  "a": "é\\u202e\\u001b\\n\\udc80\\udb40\\udc41#\\u0023[x]"\n}'
    assert json.loads(text) == value


def test_one_thing_is_no_plural() -> None:
    """A count of one names the thing in the singular, every other in the plural."""
    assert [counted(n, "finding") for n in (0, 1, 2)] == ["0 findings", "1 finding", "2 findings"]
