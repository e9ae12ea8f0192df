"""Put the application together: the endpoint, the pages, and the workers behind both."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from allegiance.errors import AllegianceError
from allegiance.namespaces import PREFIXES
from allegiance_server.web import problems
from allegiance_server.web.interface import describe_interface
from allegiance_server.web.pages import STATIC, Pages, problem_response
from allegiance_server.web.problems import Problem, ProblemKind
from allegiance_server.web.sparql import SparqlEndpoint
from allegiance_server.workers.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from allegiance.questions import Question
    from allegiance.snapshot import Snapshot
    from allegiance_server.settings import Settings

__all__ = ["create_app"]

# Nothing comes from elsewhere, and no script stands in a page: text of the graph cannot become one.
CONTENT_SECURITY_POLICY: Final = (
    b"default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    b"object-src 'none'"
)
SECURITY_HEADERS: Final = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)


class Health(BaseModel):
    """Tell whether queries can be answered, and of which snapshot."""

    status: str
    snapshot: str
    workers: int


class SecurityHeaders:
    """Add the security headers to every response."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on, and add the headers on the way back."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *SECURITY_HEADERS]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def create_app(settings: Settings, snapshot: Snapshot, questions: tuple[Question, ...]) -> FastAPI:
    """Make the application; its lifespan starts the workers and ends them.

    The server has to run the lifespan in the thread that then serves: the workers die with it.
    """
    supervisor = Supervisor(settings, snapshot.nquads, PREFIXES)

    @asynccontextmanager
    async def lifespan(starting: FastAPI) -> AsyncIterator[None]:
        try:
            await supervisor.start()
        except Exception as error:
            # Uvicorn only exits; whoever runs it finds the reason here.
            starting.state.start_error = error
            raise
        try:
            yield
        finally:
            await supervisor.stop()

    app = FastAPI(
        title="Allegiance",
        version=snapshot.name,
        description="Who stands with whom, and who says so.",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.add_middleware(SecurityHeaders)
    _add_routes(
        app, SparqlEndpoint(settings, supervisor), Pages(settings, supervisor, snapshot, questions)
    )
    _add_health(app, supervisor, snapshot)
    app.openapi = partial(describe_interface, app)  # type: ignore[method-assign]
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(AllegianceError, _on_error)
    app.add_exception_handler(Exception, _on_fault)
    return app


def _add_routes(app: FastAPI, endpoint: SparqlEndpoint, pages: Pages) -> None:
    app.router.routes.extend(
        [
            Route("/sparql", endpoint, include_in_schema=False),
            Route("/", pages.start, include_in_schema=False),
            Route("/questions/{name}", pages.question, include_in_schema=False),
            Route("/questions/{name}/query", pages.question_query, include_in_schema=False),
            Route("/interface", pages.interface, include_in_schema=False),
            Mount("/static", StaticFiles(directory=STATIC)),
        ]
    )


def _add_health(app: FastAPI, supervisor: Supervisor, snapshot: Snapshot) -> None:
    def health(response: Response) -> Health:
        workers = len(supervisor.workers)
        if workers == 0:
            response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        return Health(
            status="ok" if workers else "no workers", snapshot=snapshot.name, workers=workers
        )

    app.get("/health", summary="Tell whether queries can be answered")(health)


async def _on_error(request: Request, error: Exception) -> Response:
    return problem_response(request, problems.describe(error))


async def _on_fault(request: Request, error: Exception) -> Response:
    """Answer from outside of all middleware, hence with the security headers of its own."""
    response = await _on_error(request, error)
    response.raw_headers.extend(SECURITY_HEADERS)
    return response


async def _on_http_exception(request: Request, error: Exception) -> Response:
    """Tell of what Starlette itself refuses: an unknown address, a wrong method."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    phrase = HTTPStatus(status).phrase
    kind = ProblemKind(status, phrase.lower().replace(" ", "-"), phrase)
    remedy = "The start page, /, leads to all there is."
    return problem_response(
        request, Problem(kind, f"{request.url.path} does not answer this.", remedy)
    )
