"""The command `links suggest`: candidates to review, never written anywhere."""

from __future__ import annotations

import csv
import io
import shutil
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from allegiance.bundle import default_bundle
from allegiance.commands.suggesting import suggest
from allegiance.corpus import read_corpus
from allegiance.errors import UsageError
from allegiance.links.checking import read_links

if TYPE_CHECKING:
    from pathlib import Path


def run(*arguments: str) -> str:
    """Run the command, and return what it writes to standard output."""
    result = CliRunner().invoke(suggest, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_a_linked_entry_finds_its_own_item() -> None:
    """Asked for by name, an entry is answered also where it has a link: it is the first."""
    lines = run("hezbollah").splitlines()
    assert lines[0] == "hezbollah  Hezbollah (ArmedGroup)"
    assert lines[1].split()[:2] == ["100.0", "Q41053"]


def test_rows_to_review_leave_out_what_is_linked_or_refused() -> None:
    """With --all no linked entry has a row, and no row names an item that the tables refuse."""
    rows = list(csv.DictReader(io.StringIO(run("--all", "--format", "sssom")), delimiter="\t"))
    links = read_links(read_corpus(default_bundle()))
    linked = {f"id:{link.subject}" for link in links if link.is_positive}
    refused = {(f"id:{link.subject}", f"wikidata:{link.item}") for link in links if link.is_negated}
    assert rows
    assert refused
    assert not linked & {row["subject_id"] for row in rows}
    assert not refused & {(row["subject_id"], row["object_id"]) for row in rows}
    assert {row["mapping_justification"] for row in rows} == {"semapv:LexicalMatching"}
    assert all(0.7 <= float(row["similarity_score"]) <= 1.0 for row in rows)


def test_quotation_marks_in_a_name_do_not_break_the_table(tmp_path: Path) -> None:
    """A row to review has as many cells as columns, whatever the entry is called."""
    project = default_bundle().root
    for folder in ("ontology", "shapes", "kg/rules"):
        (tmp_path / folder).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / folder).symlink_to(project / folder)
    shutil.copytree(project / "kg/data", tmp_path / "kg/data")
    entry = "actors:\n  resistance:\n    class: ArmedGroup\n    label: '\"Hamas\" movement'\n"
    more = "    alias: [Hamas]\n"
    (tmp_path / "kg/data/actors/more.yaml").write_text(entry + more, encoding="utf-8")

    table = run("resistance", "--format", "sssom", "--root", str(tmp_path))

    head, row = (line.split("\t") for line in table.splitlines()[:2])
    assert len(row) == len(head)
    assert row[head.index("object_id")] == "wikidata:Q38799"
    assert row[head.index("subject_label")] == '"""Hamas"" movement"'


def test_the_limit_holds() -> None:
    """At most so many candidates are named for an entry."""
    assert len(run("hezbollah", "--limit", "1").splitlines()) == 2


@pytest.mark.parametrize("arguments", [(), ("iran", "--all")])
def test_entries_or_all_have_to_be_named(arguments: tuple[str, ...]) -> None:
    """Neither or both is wrong use."""
    with pytest.raises(UsageError, match="give their ids, or --all"):
        CliRunner().invoke(suggest, arguments, catch_exceptions=False)


def test_an_unknown_entry_is_told_with_the_closest_one() -> None:
    """A name that is no id of the register is refused, with the id that was probably meant."""
    with pytest.raises(UsageError, match="Did you mean houthis"):
        CliRunner().invoke(suggest, ["houthi"], catch_exceptions=False)
