"""What an endpoint is asked about each item: a SELECT of item, property and value.

The query leaves room for the items: `VALUES ?item {}` stands in it once, and is filled for each
batch. It is a SELECT, since the answer is then asked for in JSON: JSON that was cut off is no
JSON, while N-Triples that were cut off at the end of a line pass for a shorter answer.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from allegiance.errors import QuerySyntaxError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["MERGED_INTO", "Selection"]

# Wikidata says so of an item that was merged into another one.
MERGED_INTO: Final = "http://www.w3.org/2002/07/owl#sameAs"
_DIRECT = "http://www.wikidata.org/prop/direct/"
_ROOM = re.compile(r"VALUES\s+\?item\s*\{\s*\}", re.IGNORECASE)
_PROPERTY = re.compile(r"P[1-9][0-9]*", re.ASCII)
_VARIABLES = ("item", "property", "value")


@dataclass(frozen=True, slots=True)
class Selection:
    """Hold a query with room for items; make one by `of_properties` or `of_file`."""

    template: str

    @classmethod
    def of_properties(cls, properties: Iterable[str]) -> Selection:
        """Ask for the best-ranked values of Wikidata's properties, and for what was merged.

        Raises UsageError for what is no property's id.

        >>> "prop/direct/P31>" in Selection.of_properties(["P31"]).template
        True
        """
        ids = tuple(dict.fromkeys(properties))
        wrong = [each for each in ids if not _PROPERTY.fullmatch(each)]
        if wrong or not ids:
            message = f"{', '.join(map(repr, wrong)) or 'Nothing'} is no property: write P31,P17."
            raise UsageError(message)
        named = " ".join(f"<{_DIRECT}{each}>" for each in ids)
        return cls(
            "SELECT ?item ?property ?value WHERE {\n"
            "  VALUES ?item {}\n"
            f"  VALUES ?property {{ {named} <{MERGED_INTO}> }}\n"
            "  ?item ?property ?value .\n"
            "}\n"
        )

    @classmethod
    def of_file(cls, file: Path) -> Selection:
        """Read a query of the caller's own.

        Raises UsageError where it cannot be read, has no room for items, selects other variables
        or bounds its rows; QuerySyntaxError where it does not parse.
        """
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            message = f"The query {file} cannot be read: {error}."
            raise UsageError(message) from error
        if len(_ROOM.findall(text)) != 1:
            message = f"{file} has to say VALUES ?item {{}} once: there the items are put."
            raise UsageError(message)
        _check_form(file, text)
        return cls(text)

    @property
    def fingerprint(self) -> str:
        """Return the sha256 of the query."""
        return hashlib.sha256(self.template.encode()).hexdigest()

    def filled(self, items: Iterable[str]) -> str:
        """Write the query for a batch of items, which are IRIs."""
        values = "VALUES ?item { " + " ".join(f"<{item}>" for item in items) + " }"
        return _ROOM.sub(lambda _: values, self.template)


def _check_form(file: Path, text: str) -> None:
    # Imported here: it takes a third of a second, and only a query of the caller's own needs it.
    # It reads without running, as a query with SERVICE in it must be read.
    from pyparsing.exceptions import ParseBaseException  # noqa: PLC0415
    from rdflib.plugins.sparql import prepareQuery  # noqa: PLC0415

    try:
        algebra = prepareQuery(text).algebra
    except ParseBaseException as error:
        message = f"{file}, line {error.lineno}, column {error.column}: this is no SPARQL query."
        raise QuerySyntaxError(message) from error
    except Exception as error:  # rdflib tells an unknown prefix by a bare Exception
        message = f"{file} is no query: {error}. Declare each prefix that it uses."
        raise QuerySyntaxError(message) from error
    names = {str(variable) for variable in algebra.get("PV") or ()}
    if algebra.name != "SelectQuery" or names != set(_VARIABLES):
        message = f"{file} has to begin with SELECT ?item ?property ?value."
        raise UsageError(message)
    if algebra.p.name == "Slice":
        message = f"{file} has a LIMIT or OFFSET, which would leave rows out of each batch."
        raise UsageError(message)
