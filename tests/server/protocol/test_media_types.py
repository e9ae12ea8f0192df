"""The format is what the client likes best of what is offered."""

from __future__ import annotations

import pytest
from pyoxigraph import QueryResultsFormat, RdfFormat

from allegiance_server.errors import NotAcceptableError
from allegiance_server.protocol.media_types import GRAPHS, SOLUTIONS, content_type, negotiate

JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"


@pytest.mark.parametrize(
    ("accept", "solutions", "graph"),
    [
        (None, JSON, "text/turtle"),
        ("", JSON, "text/turtle"),
        ("*/*", JSON, "text/turtle"),
        ("text/csv", "text/csv", None),
        ("TEXT/CSV", "text/csv", None),
        ("text/csv;q=0.5, application/sparql-results+xml;q=0.9", XML, None),
        ("text/csv;q=0.9, application/sparql-results+xml ; q=0.9", XML, None),
        ("application/json", "application/json", None),
        ("text/*", "text/csv", "text/turtle"),
        ("text/*;q=0.2, text/tab-separated-values", "text/tab-separated-values", "text/turtle"),
        ("application/n-triples, */*;q=0.1", JSON, "application/n-triples"),
        ("*/*, text/turtle;q=0", JSON, "application/n-triples"),
        ("text/html, application/xml;q=0.9, */*;q=0.8", "application/xml", "text/turtle"),
        ("text/csv;charset=utf-8;q=0.4, text/turtle;q=0.3", "text/csv", "text/turtle"),
        ("nonsense;q=much, text/csv", "text/csv", None),
    ],
)
def test_accept_is_weighed(accept: str | None, solutions: str | None, graph: str | None) -> None:
    """The highest q wins, the more specific range says which, our order breaks a tie."""
    formats = negotiate(accept, None)
    assert (formats.solutions, formats.graph) == (solutions, graph)


@pytest.mark.parametrize("accept", ["text/html", "image/*", "text/csv;q=0", "*/*;q=0", "csv"])
def test_nothing_acceptable_is_an_error(accept: str) -> None:
    """Where nothing that is offered is asked for, the error lists what is."""
    with pytest.raises(NotAcceptableError, match="text/turtle"):
        negotiate(accept, None)


@pytest.mark.parametrize(
    ("name", "solutions", "graph"),
    [
        ("csv", "text/csv", None),
        ("json", JSON, "application/ld+json"),
        ("xml", XML, "application/rdf+xml"),
        ("turtle", None, "text/turtle"),
        ("application/n-quads", None, "application/n-quads"),
    ],
)
def test_format_parameter_goes_before_accept(
    name: str, solutions: str | None, graph: str | None
) -> None:
    """A `format` decides alone, by its short name or as a media type."""
    formats = negotiate("text/tab-separated-values", name)
    assert (formats.solutions, formats.graph) == (solutions, graph)


def test_unknown_format_is_an_error() -> None:
    """A `format` that is not offered is refused, not replaced."""
    with pytest.raises(NotAcceptableError):
        negotiate(None, "xlsx")


def test_every_offer_can_be_written() -> None:
    """The store's serialisers know every media type that is offered."""
    assert all(QueryResultsFormat.from_media_type(each) for each in SOLUTIONS)
    assert all(RdfFormat.from_media_type(each) for each in GRAPHS)


def test_text_names_its_character_set() -> None:
    """Text is sent with its character set, because HTTP would else leave it to guessing."""
    assert content_type("text/turtle") == "text/turtle; charset=utf-8"
    assert content_type(JSON) == JSON
