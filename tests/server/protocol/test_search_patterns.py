"""A search in a query becomes what it finds, or an error: never a pattern that nothing matches."""

from __future__ import annotations

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from allegiance_server.errors import QueryNotEvaluableError, QueryNotParsedError, RequestError
from allegiance_server.protocol.search_patterns import Match, Matches, expand, may_search

IRAN = Match("urn:iran", "label", "Iran", "en", 2.5)
RUSSIA = Match("urn:russia", "label", 'a "\\u0022"\n', "", 1e-06)
ASKED = "https://w3id.org/allegiance/function#search"
THING = "VALUES (?x) { (<urn:iran>) (<urn:russia>) }"


def lookup(words: str) -> Matches:
    """Find the two things, whatever the words; `many` finds more than a query takes up."""
    if words == "many":
        return Matches(10_001, ())
    if words == "most":
        return Matches(6000, ())
    if words == "none":
        return Matches(0, ())
    if words == "":
        detail, remedy = "No word.", "Give one."
        raise RequestError(detail, remedy)
    return Matches(2, (IRAN, RUSSIA))


def store() -> Store:
    """Make a graph of three things, of which two are found."""
    made = Store()
    for name in ("iran", "russia", "china"):
        thing = NamedNode(f"urn:{name}")
        made.add(Quad(thing, NamedNode("urn:label"), Literal(name)))
        made.add(Quad(thing, NamedNode("urn:label"), Literal(name), NamedNode("urn:graph")))
    return made


def answers(query: str) -> list[list[str | None]]:
    """Evaluate a query with its searches expanded; return the values, sorted."""
    rows = store().query(expand(query, lookup), prefixes={"true": "urn:true"})
    return sorted(
        [[None if value is None else value.value for value in row] for row in rows],  # type: ignore[union-attr]
        key=str,
    )


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p ?o }",
        "SELECT * { ?s ?p 'alf:search' } # alf:search",
        'SELECT * { ?s <urn:search> "research" }',
        'PREFIX alf: <urn:other#> SELECT * { ?s alf:search "iran" }',
        'PREFIX alf: <https://w3id.org/allegiance/function#> SELECT * { ?s ?p "x" }',
        f"SELECT * {{ ?s ?p '<{ASKED}>' }}",
        "SELECT * { ?s alg:search ?o ; <\\u0073earch> ?q }",
    ],
)
def test_query_without_a_search_stays_as_it_is(query: str) -> None:
    """Words in strings, comments and other names are no search."""
    assert expand(query, lookup) == query


def test_test_for_a_search_reads_no_tokens() -> None:
    """A query of usual content is told to be without a search at a glance."""
    assert not may_search("PREFIX ex: <urn:x> SELECT ?s { ?s ex:label 'Iran' }")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('?x alf:search "w"', THING),
        ('?x alf:search "w" .', f"{THING} ."),
        ('?x alf:search "w" ; <urn:p> ?o', f"{THING} ?x <urn:p> ?o"),
        ('?x alf:search "w" ;; a ?o', f"{THING} ?x a ?o"),
        ('?x alf:search "w" ; ^<urn:p> ?o', f"{THING} ?x ^<urn:p> ?o"),
        ('?x alf:search "w" ; .', f"{THING} ."),
        ('?x alf:search "w" ; FILTER(?x)', f"{THING} FILTER(?x)"),
        ('?a a ?b.?x alf:search "w".?a a ?b', f"?a a ?b. {THING}.?a a ?b"),
        ('?a a ex:b.?x alf:search "w"', f"?a a ex:b. {THING}"),
        ('FILTER(?a) ?x alf:search "w"', f"FILTER(?a) {THING}"),
        ('(?x) alf:search "w"', THING),
        ('$x alf:search "w"', "VALUES ($x) { (<urn:iran>) (<urn:russia>) }"),
        ('?x alf:search "none"', "VALUES (?x) { }"),
    ],
)
def test_search_is_replaced_in_every_position(pattern: str, expected: str) -> None:
    """What stands before and behind a search goes on as it did."""
    expanded = expand(f"SELECT * {{ {pattern} }}", lookup)
    assert expanded.replace("  ", " ") == f"SELECT * {{ {expected} }}"


@pytest.mark.parametrize(
    "query",
    [
        f'SELECT ?x {{ ?x <{ASKED}> "w" }}',
        'PREFIX f: <https://w3id.org/allegiance/function#> SELECT ?x { ?x f:search "w" }',
        'prefix f: <https://w3id.org/allegiance/> SELECT ?x { ?x f:function\\#search "w" }',
        'PREFIX f: <https://w3id.org/allegiance/function#sea> SELECT ?x { ?x f:rch "w" }',
        'PREFIX search: <https://w3id.org/allegiance/function#search> SELECT ?x {?x search:"w"}',
        'BASE <https://w3id.org/allegiance/> SELECT ?x { ?x <function#search> "w" }',
        'BASE <https://w3id.org/allegiance/function> PREFIX f: <#sea> SELECT ?x {?x f:rch "w"}',
        'SELECT ?x { ?x <https://w3id.org/allegiance/function#se\\u0061rch> "w" }',
        'SELECT ?x { ?x <https://w3id.org/allegiance/\\u0066unction#se\\u0061rch> "w" }',
        'SELECT ?x { ?x # "none"\nalf:search """w""" }',
        "SELECT ?x { ?x alf:search '''w''' }",
    ],
)
def test_search_is_known_by_its_iri(query: str) -> None:
    """However the predicate is written, and whatever quotes the words have, it is a search."""
    assert answers(query) == [["urn:iran"], ["urn:russia"]]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('?x alf:search "w" ; <urn:label> ?l', ["urn:iran", "urn:russia"]),
        ('?x <urn:label> ?l . ?x alf:search "w"', ["urn:iran", "urn:russia"]),
        (
            '?x <urn:label> ?l OPTIONAL { ?x alf:search "w" }',
            ["urn:china", "urn:iran", "urn:russia"],
        ),
        ('{ ?x alf:search "none" } UNION { ?x alf:search "w" . }', ["urn:iran", "urn:russia"]),
        ('GRAPH <urn:graph> { ?x alf:search "w" ; <urn:label> ?l }', ["urn:iran", "urn:russia"]),
        ('?x <urn:label> ?l FILTER EXISTS { ?x alf:search "w" }', ["urn:iran", "urn:russia"]),
        ('?x <urn:label> ?l FILTER NOT EXISTS { ?x alf:search "w" }', ["urn:china"]),
        ('?x <urn:label> ?l MINUS { ?x alf:search "w" }', ["urn:china"]),
        (
            '?x <urn:label> ?l { SELECT ?x { ?x alf:search "w" } LIMIT 9 }',
            ["urn:iran", "urn:russia"],
        ),
        ('?x alf:search "w" . ?x alf:search "w" . ?x <urn:label> "iran"', ["urn:iran"]),
        ('?x alf:search "w" . ?x alf:search "none"', []),
        ('?x <urn:label> true:.?x alf:search "w"', []),
    ],
)
def test_search_works_inside_every_kind_of_group(pattern: str, expected: list[str]) -> None:
    """The evaluator takes the expansion, and joins it with what stands around it."""
    assert answers(f"SELECT ?x {{ {pattern} }}") == [[each] for each in expected]


def test_score_and_text_are_bound() -> None:
    """The second variable is the score as a double, the third the text with its language."""
    query = """SELECT ?x (DATATYPE(?s) AS ?d) ?s ?t (LANG(?t) AS ?l) {
        (?x ?s ?t) alf:search "w" FILTER(?s > 0) } ORDER BY DESC(?s)"""
    double = "http://www.w3.org/2001/XMLSchema#double"
    assert answers(query) == [
        ["urn:iran", double, "2.5", "Iran", "en"],
        ["urn:russia", double, "0.000001", 'a "\\u0022"\n', ""],
    ]


def test_search_works_in_the_other_forms() -> None:
    """ASK, DESCRIBE and the second part of a CONSTRUCT have searches, too."""
    assert store().query(expand('ASK { ?x alf:search "w" }', lookup))
    made = 'CONSTRUCT { ?x a <urn:found> } WHERE { ?x alf:search "w" }'
    assert len(list(store().query(expand(made, lookup)))) == 2  # type: ignore[arg-type]
    described = 'DESCRIBE ?x { ?x alf:search "w" }'
    assert len(list(store().query(expand(described, lookup)))) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("literal", "words"),
    [
        (r'"a\tb\"c\\u0062\u0064\U0001F680"', 'a\tb"c\\u0062d\U0001f680'),
        (r"'''it's \n'''", "it's \n"),
        (r'"\UFFFFFFFF"', "\ufffd"),
    ],
)
def test_words_are_read_as_a_string_of_sparql(literal: str, words: str) -> None:
    """Escapes stand for what they stand for in SPARQL."""
    seen = []

    def remember(text: str) -> Matches:
        seen.append(text)
        return Matches(0, ())

    expand(f"SELECT * {{ ?x alf:search {literal} }}", remember)
    assert seen == [words]


@pytest.mark.parametrize(
    ("query", "column", "detail"),
    [
        ("SELECT * { ?x alf:search ?w }", 26, "not words in quotes"),
        ('SELECT * { ?x alf:search CONCAT("a") }', 26, "not words in quotes"),
        ("SELECT * { ?x alf:search <urn:x> }", 26, "not words in quotes"),
        ("SELECT * { ?x alf:search", 25, "nothing, not words"),
        ('SELECT * { ?x alf:search "w"@en }', 29, "language or a datatype"),
        ('SELECT * { ?x alf:search "w"^^<urn:t> }', 29, "language or a datatype"),
        ('SELECT * { ?x alf:search "w", "v" }', 29, "one string"),
        ('SELECT * { ?x alf:search "w" {| a <urn:t> |} }', 30, "annotated"),
        ('SELECT * { ?x alf:search "w" ~ ?r }', 30, "annotated"),
        ('SELECT * { ?x alf:search/<urn:p> "w" }', 25, "not words in quotes"),
        ('SELECT * { ?x ^alf:search "w" }', 16, "path"),
        ('SELECT * { ?x (alf:search)* "w" }', 16, "path"),
        ('SELECT * { ?x <urn:p>/alf:search "w" }', 23, "path"),
        ('SELECT * { ?x !alf:search "w" }', 16, "path"),
        ('SELECT * { <urn:x> alf:search "w" }', 20, "no variable"),
        ('SELECT * { [] alf:search "w" }', 15, "no variable"),
        ('SELECT * { [ alf:search "w" ] ?p ?o }', 14, "no variable"),
        ("SELECT * { alf:search ?p ?o }", 12, "no variable"),
        ("SELECT * { ?s ?p alf:search }", 18, "begins no triple"),
        ("SELECT * { ?s ?p ?o FILTER(?p = alf:search) }", 33, "no variable"),
        ('SELECT * { ?x a ?c ; alf:search "w" }', 22, "middle of a list"),
        ('SELECT * { ?x a ?c, ?x alf:search "w" }', 24, "begins no triple"),
        ('SELECT * { ?a ?b ?c ?x alf:search "w" }', 24, "begins no triple"),
        ('SELECT * { << ?x alf:search "w" >> a ?c }', 18, "begins no triple"),
        ('SELECT * { (?x ?x) alf:search "w" }', 20, "different variables"),
        ('SELECT * { () alf:search "w" }', 15, "different variables"),
        ('SELECT * { (?a ?b ?c ?d) alf:search "w" }', 26, "different variables"),
        ('SELECT * { (?x 1) alf:search "w" }', 19, "no variable"),
        ('SELECT * { (?x ?s) alf:search "w" ; a ?c }', 37, "goes on behind"),
        ('CONSTRUCT { ?x alf:search "w" } WHERE { ?x a ?c }', 16, "made, not looked for"),
        ('CONSTRUCT WHERE { ?x alf:search "w" }', 22, "made, not looked for"),
        ('INSERT DATA { ?x alf:search "w" }', 18, "made, not looked for"),
        ('SELECT * { ?x alf:serach "w" }', 15, "no function alf:serach"),
    ],
)
def test_search_that_cannot_be_replaced_is_refused(query: str, column: int, detail: str) -> None:
    """Where the predicate is no search, the error names the place and what to write."""
    with pytest.raises(QueryNotParsedError, match=detail) as caught:
        expand(query, lookup)
    assert (caught.value.line, caught.value.column) == (1, column)
    assert caught.value.remedy


def test_place_of_a_fault_counts_lines() -> None:
    """Line and column count from 1, in the query as it was sent."""
    with pytest.raises(QueryNotParsedError) as caught:
        expand('SELECT *\n{ ?x alf:search "w" .\n  ?y alf:search ?w }', lookup)
    assert (caught.value.line, caught.value.column) == (3, 17)


def test_words_that_name_nothing_are_an_error_with_its_place() -> None:
    """What the index has against the words is told with the place of the search."""
    with pytest.raises(QueryNotEvaluableError, match=r"line 2, column 4: No word\. Give one\."):
        expand('SELECT * {\n?x alf:search "" }', lookup)


def test_too_many_matches_are_an_error() -> None:
    """Matches are never cut: beyond 10,000 for a query the error says how many there are."""
    with pytest.raises(
        QueryNotEvaluableError, match="matches 10001 things; a query takes up 10000"
    ):
        expand('SELECT * { ?x alf:search "many" }', lookup)
    expand('SELECT * { ?x alf:search "most" }', lookup)
    with pytest.raises(
        QueryNotEvaluableError, match="6000 things, and the searches before it 6000"
    ):
        expand('SELECT * { ?x alf:search "most" . ?y alf:search "most" }', lookup)


def test_every_search_of_a_query_is_replaced() -> None:
    """Two thousand searches are as many VALUES, each in its place."""
    query = "SELECT * { " + '?x alf:search "none" . ' * 2000 + "}"
    assert expand(query, lookup) == "SELECT * { " + " VALUES (?x) { } . " * 2000 + "}"
