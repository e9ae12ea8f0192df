"""Know every rule by which contributions are judged: what is wrong, how to mend it, and why.

Shapes say so themselves; for all other rules it stands in shapes/rules.yaml.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml
from rdflib import Graph
from rdflib.namespace import RDFS, SH

from allegiance.finding import Severity
from allegiance.shacl import REMEDY, SHAPE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from rdflib.term import Node

__all__ = ["Rule", "read_rule_book"]

_ON_THE_ONTOLOGY = "ontology.ttl"


@dataclass(frozen=True, slots=True)
class Rule:
    """Hold a rule; `code` is family and name, such as names/unknown."""

    code: str
    title: str
    severity: Severity
    wrong: str
    mend: str
    why: str

    @property
    def family(self) -> str:
        """Return the first part of the code: syntax, structure, names, shape, ..."""
        return self.code.partition("/")[0]


def read_rule_book(shapes: Path) -> Mapping[str, Rule]:
    """Read all rules from the folder of the shapes, by code and in the order of the codes."""
    rules = [*_listed(shapes / "rules.yaml"), *_shapes(shapes)]
    return {rule.code: rule for rule in sorted(rules, key=lambda rule: rule.code)}


def _listed(file: Path) -> Iterator[Rule]:
    rows = yaml.safe_load(file.read_text(encoding="utf-8"))["rules"]
    for code, row in rows.items():
        severity = Severity(row.get("severity", "violation"))
        yield Rule(code, row["title"], severity, row["wrong"], row["mend"], row["why"])


def _shapes(folder: Path) -> Iterator[Rule]:
    graph = Graph()
    for file in sorted(folder.glob("*.ttl")):
        if file.name != _ON_THE_ONTOLOGY:
            graph.parse(data=file.read_text(encoding="utf-8"), format="turtle")
    for shape in graph.subjects(SH.severity):
        yield _shape(graph, shape)


def _shape(graph: Graph, shape: Node) -> Rule:
    def text(predicate: Node) -> str:
        return str(graph.value(shape, predicate))

    return Rule(
        code=f"shape/{str(shape).removeprefix(SHAPE)}",
        title=text(RDFS.label)[:1].upper() + text(RDFS.label)[1:],
        severity=Severity(text(SH.severity).removeprefix(str(SH)).lower()),
        wrong=text(SH.message),
        mend=text(REMEDY),
        why=text(SH.description),
    )
