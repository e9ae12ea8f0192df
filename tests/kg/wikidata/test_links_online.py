"""The links held against a fake of Wikidata that has changed since the snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from allegiance.finding import Severity
from allegiance.wikidata.item import Item

if TYPE_CHECKING:
    from conftest import FakeApi, World

TABLE = "kg/data/links/wikidata.sssom.tsv"
STATE, VILLAGE, UNIVERSITY = "Q3624078", "Q532", "Q3918"


def test_where_nothing_has_changed_nothing_is_found(world: World, fake_api: FakeApi) -> None:
    """The items of all rows are asked for once, refused ones too, and each name of linked entries.

    Arcadia has three names; the entry without an item and the refused one are not searched for.
    What a search finds is asked for, too: Q104 is the page that lists what is called Arcadia.
    """
    assert world.changes() == ()
    assert fake_api.asked == [("Q101", "Q102", "Q105", "Q106", "Q108"), ("Q104",)]
    assert sorted(fake_api.searched) == [
        *("Arcadia", "Arkadien", "Lake Sorrow", "Reed Front", "Republic of Arcadia", "Syldavia"),
    ]
    assert {query["maxlag"] for query in fake_api.parameters} == {"5"}
    assert all("(graph@example.org)" in agent for agent in fake_api.agents)


def test_a_redirect_is_told_with_its_target(world: World, fake_api: FakeApi) -> None:
    """The finding stands at the number, names the other item with its label, and is a violation."""
    fake_api.redirects = {"Q105": "Q500"}
    fake_api.tell(Item("Q500", {"en": "Sorrow"}, description="lake of tears"))

    (change,) = world.changes()

    assert str(change.finding.place) == f"{TABLE}:5:32"
    assert change.finding.rule == "links/redirected"
    assert change.finding.severity is Severity.VIOLATION
    assert "Q105 redirects to Q500 (Sorrow, lake of tears)" in change.finding.message
    assert change.other is not None
    assert change.other.id == "Q500"


def test_deleted_items_are_told_of_links_and_of_refusals(world: World, fake_api: FakeApi) -> None:
    """A refusal of what is gone refuses nothing; the remedies differ."""
    fake_api.deleted = {"Q102", "Q108"}

    gone = {change.link.subject: change.finding for change in world.changes()}

    assert {found.rule for found in gone.values()} == {"links/deleted"}
    assert "Remove the row" in gone["lutha"].remedy
    assert "NoTermFound" in gone["reed-front"].remedy


def test_a_label_is_compared_with_the_row_and_with_the_snapshot(world: World) -> None:
    """The row's label goes first; where the row has none, the snapshot's is compared."""
    world.change("Q105", labels={"en": "Sorrow"}, aliases=("Lake Sorrow",))
    world.change("Q106", labels={"en": "Syldavia"}, aliases=("Sildavia",))
    table = world.bundle.root / TABLE
    table.write_text(table.read_text().replace("\tArcadia\tTwo", "\t\tTwo"))
    world.change("Q101", labels={"en": "Arcadian Republic"}, aliases=("Arcadia",))

    found = {change.link.subject: change for change in world.changes()}

    assert set(found) == {"arcadia", "lake-sorrow"}
    assert {change.finding.rule for change in found.values()} == {"links/label-changed"}
    assert "the row calls it 'Lake Sorrow'" in found["lake-sorrow"].finding.message
    assert "the snapshot calls it 'Arcadia'" in found["arcadia"].finding.message


def test_an_item_without_an_english_label_has_no_label_to_compare(world: World) -> None:
    """A label in another language is no change of the English one."""
    world.change("Q105", labels={"ru": "Lake Sorrow"})

    assert world.said() == []


def test_classes_are_compared_and_the_class_gate_is_passed_anew(world: World) -> None:
    """A change of class alone is a warning; one that makes the kind a wrong one is a violation."""
    world.snapshot("Q101", classes=("Q6256",))
    world.change("Q101", classes=("Q6256", STATE))
    world.change("Q102", classes=(UNIVERSITY,))

    found = {change.link.subject: change.finding for change in world.changes()}

    assert found["arcadia"].rule == "links/classes-changed"
    assert "had the classes Q6256, and now Q6256, Q3624078" in found["arcadia"].message
    assert found["reed-front"].rule == "links/kind"
    assert found["reed-front"].severity is Severity.VIOLATION


def test_an_item_that_lost_the_name_is_judged_like_offline(world: World) -> None:
    """What the offline audit would say of the items as they are now is said."""
    world.change("Q106", labels={"en": "Borduria"})

    assert sorted(world.said()) == [("syldavia", "links/label-changed"), ("syldavia", "links/name")]


def test_what_wikidata_tells_apart_is_a_twin(world: World, fake_api: FakeApi) -> None:
    """Of four items that differ from Lake Sorrow, one is linked, one deleted, one a list page."""
    fake_api.tell(Item("Q601", {"en": "Sorrow"}, description="mountain"))
    fake_api.tell(Item("Q602", {"en": "Lake Sorrow"}, classes=("Q4167410",)))
    fake_api.deleted = {"Q603"}
    world.change("Q105", twins=("Q106", "Q601", "Q602", "Q603"))

    (change,) = world.changes()

    assert change.finding.rule == "links/twin"
    assert "Q601 (Sorrow, mountain) is different from Q105" in change.finding.message


def test_namesakes_are_searched_for(world: World, fake_api: FakeApi) -> None:
    """A state of the name is a violation, one of unknown kind a hint, a village is no namesake.

    What only begins like the name is none, and an alias counts like a label.
    """
    fake_api.tell(Item("Q701", {"en": "ARCADIA"}, classes=(STATE,)))
    fake_api.tell(Item("Q702", {"en": "Arkady"}, aliases=("Arkadien",)))
    fake_api.tell(Item("Q703", {"en": "Arcadia"}, classes=(VILLAGE,)))
    fake_api.tell(Item("Q704", {"en": "Arcadia Bay"}, classes=(STATE,)))

    found = {change.other.id: change.finding for change in world.changes() if change.other}

    assert {qid: each.rule for qid, each in found.items()} == {
        "Q701": "links/namesake",
        "Q702": "links/namesake-unsure",
    }
    assert found["Q701"].severity is Severity.VIOLATION
    assert found["Q702"].severity is Severity.INFO
    assert world.changes(searching=False) == ()


def test_a_namesake_that_a_row_refuses_is_known(world: World, fake_api: FakeApi) -> None:
    """A refusal of the same entry settles it; one of another entry does not."""
    fake_api.tell(Item("Q701", {"en": "Arcadia"}, classes=(STATE,)))
    table = world.bundle.root / TABLE
    text = table.read_text()
    row = next(line for line in text.split("\n") if line.startswith("id:lutha\t"))
    row = row.replace("Q108", "Q701").replace("\tLutha\t", "\tArcadia\t")
    assert world.said() == [("arcadia", "links/namesake")]

    table.write_text(f"{text}{row}\n")
    assert world.said() == [("arcadia", "links/namesake")]

    table.write_text(f"{text}{row.replace('id:lutha', 'id:arcadia')}\n")
    assert world.said() == []


@pytest.mark.parametrize(
    ("fault", "wait_s", "at"),
    [("429", 7.0, 0), ("maxlag", 5.0, 3), ("503", 2.0, 3), ("error", 2.0, 0), ("cut-json", 2.0, 3)],
)
def test_a_fault_that_passes_loses_nothing(
    world: World, fake_api: FakeApi, fault: str, wait_s: float, at: int
) -> None:
    """Whether items are asked for or names, the same is asked again after the wait."""
    fake_api.tell(Item("Q701", {"en": "Syldavia"}, classes=(STATE,)))
    fake_api.faults = [""] * at + [fault]

    found = world.survey()

    assert found.is_whole
    assert found.namesakes["syldavia"] == ("Q701",)
    assert wait_s in world.waits


def test_what_could_not_be_asked_is_named(world: World, fake_api: FakeApi) -> None:
    """Once the API refuses, nothing more is asked; what was answered holds, the rest is listed."""
    fake_api.redirects = {"Q105": "Q500"}
    fake_api.faults = ["", "", "", "403"]

    found = world.survey()

    assert found.outcomes["Q105"].status == "redirected"
    assert "answered 403" in found.fault
    assert found.unseen == ["Q104", "Q500"]
    assert found.unsearched == ["Arkadien", "Lake Sorrow", "Reed Front", "Syldavia"]
    assert not found.is_whole
    assert len(fake_api.parameters) == 4


def test_a_search_that_is_refused_is_not_asked_again(world: World, fake_api: FakeApi) -> None:
    """What the API calls illegal stays so: the name is told, and no item is taken for deleted."""
    fake_api.faults = ["", "illegal"]

    found = world.survey()

    assert "refuses to search for 'Arcadia'" in found.fault
    assert found.unsearched[0] == "Arcadia"
    assert {outcome.status for outcome in found.outcomes.values()} == {"found"}
    assert len(fake_api.parameters) == 2


def test_an_answer_that_cannot_be_read_is_named(world: World, fake_api: FakeApi) -> None:
    """An item whose answer is of another form was not looked at."""
    fake_api.malformed = {"Q105"}

    found = world.survey()

    assert found.unseen == ["Q105"]
    assert not found.is_whole


def test_names_that_very_many_bear_are_named(world: World, fake_api: FakeApi) -> None:
    """The API tells 50 hits at once; where it knows more, that is said."""
    for number in range(60):
        fake_api.tell(Item(f"Q{9000 + number}", {"en": f"Syldavia {number}"}))

    assert world.survey().many == ["Syldavia"]


def test_the_tables_of_the_project_stand_against_an_unchanged_wikidata(
    project_world: World, fake_api: FakeApi
) -> None:
    """At real size, where items are called as the rows say, only the snapshot's labels differ."""
    project_world.agree_with_rows()
    items = project_world.items()
    known_by_another_label = {
        link.item
        for link in project_world.links()
        if link.is_positive and items[link.item or ""].label != link.object_label
    }

    changes = project_world.changes()

    assert {change.link.item for change in changes} == known_by_another_label
    assert {change.what for change in changes} <= {"label"}
    assert sum(map(len, fake_api.asked)) > 100
    assert len(fake_api.searched) > 100
