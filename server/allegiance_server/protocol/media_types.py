"""The result formats that are offered, and the choice among them by Accept or by `format`."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from allegiance_server.errors import NotAcceptableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["GRAPHS", "SOLUTIONS", "Formats", "content_type", "negotiate"]

JSON = "application/sparql-results+json"
TURTLE = "text/turtle"

# In order of preference: the first one wins where the client does not care.
SOLUTIONS = (
    JSON,
    "application/sparql-results+xml",
    "text/csv",
    "text/tab-separated-values",
    "application/json",
    "application/xml",
    "text/xml",
)
GRAPHS = (
    TURTLE,
    "application/n-triples",
    "application/rdf+xml",
    "application/ld+json",
    "application/trig",
    "application/n-quads",
)

# What the `format` parameter may say, with the type for each form of query; None: not offered.
NAMED_FORMATS: Mapping[str, tuple[str | None, str | None]] = MappingProxyType(
    {
        "csv": ("text/csv", None),
        "json": (JSON, "application/ld+json"),
        "jsonld": (None, "application/ld+json"),
        "nq": (None, "application/n-quads"),
        "nt": (None, "application/n-triples"),
        "rdfxml": (None, "application/rdf+xml"),
        "trig": (None, "application/trig"),
        "tsv": ("text/tab-separated-values", None),
        "turtle": (None, TURTLE),
        "xml": ("application/sparql-results+xml", "application/rdf+xml"),
    }
)


@dataclass(frozen=True, slots=True)
class Formats:
    """Hold the media type for each form of query, which only the parser of the query tells apart.

    `solutions` is for SELECT and ASK, `graph` for CONSTRUCT and DESCRIBE. None: the client accepts
    nothing that is offered for this form. At least one of the two is set.
    """

    solutions: str | None
    graph: str | None


def negotiate(accept: str | None, name: str | None) -> Formats:
    """Choose the formats from the Accept header, or from `format`, which goes first.

    Raises NotAcceptableError where neither form of query could be answered.

    >>> negotiate("text/csv, */*;q=0.1", None)
    Formats(solutions='text/csv', graph='text/turtle')
    """
    if name is not None:
        chosen = Formats(*_named(name))
    elif accept is None or not accept.strip():
        chosen = Formats(SOLUTIONS[0], GRAPHS[0])
    else:
        ranges = _ranges(accept)
        chosen = Formats(_best(SOLUTIONS, ranges), _best(GRAPHS, ranges))
    if chosen.solutions is None and chosen.graph is None:
        detail = "None of the formats asked for is offered."
        offered = ", ".join(SOLUTIONS[:4] + GRAPHS)
        remedy = f"Ask for one of {offered} in Accept, or add format={'|'.join(NAMED_FORMATS)}."
        raise NotAcceptableError(detail, remedy)
    return chosen


def content_type(media_type: str) -> str:
    """Add the character set where the media type alone leaves it open.

    >>> content_type("text/csv")
    'text/csv; charset=utf-8'
    """
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def _named(name: str) -> tuple[str | None, str | None]:
    if name in NAMED_FORMATS:
        return NAMED_FORMATS[name]
    return (name if name in SOLUTIONS else None, name if name in GRAPHS else None)


@dataclass(frozen=True, slots=True)
class _Range:
    pattern: str
    quality: float

    @property
    def specificity(self) -> int:
        """Rank `*/*` below `text/*` below `text/csv`."""
        return 2 - self.pattern.count("*")

    def matches(self, media_type: str) -> bool:
        kind, _, rest = self.pattern.partition("/")
        if rest == "*":
            return kind in ("*", media_type.partition("/")[0])
        return self.pattern == media_type


def _ranges(accept: str) -> tuple[_Range, ...]:
    return tuple(found for part in accept.split(",") if (found := _range(part)) is not None)


def _range(part: str) -> _Range | None:
    """Read one media range; None for what is none, which then asks for nothing."""
    pattern, *parameters = (piece.strip().lower() for piece in part.split(";"))
    if not pattern:
        return None
    quality = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                return None
    return _Range(pattern, quality) if 0 <= quality <= 1 else None


def _best(offers: Sequence[str], ranges: Sequence[_Range]) -> str | None:
    """Return the offer of the highest quality, the earlier of two equals; None if none is above 0.

    The quality of an offer is that of the most specific range that matches it.
    """
    best, best_quality = None, 0.0
    for offer in offers:
        matching = [each for each in ranges if each.matches(offer)]
        quality = max(matching, key=lambda each: each.specificity).quality if matching else 0.0
        if quality > best_quality:
            best, best_quality = offer, quality
    return best
