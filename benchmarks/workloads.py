"""The questions that the serving benchmark asks, made for a generated graph."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from allegiance.namespaces import PREFIXES

if TYPE_CHECKING:
    from graphs import Graph

__all__ = ["NAMES", "ZIPF", "Workload", "lookup_of", "workloads"]

ZIPF: Final = "zipf"
NAMES: Final = ("lookup", "distinct", "join", "aggregate", "path", "search", "export", ZIPF)
DRAWS: Final = 20_000

PROLOGUE: Final = "".join(
    f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in ("al", "claim", "id", "rdfs", "xsd")
)


@dataclass(frozen=True, slots=True)
class Workload:
    """Hold queries and the order in which they are asked.

    `peer_queries` are what peers are asked instead where they cannot be asked the same. `order`
    gives places in `queries`; empty: one after the other. The rows of an `is_ordered` one have to
    come in the same order.
    """

    name: str
    title: str
    queries: tuple[str, ...]
    peer_queries: tuple[str, ...] = ()
    order: tuple[int, ...] = ()
    is_ordered: bool = False


def workloads(graph: Graph) -> tuple[Workload, ...]:
    """Return every workload for a graph, in the order of NAMES."""
    distinct = tuple(lookup_of(thing) for thing in graph.things)
    return (
        Workload("lookup", "lookup: one tie, with a prologue", (_lookup(graph),)),
        Workload("distinct", f"distinct lookups: {len(distinct):,} addresses", distinct),
        Workload("join", "join: the 20 newest statements", (_join(graph),), is_ordered=True),
        Workload("aggregate", "aggregate: who strikes most", (AGGREGATE,), is_ordered=True),
        Workload("path", "path: allies of allies", (_path(graph),)),
        Workload("search", "text search", (_search(graph),), (_contains(graph),)),
        Workload("export", "export of all claims", (EXPORT,)),
        Workload(ZIPF, "lookups from a Zipf distribution", distinct, order=_zipf(len(distinct))),
    )


def lookup_of(thing: str) -> str:
    """Return the shortest query for what is known of a thing."""
    return f"SELECT ?p ?o WHERE {{ <{thing}> ?p ?o }}"


def _lookup(graph: Graph) -> str:
    return f"""{PROLOGUE}PREFIX skos: <{PREFIXES["skos"]}>
PREFIX source: <{PREFIXES["source"]}>
SELECT ?property ?value
WHERE {{
  <{graph.tie}> ?property ?value .
}}
"""


def _join(graph: Graph) -> str:
    return f"""{PROLOGUE}SELECT ?statement ?day ?speaker ?name ?document
WHERE {{
  ?statement al:about <{graph.hub}> ; al:earliestDate ?day ; al:speaker ?speaker .
  ?speaker rdfs:label ?name .
  ?claim al:content ?statement ; al:assertedIn ?document .
}}
ORDER BY DESC(?day) ?statement ?document
LIMIT 20
"""


AGGREGATE: Final = f"""{PROLOGUE}SELECT ?actor (COUNT(?strike) AS ?strikes) (MAX(?day) AS ?latest)
WHERE {{
  ?strike a al:MilitaryStrike ; al:actor ?actor ; al:earliestDate ?day .
}}
GROUP BY ?actor
ORDER BY DESC(?strikes) ?actor
LIMIT 10
"""

EXPORT: Final = f"""{PROLOGUE}SELECT ?claim ?says ?document ?status
WHERE {{
  ?claim a al:Claim ; al:says ?says ; al:assertedIn ?document ; al:epistemicStatus ?status .
}}
"""


def _path(graph: Graph) -> str:
    return f"{PROLOGUE}SELECT ?ally WHERE {{ <{graph.hub}> al:alliedWith+ ?ally }}"


def _search(graph: Graph) -> str:
    # The prefix is one that our server knows without being told.
    return f'SELECT DISTINCT ?found WHERE {{ ?found alf:search "{graph.word}" }}'


def _contains(graph: Graph) -> str:
    return f"""{PROLOGUE}SELECT DISTINCT ?found
WHERE {{
  VALUES ?property {{ rdfs:label al:alias al:says }}
  ?found ?property ?text .
  FILTER(CONTAINS(?text, "{graph.word}"))
}}
"""


def _zipf(count: int) -> tuple[int, ...]:
    """Draw places with a frequency of one by their rank, the same every time."""
    weights = list(accumulate(1 / rank for rank in range(1, count + 1)))
    return tuple(random.Random(count).choices(range(count), cum_weights=weights, k=DRAWS))
