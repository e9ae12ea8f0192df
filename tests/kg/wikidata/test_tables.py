"""The committed tables are what the script makes, and the script reads its sources rightly."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from allegiance.bundle import default_bundle
from allegiance.wikidata.classes import CLASS_LABELS
from allegiance.wikidata.index import WikidataIndex, index_folder
from allegiance.wikidata.item_tables import items_text, names_text
from allegiance.wikidata.tables import made_items, main

if TYPE_CHECKING:
    from allegiance.wikidata.item import Item

ROOT = Path(__file__).resolve().parents[3]
SOURCES = ROOT.parent / "shared"
FOLDER = index_folder(default_bundle())

needs_sources = pytest.mark.skipif(
    not (SOURCES / "wikidata").is_dir(), reason="the source tables are not part of the project"
)

SMALL = {
    "wikidata/territories_rigour.tsv": (
        "code\tqid\tname\tfull_name\talpha3\tis_country\tis_historical\tis_jurisdiction\tparent"
        "\tother_qids\tnames_strong\tnames_weak\n"
        "aa\tQ10\tArcadia\tRepublic of Arcadia\tarc\tTrue\t\tTrue\t\tQ90\tReedland|Port Reed|ארקדיה"
        "\tArcadian|アルカディア|aa\n"
        "ab\tQ14\tReed Island\t\t\tFalse\t\tTrue\taa\t\t\t\n"
        "aa_n\tQ11\tNorth Arcadia\t\t\tFalse\t\tTrue\taa\t\t\t\n"
        "zz\tQ2\tGlobal\t\t\tFalse\t\tTrue\t\t\t\t\n"
    ),
    "wikidata/states_cow_gw_histwardb.tsv": (
        "country_qid\tcountry\tcow_code\tcow_name\tgw_code\tmatch\tnote\n"
        "Q10\tArcadia\t77\tArcadia\t78\tname\t\n"
        "Q11\tNorth\t79\tArcadia\t\tmanual\tby hand\n"
        "Q12\tElsewhere\t80\tElsewhere\t\tname\t\n"
    ),
    "data/country-codes.csv": (
        "wikidata_id,ISO3166-1-Alpha-2,is_independent,CLDR display name,"
        "UNTERM Arabic Short,UNTERM Arabic Formal,"
        "UNTERM English Short,UNTERM English Formal,UNTERM Spanish Short,UNTERM Spanish Formal,"
        "UNTERM French Short,UNTERM French Formal,UNTERM Russian Short,UNTERM Russian Formal,"
        "UNTERM Chinese Short,UNTERM Chinese Formal\n"
        "https://www.wikidata.org/wiki/Q10,AA,Yes,Arcadia,أركاديا,جمهورية أركاديا,"
        "Arcadia (Reed Republic of),the Reed Republic of Arcadia **,Arcadia (la),"
        "la República de Arcadia,Arcadie (l'),l'Arcadie des roseaux,"
        "Аркадия (Республика),Республика Аркадия,阿卡迪亚,\n"
        "https://www.wikidata.org/wiki/Q13,AB,Territory of AA,Reed Isle,,,,,,,,,,,,\n"
        ",AC,Yes,Nowhere,,,,,,,,,,,,\n"
    ),
    "data/embassies_wikidata_2021.csv": (
        "qid,title,kind\nQ51,Embassy of Arcadia in Elsewhere,Embassy\n"
        "Q54,Embassy of Elsewhere in Arcadia,Embassy\nQ55,Arcadia House,Consulate\n"
    ),
    "wikidata/igo_opensanctions.tsv": (
        "qid\tlabel\tcountry\nQ20\tLeague of Reeds\tun\nQ21\tLR\tun\n"
    ),
    "wikidata/us_politicians_congress.tsv": (
        "qid\tlabel\tbirthday\tfile\nQ30\tAna Writer\t1960-01-02\tx\n"
    ),
    "wikidata/places_naturalearth.tsv": (
        "qid\tname\tname_alt\tcountry\tlon\tlat\nQ40\tPort Reed\tReedport\tArcadia\t1\t2\n"
    ),
    "wikidata/labels_elevant.tsv": (
        "qid\tlabel\tfile\nQ10\tArcadia\tx\nQ50\tarcadia\tx\nQ51\tEmbassy of Arcadia\tx\n"
        "Q56\tGovernment of Arcadia\tx\n"
        "Q57\tLr\tx\nQ58\tLR+\tx\nQ52\tUnrelated\tx\nQ90\tOld Arcadia\tx\n"
    ),
    "wikidata/entities_full.tsv": (
        "qid\tlabel_en\taliases_en\tdescription_en\tP31\tP17\tn_labels\tmodified\tfile\n"
        "Q30\tAna Writer\tA. Writer|aw\ta person\tQ5\tQ10|Q11\t3\t\tx\n"
        "Q53\tUnrelated too\t\t\tQ5\t\t1\t\tx\n"
    ),
    "wikidata/events_middle_east_seen.tsv": "qid\tlabel\nQ60\tReed War\nQ61\tReed Front\n",
    "wikidata/qids.csv": (
        "label,kind,aliases,qid,status,evidence\n"
        'Reed Front,armed group,the Front,Q61,verified,"table (""Reed Front"") | near twin Q62"\n'
        "Ana W.,person,,Q30,verified,x\n"
        "Hill (town),place,,Q63,verified,x\n"
        "Guess,state,,Q64,from-memory,x\n"
        "Nobody,person,,,unknown,\n"
    ),
}


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Write small invented sources."""
    for folder in ("wikidata", "data"):
        (tmp_path / folder).mkdir()
    for name, text in SMALL.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def made(sources: Path) -> dict[str, Item]:
    """Make items from the small sources."""
    return {item.id: item for item in made_items(sources)}


def test_only_what_helps_is_taken(made: dict[str, Item]) -> None:
    """Labels of items, twins, namesakes and institutions come in; memory and the rest do not.

    An abbreviation has no namesake that is written as a word: Lr is not LR.
    """
    states = {"Q10", "Q11", "Q12", "Q13", "Q14"}
    named = {"Q20", "Q21", "Q30", "Q40", "Q60", "Q61", "Q63"}
    namesakes = {"Q50", "Q51", "Q56", "Q58", "Q90"}
    assert set(made) == states | named | namesakes


def test_a_territory_is_a_state_or_a_place_of_one(made: dict[str, Item]) -> None:
    """A country without a parent is a state; what belongs to another is a place in it."""
    assert (made["Q10"].kind, made["Q10"].country) == ("state", None)
    assert (made["Q11"].kind, made["Q11"].country) == ("place", "Q10")
    assert made["Q10"].twins == ("Q90",)
    assert made["Q90"].twins == ("Q10",)


def test_two_items_of_one_code_are_twins(made: dict[str, Item]) -> None:
    """Where tables disagree which item a country is, each is a warning of the other."""
    assert (made["Q13"].twins, made["Q14"].twins) == (("Q14",), ("Q13",))


def test_names_keep_their_weight(made: dict[str, Item]) -> None:
    """Strong names are aliases unless another item is labelled so; other letters stay out."""
    assert made["Q10"].aliases[:3] == ("Republic of Arcadia", "Reedland", "ארקדיה")
    assert made["Q10"].weak_names == ("Port Reed", "Arcadian", "aa")


def test_codes_are_those_that_were_matched_by_name(made: dict[str, Item]) -> None:
    """A code that was set by hand stands for a participant in wars and is left out."""
    assert made["Q10"].codes == {"iso2": "AA", "iso3": "ARC", "cow": "77", "gw": "78"}
    assert made["Q11"].codes == {}


def test_a_country_has_its_names_in_the_languages_of_the_united_nations(
    made: dict[str, Item],
) -> None:
    """Short names are labels of their language, formal ones aliases, without articles and marks."""
    assert made["Q10"].labels == {
        "en": "Arcadia",
        "ar": "أركاديا",
        "fr": "Arcadie",
        "ru": "Аркадия",
        "zh": "阿卡迪亚",
    }
    assert made["Q10"].aliases[3:] == (
        "جمهورية أركاديا",
        "Reed Republic of Arcadia",
        "República de Arcadia",
        "Arcadie des roseaux",
        "Республика Аркадия",
    )


def test_every_kind_rests_on_a_table(made: dict[str, Item]) -> None:
    """Belligerents are states, dependent countries places, missions organisations."""
    assert (made["Q12"].kind, made["Q12"].label) == ("state", "Elsewhere")
    assert (made["Q13"].kind, made["Q13"].label) == ("place", "Reed Isle")
    assert (made["Q51"].kind, made["Q51"].label) == ("organisation", "Embassy of Arcadia")
    assert made["Q11"].kind == "place"


def test_a_table_of_events_does_not_make_an_event(made: dict[str, Item]) -> None:
    """A label that names a war is one of an event; an armed group in that table is none."""
    assert (made["Q60"].kind, made["Q61"].kind) == ("event", "armed-group")


def test_facts_of_several_sources_are_joined(made: dict[str, Item]) -> None:
    """Classes, description, dates and kind come together; two countries are none."""
    person = made["Q30"]

    assert (person.label, person.kind, person.classes) == ("Ana Writer", "person", ("Q5",))
    assert (person.dates, person.description) == ({"P569": "1960-01-02"}, "a person")
    assert (person.country, person.aliases, person.weak_names) == (None, ("A. Writer",), ("aw",))
    assert person.origin == "fixtures|congress|seed"


def test_the_names_of_the_texts_stay_out(made: dict[str, Item]) -> None:
    """The seed gives a label where no source has one, without its bracket, and no alias."""
    assert made["Q63"].label == "Hill"
    assert "Ana W." not in made["Q30"].names
    assert "the Front" not in (*made["Q61"].names, *made["Q61"].weak_names)


def test_places_lie_in_states_and_institutions_have_a_kind(made: dict[str, Item]) -> None:
    """A country's name leads to its item; a label that says government makes a government."""
    assert made["Q40"].country == "Q10"
    assert made["Q56"].kind == "government"
    assert made["Q50"].kind == ""


def test_made_twice_the_tables_are_the_same(sources: Path) -> None:
    """Nothing depends on the order of a set: another hash seed gives the same bytes."""
    code = (
        "import pathlib, sys; from allegiance.wikidata.tables import made_items; "
        "from allegiance.wikidata.item_tables import items_text, names_text; "
        "items = made_items(pathlib.Path(sys.argv[1])); "
        "sys.stdout.buffer.write((items_text(items) + names_text(items)).encode())"
    )
    first, second = (
        subprocess.run(
            [sys.executable, "-c", code, str(sources)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    )

    assert b"Arcadia" in first
    assert first == second


def test_a_folder_without_the_sources_is_refused(tmp_path: Path) -> None:
    """The error names the missing table."""
    assert main([]) == 2
    with pytest.raises(Exception, match=r"\.tsv: .*Name the folder"):
        made_items(tmp_path)


@needs_sources
def test_the_committed_tables_are_what_the_script_makes() -> None:
    """Until they are renewed from Wikidata, the tables are the script's, byte by byte."""
    if any(item.revision is not None for item in WikidataIndex.load(FOLDER).items()):
        pytest.skip("the tables were renewed from Wikidata")
    items = made_items(SOURCES)

    assert (FOLDER / "items.tsv").read_text(encoding="utf-8") == items_text(items)
    assert (FOLDER / "names.tsv").read_text(encoding="utf-8") == names_text(items)


@needs_sources
def test_classes_are_called_what_the_sources_call_them() -> None:
    """The id of each class has, in a source table, the label that is written beside it."""
    labels = {row["qid"]: row["label"] for row in _source_rows("labels_elevant.tsv")}
    labels |= {row["qid"]: row["label_en"] for row in _source_rows("entities_full.tsv")}
    # No table has the class of these pages itself, and the description of each says what it is.
    pages = {
        row["description_en"]
        for row in _source_rows("entities_full.tsv")
        if row["P31"] == "Q4167410"
    }
    assert len(pages) == 1
    labels["Q4167410"] = pages.pop()

    assert {qid: labels[qid] for qid in CLASS_LABELS} == {
        qid: label for qid, (label, _) in CLASS_LABELS.items()
    }


def _source_rows(name: str) -> list[dict[str, str]]:
    with (SOURCES / "wikidata" / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


@needs_sources
def test_every_verified_item_is_in_the_tables() -> None:
    """No item that was verified for this graph is missing, and none from memory comes in."""
    with (SOURCES / "wikidata" / "qids.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    index = WikidataIndex.load(FOLDER)
    verified = {row["qid"] for row in rows if row["status"] == "verified"}

    assert len(verified) > 90
    assert {qid for qid in verified if index.get(qid) is None} == set()
    assert [item.id for item in index.items() if "seed" in item.origin.split("|")] == sorted(
        verified, key=lambda qid: int(qid[1:])
    )
