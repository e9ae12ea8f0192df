"""A query with SERVICE clauses becomes requests, and then a query without them."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from allegiance_server.protocol.federation.federated_query import (
    FederatedQuery,
    LocalQuery,
    request_text,
)
from allegiance_server.protocol.federation.service_clauses import Namespaces

KNOWN = Namespaces(MappingProxyType({"al": "http://al/", "id": "http://id/"}), "http://base/")
CALL = "SERVICE <x:y> { ?s ?p ?o }"


def read(query: str) -> FederatedQuery:
    """Read a query whose one endpoint is <x:y>."""
    return FederatedQuery(query, KNOWN, {"x:y": "peer"})


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            f"PREFIX a: <b:> SELECT ?x {{ ?s a:c ?z {CALL} }} LIMIT 5",
            "PREFIX a: <b:> SELECT DISTINCT ?s  WHERE { ?s a:c ?z . }",
        ),
        (
            f"ASK FROM <g:h> {{ {CALL} VALUES (?s ?o) {{ (1 2) }} }}",
            " SELECT DISTINCT ?o ?s FROM <g:h> WHERE { VALUES (?s ?o) { (1 2) } }",
        ),
        (f"ASK {{ ?a ?b ?c {CALL} }}", None),
        (f"ASK {{ {CALL} }}", None),
        (f"ASK {{ ?a ?b ?c {CALL[:-1]} OPTIONAL {{ ?a ?b ?c }} }} }}", None),
        (f"ASK {{ ?s ?p ?z {CALL[:-1]} {{ SELECT * {{ }} LIMIT 1 }} }} }}", None),
    ],
)
def test_context_query(query: str, expected: str | None) -> None:
    """It asks for the variables that the clause shares, with the prologue and the dataset."""
    context = read(query).context()
    assert (None if context is None else context.text) == expected


@pytest.mark.parametrize(
    ("query", "rows", "expected"),
    [
        (
            f"ASK {{ ?s ?x ?z {CALL} }}",
            ["(<a:b>)", '("c"@en)'],
            'SELECT ?o ?p ?s WHERE { VALUES (?s) { (<a:b>) ("c"@en) } { ?s ?p ?o } } LIMIT 7',
        ),
        (f"ASK {{ {CALL} }}", [], "SELECT ?o ?p ?s WHERE { { ?s ?p ?o } } LIMIT 7"),
        (
            "PREFIX a: <b:> # secret\nASK { SERVICE <x:y> { a:b a al:C . id:d z:e <f:g> } }",
            [],
            (
                "PREFIX al: <http://al/> PREFIX id: <http://id/> PREFIX a: <b:> "
                "SELECT * WHERE { { a:b a al:C . id:d z:e <f:g> } } LIMIT 7"
            ),
        ),
        (
            "PREFIX al: <b:> ASK { SERVICE <x:y> { ?s a al:C } }",
            [],
            "PREFIX al: <b:> SELECT ?s WHERE { { ?s a al:C } } LIMIT 7",
        ),
        (
            "ASK { SERVICE <x:y> { ?s a <c> FILTER(1<2) } }",
            [],
            "BASE <http://base/> SELECT ?s WHERE { { ?s a <c> FILTER(1<2) } } LIMIT 7",
        ),
        (
            "ASK { SERVICE <x:y> { SELECT ?s (COUNT(?o) AS ?n) { ?s ?p ?o } GROUP BY ?s } }",
            [],
            (
                "SELECT ?n ?s WHERE { { SELECT ?s (COUNT(?o) AS ?n) { ?s ?p ?o } GROUP BY ?s } } "
                "LIMIT 7"
            ),
        ),
    ],
)
def test_request(query: str, rows: list[str], expected: str) -> None:
    """The endpoint is asked for the pattern, with what its names need, and for its variables."""
    clause = read(query).clauses[0]
    assert request_text(clause, KNOWN, ("s",) if rows else (), rows, 7) == expected


def test_rows_take_the_place_of_clauses_one_after_another() -> None:
    """Later clauses see the rows of earlier ones; at last, no clause is left."""
    query = read(f"SELECT * {{ {CALL} . SERVICE <x:y> {{ ?o a ?z }} FILTER(?z) }}")
    query.replace(query.clauses[0].element, ("o", "p", "s"), ["(<a:b> UNDEF 1)"])
    values = "VALUES (?o ?p ?s) { (<a:b> UNDEF 1) }"
    context = f" SELECT DISTINCT ?o  WHERE {{ {values} }}"
    assert query.context() == LocalQuery(context, ("o",))
    query.replace(query.clauses[0].element, ("o", "z"), [])
    assert query.clauses == ()
    expected = f"SELECT * {{  {values}  .  VALUES (?o ?z) {{  }}  FILTER(?z) }}"
    assert query.whole == expected


def test_rows_are_not_read_as_a_part_of_the_query() -> None:
    """Whatever a term has in it, it is a term: braces, keywords, and the look of a mark."""
    query = read(f"ASK {{ {CALL} {CALL} }}")
    row = r'("} SERVICE <x:z> { \" <urn:rows:0> \\1" UNDEF UNDEF)'
    for _ in range(2):
        query.replace(query.clauses[0].element, ("o", "p", "s"), [row])
    assert query.whole.count(row) == 2
    assert query.clauses == ()


def test_sub_select_with_limit_is_asked_by_itself() -> None:
    """It is asked once, with each row as often as it has it, and replaced by what it gave."""
    query = read(f"SELECT * {{ {{ SELECT ?s {{ ?s a ?c }} LIMIT 2 }} {CALL} }}")
    found = query.unsteady()
    assert found is not None
    select, asked = found
    assert asked.text == " SELECT ?s  WHERE { { SELECT ?s { ?s a ?c } LIMIT 2 } }"
    query.replace(select, asked.variables, ["(<a:b>)", "(<a:b>)"])
    assert query.unsteady() is None
    assert query.whole.startswith("SELECT * { {  VALUES (?s) { (<a:b>) (<a:b>) }  } SERVICE")
