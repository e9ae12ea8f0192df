"""Names tell their language and direction, and stay text whatever stands in them."""

from __future__ import annotations

import pytest

from allegiance.reconciliation import Entity, Matcher, Name
from allegiance_server.web.reconciliation.answers import page
from allegiance_server.web.reconciliation.directory import Directory
from allegiance_server.web.reconciliation.languages import direction, marked, unmarked


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("إيران", "rtl"),
        ("ایران", "rtl"),
        ("ישראל", "rtl"),
        ("Россия", "ltr"),
        ("中国", "ltr"),
        ("(12) روز", "rtl"),
        ("Tehran تهران", "ltr"),
        ("2024-10-01", "ltr"),
        ("", "ltr"),
    ],
)
def test_direction_is_that_of_the_first_letter(text: str, expected: str) -> None:
    """Arabic, Persian and Hebrew are read from the right; digits and signs decide nothing."""
    assert direction(text) == expected


def test_language_that_is_not_known_is_left_out() -> None:
    """A direction can be seen in a text, its language cannot."""
    assert marked("ایران", "fa") == {"lang": "fa", "dir": "rtl"}
    assert marked("ایران", "und") == marked("ایران", "") == {"dir": "rtl"}
    assert unmarked("ایران", "fa") == {}


def test_hostile_names_are_text() -> None:
    """Nothing in a name, a language or a description becomes a part of the page."""
    hostile = '<script>alert("1")</script>'
    entity = Entity("x", (Name(hostile, "en", "label"), Name(f"{hostile} 2", '"><b>')), (), hostile)
    shown = page(entity, Directory(Matcher([entity]), {}, {}, {}))

    assert "<script" not in shown
    assert "<b>" not in shown
    assert shown.count("&lt;script&gt;") == 4  # title, heading, description, other name
