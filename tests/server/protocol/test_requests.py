"""A request of the SPARQL protocol is read in each of its forms, and in no other."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from allegiance_server.errors import (
    MethodNotAllowedError,
    NotAcceptableError,
    QueryTooLongError,
    RequestError,
    ServerError,
    UnsupportedMediaTypeError,
)
from allegiance_server.protocol.media_types import Formats
from allegiance_server.protocol.requests import (
    ALLOWED,
    FORM,
    METHODS,
    QUERY,
    UPDATE,
    DescriptionRequest,
    HttpRequest,
    SparqlRequest,
    UpdateRequest,
    decoded,
    read,
)

ASK = "ASK { ?s ?p 'é & +' }"
INSERT = "INSERT { ?s ?p 'é & +' } WHERE { ?s ?p ?o }"
DATASET = [
    ("default-graph-uri", "http://example.org/a"),
    ("default-graph-uri", "http://example.org/b"),
    ("named-graph-uri", "http://example.org/c"),
]
USING = [
    ("using-graph-uri", "http://example.org/a"),
    ("using-graph-uri", "http://example.org/b"),
    ("using-named-graph-uri", "http://example.org/c"),
]


def request_of(
    method: str,
    parameters: list[tuple[str, str]] | str = "",
    body: bytes = b"",
    content_type: str | None = None,
    suffix: str = "",
    **headers: str,
) -> SparqlRequest | UpdateRequest | DescriptionRequest:
    """Read a request that is put together from its parts."""
    query_string = parameters if isinstance(parameters, str) else urlencode(parameters)
    if content_type is not None:
        headers["content-type"] = content_type
    return read(HttpRequest(method, query_string.encode(), headers, body, suffix), 65536)


def query_of(
    method: str,
    parameters: list[tuple[str, str]] | str = "",
    body: bytes = b"",
    content_type: str | None = None,
    suffix: str = "",
) -> SparqlRequest:
    """Read a request that is a query."""
    request = request_of(method, parameters, body, content_type, suffix)
    assert isinstance(request, SparqlRequest)
    return request


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_query_by_get(method: str) -> None:
    """By GET and HEAD the query and its dataset stand in the address."""
    request = query_of(method, [("query", ASK), *DATASET])
    assert request.query == ASK
    assert request.default_graphs == ("http://example.org/a", "http://example.org/b")
    assert request.named_graphs == ("http://example.org/c",)


@pytest.mark.parametrize("method", ["POST", "QUERY"])
def test_query_by_form(method: str) -> None:
    """In a form everything may stand in the body."""
    body = urlencode([("query", ASK), *DATASET, ("format", "csv")]).encode()
    request = query_of(method, "", body, f"{FORM}; charset=UTF-8")
    assert request.query == ASK
    assert request.named_graphs == ("http://example.org/c",)
    assert request.formats.solutions == "text/csv"


@pytest.mark.parametrize("method", ["POST", "QUERY"])
@pytest.mark.parametrize("content_type", [QUERY, f'{QUERY.upper()} ; Charset="UTF-8"'])
def test_bare_query_in_the_body(method: str, content_type: str) -> None:
    """With the bare query in the body, the dataset stands in the address."""
    request = query_of(method, DATASET, ASK.encode(), content_type)
    assert request.query == ASK
    assert request.default_graphs == ("http://example.org/a", "http://example.org/b")


def test_parameters_of_address_and_form_count_together() -> None:
    """A form is completed by the address that it is sent to, in this order."""
    body = urlencode([("query", ASK), ("default-graph-uri", "http://example.org/b")]).encode()
    request = query_of("POST", DATASET[:1], body, FORM)
    assert request.default_graphs == ("http://example.org/a", "http://example.org/b")
    assert query_of("POST", [("query", ASK)], b"", FORM).query == ASK


def test_update_by_form() -> None:
    """By POST of a form the update and its dataset may stand in the body."""
    body = urlencode([("update", INSERT), *USING]).encode()
    expected = UpdateRequest(
        INSERT, ("http://example.org/a", "http://example.org/b"), ("http://example.org/c",)
    )
    assert request_of("POST", "", body, FORM) == expected


def test_bare_update_by_post() -> None:
    """By POST of the bare update its dataset stands in the address."""
    expected = UpdateRequest(
        INSERT, ("http://example.org/a", "http://example.org/b"), ("http://example.org/c",)
    )
    assert request_of("POST", USING, INSERT.encode(), UPDATE) == expected


def test_update_may_name_its_dataset_once() -> None:
    """USING and WITH in the update pass alone, and so do words that only look like them."""
    clauses = "WITH <g:a> DELETE { ?s ?p ?o } USING <g:b> WHERE { ?s ?p ?o }"
    assert request_of("POST", "", clauses.encode(), UPDATE) == UpdateRequest(clauses, (), ())
    words = "INSERT { ?with ?using 'USING' } WHERE { ?with ?using <x:with> } # WITH"
    assert request_of("POST", USING[2:], words.encode(), UPDATE) == UpdateRequest(
        words, (), ("http://example.org/c",)
    )


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("address", ["", "&", "format=ttl", "timeout=1", "other=1"])
def test_no_query_asks_for_the_description(method: str, address: str) -> None:
    """Without any parameter of the protocol, what is asked for is the service description."""
    assert request_of(method, address) == DescriptionRequest("text/turtle")


def test_description_is_negotiated() -> None:
    """The description is a graph, in the format that the client likes best."""
    rdfxml = request_of("GET", accept="application/rdf+xml, text/turtle;q=0.5")
    assert rdfxml == DescriptionRequest("application/rdf+xml")
    assert request_of("GET", suffix="nt") == DescriptionRequest("application/n-triples")
    with pytest.raises(NotAcceptableError, match="is a graph"):
        request_of("GET", accept="text/csv")


def test_format_goes_before_suffix_before_accept() -> None:
    """What is said in the address counts more than what a browser says by itself."""
    parameters = [("query", ASK)]
    by_accept = request_of("GET", parameters, accept="text/csv")
    assert isinstance(by_accept, SparqlRequest)
    assert by_accept.formats == Formats("text/csv", None)
    by_suffix = request_of("GET", parameters, suffix="tsv", accept="text/csv")
    assert isinstance(by_suffix, SparqlRequest)
    assert by_suffix.formats == Formats("text/tab-separated-values", None)
    by_name = request_of("GET", [*parameters, ("format", "nt")], suffix="tsv", accept="text/csv")
    assert isinstance(by_name, SparqlRequest)
    assert by_name.formats == Formats(None, "application/n-triples")


@pytest.mark.parametrize(
    ("text", "seconds"), [("2", 2.0), ("0.25", 0.25), (".5", 0.5), ("7.", 7.0), ("86400", 86400.0)]
)
def test_timeout_is_read_in_seconds(text: str, seconds: float) -> None:
    """A timeout is a decimal number of seconds above 0."""
    assert query_of("GET", [("query", ASK), ("timeout", text)]).timeout_s == seconds


@pytest.mark.parametrize(
    "text", ["", "0", "0.0", "-1", "+1", "1s", "1e3", "inf", "nan", "1_0", " 1", "٣", "1" * 20, "."]
)
def test_no_other_timeout_is_read(text: str) -> None:
    """What is no such number is refused, not ignored."""
    with pytest.raises(RequestError, match="timeout"):
        query_of("GET", [("query", ASK), ("timeout", text)])


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        (("PUT", "query=ASK{}"), MethodNotAllowedError),
        (("OPTIONS", "query=ASK{}"), MethodNotAllowedError),
        (("get", "query=ASK{}"), MethodNotAllowedError),
        (("GET", "query="), RequestError),
        (("GET", "query=%20"), RequestError),
        (("GET", "default-graph-uri=http://example.org/"), RequestError),
        (("GET", "query=ASK{}&query=ASK{}"), RequestError),
        (("GET", "query=ASK{}&update=CLEAR+ALL"), RequestError),
        (("GET", "query=ASK{}&format=csv&format=json"), RequestError),
        (("GET", "query=ASK{}&timeout=1&timeout=2"), RequestError),
        (("GET", "query=%ff"), RequestError),
        (("GET", "query=%ED%A0%80"), RequestError),
        (("GET", "%ff=1&query=ASK{}"), RequestError),
        (("GET", "query=ASK{}" + "&a=1" * 1000), RequestError),
        (("GET", "query=ASK{}&format=xlsx"), NotAcceptableError),
        (("GET", "update=CLEAR+ALL"), RequestError),
        (("QUERY", "", b"update=CLEAR+ALL", FORM), RequestError),
        (("QUERY", "", b"CLEAR ALL", UPDATE), UnsupportedMediaTypeError),
        (("POST", "", b"update=CLEAR+ALL&update=CLEAR+ALL", FORM), RequestError),
        (("POST", "update=CLEAR+ALL", b"CLEAR ALL", UPDATE), RequestError),
        (("POST", "query=ASK{}", b"CLEAR ALL", UPDATE), RequestError),
        (("POST", "", b"query=ASK{}&update=CLEAR+ALL", FORM), RequestError),
        (("POST", "", b" ", UPDATE), RequestError),
        (("POST", "", b"", FORM), RequestError),
        (("POST", "", b"", QUERY), RequestError),
        (("POST", "", b"query=ASK{}", None), UnsupportedMediaTypeError),
        (("POST", "", b"ASK{}", "text/plain"), UnsupportedMediaTypeError),
        (("POST", "", b"ASK{}", f"{QUERY}; charset=latin-1"), UnsupportedMediaTypeError),
        (("POST", "", b"CLEAR ALL", f"{UPDATE}; charset=UTF-16"), UnsupportedMediaTypeError),
        (("POST", "", b"a=%", f"multipart/form-data; {FORM}"), UnsupportedMediaTypeError),
        (("POST", "", b"ASK{'\xff'}", QUERY), RequestError),
        (("POST", "", "ASK{}".encode("utf-16"), QUERY), RequestError),
        (("POST", "query=ASK{}", b"query=ASK{}", FORM), RequestError),
        (("POST", "query=ASK{}", b"ASK{}", QUERY), RequestError),
        (("GET", "query=" + "a" * 65537), QueryTooLongError),
        (("GET", "query=" + "%C3%A9" * 32769), QueryTooLongError),
        (("POST", "", b"a" * 65537, UPDATE), QueryTooLongError),
    ],
)
def test_what_is_no_request_is_refused(parts: tuple[str, ...], error: type[ServerError]) -> None:
    """Each way to get the protocol wrong ends in the error of its kind."""
    with pytest.raises(error) as raised:
        request_of(*parts)  # type: ignore[arg-type]  # the third part is bytes
    assert type(raised.value) is error
    assert raised.value.remedy


def test_other_methods_are_told_the_right_ones() -> None:
    """The error of a method names all that are understood, OPTIONS included."""
    with pytest.raises(MethodNotAllowedError) as raised:
        request_of("DELETE")
    assert raised.value.allowed == ALLOWED
    assert set(ALLOWED) == {*METHODS, "OPTIONS"}


@pytest.mark.parametrize("iri", ["", "g", "/g", "//example.org/g", "?g", "http://a b", "http://[a"])
@pytest.mark.parametrize("name", ["default-graph-uri", "named-graph-uri", "using-graph-uri"])
def test_graphs_have_absolute_iris(name: str, iri: str) -> None:
    """A graph whose IRI is relative, or none at all, is refused by the name of its parameter."""
    text = [("update", INSERT)] if name.startswith("using") else [("query", ASK)]
    with pytest.raises(RequestError, match=f"`{name}` is no absolute IRI"):
        request_of("POST", [*text, (name, iri)], b"", FORM)


@pytest.mark.parametrize(
    ("text", "stray"),
    [(("query", ASK), name) for name in ("using-graph-uri", "using-named-graph-uri")]
    + [(("update", INSERT), name) for name in ("default-graph-uri", "named-graph-uri")],
)
def test_graphs_of_the_other_operation_are_refused(text: tuple[str, str], stray: str) -> None:
    """What a client says about the dataset is obeyed or refused, never ignored."""
    with pytest.raises(RequestError, match=stray):
        request_of("POST", [text, (stray, "http://example.org/")], b"", FORM)


@pytest.mark.parametrize("clause", ["WITH <g:a> ", "with<g:a>"])
@pytest.mark.parametrize("name", ["using-graph-uri", "using-named-graph-uri"])
def test_update_with_two_datasets_is_refused(name: str, clause: str) -> None:
    """Parameters and clauses that both name the dataset contradict each other."""
    with pytest.raises(RequestError, match="Both"):
        request_of("POST", [(name, "http://a/")], f"{clause}{INSERT}".encode(), UPDATE)


@pytest.mark.parametrize("method", ["POST", "QUERY"])
def test_compressed_body_is_refused(method: str) -> None:
    """A compressed body is not read: what it unpacks to has no bound."""
    headers = {"content-type": QUERY, "content-encoding": "gzip"}
    with pytest.raises(UnsupportedMediaTypeError):
        read(HttpRequest(method, b"", headers, b"\x1f\x8b"), 65536)


def test_longest_query_is_read() -> None:
    """The bound is the size of the query in UTF-8, and it is allowed itself."""
    assert len(query_of("GET", "query=" + "%C3%A9" * 32768).query.encode()) == 65536


@pytest.mark.parametrize(
    ("encoded", "value"),
    [
        (b"a=%2531", "%31"),
        (b"a=x+y%2Bz%20", "x y+z "),
        (b"a=%", "%"),
        (b"a=%4", "%4"),
        (b"a=%zz%41", "%zzA"),
        (b"a=b=c", "b=c"),
        (b"a", ""),
        (b"&&a=\xc3\xa9&", "é"),
        (b"a=;b", ";b"),
        (b"a=%00", "\x00"),
    ],
)
def test_form_is_decoded_once(encoded: bytes, value: str) -> None:
    """A percent sign is decoded once, + stands for a space, and what is no escape for itself."""
    assert decoded(encoded, "the form") == {"a": [value]}


@given(st.lists(st.tuples(st.text(), st.text()), max_size=8))
def test_what_is_encoded_is_decoded(pairs: list[tuple[str, str]]) -> None:
    """Any text comes out of a form as it was put in."""
    expected: dict[str, list[str]] = {}
    for name, value in pairs:
        expected.setdefault(name, []).append(value)
    assert decoded(urlencode(pairs).encode(), "the form") == expected


NAMES = st.sampled_from(
    [*("query", "update", "format", "timeout", "other"), *(name for name, _ in DATASET + USING)]
)
VALUES = st.one_of(
    st.sampled_from(
        ["ASK {}", "CLEAR ALL", "csv", "turtle", "1.5", "http://example.org/", "g", ""]
    ),
    st.text(max_size=8),
)
MEDIA_TYPES = st.one_of(
    st.sampled_from([FORM, QUERY, UPDATE, f"{FORM};charset=utf-8", f"{QUERY}; charset=x"]),
    st.text(max_size=30),
)


@given(
    method=st.sampled_from(METHODS),
    address=st.one_of(st.binary(max_size=60), st.lists(st.tuples(NAMES, VALUES)).map(urlencode)),
    body=st.one_of(st.binary(max_size=60), st.lists(st.tuples(NAMES, VALUES)).map(urlencode)),
    media_type=MEDIA_TYPES,
    accept=st.one_of(st.none(), st.sampled_from(["text/csv", "text/turtle"]), st.text(max_size=30)),
)
@example("GET", "query=" + quote("ASK {}"), b"", "", None)
def test_any_request_is_read_or_refused(
    method: str, address: bytes | str, body: bytes | str, media_type: str, accept: str | None
) -> None:
    """Whatever the bytes, what comes out is a request or an error with a remedy."""
    headers = {"content-type": media_type} | ({} if accept is None else {"accept": accept})
    in_bytes = [part.encode() if isinstance(part, str) else part for part in (address, body)]
    request = HttpRequest(method, in_bytes[0], headers, in_bytes[1])
    try:
        found = read(request, 65536)
    except RequestError as error:
        assert error.remedy  # noqa: PT017 - an error is one of the two right ends
    else:
        assert isinstance(found, SparqlRequest | UpdateRequest | DescriptionRequest)
