"""Read an endpoint's answer to one batch, and tell an answer from what only looks like one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryResultsFormat,
    QuerySolutions,
    Triple,
    parse_query_results,
)

from allegiance.enrichment.selection import MERGED_INTO
from allegiance.wikidata.address import entity_iri

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

__all__ = ["Answer", "BrokenAnswerError", "read_answer"]

_VARIABLES = frozenset({"item", "property", "value"})


class BrokenAnswerError(ValueError):
    """Tell that what came is no whole answer to what was asked."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold what is said of the items, and which of them were merged into others."""

    triples: tuple[Triple, ...]
    merged: Mapping[str, str]


def read_answer(content: bytes, items: Collection[str], blank: str) -> Answer:
    """Read the JSON of a SELECT of item, property and value.

    Addresses of Wikidata's pages become entity IRIs, and blank nodes IRIs that begin with `blank`:
    the same label in two answers is not the same node. Raises BrokenAnswerError for what is cut
    off, no result at all, or about items that were not asked for.
    """
    triples, merged = [], {}
    asked = frozenset(items)
    for number, (item, property_, value) in enumerate(_rows(content), start=1):
        subject, predicate, found = (_normalised(node, blank) for node in (item, property_, value))
        if not isinstance(subject, NamedNode) or subject.value not in asked:
            message = f"row {number} is about {item}, which was not asked for"
            raise BrokenAnswerError(message)
        if not isinstance(predicate, NamedNode) or found is None:
            message = f"row {number} lacks a property or a value"
            raise BrokenAnswerError(message)
        if predicate.value == MERGED_INTO and isinstance(found, NamedNode):
            merged[subject.value] = found.value
        else:
            triples.append(Triple(subject, predicate, found))
    return Answer(tuple(triples), merged)


def _rows(content: bytes) -> Iterator[tuple[object, object, object]]:
    try:
        found = parse_query_results(content, format=QueryResultsFormat.JSON)
        if not isinstance(found, QuerySolutions):
            message = "it is a yes or no, not rows"
            raise BrokenAnswerError(message)
        names = {variable.value for variable in found.variables}
        if names != _VARIABLES:
            message = f"it has the columns {', '.join(sorted(names)) or 'none'}"
            raise BrokenAnswerError(message)
        for row in found:
            yield row["item"], row["property"], row["value"]
    except (SyntaxError, UnicodeDecodeError) as error:
        message = f"it is cut off or no result: {error.args[0]}"
        raise BrokenAnswerError(message) from error


def _normalised(node: object, blank: str) -> NamedNode | Literal | None:
    if isinstance(node, NamedNode):
        return NamedNode(entity_iri(node.value) or node.value)
    if isinstance(node, BlankNode):
        return NamedNode(blank + quote(node.value, safe=""))
    return node if isinstance(node, Literal) else None
