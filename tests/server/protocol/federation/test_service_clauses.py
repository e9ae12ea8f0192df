"""SERVICE clauses are found where they stand; what cannot be carried out is refused."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from allegiance_server.errors import (
    QueryNotParsedError,
    QueryRefusedError,
    ServiceRefusedError,
)
from allegiance_server.protocol.federation.group_patterns import read_query
from allegiance_server.protocol.federation.service_clauses import (
    Clause,
    Namespaces,
    outline,
    read_clauses,
)

KNOWN = Namespaces(MappingProxyType({"peer": "http://peer.example/"}), "http://base.example/")
ALLOWED = {"http://peer.example/sparql": "peer", "http://base.example/own": "own"}
CALL = "SERVICE <http://peer.example/sparql> { ?s ?p ?o }"


def clauses(query: str) -> tuple[Clause, ...]:
    """Read the clauses of a query."""
    return read_clauses(read_query(query), KNOWN, ALLOWED)


@pytest.mark.parametrize(
    "query",
    [
        f"ASK {{ {CALL} }}",
        "ASK { SERVICE peer:sparql { ?s ?p ?o } }",
        "PREFIX x: <http://peer.example/> ASK { SERVICE x:sparql { ?s ?p ?o } }",
        "BASE <http://peer.example/a> ASK { SERVICE <sparql> { ?s ?p ?o } }",
        r"ASK { SERVICE <http://peer.example/\u0073parql> { ?s ?p ?o } }",
        "ASK { service<http://peer.example/sparql>{ ?s ?p ?o } }",
        "BASE <http://x/> PREFIX x: <//peer.example/> ASK { SERVICE x:sparql { ?s ?p ?o } }",
    ],
)
def test_address_is_resolved(query: str) -> None:
    """An endpoint is named by its IRI, however that is written."""
    (clause,) = clauses(query)
    assert (clause.address, clause.variables) == ("http://peer.example/sparql", ("o", "p", "s"))


@pytest.mark.parametrize(
    "query",
    [
        f"ASK {{ {{ {CALL} }} UNION {{ {CALL} }} }}",
        f"ASK {{ OPTIONAL {{ {CALL} }} GRAPH ?g {{ {CALL} }} }}",
        f"ASK {{ {{ SELECT * {{ {CALL} }} }} {CALL} }}",
    ],
)
def test_clauses_come_in_the_order_of_the_text(query: str) -> None:
    """All clauses are found, the first one first."""
    starts = [each.element.start for each in clauses(query)]
    assert starts == [query.index(CALL), query.rindex(CALL)]


@pytest.mark.parametrize(
    "query",
    [
        "ASK { ?service a 'SERVICE <x:y> {}' } # SERVICE",
        "ASK { GRAPH service:x { ?s ?p <x:SERVICE> } }",
        "DESCRIBE <x:service>",
    ],
)
def test_the_word_alone_is_no_clause(query: str) -> None:
    """In a variable, a string, a name, an IRI or a comment the word calls nobody."""
    assert clauses(query) == ()


@pytest.mark.parametrize(
    "address",
    [
        "http://peer.example/sparql/",
        "http://peer.example/sparql?x",
        "https://peer.example/sparql",
        "http://peer.example:80/sparql",
        "http://PEER.example/sparql",
        "http://127.0.0.1/",
        "file:///etc/passwd",
        "http://[peer.example/sparql",
    ],
)
def test_another_address_is_refused_and_those_allowed_are_listed(address: str) -> None:
    """Only the very address that the operator lists is called."""
    with pytest.raises(ServiceRefusedError) as refused:
        clauses(f"ASK {{ SERVICE <{address}> {{ ?s ?p ?o }} }}")
    assert address in refused.value.detail
    assert "<http://peer.example/sparql> (peer)" in refused.value.remedy


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("ASK { SERVICE ?x { ?s ?p ?o } }", "by a variable"),
        (f"ASK {{ {CALL.replace('SERVICE', 'SERVICE SILENT')} }}", "is SILENT"),
        (f"ASK {{ MINUS {{ {CALL} }} }}", "in MINUS"),
        (f"ASK {{ MINUS {{ OPTIONAL {{ {CALL} }} }} }}", "in MINUS"),
        (f"ASK {{ {CALL[:-1]} {CALL} }} }}", "another SERVICE"),
        (f"ASK {{ FILTER EXISTS {{ {CALL} }} }}", "in EXISTS"),
        (f"ASK {{ FILTER NOT EXISTS {{ {CALL} }} }}", "in EXISTS"),
        (f"ASK {{ BIND(EXISTS {{ {CALL} }} AS ?x) }}", "in EXISTS"),
        (f"SELECT (EXISTS {{ {CALL} }} AS ?x) {{ }}", "in EXISTS"),
        (f"SELECT * {{ }} HAVING (EXISTS {{ {CALL} }})", "in EXISTS"),
        (f"CONSTRUCT WHERE {{ {CALL} }} ORDER BY EXISTS {{ {CALL} }}", "in EXISTS"),
        (f"CONSTRUCT {{ {CALL} }} {{ }}", "in EXISTS, in an expression"),
        ("ASK { SERVICE:x { ?s ?p ?o } }", "stuck to a name"),
        ("ASK { ?s ?p trueSERVICE:x { ?s ?p ?o } }", "stuck to a name"),
        (f"ASK {{ {CALL[:-1]} . ?x alf:search 'y' }} }}", "only this server knows"),
    ],
)
def test_what_is_not_carried_out_is_refused(query: str, says: str) -> None:
    """A clause that is not understood, or whose failure nobody would see, is refused with 400."""
    with pytest.raises(QueryRefusedError, match=says) as refused:
        clauses(query)
    assert not isinstance(refused.value, ServiceRefusedError)
    assert "line 1, column" in refused.value.detail


def test_clauses_are_bounded() -> None:
    """Sixteen clauses are read, one more is told."""
    assert len(clauses(f"ASK {{ {CALL * 16} }}")) == 16
    with pytest.raises(QueryRefusedError, match="more than 16 SERVICE clauses"):
        clauses(f"ASK {{ {CALL * 17} }}")


def test_prefix_that_nobody_declares_is_told_with_its_place() -> None:
    """An endpoint under an unknown prefix is no endpoint."""
    with pytest.raises(QueryNotParsedError, match="prefix of x:y is not declared") as refused:
        clauses("ASK {\n SERVICE x:y { } }")
    assert (refused.value.line, refused.value.column) == (2, 10)


def test_outline_keeps_lines_and_columns() -> None:
    """Without its clauses, a query is SPARQL with everything else in its place."""
    tall = CALL.replace("{ ", "{\n")
    query = f"SELECT * {{ {CALL} ?a ?b ?c .\n {tall} ?x ?y ?z }}"
    told = outline(read_query(query), clauses(query))
    assert "SERVICE" not in told
    assert told.count("VALUES(?o?p?s){}") == 2
    for part in ("?a ?b", "?x ?y"):
        before, after = (text[: text.index(part)] for text in (query, told))
        assert before.count("\n") == after.count("\n")
        assert len(before.rpartition("\n")[2]) == len(after.rpartition("\n")[2])


def test_outline_of_the_shortest_clauses_keeps_columns() -> None:
    """Without any space in it, a clause is no shorter than what stands in its place."""
    prologue = "PREFIX : <http://peer.example/sparql>"
    query = f"{prologue} SELECT * {{ SERVICE :{{?a?b?c}} SERVICE :{{}}?x ?y ?z }}"
    told = outline(read_query(query), clauses(query))
    assert told == f"{prologue} SELECT * {{ VALUES(?a?b?c){{}}  VALUES(){{}} ?x ?y ?z }}"
