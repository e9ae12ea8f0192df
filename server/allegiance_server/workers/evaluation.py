"""Do one task on a store: query and serialise in one go, or say why not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import pyoxigraph
from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    NamedNode,
    QueryResultsFormat,
    QueryTriples,
    RdfFormat,
)

from allegiance_server.errors import QueryNotParsedError, ServerError
from allegiance_server.workers.output import Output, OutputFullError, UnfitTermError
from allegiance_server.workers.search import answer_search, expand_searches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allegiance_server.workers.search import SearchIndex
    from allegiance_server.workers.tasks import Task

__all__ = ["Data", "perform"]

DefaultNode = NamedNode | BlankNode | DefaultGraph

# The text formats that a person reads get the prefixes of the graph; it costs time per triple.
PREFIXED: Final = (RdfFormat.TURTLE, RdfFormat.TRIG)


@dataclass(frozen=True, slots=True)
class Data:
    """Hold what a worker answers from."""

    store: pyoxigraph.Store
    index: SearchIndex
    prefixes: Mapping[str, str]
    base_iri: str


class RefusalError(Exception):
    """Carry an outcome that is no result: its name and what is to be told."""

    def __init__(self, outcome: str, detail: str = "") -> None:
        """Keep both."""
        self.outcome = outcome
        self.detail = detail
        super().__init__(outcome)

    def told(self) -> bytes:
        """Write it as the other side reads it."""
        return json.dumps({"outcome": self.outcome, "detail": self.detail}).encode()


# The outcome for each kind of error that the store, the serialiser or the output raises.
OUTCOMES: Final[Mapping[type[Exception], str]] = MappingProxyType(
    {
        OutputFullError: "too-large",
        UnfitTermError: "not-representable",
        SyntaxError: "not-parsed",
        RuntimeError: "not-evaluable",
        ValueError: "not-evaluable",
    }
)


def perform(data: Data, task: Task, output: Output) -> str:
    """Write the result of a task to the output, or the reason why there is none.

    Return what is for the log alone: the text of a system error may tell of the machine.
    """
    fault = ""
    try:
        _perform(data, task, output)
    except ConnectionError:
        raise
    except OSError as error:
        refusal = _unwritten(error)
        output.fail(refusal.told())
        if refusal.outcome == "failed":
            fault = str(error)
    except ServerError as error:
        output.fail(_told(error))
    except RefusalError as refusal:
        output.fail(refusal.told())
    except tuple(OUTCOMES) as error:
        output.fail(_refusal(error).told())
    else:
        output.close()
    return fault


def _perform(data: Data, task: Task, output: Output) -> None:
    match task.kind:
        case "query":
            _query(data, task, output)
        case "graph":
            _graph(data, task, output)
        case "search":
            body = answer_search(data.index, task.text)
            output.open("application/json")
            output.write(body)


def _refusal(error: Exception) -> RefusalError:
    outcome = next(name for kind, name in OUTCOMES.items() if isinstance(error, kind))
    return RefusalError(outcome, str(error))


def _unwritten(error: OSError) -> RefusalError:
    """Tell a term that the format has no place for from a fault of the machine."""
    if "does not support" in str(error):
        return RefusalError("not-representable", "a triple as a term")
    return RefusalError("failed")


def _told(error: ServerError) -> bytes:
    """Pass on an error that our own code has raised, to be raised again on the other side."""
    line, column = (
        (error.line, error.column) if isinstance(error, QueryNotParsedError) else (None, None)
    )
    return json.dumps(
        {
            "outcome": type(error).__name__,
            "detail": error.detail,
            "remedy": error.remedy,
            "line": line,
            "column": column,
        }
    ).encode()


def _query(data: Data, task: Task, output: Output) -> None:
    query = expand_searches(data.index, task.text, data.prefixes, data.base_iri)
    default_graph, named_graphs = _dataset(task)
    results = data.store.query(
        query,
        base_iri=data.base_iri,
        prefixes=_used(data.prefixes, query),
        default_graph=default_graph,
        named_graphs=named_graphs,
    )
    if isinstance(results, QueryTriples):
        media_type = _chosen(task.formats.graph)
        output.open(media_type)
        _write_graph(results, output, media_type, data.prefixes)
    else:
        media_type = _chosen(task.formats.solutions)
        output.open(media_type)
        results.serialize(output, QueryResultsFormat.from_media_type(media_type))  # type: ignore[arg-type]  # it only writes


def _used(prefixes: Mapping[str, str], query: str) -> dict[str, str]:
    """Return the prefixes that stand in a query: each one that is given costs time."""
    return {name: iri for name, iri in prefixes.items() if f"{name}:" in query}


def _chosen(media_type: str | None) -> str:
    if media_type is None:
        outcome = "not-acceptable"
        raise RefusalError(outcome)
    return media_type


def _write_graph(
    triples: QueryTriples, output: Output, media_type: str, prefixes: Mapping[str, str]
) -> None:
    rdf_format = RdfFormat.from_media_type(media_type)
    if rdf_format in PREFIXED:
        pyoxigraph.serialize(triples, output, rdf_format, prefixes=dict(prefixes))  # type: ignore[arg-type]  # it only writes
    else:
        triples.serialize(output, rdf_format)  # type: ignore[arg-type]  # it only writes


def _graph(data: Data, task: Task, output: Output) -> None:
    """Write one graph; a named graph that is not in the store is not there."""
    graph = NamedNode(task.text) if task.text else DefaultGraph()
    if isinstance(graph, NamedNode) and not data.store.contains_named_graph(graph):
        outcome = "no-graph"
        raise RefusalError(outcome, task.text)
    media_type = _chosen(task.formats.graph)
    output.open(media_type)
    rdf_format = RdfFormat.from_media_type(media_type)
    data.store.dump(
        output,  # type: ignore[arg-type]  # it only writes
        rdf_format,
        from_graph=graph,
        prefixes=dict(data.prefixes) if rdf_format in PREFIXED else None,
    )


def _dataset(task: Task) -> tuple[list[DefaultNode] | None, list[NamedNode | BlankNode] | None]:
    """Read the graphs of the request: if it names any, the query sees these and no others."""
    if not task.default_graphs and not task.named_graphs:
        return None, None
    return (
        [NamedNode(iri) for iri in task.default_graphs],
        [NamedNode(iri) for iri in task.named_graphs],
    )
