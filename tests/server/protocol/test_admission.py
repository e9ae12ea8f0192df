"""No query or update that would call another server, or that is too large, is let in."""

from __future__ import annotations

import random
import time

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from allegiance_server.errors import (
    QueryRefusedError,
    QueryTooComplexError,
    QueryTooDeepError,
    ServiceRefusedError,
    UpdateRefusedError,
)
from allegiance_server.protocol.admission import (
    Meter,
    admit,
    admit_update,
    is_volatile,
    names_dataset,
)
from allegiance_server.protocol.tokens import tokens

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
        r"SELECT * { ?s <http://example.org/\u0041#SERVICE> ?o }",
        r"SELECT * { ?s ?p '\u0027 SERVICE :x {} #' }",
        "SELECT * { << ?a ?b 'SERVICE'@en--ltr >> ?p ?o {| ?service 'SERVICE' |} }",
        "SELECT * { ?s ?p <<( ?service <urn:service> service:x )>> }",
    ],
)
def test_word_service_passes_where_it_is_no_clause(query: str) -> None:
    """In strings, comments, IRIs, variables and prefixed names the word means nothing."""
    admit(PROLOGUE + query, max_depth=10, max_patterns=100)


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
        # To it, a name goes on after one dot, but not after a second one.
        "SELECT * { ?s ?p u:a.b.SERVICE:x { ?s ?p ?o } }",
        "SELECT * { ?s ?p u:a.b.SERVICE ?v { ?s ?p ?o } }",
        # It reads escapes in IRIs; the sign behind is no comment.
        r"SELECT * { ?s <http://x/\u0041#> ?o . SERVICE :x { ?s ?p ?o } }",
        "SELECT * { << ?a ?b ?c >> ?p ?o SERVICE :x { ?s ?p ?o } }",
        "SELECT * { FILTER(?a<<http://x/#>) SERVICE :x { ?s ?p ?o } }",
    ],
)
def test_service_clause_is_refused(query: str) -> None:
    """Every spelling of the clause that the store's parser reads as one is refused."""
    with pytest.raises(ServiceRefusedError):
        admit(PROLOGUE + query, max_depth=10, max_patterns=100)


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
        admit(PROLOGUE + query, max_depth=10, max_patterns=100)


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
        admit(query, max_depth=10, max_patterns=100)


def test_depth_counts_brackets_outside_strings() -> None:
    """Brackets nest up to the bound; those in strings and comments, or side by side, do not."""
    admit("SELECT * { " + "FILTER(1) " * 50 + "}", max_depth=3, max_patterns=100)
    admit("SELECT * { ?s ?p '((((((((' } # ((((((", max_depth=3, max_patterns=100)
    admit("SELECT * { FILTER((1)) }", max_depth=3, max_patterns=100)
    with pytest.raises(QueryTooDeepError, match="more than 3 deep"):
        admit("SELECT * { FILTER(([1])) }", max_depth=3, max_patterns=100)


@pytest.mark.parametrize(
    "piece",
    [
        "a.",
        "'",
        '"""',
        "\\",
        ":a.",
        "<",
        "<a",
        "?",
        "@a-",
        "%2",
        "u:\\a",
        "<<a",
        "<<<",
        '\'"""\\',
        "\u00b7",
        "a" * 60_000,
    ],
)
def test_check_takes_time_linear_in_the_length(piece: str) -> None:
    """No 60 KB of hostile text hold the check up."""
    text = (piece * (60_000 // len(piece))) + "(" * 300 + ")" * 300 + " service"
    start = time.process_time()
    with pytest.raises(QueryRefusedError):
        admit(text + "{", max_depth=1000, max_patterns=100_000)
    assert time.process_time() - start < 0.5


def test_collection_members_separators_and_operators_are_patterns() -> None:
    """A pattern is an opening bracket, a separator of triples, an operator, a further member."""
    counts = {
        "ASK { }": 1,
        "ASK { ?s ?p ?o . ?s ?p ?o ; ?p ?o , ?o }": 4,
        "ASK { {} UNION {} }": 4,
        "ASK { OPTIONAL { ?s ?p 1.5 } }": 3,
        "ASK { FILTER(?a || ?b && !?c) }": 5,
        "ASK { FILTER(?a IN (1, 2, 3)) }": 3,
        "ASK { ?s (<p:>/<q:>)* ?o }": 4,
        "ASK { (1 ?x 'a' <b:> u:c) ?p ?o }": 6,
        "ASK { [ ?p ?o ] ?p [] }": 3,
        "ASK { VALUES (?a ?b) { (1 -2) (3 <<( <a:> <b:> 4.5 )>>) } . }": 3,
        "ASK { ?s ?p '1 || 2 . { }' } # || . {": 1,
    }
    for query, count in counts.items():
        meter = Meter()
        for token in tokens(query):
            meter.take(token)
        assert (query, meter.patterns) == (query, count)


def test_patterns_are_bounded() -> None:
    """As many patterns as the bound pass; one more is refused, with the bound in the message."""
    admit("ASK { " + "?s ?p ?o . " * 9 + "}", max_depth=10, max_patterns=10)
    with pytest.raises(QueryTooComplexError, match="more than 10 patterns"):
        admit("ASK { " + "?s ?p ?o . " * 10 + "}", max_depth=10, max_patterns=10)


@pytest.mark.parametrize("link", ["{} UNION ", "OPTIONAL {} ", "?s ?p ?o . "])
def test_queries_that_stall_the_optimiser_are_refused(link: str) -> None:
    """Thousands of branches or triples, whose planning nobody could stop, stay out."""
    with pytest.raises(QueryTooComplexError):
        admit("ASK { " + link * 3000 + "{} }", max_depth=200, max_patterns=2000)


@pytest.mark.parametrize(
    "query",
    [
        "ASK { VALUES ?x { " + "<urn:x> " * 100_000 + "} }",
        "ASK { VALUES (?x ?y) { " + "(1 -1.5) " * 20_000 + "} }",
        "ASK { FILTER(?x IN (" + ", ".join(map(str, range(10_000))) + ")) }",
        "SELECT " + "?x " * 5000 + "{}",
        "ASK { ?s ?p '" + "|| { . " * 5000 + "' }",
    ],
    ids=["values", "rows", "in", "variables", "string"],
)
def test_long_lists_of_data_are_let_in(query: str) -> None:
    """What is listed is no pattern: nothing is joined or tried in another order."""
    admit(query, max_depth=200, max_patterns=100)


def test_counting_goes_on_behind_the_rows_of_values() -> None:
    """The brace that closes the rows ends the data, and nothing else does."""
    rows = "ASK { VALUES (?x ?y) { (1 2) } "
    admit(rows + "?s ?p ?o . }", max_depth=10, max_patterns=3)
    with pytest.raises(QueryTooComplexError):
        admit(rows + "?s ?p ?o . ?s ?p ?o . }", max_depth=10, max_patterns=3)


@pytest.mark.parametrize("deep", ["!" * 11 + "1", "1+" + "-" * 11 + "1", "(" * 11 + ")" * 11])
def test_prefix_operators_nest_like_brackets(deep: str) -> None:
    """A run of signs before an operand is as deep as it is long."""
    with pytest.raises(QueryTooDeepError):
        admit("ASK { FILTER(" + deep + ") }", max_depth=12, max_patterns=1000)


def test_reified_triples_nest() -> None:
    """The double signs around triples are brackets; two comparisons in a row are not."""
    with pytest.raises(QueryTooDeepError):
        admit("ASK { " + "<< " * 6 + "?s ?p ?o " + ">> ?p ?o " * 6 + "}", 6, 1000)
    admit("ASK { " + "<< ?s ?p ?o >> ?p ?o . " * 9 + "}", 6, 1000)
    admit("ASK { FILTER(" + "?a<<b:c>&&" * 50 + "1) }", 6, 1000)


@pytest.mark.parametrize(
    "update",
    [
        "LOAD <http://127.0.0.1:1/>",
        "load silent <http://127.0.0.1:1/> into graph <urn:x>",
        "CLEAR ALL ; LOAD <http://127.0.0.1:1/>",
        "INSERT DATA { <a:> <a:> 1 } ;# here\nLOAD<http://127.0.0.1:1/>",
        "LOADSILENT<http://127.0.0.1:1/>",
        "LOAD:x",
        "CLEAR GRAPH load:x ; LOAD:x INTO GRAPH load:x",
        "BASE <http://example.org/>LOAD:x",
        r"INSERT DATA { <http://x/\u0041#> <a:> 1 } ; LOAD :x",
        "INSERT { ?s ?p ?o } WHERE { SERVICE :x { ?s ?p ?o } }",
        "DELETE { ?s ?p ?o } WHERE { ?s ?p u:a.b.SERVICE:x { ?s ?p ?o } }",
    ],
)
def test_update_that_calls_other_servers_is_refused(update: str) -> None:
    """LOAD, LOAD SILENT and SERVICE are refused however they are written."""
    with pytest.raises(ServiceRefusedError):
        admit_update(PROLOGUE + "PREFIX load: <urn:z> " + update, 10, 100)


@pytest.mark.parametrize(
    "update",
    [
        "INSERT DATA { load:x load:y 'LOAD <http://x>' ; load:z load:z }",
        "CLEAR GRAPH load:x ; DROP GRAPH load:y",
        "COPY load:x TO load:y # LOAD <http://x>",
        "WITH load:x DELETE { ?load ?p ?o } USING load:y WHERE { ?load <http://x/LOAD> ?o }",
        "INSERT DATA { service:x <http://x/service> 'SERVICE' }",
    ],
)
def test_word_load_passes_where_it_is_no_operation(update: str) -> None:
    """In strings, comments, IRIs, variables and prefixed names the word means nothing."""
    admit_update(PROLOGUE + "PREFIX load: <urn:z> " + update, 10, 100)


def test_update_has_the_bounds_of_a_query_but_for_data() -> None:
    """Depth counts everywhere, patterns in WHERE alone: data is stored, not joined."""
    admit_update("INSERT DATA { " + "<a:s> <a:p> 1 , 2 ; <a:q> (1 2) . " * 500 + "}", 10, 100)
    with pytest.raises(QueryTooDeepError):
        admit_update("INSERT DATA { <a:s> <a:p> " + "(" * 20 + ")" * 20 + " }", 10, 100)
    with pytest.raises(QueryTooComplexError):
        admit_update("DELETE WHERE { " + "?s ?p ?o . " * 200 + "}", 10, 100)


@pytest.mark.parametrize("clause", ["FROM", "FROM NAMED"])
def test_from_fetches_nothing(clause: str) -> None:
    """A graph that the store lacks is empty to it; else it would say that port 1 is forbidden."""
    either = "{ ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } }"
    query = f"SELECT * {clause} <http://127.0.0.1:1/g> {{ {either} }}"
    admit(query, 10, 100)
    assert list(_store().query(query)) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("query", [r"\u0053ELECT * {}", r"SELECT * { \u0053ERVICE :x {} }"])
def test_store_reads_no_escaped_keyword(query: str) -> None:
    """The check relies on it: an escape outside of strings and IRIs is a syntax error."""
    with pytest.raises(SyntaxError):
        _store().query("PREFIX : <http://127.0.0.1:1/> " + query)


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("SELECT (NOW() AS ?n) {}", True),
        ("SELECT (now ( ) AS ?n) {}", True),
        ("ASK { FILTER(rand#\n() < 0.5) }", True),
        ("SELECT (STRUUID() AS ?n) (UUID() AS ?m) {}", True),
        ("SELECT (BNODE('a') AS ?n) {}", True),
        ("ASK { FILTER(true||NOW()=?x) }", True),
        ("ASK { ?s ?p u:a.b.FILTER(1=RAND()) }", True),
        ("ASK { ?s ?p u:a.b.FILTERRAND() }", True),
        ("SELECT ?now { ?now <urn:now()> 'NOW()' } # RAND()", False),
        ("SELECT * { ?s now:x ?rand }", False),
        ("CONSTRUCT { _:b ?p [] } WHERE { ?s ?p ?o }", False),
        ("SELECT * { ?s ?p 'brand (new)' }", False),
    ],
)
def test_volatile_functions_are_found(query: str, answer: bool) -> None:  # noqa: FBT001 - expected
    """A query is volatile by the functions that it calls, not by words in its data or names."""
    assert is_volatile(query) is answer


@pytest.mark.parametrize(
    ("update", "answer"),
    [
        ("WITH <urn:g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", True),
        ("CLEAR ALL ; with<urn:g>DELETE{}WHERE{}", True),
        ("INSERT { ?s ?p 1 } USING <urn:g> WHERE { ?s ?p ?o }", True),
        ("INSERT { ?s ?p 1 }USINGNAMED<urn:g>WHERE{ ?s ?p ?o }", True),
        ("PREFIX : <urn:> WITH:g DELETE {} WHERE {}", True),
        ("PREFIX : <urn:> DELETE {}USING:g WHERE {}", True),
        ("PREFIX with: <urn:> PREFIX using: <urn:> CLEAR GRAPH with:x", False),
        ("INSERT DATA { <urn:with> <urn:using> 'WITH USING' } # WITH", False),
        ("PREFIX with: <urn:> DELETE WHERE { with:a with:b ?using }", False),
        ("CLEAR ALL", False),
    ],
)
def test_dataset_clauses_of_an_update_are_found(update: str, answer: bool) -> None:  # noqa: FBT001 - expected
    """USING and WITH are clauses outside of all braces only, and never as the name of a prefix."""
    assert names_dataset(update) is answer


# To this address the store itself refuses to connect, and says so: nothing is ever called.
CALLS = ("port 1 is not allowed", "encoding the service name")
PIECES = (
    *("SERVICE :", "SERVICE:", "SERVICE ?v", "SERVICE SILENT :", "SERVICE<http://127.0.0.1:1/>"),
    *(":", "u:", "u:a", "u:a.b", "u:a.b.", "u:.", "service:", "_:a", "_:a.b", "?s", "?p", "?o"),
    *(" ", ".", " . ", "{", "}", "{}", "{ ?s ?p ?o }", "(", ")", "'", '"', "'''", '"""', "'a'"),
    *("'a'@en", "\\", "\\'", "\\u0027", "<", "<<", ">", ">>", "<http://x/\\u0023A>", "<#>"),
    *("<http://x/#A>", "<?b)#>", "#", "\n", "\r", "1", "1.5", "1.", "1e5", "true", "true.", "a"),
    *("FILTER(", "BIND(", "1 AS ?y)", "GRAPH", "GRAPH ?g", "GRAPH u:g", "OPTIONAL", "MINUS"),
    *("UNION", "VALUES ?v {", "=", "&&", "!", "^", "/", "*", "<<(", ")>>", ";", ",", "[", "]"),
)


def _store() -> Store:
    things = [NamedNode("urn:x" + end) for end in ("", "a", "a.b", "service", "a.service")]
    values = [
        Literal("1"),
        Literal(1),
        Literal("a", language="en"),
        Literal(""),
        Literal(value=True),
    ]
    subject, predicate = NamedNode("urn:s"), NamedNode("http://x/#A")
    store = Store()
    store.extend(Quad(subject, predicate, each, NamedNode("urn:xg")) for each in [*things, *values])
    return store


def _calls_out(store: Store, query: str) -> bool:
    try:
        list(store.query(query, use_default_graph_as_union=True))  # type: ignore[arg-type]
    except (OSError, RuntimeError) as error:
        return any(sign in str(error) for sign in CALLS)
    except (SyntaxError, ValueError, TypeError):
        pass
    return False


def test_nothing_that_the_store_takes_for_a_call_is_let_in() -> None:
    """Of thousands of queries from hostile pieces, each that makes the store call is refused."""
    choice = random.Random(20).choice  # noqa: S311 - no secret
    store = _store()
    calls = 0
    for _ in range(8000):
        start = choice(["", "?s ?p ?o ", "?s ?p ?o. ", "?s ?p u:a.b.", "BIND(", "GRAPH "])
        middle = "".join(choice(PIECES) for _ in range(choice(range(6))))
        call = choice(["", "SERVICE:{}", "SERVICE ?v {}", "SERVICE:x{?s ?p ?o}", " SERVICE : {}"])
        query = f"{PROLOGUE}SELECT * {{ {start}{middle}{call}" + choice(["}", "\n}", "'}", "#\n}"])
        if _calls_out(store, query):
            calls += 1
            with pytest.raises(QueryRefusedError):
                admit(query, 1000, 100_000)
    assert calls > 20
