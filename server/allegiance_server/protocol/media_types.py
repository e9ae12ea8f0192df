"""The result formats that are offered, and the choice among them by Accept or by name.

Negotiation: RFC 9110, section 12.5.1, https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1
What the RFC leaves open: a media range whose weight is no number from 0 to 1 is disregarded, as is
what is no media range; a header with nothing in it stands for none; `*` alone stands for `*/*`,
which some clients send.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from allegiance_server.errors import NotAcceptableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "GRAPHS",
    "NAMED_FORMATS",
    "SOLUTIONS",
    "Formats",
    "content_type",
    "media_type_of",
    "negotiate",
    "split_list",
    "weight_of",
]

JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"
CSV = "text/csv"
TSV = "text/tab-separated-values"
TURTLE = "text/turtle"
NTRIPLES = "application/n-triples"
RDFXML = "application/rdf+xml"
JSONLD = "application/ld+json"
TRIG = "application/trig"
NQUADS = "application/n-quads"

# In order of preference: the first one wins where the client does not care.
SOLUTIONS = (JSON, XML, CSV, TSV, "application/json", "application/xml", "text/xml")
GRAPHS = (TURTLE, NTRIPLES, RDFXML, JSONLD, TRIG, NQUADS)

# What the `format` parameter, or the suffix of the path, may say, with the type for each form of
# query; None: not offered.
NAMED_FORMATS: Mapping[str, tuple[str | None, str | None]] = MappingProxyType(
    {
        "csv": (CSV, None),
        "json": (JSON, JSONLD),
        "jsonld": (None, JSONLD),
        "nq": (None, NQUADS),
        "nt": (None, NTRIPLES),
        "rdf": (None, RDFXML),
        "rdfxml": (None, RDFXML),
        "srj": (JSON, None),
        "srx": (XML, None),
        "trig": (None, TRIG),
        "tsv": (TSV, None),
        "ttl": (None, TURTLE),
        "turtle": (None, TURTLE),
        "xml": (XML, RDFXML),
    }
)

# Longer headers are no choice but an attack: weighing them would hold everybody up.
LONGEST_HEADER: Final = 4096
ELEMENT: Final = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*+"|")++', re.DOTALL)
PARAMETER: Final = re.compile(r'(?:[^;"]|"(?:[^"\\]|\\.)*+"|")++', re.DOTALL)
WEIGHT: Final = re.compile(r"0|1|0?\.[0-9]++|[01]\.|0\.[0-9]++|1\.0++")


@dataclass(frozen=True, slots=True)
class Formats:
    """Hold the media type for each form of query, which only the parser of the query tells apart.

    `solutions` is for SELECT and ASK, `graph` for CONSTRUCT and DESCRIBE. None: the client accepts
    nothing that is offered for this form. At least one of the two is set.
    """

    solutions: str | None
    graph: str | None


@lru_cache(maxsize=512)
def negotiate(accept: str | None, name: str | None) -> Formats:
    """Choose the formats from the Accept header, or from a name such as csv, which goes first.

    The name is a short one, or a media type. Raises NotAcceptableError where neither form of query
    could be answered.

    >>> negotiate("text/csv, */*;q=0.1", None)
    Formats(solutions='text/csv', graph='text/turtle')
    """
    if name is not None:
        chosen = Formats(*_named(name))
    elif (ranges := _ranges(accept or "")) is None:
        chosen = Formats(SOLUTIONS[0], GRAPHS[0])
    else:
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


def media_type_of(header: str) -> tuple[str, dict[str, str]]:
    """Read a media type and its parameters, names and the type in lower case.

    >>> media_type_of('Text/Turtle; Charset="UTF-8"')
    ('text/turtle', {'charset': 'UTF-8'})
    """
    media_type, *rest = PARAMETER.findall(header) or [""]
    pairs = (part.partition("=") for part in rest)
    return media_type.strip().lower(), {
        name.strip().lower(): _unquoted(value.strip()) for name, _, value in pairs if name.strip()
    }


def split_list(header: str) -> list[str]:
    """Return the elements of a list in a header; a comma in a quoted string separates nothing.

    >>> split_list('a;b="c,d", , e')
    ['a;b="c,d"', 'e']
    """
    return [element for part in ELEMENT.findall(header) if (element := part.strip())]


def weight_of(text: str) -> float | None:
    """Read a weight from 0 to 1, of any number of digits; None for what is none.

    >>> weight_of("0.25"), weight_of("2")
    (0.25, None)
    """
    return float(text) if WEIGHT.fullmatch(text) else None


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] == '"':
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value


def _named(name: str) -> tuple[str | None, str | None]:
    # In an address + stands for a space, which no media type has.
    name = name.strip().lower().replace(" ", "+")
    if name in NAMED_FORMATS:
        return NAMED_FORMATS[name]
    return (name if name in SOLUTIONS else None, name if name in GRAPHS else None)


@dataclass(frozen=True, slots=True)
class _Range:
    """Hold one media range; `is_extended`: it asks for parameters that no offer has.

    Such a range counts for less than the plain one and for more than `type/*`: whoever asks for
    JSON-LD of some profile and for nothing else gets JSON-LD.
    """

    pattern: str
    quality: float
    is_extended: bool

    @property
    def specificity(self) -> int:
        """Rank `*/*` below `text/*`, then `text/csv;header=present`, then `text/csv`."""
        if self.pattern.endswith("/*"):
            return 0 if self.pattern == "*/*" else 1
        return 2 if self.is_extended else 3

    def matches(self, media_type: str) -> bool:
        kind, _, rest = self.pattern.partition("/")
        if rest == "*":
            return kind in ("*", media_type.partition("/")[0])
        return self.pattern == media_type


def _ranges(accept: str) -> tuple[_Range, ...] | None:
    """Read the media ranges; None where the header has no elements at all."""
    elements = split_list(accept[: LONGEST_HEADER + 1])
    if len(accept) > LONGEST_HEADER:
        detail = f"The Accept header is longer than {LONGEST_HEADER} bytes."
        raise NotAcceptableError(detail, "Name the formats that you prefer, and no others.")
    if not elements:
        return None
    return tuple(found for each in elements if (found := _range(each)) is not None)


def _range(element: str) -> _Range | None:
    """Read one media range; None for what is none, which then asks for nothing."""
    pattern, parameters = media_type_of(element)
    quality = weight_of(parameters.pop("q", "1"))
    charset = parameters.pop("charset", "utf-8").lower()
    if quality is None or not pattern or charset not in ("utf-8", "utf8", "*"):
        return None
    return _Range("*/*" if pattern == "*" else pattern, quality, bool(parameters))


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
