"""Shapes of query that have killed servers: each a function from a size to a query about so long.

All of them are SPARQL. What they have in common is that the work or the stack which they take grows
faster than their text. Sizes are in bytes; a query is at most as long as asked for, save for sizes
below some hundred bytes.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["SHAPES"]


def _nest(head: str, opening: str, core: str, closing: str, tail: str) -> Callable[[int], str]:
    """Return a shape that puts one bracket, or one prefix operator, into the other."""

    def build(size: int) -> str:
        room = size - len(head) - len(core) - len(tail)
        depth = max(1, room // (len(opening) + len(closing)))
        return head + opening * depth + core + closing * depth + tail

    return build


def _chain(head: str, link: str, tail: str) -> Callable[[int], str]:
    """Return a shape that repeats a piece side by side; `{n}` in it counts from 0."""

    def build(size: int) -> str:
        room = size - len(head) - len(tail)
        links: list[str] = []
        while room > 0:
            links.append(link.replace("{n}", str(len(links))))
            room -= len(links[-1])
        return head + "".join(links[: max(1, len(links) - 1)]) + tail

    return build


def _values(size: int) -> str:
    return _chain("ASK { VALUES (?a ?b) { ", "(1 {n}) ", "} }")(size)


SHAPES: Final[Mapping[str, Callable[[int], str]]] = MappingProxyType(
    {
        # One inside the other
        "nested groups": _nest("ASK ", "{", "", "}", ""),
        "nested brackets in a filter": _nest("ASK { FILTER(", "(", "1", ")", ") }"),
        "nested OPTIONAL": _nest("ASK { ", "OPTIONAL { ?s ?p ?o ", "", "} ", "}"),
        "nested MINUS": _nest("ASK { ?s ?p ?o ", "MINUS { ?s ?p ?o ", "", "} ", "}"),
        "nested GRAPH": _nest("ASK { ", "GRAPH ?g { ", "", "} ", "}"),
        "nested FILTER EXISTS": _nest("ASK { ", "FILTER EXISTS { ", "", "} ", "}"),
        "nested FILTER NOT EXISTS": _nest("ASK { ", "FILTER NOT EXISTS { ", "", "} ", "}"),
        "nested subqueries": _nest("ASK ", "{ SELECT * ", "{ ?s ?p ?o }", "} ", ""),
        "nested UNION": _nest("ASK { ", "{ ", "?s ?p ?o", " } UNION {} ", "}"),
        "nested LATERAL": _nest("ASK { ", "LATERAL { ", "", "} ", "}"),
        "nested IF": _nest("ASK { FILTER(", "IF(1,", "1", ",0)", ") }"),
        "nested COALESCE": _nest("ASK { FILTER(", "COALESCE(", "1", ")", ") }"),
        "nested CONCAT": _nest("SELECT (", "CONCAT(", "'a'", ",'b')", " AS ?x) {}"),
        "nested function calls": _nest("SELECT (", "ABS(", "1", ")", " AS ?x) {}"),
        "nested IN": _nest("ASK { FILTER(", "1 IN (", "1", ")", ") }"),
        "nested negation": _nest("ASK { FILTER(", "!(", "1", ")", ") }"),
        "nested blank nodes": _nest("ASK { ", "[ ?p ", "1", " ]", " ?p 1 }"),
        "nested collections": _nest("ASK { ", "(", "1", ")", " ?p 1 }"),
        "nested path stars": _nest("ASK { ?s ", "(", "<p:>", ")*", " ?o }"),
        "nested path alternatives": _nest("ASK { ?s ", "(", "<p:>", "|<q:>)", " ?o }"),
        "nested path options": _nest("ASK { ?s ", "(<q:>/", "<p:>", ")?", " ?o }"),
        "nested triple terms": _nest("ASK { ?s ?p ", "<<(?a ?b ", "1", ")>>", " }"),
        "nested reified triples": _nest("ASK { ", "<<", " ?s ?p ?o ", ">> ?p ?o ", "}"),
        "nested annotations": _nest("ASK { ?s ?p ?o ", "{| ?p ?o ", "", " |}", " }"),
        # A prefix operator before the other
        "chain of !": _nest("ASK { FILTER(", "!", "1", "", ") }"),
        "nested -": _nest("ASK { FILTER(", "-(", "?x", ")", ") }"),
        "nested inverse paths": _nest("ASK { ?s ", "^(", "<p:>", ")", " ?o }"),
        # Side by side
        "chain of groups": _chain("ASK { ", "{} ", "}"),
        "chain of UNION": _chain("ASK { {}", " UNION { ?s ?p {n} }", " }"),
        "chain of OPTIONAL": _chain("ASK { ", "OPTIONAL { ?s ?p ?o{n} } ", "}"),
        "chain of MINUS": _chain("ASK { ", "MINUS { ?s ?p ?o{n} } ", "}"),
        "chain of FILTER": _chain("ASK { ?s ?p ?o ", "FILTER(?o={n}) ", "}"),
        "chain of FILTER EXISTS": _chain("ASK { ?s ?p ?o ", "FILTER EXISTS { ?o ?p {n} } ", "}"),
        "chain of BIND": _chain("ASK { ", "BIND({n} AS ?x{n}) ", "}"),
        "chain of VALUES": _chain("ASK { ", "VALUES ?x{n} { {n} } ", "}"),
        "chain of subqueries": _chain("ASK { ", "{ SELECT ?x{n} {} } ", "}"),
        "chain of GRAPH": _chain("ASK { ", "GRAPH ?g{n} {} ", "}"),
        "chain of ||": _chain("ASK { FILTER(?a", "||?a", ") }"),
        "chain of distinct ||": _chain("ASK { ?s ?p ?a FILTER(?a", "||?a={n}", ") }"),
        "chain of &&": _chain("ASK { FILTER(?a", "&&?a", ") }"),
        "chain of +": _chain("ASK { FILTER(?a", "+?a", ") }"),
        "chain of *": _chain("ASK { FILTER(?a", "*?a", ") }"),
        "chain of signed numbers": _chain("ASK { FILTER(?a", "-1", ") }"),
        "long IN": _chain("ASK { ?s ?p ?a FILTER(?a IN (0", ",{n}", ")) }"),
        "long CONCAT": _chain("SELECT (CONCAT('a'", ",'b'", ") AS ?x) {}"),
        "long COALESCE": _chain("SELECT (COALESCE(?a", ",?b", ") AS ?x) {}"),
        "chain of connected triples": _chain("ASK { ", "?a{n} ?p ?a. ", "}"),
        "chain of unconnected triples": _chain("ASK { ", "?a{n} ?b{n} ?c{n} . ", "}"),
        "chain of ;": _chain("ASK { ?s ?p ?o ", "; ?p{n} ?o{n} ", "}"),
        "chain of empty ;": _chain("ASK { ?s ?p ?o ", ";", "}"),
        "chain of ,": _chain("ASK { ?s ?p ?o ", ", ?o{n} ", "}"),
        "chain of blank nodes": _chain("ASK { ", "[ ?p 1 ] . ", "}"),
        "long collection": _chain("ASK { ( ", "1 ", ") ?p ?o }"),
        "long path sequence": _chain("ASK { ?s <p:>", "/<p:>", " ?o }"),
        "long path alternative": _chain("ASK { ?s <p:>", "|<p:{n}>", " ?o }"),
        "long negated property set": _chain("ASK { ?s !(<p:>", "|<p:{n}>", ") ?o }"),
        "chain of path stars": _chain("ASK { ?s <p:>", "/<p:>*", " ?o }"),
        "long projection": _chain("SELECT ", "({n} AS ?x{n}) ", "{}"),
        "long list of variables": _chain("SELECT ", "?x{n} ", "{}"),
        "long ORDER BY": _chain("SELECT * {} ORDER BY ", "?x{n} ", ""),
        "long GROUP BY": _chain("SELECT (COUNT(*) AS ?n) {} GROUP BY ", "?x{n} ", ""),
        "many aggregates": _chain("SELECT ", "(MAX(?o) AS ?x{n}) ", "{ ?s ?p ?o }"),
        "long template": _chain("CONSTRUCT { ", "?s ?p {n} . ", "} WHERE { ?s ?p ?o }"),
        "many prefixes": _chain("", "PREFIX p{n}:<p:> ", "ASK {}"),
        "many FROM": _chain("ASK ", "FROM <g:{n}> ", "{ ?s ?p ?o }"),
        "rows of VALUES": _values,
        "long string": _chain("ASK { ?s ?p '", "a", "' }"),
        "long comment": _chain("ASK {} #", "(", ""),
    }
)
