"""The register: who and what claims speak of, and the captured pages."""

from __future__ import annotations

from allegiance.finding import Place
from allegiance.located import Located, read_yaml
from allegiance.register import read_captures, read_register

ENTRIES = """\
actors:
  arcadia:
    class: State
    label: Arcadia
    alias: [Arcadian Republic, "Árkádia"]
    iso: "NO"
    description: A country.
    note: Not the poets' one.
    locatedIn: reed-delta
  two-aides: {class: UnnamedActor, label: Two aides, alias: Aides, approximateCount: 2.0,
    describedAs: two aides, affiliatedWith: arcadia}
places:
  reed-delta: {label: Reed Delta}
topics:
  fishing: {label: Fishing}
"""


def located(text: str) -> Located:
    """Read a YAML text."""
    found = read_yaml("f.yaml", text.encode()).root
    assert found is not None
    return found


def test_entries_come_with_the_class_of_their_section() -> None:
    """Actors name their class; places and topics are what their section says."""
    found = {entry.id: entry.class_name for entry in read_register(located(ENTRIES))}
    assert found == {
        "arcadia": "State",
        "two-aides": "UnnamedActor",
        "reed-delta": "Place",
        "fishing": "Topic",
    }


def test_an_entry_keeps_names_notes_and_the_place_of_its_id() -> None:
    """Label, aliases, code and notes are kept as written."""
    arcadia = next(read_register(located(ENTRIES)))
    assert arcadia.label == "Arcadia"
    assert arcadia.aliases == ("Arcadian Republic", "Árkádia")
    assert (arcadia.iso, arcadia.description) == ("NO", "A country.")
    assert arcadia.note == "Not the poets' one."
    assert arcadia.place == Place("f.yaml", 2, 3)


def test_an_entry_leads_to_others_by_the_name_of_the_property() -> None:
    """References are kept under their property; what is left out is not there."""
    arcadia, aides, *_ = read_register(located(ENTRIES))
    assert arcadia.references == {"locatedIn": "reed-delta"}
    assert aides.references == {"affiliatedWith": "arcadia"}
    assert (aides.aliases, aides.approximate_count) == (("Aides",), 2)
    assert arcadia.approximate_count is None


def test_a_capture_keeps_address_digest_and_length() -> None:
    """A captured page is known by its id, address, sha256 and number of characters."""
    text = (
        "captures:\n  page: {url: 'https://example.org', sha256: ab, characters: 12.0, "
        "normalisation: None.}\n"
    )
    (found,) = read_captures(located(text))
    assert (found.id, found.url, found.sha256) == ("page", "https://example.org", "ab")
    assert (found.characters, found.normalisation) == (12, "None.")
    assert found.place == Place("f.yaml", 2, 3)


def test_a_file_without_a_section_has_no_entries_of_it() -> None:
    """Sections may be left out."""
    assert list(read_register(located("topics: {}"))) == []
    assert list(read_captures(located("other: 1"))) == []
