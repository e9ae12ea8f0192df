"""Hold the register: the actors, places and topics that claims speak of, and the captured pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from allegiance.finding import Place
    from allegiance.located import Located

__all__ = ["Capture", "Entry", "read_captures", "read_register"]

_SECTION_CLASS = {"places": "Place", "topics": "Topic"}
_REFERENCES = ("governmentOf", "organOf", "affiliatedWith", "locatedIn")


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold what names a thing: it says who is meant, and nothing that a source could dispute.

    `references` leads from a property's local name to another entry's id.
    """

    id: str
    class_name: str
    label: str
    aliases: tuple[str, ...]
    description: str | None
    note: str | None
    iso: str | None
    described_as: str | None
    approximate_count: int | None
    references: Mapping[str, str]
    place: Place
    source: Located


@dataclass(frozen=True, slots=True)
class Capture:
    """Hold what is known of a captured page; its text is never part of the project."""

    id: str
    url: str
    sha256: str
    characters: int
    normalisation: str
    place: Place
    source: Located


def read_register(root: Located) -> Iterator[Entry]:
    """Read the entries of one file of kg/data/actors, whose structure holds."""
    for section in ("actors", "places", "topics"):
        found = root.get(section)
        if found is not None and found.entries is not None:
            for name, part in found.entries.items():
                class_name = _SECTION_CLASS.get(section) or _text(part, "class") or ""
                yield _entry(name, class_name, part, found.keys[name])


def read_captures(root: Located) -> Iterator[Capture]:
    """Read kg/data/captures.yaml, whose structure holds."""
    found = root.get("captures")
    if found is not None and found.entries is not None:
        for name, part in found.entries.items():
            yield Capture(
                id=name,
                url=_text(part, "url") or "",
                sha256=_text(part, "sha256") or "",
                characters=_number(part, "characters") or 0,
                normalisation=_text(part, "normalisation") or "",
                place=found.keys[name],
                source=part,
            )


def _entry(name: str, class_name: str, part: Located, place: Place) -> Entry:
    alias = part.get("alias")
    return Entry(
        id=name,
        class_name=class_name,
        label=_text(part, "label") or name,
        aliases=() if alias is None else alias.texts(),
        description=_text(part, "description"),
        note=_text(part, "note"),
        iso=_text(part, "iso"),
        described_as=_text(part, "describedAs"),
        approximate_count=_number(part, "approximateCount"),
        references={key: text for key in _REFERENCES if (text := _text(part, key)) is not None},
        place=place,
        source=part,
    )


def _number(part: Located, key: str) -> int | None:
    found = part.get(key)
    return None if found is None else found.whole_number()


def _text(part: Located, key: str) -> str | None:
    found = part.get(key)
    return None if found is None else found.text
