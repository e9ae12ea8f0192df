"""Ask a snapshot, and write the answer as a table or in one of the standard formats."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from pyoxigraph import (
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    serialize,
)
from rich import box
from rich.console import Console
from rich.table import Table

from allegiance.errors import QuerySyntaxError, UsageError
from allegiance.namespaces import PREFIXES, compact, term
from allegiance.query_syntax import read_fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allegiance.snapshot import Snapshot

__all__ = ["FORMATS", "answer", "load_store", "table"]

_RESULTS: Mapping[str, QueryResultsFormat] = {
    "json": QueryResultsFormat.JSON,
    "csv": QueryResultsFormat.CSV,
    "tsv": QueryResultsFormat.TSV,
    "xml": QueryResultsFormat.XML,
}
_GRAPHS: Mapping[str, RdfFormat] = {"turtle": RdfFormat.TURTLE, "ntriples": RdfFormat.N_TRIPLES}
_ADDRESS = term("xsd:anyURI")
FORMATS = ("table", *_RESULTS, *_GRAPHS)


def load_store(snapshot: Snapshot) -> Store:
    """Load a snapshot's N-Quads into memory."""
    store = Store()
    store.bulk_load(path=snapshot.nquads, format=RdfFormat.N_QUADS)
    return store


def answer(store: Store, query: str, form: str, width: int = 120) -> str:
    """Run a query and write its answer in one of FORMATS.

    `width` counts the columns of a table. Raises QuerySyntaxError where the query does not parse,
    UsageError where the answer cannot be written in that format.
    """
    try:
        found = store.query(query, prefixes=dict(PREFIXES))
    except SyntaxError as error:
        fault = read_fault(str(error))
        message = f"{fault.detail} {fault.remedy}"
        raise QuerySyntaxError(message) from error
    if isinstance(found, QueryTriples):
        return _graph(found, form)
    if form in _GRAPHS:
        message = (
            f"{form} holds graphs; this query gives rows. Choose json, csv, tsv, xml or table."
        )
        raise UsageError(message)
    if form == "table":
        if isinstance(found, QueryBoolean):
            return "yes\n" if found else "no\n"
        return table(found, width)
    buffer = io.BytesIO()
    found.serialize(buffer, _RESULTS[form])
    return buffer.getvalue().decode()


def table(solutions: QuerySolutions, width: int) -> str:
    """Write rows as a table with short names; addresses are numbered and listed below it."""
    rows = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    names = [variable.value for variable in solutions.variables]
    for name in names:
        rows.add_column(name, overflow="fold")
    count = 0
    links: dict[str, int] = {}
    for solution in solutions:
        rows.add_row(*(_shown(solution[name], links) for name in names))
        count += 1
    output = io.StringIO()
    console = Console(file=output, width=width, markup=False, highlight=False, emoji=False)
    console.print(rows)
    lines = [line.rstrip() for line in output.getvalue().splitlines()]
    notes = [f"[{number}] {address}" for address, number in links.items()]
    counted = f"{count} rows" if count != 1 else "1 row"
    return "\n".join([*lines, "", *notes, *([""] if notes else []), counted]) + "\n"


def _shown(node: object, links: dict[str, int]) -> str:
    if node is None:
        return ""
    if isinstance(node, NamedNode):
        return compact(node.value)
    if isinstance(node, Literal):
        if node.datatype == _ADDRESS:
            return f"[{links.setdefault(node.value, len(links) + 1)}]"
        return node.value
    return str(node)


def _graph(found: QueryTriples, form: str) -> str:
    form = "turtle" if form == "table" else form
    if form not in _GRAPHS:
        message = f"{form} holds rows; this query gives a graph. Choose turtle or ntriples."
        raise UsageError(message)
    prefixes = dict(PREFIXES) if form == "turtle" else None
    return (serialize(found, format=_GRAPHS[form], prefixes=prefixes) or b"").decode()
