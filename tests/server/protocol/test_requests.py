"""A request of the SPARQL protocol is read in each of its forms, and in no other."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from allegiance_server.errors import (
    MethodNotAllowedError,
    QueryTooLongError,
    RequestError,
    ServerError,
    UnsupportedMediaTypeError,
    UpdateRefusedError,
)
from allegiance_server.protocol.requests import FORM, QUERY, HttpRequest, SparqlRequest, read

ASK = "ASK { ?s ?p 'é & +' }"
DATASET = [
    ("default-graph-uri", "http://example.org/a"),
    ("default-graph-uri", "http://example.org/b"),
    ("named-graph-uri", "http://example.org/c"),
]


def read_from(
    method: str,
    parameters: list[tuple[str, str]] | str = "",
    body: bytes = b"",
    content_type: str | None = None,
) -> SparqlRequest:
    """Read a request that is put together from its parts."""
    query_string = parameters if isinstance(parameters, str) else urlencode(parameters)
    headers = {} if content_type is None else {"content-type": content_type}
    return read(HttpRequest(method, query_string.encode(), headers, body), 65536)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_query_by_get(method: str) -> None:
    """By GET and HEAD the query and its dataset stand in the address."""
    request = read_from(method, [("query", ASK), *DATASET])
    assert request.query == ASK
    assert request.default_graphs == ("http://example.org/a", "http://example.org/b")
    assert request.named_graphs == ("http://example.org/c",)


def test_query_by_form() -> None:
    """By POST of a form everything stands in the body."""
    body = urlencode([("query", ASK), *DATASET, ("format", "csv")]).encode()
    request = read_from("POST", "", body, f"{FORM}; charset=UTF-8")
    assert request.query == ASK
    assert request.named_graphs == ("http://example.org/c",)
    assert request.formats.solutions == "text/csv"


def test_bare_query_by_post() -> None:
    """By POST of the bare query the body is the query, the dataset stands in the address."""
    request = read_from("POST", DATASET, ASK.encode(), QUERY)
    assert request.query == ASK
    assert request.default_graphs == ("http://example.org/a", "http://example.org/b")


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        (("PUT", "query=ASK{}"), MethodNotAllowedError),
        (("GET", ""), RequestError),
        (("GET", "query="), RequestError),
        (("GET", "query=%20"), RequestError),
        (("GET", "query=ASK{}&query=ASK{}"), RequestError),
        (("GET", "query=ASK{}&format=csv&format=json"), RequestError),
        (("GET", "query=%ff"), RequestError),
        (("GET", "query=ASK{}" + "&a=1" * 1000), RequestError),
        (("GET", "update=CLEAR+ALL"), UpdateRefusedError),
        (("POST", "", b"CLEAR ALL", "application/sparql-update"), UpdateRefusedError),
        (("POST", "", b"update=CLEAR+ALL", FORM), UpdateRefusedError),
        (("POST", "", b"query=ASK{}", None), UnsupportedMediaTypeError),
        (("POST", "", b"ASK{}", "text/plain"), UnsupportedMediaTypeError),
        (("POST", "", b"ASK{}", f"{QUERY}; charset=latin-1"), UnsupportedMediaTypeError),
        (("POST", "", b"ASK{'\xff'}", QUERY), RequestError),
        (("POST", "query=ASK{}", b"query=ASK{}", FORM), RequestError),
        (("POST", "query=ASK{}", b"ASK{}", QUERY), RequestError),
        (("GET", "query=" + "a" * 65537), QueryTooLongError),
        (("GET", "query=" + "%C3%A9" * 32769), QueryTooLongError),
    ],
)
def test_what_is_no_request_is_refused(parts: tuple[str, ...], error: type[ServerError]) -> None:
    """Each way to get the protocol wrong ends in the error of its kind."""
    with pytest.raises(error) as raised:
        read_from(*parts)  # type: ignore[arg-type]  # the third part is bytes
    assert type(raised.value) is error
    assert raised.value.remedy


def test_longest_query_is_read() -> None:
    """The bound is the size of the query in UTF-8, and it is allowed itself."""
    assert len(read_from("GET", "query=" + "%C3%A9" * 32768).query.encode()) == 65536
