"""Reading a file of RDF: places of what it says, plain words for what it gets wrong."""

from __future__ import annotations

import socket
from itertools import groupby
from typing import TYPE_CHECKING

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allegiance.bundle import default_bundle
from allegiance.rdf_files import read_rdf
from allegiance.rdf_files.turtle_places import turtle_places
from allegiance.rdf_files.turtle_tokens import tokens_of

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Judge


ROOT = default_bundle().root
OWN_FILES = sorted([*(ROOT / "ontology").glob("*.ttl"), *(ROOT / "shapes").glob("*.ttl")])

TURTLE = """\
@prefix e: <e:> . # <e:comment> e:p 1 .
e:s a e:C ;
  e:p "one", 'two'@en-GB , \"\"\"three "" . e:s
lines\"\"\" , 4.5, -6e7, true ;
  e:q [ e:r [ e:t 1 ] ; e:u e:v ] , ( 1 [ e:w 2 ] ) ;
.
PREFIX f: <e:x/>
f:a\\,b e:p <e:o>, "8"^^e:d .
<e:\\u0073> e:p 9.
"""


@pytest.mark.parametrize("file", OWN_FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_every_named_statement_of_our_own_files_has_its_place(file: Path) -> None:
    """Each statement about a named thing is found, and a text stands where it is said to."""
    text = file.read_text(encoding="utf-8")
    lines = text.split("\n")
    quads = list(pyoxigraph.parse(path=file, format=pyoxigraph.RdfFormat.TURTLE))
    placed = turtle_places("f.ttl", text).placed(quads)
    assert len(placed) == len(quads)
    for quad, place in placed:
        if isinstance(quad.subject, pyoxigraph.NamedNode):
            assert (place.line, place.column) != (1, 1)
            rest = lines[place.line - 1][place.column - 1 :]
            if isinstance(quad.object, pyoxigraph.Literal):
                # Words without signs that Turtle writes otherwise.
                words = quad.object.value.split("\\")[0].split('"')[0].split("\u00c0")[0]
                assert words[:10] in rest or "\\" in rest


def test_places_are_those_of_the_values() -> None:
    """Each value has its line and column, whatever brackets and quotes stand before it."""
    quads = list(pyoxigraph.parse(TURTLE.encode(), format=pyoxigraph.RdfFormat.TURTLE))
    found = {
        (str(quad.predicate), str(quad.object)): (place.line, place.column)
        for quad, place in turtle_places("f.ttl", TURTLE).placed(quads)
        if isinstance(quad.subject, pyoxigraph.NamedNode)
        and not isinstance(quad.object, pyoxigraph.BlankNode)
    }
    xsd = "http://www.w3.org/2001/XMLSchema#"
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    assert found == {
        (f"<{rdf}type>", "<e:C>"): (2, 7),
        ("<e:p>", '"one"'): (3, 7),
        ("<e:p>", '"two"@en-gb'): (3, 14),
        ("<e:p>", '"three \\"\\" . e:s\\nlines"'): (3, 28),
        ("<e:p>", f'"4.5"^^<{xsd}decimal>'): (4, 12),
        ("<e:p>", f'"-6e7"^^<{xsd}double>'): (4, 17),
        ("<e:p>", f'"true"^^<{xsd}boolean>'): (4, 23),
        ("<e:p>", "<e:o>"): (8, 12),
        ("<e:p>", '"8"^^<e:d>'): (8, 19),
        ("<e:p>", f'"9"^^<{xsd}integer>'): (9, 16),
    }


def test_nodes_without_a_name_have_places_too() -> None:
    """What stands in brackets is found by the order of the file."""
    text = "@prefix e: <e:> .\ne:s e:p [ e:q 1 ],\n [ e:q 2 ] .\n"
    quads = list(pyoxigraph.parse(text.encode(), format=pyoxigraph.RdfFormat.TURTLE))
    places = {
        quad.object.value: place.line
        for quad, place in turtle_places("f.ttl", text).placed(quads)
        if isinstance(quad.object, pyoxigraph.Literal)
    }
    assert places == {"1": 2, "2": 3}


NAMES = st.sampled_from(["a", "b.c", "d-e", "f1"])
OBJECTS = st.one_of(
    NAMES.map("e:{}".format),
    NAMES.map("<e:{}>".format),
    st.text("ab\"'\\\n#.;,[]{}<>@^é", max_size=8).map(
        lambda text: str(pyoxigraph.Literal(text)),
    ),
    st.integers(-9, 9).map(str),
    st.just("[ e:in 1 ]"),
)
STATEMENTS = st.tuples(NAMES, NAMES, st.lists(OBJECTS, min_size=1, max_size=3))


@settings(max_examples=60, deadline=None)
@given(statements=st.lists(STATEMENTS, min_size=1, max_size=5), gap=st.sampled_from([" ", "\n"]))
def test_generated_statements_are_found_on_their_lines(
    statements: list[tuple[str, str, list[str]]], gap: str
) -> None:
    """Each value of a named thing stands on the line of its statement, or on its own."""
    lines = ["@prefix e: <e:> ."]
    expected = []
    for subject, predicate, values in statements:
        for number, value in enumerate(values):
            begin = f"e:{subject}{gap}e:{predicate}{gap}" if number == 0 else ""
            lines += f"{begin}{value} {',' if number < len(values) - 1 else '.'}".split("\n")
            expected.append((f"e:{subject}", f"e:{predicate}", len(lines)))
    text = "\n".join(lines)
    quads = list(pyoxigraph.parse(text.encode(), format=pyoxigraph.RdfFormat.TURTLE))
    found = [
        (quad.subject.value, quad.predicate.value, place.line)
        for quad, place in turtle_places("f.ttl", text).placed(quads)
        if isinstance(quad.subject, pyoxigraph.NamedNode)
    ]
    assert found == expected


@settings(max_examples=60, deadline=None)
@given(st.text("ab:<>\"'\\\n#.;,[](){}@^~|_ 1é\0", max_size=40))
def test_no_character_is_lost_between_tokens(text: str) -> None:
    """Tokens stand in the text where they say, in order, with only spaces between them."""
    position = 0
    for token in tokens_of(text):
        assert text[token.offset : token.offset + len(token.text)] == token.text
        between = text[position : token.offset]
        assert all(part.strip(" \t\r\n") == "" or "#" in between for part in between)
        position = token.offset + len(token.text)


TERM, TWICE = "syntax/triple-term", "syntax/duplicate-key"
WRONG = [
    pytest.param("<e:a> <e:b> 1 ;\n", "a.ttl", "syntax/rdf", (2, 1), id="open end"),
    pytest.param("<e:a> <e:b> <e:c d> .", "a.nt", "syntax/rdf", (1, 13), id="space in address"),
    pytest.param('<e:a> <e:b> <e:"c"> .', "a.nt", "syntax/rdf", (1, 13), id="quotes in address"),
    pytest.param("e:a e:b 1 .", "a.ttl", "syntax/rdf", (1, 1), id="no prefix"),
    pytest.param("<e:a> <e:b> <<( <e:a> <e:b> 1 )>> .", "a.nq", TERM, (1, 13), id="triple"),
    pytest.param("<e:a> <e:b> 1 {| <e:c> 2 |} .", "a.ttl", TERM, (1, 15), id="annotated"),
    pytest.param("", "a.trig", "syntax/empty", (1, 1), id="empty"),
    pytest.param("{}", "a.jsonld", "syntax/empty", (1, 1), id="empty object"),
    pytest.param('{\n "a": 1,}', "a.jsonld", "syntax/json", (2, 9), id="comma"),
    pytest.param('{"@id": "e:a",\n "b": 1}', "a.jsonld", "structure/unknown-key", (2, 2), id="key"),
    pytest.param('{"@id": "e:a",\n "@id": "e:b"}', "a.jsonld", TWICE, (2, 2), id="twice"),
    pytest.param(b"<e:a> <e:b> '\xe9' .", "a.ttl", "syntax/encoding", (1, 14), id="Latin-1"),
    pytest.param(b"<e:a> <e:b> '\x00' .", "a.ttl", "syntax/character", (1, 14), id="NUL"),
    pytest.param("<e:a> <e:b>\n '\\u0000' .", "a.ttl", "syntax/character", (2, 2), id="escaped"),
    pytest.param("<e:a> <e:\u202eb> 1 .", "a.ttl", "syntax/character", (1, 14), id="bidi"),
    pytest.param('<e:a\u200b> <e:b> "1" .', "a.nt", "syntax/character", (1, 14), id="zero width"),
    pytest.param("<e:a> <e:b> " + "[<e:b>" * 25, "a.ttl", "syntax/nesting", (1, 157), id="deep"),
    pytest.param("[" * 25, "a.jsonld", "syntax/nesting", (1, 25), id="deep JSON"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "name", "rule", "where"), WRONG)
def test_what_is_wrong_with_a_file_is_told_at_its_place(
    content: str | bytes, name: str, rule: str, where: tuple[int, int], judge: Judge
) -> None:
    """Each fault of writing gives one finding with line, column and a remedy."""
    found = judge.findings(content, name)
    assert [(each.rule, each.place.line, each.place.column) for each in found] == [(rule, *where)]
    assert found[0].remedy


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every attempt at a connection fail the test."""

    def refuse(*_: object) -> None:
        pytest.fail("something was fetched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    "context",
    [
        '"http://127.0.0.1:9/c"',
        '["https://example.org/c"]',
        '{"@import": "http://127.0.0.1:9/c"}',
        '{"p": {"@id": "e:p", "@context": "file:///etc/hostname"}}',
    ],
)
def test_no_context_is_fetched(context: str, judge: Judge) -> None:
    """A context that stands elsewhere is a finding, wherever it is named."""
    rules = judge.rules(f'{{"@context": {context}, "@id": "e:a", "e:b": 1}}', "a.jsonld")
    assert rules == [("syntax/remote-context", 1)]


@pytest.mark.usefixtures("no_network")
def test_our_own_context_is_known_by_its_address(judge: Judge) -> None:
    """Our context is read from the checkout, and its keys mean what they mean in YAML."""
    text = """{
      "@context": "https://w3id.org/allegiance/context.jsonld",
      "@id": "https://w3id.org/allegiance/claim/a/b",
      "says": "Arcadia helps.",
      "status": "asserted"
    }"""
    file = judge.write(text, "a.jsonld")
    read = read_rdf(judge.checkout.bundle, file)
    assert read.findings == ()
    assert {str(quad.object): place.line for quad, place in read.quads} == {
        '"Arcadia helps."@en': 4,
        "<https://w3id.org/allegiance/scheme/epistemic-status/asserted>": 5,
    }


def test_nodes_without_a_name_do_not_meet_those_of_another_file(judge: Judge) -> None:
    """Two files may use the same label for two nodes; within a file it is one node."""
    file = judge.write("_:x <e:p> [ <e:q> 1 ] .\n_:x <e:p> 2 .\n", "a.ttl")
    reads = [read_rdf(judge.checkout.bundle, file) for _ in range(2)]
    labels = [{str(part.quad.subject) for part in read.quads} for read in reads]
    assert [len(found) for found in labels] == [2, 2]
    assert labels[0].isdisjoint(labels[1])


def test_subjects_stand_where_they_are_written_first(judge: Judge) -> None:
    """A subject is shown at its first statement, also where it comes back later."""
    file = judge.write("<e:a> <e:p> 1 .\n<e:b> <e:p> 2 .\n<e:a> <e:q> 3 .\n", "a.nt.ttl")
    read = read_rdf(judge.checkout.bundle, file)
    assert {str(node): place.line for node, place in read.subjects.items()} == {
        "<e:a>": 1,
        "<e:b>": 2,
    }
    assert [len(list(group)) for _, group in groupby(read.quads, lambda part: part.place.line)] == [
        1,
        1,
        1,
    ]
