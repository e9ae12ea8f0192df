"""Links in the graph: each with its provenance, the accepted ones joined with by queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, QuerySolutions, Store

from allegiance.build import build_snapshot, build_store, ensure_snapshot
from allegiance.corpus import read_corpus
from allegiance.errors import DataError
from allegiance.integrity import check_view
from allegiance.namespaces import PREFIXES, concept_iri, term, thing_iri
from allegiance.view import leaked_triples, trace

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Checkout

    from allegiance.snapshot import Snapshot

COLUMNS = (
    *("subject_id", "predicate_modifier", "predicate_id", "object_id", "object_label"),
    *("mapping_justification", "author_label", "reviewer_label", "confidence", "mapping_date"),
    *("names_differ", "comment"),
)
MANUAL = ("semapv:ManualMappingCuration", "A. Curator", "B. Reviewer", "0.85", "2026-01-05", "")
REFUSED = ("semapv:ManualMappingCuration", "A. Curator", "", "", "2026-01-05", "")
ROWS = (
    ("id:arcadia", "", "skos:exactMatch", "wikidata:Q1", "Arcadia", *MANUAL, "Two tables agree."),
    ("id:arcadia", "Not", "skos:closeMatch", "wikidata:Q2", "Arcady", *REFUSED, "The poem."),
    ("id:borduria", "", "skos:closeMatch", "wikidata:Q3", "Bordur", *MANUAL, "One table."),
    ("id:syldavia", "", "skos:exactMatch", "sssom:NoTermFound", "", *REFUSED, "Nobody has it."),
)
ACCEPTED = NamedNode(PREFIXES["link"] + "arcadia/exactMatch-Q1")
TWIN = NamedNode(PREFIXES["link"] + "arcadia/not-closeMatch-Q2")
NONE_KNOWN = NamedNode(PREFIXES["link"] + "syldavia/exactMatch-none")


def item(number: int) -> NamedNode:
    """Name an item."""
    return NamedNode(f"http://www.wikidata.org/entity/Q{number}")


def write_table(checkout: Checkout, *rows: tuple[str, ...]) -> Path:
    """Write a table of links."""
    folder = checkout.root / "kg/data/links"
    folder.mkdir(parents=True, exist_ok=True)
    table = folder / "states.sssom.tsv"
    table.write_text("".join("\t".join(row) + "\n" for row in (COLUMNS, *rows)), encoding="utf-8")
    return table


@pytest.fixture
def store(checkout: Checkout) -> Store:
    """Build a graph with four links."""
    write_table(checkout, *ROWS)
    return build_store(read_corpus(checkout.bundle))


def matches(store: Store, graph: NamedNode | DefaultGraph) -> set[tuple[str, str, str]]:
    """Return the matches in a graph, with the last parts of their IRIs."""
    return {
        tuple(str(node.value).replace("#", "/").rsplit("/", 1)[1] for node in quad.triple)  # type: ignore[misc, union-attr]
        for quad in store.quads_for_pattern(None, None, None, graph)
        if quad.predicate.value.endswith("Match")
    }


def test_accepted_items_are_joined_with_by_a_plain_triple(store: Store) -> None:
    """The default graph has the matches of accepted items, near ones too, and no refused one."""
    assert matches(store, DefaultGraph()) == {
        ("arcadia", "exactMatch", "Q1"),
        ("borduria", "closeMatch", "Q3"),
    }


def test_each_link_has_a_graph_of_its_own(store: Store) -> None:
    """The graph of a link holds its match; where no item is known, there is none."""
    assert matches(store, ACCEPTED) == {("arcadia", "exactMatch", "Q1")}
    assert matches(store, TWIN) == {("arcadia", "closeMatch", "Q2")}
    assert list(store.quads_for_pattern(None, None, None, NONE_KNOWN)) == []


def test_a_link_says_who_found_it_and_on_what_evidence(store: Store) -> None:
    """Every column of a row stands in the graph, with the type of its value."""
    found = {
        quad.predicate.value.rsplit("#", 1)[1]: quad.object
        for quad in store.quads_for_pattern(ACCEPTED, None, None, DefaultGraph())
    }
    assert found == {
        "type": term("al:Link"),
        "linkedThing": thing_iri("arcadia"),
        "linkedItem": item(1),
        "linkedItemLabel": Literal("Arcadia"),
        "matchProperty": term("skos:exactMatch"),
        "polarity": concept_iri("polarity", "affirmed"),
        "justification": term("semapv:ManualMappingCuration"),
        "linkedBy": Literal("A. Curator"),
        "reviewedBy": Literal("B. Reviewer"),
        "linkConfidence": Literal("0.85", datatype=term("xsd:decimal")),
        "recordedOn": Literal("2026-01-05", datatype=term("xsd:date")),
        "linkEvidence": Literal("Two tables agree."),
    }


def test_that_no_item_is_known_is_said_without_an_item(store: Store) -> None:
    """A link without item has its evidence, and a query for items does not meet it."""
    assert Quad(NONE_KNOWN, term("al:linkEvidence"), Literal("Nobody has it.")) in store
    found = store.query("SELECT ?i { ?l al:linkedItem ?i }", prefixes=dict(PREFIXES))
    assert isinstance(found, QuerySolutions)
    assert sorted(str(row["i"]) for row in found) == [str(item(number)) for number in (1, 2, 3)]


def test_links_are_traced_and_do_not_leak(store: Store) -> None:
    """The matches of the default graph come from links; nothing else is new in the view."""
    tracing = trace(store)
    assert tracing.by_origin["links"] == 2
    assert tracing.untraced == ()
    assert list(check_view(store)) == []


def test_a_match_without_a_link_is_found(store: Store) -> None:
    """A match that no link holds has no source."""
    forged = Quad(thing_iri("borduria"), term("skos:exactMatch"), item(9))
    store.add(forged)
    assert trace(store).untraced == (forged.triple,)


def test_a_refused_match_in_the_view_is_found(store: Store) -> None:
    """A match that only a refusal holds has leaked, and has no source."""
    leaked = Quad(thing_iri("arcadia"), term("skos:closeMatch"), item(2))
    store.add(leaked)
    assert list(leaked_triples(store)) == [(leaked.triple, TWIN)]
    assert trace(store).untraced == (leaked.triple,)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("object_id", "wikidata:Q0"),
        ("subject_id", "id:nowhere"),
        ("author_label", ""),
        ("mapping_date", "2026-13-01"),
        ("confidence", "sure"),
        ("confidence", "1.2"),
        ("comment", " "),
        ("mapping_justification", "semapv:Guess"),
    ],
)
def test_a_row_that_cannot_stand_in_the_graph_stops_the_build(
    checkout: Checkout, tmp_path: Path, column: str, value: str
) -> None:
    """Nothing is left out in silence: the build is refused, with the place of the row."""
    row = dict(zip(COLUMNS, ROWS[0], strict=True)) | {column: value}
    write_table(checkout, tuple(row.values()))

    with pytest.raises(DataError) as raised:
        build_snapshot(checkout.bundle, tmp_path / "build")

    (found,) = raised.value.findings
    assert (found.place.file, found.place.line) == ("kg/data/links/states.sssom.tsv", 2)
    assert found.place.column == 1 + sum(
        len(row[name]) + 1 for name in COLUMNS[: COLUMNS.index(column)]
    )


def test_a_snapshot_is_built_anew_when_a_link_changes(checkout: Checkout, tmp_path: Path) -> None:
    """Whoever edits a table meets the edit in the next answer."""

    def snapshot() -> Snapshot:
        return ensure_snapshot(checkout.bundle, tmp_path / "build")

    write_table(checkout, ROWS[0])
    first = snapshot()
    assert snapshot().name == first.name
    write_table(checkout, ROWS[0], ROWS[1])
    assert snapshot().name != first.name
