"""Check a file's structure against its JSON Schema, and say in plain words what does not fit."""

from __future__ import annotations

import difflib
import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from allegiance.finding import Finding, Place
from allegiance.limits import MAX_FINDINGS, shortened
from allegiance.schema import SLUG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from allegiance.located import Located

__all__ = ["StructureCheck", "load_check"]

_SHOWN = 40
_LIKENESS = 0.65  # page is not meant for patronage, nor Country for Community
_MOST_MISSPELT = 20
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
            errors = [
                leaf for error in self._validator.iter_errors(instance) for leaf in _leaves(error)
            ]
            misspelt = {pair for error in errors[:MAX_FINDINGS] for pair in self._misspelt(error)}
            for error in errors:
                if not any((_path(error), key) in misspelt for key in self._missing(error)):
                    yield from self._explain(error, root)

    def _explain(self, error: jsonschema_rs.ValidationError, root: Located) -> Iterator[Finding]:
        where = _at(root, error.instance_path)
        if _kind(error) == "AdditionalProperties":
            return _unknown_key(error, where, self._known_keys(error))
        return _EXPLANATIONS.get(_kind(error), _other)(error, where)

    def _misspelt(
        self, error: jsonschema_rs.ValidationError
    ) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Give the keys that were meant by unknown ones, so that they are not missed as well."""
        if _kind(error) == "AdditionalProperties":
            # Comparing a hundred thousand keys, which nobody mistyped, would take a minute.
            for key in error.kind.as_dict()["unexpected"][:_MOST_MISSPELT]:
                for meant in _close(key, self._known_keys(error)):
                    yield _path(error), meant

    def _missing(self, error: jsonschema_rs.ValidationError) -> tuple[str, ...]:
        """Return the keys of which one is missing."""
        if _kind(error) == "Required":
            return (str(error.kind.as_dict()["property"]),)
        if _kind(error) == "OneOfNotValid":
            return tuple(branch["required"][0] for branch in self._part(error).get("oneOf", ()))
        return ()

    def _known_keys(self, error: jsonschema_rs.ValidationError) -> tuple[str, ...]:
        return tuple(self._part(error).get("properties", ()))

    def _part(self, error: jsonschema_rs.ValidationError) -> Mapping[str, Any]:
        """Return the part of the schema that an error comes from."""
        node: Any = self._schema
        for step in error.schema_path[:-1]:
            node = node[step] if isinstance(node, (dict, list)) else {}  # type: ignore[index]
        return node if isinstance(node, dict) else {}


@cache
def load_check(schema: Path, name: str) -> StructureCheck:
    """Read one of the JSON Schemas in the folder of the format."""
    return StructureCheck(json.loads((schema / name).read_text(encoding="utf-8")))


def _path(error: jsonschema_rs.ValidationError) -> tuple[str | int, ...]:
    return tuple(error.instance_path)


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


def _holder(error: jsonschema_rs.ValidationError) -> str:
    """Name the mapping in which a key is wrong: a file, a part of it or an item of a list."""
    path = _path(error)
    return f"this item of {_name(error)}" if path and isinstance(path[-1], int) else _name(error)


def _required(error: jsonschema_rs.ValidationError, where: Located) -> Iterator[Finding]:
    key = error.kind.as_dict()["property"]
    message = f"The key {key!r} is missing in {_holder(error)}."
    is_claim = key == "id" and list(error.instance_path)[:1] == ["claims"] == _words(error)
    remedy = "Run `allegiance fmt`: it gives the claim an id." if is_claim else ""
    yield _finding(where.place, "required", message, remedy or f"Add a line `{key}: ...` here.")


def _unknown_key(
    error: jsonschema_rs.ValidationError, where: Located, known: Sequence[str]
) -> Iterator[Finding]:
    for key in error.kind.as_dict()["unexpected"]:
        remedy = _nearest(key, known, "key") if known else "Remove it, or check its spelling."
        message = f"There is no key {key!r} in {_holder(error)}."
        yield _finding(where.keys.get(key, where.place), "unknown-key", message, remedy)


def _close(word: str, options: Sequence[str]) -> list[str]:
    return difflib.get_close_matches(word, options, n=1, cutoff=_LIKENESS)


def _nearest(word: str, known: Iterable[str], noun: str) -> str:
    options = [str(option) for option in known]
    close = _close(str(word), options)
    listed = ", ".join(options)
    return f"Did you mean {close[0]!r}?" if close else f"Use one {noun} of: {listed}."


def _enum(error: jsonschema_rs.ValidationError, where: Located) -> Iterator[Finding]:
    options = error.kind.as_dict()["options"]
    message = f"{_shown(where)} is no value that {_name(error)} can have."
    yield _finding(where.place, "value", message, _nearest(where.text or "", options, "value"))


def _pattern(error: jsonschema_rs.ValidationError, where: Located) -> Iterator[Finding]:
    message = f"{_shown(where)} does not have the form that {_name(error)} needs."
    pattern = str(error.kind.as_dict().get("pattern", ""))
    known = (remedy for part, remedy in _FORMS.items() if pattern.startswith(part))
    yield _finding(where.place, "form", message, next(known, f"It has to match {pattern}."))


def _type(error: jsonschema_rs.ValidationError, where: Located) -> Iterator[Finding]:
    types = error.kind.as_dict().get("types") or [error.kind.as_dict().get("type", "another kind")]
    wanted = " or ".join(_PLAIN_TYPES.get(str(name), str(name)) for name in types)
    message = f"{_shown(where)} stands where {_name(error)} needs {wanted}."
    remedy = f"Write {wanted}."
    if {"number", "integer"} & {str(name) for name in types}:
        remedy = f"Write {wanted}, in digits and without quotation marks."
    if where.items is not None and not {"array", "object"} & {str(name) for name in types}:
        remedy = f"Write {wanted}; where a claim has several, make a claim of each."
    elif where.text is not None and "array" in types:
        remedy = f"Write a list: [{shortened(where.text)}, ...]."
    yield _finding(where.place, "type", message, remedy)


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


def _no_branch(error: jsonschema_rs.ValidationError, where: Located) -> Iterator[Finding]:
    """Explain what fits none of several forms: a passage, a date, one value or a list of them."""
    name, is_mapping = _name(error), where.entries is not None
    if name == "at" or (is_mapping and _lacks_keys(error)):
        message = "The passage is not named by words."
        if not is_mapping:
            message = f"{_shown(where)} is no passage."
        remedy = "Give `quote` (at most 12 words), or `starts` and `ends`."
        yield _finding(where.place, "passage", message, remedy)
        return
    wanted, remedy = "one value or a list of them", "Write one value, or a list: [one, other]."
    if name in _DATES:
        wanted, remedy = "a date", 'Write a date such as "2024-10-01", or edtf, words and basis.'
    message = f"{_shown(where)} stands where {name} needs {wanted}."
    yield _finding(where.place, "type", message, remedy)


def _lacks_keys(error: jsonschema_rs.ValidationError) -> bool:
    branches = error.kind.as_dict().get("context") or ()
    return all(_kind(branch[0]) == "Required" for branch in branches if branch)


def _range(error: jsonschema_rs.ValidationError, where: Located) -> Iterator[Finding]:
    limit = error.kind.as_dict().get("limit")
    bound = "less" if _kind(error) == "Maximum" else "more"
    message = f"{shortened(where.text or '')} is a number that {_name(error)} cannot have."
    yield _finding(where.place, "range", message, f"Write {limit} or {bound}, or drop the key.")


def _many(error: jsonschema_rs.ValidationError, where: Located) -> Iterator[Finding]:
    limit = error.kind.as_dict().get("limit")
    message = f"{_name(error)} has {len(where.items or ())} entries."
    yield _finding(where.place, "entries", message, f"Write {limit} at most.")


def _few(error: jsonschema_rs.ValidationError, where: Located) -> Iterator[Finding]:
    limit = error.kind.as_dict().get("limit")
    message = f"{_name(error)} has too few entries."
    yield _finding(where.place, "entries", message, f"Write {limit} or more, each once.")


def _twice(error: jsonschema_rs.ValidationError, where: Located) -> Iterator[Finding]:
    message = f"{_name(error)} has the same entry twice."
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


_DATES = frozenset({"date", "published", "since", "until"})
# What to write, by the beginning of the pattern that does not match.
_FORMS = {
    "^[a-z0-9]+": _ID_REMEDY,
    "^[0-9a-f]": "Write 64 digits: `sha256sum` prints those of a page, and `allegiance evidence "
    "--locate` fills in those of a passage.",
    "^https": "Write the whole address, beginning with https://.",
    "^[a-z]{2,3}": "Write the code of the language, such as en or pt-BR.",
    "^[0-9]{4}-": "Write the day with the year first: 2026-11-21.",
    "^[A-Z]{2}": "Write the two capitals of ISO 3166-1, such as IR.",
}
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
    "AnyOf": _no_branch,
    "MaxItems": _many,
    "Maximum": _range,
    "MinItems": _few,
    "Minimum": _range,
    "UniqueItems": _twice,
    "MinLength": _empty,
    "PropertyNames": _property_name,
}
