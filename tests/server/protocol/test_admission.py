"""No query that would call another server, or that is no query, is let in."""

from __future__ import annotations

import time

import pytest

from allegiance_server.errors import (
    QueryRefusedError,
    QueryTooDeepError,
    ServiceRefusedError,
    UpdateRefusedError,
)
from allegiance_server.protocol.admission import admit

PROLOGUE = "PREFIX : <http://127.0.0.1:1/> PREFIX u: <urn:x> PREFIX service: <urn:y> "


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p 'SERVICE <http://x> {' }",
        'SELECT * { ?s ?p """a "quoted" SERVICE {""" }',
        "SELECT * { ?s ?p ?o } # SERVICE <http://x> { }",
        "SELECT * { ?s <http://example.org/SERVICE> ?o }",
        "SELECT * { ?s <http://example.org/a#service(s)> ?o }",
        "SELECT * { ?s u:service ?o }",
        "SELECT * { ?service service:name ?o . ?o a service:x }",
        "SELECT * { GRAPH service:g { ?s ?p ?o } }",
        "PREFIX s: <urn:service#> SELECT * { ?s s:a ?o }",
        "SELECT * { ?s ?p 'it\\'s SERVICE' }",
    ],
)
def test_word_service_passes_where_it_is_no_clause(query: str) -> None:
    """In strings, comments, IRIs, variables and prefixed names the word means nothing."""
    admit(PROLOGUE + query, max_depth=10)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <http://x> { ?s ?p ?o } }",
        "SELECT * { service<http://x>{} }",
        "SELECT * { SERVICE SILENT :x { ?s ?p ?o } }",
        "SELECT * { ?s ?p '' SERVICE ?v { ?s ?p ?o } }",
        "SELECT * { #\rSERVICE :x { ?s ?p ?o } }",
        "SELECT * { ?s ?p ''.SERVICE :x { ?s ?p ?o } }",
        # The store's parser needs no space behind a keyword, and takes a prefix for one.
        "SELECT * { SERVICE:x { ?s ?p ?o } }",
        "SELECT * { SERVICE: { ?s ?p ?o } }",
        "SELECT * { SERVICE:x #\n { ?s ?p ?o } }",
        "SELECT * { SERVICESILENT:x { ?s ?p ?o } }",
        "SELECT * { ?s ?p trueSERVICE :x { ?s ?p ?o } }",
        "SELECT * { ?s ?p true.SERVICE:x { ?s ?p ?o } }",
        "SELECT * { ?s ?p 1SERVICE:x { ?s ?p ?o } }",
        "SELECT * { ?s ?p 1e5SERVICE:x { ?s ?p ?o } }",
        "SELECT * { ?s ?p ?o.SERVICE:x { ?s ?p ?o } }",
        "SELECT * { ?s ?p u:.SERVICE:x { ?s ?p ?o } }",
        "SELECT * { ?s ?p 'x'@en.SERVICE:x { ?s ?p ?o } }",
    ],
)
def test_service_clause_is_refused(query: str) -> None:
    """Every spelling of the clause that the store's parser reads as one is refused."""
    with pytest.raises(ServiceRefusedError):
        admit(PROLOGUE + query, max_depth=10)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { FILTER(?x<?y)SERVICE ?v#>\n{ ?s ?p ?o } }",
        'SELECT * { FILTER(?x<9)#>"""\nSERVICE :x { ?s ?p ?o } #"""\n }',
        "SELECT * { FILTER(1e5<2)SERVICE:x#>'\n{ ?s ?p ?o } #'\n }",
        "SELECT * { FILTER(?x<'>')SERVICE:x{ ?s ?p ?o } FILTER(?x<'>') }",
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(query: str) -> None:
    """Where "less than" could be an IRI that hides the clause, the query is refused in doubt."""
    with pytest.raises(QueryRefusedError):
        admit(PROLOGUE + query, max_depth=10)


@pytest.mark.parametrize(
    "query",
    [
        "INSERT DATA { <a:a> <a:b> <a:c> }",
        "PREFIX u: <urn:x>\n# a comment\nDELETE WHERE { ?s ?p ?o }",
        "BASE <http://example.org/> clear all",
        "LOAD <http://example.org/>",
    ],
)
def test_update_is_refused(query: str) -> None:
    """An update is told from a broken query by its first word."""
    with pytest.raises(UpdateRefusedError):
        admit(query, max_depth=10)


def test_depth_counts_brackets_outside_strings() -> None:
    """Brackets nest up to the bound; those in strings and comments, or side by side, do not."""
    admit("SELECT * { " + "FILTER(1) " * 50 + "}", max_depth=3)
    admit("SELECT * { ?s ?p '((((((((' } # ((((((", max_depth=3)
    admit("SELECT * { FILTER((1)) }", max_depth=3)
    with pytest.raises(QueryTooDeepError, match="more than 3 deep"):
        admit("SELECT * { FILTER(([1])) }", max_depth=3)


@pytest.mark.parametrize(
    "piece", ["a.", "'", '"""', "\\", ":a.", "<", "<a", "?", "@a-", "%2", "u:\\a", "a" * 60_000]
)
def test_check_takes_time_linear_in_the_length(piece: str) -> None:
    """No 60 KB of hostile text hold the check up."""
    text = (piece * (60_000 // len(piece))) + "(" * 300 + ")" * 300 + " service"
    start = time.process_time()
    with pytest.raises(QueryRefusedError):
        admit(text + "{", max_depth=1000)
    assert time.process_time() - start < 0.5
