"""The project's own tables as entities: the register, the offline index, the metonyms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from allegiance.bundle import default_bundle
from allegiance.corpus import read_corpus
from allegiance.links.checking import read_links
from allegiance.reconciliation import Matcher, Property, Query
from allegiance.reconciliation.actors import actors_of
from allegiance.reconciliation.items import item_matcher
from allegiance.reconciliation.metonyms import load_metonyms
from allegiance.wikidata.index import WikidataIndex, index_folder

if TYPE_CHECKING:
    from allegiance.corpus import Corpus
    from allegiance.reconciliation import Candidate
    from allegiance.reconciliation.metonyms import Metonyms

# The members of the United Nations by their codes of ISO 3166-1.
MEMBERS = """
AFG AGO ALB AND ARE ARG ARM ATG AUS AUT AZE BDI BEL BEN BFA BGD BGR BHR BHS BIH BLR BLZ BOL
BRA BRB BRN BTN BWA CAF CAN CHE CHL CHN CIV CMR COD COG COL COM CPV CRI CUB CYP CZE DEU DJI
DMA DNK DOM DZA ECU EGY ERI ESP EST ETH FIN FJI FRA FSM GAB GBR GEO GHA GIN GMB GNB GNQ GRC
GRD GTM GUY HND HRV HTI HUN IDN IND IRL IRN IRQ ISL ISR ITA JAM JOR JPN KAZ KEN KGZ KHM KIR
KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAR MCO MDA MDG MDV MEX MHL MKD MLI
MLT MMR MNE MNG MOZ MRT MUS MWI MYS NAM NER NGA NIC NLD NOR NPL NRU NZL OMN PAK PAN PER PHL
PLW PNG POL PRK PRT PRY QAT ROU RUS RWA SAU SDN SEN SGP SLB SLE SLV SMR SOM SRB SSD STP SUR
SVK SVN SWE SWZ SYC SYR TCD TGO THA TJK TKM TLS TON TTO TUN TUR TUV TZA UGA UKR URY USA UZB
VCT VEN VNM VUT WSM YEM ZAF ZMB ZWE
"""


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """Read the data once."""
    return read_corpus(default_bundle())


@pytest.fixture(scope="module")
def metonyms() -> Metonyms:
    """Read the table once."""
    return load_metonyms(default_bundle().schema)


@pytest.fixture(scope="module")
def register(corpus: Corpus, metonyms: Metonyms) -> Matcher:
    """Index the register and the events."""
    return Matcher(actors_of(corpus, metonyms), metonyms)


@pytest.fixture(scope="module")
def index() -> WikidataIndex:
    """Read the shipped tables of Wikidata once."""
    return WikidataIndex.load(index_folder(default_bundle()))


@pytest.fixture(scope="module")
def items(index: WikidataIndex, metonyms: Metonyms) -> Matcher:
    """Index them by their names."""
    return item_matcher(index, metonyms)


def first(matcher: Matcher, text: str, type_name: str) -> Candidate:
    """Return the first candidate."""
    return matcher.candidates(Query(text, type=type_name))[0]


def test_metonyms_stand_for_known_entries_and_linked_items(
    corpus: Corpus, metonyms: Metonyms
) -> None:
    """What a metonym stands for is in the register, or is an item that a checked link names."""
    linked = {link.item for link in read_links(corpus) if link.is_positive}
    unknown = [key for key in metonyms.by_id if key not in corpus.entries and key not in linked]
    assert metonyms.by_id
    assert unknown == []


@pytest.mark.parametrize(
    ("text", "type_name", "expected"),
    [
        ("Hizbollah", "ArmedGroup", "hezbollah"),
        ("Kata\u2019ib Hezbollah", "ArmedGroup", "kataib-hezbollah"),
        ("Tehran", "Place", "tehran"),
        ("White House", "StateOrgan", "white-house"),
    ],
)
def test_names_of_the_register_match(
    register: Matcher, text: str, type_name: str, expected: str
) -> None:
    """A name of the register leads to its entry, that of a capital to the city."""
    found = first(register, text, type_name)
    assert (found.entity.id, found.match) == (expected, True)


@pytest.mark.parametrize(
    ("text", "government", "item"),
    [
        ("the Kremlin", "government-of-russia", "Q1140115"),
        ("Tehran", "government-of-iran", "Q16052369"),
        ("Washington", "government-of-united-states", "Q30"),
    ],
)
def test_metonyms_lead_to_the_government(
    register: Matcher, items: Matcher, text: str, government: str, item: str
) -> None:
    """Where a government is asked for, it comes first with the reason, and is no match."""
    for matcher, expected in ((register, government), (items, item)):
        found = first(matcher, text, "Government")
        assert (found.entity.id, found.match) == (expected, False)
        assert "can stand for" in found.reason


def test_no_metonym_is_a_match(register: Matcher, items: Matcher, metonyms: Metonyms) -> None:
    """Whatever type is asked for, no name in the table of metonyms makes its government a match."""
    types = ("Government", "Actor", "StateOrgan", "State", "Organisation", "government", "Q5")
    names = {name.text for each in metonyms.by_id.values() for name in each}
    assert len(names) > 20
    matches = [
        each.reason
        for matcher in (register, items)
        for name in sorted(names)
        for type_name in types
        for each in matcher.candidates(Query(name, type_name))
        if each.match and each.features["is_metonym"]
    ]
    assert matches == []


def test_an_alias_that_is_a_metonym_is_no_alias(register: Matcher) -> None:
    """The register has Moscow among the names of a government: as a place it is none of it."""
    found = {each.entity.id: each for each in register.candidates(Query("Moscow", "Place"))}
    assert found["moscow"].match
    assert found["government-of-russia"].features["is_metonym"] == 1.0
    assert found["government-of-russia"].score < 50


def test_events_are_found_with_their_dates(register: Matcher) -> None:
    """An event is found by its label, and its date agrees or not."""
    text = "Iranian missile strike on Israel, October 2024"
    for date, agrees in (("2024-10", 1.0), ("2023", 0.0)):
        query = Query(text, "MilitaryStrike", properties=(Property("date", (date,)),))
        found = register.candidates(query)[0]
        assert found.entity.id == "iran-missile-strike-on-israel-october-2024"
        assert found.features["date_match"] == agrees
        assert found.match is bool(agrees)


def test_unnamed_actors_are_not_to_be_found(register: Matcher, corpus: Corpus) -> None:
    """An actor whom a document leaves unnamed is no candidate for any name."""
    assert corpus.entries["head-of-kataib-hezbollah"].class_name == "UnnamedActor"
    assert register.get("head-of-kataib-hezbollah") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ایران", "Q794"),
        ("إسرائيل", "Q801"),
        ("ישראל", "Q801"),
        ("Россия", "Q159"),
        ("中国", "Q148"),
        ("Turkiye", "Q43"),
    ],
)
def test_states_are_found_in_their_scripts(items: Matcher, text: str, expected: str) -> None:
    """Arabic, Persian, Hebrew, Russian and Chinese names of a state lead to its item."""
    assert first(items, text, "State").entity.id == expected


def test_every_member_of_the_united_nations_comes_first(
    items: Matcher, index: WikidataIndex
) -> None:
    """Asked for by its English label, each member or its twin is first; three of four match.

    The others have a flagged twin, or share the name with a city or a part of another state.
    """
    by_code = {item.codes["iso3"]: item for item in index.items() if "iso3" in item.codes}
    members = [by_code[code] for code in MEMBERS.split()]
    found = [first(items, each.label, "State") for each in members]
    assert len(members) == 193
    assert all(
        each.entity.id in (member.id, *member.twins)
        for each, member in zip(found, members, strict=True)
    )
    matches = {each.entity.id for each in found if each.match}
    assert matches <= {each.id for each in members}
    assert len(matches) >= 0.75 * len(members)
    reasons = {each.reason.partition("no match, since ")[2] for each in found if not each.match}
    assert {each[:16] for each in reasons} <= {"it has a near tw", "another candidat"}


@pytest.mark.parametrize("text", ["Kingdom of Cambodia", "Republic of Lithuania", "Georgia"])
def test_a_name_of_several_states_is_no_match(items: Matcher, text: str) -> None:
    """The formal name of a state of today may be the label of one before it, or of a part."""
    found = first(items, text, "State")
    assert found.features["name_exact"] == 1.0
    assert not found.match


def test_a_code_settles_which_state_is_meant(items: Matcher) -> None:
    """With its ISO code a state is a match in spite of twins and namesakes."""
    for text, code in (("Iran", "IRN"), ("Georgia", "GEO"), ("Luxembourg", "LUX")):
        plain = first(items, text, "State")
        query = Query(text, "State", properties=(Property("iso", (code,)),))
        assert (plain.match, items.candidates(query)[0].match) == (False, True)


@pytest.mark.parametrize("text", ["Israeli", "Iranian", "Russians", "Natanz"])
def test_doubtful_names_never_match(items: Matcher, register: Matcher, text: str) -> None:
    """Demonyms, and names that mean a town or the site near it, are no match for any type."""
    for type_name in ("State", "Place", "Person", "organisation"):
        for matcher in (items, register):
            assert not any(each.match for each in matcher.candidates(Query(text, type_name)))


def test_a_name_of_several_persons_is_no_match(items: Matcher) -> None:
    """Hassan Nasrallah has a namesake in the index, so that nobody can be sure."""
    found = items.candidates(Query("Hassan Nasrallah", "Person"))
    assert found[0].entity.id == "Q181182"
    assert "Q103859473" in {each.entity.id for each in found}
    assert not found[0].match
