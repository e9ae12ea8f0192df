"""The reconciliation API under /reconcile: our own things, and the offline index of Wikidata.

Versions 0.2, which OpenRefine speaks, and 1.0-draft beside it under /1.0.
Specification: https://reconciliation-api.github.io/specs/
"""

from __future__ import annotations

import json
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from allegiance.namespaces import PREFIXES
from allegiance.wikidata.address import ENTITY
from allegiance_server.errors import NotFoundError, RequestError, ServerError
from allegiance_server.web import problems
from allegiance_server.web.headers import CORS, preflight_headers
from allegiance_server.web.reconciliation.answers import Profile
from allegiance_server.web.reconciliation.costs import current_cost
from allegiance_server.web.reconciliation.languages import ENGLISH, marked
from allegiance_server.web.reconciliation.requests import (
    MAX_BODY_BYTES,
    body_too_large,
    callback_of,
    read_form,
    read_json,
)
from allegiance_server.web.responses import body_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    from allegiance_server.web.reconciliation.accounts import Accounts
    from allegiance_server.web.reconciliation.service import ReconciliationService

__all__ = ["ACTORS", "ITEMS", "reconciliation_routes"]

ACTORS: Final = Profile(
    key="graph",
    path="/reconcile",
    name="Allegiance: actors, places, topics and events",
    identifiers=PREFIXES["id"],
    schema=PREFIXES["al"],
    view=PREFIXES["id"] + "{id}",
    default_types=("Actor", "State", "ArmedGroup", "Person", "Place", "Event"),
)
ITEMS: Final = Profile(
    key="wikidata",
    path="/reconcile/wikidata",
    name="Wikidata, as far as the offline index of Allegiance has it",
    identifiers=ENTITY,
    schema="http://www.wikidata.org/prop/direct/",
    view=ENTITY + "{id}",
    default_types=("state", "organisation", "armed-group", "person", "place", "event"),
)

KINDS: Final = ("entity", "property", "type")
# What the fields of a form ask for.
FORMS: Final = {"queries": "match", "extend": "extend"}
JAVASCRIPT: Final = "application/javascript"
JSON: Final = "application/json"
# A preview is shown in a frame by a page elsewhere, and can do nothing there.
FRAMED: Final = {"content-security-policy": "default-src 'none'; frame-ancestors *; sandbox"}
CORS_HEADERS: Final = {name.decode(): value.decode() for name, value in CORS}


def reconciliation_routes(
    service: ReconciliationService, base: Callable[[Request], str], accounts: Accounts
) -> list[Route]:
    """Make the routes of a service; `base` gives the address of the server as a client knows it."""
    endpoints = _Endpoints(service, base)
    path, draft = service.profile.path, f"{service.profile.path}/1.0"
    answered = {
        path: (endpoints.root, "manifest", ["GET", "POST"]),
        f"{path}/suggest/{{kind}}": (endpoints.suggest, "suggest", ["GET"]),
        f"{path}/flyout/{{kind}}": (endpoints.flyout, "flyout", ["GET"]),
        f"{path}/extend/propose": (endpoints.propose, "propose", ["GET"]),
        f"{path}/preview": (endpoints.preview, "preview", ["GET"]),
        draft: (endpoints.draft_manifest, "manifest", ["GET"]),
        f"{draft}/match": (endpoints.draft_match, "match", ["POST"]),
        f"{draft}/suggest/{{kind}}": (endpoints.draft_suggest, "suggest", ["GET"]),
        f"{draft}/preview": (endpoints.preview, "preview", ["GET"]),
        f"{draft}/extend": (endpoints.draft_extend, "extend", ["POST"]),
        f"{draft}/extend/propose": (endpoints.draft_propose, "propose", ["GET"]),
    }
    routes = []
    for address, (handler, operation, methods) in answered.items():
        is_draft = address.startswith(draft)
        offer = (service.profile.key, "1.0-draft" if is_draft else "0.2")
        charged = partial(accounts.answer, handler, offer=offer, operation=operation)
        told = _told(charged, methods, is_draft=is_draft)
        allowed = [*methods, "OPTIONS"]
        routes.append(Route(address, told, methods=allowed, include_in_schema=False))
    return routes


class _Endpoints:
    """Read the requests for one service, and write the responses."""

    def __init__(self, service: ReconciliationService, base: Callable[[Request], str]) -> None:
        self._service = service
        self._base = base

    async def root(self, request: Request) -> Response:
        """Answer for the one address that 0.2 has for manifest, queries and extension."""
        asked = dict(request.query_params)
        if request.method == "POST":
            body = await body_of(request.receive, MAX_BODY_BYTES, body_too_large)
            asked |= read_form(body, request.headers.get("content-type", ""))
        operation = _operation(asked, request.method)
        if operation == "match":
            told = await self._service.match(read_json(asked["queries"], "queries"))
        elif operation == "extend":
            told = await self._service.extend(read_json(asked["extend"], "extend"), request)
        else:
            told = await self._service.manifest(self._base(request))
        return _written(told, request)

    async def suggest(self, request: Request) -> Response:
        """Suggest by a prefix, as 0.2 does."""
        asked = request.query_params
        return _written(await self._service.suggest(_kind(request), asked, "cursor"), request)

    async def flyout(self, request: Request) -> Response:
        """Show what is suggested."""
        return _written(await self._service.flyout(_kind(request), request.query_params), request)

    async def propose(self, request: Request) -> Response:
        """Propose properties, as 0.2 does."""
        return _written(await self._service.propose(request.query_params), request)

    async def preview(self, request: Request) -> Response:
        """Show an entity; both versions do so alike."""
        return HTMLResponse(await self._service.preview(request.query_params), headers=FRAMED)

    async def draft_manifest(self, request: Request) -> Response:
        """Describe the service, as 1.0-draft does."""
        return _draft_json(await self._service.draft_manifest(self._base(request)))

    async def draft_match(self, request: Request) -> Response:
        """Match a batch, as 1.0-draft does."""
        return _draft_json(await self._service.draft_match(await _json_body(request)))

    async def draft_suggest(self, request: Request) -> Response:
        """Suggest by a prefix, as 1.0-draft does."""
        asked = request.query_params
        told = await self._service.suggest(_kind(request), asked, "offset", marked)
        return _draft_json(told)

    async def draft_extend(self, request: Request) -> Response:
        """Give values, as 1.0-draft does."""
        return _draft_json(await self._service.draft_extend(await _json_body(request), request))

    async def draft_propose(self, request: Request) -> Response:
        """Propose properties, as 1.0-draft does."""
        return _draft_json(await self._service.propose(request.query_params, marked))


def _told(
    handler: Callable[[Request], Awaitable[Response]], methods: list[str], *, is_draft: bool
) -> Callable[[Request], Awaitable[Response]]:
    """Have errors told in the shape of the version, and pages elsewhere read every answer."""

    async def answer(request: Request) -> Response:
        if request.method == "OPTIONS":
            return _preflight(methods)
        try:
            response = await handler(request)
        except ServerError as error:
            response = _refusal(error, is_draft=is_draft)
        if request.method == "POST":
            response.headers.update(CORS_HEADERS)
        return response

    return answer


def _preflight(methods: list[str]) -> Response:
    response = Response(status_code=HTTPStatus.NO_CONTENT)
    response.raw_headers.extend(preflight_headers([*methods, "OPTIONS"]))
    return response


def _refusal(error: ServerError, *, is_draft: bool) -> Response:
    """Tell of an error: in 1.0-draft as a problem, in 0.2 as the clients of 0.2 look for it."""
    problem = problems.describe(error)
    if is_draft:
        return Response(problem.encode(), problem.kind.status, problem.headers, problems.MEDIA_TYPE)
    told = {"status": "error", "message": problem.detail, "details": problem.remedy}
    return Response(json.dumps(told), problem.kind.status, problem.headers, JSON)


def _written(told: dict[str, Any], request: Request) -> Response:
    """Write JSON, or a call of the function that a page names, which predates CORS."""
    callback = callback_of(request.query_params)
    if callback is None or request.method == "POST":
        return _json(told)
    # The comment keeps a browser from taking the beginning for something else.
    return Response(f"/**/{callback}({_escaped(told)});", media_type=JAVASCRIPT)


def _draft_json(told: dict[str, Any]) -> Response:
    """Write JSON whose texts for people are English, where they do not say otherwise."""
    response = _json(told)
    response.headers["content-language"] = ENGLISH
    return response


def _json(told: dict[str, Any]) -> Response:
    # Escaped beyond ASCII: half of a pair of surrogates, which JSON may hold, UTF-8 may not.
    return Response(json.dumps(told), media_type=JSON)


def _escaped(told: dict[str, Any]) -> str:
    return json.dumps(told).replace("<", "\\u003c")


async def _json_body(request: Request) -> dict[str, Any]:
    body = await body_of(request.receive, MAX_BODY_BYTES, body_too_large)
    return read_json(body, "The body")


def _operation(asked: Mapping[str, str], method: str) -> str:
    """Tell what is asked of the one address of 0.2, and note it; RequestError for nothing."""
    operation = next((name for key, name in FORMS.items() if key in asked), "manifest")
    if method == "POST" and operation not in FORMS.values():
        detail = "The form has neither queries nor extend."
        raise RequestError(detail, "Send one of them, as JSON.")
    cost = current_cost()
    if cost is not None:
        cost.operation = operation
    return operation


def _kind(request: Request) -> str:
    kind = str(request.path_params["kind"])
    if kind not in KINDS:
        detail = f"Nothing is suggested of the kind {kind[:40]!r}."
        raise NotFoundError(detail, f"Ask for one of {', '.join(KINDS)}.")
    return kind
