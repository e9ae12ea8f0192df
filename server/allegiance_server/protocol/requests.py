"""The SPARQL protocol as pure functions: from method, headers and bytes to a frozen request.

Specification: https://www.w3.org/TR/sparql11-protocol/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from allegiance_server.errors import (
    MethodNotAllowedError,
    QueryTooLongError,
    RequestError,
    UnsupportedMediaTypeError,
    UpdateRefusedError,
)
from allegiance_server.protocol.media_types import Formats, negotiate

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FORM", "METHODS", "QUERY", "HttpRequest", "SparqlRequest", "largest_body", "read"]

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
METHODS = ("GET", "HEAD", "POST")


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """Hold what the protocol reads of an HTTP request; header names in lower case."""

    method: str
    query_string: bytes
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class SparqlRequest:
    """Hold a query, the graphs that it sees (none: the dataset as it is) and the formats."""

    query: str
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    formats: Formats


def largest_body(max_query_bytes: int) -> int:
    """Return the size in bytes that no sensible body passes: every byte of the query escaped."""
    return 3 * max_query_bytes + 8192


def read(request: HttpRequest, max_query_bytes: int) -> SparqlRequest:
    """Read a request by GET, by POST of a form, or by POST of the bare query.

    Raises UpdateRefusedError for an update, and RequestError or one of its kinds for whatever else
    is no query of the protocol.
    """
    if request.method not in METHODS:
        detail = f"The method {request.method} means nothing here."
        raise MethodNotAllowedError(detail, f"Use {', '.join(METHODS)}.", METHODS)
    parameters = _parameters(request)
    if "update" in parameters:
        raise _update_refused()
    query = _only(parameters, "query")
    if query is None or not query.strip():
        detail = "There is no query."
        raise RequestError(detail, "Send it in the parameter `query`.")
    if len(query.encode()) > max_query_bytes:
        raise too_long(max_query_bytes)
    return SparqlRequest(
        query=query,
        default_graphs=tuple(parameters.get("default-graph-uri", ())),
        named_graphs=tuple(parameters.get("named-graph-uri", ())),
        formats=negotiate(request.headers.get("accept"), _only(parameters, "format")),
    )


def too_long(max_query_bytes: int) -> QueryTooLongError:
    """Make the error that tells how long a query may be."""
    return QueryTooLongError(
        f"The query is longer than {max_query_bytes} bytes.",
        "Shorten it, or ask in several queries.",
    )


def _parameters(request: HttpRequest) -> dict[str, list[str]]:
    """Collect the parameters of the address and, by POST, of the body."""
    parameters = _decoded(request.query_string, "the address")
    if request.method != "POST":
        return parameters
    media_type, charset = _content_type(request.headers.get("content-type", ""))
    if media_type == UPDATE:
        raise _update_refused()
    if media_type not in (FORM, QUERY) or charset not in ("", "utf-8", "utf8"):
        given = request.headers.get("content-type") or "none that is named"
        detail = f"The type of the body is {given}."
        raise UnsupportedMediaTypeError(detail, f"Send {FORM} or {QUERY}, in UTF-8.")
    found = (
        _decoded(request.body, "the form")
        if media_type == FORM
        else {"query": [_text(request.body, "the query")]}
    )
    for name, values in found.items():
        parameters.setdefault(name, []).extend(values)
    return parameters


def _content_type(header: str) -> tuple[str, str]:
    media_type, *rest = (part.strip().lower() for part in header.split(";"))
    charset = next((part[8:].strip('"') for part in rest if part.startswith("charset=")), "")
    return media_type, charset


def _decoded(encoded: bytes, place: str) -> dict[str, list[str]]:
    parameters: dict[str, list[str]] = {}
    try:
        pairs = parse_qsl(
            _text(encoded, place), keep_blank_values=True, errors="strict", max_num_fields=1000
        )
    except UnicodeDecodeError:
        raise _not_utf8(place) from None
    except ValueError:
        detail = f"There are too many parameters in {place}."
        raise RequestError(detail, "Send fewer.") from None
    for name, value in pairs:
        parameters.setdefault(name, []).append(value)
    return parameters


def _text(encoded: bytes, place: str) -> str:
    try:
        return encoded.decode()
    except UnicodeDecodeError:
        raise _not_utf8(place) from None


def _not_utf8(place: str) -> RequestError:
    return RequestError(f"The text in {place} is not UTF-8.", "Encode it as UTF-8.")


def _only(parameters: Mapping[str, list[str]], name: str) -> str | None:
    values = parameters.get(name, [])
    if len(values) > 1:
        detail = f"There is more than one `{name}`."
        raise RequestError(detail, "Send exactly one.")
    return values[0] if values else None


def _update_refused() -> UpdateRefusedError:
    return UpdateRefusedError(
        "This endpoint answers queries; it takes no updates.",
        "To add or correct a claim, open a pull request.",
    )
