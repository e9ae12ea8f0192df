"""Hold a source document and its claims as values, and read them from a file.

A file whose structure does not hold is not read: its findings come from `structure`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allegiance.finding import Place
    from allegiance.frames import Frame
    from allegiance.located import Located

__all__ = [
    "Assessment",
    "CaptureSpan",
    "Claim",
    "DateValue",
    "Passage",
    "Publication",
    "SourceDocument",
    "Unclaimed",
    "read_date",
    "read_document",
]


@dataclass(frozen=True, slots=True)
class DateValue:
    """Hold a date as the source words it, its EDTF value, and how the one became the other.

    `place` is that of the EDTF value.
    """

    edtf: str
    words: str | None
    basis: str | None
    place: Place
    words_place: Place
    basis_place: Place


@dataclass(frozen=True, slots=True)
class Passage:
    """Hold a place in a capture; offsets count code points from 0, `end` is exclusive.

    `place` is where the passage begins in its file; `words_place`, `ends_place` and `digest_place`
    are where its (first) words, its last words and its sha256 stand there.
    """

    place: Place
    words_place: Place
    start: int | None
    end: int | None
    quote: str | None
    starts: str | None
    ends: str | None
    sha256: str | None
    ends_place: Place | None = None
    digest_place: Place | None = None

    @property
    def quoted_words(self) -> int:
        """Count the words that the passage quotes from the document."""
        return sum(len(text.split()) for text in (self.quote, self.starts, self.ends) if text)


@dataclass(frozen=True, slots=True)
class Claim:
    """Hold one claim: what is said (`values` under `frame`), how, by whom, and where it stands."""

    document: str
    id: str
    says: str
    status: str
    polarity: str
    certainty: str | None
    hedge: str | None
    attributed_to: tuple[str, ...]
    conditions: tuple[str, ...]
    confidence: str | None
    review: str
    passages: tuple[Passage, ...]
    frame: Frame
    values: Located
    source: Located

    @property
    def place(self) -> Place:
        """Return where the claim begins in its file."""
        return self.source.place

    @property
    def in_view(self) -> bool:
        """Tell whether the claim belongs to the asserted view (design: what a query sees)."""
        return (
            self.status == "asserted"
            and self.polarity == "affirmed"
            and not self.attributed_to
            and self.review not in {"draft", "retracted"}
        )


@dataclass(frozen=True, slots=True)
class Publication:
    """Hold one appearance of a document at an outlet."""

    outlet: str
    published: DateValue | None
    url: str | None
    place: Place
    source: Located


@dataclass(frozen=True, slots=True)
class CaptureSpan:
    """Hold the part of a captured page that is the document."""

    page: str
    start: int
    end: int
    place: Place


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """Hold a passage on which no claim rests, with the reason."""

    passage: Passage
    reason: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """Hold a verdict on a claim; the claim itself stays as the document has it."""

    claim: str
    verdict: str
    by: str
    date: DateValue
    reason: str
    place: Place
    source: Located


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """Hold a document: its header, its claims and what of it is unclaimed."""

    id: str
    type: str
    title: str
    language: str
    recorded: DateValue
    authors: tuple[str, ...]
    publications: tuple[Publication, ...]
    capture: CaptureSpan
    claims: tuple[Claim, ...]
    unclaimed: tuple[Unclaimed, ...]
    assessments: tuple[Assessment, ...]
    source: Located


def read_document(root: Located, frames: Mapping[str, Frame]) -> SourceDocument:
    """Read a document from a file whose structure holds."""
    name = _text(root, "document")
    return SourceDocument(
        id=name,
        type=_text(root, "type"),
        title=_text(root, "title"),
        language=_text(root, "language"),
        recorded=read_date(_part(root, "recorded")),
        authors=_texts(root, "author"),
        publications=tuple(_publication(part) for part in _parts(root, "publications")),
        capture=_span(_part(root, "capture")),
        claims=tuple(_claim(part, name, frames) for part in _parts(root, "claims")),
        unclaimed=tuple(
            Unclaimed(_passage(part), _text(part, "reason")) for part in _parts(root, "unclaimed")
        ),
        assessments=tuple(_assessment(part) for part in _parts(root, "assessments")),
        source=root,
    )


def read_date(value: Located) -> DateValue:
    """Read a date, written as an EDTF text or as a mapping of edtf, words and basis."""
    if value.entries is None:
        return DateValue(value.text or "", None, None, value.place, value.place, value.place)
    edtf = _part(value, "edtf")
    words, basis = _optional(value, "words"), _optional(value, "basis")
    places = (value.place_of("words"), value.place_of("basis"))
    return DateValue(edtf.text or "", words, basis, edtf.place, *places)


def _claim(part: Located, document: str, frames: Mapping[str, Frame]) -> Claim:
    key = next(key for key in frames if part.get(key) is not None)
    return Claim(
        document=document,
        id=_text(part, "id"),
        says=_text(part, "says"),
        status=_text(part, "status"),
        polarity=_optional(part, "polarity") or "affirmed",
        certainty=_optional(part, "certainty"),
        hedge=_optional(part, "hedge"),
        attributed_to=_texts(part, "attributedTo"),
        conditions=_texts(part, "condition"),
        confidence=_optional(part, "confidence"),
        review=_optional(part, "review") or "reviewed",
        passages=tuple(_passage(place) for place in _part(part, "at").each()),
        frame=frames[key],
        values=_part(part, key),
        source=part,
    )


def _publication(part: Located) -> Publication:
    published = part.get("published")
    return Publication(
        outlet=_text(part, "outlet"),
        published=None if published is None else read_date(published),
        url=_optional(part, "url"),
        place=part.place,
        source=part,
    )


def _span(part: Located) -> CaptureSpan:
    start, end = _part(part, "start").whole_number(), _part(part, "end").whole_number()
    return CaptureSpan(_text(part, "page"), start, end, part.place)


def _passage(part: Located) -> Passage:
    words = part.get("quote") or part.get("starts")
    return Passage(
        place=part.place,
        words_place=part.place if words is None else words.place,
        start=_number(part, "start"),
        end=_number(part, "end"),
        quote=_optional(part, "quote"),
        starts=_optional(part, "starts"),
        ends=_optional(part, "ends"),
        sha256=_optional(part, "sha256"),
        ends_place=part.place_of("ends") if part.get("ends") else None,
        digest_place=part.place_of("sha256"),
    )


def _assessment(part: Located) -> Assessment:
    return Assessment(
        claim=_text(part, "claim"),
        verdict=_text(part, "verdict"),
        by=_text(part, "by"),
        date=read_date(_part(part, "date")),
        reason=_text(part, "reason"),
        place=part.place,
        source=part,
    )


def _part(part: Located, key: str) -> Located:
    found = part.get(key)
    if found is None:
        message = f"{part.place}: {key} is missing; check the structure before reading."
        raise KeyError(message)
    return found


def _text(part: Located, key: str) -> str:
    return _part(part, key).text or ""


def _optional(part: Located, key: str) -> str | None:
    found = part.get(key)
    return None if found is None else found.text


def _number(part: Located, key: str) -> int | None:
    found = part.get(key)
    return None if found is None else found.whole_number()


def _parts(part: Located, key: str) -> tuple[Located, ...]:
    found = part.get(key)
    return () if found is None else tuple(found.each())


def _texts(part: Located, key: str) -> tuple[str, ...]:
    found = part.get(key)
    return () if found is None else found.texts()
