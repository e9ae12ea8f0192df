"""Count what the graph holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, QuerySolutions

from allegiance.namespaces import PREFIXES
from allegiance.view import Tracing, trace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyoxigraph import Store

__all__ = ["Statistics", "count"]

_BY_DOCUMENT = """
SELECT ?key (COUNT(?claim) AS ?number) WHERE { ?claim al:assertedIn ?document }
GROUP BY (STRAFTER(STR(?document), STR(source:)) AS ?key)"""
_BY_STATUS = """
SELECT ?key (COUNT(?claim) AS ?number) WHERE {
  ?status skos:inScheme <https://w3id.org/allegiance/scheme/epistemic-status> ; skos:prefLabel ?key
  OPTIONAL { ?claim al:epistemicStatus ?status }
} GROUP BY ?key"""
_ACTORS = """
SELECT ?key (COUNT(DISTINCT ?actor) AS ?number) WHERE {
  ?class rdfs:subClassOf* al:Actor ; rdfs:label ?key . ?actor a ?class
} GROUP BY ?key"""
_TIES = """
SELECT ?key (COUNT(DISTINCT ?tie) AS ?number) WHERE {
  ?class rdfs:subClassOf* al:Relationship ; rdfs:label ?key . ?tie a ?class
} GROUP BY ?key"""
_CONTENT = """
SELECT ?key (COUNT(DISTINCT ?claim) AS ?number) WHERE {
  ?claim al:content ?node . GRAPH ?claim { ?node a ?class }
  ?class rdfs:subClassOf* ?top . ?top rdfs:label ?key
  VALUES ?top { al:Relationship al:Event al:Statement al:Figure al:Characterisation al:Treaty }
} GROUP BY ?key"""
_LINKS = """
SELECT ?key (COUNT(?link) AS ?number) WHERE {
  ?link a al:Link ; al:polarity ?polarity ; al:matchProperty ?match .
  OPTIONAL { ?link al:linkedItem ?item }
  BIND (IF(BOUND(?item), STRAFTER(STR(?match), STR(skos:)), "no item known") AS ?answer)
  BIND (IF(STRENDS(STR(?polarity), "negated"), CONCAT("refused ", ?answer), ?answer) AS ?key)
} GROUP BY ?key"""
_COMPARISONS = """
SELECT ?key (COUNT(DISTINCT ?comparison) AS ?number) WHERE {
  ?class rdfs:subClassOf al:Comparison ; rdfs:label ?key
  OPTIONAL { ?comparison a ?class }
} GROUP BY ?key"""


@dataclass(frozen=True, slots=True)
class Statistics:
    """Hold tables of counts, each under its heading, and the tracing of the view."""

    tables: Mapping[str, Mapping[str, int]]
    tracing: Tracing

    def as_text(self) -> str:
        """Write the tables for a terminal."""
        lines: list[str] = []
        for heading, rows in self.tables.items():
            lines.append(f"{heading}: {sum(rows.values())}")
            lines += [f"  {number:>6}  {key}" for key, number in rows.items()]
            lines.append("")
        origins = self.tracing.by_origin
        lines.append(f"triples of the default graph: {sum(origins.values())}")
        lines += [f"  {number:>6}  {origin}" for origin, number in origins.items()]
        lines.append(f"  {len(self.tracing.untraced):>6}  without a source")
        lines.append("")
        lines.append(f"evidence coverage of the asserted view: {self.tracing.coverage:.2%}")
        return "\n".join(lines) + "\n"

    def as_dict(self) -> Mapping[str, object]:
        """Return the same as plain values, for JSON."""
        return {
            "tables": self.tables,
            "origins": self.tracing.by_origin,
            "untraced": len(self.tracing.untraced),
            "coverage": self.tracing.coverage,
        }


def count(store: Store) -> Statistics:
    """Count claims, actors, ties and comparisons, and trace the default graph."""
    queries = {
        "claims by document": _BY_DOCUMENT,
        "claims by epistemic status": _BY_STATUS,
        "claims by content (a statement is an event too)": _CONTENT,
        "actors by class": _ACTORS,
        "ties of the asserted view by kind": _TIES,
        "comparisons of claims": _COMPARISONS,
        "links to Wikidata by answer": _LINKS,
    }
    return Statistics({name: _rows(store, text) for name, text in queries.items()}, trace(store))


def _rows(store: Store, query: str) -> Mapping[str, int]:
    found = store.query(query, prefixes=dict(PREFIXES))
    rows: dict[str, int] = {}
    if isinstance(found, QuerySolutions):
        for solution in found:
            key, number = solution["key"], solution["number"]
            if isinstance(key, (Literal, NamedNode)) and isinstance(number, Literal):
                rows[key.value] = int(number.value)
    return dict(sorted(rows.items(), key=lambda row: (-row[1], row[0])))
