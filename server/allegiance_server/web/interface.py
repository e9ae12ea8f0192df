"""The OpenAPI document: what FastAPI reads off, and the endpoints that it does not route."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi.openapi.utils import get_openapi

from allegiance_server.protocol.graph_store import MULTIPART, UPLOADS
from allegiance_server.protocol.media_types import GRAPHS, NAMED_FORMATS, SOLUTIONS
from allegiance_server.protocol.requests import FORM, QUERY, UPDATE
from allegiance_server.web.problems import MEDIA_TYPE, PROBLEMS
from allegiance_server.web.reconciliation.interface import reconciliation_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fastapi import FastAPI

__all__ = ["describe_interface"]

Description = dict[str, Any]

TEXT: Final = {"schema": {"type": "string"}}
TOKEN: Final = "token"  # noqa: S105 - the name of the scheme
GRAPH_IRIS: Final = {"type": "array", "items": {"type": "string", "format": "uri"}}
SECONDS: Final = {"type": "number", "exclusiveMinimum": 0}
FORMAT: Final = {"type": "string"}
FORMATS: Final = f"{', '.join(NAMED_FORMATS)}, or a media type; goes before Accept."

QUERY_PARAMETERS: Final[Mapping[str, tuple[Description, str]]] = {
    "query": (
        {"type": "string"},
        (
            "The SPARQL 1.1 query. The prefixes of the graph need no declaration. SERVICE may call "
            "the endpoints that the description of the service lists, if it lists any."
        ),
    ),
    "default-graph-uri": (
        GRAPH_IRIS,
        "A graph to query in place of the default graph; may be repeated.",
    ),
    "named-graph-uri": (GRAPH_IRIS, "A graph that GRAPH may name; may be repeated."),
    "format": (FORMAT, FORMATS),
    "timeout": (
        SECONDS,
        "Seconds after which the query is to be stopped, where the server's bound is not lower.",
    ),
}
UPDATE_PARAMETERS: Final[Mapping[str, tuple[Description, str]]] = {
    "update": ({"type": "string"}, "The SPARQL 1.1 update, in place of a query."),
    "using-graph-uri": (GRAPH_IRIS, "A graph that the WHERE clauses see; may be repeated."),
    "using-named-graph-uri": (GRAPH_IRIS, "A graph that GRAPH may name; may be repeated."),
}
GRAPH_PARAMETERS: Final[Mapping[str, tuple[Description, str]]] = {
    "graph": ({"type": "string", "format": "uri"}, "The IRI of the graph."),
    "default": (
        {"type": "string", "enum": [""]},
        "Without a value and in place of `graph`: the default graph.",
    ),
}
KNOWN_TAG: Final = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the answer that you have.",
    "schema": {"type": "string"},
}

ASKING: Final = (400, 403, 406, 408, 413, 414, 429, 431, 500, 502, 503, 504)
READING: Final = (400, 404, 406, 408, 414, 429, 431, 500, 503, 504)
WRITING: Final = (400, 401, 403, 413, 415, 422, 500, 503, 504, 507)

BY_GET: Final = (
    "Without a query the answer is the description of the service, in RDF; a browser is led to the "
    "start page. The suffix of the path may name the format: /sparql.csv, /sparql.ttl."
)
BY_POST: Final = (
    "The method QUERY, which this document cannot name, takes the same queries in the same bodies; "
    "its answers can be cached as those of GET. The headers Accept-Query and Allow tell so. "
    "Updates come by POST alone, from whoever has the token, where the server is written to."
)
BELOW: Final = "An address below /graph-store is itself the IRI of a graph."


def describe_interface(app: FastAPI) -> Description:
    """Return the OpenAPI document with all endpoints in it."""
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    document["paths"] |= {
        "/sparql": {"get": _by_get(), "head": _by_head(), "post": _by_post()},
        "/graph-store": {
            "get": _graph_read("get", "Give a whole graph"),
            "head": _graph_read("head", "Tell of a graph what GET would, without the graph"),
            "put": _graph_written("put", "Replace a graph, or make it"),
            "post": _graph_written("post", "Add to a graph, or make a new one"),
            "delete": _graph_written("delete", "Remove a graph"),
        },
        "/void": {"get": _void()},
        "/metrics": {"get": _metrics()},
        **reconciliation_paths(),
    }
    schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes[TOKEN] = {"type": "http", "scheme": "bearer"}
    return document


def _by_get() -> Description:
    return {
        "summary": "Answer a SPARQL query",
        "description": BY_GET,
        "operationId": "query_by_get",
        "parameters": [*_parameters(QUERY_PARAMETERS), KNOWN_TAG],
        "responses": {
            **_answers("The whole result, never a part of it", SOLUTIONS + GRAPHS),
            "303": {"description": "A browser without a query is led to the start page"},
            **_problems(ASKING),
        },
    }


def _by_head() -> Description:
    return {
        "summary": "Tell of a query what GET would, without the result",
        "operationId": "query_by_head",
        "parameters": [*_parameters(QUERY_PARAMETERS), KNOWN_TAG],
        "responses": {
            **_answers("The headers of the result", SOLUTIONS + GRAPHS),
            **_without_body(_problems(ASKING)),
        },
    }


def _by_post() -> Description:
    properties = {
        name: {**schema, "description": description}
        for name, (schema, description) in {**QUERY_PARAMETERS, **UPDATE_PARAMETERS}.items()
    }
    form = {
        "type": "object",
        "properties": properties,
        "oneOf": [{"required": ["query"]}, {"required": ["update"]}],
    }
    content = {FORM: {"schema": form}, QUERY: TEXT, UPDATE: TEXT}
    return {
        "summary": "Answer a SPARQL query that is too long for an address, or make an update",
        "description": BY_POST,
        "operationId": "query_by_post",
        "security": [{}, {TOKEN: []}],
        "requestBody": {"required": True, "content": content},
        "responses": {
            **_answers("The whole result, never a part of it", SOLUTIONS + GRAPHS),
            "204": {"description": "The update is made and kept"},
            **_problems({*ASKING, *WRITING}),
        },
    }


def _graph_read(method: str, summary: str) -> Description:
    problems = _problems(READING)
    if method == "head":
        problems = _without_body(problems)
    return {
        "summary": summary,
        "description": BELOW,
        "operationId": f"graph_by_{method}",
        "parameters": [
            *_parameters({**GRAPH_PARAMETERS, "format": (FORMAT, FORMATS)}),
            KNOWN_TAG,
        ],
        "responses": {**_answers("The whole graph", GRAPHS), **problems},
    }


def _graph_written(method: str, summary: str) -> Description:
    statuses = {*WRITING, 404} if method == "delete" else {*WRITING}
    described: Description = {
        "summary": summary,
        "description": f"Only where the server is written to. {BELOW}",
        "operationId": f"graph_by_{method}",
        "security": [{TOKEN: []}],
        "parameters": _parameters(GRAPH_PARAMETERS),
        "responses": {"204": {"description": "It is made and kept"}, **_problems(statuses)},
    }
    if method != "delete":
        described["requestBody"] = {
            "required": True,
            "content": dict.fromkeys((*UPLOADS, MULTIPART), TEXT),
        }
        described["responses"]["201"] = {"description": "A new graph is made; Location names it"}
    return described


def _void() -> Description:
    return {
        "summary": "Describe the data: VoID and DCAT",
        "description": "The address /.well-known/void leads here.",
        "operationId": "void",
        "parameters": [KNOWN_TAG],
        "responses": {**_answers("The description", GRAPHS), **_problems((500, 503))},
    }


def _metrics() -> Description:
    types = ("text/plain", "application/openmetrics-text")
    answered = {"description": "Counts and gauges", "content": dict.fromkeys(types, TEXT)}
    return {
        "summary": "Give the metrics, as Prometheus reads them",
        "operationId": "metrics",
        "responses": {"200": answered},
    }


def _parameters(named: Mapping[str, tuple[Description, str]]) -> list[Description]:
    return [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": description,
            "schema": schema,
            **({"allowEmptyValue": True} if name == "default" else {}),
        }
        for name, (schema, description) in named.items()
    ]


def _answers(description: str, media_types: Iterable[str]) -> Description:
    return {
        "200": {
            "description": description,
            # JSON is no string; what it holds, the specifications of the formats say.
            "content": {each: {} if each.endswith("json") else TEXT for each in media_types},
        },
        "304": {"description": "What you have is still good"},
    }


def _problems(statuses: Iterable[int]) -> Description:
    """Describe the problems of some statuses, each with the titles that it may have."""
    titles: dict[int, list[str]] = {status: [] for status in sorted(statuses)}
    for kind in PROBLEMS.values():
        if kind.status in titles:
            titles[kind.status].append(kind.title)
    return {
        str(status): {"description": "; ".join(told), "content": {MEDIA_TYPE: {}}}
        for status, told in titles.items()
    }


def _without_body(problems: Description) -> Description:
    return {status: {"description": told["description"]} for status, told in problems.items()}
