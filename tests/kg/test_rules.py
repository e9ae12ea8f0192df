"""The rules: what they are made of, and what they derive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from allegiance.errors import AllegianceError
from allegiance.namespaces import graph_iri, rule_iri, term
from allegiance.rules import apply_rules, load_rules

if TYPE_CHECKING:
    from pathlib import Path

A, B, C = (NamedNode(f"https://w3id.org/allegiance/id/{name}") for name in "abc")
KNOWS, LIKES, MEETS = term("al:knows"), term("al:likes"), term("al:meets")
HEADER = "# title: A title\n# means: What it means.\n"
KNOWING = HEADER + "CONSTRUCT { ?a al:knows ?b }\nWHERE { ?a al:meets ?b }\n"
LIKING = HEADER + "CONSTRUCT { ?a al:likes ?b }\nWHERE { ?a al:knows ?b }\n"


def write(folder: Path, **rules: str) -> Path:
    """Write rules: `r20_knowing` goes into the file 20-knowing.rq."""
    folder.mkdir(exist_ok=True)
    for name, text in rules.items():
        file = folder / (name.removeprefix("r").replace("_", "-") + ".rq")
        file.write_text(text, encoding="utf-8")
    return folder


def applied(folder: Path, quad: Quad) -> Store:
    """Apply the rules of a folder to a store with one quad."""
    store = Store()
    store.add(quad)
    apply_rules(store, load_rules(folder))
    return store


def test_a_rule_has_its_name_title_and_meaning(tmp_path: Path) -> None:
    """The header says what a rule does; the number in the file's name only orders it."""
    (rule,) = load_rules(write(tmp_path, r20_well_known=KNOWING))
    assert (rule.name, rule.title, rule.meaning) == ("well-known", "A title", "What it means.")
    assert rule.iri == rule_iri("well-known")


def test_a_rule_without_a_header_is_refused(tmp_path: Path) -> None:
    """Without a title and a meaning nobody could explain an edge, so there is no such rule."""
    write(tmp_path, r20_bare=KNOWING.partition("\n")[2])
    with pytest.raises(AllegianceError, match=r"20-bare\.rq needs two header lines"):
        load_rules(tmp_path)


def test_a_rule_that_constructs_nothing_is_refused(tmp_path: Path) -> None:
    """A rule is a CONSTRUCT query and nothing else."""
    write(tmp_path, r20_ask=HEADER + "ASK { ?a al:meets ?b }\n")
    with pytest.raises(AllegianceError, match=r"20-ask\.rq is no rule"):
        load_rules(tmp_path)


def test_rules_run_in_the_order_of_their_names(tmp_path: Path) -> None:
    """What one rule derives, the next one sees, and not the other way round."""
    met = Quad(A, MEETS, B)
    forwards = applied(write(tmp_path / "one", r20_a=KNOWING, r20_b=LIKING), met)
    assert Quad(A, LIKES, B) in forwards
    backwards = applied(write(tmp_path / "two", r20_b=KNOWING, r20_a=LIKING), met)
    assert Quad(A, KNOWS, B) in backwards
    assert Quad(A, LIKES, B) not in backwards


def test_edges_with_an_inference_stand_in_the_graph_of_inferences_too(tmp_path: Path) -> None:
    """An edge that an inference explains stands in both graphs, all else in the default one."""
    explained = HEADER + (
        "CONSTRUCT { ?a al:likes ?b . rule:x al:inferredSubject ?a ;\n"
        "  al:inferredPredicate al:likes ; al:inferredObject ?b }\nWHERE { ?a al:meets ?b }\n"
    )
    store = applied(write(tmp_path, r10_copy=KNOWING, r20_edge=explained), Quad(A, MEETS, B))
    inferences = graph_iri("inferences")
    assert Quad(A, LIKES, B, DefaultGraph()) in store
    assert Quad(A, KNOWS, B, DefaultGraph()) in store
    assert list(store.quads_for_pattern(None, None, None, inferences)) == [
        Quad(A, LIKES, B, inferences)
    ]


def test_a_rule_reads_the_default_graph_alone(tmp_path: Path) -> None:
    """What stands in a claim's graph only gives rise to no edge."""
    store = applied(write(tmp_path, r20_edge=KNOWING), Quad(A, MEETS, B, C))
    assert list(store.quads_for_pattern(None, KNOWS, None)) == []


def test_a_rule_is_described_in_the_graph(tmp_path: Path) -> None:
    """Title and meaning of a rule can be asked for, since inferences name it."""
    store = applied(write(tmp_path, r20_knowing=KNOWING), Quad(A, MEETS, B))
    rule = rule_iri("knowing")
    described = {quad.predicate: quad.object for quad in store.quads_for_pattern(rule, None, None)}
    assert described[term("rdf:type")] == term("al:Rule")
    assert str(described[term("rdfs:label")]) == '"A title"@en'
    assert str(described[term("skos:definition")]) == '"What it means."@en'
