"""The description of `/sparql` for the OpenAPI document, where FastAPI cannot read it off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi.openapi.utils import get_openapi

from allegiance_server.protocol.media_types import GRAPHS, SOLUTIONS
from allegiance_server.protocol.requests import FORM, QUERY
from allegiance_server.web.problems import MEDIA_TYPE, PROBLEMS

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["describe_interface"]

TEXT: Final = {"schema": {"type": "string"}}
PARAMETERS: Final = {
    "query": "The SPARQL 1.1 query. The prefixes of the graph need no declaration.",
    "default-graph-uri": "A graph to query in place of the default graph; may be repeated.",
    "named-graph-uri": "A graph that GRAPH may name; may be repeated.",
    "format": "json, xml, csv, tsv, turtle, nt, rdfxml, jsonld, trig or nq; goes before Accept.",
}


def describe_interface(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document with the SPARQL endpoint in it."""
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    document["paths"]["/sparql"] = {"get": _by_get(), "post": _by_post()}
    return document


def _by_get() -> dict[str, Any]:
    return {
        "summary": "Answer a SPARQL query",
        "operationId": "query_by_get",
        "parameters": [
            {
                "name": name,
                "in": "query",
                "required": name == "query",
                "description": description,
                "schema": _schema(name),
            }
            for name, description in PARAMETERS.items()
        ],
        "responses": _responses(),
    }


def _by_post() -> dict[str, Any]:
    form = {
        "type": "object",
        "required": ["query"],
        "properties": {
            name: {**_schema(name), "description": description}
            for name, description in PARAMETERS.items()
        },
    }
    return {
        "summary": "Answer a SPARQL query that is too long for an address",
        "operationId": "query_by_post",
        "requestBody": {"required": True, "content": {FORM: {"schema": form}, QUERY: TEXT}},
        "responses": _responses(),
    }


def _schema(name: str) -> dict[str, Any]:
    if name.endswith("-graph-uri"):
        return {"type": "array", "items": {"type": "string", "format": "uri"}}
    return {"type": "string"}


def _responses() -> dict[str, Any]:
    responses: dict[str, Any] = {
        "200": {
            "description": "The whole result, never a part of it",
            "content": dict.fromkeys(SOLUTIONS + GRAPHS, TEXT),
        }
    }
    for kind in PROBLEMS.values():
        entry = responses.setdefault(
            str(kind.status), {"description": "", "content": {MEDIA_TYPE: {}}}
        )
        entry["description"] = "; ".join(filter(None, (entry["description"], kind.title)))
    return responses
