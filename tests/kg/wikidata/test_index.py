"""The shipped tables and how they are read: quickly, completely, and not if they are broken."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from allegiance.bundle import default_bundle
from allegiance.errors import UsageError
from allegiance.wikidata.address import is_item_id
from allegiance.wikidata.index import WikidataIndex, index_folder
from allegiance.wikidata.item import Item
from allegiance.wikidata.item_tables import (
    ITEM_COLUMNS,
    NAME_COLUMNS,
    items_text,
    names_text,
    read_items,
    write_items,
)

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = index_folder(default_bundle())


@pytest.fixture(scope="module")
def index() -> WikidataIndex:
    """Read the shipped tables."""
    return WikidataIndex.load(FOLDER)


def _item_row(**values: str) -> str:
    return "\t".join(values.get(column, "") for column in ITEM_COLUMNS)


def _broken(folder: Path, items: list[str], names: list[str]) -> str:
    for file, columns, rows in (("items", ITEM_COLUMNS, items), ("names", NAME_COLUMNS, names)):
        text = "\n".join(["\t".join(columns), *rows]) + "\n"
        (folder / f"{file}.tsv").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as raised:
        read_items(folder)
    return str(raised.value)


def test_the_shipped_tables_are_read_in_half_a_second() -> None:
    """Loading needs less than 0.5 s of processor time."""
    times = []
    for _ in range(3):
        start = time.process_time()
        WikidataIndex.load(FOLDER)
        times.append(time.process_time() - start)

    assert min(times) < 0.5


def test_the_shipped_tables_are_small() -> None:
    """The folder has less than 2 MB."""
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 2_000_000


def test_the_shipped_tables_are_in_their_own_form(index: WikidataIndex) -> None:
    """Written again, the tables are the same bytes: a fetch changes only what has changed."""
    assert items_text(index.items()) == (FOLDER / "items.tsv").read_text(encoding="utf-8")
    assert names_text(index.items()) == (FOLDER / "names.tsv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("qid", "label", "kind"),
    [
        ("Q794", "Iran", "state"),
        ("Q41053", "Hezbollah", "armed-group"),
        ("Q58967", "Israel Defense Forces", "armed-force"),
        ("Q1140115", "Government of Russia", "government"),
        ("Q133274", "Moscow Kremlin", "place"),
        ("Q35525", "White House", "place"),
        ("Q22686", "Donald Trump", "person"),
        ("Q37470", "United Nations Security Council", "organisation"),
        ("Q130879", "Reuters", "outlet"),
        ("Q134900605", "Twelve-Day War", "event"),
        ("Q38799", "Hamas", "armed-group"),
    ],
)
def test_known_items_have_their_kind(index: WikidataIndex, qid: str, label: str, kind: str) -> None:
    """Items that were verified by hand have the label and the kind of what they are."""
    item = index.get(qid)

    assert item is not None
    assert (item.label, item.kind) == (label, kind)


def test_names_in_other_letters_are_there(index: WikidataIndex) -> None:
    """Arabic, Persian, Hebrew, Russian and Chinese names find states."""
    iran, israel = index.get("Q794"), index.get("Q801")

    assert iran is not None
    assert israel is not None
    assert (iran.labels["ar"], israel.labels["ru"]) == ("إيران", "Израиль")
    assert {"جمهوری اسلامی ایران", "伊朗伊斯兰共和国"} <= set(iran.names)
    assert {"ایران", "איראן", "伊朗"} <= set(iran.weak_names)
    assert "ישראל" in israel.weak_names


def test_a_part_is_no_name_of_the_whole(index: WikidataIndex) -> None:
    """A capital, a demonym or a part of the territory is at most a weak name of a state."""
    palestine, iran = index.get("Q219060"), index.get("Q794")

    assert palestine is not None
    assert iran is not None
    assert not {"Gaza", "Gaza Strip"} & set(palestine.names)
    assert {"Gaza", "Gaza Strip"} <= set(palestine.weak_names)
    assert not {"Tehran", "Iranian", "Persian"} & set(iran.names)


def test_twins_are_mutual(index: WikidataIndex) -> None:
    """Where both of a pair are in the tables, each warns of the other, and none of itself."""
    one_way = [
        (item.id, twin)
        for item in index.items()
        for twin in item.twins
        if (other := index.get(twin)) is not None and item.id not in other.twins
    ]

    assert one_way == []
    assert [item.id for item in index.items() if item.id in item.twins] == []
    assert (nasrallah := index.get("Q181182")) is not None
    assert nasrallah.twins == ("Q103859473",)


def test_ids_are_ids_and_origins_are_explained(index: WikidataIndex) -> None:
    """Every id is one of Wikidata's, and every origin stands with its licence in the README."""
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `([a-z]+)` \|", readme, re.MULTILINE))
    origins = {origin for item in index.items() for origin in item.origin.split("|")}
    ids = {
        qid
        for item in index.items()
        for qid in (item.id, *item.twins, *item.classes, *filter(None, [item.country]))
    }

    assert origins <= explained
    assert [qid for qid in ids if not is_item_id(qid)] == []


def test_only_what_no_table_tells_is_without_a_kind(index: WikidataIndex) -> None:
    """An item without a kind stands in sources of labels alone."""
    unknown = {item.origin for item in index.items() if not item.kind}

    assert {origin for row in unknown for origin in row.split("|")} <= {
        "elevant",
        "events",
        "fixtures",
    }


def test_what_is_unknown_is_none(index: WikidataIndex) -> None:
    """An id that the tables lack gives no item."""
    assert index.get("Q999999999") is None


def test_tables_come_back_as_they_were_written(tmp_path: Path) -> None:
    """Every field of an item survives writing and reading; rows are ordered by number."""
    whole = Item(
        "Q20",
        {"en": "A", "fa": "ب"},
        ("C", "D"),
        "a thing",
        ("Q5", "Q6"),
        "person",
        "Q7",
        {"P569": "1900-01-02"},
        ("Q8",),
        9,
        "2026-11-22",
        "seed",
        ("e",),
        {"iso3": "ABC"},
    )
    write_items(tmp_path, [whole, Item("Q3", {"en": "B"})])

    assert list(WikidataIndex.load(tmp_path).items()) == [Item("Q3", {"en": "B"}), whole]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["items.tsv", "names.tsv"]


def test_line_ends_and_tabs_cannot_break_a_table(tmp_path: Path) -> None:
    """A value with a tab or any kind of line end is written with blanks instead."""
    write_items(tmp_path, [Item("Q3", {"en": "A\tB\nC\u2028D"}, ("E\rF",))])

    item = WikidataIndex.load(tmp_path).get("Q3")

    assert item is not None
    assert item.names == ("A B C D", "E F")


@pytest.mark.parametrize(
    ("items", "names", "said"),
    [
        ([_item_row(id="Q042")], [], "items.tsv:2: 'Q042' is no id"),
        ([_item_row(id="Q1", kind="planet")], [], "items.tsv:2: 'planet' is no kind"),
        ([_item_row(id="Q1", revision="x")], [], "items.tsv:2: 'x' is no revision"),
        ([_item_row(id="Q1"), _item_row(id="Q1")], [], "items.tsv:3: Q1 stands twice"),
        (["Q1\tx"], [], "items.tsv:2: 2 values"),
        ([_item_row(id="Q1")], ["Q2\ten\talias\tx"], "Q2 has names but no row"),
        ([_item_row(id="Q1")], ["Q1\ten\tnickname\tx"], "names.tsv:2: 'nickname'"),
    ],
)
def test_a_broken_table_is_refused_at_its_line(
    tmp_path: Path, items: list[str], names: list[str], said: str
) -> None:
    """An error names the file, the line and what is wrong there."""
    assert said in _broken(tmp_path, items, names)


def test_a_missing_table_is_refused(tmp_path: Path) -> None:
    """Without its tables, an index does not come out empty."""
    with pytest.raises(UsageError, match=r"names\.tsv|items\.tsv"):
        WikidataIndex.load(tmp_path)
