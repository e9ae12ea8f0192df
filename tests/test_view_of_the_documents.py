"""The asserted view of the real documents holds what they assert, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import (
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QuerySolutions,
    RdfFormat,
    Store,
    parse,
)

from allegiance.namespaces import PREFIXES, concept_iri, term
from allegiance.view import leaked_triples, trace

if TYPE_CHECKING:
    from allegiance.snapshot import Snapshot

STRIKES = "SELECT DISTINCT ?strike WHERE { ?strike a al:MilitaryStrike }"
LEAKS = """
SELECT DISTINCT ?subject ?predicate ?object WHERE {
  ?claim a al:Claim .
  GRAPH ?claim { ?subject ?predicate ?object }
  ?subject ?predicate ?object .
  FILTER NOT EXISTS { ?subject al:namedIn ?document }
  MINUS {
    ?other al:epistemicStatus <https://w3id.org/allegiance/scheme/epistemic-status/asserted> ;
      al:polarity <https://w3id.org/allegiance/scheme/polarity/affirmed> .
    FILTER NOT EXISTS { ?other al:attribution ?attribution }
    GRAPH ?other { ?subject ?predicate ?object }
  }
}
"""
SUPPOSED = NamedNode(
    PREFIXES["claim"] + "conversation-2025-who-are-irans-allies/"
    "popular-mobilisation-forces-could-attack-us-troops"
)


def _rows(store: Store, query: str) -> list[str]:
    found = store.query(query, prefixes=dict(PREFIXES))
    assert isinstance(found, QuerySolutions)
    return [" ".join(str(value) for value in row) for row in found]


def _copy(snapshot: Snapshot) -> Store:
    store = Store()
    store.extend(parse(path=snapshot.nquads, format=RdfFormat.N_QUADS))
    return store


def test_nothing_leaks(graph: Store) -> None:
    """No triple that only claims outside the view hold stands in the default graph."""
    assert _rows(graph, LEAKS) == []
    assert list(leaked_triples(graph)) == []


def test_everything_is_traced(graph: Store) -> None:
    """Every triple of the default graph has an origin, and every fact leads to a claim."""
    tracing = trace(graph)

    assert tracing.untraced == ()
    assert tracing.coverage == 1.0
    assert tracing.by_origin["claims"] > 1000


def test_a_hypothetical_strike_put_into_the_view_is_found(snapshot: Snapshot) -> None:
    """The attack by hand: a supposed strike's triples in the default graph are a leak."""
    attacked = _copy(snapshot)
    content = list(attacked.quads_for_pattern(None, None, None, SUPPOSED))
    assert any(quad.object == term("al:MilitaryStrike") for quad in content)

    attacked.extend(Quad(*quad.triple, DefaultGraph()) for quad in content)
    marked = Literal("true", datatype=term("xsd:boolean"))
    attacked.add(Quad(SUPPOSED, term("al:inAssertedView"), marked, DefaultGraph()))

    assert _rows(attacked, LEAKS)
    assert {claim for _, claim in leaked_triples(attacked)} == {SUPPOSED}


def test_a_hypothetical_strike_marked_as_asserted_is_found(snapshot: Snapshot) -> None:
    """The attack by hand: with its status changed too, the list of strikes is no longer right."""
    attacked = _copy(snapshot)
    status = term("al:epistemicStatus")
    attacked.remove(Quad(SUPPOSED, status, concept_iri("epistemic-status", "hypothetical")))
    attacked.add(Quad(SUPPOSED, status, concept_iri("epistemic-status", "asserted")))
    for quad in list(attacked.quads_for_pattern(None, None, None, SUPPOSED)):
        attacked.add(Quad(*quad.triple, DefaultGraph()))

    assert sorted(_rows(attacked, STRIKES)) != asserted_strikes()


def test_the_strikes_of_the_view_are_those_that_the_documents_assert(graph: Store) -> None:
    """Asking for strikes gives those that happened by the documents, and none that could."""
    assert asserted_strikes() == sorted(_rows(graph, STRIKES))


def asserted_strikes() -> list[str]:
    """List, from the texts, the strikes that a document tells of as having happened.

    The AS page: the bombing of a consulate, rockets fired by Hezbollah, a missile of the Houthis,
    Iran's strikes of April and October 2024, an Israeli attack on Iranian soil. The Conversation:
    Israel's attacks on Hezbollah, on its weapons, and on Iran. Reuters: the barrage that hit the
    Weizmann Institute. What the United States did in June 2025 is told in Trump's words only.
    """
    names = (
        "consulate-bombing-2024",
        "conversation-2025-who-are-irans-allies--hezbollahs-weapons-stocks-destroyed",
        "hezbollah-rocket-fire-on-northern-israel-2024",
        "houthi-missile-at-israels-main-airport-2024",
        "iran-missile-strike-on-israel-october-2024",
        "iran-strike-on-israel-april-2024",
        "israeli-attack-on-iranian-soil-2024",
        "israeli-attacks-on-hezbollah",
        "israeli-attacks-on-iran-june-2025",
        "missile-barrage-on-weizmann-institute-2025",
    )
    return [f"<{PREFIXES['id']}{name}>" for name in names]
