"""The shapes find what they are for, and nothing else.

Every Turtle file beside this one is validated together with `background.ttl` and the ontology. A
file `valid.*.ttl` must bring no finding. A file `invalid.*.ttl` says at its head what must be
found, a line for each result: `# expect: CODE FOCUS`, where the code is the last part of the
shape's IRI and the focus a prefixed name of the file or an IRI in angle brackets.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pyshacl
import pytest
from rdflib import RDF, RDFS, SH, XSD, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection

if TYPE_CHECKING:
    from rdflib.term import Node

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SHAPE = "https://w3id.org/allegiance/shape/"
AL = Namespace("https://w3id.org/allegiance/ontology#")
REMEDY = URIRef("https://w3id.org/allegiance/shape#remedy")
PLACE = URIRef("https://w3id.org/allegiance/shape#place")
ONTOLOGY_STYLE = "ontology.ttl"  # shapes on the ontology itself; tests/ontology is for them

VALID = sorted(HERE.glob("*/valid.*.ttl"))
INVALID = sorted(HERE.glob("*/invalid.*.ttl"))
EXPECTED = re.compile(r"^# expect: (\S+) (\S+)$", re.MULTILINE)

COMPONENTS = {
    SH.minCount: "MinCount",
    SH.maxCount: "MaxCount",
    SH["class"]: "Class",
    SH.datatype: "Datatype",
    SH.nodeKind: "NodeKind",
    SH["in"]: "In",
    SH.hasValue: "HasValue",
    SH.pattern: "Pattern",
    SH.maxLength: "MaxLength",
    SH.languageIn: "LanguageIn",
    SH.minInclusive: "MinInclusive",
    SH.maxInclusive: "MaxInclusive",
    SH.lessThan: "LessThan",
    SH.lessThanOrEquals: "LessThanOrEquals",
    SH.equals: "Equals",
    SH.disjoint: "Disjoint",
    SH["not"]: "Not",
    SH["or"]: "Or",
    SH.node: "Node",
    SH.qualifiedMinCount: "QualifiedMinCount",
}
TARGETS = {SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf}
ABOUT = {RDF.type, RDFS.label, SH.path, SH.severity, SH.message, SH.description, PLACE, REMEDY}
COMPANIONS = {SH.qualifiedValueShape}  # parameters that work through another one

# rdflib compares ill-typed literals by a truth test that Python deprecates; some files hold such
# literals on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:NotImplemented should not:DeprecationWarning")

Result: TypeAlias = tuple[str, str, str]


def name(file: Path) -> str:
    """Name a test by its file."""
    return file.relative_to(HERE).as_posix()


@cache
def shapes() -> Graph:
    """Return the shapes on data."""
    graph = Graph()
    for file in sorted((ROOT / "shapes").glob("*.ttl")):
        if file.name != ONTOLOGY_STYLE:
            graph.parse(file)
    return graph


@cache
def ground() -> Graph:
    """Return the ontology with the background: what every file is added to."""
    graph = Graph()
    for file in sorted((ROOT / "ontology").glob("*.ttl")):
        if file.name != "alignments.ttl":
            graph.parse(file)
    return graph.parse(HERE / "background.ttl")


def report(data: Graph, shapes_graph: Graph) -> tuple[Result, ...]:
    """Validate, and return each result as shape, focus and constraint component."""
    _, found, _ = pyshacl.validate(data, shacl_graph=shapes_graph, inference="none")
    assert isinstance(found, Graph)
    return tuple(
        (
            str(found.value(result, SH.sourceShape)).removeprefix(SHAPE),
            str(found.value(result, SH.focusNode)),
            str(found.value(result, SH.sourceConstraintComponent))
            .removeprefix(str(SH))
            .removesuffix("ConstraintComponent"),
        )
        for result in found.objects(None, SH.result)
    )


@cache
def results(file: Path) -> tuple[Result, ...]:
    """Validate a file on the common ground."""
    return report(ground() + Graph().parse(file), shapes())


def expected(file: Path) -> Counter[tuple[str, str]]:
    """Read what the first lines of a file say must be found, as shape and focus."""
    prefixes = Graph().parse(file).namespace_manager
    return Counter(
        (code, focus.strip("<>") if focus.startswith("<") else str(prefixes.expand_curie(focus)))
        for code, focus in EXPECTED.findall(file.read_text(encoding="utf-8"))
    )


def rules() -> list[Node]:
    """Return the shapes that have a name: each is a rule, and its name is the rule's code."""
    kinds = (SH.NodeShape, SH.PropertyShape)
    return sorted({rule for kind in kinds for rule in shapes().subjects(RDF.type, kind)}, key=str)


def code(rule: Node) -> str:
    """Return the last part of a rule's IRI."""
    return str(rule).removeprefix(SHAPE)


@pytest.mark.parametrize("file", VALID, ids=name)
def test_sound_data_bring_no_finding(file: Path) -> None:
    """What the model allows passes, also where it looks odd."""
    assert results(file) == ()


@pytest.mark.parametrize("file", INVALID, ids=name)
def test_each_fault_is_found_once_and_nothing_else(file: Path) -> None:
    """A file's findings are exactly those that its first lines name."""
    found = Counter((shape, focus) for shape, focus, _ in results(file))
    assert found == expected(file)
    assert found, "an invalid file names what must be found"


def test_every_rule_is_broken_somewhere() -> None:
    """No rule without a file that breaks it."""
    broken = {shape for file in INVALID for shape, _ in expected(file)}
    assert {code(rule) for rule in rules()} - broken == set()


def test_every_constraint_of_every_rule_can_fail() -> None:
    """A rule of several constraints has a case for each of them."""
    seen = {(shape, component) for file in INVALID for shape, _, component in results(file)}
    stated = {
        (code(rule), COMPONENTS[parameter])
        for rule in rules()
        for parameter in set(shapes().predicates(rule))
        if isinstance(parameter, URIRef) and parameter in COMPONENTS
    }
    assert stated - seen == set()


def test_no_constraint_escapes_these_tests() -> None:
    """A rule has nothing but constraints that are counted here, targets, and what explains it."""
    known = {*COMPONENTS, *TARGETS, *ABOUT, *COMPANIONS}
    used = {predicate for rule in rules() for predicate in shapes().predicates(rule)}
    assert used - known == set()


def test_every_shapes_file_has_its_folder() -> None:
    """The folders mirror the files that hold rules, and each has sound and faulty data."""
    held = {
        file.stem
        for file in (ROOT / "shapes").glob("*.ttl")
        if file.name != ONTOLOGY_STYLE and (None, SH.severity, None) in Graph().parse(file)
    }
    assert {file.parent.name for file in VALID} == held
    assert {file.parent.name for file in INVALID} == held


@pytest.mark.parametrize("folder", sorted({file.parent.name for file in INVALID}))
def test_rules_are_broken_in_the_folder_of_their_file(folder: str) -> None:
    """Whoever changes a rule finds its cases in the folder of the same name."""
    graph = Graph().parse(ROOT / "shapes" / f"{folder}.ttl")
    own = {code(rule) for rule in graph.subjects(SH.severity, None)}
    here = [file for file in INVALID if file.parent.name == folder]
    broken = {shape for file in here for shape, _ in expected(file)}
    assert own - broken == set()


@pytest.mark.parametrize("rule", rules(), ids=code)
def test_every_rule_explains_itself(rule: Node) -> None:
    """A rule has a name, a label, one message, one remedy, one reason, a severity and a target."""
    graph = shapes()
    assert re.fullmatch(SHAPE + r"[a-z]+(-[a-z]+)*", str(rule))
    for predicate in (RDFS.label, SH.message, REMEDY, SH.description):
        (text,) = graph.objects(rule, predicate)
        assert isinstance(text, Literal)
        assert text.strip()
        assert predicate == RDFS.label or text.endswith(".")
    assert set(graph.objects(rule, SH.severity)) <= {SH.Violation, SH.Warning}
    assert TARGETS & set(graph.predicates(rule))


def test_the_shapes_are_shapes() -> None:
    """The shapes follow the grammar of SHACL, as SHACL itself states it."""
    pyshacl.validate(Graph(), shacl_graph=shapes(), meta_shacl=True)


def test_nameless_shapes_are_only_conditions() -> None:
    """No result comes from a shape without a name: all stand inside sh:or, sh:not and the like."""
    graph = shapes()
    nested = {part for head in graph.objects(None, SH["or"]) for part in Collection(graph, head)}
    for parameter in (SH["not"], SH.node, SH.qualifiedValueShape):
        nested |= set(graph.objects(None, parameter))
    for rule in rules():
        assert not set(graph.objects(rule, SH.property))
    for condition in graph.subjects(SH.path, None):
        if not isinstance(condition, URIRef):
            outer = set(graph.subjects(SH.property, condition))
            assert condition in nested or outer <= nested


def test_the_readme_lists_every_rule_as_it_stands() -> None:
    """The tables of shapes/README.md give each rule, with message, remedy, reason and severity."""
    text = (ROOT / "shapes/README.md").read_text(encoding="utf-8")
    rows = {line.split("`")[1]: line for line in text.splitlines() if line.startswith("| `")}
    graph = Graph()
    for file in (ROOT / "shapes").glob("*.ttl"):
        graph.parse(file)
    stated = set(graph.subjects(SH.severity, None))
    assert set(rows) == {code(rule) for rule in stated}
    for rule in stated:
        for predicate in (SH.message, REMEDY, SH.description):
            assert str(graph.value(rule, predicate)) in rows[code(rule)]
        assert str(graph.value(rule, SH.severity)).removeprefix(str(SH)).lower() in rows[code(rule)]


NESTED = """
@prefix : <http://example.org/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
:A sh:targetClass :Thing ; a sh:NodeShape ;
    sh:or ( [ sh:path :p ; sh:minCount 1 ] [ sh:path :q ; sh:minCount 1 ] ) ;
    sh:node [ sh:property [ sh:path :r ; sh:minCount 1 ] ] .
:B a sh:PropertyShape ; sh:targetClass :Thing ; sh:path :s ;
    sh:qualifiedValueShape [ sh:property [ sh:path :t ; sh:minCount 1 ] ] ; sh:qualifiedMinCount 1 .
"""


def test_faults_inside_nested_shapes_are_found() -> None:
    """What fails inside sh:or, sh:node and qualified shapes is found, without focus_nodes."""
    facts = "@prefix : <http://example.org/> . :a a :Thing ; :s :b ."
    found = report(Graph().parse(data=facts), Graph().parse(data=NESTED))
    assert Counter(component for _, _, component in found) == {
        "Or": 1,
        "Node": 1,
        "QualifiedMinCount": 1,
    }


@pytest.mark.parametrize(
    ("lexical", "datatype"),
    [
        ("2024-13-40", XSD.date),
        ("2024-02-30", XSD.date),
        ("2024-1-1", XSD.date),
        ("June 2024", XSD.date),
        ("2024-10-01Z", XSD.date),
        ("2024-10-01\n", XSD.date),
        ("2024-10-01", XSD.dateTime),
        ("24", XSD.gYear),
        ("2024-10-01", XSD.string),
    ],
)
def test_ill_typed_dates_are_found(lexical: str, datatype: URIRef) -> None:
    """A bound that is no plain day is found, whatever the engine makes of its datatype."""
    talks = URIRef("https://w3id.org/allegiance/id/talks")
    data = ground() + Graph()
    data.add((talks, RDF.type, AL.Meeting))
    # Left to itself, rdflib drops the time zone of a date when it reads one.
    data.add((talks, AL.earliestDate, Literal(lexical, datatype=datatype, normalize=False)))
    assert {shape for shape, _, _ in report(data, shapes())} == {"date-bound"}
