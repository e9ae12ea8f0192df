"""Programs get what is found as JSON, people as a page; neither is told less than there is."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from fastapi import FastAPI, Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pyoxigraph import Literal, NamedNode, Quad, Store

import allegiance_server.web
from allegiance.namespaces import term
from allegiance_server.errors import NotAcceptableError, RequestError
from allegiance_server.web.search import SearchEndpoint
from allegiance_server.workers.search import SearchIndex, answer_search

if TYPE_CHECKING:
    from collections.abc import Callable

    from allegiance_server.workers.tasks import Task

TEMPLATES = Path(allegiance_server.web.__file__).with_name("templates")
PAGE = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def _index() -> SearchIndex:
    store = Store()
    texts = {f"ally-{number:02}": f"Ally {number}" for number in range(25)}
    texts["mallory"] = "<script>alert(1)</script>"
    for name, text in texts.items():
        store.add(Quad(term(f"id:{name}"), term("rdfs:label"), Literal(text, language="en")))
    says = Literal("Iran backs an ally.", language="en")
    store.add(Quad(term("claim:page/backing"), term("al:says"), says))
    store.add(Quad(term("id:iran"), term("al:alias"), Literal("ایران", language="fa")))
    store.add(Quad(NamedNode("javascript:alert(2)"), term("rdfs:label"), Literal("click me")))
    return SearchIndex.build(store)


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """Make an application of this endpoint alone; its worker is the index."""
    index = _index()
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    )

    async def ask(task: Task, request: Request) -> bytes:
        assert task.kind == "search"
        assert request.url.path == "/search"
        return answer_search(index, task.text)

    made = FastAPI()
    SearchEndpoint(ask, templates, lambda: "name-of-the-data").add_to(made)
    return made


@pytest.fixture
def get(app: FastAPI) -> Callable[..., httpx.Response]:
    """Send a GET to `/search`, or to an address with its parameters; errors are raised."""

    def send(
        address: str = "/search", headers: dict[str, str] | None = None, **asked: str
    ) -> httpx.Response:
        async def whole() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
                return await client.get(address, params=asked or None, headers=headers)

        return asyncio.run(whole())

    return send


def test_program_gets_the_best_matches(get: Callable[..., httpx.Response]) -> None:
    """An item has its IRI, label and kind, and the words are marked by their places."""
    response = get(q="backs iran")
    assert response.headers["content-type"] == "application/json"
    assert response.headers["vary"] == "Accept"
    answer = response.json()
    assert answer["items"][0].pop("score") > 0
    assert answer == {
        "total": 1,
        "limit": 20,
        "offset": 0,
        "items": [
            {
                "iri": "https://w3id.org/allegiance/claim/page/backing",
                "label": None,
                "kind": "summary",
                "text": "Iran backs an ally.",
                "language": "en",
                "marks": [[0, 4], [5, 10]],
            }
        ],
        "next": None,
    }


def test_links_lead_through_all_that_is_found(get: Callable[..., httpx.Response]) -> None:
    """Every page tells the total and leads to the next; together they have each thing once."""
    address, seen = "/search?q=ally&limit=10", []
    while address:
        response = get(address)
        answer = response.json()
        assert answer["total"] == 26
        seen += [item["iri"] for item in answer["items"]]
        expected = f'<{answer["next"]}>; rel="next"' if answer["next"] else None
        assert response.headers.get("link") == expected
        address = answer["next"]
    assert len(seen) == len(set(seen)) == 26


def test_next_page_has_the_same_words_and_format(get: Callable[..., httpx.Response]) -> None:
    """What was asked stays asked, whatever signs are in it."""
    following = get(q="al* +", limit="2", offset="3", format="json").json()["next"]
    assert following == "/search?q=al%2A+%2B&limit=2&offset=5&format=json"


def test_page_behind_the_end_still_tells_the_total(get: Callable[..., httpx.Response]) -> None:
    """An offset beyond the end finds no item, and says how many there are."""
    answer = get(q="ally", offset="26").json()
    assert (answer["total"], answer["items"], answer["next"]) == (26, [], None)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"q": ""},
        {"q": '"*"'},
        {"q": "x" * 1001},
        {"q": "ally", "limit": "0"},
        {"q": "ally", "limit": "201"},
        {"q": "ally", "limit": "ten"},
        {"q": "ally", "limit": "-1"},
        {"q": "ally", "limit": "1.0"},
        {"q": "ally", "limit": "٣"},
        {"q": "ally", "limit": "9" * 5000},
        {"q": "ally", "offset": "-1"},
        {"q": "ally", "offset": "1000000001"},
        {"q": "ally", "limit": ""},
    ],
)
def test_request_that_cannot_be_answered_is_an_error(
    get: Callable[..., httpx.Response], asked: dict[str, str]
) -> None:
    """No words, or a page that is none, is told instead of guessed."""
    with pytest.raises(RequestError):
        get(**asked)


def test_other_formats_are_refused(get: Callable[..., httpx.Response]) -> None:
    """A format that is not offered is named in the error."""
    with pytest.raises(NotAcceptableError, match="'xml'"):
        get(q="ally", format="xml")


def test_people_get_a_page(get: Callable[..., httpx.Response]) -> None:
    """The page marks the words, names the snapshot, and links to things and the next page."""
    response = get(headers=PAGE, q="iran")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    page = response.text
    assert "1 thing found" in page
    assert "<mark>Iran</mark> backs an ally." in page
    assert 'href="https://w3id.org/allegiance/claim/page/backing"' in page
    assert "claim:page/backing" in page
    assert "/sparql?query=DESCRIBE+%3Chttps%3A%2F%2Fw3id.org" in page
    assert "name-of-the-data" in page
    assert 'lang="fa"' in get(q="ایران", format="html").text
    assert 'href="/search?q=ally&amp;limit=20&amp;offset=20"' in get(headers=PAGE, q="ally").text
    assert "Next 6<" in get(headers=PAGE, q="ally").text


def test_format_goes_before_accept(get: Callable[..., httpx.Response]) -> None:
    """A browser gets JSON where the address says so."""
    assert get(headers=PAGE, q="ally", format="json").json()["total"] == 26


def test_page_without_words_is_a_form(get: Callable[..., httpx.Response]) -> None:
    """Who opens the address finds where to type; who searches in vain is told so."""
    assert "found" not in get(headers=PAGE).text
    assert "0 things found" in get(headers=PAGE, q="nowhere").text
    assert "There are no more than 26." in get(headers=PAGE, q="ally", offset="100").text


def test_text_of_the_graph_is_no_markup(get: Callable[..., httpx.Response]) -> None:
    """Neither a text, nor the words, nor an IRI can become a script."""
    page = get(headers=PAGE, q="script> <alert").text
    assert "&lt;<mark>script</mark>&gt;<mark>alert</mark>(1)&lt;" in page
    assert 'value="script&gt; &lt;alert"' in page
    assert "<alert" not in page
    assert 'href="javascript' not in get(headers=PAGE, q="click").text


def test_head_has_no_body(app: FastAPI) -> None:
    """HEAD is answered as GET is, without the body."""

    async def whole() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.head("/search?q=ally")

    assert asyncio.run(whole()).status_code == 200


def test_interface_is_described(app: FastAPI) -> None:
    """The OpenAPI document has the parameters with their bounds, and the form of the answer."""
    operation = app.openapi()["paths"]["/search"]["get"]
    limits = {each["name"]: each["schema"].get("maximum") for each in operation["parameters"]}
    assert limits == {"q": None, "limit": 200, "offset": 1_000_000_000, "format": None}
    content = operation["responses"]["200"]["content"]
    assert set(content) == {"application/json", "text/html"}
    assert content["application/json"]["schema"]["$ref"].endswith("/SearchAnswer")
    assert "422" not in operation["responses"]
    assert json.dumps(app.openapi())
