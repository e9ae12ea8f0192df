"""A task on a store ends in a whole result or in a reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from allegiance_server.protocol.media_types import (
    CSV,
    GRAPHS,
    JSON,
    NTRIPLES,
    RDFXML,
    SOLUTIONS,
    TURTLE,
    XML,
    Formats,
)
from allegiance_server.workers.evaluation import perform
from allegiance_server.workers.output import Output
from allegiance_server.workers.tasks import Task
from allegiance_server.workers.wire import PROBLEM, WHOLE, Answer, Request

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from allegiance_server.workers.evaluation import Data

    Pair = tuple[socket.socket, socket.socket]
    Do = Callable[[Task], tuple[str, bytes]]

BACKING = "https://w3id.org/allegiance/claim/page/backing"
STRIKE = "https://w3id.org/allegiance/claim/page/strike"
MAX_BYTES = 100_000


@pytest.fixture
def do(
    data: Data, pair: Pair, frames_of: Callable[[socket.socket], list[tuple[Answer, bytes]]]
) -> Do:
    """Do a task; return the media type of its result, or the outcome, and the body or detail."""

    def run(task: Task) -> tuple[str, bytes]:
        ours, theirs = pair
        output = Output(
            theirs, Request(1, task), 60_000, task.max_bytes or MAX_BYTES, lambda _: None
        )
        perform(data, task, output)
        [(answer, body)] = frames_of(ours)
        if answer.kind == PROBLEM:
            told = json.loads(body)
            return told["outcome"], told["detail"].encode()
        assert answer.kind == WHOLE
        return answer.media_type, body

    return run


def query(
    text: str,
    solutions: str | None = CSV,
    graph: str | None = NTRIPLES,
    *,
    default_graphs: tuple[str, ...] = (),
    named_graphs: tuple[str, ...] = (),
    max_bytes: int | None = None,
) -> Task:
    """Ask a query that wants CSV or N-Triples, unless it says otherwise."""
    formats = Formats(solutions, graph)
    return Task("query", text, formats, default_graphs, named_graphs, max_bytes=max_bytes)


def test_prefixes_of_the_graph_are_known(do: Do) -> None:
    """A query uses them without a declaration, and its own declaration goes before."""
    assert do(query("ASK { id:iran a al:State }")) == (CSV, b"true")
    assert do(query("PREFIX id: <urn:x> ASK { id:iran a al:State }")) == (CSV, b"false")


def test_dataset_of_the_request_replaces_that_of_the_query(do: Do) -> None:
    """Graphs that the request names are the only ones that the query sees, whatever its FROM."""
    classes = f"SELECT ?c FROM <{BACKING}> WHERE {{ ?s a ?c }}"  # noqa: S608 - a constant
    assert b"MilitaryStrike" in do(query(classes, default_graphs=(STRIKE,)))[1]
    assert b"Patronage" in do(query(classes))[1]
    graphs = "SELECT ?g WHERE { GRAPH ?g { ?s a ?c } }"
    assert do(query(graphs, default_graphs=(STRIKE,)))[1] == b"g\r\n"
    assert do(query(graphs, named_graphs=(STRIKE,)))[1] == f"g\r\n{STRIKE}\r\n".encode()


@pytest.mark.parametrize("media_type", SOLUTIONS)
def test_tables_are_written_in_every_format(do: Do, media_type: str) -> None:
    """SELECT and ASK come in each format that is offered for them."""
    told, body = do(query("SELECT ?s { ?s a al:State }", media_type))
    assert told == media_type
    assert b"id/iran" in body
    assert b"true" in do(query("ASK {}", media_type))[1]


@pytest.mark.parametrize("media_type", GRAPHS)
def test_graphs_are_written_in_every_format(do: Do, media_type: str) -> None:
    """CONSTRUCT, DESCRIBE and a graph by name come in each format that is offered for them."""
    for task in (
        query("CONSTRUCT WHERE { ?s a al:State }", graph=media_type),
        query("DESCRIBE id:iran", graph=media_type),
        Task("graph", "", Formats(None, media_type)),
    ):
        told, body = do(task)
        assert told == media_type
        assert b"iran" in body


def test_turtle_is_written_with_prefixes(do: Do) -> None:
    """Turtle is for people: it uses the prefixes of the graph."""
    assert b"id:iran a al:State" in do(query("CONSTRUCT WHERE { ?s a al:State }", graph=TURTLE))[1]
    assert b"\nid:hezbollah rdfs:label " in do(Task("graph", "", Formats(None, TURTLE)))[1]


def test_a_named_graph_is_written_alone(do: Do) -> None:
    """Of a graph that is asked for by name comes what stands in it, one line here."""
    media_type, body = do(Task("graph", STRIKE, Formats(None, NTRIPLES)))
    assert media_type == NTRIPLES
    assert b"MilitaryStrike" in body
    assert body.count(b"\n") == 1


def test_a_graph_that_is_not_there_is_a_reason(do: Do) -> None:
    """A named graph that nothing stands in is told as such, with its name."""
    told = do(Task("graph", "http://e.org/none", Formats(None, NTRIPLES)))
    assert told == ("no-graph", b"http://e.org/none")


def test_search_is_answered_in_json(do: Do) -> None:
    """The words of a label find its thing."""
    asked = json.dumps({"words": "hezbollah", "limit": 10, "offset": 0})
    media_type, body = do(Task("search", asked, Formats(None, None)))
    assert media_type == "application/json"
    [item] = json.loads(body)["items"]
    assert item["thing"].endswith("id/hezbollah")


@pytest.mark.parametrize(
    "task",
    [
        query("SELECT ?s { ?s ?p ?o }"),
        query("DESCRIBE id:iran"),
        query("DESCRIBE id:iran", graph=TURTLE),
        Task("graph", "", Formats(None, NTRIPLES)),
    ],
)
def test_bound_is_exact(do: Do, task: Task) -> None:
    """A result of as many bytes as are allowed passes, one byte more is a reason."""
    _, body = do(task)
    fields = (task.kind, task.text, task.formats)
    assert do(Task(*fields, max_bytes=len(body)))[1] == body
    assert do(Task(*fields, max_bytes=len(body) - 1)) == ("too-large", b"")


@pytest.mark.parametrize(
    ("task", "outcome"),
    [
        (query("SELECT * {"), "not-parsed"),
        (query("ASK {}", default_graphs=("no iri",)), "not-evaluable"),
        (query("SELECT (<http://e.org/no-such>(1) AS ?x) {}"), "not-evaluable"),
        (query("ASK {}", solutions=None), "not-acceptable"),
        (query("DESCRIBE id:iran", graph=None), "not-acceptable"),
        (query('SELECT ("\\u0001" AS ?x) {}', XML), "not-representable"),
        (query("CONSTRUCT { id:a <http://e.org/1/> 1 } {}", graph=RDFXML), "not-representable"),
    ],
)
def test_what_has_no_result_has_a_reason(do: Do, task: Task, outcome: str) -> None:
    """Each fault of a query has a name of its own."""
    assert do(task)[0] == outcome


def test_a_triple_as_a_term_needs_a_format_for_it(do: Do) -> None:
    """Where the serialiser has no place for such a term, the reason says so; JSON has one."""
    text = "SELECT (<<( id:a id:b id:c )>> AS ?t) {}"
    assert do(query(text, JSON))[0] == JSON
    construct = "CONSTRUCT { id:a id:b <<( id:a id:b id:c )>> } {}"
    told = do(query(construct, graph="application/ld+json"))
    assert told == ("not-representable", b"a triple as a term")


def test_fault_of_the_machine_is_for_the_log_alone(
    data: Data, pair: Pair, frames_of: Callable[[socket.socket], list[tuple[Answer, bytes]]]
) -> None:
    """A system error while a result is written is returned, and no word of it is sent."""
    ours, theirs = pair

    class Broken(Output):
        def write(self, _: bytes) -> int:
            raise OSError(5, "a secret of the machine")

    task = query("ASK {}")
    fault = perform(data, task, Broken(theirs, Request(1, task), 1000, 1000, lambda _: None))
    assert "a secret of the machine" in fault
    [(answer, body)] = frames_of(ours)
    assert answer.kind == PROBLEM
    assert json.loads(body) == {"outcome": "failed", "detail": ""}


def test_end_of_the_connection_is_no_outcome(data: Data, pair: Pair) -> None:
    """Where nobody listens any more, the worker is to end: the error goes through."""
    ours, theirs = pair
    ours.close()
    task = query("ASK {}")
    with pytest.raises(ConnectionError):
        perform(data, task, Output(theirs, Request(1, task), 1000, 1000, lambda _: None))
