"""Write ties of the graph that Wikidata lacks as QuickStatements, for a person to look through.

A tie is told where all of this holds: a property of Wikidata says just that, both ends are linked,
a reviewed claim of the asserted view says it and no claim contradicts that one, no end is
known, and Wikidata's best-ranked values, as they were fetched, do not have it.

The ids and labels of the two properties were checked against public tables of Wikidata's
properties. Membership of a person in a party or at a university has other properties there, and is
left out; so are backing, alliance and enmity, for which no property was found.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions

from allegiance.enrichment.joining import add_enrichment
from allegiance.enrichment.linked_items import require_linked_items
from allegiance.enrichment.retrieval import MANIFEST, PLAN
from allegiance.errors import UsageError
from allegiance.namespaces import PREFIXES
from allegiance.wikidata.address import ENTITY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pyoxigraph import QuerySolution, Store


__all__ = ["PROPERTIES", "MissingStatement", "missing_statements"]

# P463 is "member of", P530 "diplomatic relation".
PROPERTIES: Final = ("P463", "P530")
_DIRECT: Final = "http://www.wikidata.org/prop/direct/"
_COLUMNS: Final = ("property", "from", "to", "url", "recorded")
_KEPT: Final = "%/:=&?~#+!$,;'@()*[]"
_SYMMETRIC: Final = frozenset({"P530"})
_TIES: Final = """
SELECT ?property ?from ?to (MIN(STR(?address)) AS ?url) (MIN(STR(?day)) AS ?recorded) WHERE {
  VALUES (?edge ?fromClass ?toClass ?property) {
    (al:memberOf al:State al:InternationalOrganisation "P463")
    (al:hasDiplomaticRelationsWith al:State al:State "P530")
  }
  ?inference al:inferredPredicate ?edge ;
    al:inferredSubject ?from ;
    al:inferredObject ?to ;
    prov:wasDerivedFrom ?claim .
  ?from a ?fromClass .
  ?to a ?toClass .
  ?claim al:inAssertedView true ;
    al:reviewStatus <https://w3id.org/allegiance/scheme/review-status/reviewed> ;
    al:assertedIn ?document .
  ?document al:recordedOn ?day ;
    al:capturedIn/schema:url ?address .
  FILTER NOT EXISTS { ?inference al:latestEnd ?end }
  FILTER NOT EXISTS { ?claim al:contradicts ?other }
  FILTER NOT EXISTS { ?from al:severedRelationsWith ?to }
  FILTER NOT EXISTS { ?to al:severedRelationsWith ?from }
}
GROUP BY ?property ?from ?to ?claim
ORDER BY ?property ?from ?to ?claim
"""


@dataclass(frozen=True, slots=True)
class MissingStatement:
    r"""Hold a statement for Wikidata, with the page that says it and the day it was recorded.

    >>> MissingStatement("Q1", "P530", "Q2", "https://example.org/", "2026-11-22").as_line()
    'Q1\tP530\tQ2\tS854\t"https://example.org/"\tS813\t+2026-11-22T00:00:00Z/11'
    """

    subject: str
    property_: str
    value: str
    url: str
    day: str

    def as_line(self) -> str:
        """Write it in the tab-separated form of QuickStatements, with its reference."""
        reference = ("S854", f'"{self.url}"', "S813", f"+{self.day}T00:00:00Z/11")
        return "\t".join((self.subject, self.property_, self.value, *reference))


def missing_statements(store: Store, enrichment: Path) -> tuple[MissingStatement, ...]:
    """Return what Wikidata lacks, as of a finished enrichment, which is loaded into the store.

    A tie that several claims say comes once for each page. Raises UsageError where the enrichment
    did not ask for the properties: then nobody knows what Wikidata has.
    """
    linked = require_linked_items(store)
    add_enrichment(store, enrichment)
    graph, asked = _asked(enrichment)
    found = dict.fromkeys(
        statement
        for statement in _statements(store, linked)
        if ENTITY + statement.subject in asked
        and ENTITY + statement.value in asked
        and not _is_known(store, statement, graph)
    )
    return tuple(found)


def _asked(enrichment: Path) -> tuple[NamedNode, frozenset[str]]:
    """Return the enrichment's graph, and the items of which it tells whether they have a value."""
    manifest = json.loads((enrichment / MANIFEST).read_text(encoding="utf-8"))
    plan = json.loads((enrichment / PLAN).read_text(encoding="utf-8"))
    query = str(manifest["query"])
    lacking = [each for each in PROPERTIES if f"<{_DIRECT}{each}>" not in query]
    if lacking:
        message = (
            f"{enrichment} does not tell what Wikidata has of {', '.join(lacking)}. "
            f"Run `allegiance enrich wikidata --properties {','.join(PROPERTIES)}` first."
        )
        raise UsageError(message)
    return NamedNode(manifest["graph"]), frozenset(plan["items"]) - set(manifest["merged"])


def _statements(store: Store, linked: Mapping[NamedNode, str]) -> Iterator[MissingStatement]:
    items = {actor.value: item.removeprefix(ENTITY) for actor, item in linked.items()}
    found = store.query(_TIES, prefixes=dict(PREFIXES))
    for row in found if isinstance(found, QuerySolutions) else ():
        property_, start, end, url, day = (_text(row, name) for name in _COLUMNS)
        if start in items and end in items:
            # A quotation mark, a tab or a line end would end the value.
            address = quote(url, safe=_KEPT)
            yield MissingStatement(items[start], property_, items[end], address, day)


def _text(row: QuerySolution, name: str) -> str:
    node = row[name]
    return node.value if isinstance(node, NamedNode | Literal) else ""


def _is_known(store: Store, statement: MissingStatement, graph: NamedNode) -> bool:
    pairs = [(statement.subject, statement.value)]
    if statement.property_ in _SYMMETRIC:
        pairs.append((statement.value, statement.subject))
    predicate = NamedNode(_DIRECT + statement.property_)
    return any(
        Quad(NamedNode(ENTITY + subject), predicate, NamedNode(ENTITY + value), graph) in store
        for subject, value in pairs
    )
