"""Small random queries with SERVICE clauses, in the places where they are carried out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

if TYPE_CHECKING:
    from random import Random

__all__ = ["Writer", "random_store"]

SPACE = "http://data.example/"
THINGS = tuple(f"{SPACE}{letter}" for letter in "abcd")
PREDICATES = tuple(f"{SPACE}{letter}" for letter in "pqr")
GRAPHS = tuple(f"{SPACE}graph{number}" for number in (1, 2))
VALUES = (Literal("a"), Literal("a", language="en"), Literal(1), Literal("b"))
NAMES = ("?w", "?x", "?y", "?z")


def random_store(random: Random, quads: int, *, named: bool) -> Store:
    """Make a store of few terms, so that much joins with much."""
    store = Store()
    for _ in range(quads):
        objects = (*(NamedNode(each) for each in THINGS), *VALUES)
        graph = NamedNode(random.choice(GRAPHS)) if named and random.random() < 0.4 else None
        store.add(
            Quad(
                NamedNode(random.choice(THINGS)),
                NamedNode(random.choice(PREDICATES)),
                random.choice(objects),
                graph or DefaultGraph(),
            )
        )
    return store


@dataclass
class Writer:
    """Write queries; `address` is that of the endpoint.

    With `in_graphs`, clauses stand in GRAPH, too: what the store's own evaluation then asks
    elsewhere has the GRAPH in it, which is not what the specification says.
    """

    random: Random
    address: str
    in_graphs: bool = False
    made: int = 0

    def query(self) -> str:
        """Write a SELECT with at least one SERVICE clause."""
        while True:
            self.made = 0
            last = self._values() if self.random.random() < 0.2 else ""
            text = f"SELECT * WHERE {self._group(3, 'local')} {last}"
            if "SERVICE" in text:
                return text

    def _group(self, depth: int, where: str) -> str:
        """Write a group; only a `local` one has clauses in it."""
        if depth > 0 and self.random.random() < 0.12:
            return f"{{ {self._select(depth, where)} }}"
        count = self.random.choice((1, 2, 2, 3, 3, 4))
        parts = [self._element(depth - 1, where) for _ in range(count)]
        return f"{{ {' '.join(parts)} }}"

    def _select(self, depth: int, where: str) -> str:
        kept = " ".join(self.random.sample(NAMES, self.random.choice((1, 2, 3))))
        modifier = self.random.choice(("", "", "DISTINCT "))
        named = self.random.choice((kept, "*"))
        return f"SELECT {modifier}{named} {self._group(depth - 1, where)}"

    def _element(self, depth: int, where: str) -> str:
        kinds = ["triple"] * 5 + ["filter", "values", "bind"]
        if depth > 0:
            kinds += ["group", "union", "optional", "optional", "minus"]
            if where == "local":
                kinds += ["graph", "service", "service", "service"]
        kind = self.random.choice(kinds)
        return self._simple(kind) or self._nested(kind, depth, where)

    def _simple(self, kind: str) -> str:
        match kind:
            case "triple":
                return self._triple()
            case "filter":
                return f"FILTER({self._expression()})"
            case "values":
                return self._values()
            case "bind":
                self.made += 1
                return f"BIND({self.random.choice(NAMES)} AS ?m{self.made})"
        return ""

    def _nested(self, kind: str, depth: int, where: str) -> str:
        match kind:
            case "union":
                return f"{self._group(depth, where)} UNION {self._group(depth, where)}"
            case "optional":
                return f"OPTIONAL {self._group(depth, where)}"
            case "minus":
                return f"MINUS {self._group(depth, 'here')}"
            case "graph":
                target = self.random.choice(("?g", f"<{GRAPHS[0]}>", "?x"))
                inside = where if self.in_graphs else "here"
                return f"GRAPH {target} {self._group(depth, inside)}"
            case "service":
                return f"SERVICE <{self.address}> {self._group(depth, 'there')}"
        return self._group(depth, where)

    def _triple(self) -> str:
        subject = self.random.choice((*NAMES, *NAMES, f"<{THINGS[0]}>"))
        predicate = f"<{self.random.choice(PREDICATES)}>"
        other = self.random.choice((*NAMES, *NAMES, f"<{THINGS[1]}>", '"a"'))
        return f"{subject} {predicate} {other} ."

    def _expression(self) -> str:
        one, other = self.random.choice(NAMES), self.random.choice(NAMES)
        return self.random.choice(
            (f"BOUND({one})", f"!BOUND({one})", f"{one} != {other}", f"isIRI({one})")
        )

    def _values(self) -> str:
        one, other = self.random.sample(NAMES, 2)
        terms = (f"<{THINGS[0]}>", f"<{THINGS[1]}>", f"<{THINGS[2]}>", '"a"', "1", "UNDEF")
        rows = " ".join(
            f"({self.random.choice(terms)} {self.random.choice(terms)})" for _ in range(2)
        )
        return f"VALUES ({one} {other}) {{ {rows} }}"
