"""Write the tables of rules in shapes/README.md from the shapes themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdflib import Graph
from rdflib.namespace import SH

from allegiance.errors import AllegianceError
from allegiance.shacl import REMEDY, SHAPE

if TYPE_CHECKING:
    from pathlib import Path

    from rdflib.term import Node

__all__ = ["shapes_page"]

_MARK = "<!-- The tables below are written from the shapes. -->"
_HEAD = "| code | severity | what is wrong | how to mend | why |\n|---|---|---|---|---|\n"


def shapes_page(folder: Path) -> str:
    """Return shapes/README.md: its own introduction, and a table for each file of shapes.

    Raises AllegianceError where the page lacks the mark below which the tables stand.
    """
    introduction, mark, _ = (folder / "README.md").read_text(encoding="utf-8").partition(_MARK)
    if not mark:
        message = f"{folder / 'README.md'} lacks the line {_MARK}. Put it where the tables begin."
        raise AllegianceError(message)
    tables = ((file.stem, _table(file)) for file in sorted(folder.glob("*.ttl")))
    sections = [f"### {name}.ttl\n\n{table}" for name, table in tables if table]
    return introduction + mark + "\n\n" + "\n".join(sections)


def _table(file: Path) -> str:
    graph = Graph().parse(data=file.read_text(encoding="utf-8"), format="turtle")
    rules = sorted(graph.subjects(SH.severity, None), key=str)
    rows = "".join(f"| {' | '.join(_cells(graph, rule))} |\n" for rule in rules)
    return _HEAD + rows if rows else ""


def _cells(graph: Graph, rule: Node) -> list[str]:
    severity = str(graph.value(rule, SH.severity)).removeprefix(str(SH)).lower()
    texts = (graph.value(rule, predicate) for predicate in (SH.message, REMEDY, SH.description))
    return [f"`{str(rule).removeprefix(SHAPE)}`", severity, *(str(text) for text in texts)]
