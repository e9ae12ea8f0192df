"""How far shapes look, read from the shapes; `test_retargeting.py` shows that it is far enough."""

from __future__ import annotations

import pytest
from pyoxigraph import NamedNode, Quad, Store, Triple
from rdflib import Graph

from allegiance.quad_source import Overlay, StoreQuads
from allegiance.reach import Reach

PREFIXES = "@prefix e: <http://e.org/> .\n@prefix sh: <http://www.w3.org/ns/shacl#> .\n"


def reach_of(text: str) -> Reach:
    """Read shapes in Turtle."""
    return Reach.of(Graph().parse(data=PREFIXES + text, format="turtle"))


def quad(subject: str, predicate: str, value: str) -> Quad:
    """Return a quad of the example."""
    terms = (NamedNode(f"http://e.org/{name}") for name in (subject, predicate, value))
    return Quad(*terms)


QUADS = (quad("a", "p", "b"), quad("b", "p", "c"), quad("c", "p", "d"), quad("d", "p", "e"))


def source() -> StoreQuads:
    """Return a chain of four."""
    store = Store()
    store.extend(QUADS)
    return StoreQuads(store)


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("e:S sh:path e:p .", 1),
        ("e:S sh:path ( e:p e:q e:r ) .", 3),
        ("e:S sh:path [ sh:alternativePath ( e:p ( e:q e:r ) ) ] .", 2),
        ("e:S sh:path ( [ sh:zeroOrOnePath e:p ] [ sh:inversePath ( e:q e:r ) ] ) .", 3),
        ("e:S sh:path [ sh:oneOrMorePath e:p ] .", float("inf")),
        ("e:S sh:path e:p ; sh:node [ sh:property [ sh:path e:q ] ] .", 2),
        ("e:S sh:path e:p ; sh:qualifiedValueShape [ sh:path e:q ] .", 2),
        ("e:S sh:path e:p ; sh:or ( [ sh:path e:q ; sh:not [ sh:path e:r ] ] ) .", 3),
        ("e:S sh:path e:p ; sh:node e:T . e:T sh:property e:S .", float("inf")),
    ],
)
def test_steps_are_counted_through_shapes_inside_shapes(text: str, steps: float) -> None:
    """The longest path counts, with that of the shapes inside; what repeats has no end."""
    assert reach_of(text).steps == steps


def test_a_property_asks_the_shapes_of_the_properties_beside_it() -> None:
    """Where qualified shapes are disjoint, values two steps away are judged by a further step."""
    text = """e:S sh:property [ sh:path ( e:p e:q ) ; sh:qualifiedValueShape [ sh:class e:C ] ;
        sh:qualifiedValueShapesDisjoint true ] ,
        [ sh:path e:r ; sh:qualifiedValueShape [ sh:path e:p ] ] ."""

    assert reach_of(text).steps == 3
    assert reach_of(text.replace("sh:qualifiedValueShapesDisjoint true", "")).steps == 2


def test_the_neighbourhood_ends_with_the_reach() -> None:
    """Two steps from a node lie two quads, and those about the node at the end of them."""
    a = NamedNode("http://e.org/a")
    reach = reach_of("e:S a sh:PropertyShape ; sh:path ( e:p e:p ) .")

    assert reach.neighbourhood(source(), {a}) == set(QUADS[:3])


def test_a_change_affects_the_nodes_from_which_a_path_leads_to_it() -> None:
    """Of a chain, the change of the third link affects its subject and the two nodes before."""
    reach = reach_of("e:S a sh:PropertyShape ; sh:path ( e:p e:p ) .")
    found = reach.affected(source(), [QUADS[2]])

    assert found == {NamedNode(f"http://e.org/{name}") for name in "abc"}


def test_where_a_shape_holds_a_query_everything_is_concerned() -> None:
    """A query can look anywhere: any change affects all nodes, and each depends on all quads."""
    reach = reach_of('e:S a sh:NodeShape ; sh:sparql [ sh:select "SELECT $this {}" ] .')

    assert reach.affected(source(), [quad("a", "q", "b")]) is None
    assert reach.neighbourhood(source(), set()) == set(QUADS)


def test_an_overlay_gives_each_pattern_what_a_changed_store_would_give() -> None:
    """By subject, by predicate, by object and by all of them: quads taken away, added, kept."""
    added, kept = quad("a", "q", "c"), QUADS[0]
    changed = Store()
    changed.extend([added, kept, *QUADS[2:]])
    overlay = Overlay(source(), removed=[QUADS[1], added], added=[added, kept])
    terms = {term for each in (*QUADS, added) for term in (each.subject, each.object)}
    for subject in (None, *terms):
        for predicate in (None, kept.predicate, added.predicate):
            for value in (None, *terms):
                found = list(overlay.quads(subject, predicate, value))
                assert len(found) == len(set(found))
                assert set(found) == set(changed.quads_for_pattern(subject, predicate, value))


def test_a_triple_as_a_term_leads_nowhere() -> None:
    """Shapes are of RDF 1.1: the subject of such a quad is concerned, and nothing behind it."""
    subject, predicate = NamedNode("http://e.org/r"), NamedNode("http://e.org/p")
    term = Triple(subject, predicate, subject)
    reach = reach_of("e:S a sh:PropertyShape ; sh:path e:p .")
    store = Store()
    store.add(Quad(subject, predicate, term))

    assert reach.affected(source(), [Quad(subject, predicate, term)]) == {subject}
    assert reach.neighbourhood(StoreQuads(store), {subject}) == set(store)
