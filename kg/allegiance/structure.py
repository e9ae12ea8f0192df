"""Check a file's structure against its JSON Schema, and say in plain words what does not fit."""

from __future__ import annotations

import difflib
import json
import re
from functools import cache
from typing import TYPE_CHECKING

import jsonschema_rs

from allegiance.finding import Finding, Place
from allegiance.schema import SLUG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from allegiance.located import Located

__all__ = ["StructureCheck", "load_check"]

_SHOWN = 40
_ID_REMEDY = "Use lower-case letters, digits and single hyphens: head-of-kataib-hezbollah."


class StructureCheck:
    """Check files of one kind.

    >>> from allegiance.located import read_yaml
    >>> check = StructureCheck({"type": "object", "required": ["a"]})
    >>> [found.rule for found in check.findings(read_yaml("x.yaml", b"b: 1").root)]
    ['structure/required']
    """

    def __init__(self, schema: Mapping[str, object]) -> None:
        """Compile the schema once; checking then costs microseconds a claim."""
        self._schema = schema
        self._validator = jsonschema_rs.validator_for(dict(schema))

    def findings(self, root: Located) -> Iterator[Finding]:
        """Give a finding for each place where the file departs from the format."""
        instance = root.plain_value()
        if not self._validator.is_valid(instance):
            for error in self._validator.iter_errors(instance):
                for leaf in _leaves(error):
                    yield from self._explain(leaf, root)

    def _explain(self, error: jsonschema_rs.ValidationError, root: Located) -> Iterator[Finding]:
        where = _at(root, error.instance_path)
        if _kind(error) == "AdditionalProperties":
            return _unknown_key(error, where, self._known_keys(error))
        return _EXPLANATIONS.get(_kind(error), _other)(error, where)

    def _known_keys(self, error: jsonschema_rs.ValidationError) -> tuple[str, ...]:
        node: object = self._schema
        for step in error.schema_path[:-1]:
            node = node[step] if isinstance(node, (dict, list)) else {}  # type: ignore[index]
        properties = node.get("properties") if isinstance(node, dict) else None
        return tuple(properties) if isinstance(properties, dict) else ()


@cache
def load_check(schema: Path, name: str) -> StructureCheck:
    """Read one of the JSON Schemas in the folder of the format."""
    return StructureCheck(json.loads((schema / name).read_text(encoding="utf-8")))


def _kind(error: jsonschema_rs.ValidationError) -> str:
    return type(error.kind).__name__


def _leaves(error: jsonschema_rs.ValidationError) -> Iterator[jsonschema_rs.ValidationError]:
    """Descend into the branch of an anyOf that the writer meant: the one whose type fits."""
    context = error.kind.as_dict().get("context") if _kind(error) == "AnyOf" else None
    branches: list[list[jsonschema_rs.ValidationError]] = list(context or ())
    if branches and all(_kind(branch[0]) == "Required" for branch in branches if branch):
        yield error
        return
    meant = [part for part in branches if not any(_is_type_error(leaf, error) for leaf in part)]
    if not meant:
        yield error
        return
    # One value or a list of them: what is wrong inside a list lies deeper than the list itself.
    for leaf in max(meant, key=lambda part: max(len(leaf.instance_path) for leaf in part)):
        yield from _leaves(leaf)


def _is_type_error(
    part: jsonschema_rs.ValidationError, whole: jsonschema_rs.ValidationError
) -> bool:
    return _kind(part) == "Type" and len(part.instance_path) == len(whole.instance_path)


def _at(root: Located, path: Sequence[str | int]) -> Located:
    found = root
    for step in path:
        if isinstance(step, int) and found.items is not None:
            found = found.items[step]
        elif found.entries is not None:
            found = found.entries[str(step)]
    return found


def _finding(place: Place, rule: str, message: str, remedy: str) -> Finding:
    return Finding(place, f"structure/{rule}", message, remedy)


def _name(error: jsonschema_rs.ValidationError) -> str:
    words = _words(error)
    return words[-1] if words else "the file"


def _words(error: jsonschema_rs.ValidationError) -> list[str]:
    return [step for step in error.instance_path if isinstance(step, str)]


def _required(error: jsonschema_rs.ValidationError, where: Located) -> Iterator[Finding]:
    key = error.kind.as_dict()["property"]
    message = f"The key {key!r} is missing in {_name(error)}."
    is_claim = key == "id" and list(error.instance_path)[:1] == ["claims"] == _words(error)
    remedy = "Run `allegiance fmt`: it gives the claim an id." if is_claim else ""
    yield _finding(where.place, "required", message, remedy or f"Add a line `{key}: ...` here.")


def _unknown_key(
    error: jsonschema_rs.ValidationError, where: Located, known: Sequence[str]
) -> Iterator[Finding]:
    for key in error.kind.as_dict()["unexpected"]:
        remedy = _nearest(key, known, "key") if known else "Remove it, or check its spelling."
        message = f"There is no key {key!r} in {_name(error)}."
        yield _finding(where.keys.get(key, where.place), "unknown-key", message, remedy)


def _nearest(word: str, known: Iterable[str], noun: str) -> str:
    options = [str(option) for option in known]
    close = difflib.get_close_matches(str(word), options, n=1)
    listed = ", ".join(options)
    return f"Did you mean {close[0]!r}?" if close else f"Use one {noun} of: {listed}."


def _enum(error: jsonschema_rs.ValidationError, where: Located) -> Iterator[Finding]:
    options = error.kind.as_dict()["options"]
    message = f"{_shown(where)} is no value that {_name(error)} can have."
    yield _finding(where.place, "value", message, _nearest(where.text or "", options, "value"))


def _pattern(error: jsonschema_rs.ValidationError, where: Located) -> Iterator[Finding]:
    message = f"{_shown(where)} does not have the form that {_name(error)} needs."
    pattern = str(error.kind.as_dict().get("pattern", ""))
    if pattern.startswith("^[a-z0-9]+"):
        remedy = _ID_REMEDY
    elif "0-9a-f" in pattern:
        remedy = "Write 64 hexadecimal digits; `allegiance evidence --locate` fills them in."
    elif pattern.startswith("^https"):
        remedy = "Write the whole address, beginning with https://."
    else:
        remedy = f"It has to match {pattern}."
    yield _finding(where.place, "form", message, remedy)


def _type(error: jsonschema_rs.ValidationError, where: Located) -> Iterator[Finding]:
    types = error.kind.as_dict().get("types") or [error.kind.as_dict().get("type", "another kind")]
    wanted = " or ".join(_PLAIN_TYPES.get(str(name), str(name)) for name in types)
    message = f"{_shown(where)} stands where {_name(error)} needs {wanted}."
    yield _finding(where.place, "type", message, f"Write {wanted}.")


def _one_frame(error: jsonschema_rs.ValidationError, where: Located) -> Iterator[Finding]:
    if where.entries is None:
        # It is no mapping, which is told already.
        return
    none = _kind(error) == "OneOfNotValid"
    message = (
        "The claim says nothing: it has no content."
        if none
        else "The claim says several things at once: it has more than one content."
    )
    remedy = (
        "Add one of alliance, patronage, event, statement, figure, ... (see kg/data/README.md)."
        if none
        else "Split it: one proposition, one claim."
    )
    yield _finding(where.place, "one-content", message, remedy)


def _passage(error: jsonschema_rs.ValidationError, where: Located) -> Iterator[Finding]:
    message = f"The passage in {_name(error)} is not named by words."
    remedy = "Give `quote` (at most 12 words), or `starts` and `ends`."
    if where.entries is None:
        message, remedy = f"{_shown(where)} cannot be read here.", "See kg/data/README.md."
    yield _finding(where.place, "passage", message, remedy)


def _few(error: jsonschema_rs.ValidationError, where: Located) -> Iterator[Finding]:
    message = f"{_name(error)} has too few entries, or one of them twice."
    yield _finding(where.place, "entries", message, "Name each once; a pair needs two.")


def _empty(error: jsonschema_rs.ValidationError, where: Located) -> Iterator[Finding]:
    yield _finding(where.place, "empty", f"{_name(error)} is empty.", "Write a text, or drop it.")


def _property_name(error: jsonschema_rs.ValidationError, where: Located) -> Iterator[Finding]:
    message = f"A key of {_name(error)} is no id."
    bad = [key for key in where.keys if not re.fullmatch(SLUG, key)]
    place = where.keys[bad[0]] if bad else where.place
    yield _finding(place, "form", message, _ID_REMEDY)


def _other(error: jsonschema_rs.ValidationError, where: Located) -> Iterator[Finding]:
    message = f"{_name(error)}: {error.message}."
    yield _finding(where.place, "form", message, "See kg/data/README.md for the format.")


def _shown(where: Located) -> str:
    if where.entries is not None:
        return "A mapping"
    if where.items is not None:
        return "A list"
    text = where.text or ""
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "...")


_PLAIN_TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping (key: value)",
}

_EXPLANATIONS: Mapping[
    str, Callable[[jsonschema_rs.ValidationError, Located], Iterator[Finding]]
] = {
    "Required": _required,
    "Enum": _enum,
    "Pattern": _pattern,
    "Type": _type,
    "OneOfNotValid": _one_frame,
    "OneOfMultipleValid": _one_frame,
    "AnyOf": _passage,
    "MinItems": _few,
    "UniqueItems": _few,
    "MinLength": _empty,
    "PropertyNames": _property_name,
}
