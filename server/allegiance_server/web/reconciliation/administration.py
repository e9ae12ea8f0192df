"""Take decisions about links from whoever has the token, and list them: /reconcile/decisions."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse
from starlette.routing import Route

from allegiance_server.errors import TokenRefusedError
from allegiance_server.web.reconciliation.decisions import DecisionFile, read_decision
from allegiance_server.web.reconciliation.requests import body_too_large, read_json
from allegiance_server.web.responses import body_of
from allegiance_server.web.tokens import require_token

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from allegiance_server.settings import Settings
    from allegiance_server.web.reconciliation.shelf import Shelf

__all__ = ["decision_routes"]

MAX_BODY_BYTES: Final = 64 * 1024
UNKEPT: Final = {"cache-control": "no-store"}


def decision_routes(settings: Settings, shelf: Shelf) -> list[Route]:
    """Make the routes; without a token and a file in the settings they refuse everybody."""
    decisions = DecisionFile(Path(settings.decisions_file))

    async def take(request: Request) -> Response:
        _authorise(request, settings)
        body = await body_of(request.receive, MAX_BODY_BYTES, body_too_large)
        entries = (await shelf.actors()).entities
        decision = read_decision(read_json(body, "The body"), entries)
        item = (await shelf.items())[0].entities.get(decision.object) if decision.object else None
        if item is not None:
            decision = replace(decision, object_label=item.label)
        await asyncio.to_thread(decisions.append, decision)
        return JSONResponse(decision.told(), HTTPStatus.CREATED, UNKEPT)

    async def listed(request: Request) -> Response:
        _authorise(request, settings)
        rows = await asyncio.to_thread(decisions.rows)
        return JSONResponse({"decisions": rows}, headers=UNKEPT)

    path = "/reconcile/decisions"
    return [
        Route(path, listed, methods=["GET"], include_in_schema=False),
        Route(path, take, methods=["POST"], include_in_schema=False),
    ]


def _authorise(request: Request, settings: Settings) -> None:
    if not settings.decisions_token_sha256 or not settings.decisions_file:
        detail = "No decisions are taken here."
        remedy = (
            "To take them, set ALLEGIANCE_DECISIONS_FILE, and ALLEGIANCE_DECISIONS_TOKEN_SHA256 "
            "to the hash that `allegiance token` prints."
        )
        raise TokenRefusedError(detail, remedy)
    require_token(request.headers, settings.decisions_token_sha256)
