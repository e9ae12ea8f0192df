"""Too many values of a property that shapes compare are told before the shapes run."""

from __future__ import annotations

from pyoxigraph import DefaultGraph, Literal, Quad
from rdflib.namespace import SH

from allegiance.build import PlacedQuad
from allegiance.bundle import default_bundle
from allegiance.compared_values import COMPARED, crowded_values
from allegiance.finding import Place
from allegiance.namespaces import term, thing_iri
from allegiance.shacl import load_shapes


def placed(predicate: str, count: int) -> list[PlacedQuad]:
    """Write a thing with so many values, each on its own line."""
    return [
        PlacedQuad(
            Quad(thing_iri("e"), term(predicate), Literal(str(number)), DefaultGraph()),
            Place("a.yaml", number + 1),
        )
        for number in range(count)
    ]


def test_the_first_value_too_many_is_told() -> None:
    """Two of three values are allowed here; the finding stands at the third."""
    found = list(crowded_values(placed("al:earliestDate", 3), 2))
    assert [(each.rule, each.place.line) for each in found] == [("integrity/many-values", 3)]
    assert list(crowded_values(placed("al:earliestDate", 2), 2)) == []


def test_the_same_value_counts_once() -> None:
    """What two claims say alike is one value."""
    assert list(crowded_values(placed("al:latestDate", 2) * 5, 2)) == []


def test_other_properties_count_only_where_all_are_asked() -> None:
    """A label is compared with nothing."""
    assert list(crowded_values(placed("rdfs:label", 9), 2)) == []
    assert len(list(crowded_values(placed("rdfs:label", 9), 2, None))) == 1


def test_every_property_that_a_shape_compares_is_counted() -> None:
    """The list holds whatever stands with sh:lessThan in the shapes, as path or as value."""
    shapes = load_shapes(default_bundle().shapes)
    compared = set()
    for comparing in (SH.lessThan, SH.lessThanOrEquals):
        for shape, other in shapes.subject_objects(comparing):
            compared |= {str(other), str(shapes.value(shape, SH.path))}
    assert compared
    assert compared <= {node.value for node in COMPARED}
