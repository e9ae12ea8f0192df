"""The ontology's terms as contributors write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from allegiance.vocabulary import load_vocabulary, ontology_quads

if TYPE_CHECKING:
    from pathlib import Path

PREFIXES = """\
@prefix al: <https://w3id.org/allegiance/ontology#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@base <https://w3id.org/allegiance/scheme/> .
"""
ACTORS = """\
al:Actor a owl:Class ; skos:definition "Who acts."@en .
al:Group a owl:Class ; rdfs:subClassOf al:Actor, <http://www.w3.org/ns/org#Organization> .
al:ArmedGroup a owl:Class ; rdfs:subClassOf al:Group, [ a owl:Restriction ] .
al:Event a owl:Class .
"""
SCHEMES = """\
<mood/sad> skos:inScheme <mood> .
<mood/glad> skos:inScheme <mood> .
<pace/slow> skos:inScheme <pace> .
[] skos:note "a blank node of this file" .
"""


@pytest.fixture
def ontology(tmp_path: Path) -> Path:
    """Write an ontology of three files, the last of which only aligns."""
    (tmp_path / "actors.ttl").write_text(PREFIXES + ACTORS, encoding="utf-8")
    (tmp_path / "schemes.ttl").write_text(PREFIXES + SCHEMES, encoding="utf-8")
    (tmp_path / "alignments.ttl").write_text(PREFIXES + "al:Aligned a owl:Class .\n", "utf-8")
    return tmp_path


def test_a_class_is_itself_and_all_above_it(ontology: Path) -> None:
    """Subclasses count through every level, upwards only, and strangers not at all."""
    vocabulary = load_vocabulary(ontology)
    assert vocabulary.is_a("ArmedGroup", "Actor")
    assert vocabulary.is_a("Actor", "Actor")
    assert not vocabulary.is_a("Actor", "ArmedGroup")
    assert not vocabulary.is_a("Event", "Actor")
    assert not vocabulary.is_a("Unheard", "Actor")


def test_the_kinds_of_a_class_are_sorted_and_include_it(ontology: Path) -> None:
    """A class comes with all its subclasses, in the order of their names."""
    assert load_vocabulary(ontology).kinds_of("Actor") == ("Actor", "ArmedGroup", "Group")
    assert load_vocabulary(ontology).kinds_of("Event") == ("Event",)


def test_a_scheme_has_its_values_sorted(ontology: Path) -> None:
    """Contributors write the last part of a concept's IRI under the last part of its scheme's."""
    assert load_vocabulary(ontology).schemes == {"mood": ("glad", "sad"), "pace": ("slow",)}


def test_definitions_are_found_by_iri(ontology: Path) -> None:
    """A term's definition stands under its whole IRI."""
    definitions = load_vocabulary(ontology).definitions
    assert definitions == {"https://w3id.org/allegiance/ontology#Actor": "Who acts."}


def test_alignments_are_not_read(ontology: Path) -> None:
    """What only aligns with other ontologies is no term of this one."""
    assert "Aligned" not in load_vocabulary(ontology).parents


def test_blank_nodes_of_two_files_stay_apart_and_have_the_same_labels_each_time(
    ontology: Path,
) -> None:
    """Two files with a blank node each give two, and reading again gives the same labels."""
    first, second = ontology_quads(ontology), ontology_quads(ontology)
    blanks = {str(quad.subject) for quad in first if str(quad.subject).startswith("_:")}
    assert len(blanks) == 2
    assert set(first) == set(second)
