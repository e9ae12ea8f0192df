"""Whole graphs are read by everybody, and written by those who hold the token."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

PATH = "/graph-store"
GRAPH = {"graph": "http://e.org/g"}
STRIKE = {"graph": "https://w3id.org/allegiance/claim/page/strike"}
TURTLE = {"content-type": "text/turtle"}
TOKEN = "open sesame"  # noqa: S105 - of the server under test
HOLDER = {"authorization": f"Bearer {TOKEN}"}
NTRIPLES = {"accept": "application/n-triples"}


@pytest.fixture
def writable(serve_with: Callable[..., httpx.Client], tmp_path: Path) -> httpx.Client:
    """Give a client, who holds the token, of a server that is written to."""
    client = serve_with(
        writable=True,
        write_token_sha256=hashlib.sha256(TOKEN.encode()).hexdigest(),
        commit_dir=str(tmp_path / "commits"),
        max_upload_bytes=2048,
    )
    client.headers.update(HOLDER)
    return client


def graph(client: httpx.Client, **parameters: Any) -> list[str]:  # noqa: ANN401 - of the address
    """Return the triples of a graph, sorted."""
    answer = client.get(PATH, params=parameters or GRAPH, headers=NTRIPLES)
    assert answer.status_code == 200
    return sorted(answer.text.splitlines())


def problem(response: httpx.Response) -> dict[str, Any]:
    """Return the problem document of a response."""
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert document["status"] == response.status_code
    return document


def test_every_graph_can_be_read(client: httpx.Client) -> None:
    """A named graph is given whole, and the default graph without what stands in named ones."""
    strike = "<https://w3id.org/allegiance/id/strike>"
    kind = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"

    assert graph(client, **STRIKE) == [
        f"{strike} {kind} <https://w3id.org/allegiance/ontology#MilitaryStrike> ."
    ]
    default = graph(client, default="")
    assert len(default) == 12
    assert not any(strike in line for line in default)


def test_the_format_is_negotiated(client: httpx.Client) -> None:
    """Turtle is the format for whoever does not care; what is not offered is a 406."""
    answer = client.get(PATH, params=STRIKE)
    assert answer.headers["content-type"] == "text/turtle; charset=utf-8"
    assert "Accept" in answer.headers["vary"]
    assert answer.headers["allegiance-snapshot"] == "tiny"
    assert client.get(PATH, params=STRIKE, headers={"accept": "image/png"}).status_code == 406


def test_head_tells_what_get_would_send(client: httpx.Client) -> None:
    """HEAD has the headers of GET and no body; of an unknown graph it is a 404."""
    got, head = client.get(PATH, params=STRIKE), client.head(PATH, params=STRIKE)

    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "etag"):
        assert head.headers[name] == got.headers[name]
    assert client.head(PATH, params=GRAPH).status_code == 404


def test_an_unknown_graph_is_not_found(client: httpx.Client) -> None:
    """A graph that holds nothing is not there, also for whoever has any copy of it."""
    answer = client.get(PATH, params=GRAPH, headers={"if-none-match": "*"})

    assert answer.status_code == 404
    assert GRAPH["graph"] in problem(answer)["detail"]


def test_a_known_copy_is_not_sent_again(client: httpx.Client) -> None:
    """Whoever has the graph in the same format is told that it is unchanged; others get it."""
    tag = client.get(PATH, params=STRIKE).headers["etag"]

    again = client.get(PATH, params=STRIKE, headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(PATH, params=STRIKE, headers={"if-none-match": tag, **NTRIPLES})
    assert other.status_code == 200


def test_any_page_may_read(client: httpx.Client) -> None:
    """Scripts of other sites may read graphs; a browser is told that they may not write."""
    assert client.get(PATH, params=STRIKE).headers["access-control-allow-origin"] == "*"
    options = client.options(PATH)
    assert options.status_code == 204
    assert options.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_writing_is_off_by_default(client: httpx.Client, method: str) -> None:
    """A server that is not told otherwise writes no graph, and says what to do instead."""
    answer = client.request(method, PATH, params=GRAPH, headers={**TURTLE, **HOLDER})

    assert answer.status_code == 403
    assert "pull request" in problem(answer)["remedy"]
    assert "access-control-allow-origin" not in answer.headers


def test_an_unknown_method_is_refused(client: httpx.Client) -> None:
    """A method that means nothing here is a 405 that lists the others."""
    answer = client.patch(PATH, params=GRAPH)

    assert answer.status_code == 405
    assert answer.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, POST, PUT"


def test_writing_needs_the_token(writable: httpx.Client) -> None:
    """Without the token nothing is written, and the body is not even looked at."""
    del writable.headers["authorization"]
    assert writable.put(PATH, params=GRAPH, content=b"no RDF").status_code == 401
    assert writable.delete(PATH, params=GRAPH).status_code == 401
    wrong = {"authorization": "Bearer x"}
    assert writable.put(PATH, params=GRAPH, content=b"", headers=wrong).status_code == 403
    assert writable.get(PATH, params=GRAPH).status_code == 404


def test_put_makes_and_replaces(writable: httpx.Client) -> None:
    """PUT answers 201 where the graph was not there, then 204; it holds what was sent last."""
    first = writable.put(PATH, params=GRAPH, content="<#x> <#p> 'one' .", headers=TURTLE)
    assert first.status_code == 201
    second = writable.put(PATH, params=GRAPH, content="<#x> <#p> 'two' .", headers=TURTLE)
    assert (second.status_code, second.content) == (204, b"")
    assert second.headers["allegiance-snapshot"] != first.headers["allegiance-snapshot"]
    # Relative addresses are read against that of the graph.
    assert graph(writable) == ['<http://e.org/g#x> <http://e.org/g#p> "two" .']


def test_post_adds(writable: httpx.Client) -> None:
    """POST merges one document, or all parts of a form, into the graph."""
    made = writable.post(PATH, params=GRAPH, content="<#x> <#p> 'one' .", headers=TURTLE)
    assert made.status_code == 201
    files = {
        "first": ("a.ttl", b"<#x> <#p> 'two' .", "text/turtle"),
        "second": ("b.nt", b'<a:x> <a:p> "three" .', "application/n-triples"),
    }
    assert writable.post(PATH, params=GRAPH, files=files).status_code == 204
    assert [line.split('"')[1] for line in graph(writable)] == ["three", "one", "two"]


def test_post_to_the_store_makes_a_graph(writable: httpx.Client) -> None:
    """POST without a graph makes one, tells its address, and there it can be read and removed."""
    made = writable.post(PATH, content="<> <#p> 'one' .", headers=TURTLE)
    assert made.status_code == 201
    place = made.headers["location"]
    assert place.startswith(f"{writable.base_url}{PATH}/".replace("//graph", "/graph"))

    assert graph(writable, graph=place) == [f'<{place}> <{place}#p> "one" .']
    assert writable.get(place, headers=NTRIPLES).status_code == 200
    assert writable.delete(place).status_code == 204
    assert writable.get(place).status_code == 404


def test_delete_removes(writable: httpx.Client) -> None:
    """DELETE answers 204 where there was a graph and 404 where there was none."""
    assert writable.delete(PATH, params=STRIKE).status_code == 204
    assert writable.delete(PATH, params=STRIKE).status_code == 404
    assert writable.get(PATH, params=STRIKE).status_code == 404
    backing = {"graph": "https://w3id.org/allegiance/claim/page/backing"}
    assert writable.delete(PATH, params=backing).status_code == 204
    assert writable.delete(PATH, params={"default": ""}).status_code == 204
    assert graph(writable, default="") == []


def test_an_address_below_names_a_graph(writable: httpx.Client) -> None:
    """The address itself names the graph, and percent signs in it are left as they are."""
    for name in ("a%2Fb", "a/b"):
        path = f"{PATH}/{name}"
        assert writable.put(path, content=f"<> <a:p> '{name}' .", headers=TURTLE).status_code == 201
    place = f"{writable.base_url}".rstrip("/") + f"{PATH}/a%2Fb"
    answer = writable.get(f"{PATH}/a%2Fb", headers=NTRIPLES)
    assert answer.text == f'<{place}> <a:p> "a%2Fb" .\n'


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"<#x> nothing .", TURTLE, 400),
        (b"<a:s> <a:p> <a:o> .", {"content-type": "text/csv"}, 415),
        (b"", {}, 415),
        (b"<a:s> <a:p> 'x' ." * 200, TURTLE, 413),
        (b"<a:claim> a <https://w3id.org/allegiance/ontology#Claim> .", TURTLE, 422),
    ],
    ids=["no RDF", "no type for RDF", "no type", "too large", "against the shapes"],
)
def test_what_cannot_be_taken_is_refused(
    writable: httpx.Client, content: bytes, headers: dict[str, str], status: int
) -> None:
    """Each reason has its status, and the graph is as it was."""
    answer = writable.put(PATH, params=STRIKE, content=content, headers=headers)

    assert problem(answer)["status"] == status
    assert len(graph(writable, **STRIKE)) == 1


def test_a_graph_has_to_be_named(writable: httpx.Client) -> None:
    """A write to no graph, or to two at once, is refused."""
    assert writable.put(PATH, content=b"", headers=TURTLE).status_code == 400
    both = {"graph": "http://e.org/g", "default": ""}
    assert writable.put(PATH, params=both, content=b"", headers=TURTLE).status_code == 400
