"""The SPARQL protocol as pure functions: from method, headers and bytes to a frozen request.

Specification: https://www.w3.org/TR/sparql11-protocol/
The method QUERY is POST without side effects: https://www.ietf.org/archive/id/draft-ietf-httpbis-safe-method-w-body-11.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

from pyoxigraph import NamedNode

from allegiance_server.errors import (
    MethodNotAllowedError,
    NotAcceptableError,
    QueryTooLongError,
    RequestError,
    UnsupportedMediaTypeError,
)
from allegiance_server.protocol.admission import names_dataset
from allegiance_server.protocol.media_types import GRAPHS, Formats, media_type_of, negotiate

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ACCEPT_QUERY",
    "ALLOWED",
    "FORM",
    "METHODS",
    "QUERY",
    "UPDATE",
    "DescriptionRequest",
    "HttpRequest",
    "SparqlRequest",
    "UpdateRequest",
    "absolute_iri",
    "decoded",
    "largest_body",
    "only",
    "read",
    "refuse_encoded",
    "too_long",
]

FORM: Final = "application/x-www-form-urlencoded"
QUERY: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"
METHODS: Final = ("GET", "HEAD", "POST", "QUERY")
ALLOWED: Final = ("GET", "HEAD", "OPTIONS", "POST", "QUERY")
# The value of the header Accept-Query: what the method QUERY may carry.
ACCEPT_QUERY: Final = f"{QUERY}, {FORM}"

QUERY_GRAPHS: Final = ("default-graph-uri", "named-graph-uri")
UPDATE_GRAPHS: Final = ("using-graph-uri", "using-named-graph-uri")
PROTOCOL_PARAMETERS: Final = frozenset(["query", "update", *QUERY_GRAPHS, *UPDATE_GRAPHS])
MOST_PARAMETERS: Final = 1000
SECONDS: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """Hold what the protocol reads of an HTTP request; header names in lower case.

    `suffix` is that of the path, without its dot: csv of `/sparql.csv`.
    """

    method: str
    query_string: bytes
    headers: Mapping[str, str]
    body: bytes = b""
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class SparqlRequest:
    """Hold a query, the graphs that it sees (none: the dataset as it is) and the formats.

    `timeout_s` is how long the client would wait at most, in seconds; None: as long as it takes.
    """

    query: str
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    formats: Formats
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True)
class UpdateRequest:
    """Hold an update and the graphs that its WHERE clauses see (none: the dataset as it is)."""

    text: str
    using_graphs: tuple[str, ...]
    using_named_graphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DescriptionRequest:
    """Ask for the description of the service, in one of GRAPHS."""

    media_type: str


Request = SparqlRequest | UpdateRequest | DescriptionRequest


def largest_body(max_query_bytes: int) -> int:
    """Return the size in bytes that no sensible body passes: every byte of the query escaped."""
    return 3 * max_query_bytes + 8192


def read(request: HttpRequest, max_query_bytes: int) -> Request:
    """Read a request by GET or HEAD, by POST or QUERY of a form or of the bare text.

    The parameters of the address and of the body count together. Whether updates are taken is for
    others to say. Raises RequestError or one of its kinds for what is none of the protocol.
    """
    if request.method not in METHODS:
        detail = f"The method {request.method[:20]} means nothing here."
        raise MethodNotAllowedError(detail, f"Use {', '.join(METHODS)}.", ALLOWED)
    parameters = _parameters(request)
    query = only(parameters, "query")
    update = only(parameters, "update")
    if update is not None:
        if query is not None:
            detail = "There are both a query and an update."
            raise RequestError(detail, "Send one of them.")
        return _update(request, parameters, update, max_query_bytes)
    if query is None and request.method in ("GET", "HEAD"):
        if PROTOCOL_PARAMETERS.isdisjoint(parameters):
            return DescriptionRequest(_graph_format(request, parameters))
    elif query is not None and query.strip():
        return _query(request, parameters, query, max_query_bytes)
    detail = "There is no query."
    raise RequestError(detail, "Send it in the parameter `query`.")


def too_long(max_query_bytes: int) -> QueryTooLongError:
    """Make the error that tells how long a query or an update may be."""
    return QueryTooLongError(
        f"The query is longer than {max_query_bytes} bytes.",
        "Shorten it, or ask in several queries.",
    )


def decoded(encoded: bytes, place: str) -> dict[str, list[str]]:
    """Read what is encoded as a form; percent signs are decoded once.

    A percent sign without two hexadecimal digits stands for itself. Raises RequestError for what is
    not UTF-8, saying the place.

    >>> decoded(b"graph=a%3A%2531&default", "the address")
    {'graph': ['a:%31'], 'default': ['']}
    """
    parameters: dict[str, list[str]] = {}
    pairs = encoded.split(b"&")
    if len(pairs) > MOST_PARAMETERS:
        detail = f"There are too many parameters in {place}."
        raise RequestError(detail, f"Send at most {MOST_PARAMETERS}.")
    for pair in pairs:
        if pair:
            name, _, value = pair.partition(b"=")
            parameters.setdefault(_unescaped(name, place), []).append(_unescaped(value, place))
    return parameters


def only(parameters: Mapping[str, list[str]], name: str) -> str | None:
    """Return the value of a parameter that may be given once; RequestError if it is repeated."""
    values = parameters.get(name)
    if values is None:
        return None
    if len(values) > 1:
        detail = f"There is more than one `{name}`."
        raise RequestError(detail, "Send exactly one.")
    return values[0]


def absolute_iri(value: str, name: str) -> str:
    """Return the value of a parameter if it is an absolute IRI; raises RequestError otherwise.

    >>> absolute_iri("http://example.org/g", "graph")
    'http://example.org/g'
    """
    try:
        NamedNode(value)
    except ValueError as error:
        detail = f"The parameter `{name}` is no absolute IRI: {error}."
        raise RequestError(detail, "Give the whole IRI, such as http://example.org/g.") from None
    return value


def refuse_encoded(request: HttpRequest) -> None:
    """Refuse a compressed body: what it unpacks to has no bound before it is unpacked."""
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        detail = "The body is compressed."
        raise UnsupportedMediaTypeError(detail, "Send it as it is.")


def _query(
    request: HttpRequest, parameters: Mapping[str, list[str]], query: str, max_query_bytes: int
) -> SparqlRequest:
    _refuse_long(query, max_query_bytes)
    _refuse_stray(parameters, UPDATE_GRAPHS, "a query has default-graph-uri and named-graph-uri")
    timeout = only(parameters, "timeout")
    return SparqlRequest(
        query=query,
        default_graphs=_iris(parameters, "default-graph-uri"),
        named_graphs=_iris(parameters, "named-graph-uri"),
        formats=negotiate(request.headers.get("accept"), _format_name(request, parameters)),
        timeout_s=None if timeout is None else _seconds(timeout),
    )


def _update(
    request: HttpRequest, parameters: Mapping[str, list[str]], update: str, max_query_bytes: int
) -> UpdateRequest:
    if request.method != "POST":
        detail = f"An update came by {request.method}, which must change nothing."
        raise RequestError(detail, "Send updates by POST.")
    if not update.strip():
        detail = "The update is empty."
        raise RequestError(detail, "Send it in the parameter `update`.")
    _refuse_long(update, max_query_bytes)
    _refuse_stray(parameters, QUERY_GRAPHS, "an update has using-graph-uri")
    using = _iris(parameters, "using-graph-uri")
    using_named = _iris(parameters, "using-named-graph-uri")
    if (using or using_named) and names_dataset(update):
        detail = "Both the update and the parameters of the request say which graphs it sees."
        raise RequestError(detail, "Leave out USING and WITH, or using-graph-uri and its like.")
    return UpdateRequest(update, using, using_named)


def _graph_format(request: HttpRequest, parameters: Mapping[str, list[str]]) -> str:
    formats = negotiate(request.headers.get("accept"), _format_name(request, parameters))
    if formats.graph is None:
        detail = "Without a query the answer is the description of the service, which is a graph."
        remedy = f"Send a query in the parameter `query`, or ask for one of {', '.join(GRAPHS)}."
        raise NotAcceptableError(detail, remedy)
    return formats.graph


def _format_name(request: HttpRequest, parameters: Mapping[str, list[str]]) -> str | None:
    name = only(parameters, "format")
    return (request.suffix or None) if name is None else name


def _iris(parameters: Mapping[str, list[str]], name: str) -> tuple[str, ...]:
    return tuple(absolute_iri(value, name) for value in parameters.get(name, ()))


def _refuse_long(text: str, max_query_bytes: int) -> None:
    if len(text) > max_query_bytes or len(text.encode()) > max_query_bytes:
        raise too_long(max_query_bytes)


def _refuse_stray(parameters: Mapping[str, list[str]], names: tuple[str, ...], remedy: str) -> None:
    """Refuse what would change nothing, where the client thinks that it does."""
    for name in names:
        if name in parameters:
            detail = f"The parameter `{name}` has no meaning here."
            raise RequestError(detail, f"Leave it out: {remedy}.")


def _seconds(text: str) -> float:
    if not SECONDS.fullmatch(text) or not float(text):
        detail = f"The timeout {text[:20]!r} is no number of seconds above 0."
        raise RequestError(detail, "Give one such as 2.5, or leave it out.")
    return float(text)


def _parameters(request: HttpRequest) -> dict[str, list[str]]:
    """Collect the parameters of the address and, by POST and QUERY, of the body."""
    parameters = decoded(request.query_string, "the address")
    if request.method in ("POST", "QUERY"):
        for name, values in _of_body(request).items():
            parameters.setdefault(name, []).extend(values)
    return parameters


def _of_body(request: HttpRequest) -> dict[str, list[str]]:
    refuse_encoded(request)
    header = request.headers.get("content-type", "")
    media_type, parameters = media_type_of(header)
    if parameters.get("charset", "utf-8").lower() in ("utf-8", "utf8"):
        if media_type == FORM:
            return decoded(request.body, "the form")
        if media_type == QUERY:
            return {"query": [_text(request.body, "the query")]}
        if media_type == UPDATE and request.method == "POST":
            return {"update": [_text(request.body, "the update")]}
    detail = f"The type of the body is {header[:100] or 'none that is named'}."
    raise UnsupportedMediaTypeError(detail, f"Send {FORM}, {QUERY} or {UPDATE}, in UTF-8.")


def _unescaped(encoded: bytes, place: str) -> str:
    if b"+" in encoded:
        encoded = encoded.replace(b"+", b" ")
    return _text(unquote_to_bytes(encoded) if b"%" in encoded else encoded, place)


def _text(encoded: bytes, place: str) -> str:
    try:
        return encoded.decode()
    except UnicodeDecodeError:
        detail = f"The text in {place} is not UTF-8."
        raise RequestError(detail, "Encode it as UTF-8.") from None
