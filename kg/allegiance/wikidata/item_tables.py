"""Read and write the two tables of the index: items.tsv and names.tsv.

Tab-separated, UTF-8, one line of column names, rows by growing number of the item. Lists are
separated by |, pairs are written key=value. Nothing is quoted: no value holds a tab or a line end.
"""

from __future__ import annotations

import os
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from allegiance.errors import UsageError
from allegiance.wikidata.address import is_item_id
from allegiance.wikidata.item import KINDS, Item

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

__all__ = [
    "ITEM_COLUMNS",
    "NAME_COLUMNS",
    "items_text",
    "names_text",
    "read_items",
    "write_items",
    "write_whole",
]

ITEM_COLUMNS: Final = (
    "id",
    "label",
    "description",
    "kind",
    "classes",
    "country",
    "dates",
    "codes",
    "twins",
    "revision",
    "retrieved",
    "origin",
)
NAME_COLUMNS: Final = ("id", "language", "kind", "name")
_ITEMS = "items.tsv"
_NAMES = "names.tsv"
# The sources of most aliases do not say their language.
_UNKNOWN: Final = "und"
_LABEL, _ALIAS, _WEAK = "label", "alias", "weak"
_BLANKS = str.maketrans(dict.fromkeys("\t\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029", " "))


def read_items(folder: Path) -> dict[str, Item]:
    """Read both tables of a folder into items by id.

    Raises UsageError where a table is missing, has other columns, or a row does not fit.
    """
    names = _read_names(folder / _NAMES)
    items: dict[str, Item] = {}
    for place, cells in _rows(folder / _ITEMS, ITEM_COLUMNS):
        item = _item(place, cells, names.pop(cells[0], {}))
        if item.id in items:
            raise _fault(place, f"{item.id} stands twice", "Keep one of the rows")
        items[item.id] = item
    if names:
        missing = next(iter(names))
        raise _fault(_NAMES, f"{missing} has names but no row in {_ITEMS}", "Add the row")
    return items


def write_items(folder: Path, items: Iterable[Item]) -> None:
    """Write both tables, each beside its place first; the names first, the items last."""
    ordered = sorted(items, key=_number)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / _NAMES, names_text(ordered))
    write_whole(folder / _ITEMS, items_text(ordered))


def write_whole(file: Path, text: str) -> None:
    """Write a file beside its place and rename it: whoever reads it sees the old or the new."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with beside.open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def items_text(items: Iterable[Item]) -> str:
    r"""Write the table of items.

    >>> items_text([Item("Q794", {"en": "Iran"}, kind="state")]).splitlines()[1].split("\t")[:4]
    ['Q794', 'Iran', '', 'state']
    """
    return _table(ITEM_COLUMNS, (_item_cells(item) for item in items))


def names_text(items: Iterable[Item]) -> str:
    """Write the table of names: labels other than the English one, aliases, weak names."""
    return _table(NAME_COLUMNS, (row for item in items for row in _name_rows(item)))


def _item_cells(item: Item) -> tuple[str, ...]:
    return (
        item.id,
        item.labels.get("en", ""),
        item.description,
        item.kind,
        "|".join(item.classes),
        item.country or "",
        _pairs_text(item.dates),
        _pairs_text(item.codes),
        "|".join(item.twins),
        "" if item.revision is None else str(item.revision),
        item.retrieved,
        item.origin,
    )


def _name_rows(item: Item) -> Iterator[tuple[str, ...]]:
    for language, name in sorted(item.labels.items()):
        if language != "en":
            yield item.id, language, _LABEL, name
    for name in item.aliases:
        yield item.id, _UNKNOWN, _ALIAS, name
    for name in item.weak_names:
        yield item.id, _UNKNOWN, _WEAK, name


def _read_names(file: Path) -> dict[str, dict[str, list[tuple[str, str]]]]:
    names: defaultdict[str, dict[str, list[tuple[str, str]]]] = defaultdict(dict)
    for place, (item, language, kind, name) in _rows(file, NAME_COLUMNS):
        if kind not in {_LABEL, _ALIAS, _WEAK} or not name:
            remedy = f"Write a name and one of {_LABEL}, {_ALIAS}, {_WEAK}"
            raise _fault(place, f"{kind!r} is no kind of name, or the name is empty", remedy)
        names[item].setdefault(kind, []).append((language, name))
    return dict(names)


def _item(place: str, cells: list[str], names: Mapping[str, list[tuple[str, str]]]) -> Item:
    known = dict(zip(ITEM_COLUMNS, cells, strict=True))
    if not is_item_id(known["id"]):
        raise _fault(place, f"{known['id']!r} is no id of an item", "Write Q and its number")
    if known["kind"] not in KINDS:
        remedy = f"Write one of {', '.join(kind for kind in KINDS if kind)} or nothing"
        raise _fault(place, f"{known['kind']!r} is no kind", remedy)
    if known["revision"] and not known["revision"].isdecimal():
        raise _fault(place, f"{known['revision']!r} is no revision", "Write its number or nothing")
    english = {"en": known["label"]} if known["label"] else {}
    return Item(
        known["id"],
        english | dict(names.get(_LABEL, ())),
        tuple(name for _, name in names.get(_ALIAS, ())),
        known["description"],
        _list(known["classes"]),
        known["kind"],
        known["country"] or None,
        _pairs(known["dates"]),
        _list(known["twins"]),
        int(known["revision"]) if known["revision"] else None,
        known["retrieved"],
        known["origin"],
        tuple(name for _, name in names.get(_WEAK, ())),
        _pairs(known["codes"]),
    )


def _rows(file: Path, columns: tuple[str, ...]) -> Iterator[tuple[str, list[str]]]:
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise _fault(str(file), f"the table cannot be read ({error})", "Restore it") from error
    if lines[0] != "\t".join(columns):
        raise _fault(str(file), "the columns are others", f"Write {', '.join(columns)}")
    for number, line in enumerate(lines[1:], start=2):
        if line:
            place, cells = f"{file}:{number}", line.split("\t")
            if len(cells) != len(columns):
                message = f"{len(cells)} values for {len(columns)} columns"
                raise _fault(place, message, "Write one value for each column")
            yield place, cells


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = ["\t".join(columns)]
    lines += ["\t".join(cell.translate(_BLANKS) for cell in row) for row in rows]
    return "\n".join(lines) + "\n"


def _list(cell: str) -> tuple[str, ...]:
    return tuple(cell.split("|")) if cell else ()


def _pairs(cell: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in cell.split("|")) if cell else {}


def _pairs_text(pairs: Mapping[str, str]) -> str:
    return "|".join(f"{key}={value}" for key, value in sorted(pairs.items()))


def _number(item: Item) -> int:
    return int(item.id[1:])


def _fault(place: str, message: str, remedy: str) -> UsageError:
    return UsageError(f"{place}: {message}. {remedy}.")
