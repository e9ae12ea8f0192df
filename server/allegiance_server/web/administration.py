"""The queries that run, listed and stopped by whoever holds the token of the operator."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import HTTPBearer
from pydantic import BaseModel

from allegiance_server.errors import NotFoundError, TokenRefusedError
from allegiance_server.web.problems import MEDIA_TYPE
from allegiance_server.web.query_log import query_hash
from allegiance_server.web.tokens import require_token

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allegiance_server.settings import Settings

__all__ = ["RunningQuery", "administration_routes"]

Lane = Literal["fast", "slow", "queued"]

REFUSED: Final[dict[int | str, dict[str, Any]]] = {
    401: {"description": "A token is needed", "content": {MEDIA_TYPE: {}}},
    403: {"description": "The token is refused", "content": {MEDIA_TYPE: {}}},
}
ABSENT: Final[dict[int | str, dict[str, Any]]] = {
    404: {"description": "No such query runs", "content": {MEDIA_TYPE: {}}}
}


class RunningQuery(BaseModel):
    """Tell of a query that runs or waits; `hash` is the one of the query log."""

    id: int
    hash: str
    kind: str
    age_s: float
    lane: Lane
    query: str


class Running(Protocol):
    """A query as the supervisor tells of it; `since_s` is its age in seconds."""

    @property
    def id(self) -> int:
        """Return what the query is stopped by."""

    @property
    def kind(self) -> str:
        """Return the kind of task."""

    @property
    def query(self) -> str:
        """Return its text."""

    @property
    def since_s(self) -> float:
        """Return its age in seconds."""

    @property
    def lane(self) -> Lane:
        """Return where it runs or that it waits."""


class Supervisor(Protocol):
    """What is asked of the supervisor."""

    @property
    def running(self) -> Sequence[Running]:
        """Return the queries that run or wait."""

    def kill(self, number: int, /) -> bool:
        """Stop a query; tell whether there was one."""


def administration_routes(settings: Settings, supervisor: Supervisor) -> APIRouter:
    """Make the routes under /admin; each needs the token."""

    async def authorise(request: Request) -> None:
        if not settings.admin_token_sha256:
            detail = "Administration is switched off."
            remedy = (
                "To switch it on, make a token with `allegiance token` and put its sha256 "
                "in ALLEGIANCE_ADMIN_TOKEN_SHA256."
            )
            raise TokenRefusedError(detail, remedy)
        require_token(request.headers, settings.admin_token_sha256)

    async def queries(response: Response) -> list[RunningQuery]:
        response.headers["cache-control"] = "no-store"
        return [_told(each) for each in supervisor.running]

    async def stop(number: int) -> None:
        if not supervisor.kill(number):
            detail = f"No query {number} runs."
            raise NotFoundError(detail, "It may have ended; GET /admin/queries lists the others.")

    # The scheme only describes itself in the OpenAPI document; `authorise` decides.
    described = Depends(HTTPBearer(auto_error=False, description="The token of the operator."))
    router = APIRouter(
        prefix="/admin", tags=["administration"], dependencies=[Depends(authorise), described]
    )
    router.get("/queries", summary="List the queries that run or wait", responses=REFUSED)(queries)
    router.delete(
        "/queries/{number}",
        summary="Stop a query: whoever asked is told so",
        status_code=HTTPStatus.NO_CONTENT,
        responses={**REFUSED, **ABSENT},
    )(stop)
    return router


def _told(running: Running) -> RunningQuery:
    return RunningQuery(
        id=running.id,
        hash=query_hash(running.query),
        kind=running.kind,
        age_s=round(running.since_s, 3),
        lane=running.lane,
        query=running.query,
    )
