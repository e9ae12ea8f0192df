"""Say in which order the keys of contributed files stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from allegiance.frames import Frame

__all__ = ["KeyOrder", "order_of_file"]


@dataclass(frozen=True, slots=True)
class KeyOrder:
    """Order the keys of a mapping; keys that are not among them come last.

    `parts` gives the order inside a key's value, `others` that of the keys which `parts` lacks.
    A `block` mapping is never written in one line; a blank line stands before `spaced` keys.
    """

    keys: tuple[str, ...] = ()
    parts: Mapping[str, KeyOrder] = field(default_factory=dict)
    others: KeyOrder | None = None
    block: bool = False
    spaced: frozenset[str] = frozenset()

    def rank(self, key: str) -> int:
        """Return the place of a key, to sort by."""
        return self.keys.index(key) if key in self.keys else len(self.keys)

    def of(self, key: str) -> KeyOrder:
        """Return the order inside the value of a key."""
        return self.parts.get(key) or self.others or _NO_ORDER


_NO_ORDER = KeyOrder()
_DATE = KeyOrder(("edtf", "words", "basis"))
_PASSAGE_KEYS = ("start", "end", "quote", "starts", "ends", "sha256", "reason")
_PUBLICATION = KeyOrder(("outlet", "published", "url"), {"published": _DATE}, block=True)
_ASSESSMENT = KeyOrder(("claim", "verdict", "by", "date", "reason"), {"date": _DATE}, block=True)
_DOCUMENT_KEYS = (
    *("document", "type", "title", "language", "recorded", "author", "publications", "capture"),
    *("note", "claims", "unclaimed", "assessments"),
)
_CLAIM_KEYS = (
    *("id", "says", "status", "polarity", "certainty", "hedge", "attributedTo", "condition"),
    *("confidence", "review", "note", "at"),
)
_ENTRY_KEYS = (
    *("class", "label", "alias", "description", "iso", "governmentOf", "organOf"),
    *("affiliatedWith", "locatedIn", "describedAs", "approximateCount", "note"),
)
_CAPTURE_KEYS = ("url", "sha256", "characters", "normalisation", "note")
_SECTIONS = ("actors", "places", "topics")
_FIRST_OF_FRAME = ("id", "label", "type")


def order_of_file(keys: Collection[str], frames: Mapping[str, Frame]) -> KeyOrder | None:
    """Return the order of a file that has these keys at its top, or None where it is unknown.

    >>> order_of_file(["places"], {}).keys
    ('actors', 'places', 'topics')
    """
    if "document" in keys:
        return _document(frames)
    if not set(_SECTIONS).isdisjoint(keys):
        return KeyOrder(_SECTIONS, dict.fromkeys(_SECTIONS, _section(_ENTRY_KEYS)), block=True)
    if "captures" in keys:
        return KeyOrder(("captures",), {"captures": _section(_CAPTURE_KEYS)}, block=True)
    return None


def _section(keys: tuple[str, ...]) -> KeyOrder:
    return KeyOrder(others=KeyOrder(keys, block=True), block=True)


def _document(frames: Mapping[str, Frame]) -> KeyOrder:
    parts = {
        "publications": _PUBLICATION,
        "capture": KeyOrder(("page", "start", "end")),
        "claims": _claim(frames),
        "unclaimed": KeyOrder(_PASSAGE_KEYS, block=True),
        "assessments": _ASSESSMENT,
    }
    spaced = frozenset({"claims", "unclaimed", "assessments"})
    return KeyOrder(_DOCUMENT_KEYS, parts, block=True, spaced=spaced)


def _claim(frames: Mapping[str, Frame]) -> KeyOrder:
    parts = {"at": KeyOrder(_PASSAGE_KEYS)} | {key: _frame(frame) for key, frame in frames.items()}
    return KeyOrder((*_CLAIM_KEYS, *frames), parts, block=True)


def _frame(frame: Frame) -> KeyOrder:
    first = [key for key in _FIRST_OF_FRAME if key in frame.fields]
    dates = {key: _DATE for key, found in frame.fields.items() if found.type == "date"}
    return KeyOrder(tuple(dict.fromkeys([*first, *frame.fields])), dates)
