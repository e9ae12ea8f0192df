"""Say in plain words, and at the right place, what the parser of YAML stumbles over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allegiance.finding import Finding, Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    import yaml

__all__ = ["fault_of", "place_of"]

_CLOSE = "Close it with"
_QUOTES = "Put the text in quotes."
# What was left open on an earlier line than the parser noticed it, by libyaml's context.
_OPENED: Mapping[str, tuple[str, str]] = {
    "while parsing a flow mapping": ("a brace is not closed", f"{_CLOSE} `}}`."),
    "while parsing a flow sequence": ("a bracket is not closed", f"{_CLOSE} `]`."),
    "while scanning a quoted scalar": (
        "a quotation mark is not closed",
        "Close the quotation with the same mark.",
    ),
    "while scanning a simple key": (
        "a key has no colon and space after it",
        "Write `key: value`.",
    ),
}
_NEIGHBOURS = "Indent the line like its neighbours; quote a text as a whole or not at all."
# What is wrong at the place itself, by libyaml's problem.
_PROBLEMS: Mapping[str, tuple[str, str]] = {
    "but found another document": (
        "a second document begins here",
        "Remove the line `---`; a file holds one document.",
    ),
    "did not find expected ',' or ']'": (
        "a comma or a closing bracket is missing",
        "Write `,` or `]` before this place; put a text with signs of YAML in quotes.",
    ),
    "did not find expected ',' or '}'": (
        "a comma or a closing brace is missing",
        "Write `,` or `}` before this place; put a text with signs of YAML in quotes.",
    ),
    "did not find expected '-' indicator": ("the line does not fit those above it", _NEIGHBOURS),
    "did not find expected key": ("the line does not fit those above it", _NEIGHBOURS),
    "found character that cannot start any token": (
        "a text begins with a sign that has a meaning in YAML",
        _QUOTES,
    ),
    "found undefined alias": (
        "a text begins with an asterisk, which makes it an alias",
        _QUOTES,
    ),
    "mapping values are not allowed in this context": (
        "a colon stands where no key can stand",
        "Put a text that has `: ` in quotes; indent a key like its neighbours.",
    ),
}


def fault_of(name: str, text: str, error: yaml.MarkedYAMLError) -> Finding:
    """Explain an error of the parser in a file of this name and text."""
    place = place_of(name, error)
    lines = text.split("\n")
    shown = lines[place.line - 1] if place.line <= len(lines) else ""
    tab = shown.find("\t")
    if tab >= 0 and not shown[:tab].strip():
        message = "A tab stands where YAML wants spaces."
        where = Place(name, place.line, tab + 1)
        return Finding(where, "syntax/tab", message, "Indent with two spaces.")
    problem = (error.problem or "it cannot be read").strip()
    remedy = "Check indentation, quotes and brackets here; put text that has `: ` or `#` in quotes."
    known = _OPENED[str(error.context)] if _is_open(error) else _PROBLEMS.get(problem)
    problem, remedy = known or (problem, remedy)
    return Finding(place, "syntax/yaml", f"Not YAML: {problem}.", remedy)


def place_of(name: str, error: yaml.MarkedYAMLError) -> Place:
    """Return where an error of the parser is to be mended."""
    mark = error.context_mark if _is_open(error) else error.problem_mark or error.context_mark
    return Place(name, mark.line + 1, mark.column + 1) if mark else Place(name)


def _is_open(error: yaml.MarkedYAMLError) -> bool:
    """Tell whether something was left open on an earlier line than the parser noticed it."""
    begun, noticed = error.context_mark, error.problem_mark
    return error.context in _OPENED and bool(begun and noticed and begun.line < noticed.line)
