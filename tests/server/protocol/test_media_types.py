"""The format is what the client likes best of what is offered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import QueryResultsFormat, RdfFormat

from allegiance_server.errors import NotAcceptableError
from allegiance_server.protocol.media_types import (
    GRAPHS,
    NAMED_FORMATS,
    SOLUTIONS,
    Formats,
    content_type,
    media_type_of,
    negotiate,
    weight_of,
)

JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"
LD = "application/ld+json"


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
        # A weight that is none disregards its range; one that is left out is 1.
        ("text/csv;q=2, text/turtle;q=-1, application/xml", "application/xml", None),
        ("text/csv;q=nan, application/xml;q=, text/xml;q=1.", "text/xml", None),
        ("text/csv;q=1.5, application/json;q=.2", "application/json", None),
        ("text/csv;q=0.33333, application/json;q=0.33334", "application/json", None),
        ("text/csv;q=1.000, application/json;q=0.999", "text/csv", None),
        # What some clients send for */*, and lists with nothing in them.
        ("text/html, image/gif, *; q=.2, */*; q=.2", JSON, "text/turtle"),
        (", ,", JSON, "text/turtle"),
        # Parameters: that of the character set is met, others make a range less welcome.
        ("text/turtle; charset=utf-8", None, "text/turtle"),
        ('text/turtle; charset="UTF-8", */*;q=0.1', JSON, "text/turtle"),
        ("text/turtle; charset=utf-16, application/n-triples;q=0.1", None, "application/n-triples"),
        ('application/ld+json;profile="a,b;q=0"', None, "application/ld+json"),
        ("application/ld+json;profile=a, */*;q=0.1", JSON, "application/ld+json"),
        ("application/ld+json;profile=a;q=0.1, application/ld+json, */*;q=0.5", JSON, LD),
        ("text/*, text/csv;header=absent;q=0", "text/tab-separated-values", "text/turtle"),
        # An unclosed quotation mark keeps to its element as far as can be.
        ('text/csv;a="b', "text/csv", None),
    ],
)
def test_accept_is_weighed(accept: str | None, solutions: str | None, graph: str | None) -> None:
    """The highest q wins, the more specific range says which, our order breaks a tie."""
    formats = negotiate(accept, None)
    assert (formats.solutions, formats.graph) == (solutions, graph)


@pytest.mark.parametrize(
    "accept", ["text/html", "image/*", "text/csv;q=0", "*/*;q=0", "csv", "text/csv;q=x"]
)
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
        ("APPLICATION/sparql-results json", JSON, None),
        ("srj", JSON, None),
        ("srx", XML, None),
        ("tsv", "text/tab-separated-values", None),
        ("ttl", None, "text/turtle"),
        ("nt", None, "application/n-triples"),
        ("rdf", None, "application/rdf+xml"),
        ("jsonld", None, "application/ld+json"),
        ("trig", None, "application/trig"),
        ("nq", None, "application/n-quads"),
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


def test_endless_header_is_an_error() -> None:
    """A header longer than any that a client means is not weighed."""
    negotiate("text/csv," + " " * 4087, None)
    with pytest.raises(NotAcceptableError, match="longer than 4096"):
        negotiate("text/csv," + " " * 4088, None)


def test_every_name_means_an_offer() -> None:
    """Each short name gives media types that are offered, for one form of query at least."""
    for solutions, graph in NAMED_FORMATS.values():
        assert solutions in (None, *SOLUTIONS)
        assert graph in (None, *GRAPHS)
        assert solutions or graph


@pytest.mark.parametrize(
    ("header", "media_type", "parameters"),
    [
        ("", "", {}),
        (" Text/Turtle ", "text/turtle", {}),
        ("a/b; Charset = UTF-8 ;; x", "a/b", {"charset": "UTF-8", "x": ""}),
        ('a/b; boundary="--a;\\"b"', "a/b", {"boundary": '--a;"b'}),
    ],
)
def test_media_type_is_read(header: str, media_type: str, parameters: dict[str, str]) -> None:
    """Type and names count without case, values as they are, quoted ones without their marks."""
    assert media_type_of(header) == (media_type, parameters)


@pytest.mark.parametrize("text", ["", "-0", "1.1", "2", "1e-1", "0x1", "inf", " 1", "0.5.", "٠"])
def test_no_other_weight_is_read(text: str) -> None:
    """A weight is a plain decimal number from 0 to 1."""
    assert weight_of(text) is None


RANGES = st.sampled_from([*SOLUTIONS, *GRAPHS, "*/*", "text/*", "*", "image/png", "", "q=1", '"'])
ACCEPT = st.one_of(
    st.text(max_size=60),
    st.lists(st.tuples(RANGES, st.sampled_from(["", ";q=0", ";q=0.5", ";q=x", ";a=b"]))).map(
        lambda pairs: ",".join(pattern + weight for pattern, weight in pairs)
    ),
)


@given(ACCEPT, st.one_of(st.none(), st.text(max_size=8), st.sampled_from(list(NAMED_FORMATS))))
def test_any_header_gives_formats_or_the_error(accept: str, name: str | None) -> None:
    """No header raises anything but the error that lists what is offered."""
    try:
        chosen = negotiate(accept, name)
    except NotAcceptableError:
        return
    assert chosen != Formats(None, None)
    assert chosen.solutions in (None, *SOLUTIONS)
    assert chosen.graph in (None, *GRAPHS)
