"""The data of tests: files of RDF as quads, and quads as an update that brings them about."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, parse, serialize

if TYPE_CHECKING:
    from pathlib import Path

    from manifests import GraphFile

__all__ = ["insertion", "read_graph", "read_quads"]


@cache
def read_graph(file: Path, base: str) -> tuple[Quad, ...]:
    """Read a file in the format of its suffix.

    Blank nodes get names that no other file has. Raises OSError and SyntaxError.
    """
    form = RdfFormat.from_extension(file.suffix.removeprefix("."))
    with file.open("rb") as stream:
        return tuple(parse(stream, form, base_iri=base, rename_blank_nodes=True))


def read_quads(data: tuple[GraphFile, ...]) -> set[Quad]:
    """Read files, each into its graph."""
    return {
        Quad(quad.subject, quad.predicate, quad.object, NamedNode(each.graph))
        if each.graph is not None
        else quad
        for each in data
        for quad in read_graph(each.file, each.base)
    }


def insertion(data: tuple[GraphFile, ...]) -> str:
    """Write an update that puts data in place of all that there is.

    Not with INSERT DATA, since rdflib 7.6 cannot insert into the default graph that way.
    """
    if not data:
        return "DROP ALL"
    creations = [f"CREATE SILENT GRAPH <{each.graph}>" for each in data if each.graph is not None]
    quads = sorted(read_quads(data), key=str)
    quads.sort(key=lambda quad: str(quad.graph_name))
    groups = groupby(quads, key=lambda quad: quad.graph_name)
    blocks = (_block(name, list(members)) for name, members in groups)
    filling = "INSERT {\n" + "\n".join(blocks) + "\n} WHERE {}"
    return " ;\n".join(["DROP ALL", *creations, filling])


def _block(name: NamedNode | DefaultGraph, quads: list[Quad]) -> str:
    triples = (quad.triple for quad in quads)
    lines = (serialize(triples, format=RdfFormat.N_TRIPLES) or b"").decode()
    return lines if isinstance(name, DefaultGraph) else f"GRAPH {name} {{\n{lines}}}"
