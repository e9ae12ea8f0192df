"""The runner: it sends what stands in a manifest, and sees a difference where there is one."""

from __future__ import annotations

import re
import socket
import threading
from typing import TYPE_CHECKING

import pytest
from connections import Connection, Endpoint, Response
from datasets import insertion, read_quads
from isomorphism import isomorphic
from manifests import BASE, Conversation, GraphFile, read_manifest
from pyoxigraph import BlankNode, Literal, NamedNode, Store, Triple
from runner import run
from solutions import Graph, Solutions, read_response, same
from verdicts import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from isomorphism import Row

A, B, C = BlankNode("a"), BlankNode("b"), BlankNode("c")
P, Q = NamedNode("urn:p"), NamedNode("urn:q")
XSD = "http://www.w3.org/2001/XMLSchema#"
MANIFEST = """
@prefix : <http://example.org/manifest#> .
@prefix cnt: <http://www.w3.org/2011/content#> .
@prefix ht: <http://www.w3.org/2011/http#> .
@prefix hts: <http://www.w3.org/2011/http-statusCodes#> .
@prefix mf: <http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#> .
<> mf:entries ( :put ) .
:put a mf:GraphStoreProtocolTest ; mf:action [ ht:requests (
    [ ht:methodName "PUT" ; ht:absolutePath "/gsp?graph=urn:%2531" ;
      ht:headers ( [ ht:fieldName "Content-Type" ; ht:fieldValue "text/turtle; charset=utf-16" ] ) ;
      ht:body [ cnt:chars "<urn:a> <urn:b> 1 ." ; cnt:characterEncoding "UTF-16BE" ] ;
      ht:resp [ mf:expectedStatus hts:Created ; mf:expectedLocation "$LOCATION$" ] ]
    [ ht:methodName "GET" ; ht:absolutePath "/gsp?graph=$LOCATION$" ;
      ht:resp [ mf:expectedStatus hts:StatusCode2xx ;
        ht:headers ( [ ht:fieldName "Content-Type" ; ht:fieldValue "text/turtle" ] ) ;
        ht:body [ cnt:chars "<urn:a> <urn:b> [] ." ; cnt:characterEncoding "UTF-8" ] ] ]
) ] .
"""
EMPTIED = b"HTTP/1.1 204 No Content\r\n\r\n"
CREATED = b"HTTP/1.1 201 Created\r\nLocation: urn:new\r\nContent-Length: 0\r\n\r\n"


def _turtle(body: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/turtle\r\nContent-Length: %d\r\n\r\n" % len(body)
    return head + body


@pytest.fixture
def put(tmp_path: Path) -> Conversation:
    """Give the test that MANIFEST describes."""
    folder = tmp_path / "suite" / "stores"
    folder.mkdir(parents=True)
    (folder / "manifest.ttl").write_text(MANIFEST, encoding="utf-8")
    (case,) = read_manifest(tmp_path, folder / "manifest.ttl")
    assert isinstance(case, Conversation)
    return case


@pytest.fixture
def scripted() -> Iterator[Callable[..., tuple[Connection, list[bytes]]]]:
    """Give a maker of servers that answer what they are told to, and keep what they are sent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threads: list[threading.Thread] = []
        connections: list[Connection] = []

        def start(*answers: bytes) -> tuple[Connection, list[bytes]]:
            received: list[bytes] = []
            thread = threading.Thread(target=_answer, args=(listener, answers, received))
            threads.append(thread)
            thread.start()
            port = listener.getsockname()[1]
            opened = Connection(Endpoint("127.0.0.1", port, "/query", "/graphs", "secret"))
            connections.append(opened)
            return opened, received

        yield start
        for each in connections:
            each.close()
        for thread in threads:
            thread.join(5)


def _answer(listener: socket.socket, answers: tuple[bytes, ...], received: list[bytes]) -> None:
    peer, _ = listener.accept()
    with peer, peer.makefile("rb") as stream:
        for answer in answers:
            received.append(_read_request(stream))
            peer.sendall(answer)


def _read_request(stream: BinaryIO) -> bytes:
    """Read the head of a request up to its empty line, and as much of a body as it tells of."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += stream.readline()
    length = re.search(rb"Content-Length: (\d+)", head)
    return head + stream.read(int(length[1]) if length else 0)


def test_a_request_is_sent_as_it_stands(
    put: Conversation, scripted: Callable[..., tuple[Connection, list[bytes]]]
) -> None:
    """Path, headers and body arrive byte by byte as the manifest has them; a token is added."""
    connection, received = scripted(EMPTIED, CREATED, _turtle(b"<urn:a> <urn:b> _:x ."))
    port = connection.endpoint.port

    assert run(put, connection).outcome is Outcome.PASSED
    body = "<urn:a> <urn:b> 1 .".encode("utf-16-be")
    assert received[1] == (
        b"PUT /graphs?graph=urn:%%2531 HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
        b"content-type: text/turtle; charset=utf-16\r\nAuthorization: Bearer secret\r\n"
        b"Content-Length: 38\r\n\r\n%b" % (port, body)
    )


def test_a_location_is_remembered(
    put: Conversation, scripted: Callable[..., tuple[Connection, list[bytes]]]
) -> None:
    """The Location of a response stands in later requests in place of its name."""
    connection, received = scripted(EMPTIED, CREATED, _turtle(b"<urn:a> <urn:b> _:x ."))

    run(put, connection)

    assert received[2].startswith(b"GET /graphs?graph=urn:new HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ((b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",), "did not take the data: 403"),
        ((EMPTIED, EMPTIED), "expected Created: 204"),
        ((EMPTIED, CREATED.replace(b"Location", b"Place")), "no Location"),
        ((EMPTIED, CREATED, _turtle(b"<urn:a> <urn:b> <urn:c> .")), "another graph"),
        ((EMPTIED, CREATED, _turtle(b"<urn:a>")), "request 2, GET"),
        ((EMPTIED, CREATED, b""), "RemoteDisconnected"),
    ],
    ids=["set-up", "status", "location", "graph", "syntax", "silence"],
)
def test_a_difference_is_seen(
    put: Conversation,
    scripted: Callable[..., tuple[Connection, list[bytes]]],
    answers: tuple[bytes, ...],
    reason: str,
) -> None:
    """A wrong status, header or body, and no answer at all, fail a test and are told."""
    connection, _ = scripted(*answers)

    verdict = run(put, connection)

    assert verdict.outcome is Outcome.FAILED
    assert reason in verdict.reason


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ([(A, P), (A, Q)], [(B, P), (B, Q)], True),
        ([(A, P), (A, Q)], [(A, P), (B, Q)], False),
        ([(A, P), (B, Q)], [(A, P), (A, Q)], False),
        ([(A, B), (B, C)], [(C, A), (B, C)], True),
        ([(A, B), (B, A)], [(A, A), (B, B)], False),
        ([(P,), (P,)], [(P,)], False),
        ([(P, None)], [(None, P)], False),
        ([(Triple(A, P, A),)], [(Triple(B, P, B),)], True),
        ([(Triple(A, P, A),)], [(Triple(A, P, B),)], False),
    ],
)
def test_rows_are_compared_up_to_blank_nodes(
    left: list[Row], right: list[Row], *, expected: bool
) -> None:
    """Two bags of rows are the same if one renaming of blank nodes, one to one, makes them so."""
    assert isomorphic(left, right) is expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (Literal("2.0", datatype=NamedNode(XSD + "decimal")), ("2", "decimal"), True),
        (Literal("+2", datatype=NamedNode(XSD + "integer")), ("2", "integer"), True),
        (Literal("1e2", datatype=NamedNode(XSD + "double")), ("100", "double"), True),
        (Literal("1", datatype=NamedNode(XSD + "boolean")), ("true", "boolean"), True),
        (Literal("2", datatype=NamedNode(XSD + "integer")), ("2", "decimal"), False),
        (Literal("2.1", datatype=NamedNode(XSD + "decimal")), ("2", "decimal"), False),
        (Literal("2.0"), ("2", "string"), False),
    ],
)
def test_numbers_are_compared_by_value(
    left: Literal, right: tuple[str, str], *, expected: bool
) -> None:
    """Two numbers of one datatype are the same however they are written; text is not a number."""
    other = Literal(right[0], datatype=NamedNode(XSD + right[1]))

    assert same(Solutions(("x",), ((left,),)), Solutions(("x",), ((other,),))) is expected


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("text/csv", b'b,a\r\n_:n,"x,y"\r\n'),
        (
            "application/sparql-results+json",
            (
                b'{"head":{"vars":["b","a"]},"results":{"bindings":[{"a":{"type":"literal",'
                b'"value":"x,y"},"b":{"type":"bnode","value":"m"}}]}}'
            ),
        ),
        ("text/tab-separated-values", b'?b\t?a\n_:k\t"x,y"\n'),
    ],
)
def test_results_of_each_format_are_read(media_type: str, body: bytes) -> None:
    """One solution is the same in each format."""
    expected = Solutions(("a", "b"), ((Literal("x,y"), BlankNode("any")),))

    assert same(read_response(media_type, body), expected)


def test_results_of_different_kinds_differ() -> None:
    """A truth value, solutions and a graph are never the same, nor are other variables."""
    nothing = Solutions((), ())

    assert not same(nothing, Graph(frozenset()))
    assert not same(nothing, False)  # noqa: FBT003 - the result of ASK
    assert not same(nothing, Solutions(("a",), ()))
    assert same(nothing, Solutions((), ()))


def test_a_page_is_no_result() -> None:
    """A response of another type than results and graphs is not read."""
    with pytest.raises(ValueError, match="text/html is not a format"):
        read_response("text/html", b"<p>true</p>")


def test_data_is_put_in_place_of_other_data(tmp_path: Path) -> None:
    """The update for a test's data leaves that data and nothing else, each file in its graph."""
    first, second = tmp_path / "first.ttl", tmp_path / "second.nt"
    first.write_text("[] <p> <<( <s> <p> 'a' )>> .", encoding="utf-8")
    second.write_text('<urn:s> <urn:p> "\\n"@en .', encoding="utf-8")
    data = (GraphFile(first, BASE + "first.ttl"), GraphFile(second, BASE, "urn:g"))
    store = Store()
    store.update("INSERT DATA { <urn:old> <urn:p> 1 }")

    store.update(insertion(data))

    held = [(each.graph_name, *each.triple) for each in store]
    assert isomorphic(held, [(each.graph_name, *each.triple) for each in read_quads(data)])
    assert {str(each.graph_name) for each in store} == {"DEFAULT", "<urn:g>"}


def test_a_response_knows_its_type() -> None:
    """The media type is told without parameters, in lower case; nothing where none is named."""
    assert Response(200, {"content-type": "Text/CSV; charset=utf-8"}, b"").media_type == "text/csv"
    assert Response(200, {}, b"").media_type == ""
