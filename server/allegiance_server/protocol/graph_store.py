"""The Graph Store Protocol as pure functions: from method, address and bytes to a frozen request.

Specification: https://www.w3.org/TR/sparql11-http-rdf-update/
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from allegiance_server.errors import (
    BodyTooLargeError,
    MethodNotAllowedError,
    NotAcceptableError,
    RequestError,
    UnsupportedMediaTypeError,
)
from allegiance_server.protocol.media_types import GRAPHS, media_type_of, negotiate
from allegiance_server.protocol.requests import absolute_iri, decoded, only, refuse_encoded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allegiance_server.protocol.requests import HttpRequest

__all__ = [
    "ALLOWED",
    "METHODS",
    "UPLOADS",
    "GraphStoreRequest",
    "Upload",
    "read",
    "service_address",
]

METHODS: Final = ("DELETE", "GET", "HEAD", "POST", "PUT")
ALLOWED: Final = ("DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT")
# TriG and N-Quads hold datasets, and what is stored here is one graph.
UPLOADS: Final = (
    "text/turtle",
    "application/n-triples",
    "application/rdf+xml",
    "application/ld+json",
)
MULTIPART: Final = "multipart/form-data"
MOST_PARTS: Final = 100
LONGEST_PART_HEAD: Final = 8192
HOST: Final = re.compile(r"(?:[A-Za-z0-9._\-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
BOUNDARY: Final = re.compile(r"[ -~]{1,70}")
HEAD_END: Final = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class Upload:
    """Hold one RDF document as it came: its media type, its bytes and the name it was given."""

    media_type: str
    body: bytes
    name: str = ""


@dataclass(frozen=True, slots=True)
class GraphStoreRequest:
    """Hold what is to be done with one graph.

    `graph` is its IRI, or None for the default graph; where `is_new`, it is None because the graph
    has no IRI before the server makes one. `media_type` is the format to answer GET and HEAD in, ""
    for the other methods. `uploads` are the documents of PUT and POST; their merge is meant.
    """

    method: str
    graph: str | None
    is_new: bool = False
    media_type: str = ""
    uploads: tuple[Upload, ...] = ()


def service_address(public_url: str, scheme: str, host: str | None, path: str) -> str:
    """Return the address of the service: below the public one, or as the client named the host.

    Raises RequestError for a Host header that is no host.

    >>> service_address("", "http", "localhost:8000", "/graph-store")
    'http://localhost:8000/graph-store'
    """
    if public_url:
        return public_url.rstrip("/") + path
    if host is None or not HOST.fullmatch(host):
        detail = "The Host header names no host."
        raise RequestError(detail, "Send one such as example.org or localhost:8000.")
    return f"{scheme}://{host.lower()}{path}"


def read(
    request: HttpRequest, service: str, below: str, max_upload_bytes: int
) -> GraphStoreRequest:
    """Read a request to the service, or to an address below it, which then names the graph.

    `below` is what the path, percent signs and all, has behind that of the service. Raises
    RequestError or one of its kinds for what is none of the protocol.
    """
    if request.method not in METHODS:
        detail = f"The method {request.method[:20]} means nothing here."
        raise MethodNotAllowedError(detail, f"Use {', '.join(METHODS)}.", ALLOWED)
    parameters = decoded(request.query_string, "the address")
    graph, is_new = _graph(request.method, parameters, service, below)
    if request.method in ("GET", "HEAD"):
        media_type = _format(request, parameters)
        return GraphStoreRequest(request.method, graph, media_type=media_type)
    if request.method == "DELETE":
        return GraphStoreRequest(request.method, graph)
    if len(request.body) > max_upload_bytes:
        detail = f"The upload is longer than {max_upload_bytes} bytes."
        raise BodyTooLargeError(detail, "Send it in several parts, by POST.")
    return GraphStoreRequest(request.method, graph, is_new, uploads=_uploads(request))


def _graph(
    method: str, parameters: Mapping[str, list[str]], service: str, below: str
) -> tuple[str | None, bool]:
    """Return the graph that is meant, and whether it is to be made."""
    iri = only(parameters, "graph")
    default = only(parameters, "default")
    is_direct = below not in ("", "/")
    named = [iri is not None, default is not None, is_direct].count(True)
    if named > 1:
        detail = "More than one graph is named."
        raise RequestError(detail, "Name it by `graph`, by `default` or by the address.")
    if default:
        detail = "The parameter `default` has a value."
        raise RequestError(detail, "Write ?default, or ?graph= and the IRI of a graph.")
    if iri is not None:
        return absolute_iri(iri, "graph"), False
    if is_direct:
        return absolute_iri(service + below, "address"), False
    if named == 0 and method != "POST":
        detail = "No graph is named."
        raise RequestError(detail, "Add ?default, or ?graph= and the IRI of a graph.")
    return None, named == 0


def _format(request: HttpRequest, parameters: Mapping[str, list[str]]) -> str:
    formats = negotiate(request.headers.get("accept"), only(parameters, "format"))
    if formats.graph is None:
        detail = "A graph comes in none of the formats asked for."
        raise NotAcceptableError(detail, f"Ask for one of {', '.join(GRAPHS)} in Accept.")
    return formats.graph


def _uploads(request: HttpRequest) -> tuple[Upload, ...]:
    refuse_encoded(request)
    header = request.headers.get("content-type", "")
    media_type, parameters = media_type_of(header)
    if media_type == MULTIPART and request.method == "POST":
        return _parts(request.body, parameters.get("boundary", ""))
    return (Upload(_upload_type(header), request.body),)


def _upload_type(header: str) -> str:
    media_type, parameters = media_type_of(header)
    charset = parameters.get("charset", "utf-8").lower()
    if media_type not in UPLOADS or charset not in ("utf-8", "utf8"):
        detail = f"The type of the upload is {header[:100] or 'none that is named'}."
        raise UnsupportedMediaTypeError(detail, f"Send one of {', '.join(UPLOADS)}, in UTF-8.")
    return media_type


def _parts(body: bytes, boundary: str) -> tuple[Upload, ...]:
    """Take a multipart body apart; lines may end in a line feed alone, as some clients have it."""
    if not BOUNDARY.fullmatch(boundary):
        detail = "The Content-Type of the upload has no boundary."
        raise RequestError(detail, "Send it as HTTP clients make it.")
    delimiter = rb"(?:\A|\r?\n)--" + re.escape(boundary.encode()) + rb"(--)?[ \t]*(?:\r?\n|\Z)"
    found = list(re.finditer(delimiter, body))
    closing = next((index for index, each in enumerate(found) if each[1]), None)
    if closing is None:
        detail = "The upload has no closing boundary: a part of it seems to be missing."
        raise RequestError(detail, "Send the whole of it again.")
    if not 0 < closing <= MOST_PARTS:
        detail = f"The upload has {closing} parts."
        raise RequestError(detail, f"Send from 1 to {MOST_PARTS}.")
    bounds = pairwise(found[: closing + 1])
    return tuple(_part(body[before.end() : after.start()]) for before, after in bounds)


def _part(part: bytes) -> Upload:
    end = HEAD_END.search(part, 0, LONGEST_PART_HEAD)
    if end is None:
        detail = "A part of the upload has no end of its header."
        raise RequestError(detail, "Send it as HTTP clients make it.")
    fields = dict(_field(line) for line in part[: end.start()].decode("latin-1").splitlines())
    if fields.get("content-transfer-encoding", "binary").lower() not in ("binary", "8bit", "7bit"):
        detail = "A part of the upload is encoded for transfer."
        raise UnsupportedMediaTypeError(detail, "Send its bytes as they are.")
    _, disposition = media_type_of(fields.get("content-disposition", ""))
    name = disposition.get("filename", disposition.get("name", ""))
    return Upload(_upload_type(fields.get("content-type", "")), part[end.end() :], name[:200])


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()
