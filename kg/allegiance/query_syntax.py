"""Turn the SPARQL parser's message about a query into a place and a sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["SyntaxFault", "read_fault"]

PLACE = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
# The parser lists single characters and ranges of them in brackets, which tell a reader nothing.
CHARACTERS = re.compile(r"\[(?:'[^']*'|[^\]'])*\]")
MOST_EXPECTED = 8


@dataclass(frozen=True, slots=True)
class SyntaxFault:
    """Hold what is wrong with a query and what to do; line and column count from 1 where known."""

    detail: str
    remedy: str
    line: int | None
    column: int | None


def read_fault(message: str) -> SyntaxFault:
    """Read what the parser says of a query that does not parse.

    >>> read_fault("error at 1:17: expected one of FILTER, ['0'..='9'], GRAPH").detail
    'The query stops being SPARQL at line 1, column 17; expected there: FILTER or GRAPH.'
    """
    place = PLACE.match(message)
    if place is None:
        return SyntaxFault(
            "The query is no SPARQL.",
            "Check it against https://www.w3.org/TR/sparql11-query/.",
            None,
            None,
        )
    line, column = int(place[1]), int(place[2])
    where = f"at line {line}, column {column}"
    expected = [
        item.strip() for item in CHARACTERS.sub("", place[3]).split(", ") if item.strip(" ,\n")
    ]
    reason = next((item for item in expected if re.match(r"[A-Z]\w* .*[a-z]", item)), None)
    if reason == "Prefix not found":
        return SyntaxFault(
            f"The query uses a prefix that is not declared, before line {line}, column {column}.",
            "Declare it with PREFIX; only the prefixes of the graph need no declaration.",
            line,
            column,
        )
    if reason is not None:
        detail = f"The query is wrong {where}: {reason}."
    elif 0 < len(expected) <= MOST_EXPECTED:
        detail = f"The query stops being SPARQL {where}; expected there: {_listed(expected)}."
    else:
        detail = f"The query stops being SPARQL {where}."
    return SyntaxFault(detail, "Correct the query at this place or just before it.", line, column)


def _listed(expected: list[str]) -> str:
    *most, last = expected
    return f"{', '.join(most)} or {last}" if most else last
