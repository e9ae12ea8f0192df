"""Run a test of the query language or the update language."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from datasets import read_quads
from isomorphism import isomorphic
from pyoxigraph import DefaultGraph
from solutions import JSON, Solutions, accepted, read_file, read_response, same
from verdicts import CallRefusedError, expect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connections import Connection, Response
    from isomorphism import Row
    from manifests import Evaluation, Syntax, Update

__all__ = ["evaluate", "judge_syntax", "update"]

EVERYTHING = b"SELECT ?g ?s ?p ?o WHERE { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
# What an update may be answered that was read, tried, and could not be made.
TRIED = (
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.INTERNAL_SERVER_ERROR,
)
CALL = re.compile(rb"\b(?:SERVICE|LOAD)\b", re.IGNORECASE)


def judge_syntax(case: Syntax, connection: Connection) -> None:
    """Send a text: 400 where it is not of the language, and nothing else will do.

    A query of the language has a result. An update may still fail, for example because the graph
    that it drops is not there; but not with a status of a request that is not even tried.
    """
    text = case.file.read_bytes()
    response = connection.update(text) if case.is_update else connection.query(text)
    _refuse_calls(text, response)
    if not case.is_valid:
        is_rejected = response.status == HTTPStatus.BAD_REQUEST
        expect(is_rejected, "it has to be rejected with 400", response)
    elif case.is_update:
        is_tried = response.status < HTTPStatus.BAD_REQUEST or response.status in TRIED
        expect(is_tried, "it is of the language", response)
    else:
        expect(response.status == HTTPStatus.OK, "it is of the language", response)


def evaluate(case: Evaluation, connection: Connection) -> None:
    """Ask a query over its data, and compare the result."""
    connection.load(case.data)
    text = _based(case.base, case.query.read_bytes())
    response = connection.query(text, accepted(case.result, case.result_base))
    _refuse_calls(text, response)
    expect(response.status == HTTPStatus.OK, "no result", response)
    found = read_response(response.media_type, response.body)
    expected = read_file(case.result, case.result_base)
    expect(same(found, expected), "another result", response)


def update(case: Update, connection: Connection) -> None:
    """Run an update over its data, and compare all that the server then holds."""
    connection.forget()
    connection.load(case.before)
    text = _based(case.base, case.request.read_bytes())
    response = connection.update(text)
    _refuse_calls(text, response)
    expect(response.status < HTTPStatus.BAD_REQUEST, "it is not done", response)
    response = connection.query(EVERYTHING, JSON)
    found = read_response(response.media_type, response.body)
    expected = {(each.graph_name, *each.triple) for each in read_quads(case.after)}
    holds = isinstance(found, Solutions) and isomorphic(_quads(found), expected)
    expect(holds, "other data", response)


def _quads(found: Solutions) -> Iterator[Row]:
    """Turn the solutions of EVERYTHING into rows of graph, subject, predicate and object."""
    for graph, object_, predicate, subject in found.rows:
        yield (graph or DefaultGraph(), subject, predicate, object_)


def _based(base: str, text: bytes) -> bytes:
    """State what relative names in a text mean: the address at which the suite is published."""
    return f"BASE <{base}>\n".encode() + text


def _refuse_calls(text: bytes, response: Response) -> None:
    """Raise CallRefusedError where the answer to a text that calls another server is 403."""
    if response.status == HTTPStatus.FORBIDDEN and CALL.search(text):
        raise CallRefusedError(response.summary)
