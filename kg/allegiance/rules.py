"""Read the rules of kg/rules and apply them: the asserted view, and the edges derived from it.

A rule is a CONSTRUCT query whose header says what it does. Rules run in the order of their file
names; what one derives, the next one sees.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Triple

from allegiance.errors import AllegianceError
from allegiance.namespaces import PREFIXES, rule_iri, term

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyoxigraph import Store

__all__ = ["Rule", "apply_rules", "load_rules"]

_HEADER = re.compile(r"^# (title|means): (.+)$", re.MULTILINE)
_CONSTRUCT = re.compile(r"^CONSTRUCT \{", re.MULTILINE)
_COPY_EDGES = """
INSERT { GRAPH graph:inferences { ?subject ?predicate ?object } }
WHERE {
  ?inference al:inferredSubject ?subject ;
    al:inferredPredicate ?predicate ;
    al:inferredObject ?object .
}
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """Hold a rule: its name, what it means in one sentence, and its query."""

    name: str
    title: str
    meaning: str
    query: str

    @property
    def iri(self) -> NamedNode:
        """Name the rule in the graph."""
        return rule_iri(self.name)


def load_rules(folder: Path) -> tuple[Rule, ...]:
    """Read the rules of a folder in the order of their names.

    Raises AllegianceError where a rule has no header, or is no CONSTRUCT.
    """
    return tuple(_rule(file) for file in sorted(folder.glob("*.rq")))


def apply_rules(store: Store, rules: tuple[Rule, ...]) -> None:
    """Run the rules; results go into the default graph, edges into the graph of inferences too.

    A CONSTRUCT is run as the INSERT of the same template, so that no triple leaves the store.
    """
    for rule in rules:
        _update(store, _CONSTRUCT.sub("INSERT {", rule.query, count=1))
        store.extend(_described(rule))
    _update(store, _COPY_EDGES)


def _update(store: Store, text: str) -> None:
    store.update(text, prefixes=dict(PREFIXES))


def _rule(file: Path) -> Rule:
    text = file.read_text(encoding="utf-8")
    header = {match[1]: match[2] for match in _HEADER.finditer(text)}
    if set(header) != {"title", "means"}:
        message = f"{file.name} needs two header lines: `# title: ...` and `# means: ...`."
        raise AllegianceError(message)
    if _CONSTRUCT.search(text) is None:
        message = f"{file.name} is no rule: write `CONSTRUCT {{` at the start of a line."
        raise AllegianceError(message)
    return Rule(file.stem.partition("-")[2], header["title"], header["means"], text)


def _described(rule: Rule) -> Iterator[Quad]:
    texts = (("rdfs:label", rule.title), ("skos:definition", rule.meaning))
    triples = [Triple(rule.iri, term("rdf:type"), term("al:Rule"))]
    triples += [Triple(rule.iri, term(n), Literal(text, language="en")) for n, text in texts]
    for triple in triples:
        yield Quad(triple.subject, triple.predicate, triple.object, DefaultGraph())
