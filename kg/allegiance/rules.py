"""Read the rules of kg/rules and apply them: the asserted view, and the edges derived from it.

A rule is a CONSTRUCT query whose header says what it does. Rules run in the order of their file
names; what one derives, the next one sees.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, QueryTriples, Triple

from allegiance.errors import AllegianceError
from allegiance.namespaces import PREFIXES, graph_iri, rule_iri, term

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyoxigraph import Store

__all__ = ["Rule", "apply_rules", "load_rules"]

_HEADER = re.compile(r"^# (title|means): (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rule:
    """Hold a rule: its name, what it means in one sentence, and its query.

    `derives_edges` is false for the rules that only copy what claims say or point at documents.
    """

    name: str
    title: str
    meaning: str
    query: str
    derives_edges: bool

    @property
    def iri(self) -> NamedNode:
        """Name the rule in the graph."""
        return rule_iri(self.name)


def load_rules(folder: Path) -> tuple[Rule, ...]:
    """Read the rules of a folder in the order of their names.

    Raises AllegianceError where a rule has no header.
    """
    return tuple(_rule(file) for file in sorted(folder.glob("*.rq")))


def apply_rules(store: Store, rules: tuple[Rule, ...]) -> None:
    """Run the rules; results go into the default graph, edges into the graph of inferences too."""
    for rule in rules:
        found = store.query(rule.query, prefixes=dict(PREFIXES))
        if not isinstance(found, QueryTriples):
            message = f"The rule {rule.name} is no CONSTRUCT query."
            raise AllegianceError(message)
        triples = list(found)
        store.extend(Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in triples)
        store.extend(_described(rule))
        if rule.derives_edges:
            # The edges alone: what is known of each inference stands in the default graph.
            inferences, edges = graph_iri("inferences"), (t for t in triples if _is_edge(t))
            store.extend(Quad(t.subject, t.predicate, t.object, inferences) for t in edges)


def _rule(file: Path) -> Rule:
    text = file.read_text(encoding="utf-8")
    header = {match[1]: match[2] for match in _HEADER.finditer(text)}
    if set(header) != {"title", "means"}:
        message = f"{file.name} needs two header lines: `# title: ...` and `# means: ...`."
        raise AllegianceError(message)
    order, _, name = file.stem.partition("-")
    return Rule(name, header["title"], header["means"], text, derives_edges=order == "20")


def _is_edge(triple: Triple) -> bool:
    subject = triple.subject
    return isinstance(subject, NamedNode) and not subject.value.startswith(PREFIXES["rule"])


def _described(rule: Rule) -> Iterator[Quad]:
    texts = (("rdfs:label", rule.title), ("skos:definition", rule.meaning))
    triples = [Triple(rule.iri, term("rdf:type"), term("al:Rule"))]
    triples += [Triple(rule.iri, term(n), Literal(text, language="en")) for n, text in texts]
    for triple in triples:
        yield Quad(triple.subject, triple.predicate, triple.object, DefaultGraph())
