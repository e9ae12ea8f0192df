"""The patch of an online audit: git applies it, and the offline audit finds nothing new."""

from __future__ import annotations

import os
import subprocess
from datetime import date
from typing import TYPE_CHECKING

import pytest

from allegiance.links.checking import check_links, shipped_index
from allegiance.links.online_patch import Patch, patch_of, read_table_texts
from allegiance.links.online_proposals import proposals_of
from allegiance.wikidata.item import Item

if TYPE_CHECKING:
    from conftest import FakeApi, World

TABLE = "kg/data/links/wikidata.sssom.tsv"
STATE = "Q3624078"
DAY = date(2026, 11, 22)


class Patching:
    """Make patches of a world's changes, and apply them as a maintainer would."""

    def __init__(self, world: World) -> None:
        """Patch the tables of a world."""
        self.world, self.root = world, world.bundle.root

    def patch(self, what: str = "", *, searching: bool = True) -> Patch:
        """Make the patch of what has changed, or of changes of one sort."""
        changes = self.world.changes(searching=searching)
        chosen = [change for change in changes if what in {"", change.what}]
        texts = read_table_texts(self.world.bundle, self.world.links())
        proposals = proposals_of(chosen, DAY)
        return patch_of(proposals, texts, self.world.corpus, shipped_index(self.world.bundle))

    def apply(self, patch: Patch) -> None:
        """Check the patch with git, then apply it; fails where git refuses."""
        file = self.root / "new.patch"
        file.write_bytes(patch.text.encode())
        environment = os.environ | {"GIT_CEILING_DIRECTORIES": str(self.root.parent)}
        for option in ("--check", "--whitespace=nowarn"):
            subprocess.run(
                ["git", "apply", option, "new.patch"],
                cwd=self.root,
                env=environment,
                check=True,
            )

    def rows(self, subject: str) -> list[dict[str, str]]:
        """Return the rows of an entry, as they stand in the table."""
        lines = (self.root / TABLE).read_text().splitlines()
        head = next(line for line in lines if not line.startswith("#")).split("\t")
        rows = [line.split("\t") for line in lines if line.startswith(f"id:{subject}\t")]
        return [dict(zip(head, row, strict=True)) for row in rows]

    def audit(self) -> set[str]:
        """Return the rules that the offline audit finds broken."""
        return {found.rule for found in check_links(self.world.corpus)}


@pytest.fixture
def patching(world: World) -> Patching:
    """Make and apply patches of the small checkout."""
    return Patching(world)


def test_everything_at_once(patching: Patching, fake_api: FakeApi) -> None:
    """A redirect, two deletions, a label, a twin and a namesake become rows, each as it should."""
    world = patching.world
    fake_api.redirects, fake_api.deleted = {"Q105": "Q500"}, {"Q102", "Q108"}
    fake_api.tell(Item("Q500", {"en": "Lake Sorrow"}))
    fake_api.tell(Item("Q601", {"en": "Arcadia Plateau"}))
    fake_api.tell(Item("Q701", {"en": "Arcadia"}, classes=(STATE,)))
    world.snapshot("Q106", aliases=("Syldavian Union",))
    world.change("Q106", labels={"en": "Syldavian Union"}, aliases=("Syldavia",))
    world.change("Q101", twins=("Q601",))
    before = patching.audit()

    patch = patching.patch()
    patching.apply(patch)

    assert patch.held == ()
    assert patching.audit() <= before
    assert set(world.items()) & {"Q105", "Q500"} == {"Q500"}
    assert world.items()["Q500"].country == "Q106"
    (lake,) = patching.rows("lake-sorrow")
    assert (lake["object_id"], lake["mapping_date"]) == ("wikidata:Q500", "2026-11-22")
    assert lake["mapping_justification"] == "semapv:MappingChaining"
    assert lake["comment"].startswith("A table of lakes has it. Q105 redirects to it at Wikidata")
    (front,) = patching.rows("reed-front")
    assert (front["predicate_id"], front["object_id"]) == ("skos:exactMatch", "sssom:NoTermFound")
    assert "Q102 was linked, and Wikidata has it no more" in front["comment"]
    assert patching.rows("lutha") == []
    (syldavia,) = patching.rows("syldavia")
    assert syldavia["object_label"] == "Syldavian Union"
    said = [(row["predicate_modifier"], row["object_id"]) for row in patching.rows("arcadia")]
    assert said == [("", "wikidata:Q101"), ("Not", "wikidata:Q601"), ("Not", "wikidata:Q701")]
    subjects = [line.split("\t")[0] for line in (patching.root / TABLE).read_text().splitlines()]
    assert subjects[3:] == sorted(subjects[3:])


def test_a_table_with_quotes_is_patched_as_it_stands(patching: Patching, fake_api: FakeApi) -> None:
    """Cells that a spreadsheet has quoted are understood, and stay where nothing is new."""
    table = patching.root / TABLE
    quoted = [
        line if line.startswith("#") else "\t".join(f'"{cell}"' for cell in line.split("\t"))
        for line in table.read_text().splitlines()
    ]
    table.write_text("\n".join(quoted) + "\n")
    patching.world.change("Q101", twins=("Q601",))
    fake_api.tell(Item("Q601", {"en": "Arcadia Plateau"}))

    patch = patching.patch("twin")
    patching.apply(patch)

    lines = table.read_text().splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith('"id:arcadia"'))
    assert lines[at + 1].startswith("id:arcadia\tskos:exactMatch\twikidata:Q601\t")
    assert [line for line in lines if line.startswith(('"', "#"))] == quoted
    assert patching.audit() == set()


def test_a_new_refusal_stands_among_the_others(patching: Patching) -> None:
    """Refusals of an entry stand by the id of the item, after the link."""
    table = patching.root / TABLE
    text = table.read_text()
    row = next(line for line in text.split("\n") if line.startswith("id:lutha\t"))
    row = row.replace("id:lutha", "id:arcadia")
    head, tail = text.split("id:lake-sorrow")
    rows = [row.replace("Q108", "Q600"), row.replace("Q108", "Q700")]
    table.write_text(head + "\n".join(rows) + "\nid:lake-sorrow" + tail)
    patching.world.fake.tell(Item("Q601", {"en": "Lutha"}))
    patching.world.fake.tell(Item("Q600", {"en": "Lutha"}))
    patching.world.fake.tell(Item("Q700", {"en": "Lutha"}))
    patching.world.change("Q101", twins=("Q601",))

    patching.apply(patching.patch())

    assert [row["object_id"] for row in patching.rows("arcadia")] == [
        *("wikidata:Q101", "wikidata:Q600", "wikidata:Q601", "wikidata:Q700"),
    ]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("at_end", [True, False])
def test_line_ends_stay_as_they_are(
    patching: Patching,
    ending: str,
    at_end: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """With and without a line end at the end of the file, git applies the patch."""
    table = patching.root / TABLE
    text = table.read_text().replace("\n", ending)
    text = text[: text.index("id:vale-league")]
    table.write_bytes(text.removesuffix("" if at_end else ending).encode())
    patching.world.fake.tell(Item("Q601", {"en": "Sylvania"}))
    patching.world.change("Q106", twins=("Q601",))

    patching.apply(patching.patch())

    content = table.read_bytes().decode()
    assert content.count(ending) == text.count(ending) + 1
    assert content.count("\n") == content.count(ending)
    assert [row["object_id"] for row in patching.rows("syldavia")] == [
        *("wikidata:Q106", "wikidata:Q601")
    ]


def test_what_the_audit_would_refuse_is_held_back(patching: Patching, fake_api: FakeApi) -> None:
    """Redirects to another kind, and to what another entry is linked to, wait for a person."""
    fake_api.redirects = {"Q105": "Q500", "Q101": "Q106"}
    fake_api.tell(Item("Q500", {"en": "Lake Sorrow"}, classes=("Q3918",)))
    fake_api.tell(Item("Q601", {"en": "Reed Fronts"}))
    patching.world.change("Q102", twins=("Q601",))

    patch = patching.patch()
    patching.apply(patch)

    held = {proposal.link.subject: objection for proposal, objection in patch.held}
    assert set(held) == {"lake-sorrow", "arcadia"}
    assert "Q106 is 'Syldavia'" in held["arcadia"]
    assert "of the kind organisation" in held["lake-sorrow"]
    assert [proposal.values["object_id"] for proposal in patch.proposals] == ["wikidata:Q601"]
    assert patching.audit() == set()


def test_a_new_label_waits_for_the_snapshot(patching: Patching) -> None:
    """A label that the snapshot does not know would be a finding of the offline audit."""
    patching.world.change("Q105", labels={"en": "Lake of Sorrow"}, aliases=("Lake Sorrow",))

    patch = patching.patch()

    assert (patch.text, patch.proposals) == ("", ())
    assert ["the snapshot 'Lake Sorrow'" in objection for _, objection in patch.held] == [True]


def test_a_row_that_has_the_label_already_stays(patching: Patching) -> None:
    """Where only the snapshot is behind, there is nothing to change in the table."""
    patching.world.snapshot("Q105", labels={"en": "Sorrow"}, aliases=("Lake Sorrow",))

    patch = patching.patch()

    assert [change.what for change in patching.world.changes()] == ["label"]
    assert (patch.text, patch.proposals, patch.held) == ("", (), ())


def test_a_table_that_cannot_refuse_gets_no_refusal(patching: Patching) -> None:
    """Without the column of the modifier, a refusal would be read as a link."""
    table = patching.root / TABLE
    kept = [
        line
        for line in table.read_text().replace("\tpredicate_modifier", "").split("\n")
        if not line.startswith("id:lutha")
    ]
    cut = [
        "\t".join(cells[:6] + cells[7:]) if line.startswith("id:") else line
        for line in kept
        for cells in [line.split("\t")]
    ]
    table.write_text("\n".join(cut))
    patching.world.fake.tell(Item("Q601", {"en": "Sylvania"}))
    patching.world.change("Q106", twins=("Q601",))

    patch = patching.patch()

    assert patch.text == ""
    assert ["predicate_modifier" in objection for _, objection in patch.held] == [True]


def test_what_wikidata_writes_cannot_break_a_row(patching: Patching, fake_api: FakeApi) -> None:
    """A tab or a line end in a label becomes a blank."""
    fake_api.tell(Item("Q601", {"en": "Syl\tvania\nid:x\u2028y"}))
    patching.world.change("Q106", twins=("Q601",))

    patching.apply(patching.patch())

    assert patching.rows("syldavia")[1]["object_label"] == "Syl vania id:x y"
    assert patching.audit() == set()


def test_the_same_is_proposed_once(patching: Patching, fake_api: FakeApi) -> None:
    """An item that is a twin and a namesake gets one row."""
    fake_api.tell(Item("Q701", {"en": "Syldavia"}, classes=(STATE,)))
    patching.world.change("Q106", twins=("Q701",))

    assert len(patching.patch().proposals) == 1


def test_refusals_of_many_items_are_in_one_patch(patching: Patching, fake_api: FakeApi) -> None:
    """Forty twins and one impossible redirect: the forty are in the patch, the one is not."""
    twins = tuple(f"Q{number}" for number in range(800, 840))
    for qid in twins:
        fake_api.tell(Item(qid, {"en": f"Twin {qid}"}))
    fake_api.redirects = {"Q105": "Q500"}
    patching.world.change("Q101", twins=twins)

    patch = patching.patch()
    patching.apply(patch)

    assert len(patch.proposals) == 40
    assert len(patch.held) == 1
    assert len(patching.rows("arcadia")) == 41


def test_a_redirect_of_the_project_changes_few_lines(
    project_world: World, fake_api: FakeApi
) -> None:
    """At real size, the row of the link and the item's rows in the snapshot change, no others."""
    project_world.agree_with_rows()
    fake_api.tell(Item("Q900000001", {"en": "Iran"}, classes=(STATE,)))
    fake_api.redirects = {"Q794": "Q900000001"}

    patch = Patching(project_world).patch("redirected", searching=False)

    assert patch.held == ()
    changed = [line for line in patch.text.split("\n") if line[:1] in set("+-")]
    assert sum(line.startswith("+id:iran\t") for line in changed) == 1
    others = [line for line in changed if "Q794" not in line and "Q900000001" not in line]
    assert [line for line in others if not line.startswith(("---", "+++"))] == []
