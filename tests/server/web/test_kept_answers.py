"""What a client or this server has is not made again, and never outlives the data or the moment."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
import zstandard

from allegiance_server.protocol.media_types import Formats
from allegiance_server.settings import KIB
from allegiance_server.web.cache import ResultCache
from allegiance_server.web.sparql import Asked, SparqlEndpoint, head
from allegiance_server.workers.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

    ServeWith = Callable[..., httpx.Client]

ASK = "ASK { id:iran a al:State }"
# Some 60 KB as CSV, which is worth the encoding.
MANY = "SELECT * { ?a ?b ?c . ?d ?e ?f }"
CSV = {"accept": "text/csv", "accept-encoding": "identity"}
# By the first the request is read without the library's parser, by the second with it.
READERS = pytest.mark.parametrize(
    "odd", [{}, {"content-type": "text/plain"}], ids=["plain", "by the library"]
)


def get(client: httpx.Client, query: str, **headers: str) -> httpx.Response:
    """Ask, with headers of which the names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(f"/sparql?{urlencode({'query': query})}", headers={**CSV, **named})


UNPACKED = {
    "gzip": gzip.decompress,
    "zstd": lambda sent: zstandard.ZstdDecompressor().decompressobj().decompress(sent),
}


def raw(response: httpx.Response) -> bytes:
    """Return the body as it was sent."""
    return b"".join(response.iter_raw())


def figures(client: httpx.Client) -> tuple[int, int]:
    """Return how often the cache had a result, and how often not."""
    text = client.get("/metrics").text
    found = dict(
        re.findall(r"^allegiance_cache_(hits|misses)_total ([\d.e+]+)$", text, re.MULTILINE)
    )
    return int(float(found["hits"])), int(float(found["misses"]))


@READERS
def test_a_tag_saves_the_answer(client: httpx.Client, odd: dict[str, str]) -> None:
    """Who has the answer and sends its tag gets a 304 with the tag, and no body."""
    first = get(client, ASK, **odd)
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}'):
        again = get(client, ASK, if_none_match=known, **odd)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert again.headers["vary"] == first.headers["vary"] == "Accept, Accept-Encoding"
        assert again.headers["cache-control"] == "public, no-cache"
        assert "content-length" not in again.headers
    assert get(client, ASK, if_none_match='"other"', **odd).status_code == 200


def test_the_tag_is_of_query_format_and_graphs(client: httpx.Client) -> None:
    """Another query, format or dataset has another tag; another encoding and method have not."""
    dataset = {"query": ASK, "default-graph-uri": "http://example.org/g"}
    tag = get(client, ASK).headers["etag"]
    others = [
        get(client, ASK + " "),
        get(client, ASK, accept="application/sparql-results+json"),
        client.get("/sparql", params=dataset, headers=CSV),
    ]
    tags = [tag, *(each.headers["etag"] for each in others)]
    assert len(set(tags)) == 4
    same = [
        get(client, ASK, accept_encoding="gzip"),
        client.head("/sparql", params={"query": ASK}, headers=CSV),
        client.post("/sparql", data={"query": ASK}, headers=CSV),
        client.get("/sparql", params={"query": ASK, "timeout": "0.5"}, headers=CSV),
    ]
    assert {each.headers["etag"] for each in same} == {tag}


@READERS
@pytest.mark.parametrize(
    "query",
    [
        "SELECT (NOW() AS ?x) {}",
        "SELECT (RAND() AS ?x) {}",
        "SELECT (UUID() AS ?x) {}",
        "SELECT (STRUUID() AS ?x) {}",
        "SELECT (STR(NOW()) AS ?x) (BNODE() AS ?y) {}",
        "SELECT (uuid () AS ?x) {}",
    ],
)
def test_what_changes_by_itself_is_never_kept(
    serve_with: ServeWith, client: httpx.Client, query: str, odd: dict[str, str]
) -> None:
    """What depends on the moment has no tag, is kept by nobody, and is made anew each time."""
    del serve_with
    first, second = get(client, query, **odd), get(client, query, if_none_match="*", **odd)
    assert first.status_code == second.status_code == 200
    assert first.content != second.content
    for each in (first, second):
        assert each.headers["cache-control"] == "no-store"
        assert "etag" not in each.headers


@READERS
def test_hits_and_misses_are_counted(serve_with: ServeWith, odd: dict[str, str]) -> None:
    """The first answer is a miss, the next ones are hits and the same byte by byte."""
    client = serve_with()
    answers = [get(client, MANY, **odd) for _ in range(3)]
    assert figures(client) == (2, 1)
    assert len({each.content for each in answers}) == 1
    assert len({tuple(sorted(undated(each))) for each in answers}) == 1
    assert get(client, "SELECT (RAND() AS ?x) {}").status_code == 200
    assert figures(client) == (2, 1)  # it is not even looked for


def undated(response: httpx.Response) -> dict[str, str]:
    """Return the headers that do not depend on the time of day."""
    return {f"{name}: {value}": "" for name, value in response.headers.items() if name != "date"}


def test_a_stream_is_kept_as_well(serve_with: ServeWith) -> None:
    """What was sent as a stream is given whole the next time, encoded or not."""
    client = serve_with(spool_bytes=KIB)
    first = get(client, MANY)
    assert first.headers["transfer-encoding"] == "chunked"
    for encoding in ("identity", "gzip"):
        again = get(client, MANY, accept_encoding=encoding)
        assert int(again.headers["content-length"]) > 0
        assert "transfer-encoding" not in again.headers
        assert again.content == first.content
        assert again.headers["etag"] == first.headers["etag"]
    assert figures(client) == (2, 1)


@dataclass
class Result:
    """A result, as far as it is looked at."""

    snapshot: str
    body: bytes = b"n\r\n1\r\n"
    media_type: str = "text/csv"
    encoding: str = "identity"


def test_an_answer_of_newer_data_is_not_taken_for_one_of_older() -> None:
    """Where the data changes while a query waits, its answer has no tag and is not kept."""
    cache = ResultCache(1024 * KIB)
    service: Any = SimpleNamespace(cache=cache)
    nobody: Any = None
    endpoint = SparqlEndpoint(service, nobody, nobody)
    task = Task("query", ASK, Formats("text/csv", None))
    asked = Asked(task, ("old", "text/csv", None, (), (), ASK), 'W/"old"', "", None, is_head=False)
    for snapshot, is_kept in (("new", False), ("old", True)):
        result: Any = Result(snapshot)
        collected = endpoint.collected(result)
        endpoint.keep_collected(asked, result, collected)
        assert (cache.entry_count == 1) == is_kept
        names = [name for name, _ in endpoint.keep(asked, result).headers]
        assert (b"etag" in names) == (b"etag" in head(asked, result)) == is_kept
        assert (cache.entry_count == 1) == is_kept


def test_no_cache_keeps_nothing(serve_with: ServeWith) -> None:
    """A server without a cache answers alike, tag and 304 included."""
    client = serve_with(cache_bytes=0)
    first, second = get(client, ASK), get(client, ASK)
    assert first.content == second.content
    assert figures(client)[0] == 0
    assert get(client, ASK, if_none_match=first.headers["etag"]).status_code == 304


@READERS
@pytest.mark.parametrize("cache_bytes", [0, 1024 * KIB])
def test_encodings_are_negotiated_and_equal(
    serve_with: ServeWith, cache_bytes: int, odd: dict[str, str]
) -> None:
    """The encoding is the one that the client likes best, and holds the very same result."""
    client = serve_with(cache_bytes=cache_bytes)
    plain = get(client, MANY, **odd)
    assert "content-encoding" not in plain.headers
    assert plain.content.count(b"\r\n") == 1 + 12 * 12
    for accepted, encoding in (
        ("gzip", "gzip"),
        ("zstd, gzip;q=0.5", "zstd"),
        ("gzip, zstd;q=0.5", "gzip"),
        ("br, x-gzip", "gzip"),
    ):
        with client.stream(
            "GET",
            "/sparql",
            params={"query": MANY},
            headers={**CSV, **odd, "accept-encoding": accepted},
        ) as response:
            sent = raw(response)
        assert response.headers["content-encoding"] == encoding
        assert int(response.headers["content-length"]) == len(sent) < len(plain.content) / 2
        assert UNPACKED[encoding](sent) == plain.content


def test_small_results_stay_as_they_are(client: httpx.Client) -> None:
    """What fits into one packet is not encoded, whether it was kept or not."""
    for _ in range(2):
        response = get(client, ASK, accept_encoding="gzip, zstd")
        assert "content-encoding" not in response.headers
        assert response.text == "true"


def test_no_encoding_that_is_acceptable(client: httpx.Client) -> None:
    """Who accepts no encoding that is offered, not even none, is told so."""
    response = get(client, ASK, accept_encoding="identity;q=0, br")
    assert response.status_code == 406
    assert response.headers["content-type"] == "application/problem+json"


def test_a_commit_makes_all_that_was_kept_old(serve_with: ServeWith, tmp_path: Path) -> None:
    """With the data the tag changes, and the answer of before is given to nobody any more."""
    token = {"authorization": "Bearer open sesame"}
    sha256 = "41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb"
    client = serve_with(writable=True, write_token_sha256=sha256, commit_dir=str(tmp_path))
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    before = get(client, query)
    update = {"update": "INSERT DATA { <a:a> <a:b> <a:c> }"}
    assert client.post("/sparql", data=update, headers=token).status_code == 204
    after = get(client, query, if_none_match=before.headers["etag"])
    assert (before.text, after.text) == ("n\r\n12\r\n", "n\r\n13\r\n")
    assert after.headers["etag"] != before.headers["etag"]
