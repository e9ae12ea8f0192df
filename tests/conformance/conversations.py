"""Run a test of a protocol: send its requests in their order, and compare each response."""

from __future__ import annotations

import re
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING

from solutions import Graph, Solutions, read_response, same
from verdicts import DiffersError, expect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connections import Connection, Endpoint, Response
    from manifests import Conversation, Expectation, Step

__all__ = ["converse"]

FORMS: Mapping[str, type] = MappingProxyType({"boolean": bool, "tabular": Solutions, "RDF": Graph})
CODES: Mapping[str, int] = MappingProxyType(
    {status.name.replace("_", "").lower(): status.value for status in HTTPStatus}
)
CLASS_OF_STATUS = re.compile(r"StatusCode(\d)xx")


def converse(case: Conversation, connection: Connection) -> None:
    """Run a test from a store that holds its data and nothing else; raises at a difference."""
    connection.forget()
    connection.load(case.data)
    connection.forget()
    remembered: dict[str, str] = {}
    for number, step in enumerate(case.steps, start=1):
        response = _send(step, connection, remembered)
        try:
            _compare(response, step.expected, remembered)
        except (DiffersError, SyntaxError, ValueError) as difference:
            message = f"request {number}, {step.method}: {difference}"
            raise DiffersError(message) from difference
        if step.expected.location is not None:
            remembered[step.expected.location] = response.headers["location"]


def _send(step: Step, connection: Connection, remembered: Mapping[str, str]) -> Response:
    path = _filled(_located(step.path, connection.endpoint), remembered)
    body = None if step.body is None else _filled(step.body, remembered).encode(step.encoding)
    return connection.send(step.method, path, step.headers, body)


def _located(path: str, endpoint: Endpoint) -> str:
    """Put the server's own path in place of the one that stands in the manifest for any."""
    if path.startswith("/sparql/"):
        return endpoint.sparql + path.removeprefix("/sparql/")
    if endpoint.graph_store is None:
        message = "this server has no graph store"
        raise DiffersError(message)
    return endpoint.graph_store + path.removeprefix("/gsp")


def _filled(text: str, remembered: Mapping[str, str]) -> str:
    for name, value in remembered.items():
        text = text.replace(name, value)
    return text


def _compare(response: Response, expected: Expectation, remembered: Mapping[str, str]) -> None:
    """Compare a response with what is expected; raises DiffersError at the first difference."""
    names = expected.statuses
    is_fit = any(_is_status(name, response.status) for name in names)
    expect(is_fit, f"expected {' or '.join(sorted(names))}", response)
    expect(expected.location is None or "location" in response.headers, "no Location", response)
    if expected.form is not None:
        found = read_response(response.media_type, response.body)
        expect(isinstance(found, FORMS[expected.form]), f"not {expected.form}", response)
        is_right = expected.boolean is None or found is expected.boolean
        expect(is_right, f"not {expected.boolean}", response)
    if expected.body is not None:
        text = _filled(expected.body, remembered).encode()
        graph = read_response(expected.media_type, text)
        found = read_response(response.media_type, response.body)
        expect(same(found, graph), "another graph", response)


def _is_status(name: str, status: int) -> bool:
    """Tell whether a status has a name, or is of a class.

    >>> _is_status("NoContent", 204), _is_status("StatusCode2xx", 404)
    (True, False)
    """
    found = CLASS_OF_STATUS.fullmatch(name)
    return status // 100 == int(found[1]) if found else status == CODES[name.lower()]
