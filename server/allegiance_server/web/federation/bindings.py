"""Which bindings of the local context go with a request to another endpoint.

Only a variable that is bound in every row is sent: a row without it would match several times
elsewhere. And only what every server writes alike: IRIs, strings, and strings with a language. A
number, a date or a tag such as en-US has several spellings, and a server that compares spellings
would find nothing. To leave a variable out is always right: it only asks for more rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from allegiance_server.web.federation.answers import row_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allegiance_server.web.federation.answers import Row, Term

__all__ = ["Bindings", "bindings"]

NO_BLANK: Final = ""


@dataclass(frozen=True, slots=True)
class Bindings:
    """Hold the variables that are sent, and each row of them once, as it stands in VALUES."""

    variables: tuple[str, ...]
    rows: list[str]


def bindings(variables: Sequence[str], table: Sequence[Row]) -> Bindings:
    """Return what is sent of a table.

    >>> bindings(["a", "b"], [{"a": {"type": "uri", "value": "x:1"}}])
    Bindings(variables=('a',), rows=['(<x:1>)'])
    """
    sent = tuple(
        name for name in variables if all(name in row and _is_plain(row[name]) for row in table)
    )
    return Bindings(sent, list(dict.fromkeys(row_text(row, sent, NO_BLANK) for row in table)))


def _is_plain(term: Term) -> bool:
    if term["type"] != "literal":
        return bool(term["type"] == "uri")
    return not {"datatype", "its:dir"} & term.keys() and "-" not in term.get("xml:lang", "")
