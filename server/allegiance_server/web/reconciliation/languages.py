"""Say in which language a text for people is, and in which direction it is read."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Final

__all__ = ["ENGLISH", "Marks", "direction", "marked", "unmarked"]

# What an object says of its text, by the text and its language.
Marks = Callable[[str, str], dict[str, str]]

# Descriptions, reasons, and the names of types and properties are in English.
ENGLISH: Final = "en"
# What the tables write where a source does not tell the language.
UNKNOWN: Final = ("", "und")
RIGHT_TO_LEFT: Final = ("R", "AL")


def direction(text: str) -> str:
    """Return ltr or rtl: the direction of the first letter that has one.

    >>> direction("12 روز"), direction("Iran (ایران)"), direction("2015")
    ('rtl', 'ltr', 'ltr')
    """
    for char in text:
        kind = unicodedata.bidirectional(char)
        if kind == "L":
            return "ltr"
        if kind in RIGHT_TO_LEFT:
            return "rtl"
    return "ltr"


def marked(text: str, language: str) -> dict[str, str]:
    """Tell language and direction as 1.0-draft does; a language that is not known is left out."""
    told = {} if language in UNKNOWN else {"lang": language}
    return {**told, "dir": direction(text)}


def unmarked(text: str, language: str) -> dict[str, str]:  # noqa: ARG001 - as `marked`
    """Tell nothing, as 0.2 does."""
    return {}
