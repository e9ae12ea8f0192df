"""Hold the ontology's files together: their layout, the page of terms, and who uses which term."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from rdflib import OWL, RDF, SKOS, BNode, Graph, Namespace

from allegiance.bundle import default_bundle
from allegiance.frames import Field, Frame, load_frames
from allegiance.terms import terms_page
from allegiance.vocabulary import load_vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from rdflib.term import Node

AL = Namespace("https://w3id.org/allegiance/ontology#")
SCHEME = Namespace("https://w3id.org/allegiance/scheme/")
BUNDLE = default_bundle()
FILES = sorted(BUNDLE.ontology.glob("*.ttl"))
DEFINING = [file for file in FILES if file.name != "alignments.ttl"]
DECISIONS = sorted((BUNDLE.ontology / "decisions").glob("0*.md"))
MOST_LINES = 300
MOST_CORE_TERMS = 30
VALUE_TYPES = frozenset({"text", "date", "integer", "number", "boolean"})
BLOCK = re.compile(r"^([a-z-]+:\S+|<https://w3id\.org/allegiance/scheme/\S+>) a ", re.MULTILINE)
USE = re.compile(r"(?<![\w/])al:([A-Za-z]\w*)|https://w3id\.org/allegiance/ontology#([A-Za-z]\w*)")
SCHEME_USE = re.compile(r"https://w3id\.org/allegiance/scheme/([a-z0-9/-]*[a-z0-9])")


@pytest.fixture(name="ontology", scope="module")
def _ontology() -> Graph:
    graph = Graph()
    for file in DEFINING:
        graph.parse(file)
    return graph


def ids(files: Iterable[Path]) -> list[str]:
    """Name test cases by file."""
    return [file.name for file in files]


# --- Layout -------------------------------------------------------------------------------------


def out_of_order(text: str) -> list[str]:
    """Return the terms that come before the one above them, capitals first, or that come again.

    Our own terms, outside terms and the concepts of each scheme are lists of their own.
    """
    above: dict[str, str] = {}
    found = []
    for name in BLOCK.findall(text):
        group = "scheme" if name.startswith("<") else name.partition(":")[0]
        if name <= above.get(group, ""):
            found.append(name)
        above[group] = name
    return found


@pytest.mark.parametrize("file", DEFINING, ids=ids(DEFINING))
def test_terms_stand_in_the_order_of_their_names(file: Path) -> None:
    """A reader finds a term in its file without searching, and finds it once."""
    text = file.read_text(encoding="utf-8")
    assert BLOCK.search(text)
    assert out_of_order(text) == []


def test_a_term_out_of_order_is_found() -> None:
    """Small letters come after capitals, and a second block of a term is one too many."""
    blocks = "al:date a owl:X .\nal:Event a owl:X .\nal:actor a owl:X .\nal:actor a owl:X .\n"
    assert out_of_order(blocks) == ["al:Event", "al:actor"]


@pytest.mark.parametrize("file", FILES, ids=ids(FILES))
def test_a_file_stays_short(file: Path) -> None:
    """A file of the ontology has at most 300 lines."""
    assert len(file.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("file", FILES, ids=ids(FILES))
def test_a_file_has_no_blank_node(file: Path) -> None:
    """Every node has a name, so that two versions can be compared line by line."""
    nodes = Graph().parse(file).all_nodes()
    assert nodes
    assert [node for node in nodes if isinstance(node, BNode)] == []


def test_a_term_is_declared_in_one_file() -> None:
    """No two files declare the same term."""
    where: dict[Node, list[str]] = {}
    for file in FILES:
        for node in set(Graph().parse(file).subjects(RDF.type)):
            where.setdefault(node, []).append(file.name)
    assert where[AL.Claim] == ["claims.ttl"]
    assert {node: files for node, files in where.items() if len(files) > 1} == {}


def test_the_core_is_small(ontology: Graph) -> None:
    """A first reading meets at most thirty terms."""
    rings = [str(ring) for ring in ontology.objects(None, AL.ring)]
    assert 0 < rings.count("core") <= MOST_CORE_TERMS


def test_schemes_bear_the_names_of_their_properties(ontology: Graph) -> None:
    """The scheme of al:comparisonAxis is comparison-axis, and so for each scheme."""
    schemes = {str(node)[len(SCHEME) :] for node in ontology.subjects(RDF.type, SKOS.ConceptScheme)}
    properties = {str(node)[len(AL) :] for node in ontology.subjects(RDF.type, OWL.ObjectProperty)}
    named = {re.sub(r"(?=[A-Z])", "-", name).lower() for name in properties}
    assert schemes
    assert schemes - named == set()


# --- Pages --------------------------------------------------------------------------------------


def test_the_page_of_terms_is_fresh() -> None:
    """TERMS.md is what the Turtle files give; `make generate` writes it again."""
    page = (BUNDLE.ontology / "TERMS.md").read_text(encoding="utf-8")
    assert page == terms_page(BUNDLE.ontology)


def test_the_page_of_terms_has_every_term_and_value(ontology: Graph) -> None:
    """Each term has an entry of its own, and each concept a row."""
    page = terms_page(BUNDLE.ontology)
    defined = {str(node) for node in ontology.subjects(SKOS.definition)}
    terms = {name.removeprefix(AL) for name in defined if name.startswith(AL)}
    concepts = {str(node).rsplit("/", 1)[1] for node in ontology.subjects(RDF.type, SKOS.Concept)}
    assert set(re.findall(r'^### <a id="(\w+)"></a>al:\1$', page, re.MULTILINE)) == terms
    assert concepts - set(re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE)) == set()


def test_the_page_of_terms_leads_nowhere_empty() -> None:
    """Every link on the page has its target on the page."""
    page = terms_page(BUNDLE.ontology)
    links = set(re.findall(r"\]\(#(\w+)\)", page))
    assert links
    assert links - set(re.findall(r'<a id="(\w+)">', page)) == set()


def test_an_entry_tells_what_follows_from_a_term() -> None:
    """The entry of al:backs: what it implies, its inverse, and its example."""
    page = terms_page(BUNDLE.ontology)
    entry = page.partition('<a id="backs">')[2].partition("\n### ")[0]
    assert entry.splitlines()[2:] == [
        "*backs* · property to a thing · core",
        "",
        (
            "Says that one actor gives another material support or is its patron. "
            "Derived by a rule, never written by hand."
        ),
        "",
        "- Example: Iran backs Hezbollah.",
        "- Implies: [al:alliedWith](#alliedWith)",
        "- The inverse of: [al:backedBy](#backedBy)",
    ]


def test_the_overview_names_every_file() -> None:
    """The README lists each Turtle file, so that none is overlooked."""
    text = (BUNDLE.ontology / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`([\w-]+\.ttl)`", text)) == set(ids(FILES))


# --- Decisions ----------------------------------------------------------------------------------


def test_the_index_lists_every_decision_by_its_title() -> None:
    """A decision that the index does not show is not found by those who need it."""
    text = (BUNDLE.ontology / "decisions" / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^- \[(\d{4})\]\((\S+)\) (.+)$", text, re.MULTILINE)
    heads = [file.read_text(encoding="utf-8").partition("\n")[0] for file in DECISIONS]
    titles = [head.partition(". ")[2] for head in heads]
    assert listed == [
        (file.name[:4], file.name, title) for file, title in zip(DECISIONS, titles, strict=True)
    ]


@pytest.mark.parametrize("number", range(1, len(DECISIONS) + 1))
def test_a_decision_has_its_parts(number: int) -> None:
    """Records are numbered without a gap; each tells context, decision and consequences."""
    text = DECISIONS[number - 1].read_text(encoding="utf-8")
    assert DECISIONS[number - 1].name.startswith(f"{number:04}-")
    assert text.startswith(f"# {number}. ")
    heads = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert heads == ["Context", "Decision", "Consequences"]


def test_decisions_that_are_named_exist() -> None:
    """A comment that points at a decision points at one that was written."""
    texts = [file.read_text(encoding="utf-8") for file in [*FILES, *BUNDLE.shapes.glob("*.ttl")]]
    named = {number for text in texts for number in re.findall(r"decisions/(\d{4})", text)}
    assert named
    assert named - {file.name[:4] for file in DECISIONS} == set()


# --- Use ----------------------------------------------------------------------------------------


def undefined(text: str, ontology: Graph) -> set[str]:
    """Return the terms and concepts that a text uses and the ontology does not define."""
    used = {AL[one or other] for one, other in USE.findall(text)}
    used |= {SCHEME[name] for name in SCHEME_USE.findall(text)}
    return {str(node) for node in used if (node, RDF.type, None) not in ontology}


def users() -> Iterator[Path]:
    """Yield the files of the project that use terms by name."""
    yield from BUNDLE.rules.glob("*.rq")
    yield from BUNDLE.queries.glob("*.rq")
    yield from BUNDLE.shapes.glob("*.ttl")
    yield from (BUNDLE.root / "kg" / "allegiance").glob("*.py")
    for ending in ("json", "jsonld", "yaml"):
        yield from BUNDLE.data.rglob(f"*.{ending}")


USERS = sorted(users())


@pytest.mark.parametrize("file", USERS, ids=ids(USERS))
def test_every_term_in_use_is_defined(file: Path, ontology: Graph) -> None:
    """Rules, questions, shapes, data and code use no term that the ontology lacks."""
    assert undefined(file.read_text(encoding="utf-8"), ontology) == set()


def test_an_undefined_term_is_found(ontology: Graph) -> None:
    """A prefixed name, a full IRI and a concept are all looked up."""
    text = (
        "?tie al:patron ?who ; al:patrom ?x . <https://w3id.org/allegiance/ontology#Ally> "
        "<https://w3id.org/allegiance/scheme/polarity/affirmed> "
        "<https://w3id.org/allegiance/scheme/polarity/denied>"
    )
    assert undefined(text, ontology) == {
        str(AL.patrom), str(AL.Ally), str(SCHEME["polarity/denied"]),
    }  # fmt: skip


def unfit(frames: Mapping[str, Frame], ontology: Graph) -> set[str]:
    """Return what frames name and the ontology has not, or has as something else.

    Texts, dates and numbers go with datatype properties, all else with object properties.
    """
    found = set()
    for frame in frames.values():
        if (AL[frame.class_name], RDF.type, OWL.Class) not in ontology:
            found.add(frame.class_name)
        for field in frame.fields.values():
            sort = OWL.DatatypeProperty if field.type in VALUE_TYPES else OWL.ObjectProperty
            # A label is rdfs:label, whatever it labels.
            name = "" if field.predicate in {None, "label"} else str(field.predicate)
            if name and (AL[name], RDF.type, sort) not in ontology:
                found.add(name)
            if field.scheme and (None, SKOS.inScheme, SCHEME[field.scheme]) not in ontology:
                found.add(field.scheme)
    return found


def test_frames_speak_of_terms_of_the_ontology(ontology: Graph) -> None:
    """What a contributor can write has a class, properties of the right sort, and lists."""
    frames = load_frames(BUNDLE.schema)
    assert len(frames) > 1
    assert unfit(frames, ontology) == set()


@pytest.mark.parametrize(
    ("class_name", "predicate", "kind", "at_fault"),
    [
        ("Alliances", "party", "actor", "Alliances"),
        ("Alliance", "partner", "actor", "partner"),
        ("Alliance", "party", "text", "party"),
        ("Alliance", "since", "actor", "since"),
        ("Alliance", "supportMode", "scheme:mode", "mode"),
    ],
)
def test_a_frame_with_an_unfit_name_is_found(
    class_name: str, predicate: str, kind: str, at_fault: str, ontology: Graph
) -> None:
    """A class, a property, the sort of a property and a scheme are all looked up."""
    field = Field("key", predicate, kind, required=True, many=False, pair=False, note=None)
    frame = Frame("alliance", class_name, "tie", identity=(), fields={"key": field})
    assert unfit({"alliance": frame}, ontology) == {at_fault}


def test_classes_named_in_the_data_are_defined() -> None:
    """An entry of the register is of a kind of actor; an event in a claim of a kind of event."""
    vocabulary = load_vocabulary(BUNDLE.ontology)
    entries = [
        entry["class"]
        for file in BUNDLE.actors.glob("*.yaml")
        for entry in _load(file).get("actors", {}).values()
    ]
    events = [
        claim["event"]["type"]
        for file in BUNDLE.sources.glob("*.yaml")
        for claim in _load(file)["claims"]
        if "event" in claim
    ]
    assert entries
    assert events
    assert set(entries) - set(vocabulary.kinds_of("Actor")) == set()
    assert set(events) - set(vocabulary.kinds_of("Event")) == set()


def _load(file: Path) -> dict[str, Any]:
    # The C loader, as in the reader: the plain one takes seconds for these files.
    loaded: dict[str, Any] = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return loaded
