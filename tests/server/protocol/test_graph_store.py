"""A request of the Graph Store Protocol is read in each of its forms, and in no other."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allegiance_server.errors import (
    BodyTooLargeError,
    MethodNotAllowedError,
    NotAcceptableError,
    RequestError,
    ServerError,
    UnsupportedMediaTypeError,
)
from allegiance_server.protocol.graph_store import (
    ALLOWED,
    METHODS,
    UPLOADS,
    GraphStoreRequest,
    Upload,
    read,
    service_address,
)
from allegiance_server.protocol.requests import HttpRequest

SERVICE = "http://www.example/gsp"
PERSON = "http://www.example/gsp/person/1.ttl"
TURTLE = b"[] a <http://example.org/Person> ."
BOUNDARY = "a6fe4cd636164618814be9f8d3d1a0de"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"


def request_of(
    method: str, query_string: str = "", below: str = "", body: bytes = b"", **headers: str
) -> GraphStoreRequest:
    """Read a request that is put together from its parts."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return read(HttpRequest(method, query_string.encode(), named, body), SERVICE, below, 100_000)


def multipart(*parts: tuple[str, bytes], line_end: bytes = b"\r\n") -> bytes:
    """Put a body together from parts, each a header and a document."""
    delimiter = b"--" + BOUNDARY.encode()
    body = b"".join(
        delimiter + line_end + head.encode() + line_end * 2 + document + line_end
        for head, document in parts
    )
    return body + delimiter + b"--" + line_end


@pytest.mark.parametrize(
    ("query_string", "below", "graph"),
    [
        ("default", "", None),
        ("default=", "", None),
        (urlencode({"graph": PERSON}), "", PERSON),
        (f"graph={PERSON}", "", PERSON),
        (f"graph={PERSON}", "/", PERSON),
        ("", "/person/1.ttl", PERSON),
        ("format=ttl", "/person/1.ttl", PERSON),
        # Decoded once: %31 is 1, and %2531 is %31.
        ("graph=http://www.example/gsp/person/%31.ttl", "", PERSON),
        ("graph=http://www.example/%2531", "", "http://www.example/%31"),
        ("", "/person/%31.ttl", "http://www.example/gsp/person/%31.ttl"),
        ("graph=http://example.org/%C3%A9", "", "http://example.org/é"),
    ],
)
@pytest.mark.parametrize("method", METHODS)
def test_graph_is_identified(method: str, query_string: str, below: str, graph: str | None) -> None:
    """A graph is named by its IRI, as the default one, or by the address of the request."""
    request = request_of(method, query_string, below, TURTLE, content_type="text/turtle")
    assert request.graph == graph
    assert not request.is_new


def test_post_to_the_service_makes_a_graph() -> None:
    """Where POST names no graph, the server is to make one."""
    request = request_of("POST", body=TURTLE, content_type="text/turtle; charset=utf-8")
    assert request == GraphStoreRequest(
        "POST", None, is_new=True, uploads=(Upload("text/turtle", TURTLE),)
    )


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_format_of_a_graph_is_negotiated(method: str) -> None:
    """A graph is read in the format that the client likes best of those for graphs."""
    assert request_of(method, "default").media_type == "text/turtle"
    asked = request_of(method, "default", accept="text/csv, application/n-triples;q=0.5")
    assert asked.media_type == "application/n-triples"
    assert request_of(method, "default", accept="text/turtle; charset=utf-8").media_type == (
        "text/turtle"
    )
    assert request_of(method, "default&format=jsonld").media_type == "application/ld+json"
    with pytest.raises(NotAcceptableError):
        request_of(method, "default", accept="text/csv")


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("media_type", UPLOADS)
def test_documents_for_one_graph_are_taken(method: str, media_type: str) -> None:
    """Every format that holds one graph can be sent, in UTF-8."""
    header = f"{media_type.upper()}; charset=UTF-8"
    request = request_of(method, "default", body=TURTLE, content_type=header)
    assert request.uploads == (Upload(media_type, TURTLE),)


def test_delete_sends_no_document() -> None:
    """What a DELETE carries is not looked at."""
    request = request_of("DELETE", "default", body=TURTLE, content_type="text/plain")
    assert request == GraphStoreRequest("DELETE", None)


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
def test_several_documents_are_taken_apart(line_end: bytes) -> None:
    """Each part of a form is a document with a name and a type, its bytes as they were sent."""
    named = 'Content-Disposition: form-data; name="a"; filename="last;Name.ttl"'
    body = multipart(
        (named + "\r\ncontent-type: text/turtle; charset=utf-8", b"<a:s> <a:p> 1 .\r\n\r\n"),
        ("Content-Type: application/n-triples", b""),
        ('Content-Disposition: form-data; name="b"\nContent-Type: application/rdf+xml', b"--x\n"),
        line_end=line_end,
    )
    request = request_of("POST", "default", body=b"preamble\r\n" + body, content_type=MULTIPART)
    assert request.uploads == (
        Upload("text/turtle", b"<a:s> <a:p> 1 .\r\n\r\n", "last;Name.ttl"),
        Upload("application/n-triples", b""),
        Upload("application/rdf+xml", b"--x\n", "b"),
    )


PART = "Content-Type: text/turtle"


@pytest.mark.parametrize(
    ("body", "content_type", "error"),
    [
        (multipart((PART, TURTLE)), "multipart/form-data", RequestError),
        (multipart((PART, TURTLE)), "multipart/form-data; boundary=" + "a" * 71, RequestError),
        (multipart((PART, TURTLE))[:-5], MULTIPART, RequestError),
        (b"", MULTIPART, RequestError),
        (multipart(), MULTIPART, RequestError),
        (multipart(*[(PART, b"")] * 101), MULTIPART, RequestError),
        (multipart((PART + "x" * 9000, TURTLE)), MULTIPART, RequestError),
        (multipart(("Content-Type: text/csv", TURTLE)), MULTIPART, UnsupportedMediaTypeError),
        (multipart(("X: y", TURTLE)), MULTIPART, UnsupportedMediaTypeError),
        (
            multipart((PART + "\r\nContent-Transfer-Encoding: base64", TURTLE)),
            MULTIPART,
            UnsupportedMediaTypeError,
        ),
    ],
)
def test_broken_form_is_refused(body: bytes, content_type: str, error: type[ServerError]) -> None:
    """A form that lacks something, or has a part that cannot be read, is refused as a whole."""
    with pytest.raises(error) as raised:
        request_of("POST", "default", body=body, content_type=content_type)
    assert type(raised.value) is error


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        (("PATCH", "default"), MethodNotAllowedError),
        (("GET", ""), RequestError),
        (("HEAD", ""), RequestError),
        (("PUT", "", "", TURTLE), RequestError),
        (("DELETE", ""), RequestError),
        (("GET", "", "/"), RequestError),
        (("GET", "default&graph=http://example.org/"), RequestError),
        (("GET", "default", "/person/1.ttl"), RequestError),
        (("GET", "graph=http://example.org/", "/person/1.ttl"), RequestError),
        (("GET", "graph=http://example.org/&graph=http://example.org/"), RequestError),
        (("GET", "default&default"), RequestError),
        (("GET", "default=http://example.org/"), RequestError),
        (("GET", "graph="), RequestError),
        (("GET", "graph=person/1.ttl"), RequestError),
        (("GET", "graph=http://a%20b"), RequestError),
        (("GET", "", "/a%"), RequestError),
        (("GET", "", "/a b"), RequestError),
        (("GET", "graph=%ff"), RequestError),
        (("PUT", "default", "", b"x" * 100_001), BodyTooLargeError),
        (("PUT", "default", "", TURTLE), UnsupportedMediaTypeError),
    ],
)
def test_what_is_no_request_is_refused(parts: tuple[str, ...], error: type[ServerError]) -> None:
    """Each way to get the protocol wrong ends in the error of its kind."""
    with pytest.raises(error) as raised:
        request_of(*parts)  # type: ignore[arg-type]  # the fourth part is bytes
    assert type(raised.value) is error
    assert raised.value.remedy


@pytest.mark.parametrize(
    "headers",
    [
        {"content_type": "text/plain"},
        {"content_type": "application/trig"},
        {"content_type": "application/n-quads"},
        {"content_type": "text/turtle; charset=latin-1"},
        {"content_type": "text/turtle", "content_encoding": "gzip"},
    ],
)
def test_other_documents_are_refused(headers: dict[str, str]) -> None:
    """What holds other than one graph in UTF-8, as it is, cannot be sent."""
    with pytest.raises(UnsupportedMediaTypeError):
        request_of("PUT", "default", body=TURTLE, **headers)


def test_form_is_for_post_alone() -> None:
    """PUT replaces a graph by one document."""
    with pytest.raises(UnsupportedMediaTypeError):
        request_of("PUT", "default", body=multipart((PART, TURTLE)), content_type=MULTIPART)


def test_other_methods_are_told_the_right_ones() -> None:
    """The error of a method names all that are understood, OPTIONS included."""
    with pytest.raises(MethodNotAllowedError) as raised:
        request_of("PATCH", "default")
    assert raised.value.allowed == ALLOWED
    assert set(ALLOWED) == {*METHODS, "OPTIONS"}


@pytest.mark.parametrize(
    ("public_url", "host", "address"),
    [
        ("https://data.example.org/", "localhost", "https://data.example.org/graph-store"),
        ("https://data.example.org/x", None, "https://data.example.org/x/graph-store"),
        ("", "LocalHost:8000", "http://localhost:8000/graph-store"),
        ("", "[::1]:80", "http://[::1]:80/graph-store"),
    ],
)
def test_address_of_the_service(public_url: str, host: str | None, address: str) -> None:
    """The public address goes before what the client calls the host."""
    assert service_address(public_url, "http", host, "/graph-store") == address


@pytest.mark.parametrize(
    "host", [None, "", "a/b", "a b", "a:b", "a@b", "a\r\nb", "é", "[::1", "a>"]
)
def test_host_that_is_none_is_refused(host: str | None) -> None:
    """No IRI is made of a header that names no host."""
    with pytest.raises(RequestError, match="Host"):
        service_address("", "http", host, "/graph-store")


@given(
    method=st.sampled_from(METHODS),
    query_string=st.one_of(
        st.sampled_from([b"default", b"graph=http://example.org/", b""]), st.binary(max_size=20)
    ),
    below=st.text(max_size=8),
    media_type=st.one_of(st.sampled_from([MULTIPART, *UPLOADS]), st.text(max_size=20)),
    body=st.one_of(
        st.binary(max_size=60),
        st.lists(
            st.sampled_from(
                [b"--" + BOUNDARY.encode(), b"--", b"\r\n", b"\n", PART.encode(), TURTLE, b": ; ="]
            )
        ).map(b"".join),
    ),
)
def test_any_request_is_read_or_refused(
    method: str, query_string: bytes, below: str, media_type: str, body: bytes
) -> None:
    """Whatever the bytes, what comes out is a request or an error with a remedy."""
    request = HttpRequest(method, query_string, {"content-type": media_type}, body)
    try:
        found = read(request, SERVICE, below, 100_000)
    except RequestError as error:
        assert error.remedy  # noqa: PT017 - an error is one of the two right ends
    else:
        assert (found.media_type != "") is (method in ("GET", "HEAD"))
        assert bool(found.uploads) is (method in ("POST", "PUT"))
