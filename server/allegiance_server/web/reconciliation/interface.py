"""The reconciliation services in the OpenAPI document."""

from __future__ import annotations

from typing import Any, Final

from allegiance_server.web.problems import MEDIA_TYPE, PROBLEMS

__all__ = ["reconciliation_paths"]

Description = dict[str, Any]

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
SERVICES: Final = (
    ("/reconcile", "graph", "our actors, places, topics and events"),
    ("/reconcile/wikidata", "wikidata", "the offline index of Wikidata"),
)
SPECIFICATION: Final = {
    "description": "The specification of the API",
    "url": "https://reconciliation-api.github.io/specs/",
}
TEXT: Final = {"type": "string"}
OBJECT: Final = {"type": "object"}
NUMBER: Final = {"type": "integer", "minimum": 0}
TOKEN: Final = [{"token": list[str]()}]
DECISION: Final = {
    "type": "object",
    "required": ["subject", "decision", "by", "reason"],
    "additionalProperties": False,
    "properties": {
        "subject": {**TEXT, "description": "The id of an entry of the graph."},
        "object": {**TEXT, "description": "The item, or the address of its page; not with none."},
        "decision": {"enum": ["match", "not", "none"]},
        "by": {**TEXT, "description": "Who decides."},
        "reason": {**TEXT, "description": "Why, in a line."},
    },
}
QUERIES: Final = (
    "A batch of queries of 0.2, as JSON: from keys to `query`, `type`, `type_strict`, `limit` and "
    "`properties`. The answer has `result` for each key."
)
EXTEND: Final = "What to add to reconciled things, as JSON: `ids` and `properties`."
CALLBACK: Final = "A function to call with the answer, for pages that cannot use CORS."
PREFIX: Final = "What the names begin with, or one of their words."
OF_KIND: Final = {"enum": ["entity", "property", "type"]}


def reconciliation_paths() -> Description:
    """Describe the addresses of both services in both versions, and the one for decisions."""
    paths: Description = {"/reconcile/decisions": _decisions()}
    for path, key, data in SERVICES:
        paths |= _first_version(path, key, data) | _draft(f"{path}/1.0", key, data)
    return paths


def _first_version(path: str, key: str, data: str) -> Description:
    """Describe the addresses of 0.2, whose answers a page may have as a call of a function."""
    callback = _parameter("callback", TEXT, CALLBACK)
    fields = {
        "queries": {**TEXT, "description": QUERIES},
        "extend": {**TEXT, "description": EXTEND},
    }
    form = {"type": "object", "properties": fields, "minProperties": 1}
    asked = [_parameter(name, TEXT, each["description"]) for name, each in fields.items()]
    paged = [*_suggesting("cursor"), callback]
    told: dict[str, tuple[str, str, list[Description]]] = {
        "/suggest/{kind}": ("suggest", "Suggest by a prefix", paged),
        "/flyout/{kind}": ("flyout", "Show what is suggested", [_kind(), _id(), callback]),
        "/extend/propose": ("propose", "Propose properties", [*_proposing(), callback]),
    }
    root = {
        "get": _operation(
            f"{key}_reconcile_by_get",
            f"Describe the service of 0.2, or find {data} by their names",
            [*asked, callback],
        ),
        "post": _operation(f"{key}_reconcile_by_post", f"Find {data} by their names", [], form),
    }
    return {
        path: root,
        f"{path}/preview": {"get": _preview(f"{key}_preview")},
        **{
            path + below: {"get": _operation(f"{key}_{name}", summary, parameters)}
            for below, (name, summary, parameters) in told.items()
        },
    }


def _draft(path: str, key: str, data: str) -> Description:
    """Describe the addresses of 1.0-draft, which takes and gives JSON alone."""
    gets: dict[str, tuple[str, str, list[Description]]] = {
        "": ("manifest", f"Describe the service of 1.0-draft over {data}", []),
        "/suggest/{kind}": ("suggest", "Suggest by a prefix", _suggesting("offset")),
        "/extend/propose": ("propose", "Propose properties", _proposing()),
    }
    posts = {
        "/match": ("match", f"Find {data} by their names", "queries"),
        "/extend": ("extend", "Add values to reconciled things", "ids"),
    }
    described: Description = {
        path + below: {"get": _operation(f"{key}_draft_{name}", summary, parameters, is_draft=True)}
        for below, (name, summary, parameters) in gets.items()
    }
    for below, (name, summary, member) in posts.items():
        body = {"type": "object", "required": [member]}
        told = _operation(f"{key}_draft_{name}", summary, [], body, is_draft=True)
        described[path + below] = {"post": told}
    described[f"{path}/preview"] = {"get": _preview(f"{key}_draft_preview", is_draft=True)}
    return described


def _decisions() -> Description:
    listed = _operation("list_decisions", "List the decisions that wait for a review", [])
    taken = _operation("decide", "Send a decision about a link, for a review", [], DECISION)
    taken["requestBody"]["content"] = {JSON: {"schema": DECISION}}
    taken["responses"]["201"] = taken["responses"].pop("200")
    for each, statuses in ((listed, (401, 403, 500)), (taken, (400, 401, 403, 413, 507))):
        kept = {status: told for status, told in each["responses"].items() if status[0] == "2"}
        each |= {"security": TOKEN, "responses": kept | _problems(MEDIA_TYPE, *statuses)}
        del each["externalDocs"]
    return {"get": listed, "post": taken}


def _operation(
    name: str,
    summary: str,
    parameters: list[Description],
    body: Description | None = None,
    *,
    is_draft: bool = False,
) -> Description:
    errors = MEDIA_TYPE if is_draft else JSON
    answered: Description = {JSON: {"schema": OBJECT}}
    if any(each["name"] == "callback" for each in parameters):
        answered["application/javascript"] = {"schema": TEXT}
    statuses = (400, 404, 429, 500, 503) if body is None else (400, 413, 415, 429, 500, 503)
    described: Description = {
        "summary": summary,
        "operationId": name,
        "externalDocs": SPECIFICATION,
        "parameters": parameters,
        "responses": {
            "200": {"description": "The answer, as the specification has it", "content": answered},
            **_problems(errors, *statuses),
        },
    }
    if body is not None:
        content = {JSON if is_draft else FORM: {"schema": body}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _preview(name: str, *, is_draft: bool = False) -> Description:
    described = _operation(name, "Show a thing as a small page", [_id()], is_draft=is_draft)
    described["responses"]["200"]["content"] = {"text/html": {"schema": TEXT}}
    return described


def _suggesting(offset: str) -> list[Description]:
    return [
        _kind(),
        _parameter("prefix", TEXT, PREFIX),
        _parameter("limit", NUMBER, "How many at most; 10 if not given, 50 at most."),
        _parameter(offset, NUMBER, "How many of the first to leave out."),
    ]


def _proposing() -> list[Description]:
    limit = _parameter("limit", NUMBER, "How many at most; 50 if not given.")
    return [_parameter("type", TEXT, "A type; all have the same properties."), limit]


def _id() -> Description:
    return _parameter("id", TEXT, "An id that the service gives.", is_required=True)


def _kind() -> Description:
    told = _parameter("kind", OF_KIND, "What is asked for.", is_required=True)
    return {**told, "in": "path"}


def _parameter(
    name: str, schema: Description, description: str, *, is_required: bool = False
) -> Description:
    return {
        "name": name,
        "in": "query",
        "required": is_required,
        "description": description,
        "schema": schema,
    }


def _problems(media_type: str, *statuses: int) -> Description:
    """Describe refusals: problem documents, or the errors of 0.2 with the same titles."""
    titles = {
        status: [kind.title for kind in PROBLEMS.values() if kind.status == status]
        for status in statuses
    }
    return {
        str(status): {"description": "; ".join(told), "content": {media_type: {}}}
        for status, told in titles.items()
    }
