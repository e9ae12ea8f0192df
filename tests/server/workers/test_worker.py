"""A worker turns a request into a whole result or a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyoxigraph import RdfFormat, Store

from allegiance.namespaces import PREFIXES
from allegiance_server.protocol.media_types import GRAPHS, SOLUTIONS
from allegiance_server.workers.worker import evaluate

if TYPE_CHECKING:
    from allegiance.snapshot import Snapshot
    from allegiance_server.workers.wire import Head

BACKING = "https://w3id.org/allegiance/claim/page/backing"
STRIKE = "https://w3id.org/allegiance/claim/page/strike"


@pytest.fixture(scope="module")
def store(snapshot: Snapshot) -> Store:
    """Load the tiny graph."""
    store = Store()
    store.bulk_load(path=snapshot.nquads, format=RdfFormat.N_QUADS)
    return store


def ask(store: Store, query: str, **changes: object) -> tuple[Head, bytes]:
    """Evaluate a query that wants CSV or N-Triples."""
    head = {
        "query": query,
        "default_graphs": [],
        "named_graphs": [],
        "solutions": "text/csv",
        "graph": "application/n-triples",
        "max_bytes": 100_000,
        **changes,
    }
    return evaluate(store, PREFIXES, head)


def test_prefixes_of_the_graph_are_known(store: Store) -> None:
    """A query uses them without a declaration, and its own declaration goes before."""
    assert ask(store, "ASK { id:iran a al:State }") == (
        {"outcome": "answered", "media_type": "text/csv"},
        b"true",
    )
    assert ask(store, "PREFIX id: <urn:x> ASK { id:iran a al:State }")[1] == b"false"


def test_dataset_of_the_request_replaces_that_of_the_query(store: Store) -> None:
    """Graphs that the request names are the only ones that the query sees, whatever its FROM."""
    classes = "SELECT ?c FROM <BACKING> WHERE { ?s a ?c }".replace("BACKING", BACKING)
    assert b"MilitaryStrike" in ask(store, classes, default_graphs=[STRIKE])[1]
    assert b"Patronage" in ask(store, classes)[1]
    graphs = "SELECT ?g WHERE { GRAPH ?g { ?s a ?c } }"
    assert ask(store, graphs, default_graphs=[STRIKE])[1] == b"g\r\n"
    assert ask(store, graphs, named_graphs=[STRIKE])[1] == f"g\r\n{STRIKE}\r\n".encode()


@pytest.mark.parametrize("media_type", SOLUTIONS)
def test_tables_are_written_in_every_format(store: Store, media_type: str) -> None:
    """SELECT and ASK come in each format that is offered for them."""
    for query in ("SELECT ?s { ?s a al:State }", "ASK {}"):
        head, body = ask(store, query, solutions=media_type)
        assert head == {"outcome": "answered", "media_type": media_type}
        assert b"iran" in body or b"true" in body


@pytest.mark.parametrize("media_type", GRAPHS)
def test_graphs_are_written_in_every_format(store: Store, media_type: str) -> None:
    """CONSTRUCT and DESCRIBE come in each format that is offered for them."""
    for query in ("CONSTRUCT WHERE { ?s a al:State }", "DESCRIBE id:iran"):
        head, body = ask(store, query, graph=media_type)
        assert head == {"outcome": "answered", "media_type": media_type}
        assert b"iran" in body


def test_turtle_is_written_with_prefixes(store: Store) -> None:
    """Turtle is for people: it uses the prefixes of the graph."""
    _, body = ask(store, "CONSTRUCT WHERE { ?s a al:State }", graph="text/turtle")
    assert b"id:iran a al:State" in body


def test_bound_is_exact(store: Store) -> None:
    """A result of as many bytes as are allowed passes, one byte more is a reason."""
    for query in ("SELECT ?s { ?s ?p ?o }", "DESCRIBE id:iran"):
        for media_type in ("application/n-triples", "text/turtle"):
            _, body = ask(store, query, graph=media_type)
            assert ask(store, query, graph=media_type, max_bytes=len(body))[1] == body
            short = ask(store, query, graph=media_type, max_bytes=len(body) - 1)
            assert short == ({"outcome": "too-large"}, b"")


def test_relative_graph_is_a_reason(store: Store) -> None:
    """A graph that is named by no absolute IRI is the client's fault, and told."""
    head, _ = ask(store, "ASK {}", default_graphs=["no iri"])
    assert head["outcome"] == "not-evaluable"
