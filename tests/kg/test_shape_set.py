"""A set of shapes checks given nodes as it checks all: shapes, and ill-typed literals as well."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse
from rdflib import Graph

from allegiance.errors import AllegianceError
from allegiance.finding import Place
from allegiance.lexical_forms import XSD
from allegiance.quad_source import Overlay, StoreQuads
from allegiance.shacl import ILL_TYPED, Positions, check_shapes, rdflib_graph, rdflib_term
from allegiance.shape_set import ShapeSet
from allegiance.vocabulary import ontology_quads

if TYPE_CHECKING:
    from collections.abc import Iterable

    from allegiance.finding import Finding
    from allegiance.reach import Term

ROOT = Path(__file__).resolve().parents[2]
FAULTY = sorted((ROOT / "tests" / "shapes").glob("*/invalid.*.ttl"))[::4]

# rdflib compares ill-typed literals by a truth test that Python deprecates; some files hold such
# literals on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:NotImplemented should not:DeprecationWarning")

LAMP, YEAR = NamedNode("http://e.org/lamp"), NamedNode("http://e.org/year")
SMALL = """\
@prefix e: <http://e.org/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
e:Lamp a sh:PropertyShape ; sh:targetClass e:Lamp ; sh:path e:owner ; sh:minCount 1 .
"""


@cache
def own_shapes() -> ShapeSet:
    """Return the repository's shapes."""
    return ShapeSet.at(ROOT / "shapes")


@cache
def small_shapes() -> ShapeSet:
    """Return shapes that do not look at years."""
    return ShapeSet(Graph().parse(data=SMALL, format="turtle"))


@cache
def ground() -> StoreQuads:
    """Return what every file of the tests of shapes is added to."""
    store = Store()
    store.extend(ontology_quads(ROOT / "ontology"))
    store.load(path=ROOT / "tests/shapes/background.ttl", format=RdfFormat.TURTLE)
    return StoreQuads(store)


def year(form: str) -> Quad:
    """Say of the lamp of which year it is."""
    return Quad(LAMP, YEAR, Literal(form, datatype=NamedNode(XSD + "gYear")))


def about(found: Iterable[Finding], nodes: Iterable[Term]) -> Counter[Finding]:
    """Keep the findings whose place is one of the nodes."""
    names = {str(rdflib_term(each)) for each in nodes}
    return Counter(each for each in found if each.place.file in names)


@pytest.mark.parametrize("file", FAULTY, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_our_shapes_judge_given_nodes_as_they_judge_all(file: Path) -> None:
    """Of the nodes of a faulty file, each half has the findings that it has among all nodes."""
    quads = list(parse(path=file, format=RdfFormat.TURTLE))
    source = Overlay(ground(), added=quads)
    nodes: list[Term] = sorted({quad.subject for quad in quads}, key=str)
    Random(file.name).shuffle(nodes)  # noqa: S311 - data of a test
    everything = list(own_shapes().check_nodes(source, None, Positions()))
    assert about(everything, nodes)

    for half in (frozenset(nodes[::2]), frozenset(nodes[1::2])):
        found = list(own_shapes().check_nodes(source, half, Positions()))
        assert about(found, half) == about(everything, half) == Counter(found)


@pytest.mark.parametrize("nodes", [None, frozenset({LAMP})], ids=["all", "given"])
def test_an_ill_typed_literal_is_found(nodes: frozenset[Term] | None) -> None:
    """No shape looks at the year, yet "24" is none; the finding says what to write instead."""
    source = Overlay(StoreQuads(Store()), added=[year("24"), year("2024")])
    (found,) = small_shapes().check_nodes(source, nodes, Positions())

    assert found.place == Place(LAMP.value)
    assert found.rule == ILL_TYPED
    assert found.message == '"24" is no value of the datatype xsd:gYear.'
    assert "such as 2024," in found.remedy


@pytest.mark.parametrize(
    ("form", "datatype"),
    [
        ("2024-01-01", "dateTime"),
        ("24", "gYear"),
        ("2024-13", "gYearMonth"),
        ("2024-01-01\n", "date"),
        ("٢٠٢٤", "gYear"),
        ("1 ", "integer"),
    ],
)
def test_what_pyshacl_lets_pass_as_its_datatype_is_found(form: str, datatype: str) -> None:
    """A shape that asks for the datatype may be content; the check of literals is not."""
    quad = Quad(LAMP, YEAR, Literal(form, datatype=NamedNode(XSD + datatype)))

    assert [found.rule for found in check_shapes(rdflib_graph([quad]), Graph(), Positions())] == [
        ILL_TYPED
    ]


def test_what_cannot_be_seen_is_written_out() -> None:
    """A line feed behind a year is shown by its escape, not by a broken line."""
    (found,) = check_shapes(rdflib_graph([year("2024\n")]), Graph(), Positions())

    assert found.message.startswith('"2024\\n" is no')


def test_of_other_nodes_no_literal_is_told() -> None:
    """The literals of a neighbour that is only looked at are not among the findings."""
    owner = Quad(NamedNode("http://e.org/cup"), NamedNode("http://e.org/owner"), LAMP)
    source = Overlay(StoreQuads(Store()), added=[year("24"), owner])
    cup = frozenset({owner.subject})

    assert list(small_shapes().check_nodes(source, cup, Positions())) == []


def test_a_change_of_an_ill_typed_literal_concerns_its_subject() -> None:
    """Although no shape reads the predicate; a literal that is well typed concerns nobody."""
    source = StoreQuads(Store())

    assert small_shapes().affected(source, [year("24")]) == {LAMP}
    assert small_shapes().affected(source, [year("2024")]) == frozenset()


def test_shapes_that_cannot_be_run_are_told() -> None:
    """A shape that is none stops the check: what was not checked must not pass."""
    broken = SMALL + "e:Broken a sh:PropertyShape ; sh:targetClass e:Lamp ."
    shapes = Graph().parse(data=broken, format="turtle")

    with pytest.raises(AllegianceError, match="The shapes could not be run: A shape defined as"):
        list(check_shapes(Graph(), shapes, Positions()))
