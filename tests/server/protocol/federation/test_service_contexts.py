"""The context of a SERVICE clause is what restricts it and cannot change the answer."""

from __future__ import annotations

import re

import pytest

from allegiance_server.protocol.federation.group_patterns import read_query
from allegiance_server.protocol.federation.service_clauses import Clause, Namespaces, read_clauses
from allegiance_server.protocol.federation.service_contexts import (
    context_of,
    first_unsteady,
    is_pushable,
)

CALL = "SERVICE <x:y> { ?s ?p ?o }"


def clause_of(inside: str) -> Clause:
    """Read the first clause of a query."""
    query = read_query(f"SELECT * {{ {inside.replace('S!', CALL)} }}")
    return read_clauses(query, Namespaces({}, "x:"), {"x:y": "peer"})[0]


@pytest.mark.parametrize(
    ("inside", "context"),
    [
        # What stands before, in its order, without the filters.
        ("?a ?b ?c . S!", "?a ?b ?c ."),
        ("?a ?b ?c S!", "?a ?b ?c ."),
        ("?a ?b ?c FILTER(?o > 1) ?d ?e ?f S!", "?a ?b ?c . ?d ?e ?f ."),
        (
            "OPTIONAL { ?a ?b ?c } MINUS { ?d ?e ?f } BIND(1 AS ?g) S!",
            "OPTIONAL { ?a ?b ?c } MINUS { ?d ?e ?f } BIND(1 AS ?g)",
        ),
        ("{ ?a ?b ?c FILTER(?a) } UNION { } S!", "{ ?a ?b ?c FILTER(?a) } UNION { }"),
        ("{ SELECT ?a { ?a ?b ?c } } S!", "{ SELECT ?a { ?a ?b ?c } }"),
        ("GRAPH ?g { ?a ?b ?c } S!", "GRAPH ?g { ?a ?b ?c }"),
        # What stands behind and is joined as it is.
        ("S! ?a ?b ?c", "?a ?b ?c ."),
        (
            "S! VALUES ?s { 1 } GRAPH ?g { } { ?a ?b ?c }",
            "VALUES ?s { 1 } GRAPH ?g { } { ?a ?b ?c }",
        ),
        ("S! OPTIONAL { ?a ?b ?c } MINUS { ?a ?b ?c } BIND(1 AS ?g) FILTER(?a)", ""),
        ("S! OPTIONAL { ?a ?b ?c } ?d ?e ?f", "?d ?e ?f ."),
        # Outwards.
        ("?a ?b ?c { S! } ?d ?e ?f", "?a ?b ?c . ?d ?e ?f ."),
        ("?a ?b ?c { ?g ?h ?i S! } ?d ?e ?f", "?a ?b ?c . { ?g ?h ?i . } ?d ?e ?f ."),
        ("?a ?b ?c { ?x ?y ?z } UNION { S! ?g ?h ?i }", "?a ?b ?c . { ?g ?h ?i . }"),
        ("?a ?b ?c GRAPH ?g { S! }", "?a ?b ?c ."),
        ("?a ?b ?c GRAPH ?g { ?d ?e ?f S! }", "?a ?b ?c . { GRAPH ?g { ?d ?e ?f . } }"),
        # Out of OPTIONAL, once, and only what stands before it.
        ("?a ?b ?c OPTIONAL { ?g ?h ?i S! } ?d ?e ?f", "?a ?b ?c . { ?g ?h ?i . }"),
        ("?a ?b ?c { ?d ?e ?f OPTIONAL { S! } }", "?d ?e ?f ."),
        ("?a ?b ?c OPTIONAL { ?d ?e ?f OPTIONAL { S! } }", "?d ?e ?f ."),
        ("GRAPH ?g { ?d ?e ?f OPTIONAL { S! } }", "GRAPH ?graph1 { ?d ?e ?f . }"),
        ("?graph7 a ?x GRAPH ?g { ?s a ?x OPTIONAL { S! } }", "GRAPH ?graph8 { ?s a ?x . }"),
        # Never out of a sub-SELECT, but within its graph.
        ("?a ?b ?c { SELECT ?s { ?d ?e ?f S! } LIMIT 1 }", "?d ?e ?f ."),
        ("GRAPH <g:h> { { SELECT ?s { ?d ?e ?f S! } } ?a ?b ?c }", "GRAPH <g:h> { ?d ?e ?f . }"),
        ("GRAPH ?g { { SELECT ?s { ?d ?e ?f S! } } }", "GRAPH ?graph1 { ?d ?e ?f . }"),
        (
            "GRAPH ?g { { SELECT * { GRAPH ?h { S! } ?a ?b ?c } } }",
            "GRAPH ?graph1 { ?a ?b ?c . }",
        ),
        # Nothing that may be otherwise the next time, nor what depends on it.
        ("BIND(RAND() AS ?a) ?b ?c ?d S!", "?b ?c ?d ."),
        ("{ ?a ?b ?c FILTER(RAND() < 1) } OPTIONAL { ?d ?e ?f } ?g ?h ?i S!", "?g ?h ?i ."),
        ("BIND(now() AS ?a) MINUS { ?b ?c ?d } BIND(1 AS ?e) S!", ""),
        ("S! { SELECT ?s { ?s ?p ?o } LIMIT 1 } ?a ?b ?c", "?a ?b ?c ."),
        # Another clause restricts nothing before it has its rows.
        (f"S! {{ {CALL} }} ?a ?b ?c", "?a ?b ?c ."),
        (f"S! {CALL} ?a ?b ?c", "?a ?b ?c ."),
    ],
)
def test_context(inside: str, context: str) -> None:
    """The context is what every solution with a row of the clause extends."""
    assert context_of(clause_of(inside)).text == context


@pytest.mark.parametrize(
    ("query", "context"),
    [
        ("SELECT * { S! } VALUES ?s { <a:b> }", "VALUES ?s { <a:b> }"),
        (
            "SELECT ?s { ?a ?b ?c S! } ORDER BY (?a) LIMIT 1 VALUES (?s ?o) { (1 2) }",
            "?a ?b ?c . VALUES (?s ?o) { (1 2) }",
        ),
        ("ASK { { S! } } VALUES ?s { 1 }", "VALUES ?s { 1 }"),
        ("SELECT (COUNT(*) AS ?n) { S! } VALUES ?n { 1 }", ""),
        ("SELECT ?s { S! } GROUP BY ?s VALUES ?s { 1 }", ""),
        ("SELECT ?s { S! } HAVING (?s > 1) VALUES ?s { 1 }", ""),
        ("SELECT * { OPTIONAL { S! } } VALUES ?s { 1 }", ""),
        ("SELECT * { { SELECT * { S! } } } VALUES ?s { 1 }", ""),
    ],
)
def test_values_behind_the_query(query: str, context: str) -> None:
    """They are joined with the rows of its group, unless it groups them first."""
    read = read_query(query.replace("S!", CALL))
    (clause,) = read_clauses(read, Namespaces({}, "x:"), {"x:y": "peer"})
    assert context_of(clause).text == context


@pytest.mark.parametrize(
    ("inside", "variables"),
    [
        ("?a ?b ?c S!", "a b c"),
        ("MINUS { ?a ?b ?c } FILTER(?d) S!", ""),
        ("{ SELECT ?a { ?a ?b ?c } } S!", "a"),
        ("GRAPH ?g { S! }", ""),
        ("GRAPH ?g { ?a a 1 S! }", "a g"),
        ("GRAPH ?g { ?a a 1 OPTIONAL { S! } }", "a"),
    ],
)
def test_variables_of_the_context(inside: str, variables: str) -> None:
    """They are those that its elements can bind; a graph's name counts where it is known."""
    assert context_of(clause_of(inside)).variables == set(variables.split())


@pytest.mark.parametrize(
    ("inside", "select"),
    [
        ("{ SELECT ?a { ?a ?b ?c } LIMIT 1 } S!", "SELECT ?a { ?a ?b ?c } LIMIT 1"),
        ("{ SELECT ?a { ?a ?b ?c } ORDER BY RAND() } S!", "SELECT ?a { ?a ?b ?c } ORDER BY RAND()"),
        ("OPTIONAL { { SELECT ?a { } OFFSET 1 } } { S! }", "SELECT ?a { } OFFSET 1"),
        ("{ SELECT (SAMPLE(?x) AS ?a) { } } OPTIONAL { S! }", "SELECT (SAMPLE(?x) AS ?a) { }"),
        ("{ SELECT ?a { ?a ?b ?c } } S!", None),
        ("S! { SELECT ?a { } LIMIT 1 }", None),
        ("GRAPH ?g { { SELECT ?a { } LIMIT 1 } S! }", None),
        ("GRAPH ?g { { SELECT ?a { } LIMIT 1 } } S!", None),
        ("{ SELECT ?a { } LIMIT 1 } { SELECT ?s { S! } }", None),
    ],
)
def test_sub_select_that_is_answered_once(inside: str, select: str | None) -> None:
    """What gives some of its rows has to give the same ones to the context and to the answer."""
    clause = clause_of(inside)
    found = first_unsteady(clause)
    text = None if found is None else clause.query.text[found.start : found.end]
    assert text == select


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("?s ?p ?o FILTER(?o > 1)", True),
        ("{ SELECT (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s }", True),
        ("SELECT ?s { ?s ?p ?o } LIMIT 1", False),
        ("{ SELECT (SAMPLE(?o) AS ?s) { ?s ?p ?o } }", False),
        ("?s ?p ?o FILTER(RAND() < 0.5)", False),
        ("?s ?p 'LIMIT' . ?limit ?p ex:LIMIT", True),
    ],
)
def test_pattern_that_takes_bindings(pattern: str, expected: bool) -> None:  # noqa: FBT001 - a case
    """A pattern that takes some of its rows would take others for each batch."""
    clause = clause_of(re.sub(r"\{.*\}", lambda _: f"{{ {pattern} }}", CALL))
    assert is_pushable(clause) is expected
