"""What reads SERVICE clauses, and what endpoints answer; the store's own parsers are the judges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryResultsFormat,
    QuerySolutions,
    Store,
    parse_query_results,
)
from query_targets import MAX_DEPTH, MAX_PATTERNS, PREFIXES
from query_targets import WORDS as SPARQL_WORDS
from target import Target, require

from allegiance_server.errors import QueryNotParsedError, QueryRefusedError
from allegiance_server.protocol.admission import admit, admit_outline
from allegiance_server.protocol.federation.federated_query import FederatedQuery, request_text
from allegiance_server.protocol.federation.service_clauses import Namespaces
from allegiance_server.web.federation.answers import BrokenAnswerError, read_rows, row_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyoxigraph import Triple

__all__ = ["FEDERATION_TARGETS"]

ADDRESS: Final = "http://127.0.0.1:1/"
KNOWN: Final = Namespaces(PREFIXES, "http://base.example/")
BLANK: Final = "http://genid.example/"
# Braces of our own come on top of those that were admitted.
OWN_DEPTH: Final = 8

QUERIES: Final = (
    "SELECT * { ?s ?p ?o SERVICE :x { ?s ?q ?r } }",
    "SELECT * { SERVICE : { ?s ?q ?r } ?s ?p ?o . VALUES ?r { 1 } }",
    "SELECT ?s { { SELECT ?s { ?s ?p ?o } LIMIT 2 } SERVICE : { ?s ?q ?r OPTIONAL { ?r ?t ?u } } }",
    "ASK { { ?s a ?c SERVICE <http://127.0.0.1:1/> { ?s ?p 1 } } UNION { SERVICE : { } } }",
    "SELECT * { GRAPH ?g { ?s ?p ?o SERVICE : { ?s ?q ?r } } OPTIONAL { SERVICE : { ?r ?t ?g } } }",
    "SELECT (COUNT(*) AS ?n) { SERVICE : { SELECT ?s { ?s ?p ?o } } } GROUP BY ?s VALUES ?s { 1 }",
    "PREFIX e: <http://127.0.0.1:> CONSTRUCT { ?s ?p ?o } { SERVICE e:1\\/ { ?s ?p ?o } }",
    "BASE <http://127.0.0.1:1> SELECT * { SERVICE </> { << ?s ?p ?o >> ?q '} SERVICE : {' } }",
    "SELECT * { FILTER EXISTS { SERVICE : { ?s ?p ?o } } }",
    "SELECT * { MINUS { SERVICE SILENT ?v { SERVICE : { ?s ?p ?o } } } }",
)
SERVICE_WORDS: Final = (*SPARQL_WORDS, "SERVICE : {", "SELECT ?s {", "} LIMIT 1", "GROUP BY ?s")

HEAD: Final = '{"head":{"vars":["a","b"]},"results":{"bindings":['
BODIES: Final = (
    HEAD + '{"a":{"type":"uri","value":"urn:a"},"b":{"type":"bnode","value":"b0"}},{}]}}',
    HEAD + '{"a":{"type":"literal","value":"\\\\u0022\\n","xml:lang":"ar","its:dir":"rtl"}}]}}',
    HEAD + '{"b":{"type":"typed-literal","value":"1","datatype":"urn:t"}}]},"x":[1,{}]}',
    HEAD + '{"a":{"type":"uri","value":"urn:a> } SERVICE : { <"}}]}}',
    HEAD + '{"a":{"type":"literal","value":"\\ud800","xml:lang":"e n"}}]}}',
    HEAD + '{"a":{"type":"literal","value":"x","datatype":"rdf:> <"}}],"bindings":[]}}',
)
JSON_WORDS: Final = (
    *('{"head":{"vars":["a","b"]},', '"results":{"bindings":[', "]}}", '"a":{"type":"literal",'),
    *('"value":"', '"type":"uri",', '"xml:lang":"en"', '"datatype":"urn:t"', '"its:dir":"ltr"'),
    *('"type":"bnode",', '"type":"triple",', "NaN", "Infinity", "-0", "1e999", "[[[[", "\\\\u0022"),
    *("\\ud83d\\ude00", "\\ud800", "\\u0000", "urn:a>", "http://a/ b", '"head":{},', "\ufeff"),
)


def run_service_clauses(data: bytes) -> None:
    """Have the clauses of a query carried out: nothing of it is left, and queries stay queries."""
    text = data.decode("utf-8", errors="ignore")
    try:
        admit_outline(text, MAX_DEPTH, MAX_PATTERNS)
        query = FederatedQuery(text, KNOWN, {ADDRESS: "peer"})
        admit(query.outline, MAX_DEPTH, MAX_PATTERNS)
    except (QueryNotParsedError, QueryRefusedError):
        return
    require(_end(query.outline) == _end(text), "places move", text, query.outline)
    is_query = _parses(text) and _parses(query.outline)
    while query.clauses:
        _step(query, text, is_query=is_query)
    _look_at(query.whole, text, is_query=is_query)


def _step(query: FederatedQuery, text: str, *, is_query: bool) -> None:
    """Carry out one clause, with a row of something for each of its variables."""
    while (unsteady := query.unsteady()) is not None:
        select, asked = unsteady
        _look_at(asked.text, text, is_query=is_query)
        query.replace(select, asked.variables, [_row(len(asked.variables))])
    context = query.context()
    clause = query.clauses[0]
    pushed = () if context is None else context.variables
    if context is not None:
        _look_at(context.text, text, is_query=is_query)
    rows = [_row(len(pushed))] if pushed else []
    sent = request_text(clause, KNOWN, pushed, rows, 7)
    if is_query:
        require(_parses(sent), "no request", text, sent)
    query.replace(clause.element, clause.variables, [_row(len(clause.variables))])


def _end(text: str) -> tuple[int, int]:
    """Tell the line and the column at the end of a text."""
    return text.count("\n"), len(text) - text.rfind("\n")


def _row(width: int) -> str:
    return f"({' '.join(['<urn:a>'] * width)})"


def _look_at(made: str, text: str, *, is_query: bool) -> None:
    """Look at what a worker would get: it calls nobody, and is a query if the text was one."""
    if not is_query:
        return
    admit(made, MAX_DEPTH + OWN_DEPTH, 4 * MAX_PATTERNS)
    require(_parses(made), "no query any more", text, made)


def _parses(query: str) -> bool:
    """Tell whether it is a query; over no data at all, nobody is called by it."""
    try:
        Store().query(query, base_iri=KNOWN.base, prefixes=PREFIXES)
    except SyntaxError:
        return False
    except (OSError, RuntimeError, ValueError):
        pass
    return True


def run_answers(data: bytes) -> None:
    """Have an answer read and written as VALUES: the very rows, whatever stands in them."""
    try:
        rows = [row_text(row, ("a", "b"), BLANK) for row in read_rows(data, ("a", "b"))]
    except BrokenAnswerError:
        return
    values = f"SELECT ?a ?b {{ VALUES (?a ?b) {{ {' '.join(rows)} }} }}"
    written = _solutions(values)
    require(written is not None, "no VALUES", data, values)
    require(len(written or ()) == len(rows), "other rows", data, values)
    judged = _judged(data)
    require(judged is None or judged == written, "another reading", judged, written)


def _solutions(query: str) -> list[tuple[str, ...]] | None:
    """Answer a query from no data; None for what is none."""
    try:
        found = Store().query(query)
    except SyntaxError:
        return None
    return [_terms(tuple(each)) for each in found] if isinstance(found, QuerySolutions) else None


def _judged(data: bytes) -> list[tuple[str, ...]] | None:
    """Read an answer as the store does; None where it does not read it."""
    try:
        found = parse_query_results(data, format=QueryResultsFormat.JSON)
        if not isinstance(found, QuerySolutions):
            return None
        if sorted(each.value for each in found.variables) != ["a", "b"]:
            return None
        order = (each.value for each in found.variables)
        is_turned = next(order) == "b"
        return [_terms(tuple(row)[:: -1 if is_turned else 1]) for row in found]
    except (SyntaxError, ValueError):
        return None


def _terms(row: Iterable[NamedNode | Literal | BlankNode | Triple | None]) -> tuple[str, ...]:
    """Tell what is in a row; blank nodes have been given names, which are not compared."""
    is_blank = ("_:", f"<{BLANK}")
    return tuple("_:" if str(each).startswith(is_blank) else str(each) for each in row)


FEDERATION_TARGETS: Final = (
    Target(
        "service clauses",
        run_service_clauses,
        tuple(each.encode() for each in QUERIES),
        SERVICE_WORDS,
        512,
    ),
    Target("answers", run_answers, tuple(each.encode() for each in BODIES), JSON_WORDS),
)
