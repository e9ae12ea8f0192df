"""Turn a result into what a page shows: a table of cells, a truth value or a text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from allegiance.namespaces import compact

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Cell", "Table", "link_target", "shown"]

ANY_URI = "http://www.w3.org/2001/XMLSchema#anyURI"


# The mark of a text fragment, which selects words in a page.
_WORDS = "#:~:text="


@dataclass(frozen=True, slots=True)
class Cell:
    """Hold one term as text; `hint` is what the text leaves out, `href` an address to follow."""

    text: str
    hint: str = ""
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Hold the variables and rows of a SELECT."""

    variables: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def shown(media_type: str, body: bytes) -> Table | bool | str:
    """Read a result in SPARQL JSON, or take one in Turtle as it is."""
    if media_type == "text/turtle":
        return body.decode()
    results = json.loads(body)
    if "boolean" in results:
        return bool(results["boolean"])
    variables = tuple(results["head"]["vars"])
    return Table(
        variables,
        tuple(
            tuple(_cell(binding[name]) if name in binding else Cell("") for name in variables)
            for binding in results["results"]["bindings"]
        ),
    )


def link_target(text: str) -> str | None:
    """Return an address that is safe to click, which only http and https are; else None.

    >>> link_target("javascript:alert(1)") is None
    True
    """
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme in ("http", "https") and parts.netloc else None


def link_text(address: str) -> str:
    """Return what stands for an address: a link to words in a page is too long to be read.

    >>> link_text("https://example.org/page#:~:text=has%20backed")
    'at the words, example.org'
    """
    return f"at the words, {urlsplit(address).netloc}" if _WORDS in address else address


def _cell(term: Mapping[str, object]) -> Cell:
    if term["type"] == "triple":
        parts = cast("Mapping[str, Mapping[str, object]]", term["value"])
        inner = (_cell(parts[role]).text for role in ("subject", "predicate", "object"))
        return Cell(f"<<( {' '.join(inner)} )>>")
    value = str(term["value"])
    if term["type"] == "uri":
        short = compact(value)
        return Cell(value if short.startswith("<") else short, hint=value, href=link_target(value))
    if term["type"] == "bnode":
        return Cell(f"_:{value}")
    href = link_target(value) if term.get("datatype") == ANY_URI else None
    if href is not None:
        return Cell(link_text(href), hint=value, href=href)
    return Cell(value, hint=str(term.get("xml:lang", "")))
