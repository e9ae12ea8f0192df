"""Read the tables that others took from Wikidata, each into items that say only what it says."""

from __future__ import annotations

import csv
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from allegiance.errors import UsageError
from allegiance.wikidata.item import Item

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = [
    "congress",
    "english_labels",
    "events",
    "fixtures",
    "organisations",
    "places",
    "plain_form",
    "seed",
    "state_codes",
    "territories",
]

# The day on which the source was taken: its own date where it has one, else that of the reading.
_READ: Final = "2026-11-21"
_RIGOUR: Final = "2026-07-19"
_IDS: Final = re.compile(r"Q[1-9][0-9]*", re.ASCII)
_TWINS: Final = re.compile(r"(?i:near twins?)\b|\bNOT (?=Q[1-9])")
_QUALIFIER: Final = re.compile(r" \([^)]*\)$")
_EVENT: Final = re.compile(
    r"\b(war|conflict|strikes?|airstrikes|attacks|invasion|intervention|offensives|operation|"
    r"crisis|revolution|coup|assassination)\b",
    re.IGNORECASE,
)
_SCRIPTS: Final = ("LATIN", "ARABIC", "HEBREW", "CYRILLIC", "CJK")
# The whole world and the network are no territories, whatever the table of territories says.
_NO_TERRITORY: Final = frozenset({"zz", "ip"})
_SEED_KINDS: Final = {
    "state": "state",
    "state (disputed)": "state",
    "person": "person",
    "armed group": "armed-group",
    "intergovernmental organisation": "organisation",
    "organisation": "organisation",
    "political party": "organisation",
    "publisher/news agency": "outlet",
    "place": "place",
    "event": "event",
}
# The seed files this item under the institution, and says beside it that it is the building.
_BUILDINGS: Final = frozenset({"Q35525"})


def plain_form(name: str) -> str:
    """Return a name without case, accents and punctuation, for telling equal names.

    It is fixed here, apart from the matcher's folding, so that the choice of rows stays the same
    when the matcher learns something.

    >>> plain_form("Côte d'Ivoire")
    'cote d ivoire'
    """
    letters = unicodedata.normalize("NFKD", name.casefold())
    kept = (c if c.isalnum() else " " for c in letters if not unicodedata.combining(c))
    return " ".join("".join(kept).split())


def territories(folder: Path) -> Iterator[Item]:
    """Read states and territories; the table's weak names stay weak."""
    rows = list(_rows(folder / "territories_rigour.tsv"))
    by_code = {row["code"]: row["qid"] for row in rows}
    for row in rows:
        if row["code"] in _NO_TERRITORY:
            continue
        full = [row["full_name"]] if row["full_name"] else []
        yield Item(
            row["qid"],
            {"en": row["name"]},
            tuple(full + _readable(row["names_strong"])),
            kind="state" if row["is_country"] == "True" and not row["parent"] else "place",
            country=by_code.get(row["parent"]),
            twins=_split(row["other_qids"]),
            retrieved=_RIGOUR,
            origin="rigour",
            weak_names=tuple(_readable(row["names_weak"])),
            codes={"iso3": row["alpha3"].upper()} if row["alpha3"] else {},
        )


def state_codes(folder: Path) -> Iterator[Item]:
    """Read the codes of the Correlates of War and of Gleditsch and Ward; a name alone is no code.

    Rows whose code was set by hand stand for a participant in wars, not for the item, and stay out.
    """
    for row in _rows(folder / "states_cow_gw_histwardb.tsv"):
        codes = {"cow": row["cow_code"], "gw": row["gw_code"]}
        if row["match"] == "name" and any(codes.values()):
            known = {kind: code for kind, code in codes.items() if code}
            yield Item(row["country_qid"], {}, codes=known, retrieved=_READ, origin="histwardb")


def organisations(folder: Path) -> Iterator[Item]:
    """Read intergovernmental organisations and their organs."""
    for row in _rows(folder / "igo_opensanctions.tsv"):
        label = {"en": row["label"]}
        yield Item(row["qid"], label, kind="organisation", retrieved=_READ, origin="opensanctions")


def congress(folder: Path) -> Iterator[Item]:
    """Read members of the Congress and of the executive of the United States."""
    for row in _rows(folder / "us_politicians_congress.tsv"):
        born = {"P569": row["birthday"]} if row["birthday"] else {}
        label = {"en": row["label"]}
        yield Item(row["qid"], label, kind="person", dates=born, retrieved=_READ, origin="congress")


def places(folder: Path, states: Mapping[str, str]) -> Iterator[Item]:
    """Read populated places; `states` gives the item of a state by the plain form of its name."""
    for row in _rows(folder / "places_naturalearth.tsv"):
        yield Item(
            row["qid"],
            {"en": row["name"]},
            _split(row["name_alt"]),
            kind="place",
            country=states.get(plain_form(row["country"])),
            retrieved=_READ,
            origin="naturalearth",
        )


def events(folder: Path) -> Iterator[Item]:
    """Read what was seen in tables of events; only a label that names an event makes it one."""
    for row in _rows(folder / "events_middle_east_seen.tsv"):
        kind = "event" if _EVENT.search(row["label"]) else ""
        yield Item(row["qid"], {"en": row["label"]}, kind=kind, retrieved=_READ, origin="events")


def fixtures(folder: Path) -> Iterator[Item]:
    """Read whole entities: label, aliases, description, classes and a single country."""
    for row in _rows(folder / "entities_full.tsv"):
        country = _split(row["P17"])
        yield Item(
            row["qid"],
            {"en": row["label_en"]} if row["label_en"] else {},
            _split(row["aliases_en"]),
            row["description_en"],
            _split(row["P31"]),
            country=country[0] if len(country) == 1 else None,
            retrieved=_READ,
            origin="fixtures",
        )


def english_labels(folder: Path) -> Iterator[Item]:
    """Read English labels, and nothing but labels."""
    for row in _rows(folder / "labels_elevant.tsv"):
        yield Item(row["qid"], {"en": row["label"]}, retrieved=_READ, origin="elevant")


def seed(folder: Path) -> Iterator[Item]:
    """Read what was verified for this graph: label, kind and near twins, not what the texts say."""
    file = folder / "qids.csv"
    for row in _rows(file, ","):
        if row["status"] == "verified":
            kind = _SEED_KINDS.get(row["kind"], "other")
            kind = "place" if row["qid"] in _BUILDINGS else kind
            label = {"en": _QUALIFIER.sub("", row["label"])}
            twins = tuple(twin for twin in _near_twins(row["evidence"]) if twin != row["qid"])
            yield Item(row["qid"], label, kind=kind, twins=twins, retrieved=_READ, origin="seed")


def _near_twins(evidence: str) -> list[str]:
    start = _TWINS.search(evidence)
    return _IDS.findall(evidence[start.start() :]) if start else []


def _readable(names: str) -> list[str]:
    """Keep names in Latin, Arabic, Hebrew, Cyrillic and Chinese letters."""
    return [name for name in _split(names) if all(_in_scripts(char) for char in name)]


def _in_scripts(char: str) -> bool:
    return not char.isalpha() or unicodedata.name(char, "").startswith(_SCRIPTS)


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split("|") if part)


def _rows(file: Path, delimiter: str = "\t") -> Iterator[dict[str, str]]:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        message = f"{file}: {error.strerror}. Name the folder that holds the source tables."
        raise UsageError(message) from error
    yield from csv.DictReader(text.splitlines(keepends=True), delimiter=delimiter)
