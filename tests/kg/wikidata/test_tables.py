"""The committed tables are what the script makes, and the script reads its sources rightly."""

from __future__ import annotations

import csv
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
SOURCES = ROOT.parent / "shared" / "wikidata"
FOLDER = index_folder(default_bundle())

needs_sources = pytest.mark.skipif(
    not SOURCES.is_dir(), reason="the source tables are not part of the project"
)

SMALL = {
    "territories_rigour.tsv": (
        "code\tqid\tname\tfull_name\talpha3\tis_country\tis_historical\tis_jurisdiction\tparent"
        "\tother_qids\tnames_strong\tnames_weak\n"
        "aa\tQ10\tArcadia\tRepublic of Arcadia\tarc\tTrue\t\tTrue\t\tQ90\tReedland|Port Reed|ארקדיה"
        "\tArcadian|アルカディア|aa\n"
        "aa_n\tQ11\tNorth Arcadia\t\t\tFalse\t\tTrue\taa\t\t\t\n"
        "zz\tQ2\tGlobal\t\t\tFalse\t\tTrue\t\t\t\t\n"
    ),
    "states_cow_gw_histwardb.tsv": (
        "country_qid\tcountry\tcow_code\tcow_name\tgw_code\tmatch\tnote\n"
        "Q10\tArcadia\t77\tArcadia\t78\tname\t\n"
        "Q11\tNorth\t79\tArcadia\t\tmanual\tby hand\n"
        "Q12\tElsewhere\t80\tElsewhere\t\tname\t\n"
    ),
    "igo_opensanctions.tsv": "qid\tlabel\tcountry\nQ20\tLeague of Reeds\tun\n",
    "us_politicians_congress.tsv": "qid\tlabel\tbirthday\tfile\nQ30\tAna Writer\t1960-01-02\tx\n",
    "places_naturalearth.tsv": (
        "qid\tname\tname_alt\tcountry\tlon\tlat\nQ40\tPort Reed\tReedport\tArcadia\t1\t2\n"
    ),
    "labels_elevant.tsv": (
        "qid\tlabel\tfile\nQ10\tArcadia\tx\nQ50\tarcadia\tx\nQ51\tGovernment of Arcadia\tx\n"
        "Q52\tUnrelated\tx\nQ90\tOld Arcadia\tx\n"
    ),
    "entities_full.tsv": (
        "qid\tlabel_en\taliases_en\tdescription_en\tP31\tP17\tn_labels\tmodified\tfile\n"
        "Q30\tAna Writer\tA. Writer|aw\ta person\tQ5\tQ10|Q11\t3\t\tx\n"
        "Q53\tUnrelated too\t\t\tQ5\t\t1\t\tx\n"
    ),
    "events_middle_east_seen.tsv": "qid\tlabel\nQ60\tReed War\nQ61\tReed Front\n",
    "qids.csv": (
        "label,kind,aliases,qid,status,evidence\n"
        'Reed Front,armed group,the Front,Q61,verified,"table (""Reed Front"") | near twin Q62"\n'
        "Ana W.,person,,Q30,verified,x\n"
        "Hill (town),place,,Q63,verified,x\n"
        "Guess,state,,Q64,from-memory,x\n"
        "Nobody,person,,,unknown,\n"
    ),
}


@pytest.fixture
def made(tmp_path: Path) -> dict[str, Item]:
    """Make items from small invented sources."""
    for name, text in SMALL.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return {item.id: item for item in made_items(tmp_path)}


def test_only_what_helps_is_taken(made: dict[str, Item]) -> None:
    """Labels of items, twins, namesakes and institutions come in; memory and the rest do not."""
    assert set(made) == {
        *("Q10", "Q11", "Q20", "Q30", "Q40", "Q50", "Q51", "Q60", "Q61", "Q63", "Q90")
    }


def test_a_territory_is_a_state_or_a_place_of_one(made: dict[str, Item]) -> None:
    """A country without a parent is a state; what belongs to another is a place in it."""
    assert (made["Q10"].kind, made["Q10"].country) == ("state", None)
    assert (made["Q11"].kind, made["Q11"].country) == ("place", "Q10")
    assert made["Q10"].twins == ("Q90",)
    assert made["Q90"].twins == ("Q10",)


def test_names_keep_their_weight(made: dict[str, Item]) -> None:
    """Strong names are aliases unless another item is labelled so; other letters stay out."""
    assert made["Q10"].aliases == ("Republic of Arcadia", "Reedland", "ארקדיה")
    assert made["Q10"].weak_names == ("Port Reed", "Arcadian", "aa")


def test_codes_are_those_that_were_matched_by_name(made: dict[str, Item]) -> None:
    """A code that was set by hand stands for a participant in wars and is left out."""
    assert made["Q10"].codes == {"iso3": "ARC", "cow": "77", "gw": "78"}
    assert made["Q11"].codes == {}


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
    assert made["Q51"].kind == "government"
    assert made["Q50"].kind == ""


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
    """The id of each class has, in the source tables, the label that is written beside it."""
    with (SOURCES / "entities_full.tsv").open(encoding="utf-8", newline="") as stream:
        labels = {row["qid"]: row["label_en"] for row in csv.DictReader(stream, delimiter="\t")}

    assert {qid: labels[qid] for qid in CLASS_LABELS} == {
        qid: label for qid, (label, _) in CLASS_LABELS.items()
    }


@needs_sources
def test_every_verified_item_is_in_the_tables() -> None:
    """No item that was verified for this graph is missing, and none from memory comes in."""
    with (SOURCES / "qids.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    index = WikidataIndex.load(FOLDER)
    verified = {row["qid"] for row in rows if row["status"] == "verified"}

    assert len(verified) > 90
    assert {qid for qid in verified if index.get(qid) is None} == set()
    assert [item.id for item in index.items() if "seed" in item.origin.split("|")] == sorted(
        verified, key=lambda qid: int(qid[1:])
    )
