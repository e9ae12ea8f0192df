"""Tables of links that a spreadsheet or an editor has saved: read whole, and laid out again."""

from __future__ import annotations

import pytest

from allegiance.bundle import default_bundle
from allegiance.errors import AllegianceError
from allegiance.filing import format_files
from allegiance.links.layout import laid_out
from allegiance.links.tables import read_mapping_table

HEAD = (
    "subject_id\tpredicate_modifier\tpredicate_id\tobject_id\tmapping_justification\t"
    "author_label\tmapping_date\tcomment"
)
KEPT = "semapv:ManualMappingCuration\tJo\t2026-11-22"
TABLE = f"""\
# mapping_set_title: States, cities and Wikidata
# curie_map:
#   id: https://w3id.org/allegiance/id/
{HEAD}
id:arcadia\t\tskos:exactMatch\twikidata:Q101\t{KEPT}\tOne table, and a page, agree.
id:arcadia\tNot\tskos:closeMatch\twikidata:Q7\t{KEPT}\tThe "old" town.
id:lutha\t\tskos:exactMatch\tsssom:NoTermFound\t{KEPT}\tNot looked for.
"""


def as_a_spreadsheet(table: str, columns: int) -> str:
    """Quote what has a comma or a quotation mark, fill all lines up, and end them as Windows."""
    lines = []
    for line in table.splitlines():
        cells = [
            '"' + cell.replace('"', '""') + '"' if {",", '"'} & set(cell) else cell
            for cell in line.split("\t")
        ]
        lines.append("\t".join(cells + [""] * (columns - len(cells))) + "\r\n")
    return "".join(lines)


def comments(table: str) -> list[str]:
    """Return what the last column says; the table has to be sound."""
    rows, findings = read_mapping_table("t.sssom.tsv", table)
    assert findings == ()
    return [row.values["comment"] for row in rows]


def test_what_a_spreadsheet_adds_is_no_value() -> None:
    """Quotation marks around a value, and empty cells beyond the columns, are not read."""
    found = comments(as_a_spreadsheet(TABLE, 10))

    assert found == ["One table, and a page, agree.", 'The "old" town.', "Not looked for."]


def test_a_quoted_value_keeps_the_places_of_the_others() -> None:
    """Columns are counted as they stand in the file, so that editors find them."""
    text = 'subject_id\tcomment\tobject_id\nid:a\t"b, c"\twikidata:Q1\n'
    (row,), _ = read_mapping_table("t.sssom.tsv", text)

    assert row.values["comment"] == "b, c"
    assert row.places["object_id"].column == 13


def test_a_value_that_has_moved_is_told() -> None:
    """An empty cell at the end of one row is no filling up: a tab too many stands before it."""
    row = "id:a" + "\t" * 8
    rows, (found,) = read_mapping_table("t.sssom.tsv", f"{HEAD}\n{row}\n")

    assert rows == ()
    assert found.message == "The row has 9 values for 8 columns."
    assert found.place.line == 2


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("columns", [0, 8, 12])
def test_the_layout_takes_off_what_a_spreadsheet_has_added(mark: str, columns: int) -> None:
    """However a spreadsheet saves a table, `fmt` gives back the table as it was."""
    saved = mark + as_a_spreadsheet(TABLE, columns).replace("\r\n", "\n")

    assert saved != TABLE
    assert laid_out("t.sssom.tsv", saved) == TABLE
    assert laid_out("t.sssom.tsv", TABLE) == TABLE


def test_rows_and_columns_are_put_in_order() -> None:
    """Rows stand by entry, refusals last; columns in the order of the project; unread ones stay."""
    lines = TABLE.splitlines()
    turned = ["\t".join(reversed(line.split("\t"))) for line in reversed(lines[3:])]
    table = "\n".join([*lines[:3], turned[-1], *turned[:-1]])

    assert laid_out("t.sssom.tsv", table) == TABLE


def test_a_value_that_looks_quoted_is_written_with_quotes() -> None:
    """The layout loses no quotation mark that is a part of a value."""
    table = TABLE.replace("Not looked for.", '"""Looked"" for."')

    assert comments(laid_out("t.sssom.tsv", table))[-1] == '"Looked" for.'


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("id:lutha\t\t", "id:lutha\t", "line 7: The row has 7 values for 8 columns."),
        ("id:lutha", "# Later.\nid:lutha", "line 7: A line with # stands among the rows."),
        ("comment", "coment", "line 4: 'coment' is no column of SSSOM"),
    ],
)
def test_what_cannot_be_laid_out_is_refused(old: str, new: str, told: str) -> None:
    """Where a value could be lost, nothing is rewritten, and the line is told."""
    with pytest.raises(AllegianceError, match=told):
        laid_out("t.sssom.tsv", TABLE.replace(old, new, 1))


def test_the_tables_of_the_project_are_laid_out() -> None:
    """Rows stand in order, so that a change is one line in a diff."""
    tables = sorted((default_bundle().data / "links").glob("*.sssom.tsv"))

    assert len(tables) == 8
    assert format_files(default_bundle(), tables, write=False) == ()
