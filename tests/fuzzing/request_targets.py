"""What reads requests: protocols, negotiation, conditions and who asks.

An input is written as a request is: `METHOD query`, lines of headers, an empty line, the body.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from pyoxigraph import NamedNode
from target import Target, require

from allegiance_server.errors import NotAcceptableError, RequestError, ServerError
from allegiance_server.protocol import encodings, graph_store, media_types, requests
from allegiance_server.protocol.conditional import matches, query_tag
from allegiance_server.protocol.requests import (
    DescriptionRequest,
    HttpRequest,
    SparqlRequest,
    UpdateRequest,
)
from allegiance_server.settings import Settings
from allegiance_server.web import problems
from allegiance_server.web.clients import Clients
from allegiance_server.web.responses import headers_of
from allegiance_server.web.tokens import require_token

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from starlette.types import Scope

__all__ = ["REQUEST_TARGETS"]

MAX_BYTES: Final = 400
SERVICE: Final = "http://localhost:8000/graph-store"
TAG: Final = query_tag("a1", "text/csv", None, (), (), "ASK {}")
SHA256: Final = sha256(b"open sesame").hexdigest()

WORDS: Final = (
    *("GET ", "HEAD ", "POST ", "PUT ", "QUERY ", "DELETE ", "query=", "update=", "&", "%7B"),
    *("default-graph-uri=", "named-graph-uri=", "using-graph-uri=", "using-named-graph-uri="),
    *("timeout=", "format=", "graph=", "default", "http%3A%2F%2Fe.org%2Fg", "\ncontent-type: "),
    *("application/sparql-query", "application/sparql-update", "multipart/form-data"),
    *("application/x-www-form-urlencoded", "; charset=utf-8", "; boundary=b", "\naccept: "),
    *("text/turtle", "application/n-triples", "text/csv", "*/*;q=0.1", ";q=", "0.001", "gzip"),
    *("\ncontent-encoding: gzip", "\r\n--b\r\n", "\r\n--b--\r\n", "content-disposition: form-data"),
    *("identity;q=0", "zstd", 'W/"', '"', "*", "\n\n", "USING", "WITH", "ASK {}", "[::1]"),
    *("\nx-forwarded-for: ", "\nx-forwarded-proto: https", "\nx-forwarded-host: ", "\nhost: "),
    *("192.0.2.7, ", "[2001:db8::1%25eth0]:80", "::ffff:10.0.0.1", "\nauthorization: Bearer "),
)
FORM_POST: Final = b"POST \ncontent-type: application/x-www-form-urlencoded\n\n"
TURTLE_PUT: Final = b"PUT graph=http://e.org/g /a\ncontent-type: text/turtle; charset=utf-8\n\n"
PROTOCOL_SEEDS: Final = (
    b"GET query=ASK%7B%7D&default-graph-uri=http%3A%2F%2Fe.org%2Fg&timeout=2.5\naccept: text/csv",
    b"GET \naccept: text/turtle;q=0.5, */*;q=0.1",
    b"HEAD query=ASK+{}&format=rdf xml\nrange: bytes=0-1",
    FORM_POST + b"query=ASK%7B%7D&named-graph-uri=urn:a&query=x",
    FORM_POST + b"update=DELETE+WHERE+%7B%7D&using-graph-uri=a:b&using-named-graph-uri=a:c",
    b"POST using-graph-uri=a:\ncontent-type: application/sparql-update\n\nWITH <a:> DELETE {}",
    b"QUERY timeout=.1\ncontent-type: application/sparql-query; charset=UTF-8\n\nASK {}",
    b"POST query=%ff%zz%\ncontent-type: text/plain\ncontent-encoding: gzip\n\n\xff",
)
PARTS: Final = (
    b"POST \ncontent-type: multipart/form-data; boundary=b\n\n--b\r\n%b\r\n\r\n<a:> <b:> 1 ."
)
PART: Final = b'content-disposition: form-data; filename="a.ttl"\r\ncontent-type: text/turtle'
STORE_SEEDS: Final = (
    b"GET default\naccept: application/n-triples",
    b"GET  /a%20b/c\nhost: localhost:8000",
    b"DELETE graph=http://e.org/g",
    TURTLE_PUT + b"<a:> <b:> <c:> .",
    PARTS % PART + b"\r\n--b--\r\n",
)
NEGOTIATION_SEEDS: Final = (
    b'text/csv;q=0.5, application/json;profile="a,b", */*;q=0\ngzip, zstd;q=0.1, *;q=0\n"a", W/"b"',
    b"application/ld+json\nidentity;q=0\n*",
    b"text/*;charset=utf-8\nx-gzip;q=1.000\n" + TAG.encode(),
    b'a;b="\\"",,;q=.\n\n""',
)
CLIENT_SEEDS: Final = (
    b"GET \nhost: [:::0]:8000",
    b"GET \nhost: e.org:80\nx-forwarded-for: 192.0.2.7, [2001:db8::1]:80, 10.0.0.1",
    b"GET \nhost: [::1]:8000\nx-forwarded-proto: https\nx-forwarded-host: a.example, b.example",
    b"GET \nx-forwarded-for: ::ffff:192.0.2.7, fe80::1%eth0\nauthorization: Bearer open sesame",
)


def run_requests(data: bytes) -> None:
    """Have a request of the SPARQL protocol read; it is whole, or refused by a kind of its own."""
    request, _ = _request(data)
    _check_form(request.query_string)
    try:
        found = requests.read(request, MAX_BYTES)
    except ServerError as error:
        _check_told(error)
        return
    match found:
        case SparqlRequest():
            _check_text(found.query, (*found.default_graphs, *found.named_graphs))
            require(found.timeout_s is None or 0 < found.timeout_s < 1e10, "no time", found)
            require(any((found.formats.solutions, found.formats.graph)), "no format", found)
        case UpdateRequest():
            require(request.method == "POST", "an update by", request.method)
            _check_text(found.text, (*found.using_graphs, *found.using_named_graphs))
        case DescriptionRequest():
            require(found.media_type in media_types.GRAPHS, "no such format", found)


def run_graph_store(data: bytes) -> None:
    """Have a request of the Graph Store Protocol read, and the address that it came to."""
    request, below = _request(data)
    try:
        graph_store.service_address("", "http", request.headers.get("host"), "/graph-store")
        found = graph_store.read(request, SERVICE, below, MAX_BYTES)
    except ServerError as error:
        _check_told(error)
        return
    require(found.graph is None or bool(NamedNode(found.graph)), "no IRI", found)
    require(not found.is_new or (found.graph is None and found.method == "POST"), "new", found)
    require(bool(found.uploads) == (found.method in ("POST", "PUT")), "uploads", found)
    require(bool(found.media_type) == (found.method in ("GET", "HEAD")), "a format", found)
    for upload in found.uploads:
        require(upload.media_type in graph_store.UPLOADS, "a type", found)
        require(upload.body in request.body, "not what came", found)


def run_negotiation(data: bytes) -> None:
    """Have headers weighed; case makes no difference, and what is chosen was offered."""
    lines = [*data.decode("latin-1").split("\n"), "", "", ""]
    accept, encoding, condition, name = lines[:4]
    chosen = _negotiated(accept, name or None)
    require(chosen == _negotiated(_swapped(accept), name or None), "case counts", accept)
    require(chosen is None or chosen.solutions in (None, *media_types.SOLUTIONS), accept)
    require(chosen is None or chosen.graph in (None, *media_types.GRAPHS), accept)
    require(_encoded(encoding) in (None, *encodings.OFFERS), encoding)
    require(_encoded(encoding) == _encoded(_swapped(encoding)), "case counts", encoding)
    require(not matches(condition, TAG) or TAG[3:-1] in condition or "*" in condition, condition)
    require(matches(f"{TAG}, {condition}", TAG), "the first tag is not seen", condition)


def run_clients(data: bytes) -> None:
    """Find out who asks, whatever a proxy or a liar says."""
    request, _ = _request(data)
    scope = _scope(request.headers.items())
    headers_of(scope)
    for settings in (Settings(), Settings(trusted_proxies="127.0.0.0/8, ::1, 10.0.0.0/8")):
        clients = Clients(settings)
        require(len(clients.client(scope)) < 100, "a long name", data)
        address = clients.public_url(scope)
        require(bool(NamedNode(address)), "no address", address)
    try:
        require_token(request.headers, SHA256)
    except ServerError as error:
        _check_told(error)


def _request(data: bytes) -> tuple[HttpRequest, str]:
    """Read an input; a second word of its first line is the path below that of the service."""
    head, _, body = data.partition(b"\n\n")
    first, *lines = head.split(b"\n")
    method, _, rest = first.partition(b" ")
    query, _, below = rest.partition(b" ")
    fields = ((name.lower(), value.strip()) for name, _, value in map(_field, lines))
    headers = headers_of({"headers": [(n, v) for n, v in fields]})
    return HttpRequest(method.decode("latin-1"), query, headers, body), below.decode("latin-1")


def _field(line: bytes) -> tuple[bytes, bytes, bytes]:
    return line.partition(b":")


def _scope(headers: Iterable[tuple[str, str]]) -> Scope:
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return {"client": ("127.0.0.1", 50000), "server": ("127.0.0.1", 8000), "headers": encoded}


def _check_form(encoded: bytes) -> None:
    """Read parameters as Python's own library does, which knows ASCII alone."""
    if not encoded.isascii():
        return
    try:
        found: dict[str, list[str]] | None = requests.decoded(encoded, "the address")
    except RequestError:
        found = None
    require(found == _by_python(encoded.decode()), "read otherwise", encoded, found)


def _by_python(encoded: str) -> dict[str, list[str]] | None:
    found: dict[str, list[str]] = {}
    try:
        for name, value in parse_qsl(encoded, keep_blank_values=True, errors="strict"):
            found.setdefault(name, []).append(value)
    except UnicodeDecodeError:
        return None
    return found


def _check_text(text: str, graphs: Iterable[str]) -> None:
    require(bool(text.strip()) and len(text.encode()) <= MAX_BYTES, "a text of no size", text)
    for graph in graphs:
        NamedNode(graph)


def _check_told(error: ServerError) -> None:
    """Require that an error has a status of the client's making, and can be written down."""
    status, _, body = problems.response(error)
    require(400 <= status < 500 and bool(body), "a wrong status", status, error)
    require(bool(error.detail and error.remedy), "no remedy", error)


def _negotiated(accept: str, name: str | None) -> media_types.Formats | None:
    try:
        return media_types.negotiate(accept, name)
    except NotAcceptableError:
        return None


def _encoded(header: str) -> str | None:
    try:
        return encodings.negotiate(header)
    except NotAcceptableError:
        return None


def _swapped(text: str) -> str:
    """Swap the case of ASCII letters; of others, two may have one capital."""
    return "".join(_each_swapped(text))


def _each_swapped(text: str) -> Iterator[str]:
    return (each.swapcase() if each.isascii() else each for each in text)


REQUEST_TARGETS: Final = (
    Target("requests", run_requests, PROTOCOL_SEEDS, WORDS, 768),
    Target("graph store", run_graph_store, STORE_SEEDS, WORDS, 768),
    Target("negotiation", run_negotiation, NEGOTIATION_SEEDS, WORDS, 512),
    Target("clients", run_clients, CLIENT_SEEDS, WORDS, 256),
)
