"""Show what a contribution wrote without letting it act.

A message may quote a contribution, and so may hold escape sequences of terminals, characters that
turn the direction of writing, line breaks, and commands to the machine that runs the checks.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allegiance.finding import Place

__all__ = ["counted", "json_text", "visible", "visible_place"]

_MOST = 2_000
_BEYOND_ASCII = re.compile(r"[^\x20-\x7e]")
_BEYOND_ASCII_LINES = re.compile(r"[^\x20-\x7e\n]")


def visible(text: str, most: int = _MOST) -> str:
    r"""Write a text in one line in which nothing is hidden, its first characters if it is long.

    Every character that does not print, and every space but the common one, becomes its escape.

    >>> visible("a\x1b[31m\u202eb\n")
    'a\\x1b[31m\\u202eb\\n'
    """
    left = len(text) - most
    kept = _BEYOND_ASCII.sub(_escaped, text[:most])
    # GitHub's runner takes ##[ for the beginning of a command, wherever in a line it stands.
    safe = kept.replace("##[", r"#\x23[")
    return f"{safe}… ({left} characters more)" if left > 0 else safe


def visible_place(place: Place) -> str:
    """Write file:line:column so that it can begin a line: a leading :: would begin a command."""
    text = visible(str(place))
    return text.replace("::", r"\x3a:", 1) if text.lstrip().startswith("::") else text


def json_text(value: object) -> str:
    r"""Write JSON that is readable, and in which what does not print stands as its escape.

    >>> json_text("é\u202e")
    '"é\\u202e"'
    """
    text = json.dumps(value, indent=2, ensure_ascii=False)
    escaped = _BEYOND_ASCII_LINES.sub(_escaped_in_json, text)
    # Both can stand only inside a string. A log that shows the report must hold no command.
    return escaped.replace("##[", r"#\u0023[")


def counted(number: int, thing: str) -> str:
    """Write a number and its thing.

    >>> counted(1, "violation"), counted(2, "other finding")
    ('1 violation', '2 other findings')
    """
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _escaped(found: re.Match[str]) -> str:
    character = found.group()
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")


def _escaped_in_json(found: re.Match[str]) -> str:
    character = found.group()
    return character if character.isprintable() else json.dumps(character)[1:-1]
