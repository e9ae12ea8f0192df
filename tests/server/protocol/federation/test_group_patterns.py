"""The groups of a query are read with their places, and what is none is refused with its place."""

from __future__ import annotations

import pytest

from allegiance_server.errors import QueryNotParsedError, QueryTooDeepError
from allegiance_server.protocol.federation.group_patterns import Group, place, read_query


def where(query: str) -> Group:
    """Return the group of a query that has one."""
    group = read_query(query).where
    assert group is not None
    return group


@pytest.mark.parametrize(
    ("inside", "kinds"),
    [
        ("?s ?p ?o . ?o a ?c", ["triples"]),
        ("?s ?p ?o FILTER(?o > 1) ?o a ?c", ["triples", "filter", "triples"]),
        ("FILTER NOT EXISTS { ?s ?p ?o } ?s a ?c", ["filter", "triples"]),
        ("FILTER ex:f(?s, ')') BIND(1 AS ?x)", ["filter", "bind"]),
        ("{ ?s ?p ?o } UNION { ?o a ?c } UNION {}", ["group"]),
        ("{ ?s ?p ?o } { ?o a ?c }", ["group", "group"]),
        ("OPTIONAL { ?s ?p ?o } MINUS { ?s ?p ?o }", ["optional", "minus"]),
        ("GRAPH ?g { ?s ?p ?o } SERVICE <a:b> { ?s ?p ?o } .", ["graph", "service"]),
        ("VALUES ?x { 1 2 } VALUES (?x ?y) { (1 UNDEF) }", ["values", "values"]),
        ("?s ?p [ ?q ( 1 2 ) ] ; a/ex:b|^ex:c ?o {}", ["triples", "group"]),
        ("?s ?p ?o {| ?q ?r |} FILTER(1)", ["triples", "filter"]),
        ("<< ?s ?p ?o >> ?q true.FILTER(1)", ["triples", "filter"]),
        ("{ SELECT * { ?s ?p ?o } LIMIT 1 }", ["group"]),
        ("?s ?p '} {' # } {\n .", ["triples"]),
    ],
)
def test_elements_of_a_group(inside: str, kinds: list[str]) -> None:
    """Each keyword begins an element, and so does a brace; triples reach up to either."""
    group = where(f"SELECT * {{ {inside} }}")
    assert [each.kind for each in group.elements] == kinds


@pytest.mark.parametrize(
    ("inside", "bound"),
    [
        ("?s ?p ?o", "s p o"),
        ("$s a ?o FILTER(?x = ?y)", "s o"),
        ("?s ?p ?o MINUS { ?x ?y ?z }", "s p o"),
        ("OPTIONAL { ?s ?p ?o }", "s p o"),
        ("BIND(?a + ?b AS ?c)", "c"),
        ("VALUES (?a ?b) { (1 ?c) }", "a b"),
        ("GRAPH ?g { ?s a ?o }", "g s o"),
        ("SERVICE <a:b> { ?s a ?o }", "s o"),
        ("{ ?a a ?b } UNION { ?c a ?d }", "a b c d"),
        ("{ SELECT ?s (COUNT(?p) AS ?n) { ?s ?p ?o } GROUP BY ?s }", "s n"),
        ("{ SELECT * { ?s a ?o } VALUES ?x { 1 } }", "s o x"),
        ("{ SELECT (EXISTS { ?a ?b ?c } AS ?d) WHERE { ?s a ?o } ORDER BY ?z }", "d"),
        ("FILTER EXISTS { ?s ?p ?o }", ""),
    ],
)
def test_what_a_group_can_bind(inside: str, bound: str) -> None:
    """A variable counts where it is bound for what stands beside it, and nowhere else."""
    assert where(f"ASK {{ {inside} }}").variables == set(bound.split())


@pytest.mark.parametrize(
    ("inside", "certain"),
    [
        ("?s ?p ?o OPTIONAL { ?a ?b ?c } MINUS { ?s ?d ?e } BIND(?f AS ?g)", "s p o"),
        ("VALUES (?a ?b) { (1 2) }", "a b"),
        ("VALUES (?a ?b) { (1 UNDEF) }", ""),
        ("{ ?a ?b ?c } UNION { ?a ?d ?c OPTIONAL { ?a ?b ?e } }", "a c"),
        ("{ { ?a ?b ?c } }", "a b c"),
        ("GRAPH ?g { ?a ?b ?c }", "g a b c"),
        ("GRAPH ?g { VALUES ?a { 1 } }", "a"),
        ("{ SELECT * { ?a ?b ?c OPTIONAL { ?a ?b ?d } } }", "a b c"),
        ("{ SELECT ?a ?d (1 / 0 AS ?e) { ?a ?b ?c OPTIONAL { ?a ?b ?d } } }", "a"),
        ("{ SELECT * { ?a ?b ?c } VALUES ?d { UNDEF } }", "a b c"),
    ],
)
def test_what_a_group_binds_in_every_solution(inside: str, certain: str) -> None:
    """A variable counts where no solution can be without it."""
    assert where(f"ASK {{ {inside} }}").certain == set(certain.split())


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (EXISTS { ?a ?b ?c } AS ?x) WHERE { ?s ?p ?o }",
        "CONSTRUCT { ?x a ?y } WHERE { ?s ?p ?o }",
        "CONSTRUCT { ?x a ?y } FROM <a:b> { ?s ?p ?o }",
        "DESCRIBE ?s FROM <a:b> { ?s ?p ?o }",
        "BASE <a:b> PREFIX ask: <c:d> VERSION '1.2' ASK { ?s ?p ?o }",
    ],
)
def test_group_of_each_form(query: str) -> None:
    """The group of the query is neither a template nor in an expression."""
    assert where(query).variables == {"s", "p", "o"}


def test_prologue_and_dataset_have_no_comments() -> None:
    """What a comment says goes nowhere else."""
    read = read_query("PREFIX a: <b:c> # secret\nASK # secret\n FROM <d:e> FROM NAMED a:f { }")
    assert [each.text for each in read.prologue] == ["PREFIX", "a:", "<b:c>"]
    assert read.dataset == "FROM <d:e> FROM NAMED a:f"


def test_values_behind_the_query_are_known() -> None:
    """They stand behind the modifiers, whatever is in those."""
    read = read_query("SELECT * { } ORDER BY (EXISTS { VALUES ?x { } }) LIMIT 1 VALUES ?y { 1 } ")
    assert read.values is not None
    assert read.values.variables == {"y"}
    assert read_query("SELECT * { VALUES ?x { } }").values is None


def test_description_without_a_pattern_has_no_group() -> None:
    """DESCRIBE may name things alone."""
    assert read_query("DESCRIBE <a:b>").where is None


@pytest.mark.parametrize(
    ("query", "line", "column"),
    [
        ("INSERT DATA { }", 1, 1),
        ("ASK {\n foo }", 2, 2),
        ("ASK { ?s ?p ?o ", 1, 16),
        ("ASK { ?s ?p ?o }} UNION", None, None),
        ("ASK { OPTIONAL ?s }", 1, 16),
        ("ASK { GRAPH { } }", 1, 13),
        ("ASK { { ?s ?p ?o } UNION ?s }", 1, 26),
        ("ASK { BIND(?x) }", 1, 16),
        ("ASK { FILTER }", 1, 14),
        ("ASK { ) }", 1, 10),
        ("ASK { { SELECT * { } ", 1, 22),
        ("ASK { VALUES ?x { 1", 1, 20),
    ],
)
def test_what_is_no_group_is_refused_with_its_place(
    query: str, line: int | None, column: int | None
) -> None:
    """Whatever is not understood is refused, or is for the store's parser to refuse."""
    if line is None:
        read_query(query)
        return
    with pytest.raises(QueryNotParsedError) as refused:
        read_query(query)
    assert (refused.value.line, refused.value.column) == (line, column)


def test_groups_are_no_deeper_than_the_reader_bears() -> None:
    """A hundred levels are read, one more is told; the interpreter is never at its end."""
    read_query(f"ASK {'{ ' * 100}{'} ' * 100}")
    with pytest.raises(QueryTooDeepError, match="more than 100 deep"):
        read_query(f"ASK {'{ ' * 101}{'} ' * 101}")


def test_places_count_from_one() -> None:
    """The first character is at line 1, column 1."""
    assert [place("ab\nc", start) for start in (0, 1, 3)] == [(1, 1), (1, 2), (2, 1)]
