"""Whether the service lives and whether it can answer, for load balancers and people."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Literal, Protocol

from fastapi import APIRouter, Response
from pydantic import BaseModel

__all__ = ["Health", "Liveness", "health_routes"]

NO_STORE = "no-store"


class Health(BaseModel):
    """Tell whether queries can be answered, and of which snapshot."""

    status: Literal["ok", "no workers"]
    snapshot: str
    workers: int


class Liveness(BaseModel):
    """Tell that the process answers."""

    status: Literal["ok"]


class Workers(Protocol):
    """What is asked of the supervisor."""

    @property
    def snapshot(self) -> str:
        """Return the name of the data that is served."""

    @property
    def workers(self) -> tuple[int, ...]:
        """Return the process ids of the living workers."""


def health_routes(workers: Workers) -> APIRouter:
    """Make the routes: /health and /health/ready tell of the workers, /health/live of nothing."""
    router = APIRouter()

    async def ready(response: Response) -> Health:
        response.headers["cache-control"] = NO_STORE
        number = len(workers.workers)
        if number == 0:
            response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        status: Literal["ok", "no workers"] = "ok" if number else "no workers"
        return Health(status=status, snapshot=workers.snapshot, workers=number)

    async def live(response: Response) -> Liveness:
        response.headers["cache-control"] = NO_STORE
        return Liveness(status="ok")

    unready: dict[int | str, dict[str, Any]] = {
        int(HTTPStatus.SERVICE_UNAVAILABLE): {"model": Health}
    }
    for path, name, summary in (
        ("/health", "health", "Tell whether queries can be answered, and of which snapshot"),
        ("/health/ready", "health_ready", "Tell whether at least one worker can answer"),
    ):
        router.get(path, summary=summary, operation_id=name, responses=unready)(ready)
    router.get("/health/live", summary="Tell that the process answers", operation_id="health_live")(
        live
    )
    return router
