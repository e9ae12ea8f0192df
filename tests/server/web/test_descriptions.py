"""The service describes itself and its data, in every format of RDF, to programs and to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyoxigraph import NamedNode, RdfFormat, Triple, parse

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

RDF_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
SERVICE = NamedNode("http://www.w3.org/ns/sparql-service-description#Service")
ENDPOINT = NamedNode("http://www.w3.org/ns/sparql-service-description#endpoint")
DATASET = NamedNode("http://rdfs.org/ns/void#DatasetDescription")
BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
SYNTAXES = {
    "text/turtle": RdfFormat.TURTLE,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/rdf+xml": RdfFormat.RDF_XML,
    "application/ld+json": RdfFormat.JSON_LD,
    "application/trig": RdfFormat.TRIG,
    "application/n-quads": RdfFormat.N_QUADS,
}


def triples(response: httpx.Response) -> set[Triple]:
    """Read a response by its type."""
    assert response.status_code == 200, response.text
    media_type = response.headers["content-type"].partition(";")[0]
    return {quad.triple for quad in parse(response.content, format=SYNTAXES[media_type])}


@pytest.mark.parametrize("media_type", SYNTAXES)
@pytest.mark.parametrize("path", ["/sparql", "/void"])
def test_each_format_says_the_same(client: httpx.Client, path: str, media_type: str) -> None:
    """The description is in the format that is asked for, and says what it says in Turtle."""
    response = client.get(path, headers={"accept": media_type})
    assert response.headers["content-type"].startswith(media_type)
    assert response.headers["vary"] == "Accept"
    assert response.headers["access-control-allow-origin"] == "*"
    assert triples(response) == triples(client.get(path, headers={"accept": "text/turtle"}))


def test_without_a_query_the_service_is_described(client: httpx.Client) -> None:
    """The address without a query, by GET, gives a service whose endpoint is that address."""
    found = triples(client.get("/sparql"))
    [service] = [each.subject for each in found if each.object == SERVICE]
    endpoint = NamedNode(f"{client.base_url}/sparql".replace("//sparql", "/sparql"))
    assert Triple(service, ENDPOINT, endpoint) in found


def test_the_data_is_described(client: httpx.Client) -> None:
    """The description of the data is a VoID document about them."""
    assert DATASET in {each.object for each in triples(client.get("/void"))}


def test_format_by_suffix_and_parameter(client: httpx.Client) -> None:
    """A suffix or the parameter `format` names the format, for a browser as for a program."""
    for path in ("/sparql.nt", "/sparql?format=nt"):
        for headers in ({}, BROWSER):
            response = client.get(path, headers=headers)
            assert response.headers["content-type"] == "application/n-triples"
            assert triples(response)


def test_a_browser_is_led_to_a_page(client: httpx.Client) -> None:
    """A person who opens the address of the endpoint comes to the page that has the editor."""
    response = client.get("/sparql", headers=BROWSER)
    assert (response.status_code, response.headers["location"]) == (303, "/")
    assert "<textarea" in client.get("/sparql", headers=BROWSER, follow_redirects=True).text


def test_the_well_known_address_leads_to_the_description(client: httpx.Client) -> None:
    """Where VoID says that a description of the data is found, one is led to it."""
    response = client.get("/.well-known/void")
    assert (response.status_code, response.headers["location"]) == (303, "/void")


@pytest.mark.parametrize("path", ["/sparql", "/void"])
def test_a_known_description_is_not_sent_again(client: httpx.Client, path: str) -> None:
    """The tag is of these very bytes: with it there is a 304, and another format has another."""
    first = client.get(path)
    tag = first.headers["etag"]
    assert tag.startswith('"')
    again = client.get(path, headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    other = client.get(path, headers={"accept": "application/n-triples", "if-none-match": tag})
    assert other.status_code == 200
    assert other.headers["etag"] != tag


@pytest.mark.parametrize("path", ["/sparql", "/void"])
def test_head_describes_in_headers_alone(client: httpx.Client, path: str) -> None:
    """HEAD has the type, the length and the tag of GET, and no body."""
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "etag"):
        assert head.headers[name] == got.headers[name]


def test_what_is_no_graph_is_not_acceptable(client: httpx.Client) -> None:
    """A description is a graph: whoever accepts tables alone is told so."""
    response = client.get("/sparql", headers={"accept": "text/csv"})
    assert response.status_code == 406
    assert response.headers["content-type"] == "application/problem+json"


def test_the_public_address_is_the_one_that_is_told(
    serve_with: Callable[..., httpx.Client],
) -> None:
    """Behind a proxy the description names the address that the settings name."""
    text = serve_with(public_url="https://kg.example.org").get("/sparql").text
    assert "<https://kg.example.org/sparql>" in text
    assert "127.0.0.1" not in text


def test_the_host_of_the_request_is_told_if_it_is_one(client: httpx.Client) -> None:
    """Without a public address the one of the request is told; what is no host is not repeated."""
    for host, is_told in (("kg.example.org", True), ("x> <y", False)):
        text = client.get("/sparql", headers={"host": host}).text
        assert (f"http://{host}/sparql" in text) == is_told
