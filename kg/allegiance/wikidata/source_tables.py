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
    "belligerents",
    "congress",
    "countries",
    "english_labels",
    "events",
    "fixtures",
    "missions",
    "organisations",
    "places",
    "plain_form",
    "seed",
    "territories",
]

# The day on which the source was taken: its own date where it has one, else that of the reading.
_READ: Final = "2026-11-21"
_RIGOUR: Final = "2026-07-19"
_COUNTRY_CODES: Final = "2026-05-15"
_IDS: Final = re.compile(r"Q[1-9][0-9]*", re.ASCII)
_TWINS: Final = re.compile(r"(?i:near twins?)\b|\bNOT (?=Q[1-9])")
_QUALIFIER: Final = re.compile(r" \([^)]*\)$")
_EVENT: Final = re.compile(
    r"\b(war|conflict|strikes?|airstrikes|attacks|invasion|intervention|offensives|operation|"
    r"crisis|revolution|coup|assassination)\b",
    re.IGNORECASE,
)
_SCRIPTS: Final = ("LATIN", "ARABIC", "HEBREW", "CYRILLIC", "CJK")
# Names in the six languages of the United Nations, by the terminology of the latter.
_UNTERM: Final = {
    "ar": "Arabic",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "ru": "Russian",
    "zh": "Chinese",
}
# That table writes articles in front or in brackets behind, and stars for its footnotes.
_ARTICLE: Final = re.compile(r"^(?:the|el|la|los|las|le|les) |^l['\u2019]")
_BEHIND: Final = re.compile(r"\s*(?:\([^()]*\)|\*+|\s)+$")
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
    rows = list(_rows(folder / "wikidata" / "territories_rigour.tsv"))
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


def belligerents(folder: Path) -> Iterator[Item]:
    """Read states that took part in wars since 1700, with their codes.

    The source takes what Wikidata classes as a sovereign state, a historical country or a country,
    and nothing else. Codes of the Correlates of War and of Gleditsch and Ward that were set by hand
    stand for a participant in wars, not for the item, and stay out.
    """
    for row in _rows(folder / "wikidata" / "states_cow_gw_histwardb.tsv"):
        codes = {"cow": row["cow_code"], "gw": row["gw_code"]} if row["match"] == "name" else {}
        yield Item(
            row["country_qid"],
            {"en": row["country"]},
            kind="state",
            codes={kind: code for kind, code in codes.items() if code},
            retrieved=_READ,
            origin="histwardb",
        )


def countries(folder: Path) -> Iterator[Item]:
    """Read the countries of ISO 3166 with their names in the languages of the United Nations.

    The short name is the label in its language, the formal one an alias. Where the table of
    territories has another item for the same code, that one is a twin.
    """
    territory = {
        row["code"].upper(): row["qid"]
        for row in _rows(folder / "wikidata" / "territories_rigour.tsv")
    }
    for row in _rows(folder / "data" / "country-codes.csv", ","):
        found = _IDS.search(row["wikidata_id"])
        if found:
            code = row["ISO3166-1-Alpha-2"]
            other = territory.get(code, found.group())
            yield Item(
                found.group(),
                _short_names(row),
                tuple(_formal_names(row)),
                kind="state" if row["is_independent"] == "Yes" else "place",
                twins=(other,) if other != found.group() else (),
                retrieved=_COUNTRY_CODES,
                origin="countrycodes",
                codes={"iso2": code},
            )


def _short_names(row: Mapping[str, str]) -> dict[str, str]:
    """Return the English name of the common locale data, and the others' official short ones."""
    shorts = {code: _BEHIND.sub("", row[f"UNTERM {name} Short"]) for code, name in _UNTERM.items()}
    english = row["CLDR display name"] or shorts["en"]
    return {code: name for code, name in (shorts | {"en": english}).items() if name}


def _formal_names(row: Mapping[str, str]) -> Iterator[str]:
    names = [
        row["UNTERM English Short"],
        *(row[f"UNTERM {each} Formal"] for each in _UNTERM.values()),
    ]
    yield from dict.fromkeys(
        bare for name in names if (bare := _ARTICLE.sub("", _BEHIND.sub("", name).strip()))
    )


def missions(folder: Path) -> Iterator[Item]:
    """Read embassies, consulates and the like; the host and the sender are not told apart here."""
    for row in _rows(folder / "data" / "embassies_wikidata_2021.csv", ","):
        label = {"en": row["title"]}
        yield Item(row["qid"], label, kind="organisation", retrieved=_READ, origin="embassies")


def organisations(folder: Path) -> Iterator[Item]:
    """Read intergovernmental organisations and their organs."""
    for row in _rows(folder / "wikidata" / "igo_opensanctions.tsv"):
        label = {"en": row["label"]}
        yield Item(row["qid"], label, kind="organisation", retrieved=_READ, origin="opensanctions")


def congress(folder: Path) -> Iterator[Item]:
    """Read members of the Congress and of the executive of the United States."""
    for row in _rows(folder / "wikidata" / "us_politicians_congress.tsv"):
        born = {"P569": row["birthday"]} if row["birthday"] else {}
        label = {"en": row["label"]}
        yield Item(row["qid"], label, kind="person", dates=born, retrieved=_READ, origin="congress")


def places(folder: Path, states: Mapping[str, str]) -> Iterator[Item]:
    """Read populated places; `states` gives the item of a state by the plain form of its name."""
    for row in _rows(folder / "wikidata" / "places_naturalearth.tsv"):
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
    for row in _rows(folder / "wikidata" / "events_middle_east_seen.tsv"):
        kind = "event" if _EVENT.search(row["label"]) else ""
        yield Item(row["qid"], {"en": row["label"]}, kind=kind, retrieved=_READ, origin="events")


def fixtures(folder: Path) -> Iterator[Item]:
    """Read whole entities: label, aliases, description, classes and a single country."""
    for row in _rows(folder / "wikidata" / "entities_full.tsv"):
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
    for row in _rows(folder / "wikidata" / "labels_elevant.tsv"):
        yield Item(row["qid"], {"en": row["label"]}, retrieved=_READ, origin="elevant")


def seed(folder: Path) -> Iterator[Item]:
    """Read what was verified for this graph: label, kind and near twins, not what the texts say."""
    file = folder / "wikidata" / "qids.csv"
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
        message = f"{file}: {error.strerror}. Name the folder that holds wikidata/ and data/."
        raise UsageError(message) from error
    yield from csv.DictReader(text.splitlines(keepends=True), delimiter=delimiter)
