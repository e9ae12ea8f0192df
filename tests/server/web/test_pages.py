"""The pages show questions and answers to people, and text of the graph stays text."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from allegiance_server.web import pages

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    ServeWith = Callable[..., httpx.Client]

HTML = {"accept": "text/html"}
BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


class Page(HTMLParser):
    """Collect the elements of a page, and check that each is closed."""

    VOID = frozenset(["input", "link", "meta", "br"])

    def __init__(self, text: str) -> None:
        """Read a page."""
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Check that the element that ends is the one that began last."""
        assert self._open.pop() == tag

    def attributes(self, tag: str, name: str) -> list[str | None]:
        """Return an attribute of every element of a name."""
        return [attributes.get(name) for found, attributes in self.elements if found == tag]


def test_start_page_lists_questions_by_group(client: httpx.Client) -> None:
    """Every question is a plain link under the heading of its group, in the order of the groups."""
    text = client.get("/").text
    links = [href for href in Page(text).attributes("a", "href") if "/questions/" in str(href)]
    assert links == [
        "/questions/clients",
        "/questions/runaway",
        "/questions/everything",
        "/questions/known",
        "/questions/states",
    ]
    assert text.index("<h3>Actors</h3>") < text.index("<h3>Sources</h3>")


@pytest.mark.parametrize(
    "path", ["/", "/questions/clients", "/search", "/interface", "/questions/none"]
)
def test_pages_are_accessible(client: httpx.Client, path: str) -> None:
    """A page has a language, a title, one first heading, and a label for every field."""
    response = client.get(path, headers=HTML)
    assert response.status_code == (404 if path.endswith("/none") else 200)
    page = Page(response.text)
    names = [tag for tag, _ in page.elements]
    assert page.attributes("html", "lang") == ["en"]
    assert names.count("h1") == 1
    assert "title" in names
    assert "viewport" in page.attributes("meta", "name")
    fields = {
        attributes.get("id")
        for tag, attributes in page.elements
        if tag in ("input", "textarea", "select")
    }
    assert fields <= set(page.attributes("label", "for"))
    identifiers = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))


@pytest.mark.parametrize("path", ["/", "/questions/everything", "/search", "/interface"])
def test_nothing_comes_from_elsewhere(client: httpx.Client, path: str) -> None:
    """Scripts and styles are our own files, none stands in the page, and the policy says so."""
    response = client.get(path, headers=HTML)
    assert response.status_code == 200
    page = Page(response.text)
    loaded = page.attributes("script", "src") + page.attributes("link", "href")
    assert all(str(address).startswith("/static/") for address in loaded)
    for address in loaded:
        assert client.get(str(address)).status_code == 200
    attributes = [name for _, found in page.elements for name in found]
    assert "style" not in attributes
    assert not [name for name in attributes if name.startswith("on")]
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy


def test_question_is_answered_on_the_server(client: httpx.Client) -> None:
    """A question's page shows its answer as a table without any script."""
    text = client.get("/questions/clients").text
    assert '<td><a href="https://w3id.org/allegiance/id/hezbollah"' in text
    assert ">id:hezbollah</a>" in text
    assert "1 row." in text


def test_parameter_changes_the_answer(client: httpx.Client) -> None:
    """A value in the address is put into the query, the table and the form."""
    text = client.get("/questions/clients", params={"patron": "hezbollah"}).text
    assert "VALUES ?patron { id:hezbollah }" in text
    assert "0 rows." in text
    assert 'value="hezbollah"' in text


def test_value_that_does_not_fit_is_told_on_the_page(client: httpx.Client) -> None:
    """A wrong value ends in 400 with the form still there and the value escaped."""
    hostile = '"><script>alert(5)</script>'
    response = client.get("/questions/clients", params={"patron": hostile})
    assert response.status_code == 400
    assert "write an id such as" in response.text
    assert "<script>alert" not in response.text
    Page(response.text)


def test_hostile_text_stays_text(client: httpx.Client) -> None:
    """Markup in the graph is shown, not obeyed, and only addresses of http can be clicked."""
    text = client.get("/questions/everything").text
    page = Page(text)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert page.attributes("script", "src") == ["/static/explore.js"]
    assert not [name for _, found in page.elements for name in found if name == "onmouseover"]
    links = [str(href) for href in page.attributes("a", "href")]
    assert "https://example.org/page#:~:text=backs,groups" in links
    assert not [href for href in links if "javascript" in href and not href.startswith("/")]
    assert "javascript:alert(3)" in text


def test_truth_and_graphs_have_pages(client: httpx.Client) -> None:
    """An ASK is answered by a word, a CONSTRUCT by Turtle."""
    assert "Yes." in client.get("/questions/known").text
    assert "id:iran a al:State" in client.get("/questions/states").text


def test_whole_answer_can_be_downloaded(client: httpx.Client) -> None:
    """A question's page links to its whole answer in other formats."""
    page = Page(client.get("/questions/clients").text)
    links = [str(href) for href in page.attributes("a", "href")]
    [csv] = [href for href in links if href.endswith("format=csv")]
    assert client.get(csv).text == "client\r\nhttps://w3id.org/allegiance/id/hezbollah\r\n"


def test_question_gives_its_query(client: httpx.Client) -> None:
    """The editor gets a question's SPARQL with the values put in, as plain text."""
    response = client.get("/questions/clients/query", params={"patron": "iran", "unknown": "x"})
    assert response.headers["content-type"].startswith("application/sparql-query")
    assert "VALUES ?patron { id:iran }" in response.text
    assert client.get("/questions/clients/query", params={"patron": "{"}).status_code == 400


def test_editor_takes_a_query_from_the_address(client: httpx.Client) -> None:
    """A query in the address stands in the editor, escaped."""
    text = client.get("/", params={"query": "ASK {} # </textarea><script>"}).text
    assert "ASK {} # &lt;/textarea&gt;&lt;script&gt;" in text
    Page(text)


def test_trouble_in_a_query_is_told_on_the_page(client: httpx.Client) -> None:
    """A question that overruns shows so with its status, and the query to change stays there."""
    response = client.get("/questions/runaway")
    assert response.status_code == 504
    assert "Took too long" in response.text
    assert "Change this query" in response.text
    assert int(response.headers["retry-after"]) > 0
    Page(response.text)


def test_every_page_leads_to_search_and_descriptions(client: httpx.Client) -> None:
    """From each page one gets to the search and to both descriptions, which a browser can show."""
    for path in ("/", "/search", "/questions/clients"):
        links = Page(client.get(path, headers=HTML).text).attributes("a", "href")
        assert {"/search", "/sparql?format=turtle", "/void", "/interface"} <= set(links)
    for link in ("/search", "/sparql?format=turtle", "/void"):
        assert client.get(link, headers=BROWSER).status_code == 200


def test_start_page_tells_of_search_in_queries(client: httpx.Client) -> None:
    """Who writes a query learns that it can search, and by what."""
    assert "alf:search" in client.get("/").text


def test_pages_are_within_the_budget_of_their_client(serve_with: ServeWith) -> None:
    """What a question or a search costs is charged to whoever asks; then it is told to wait."""
    client = serve_with(client_errors_per_minute=1, query_timeout_s=0.1)
    assert client.get("/questions/runaway").status_code == 504
    refused = client.get("/questions/clients", headers=HTML)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert "Your share is used up" in refused.text
    assert client.get("/search", params={"q": "iran"}).status_code == 429
    assert client.get("/").status_code == 200


def test_unknown_question_is_not_found(client: httpx.Client) -> None:
    """A question that does not exist is a page that leads back."""
    response = client.get("/questions/none", headers=HTML)
    assert response.status_code == 404
    assert "There is no question" in response.text
    assert "/" in Page(response.text).attributes("a", "href")


def test_unknown_address_is_told_in_the_language_of_the_client(client: httpx.Client) -> None:
    """People get a page, programs a problem document."""
    assert "<h1>" in client.get("/nowhere", headers=HTML).text
    document = client.get("/nowhere", headers={"accept": "application/json"})
    assert document.headers["content-type"] == "application/problem+json"
    assert document.json()["status"] == 404


def test_script_never_writes_markup() -> None:
    """The script makes text nodes; it holds none of the ways that turn text into markup."""
    script = Path(pages.STATIC / "explore.js").read_text(encoding="utf-8")
    assert not re.findall(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", script)
