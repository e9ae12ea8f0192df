"""Attacks by what a query says: too much work, too deep, too large, or a way to other places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from exchanges import post
from generated_graph import CHAIN_LINKS
from hostility import Attack, boolean_is, by_query, never, rows_are, value_is

if TYPE_CHECKING:
    from exchanges import Exchange
    from hostility import Victim

__all__ = ["DEADLINE", "HOSTILE_QUERIES", "MANY_BRANCHES", "MEMORY", "REACHING_OUT"]

LINKS: Final = "?a ex:next ?b . ?c ex:next ?d . ?e ex:next ?f"
EVERYTHING: Final = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
LETTERS: Final = 30
TRUE: Final = boolean_is(expected=True)


def _doubled(times: int) -> str:
    """Double a text of ten letters so many times, and ask for its length."""
    steps = " ".join(f"BIND(CONCAT(?x{i}, ?x{i}) AS ?x{i + 1})" for i in range(times))
    return f'SELECT (STRLEN(?x{times}) AS ?n) {{ BIND("0123456789" AS ?x0) {steps} }}'


def _regex(pattern: str, text: str) -> str:
    return f'ASK {{ FILTER(REGEX("{text}", "{pattern}")) }}'


# None of these can end: each has to be ended by the deadline, if not by another bound.
DEADLINE: Final = (
    by_query(
        "cartesian-count",
        "COUNT over a cross product of three scans",
        f"SELECT (COUNT(*) AS ?n) {{ {EVERYTHING} }}",
        never,
    ),
    by_query(
        "cartesian-order",
        "ORDER BY over a cross product",
        f"SELECT * {{ {EVERYTHING} }} ORDER BY ?c ?f ?i LIMIT 1",
        never,
    ),
    by_query(
        "cartesian-stream",
        "a cross product, streamed",
        f"SELECT * {{ {EVERYTHING} }}",
        never,
        may_break_off=True,
    ),
    by_query(
        "path-blow-up",
        "COUNT of all pairs that `knows+` joins",
        "SELECT (COUNT(*) AS ?n) { ?a ex:knows+ ?b }",
        never,
    ),
    by_query(
        "path-product",
        "`p*` x `p*`",
        "SELECT (COUNT(*) AS ?n) { ?a ex:next* ?b . ?c ex:next* ?d }",
        never,
    ),
)

# Just short enough to be read at all, and a count that takes long: 5,000 scans of everything.
MANY_BRANCHES: Final = by_query(
    "union-5000",
    "a UNION of 5,000 branches, counted",
    "SELECT(COUNT(*)AS?n){" + "UNION".join(["{?s?p?o}"] * 5000) + "}",
    never,
)

MEMORY: Final = (
    by_query("concat-doubling", "CONCAT doubling a text to 10 TB", _doubled(40), never),
    by_query(
        "group-concat",
        "GROUP_CONCAT over a cross product",
        f"SELECT (STRLEN(GROUP_CONCAT(CONCAT(STR(?a), STR(?d)))) AS ?n) {{ {EVERYTHING} }}",
        never,
    ),
)


def _load(name: str, title: str, source: str) -> Attack:
    """Make the attack of an update that would fetch a document; SILENT rightly hides a failure."""

    def attempt(victim: Victim) -> Exchange:
        update = source.replace("CANARY", victim.canary_url).encode()
        path = victim.target.update_path
        return victim.send(post(victim.target, path, "application/sparql-update", update))

    return Attack(name, title, attempt, lambda _: "SILENT" in source)


REACHING_OUT: Final = (
    by_query(
        "service",
        "SERVICE to the loopback",
        lambda url: f"SELECT * WHERE {{ SERVICE <{url}> {{ ?s ?p ?o }} }}",
        never,
    ),
    by_query(
        "service-silent",
        "SERVICE SILENT to the loopback",
        lambda url: f"SELECT * WHERE {{ SERVICE SILENT <{url}> {{ ?s ?p ?o }} }}",
        rows_are(0, 1),
    ),
    by_query(
        "service-variable",
        "SERVICE with a variable",
        lambda url: f"SELECT * WHERE {{ VALUES ?x {{ <{url}> }} SERVICE ?x {{ ?s ?p ?o }} }}",
        never,
    ),
    by_query(
        "service-file",
        "SERVICE to a file",
        "SELECT * WHERE { SERVICE <file:///etc/passwd> { ?s ?p ?o } }",
        never,
    ),
    by_query(
        "from",
        "FROM the loopback",
        lambda url: f"SELECT * FROM <{url}> {{ ?s ?p ?o }}",  # noqa: S608 - SPARQL, made here
        rows_are(0),
    ),
    by_query(
        "from-named",
        "FROM NAMED the loopback",
        lambda url: f"SELECT * FROM NAMED <{url}> {{ GRAPH ?g {{ ?s ?p ?o }} }}",  # noqa: S608
        rows_are(0),
    ),
    by_query(
        "from-file",
        "FROM a file",
        "SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }",
        rows_are(0),
    ),
    _load("load", "LOAD from the loopback", "LOAD <CANARY>"),
    _load("load-silent", "LOAD SILENT from the loopback", "LOAD SILENT <CANARY>"),
    _load("load-file", "LOAD of a file", "LOAD <file:///etc/passwd>"),
)

HOSTILE_QUERIES: Final = (
    by_query(
        "cross-product",
        f"COUNT over the cross product of {CHAIN_LINKS} x {CHAIN_LINKS} x {CHAIN_LINKS}",
        f"SELECT (COUNT(*) AS ?n) {{ {LINKS} }}",
        value_is(str(CHAIN_LINKS**3)),
    ),
    by_query(
        "path-of-a-chain",
        "COUNT of `p+` over a chain",
        "SELECT (COUNT(*) AS ?n) { ?a ex:next+ ?b }",
        value_is(str(CHAIN_LINKS * (CHAIN_LINKS + 1) // 2)),
    ),
    by_query("groups", "`{` x 20,000", "ASK " + "{" * 20_000 + "}" * 20_000, TRUE),
    by_query(
        "negations",
        "`!` x 60,000",
        "ASK { FILTER(" + "!" * 60_000 + "true) }",
        TRUE,
    ),
    by_query(
        "negations-long",
        "`!` x 200,000",
        "ASK { FILTER(" + "!" * 200_000 + "true) }",
        TRUE,
    ),
    by_query(
        "parentheses",
        "`(` x 20,000",
        "ASK { FILTER(" + "(" * 20_000 + "true" + ")" * 20_000 + ") }",
        TRUE,
    ),
    by_query(
        "unions",
        "UNION x 20,000",
        "ASK { " + "UNION".join(["{}"] * 20_000) + " }",
        TRUE,
    ),
    by_query(
        "unions-short",
        "UNION x 9,000",
        "ASK { " + "UNION".join(["{}"] * 9_000) + " }",
        TRUE,
    ),
    by_query(
        "disjunctions",
        "`||` x 50,000",
        "ASK { FILTER(" + "||".join(["?x"] * 50_000) + "||true) }",
        TRUE,
    ),
    by_query(
        "disjunctions-short",
        "`||` x 15,000",
        "ASK { FILTER(" + "||".join(["?x"] * 15_000) + "||true) }",
        TRUE,
    ),
    by_query(
        "regex-backtracking",
        "regex `^(a+)+$`",
        _regex("^(a+)+$", "a" * LETTERS + "b"),
        boolean_is(expected=False),
    ),
    by_query(
        "regex-repetition",
        "regex `((a{1,100}){1,100}){1,100}`",
        _regex("^((a{1,100}){1,100}){1,100}$", "a" * LETTERS + "b"),
        boolean_is(expected=False),
    ),
    by_query(
        "concat-1-gb", "CONCAT doubling a text to 1.3 GB", _doubled(27), value_is(str(10 * 2**27))
    ),
    by_query(
        "nul-in-a-literal",
        "a NUL in a literal",
        'SELECT ("a\0b" AS ?n) {}',
        value_is("a\0b"),
    ),
)
