"""Updates are made for those who hold the token, and seen by everybody at once."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TOKEN = "open sesame"  # noqa: S105 - of the server under test
WRITABLE = {"writable": True, "write_token_sha256": hashlib.sha256(TOKEN.encode()).hexdigest()}
HOLDER = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def writable(serve_with: Callable[..., httpx.Client], tmp_path: Path) -> httpx.Client:
    """Give a client of a server that takes updates."""
    return serve_with(**WRITABLE, commit_dir=str(tmp_path / "commits"))


def update(client: httpx.Client, text: str, **parameters: str) -> httpx.Response:
    """Send an update as whoever holds the token."""
    return client.post("/sparql", data={"update": text, **parameters}, headers=HOLDER)


def rows(client: httpx.Client, query: str) -> list[str]:
    """Return the rows of a query of one column."""
    answer = client.get("/sparql", params={"query": query, "format": "csv"})
    assert answer.status_code == 200
    return answer.text.split()[1:]


def problem(response: httpx.Response) -> dict[str, Any]:
    """Return the problem document of a response that pages elsewhere may not read."""
    assert response.headers["content-type"] == "application/problem+json"
    assert "access-control-allow-origin" not in response.headers
    document: dict[str, Any] = response.json()
    return document


def test_a_made_update_is_seen_by_the_next_query(writable: httpx.Client) -> None:
    """After the 204 every query sees the change, and the name of the data is another one."""
    names = set()
    for number in range(8):
        answer = update(writable, f"INSERT DATA {{ <a:a> <a:p> {number} }}")
        assert (answer.status_code, answer.content) == (204, b"")
        names.add(answer.headers["allegiance-snapshot"])
        found = rows(writable, "SELECT ?o { <a:a> <a:p> ?o } ORDER BY ?o")
        assert found == [str(each) for each in range(number + 1)]
    assert len(names) == 8


def test_the_prefixes_of_the_graph_are_known(writable: httpx.Client) -> None:
    """An update may use the prefixes of the graph without declaring them, as queries may."""
    assert update(writable, "INSERT DATA { id:iran rdfs:comment 'x' }").status_code == 204
    assert rows(writable, "SELECT ?o { id:iran rdfs:comment ?o }") == ["x"]


def test_a_cached_answer_is_not_given_again(writable: httpx.Client) -> None:
    """What was answered before a commit is not answered after it, not even as unchanged."""
    query = {"query": "SELECT ?o { <a:a> <a:p> ?o }", "format": "csv"}
    before = writable.get("/sparql", params=query)
    assert update(writable, "INSERT DATA { <a:a> <a:p> 1 }").status_code == 204

    after = writable.get("/sparql", params=query, headers={"if-none-match": before.headers["etag"]})

    assert after.status_code == 200
    assert after.text.split() == ["o", "1"]


def test_an_update_needs_the_token(writable: httpx.Client) -> None:
    """Without a token the answer is 401, with another one 403, and nothing is changed."""
    text = {"update": "INSERT DATA { <a:a> <a:p> 1 }"}
    missing = writable.post("/sparql", data=text)
    assert (missing.status_code, problem(missing)["title"]) == (401, "A token is needed")
    assert missing.headers["www-authenticate"].startswith("Bearer")
    wrong = writable.post("/sparql", data=text, headers={"authorization": "Bearer x"})
    assert wrong.status_code == problem(wrong)["status"] == 403
    assert rows(writable, "SELECT ?o { <a:a> <a:p> ?o }") == []


def test_writing_is_off_by_default(client: httpx.Client) -> None:
    """A server that is not told otherwise takes no update, and says what to do instead."""
    answer = update(client, "INSERT DATA { <a:a> <a:p> 1 }")

    assert answer.status_code == 403
    assert "pull request" in problem(answer)["remedy"]


def test_the_report_of_the_shapes_is_told(writable: httpx.Client) -> None:
    """Data against the rules is refused with node, rule and remedy, and none of it stays."""
    answer = update(writable, "INSERT DATA { <a:claim> a al:Claim . <a:a> <a:p> 1 }")

    assert answer.status_code == 422
    report = problem(answer)["report"]
    assert {each["focus"] for each in report} == {"a:claim"}
    says = next(each for each in report if each["shape"].endswith("/claim-says"))
    assert says["path"] == "https://w3id.org/allegiance/ontology#says"
    assert says["remedy"].startswith("Write one `says:`")
    assert rows(writable, "SELECT ?o { <a:a> <a:p> ?o }") == []


def test_a_fault_of_syntax_has_its_place(writable: httpx.Client) -> None:
    """An update that does not parse is a 400 with line and column."""
    answer = update(writable, "INSERT DATA {\n <a:a> <a:p> }")

    assert answer.status_code == 400
    assert (problem(answer)["line"], problem(answer)["column"]) == (2, 14)


@pytest.mark.parametrize(
    "text",
    [
        "LOAD <{0}>",
        "LOAD SILENT <{0}> INTO GRAPH <a:g>",
        "INSERT {{ ?s ?p ?o }} WHERE {{ SERVICE <{0}> {{ ?s ?p ?o }} }}",
    ],
)
def test_nobody_is_called(writable: httpx.Client, canary: tuple[str, list[str]], text: str) -> None:
    """LOAD and SERVICE are refused, and no connection is made."""
    address, visitors = canary

    assert update(writable, text.format(address)).status_code == 403
    assert visitors == []


def test_the_dataset_of_the_protocol_is_used(writable: httpx.Client) -> None:
    """using-graph-uri and using-named-graph-uri say what WHERE sees, in DELETE WHERE as well."""
    data = "INSERT DATA { GRAPH <a:g> { <a:x> <a:p> 1 } GRAPH <a:h> { <a:y> <a:p> 2 } }"
    assert update(writable, data).status_code == 204
    copy = "INSERT { <a:z> <a:q> ?o } WHERE { ?s <a:p> ?o }"

    assert update(writable, copy, **{"using-graph-uri": "a:h"}).status_code == 204
    assert rows(writable, "SELECT ?o { <a:z> <a:q> ?o }") == ["2"]

    named = "INSERT { <a:z> <a:r> ?g } WHERE { GRAPH ?g { ?s <a:p> ?o } }"
    assert update(writable, named, **{"using-named-graph-uri": "a:g"}).status_code == 204
    assert rows(writable, "SELECT ?g { <a:z> <a:r> ?g }") == ["a:g"]

    narrow = "DELETE WHERE { <a:z> <a:q> ?o }"
    assert update(writable, narrow, **{"using-graph-uri": "a:g"}).status_code == 204
    assert rows(writable, "SELECT ?o { <a:z> <a:q> ?o }") == ["2"]
    own = "WITH <a:g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }"
    assert update(writable, own, **{"using-graph-uri": "a:g"}).status_code == 400


def test_readers_see_all_of_a_commit_or_nothing(writable: httpx.Client) -> None:
    """While pairs are written and removed, no reader ever sees one half of a pair."""
    query = "SELECT (COUNT(?a) - COUNT(?b) AS ?n) { { ?s <a:one> ?a } UNION { ?s <a:two> ?b } }"
    seen: list[str] = []
    ended = threading.Event()

    def read() -> None:
        with httpx.Client(base_url=writable.base_url, timeout=20) as reader:
            while not ended.is_set():
                seen.extend(rows(reader, query))

    thread = threading.Thread(target=read)
    thread.start()
    try:
        for number in range(12):
            pair = f"<a:{number}> <a:one> 1 ; <a:two> 2"
            assert update(writable, f"INSERT DATA {{ {pair} }}").status_code == 204
            if number % 3 == 0:
                gone = update(writable, f"DELETE WHERE {{ <a:{number}> ?p ?o }}")
                assert gone.status_code == 204
    finally:
        ended.set()
        thread.join()
    assert len(seen) > 3
    assert set(seen) == {"0"}


def test_commits_outlast_the_server(
    serve_with: Callable[..., httpx.Client],
    tmp_path: Path,
    snapshot: Any,  # noqa: ANN401
) -> None:
    """A server that is started again on the same folder answers from the commits."""
    folder = tmp_path / "commits"
    first = serve_with(**WRITABLE, commit_dir=str(folder))
    name = update(first, "INSERT DATA { <a:a> <a:p> [ <a:q> 1 ] }").headers["allegiance-snapshot"]
    copied = tmp_path / "copy"
    copied.mkdir()
    for file in folder.iterdir():
        (copied / file.name).write_bytes(file.read_bytes())

    second = serve_with(**WRITABLE, commit_dir=str(copied))

    assert second.get("/health").json()["snapshot"] == name != snapshot.name
    assert rows(second, "SELECT ?o { <a:a> <a:p> [ <a:q> ?o ] }") == ["1"]
    assert update(second, "DELETE WHERE { <a:a> <a:p> ?b . ?b <a:q> 1 }").status_code == 204
    assert rows(second, "SELECT ?o { <a:a> <a:p> ?o }") == []
