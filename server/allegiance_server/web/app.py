"""Put the application together: the endpoints, the pages, and the processes behind both."""

from __future__ import annotations

import asyncio
import gc
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from allegiance.bundle import default_bundle
from allegiance.errors import AllegianceError
from allegiance.namespaces import BASE, PREFIXES
from allegiance_server.web import problems
from allegiance_server.web.administration import administration_routes
from allegiance_server.web.budgets import Budgets
from allegiance_server.web.cache import ResultCache
from allegiance_server.web.clients import Clients
from allegiance_server.web.descriptions import VOID, Descriptions
from allegiance_server.web.federation.execution import Federation
from allegiance_server.web.following import SnapshotFollower
from allegiance_server.web.front import GRAPH_STORE, Front
from allegiance_server.web.graph_store import GraphStoreEndpoint
from allegiance_server.web.headers import SECURITY_HEADERS, GuardHeaders
from allegiance_server.web.health import health_routes
from allegiance_server.web.interface import describe_interface
from allegiance_server.web.metrics import Metrics
from allegiance_server.web.pages import STATIC, Pages, problem_response
from allegiance_server.web.problems import Problem, ProblemKind
from allegiance_server.web.query_log import QueryLog
from allegiance_server.web.reconciliation.accounts import Accounts
from allegiance_server.web.reconciliation.administration import decision_routes
from allegiance_server.web.reconciliation.routes import ACTORS, ITEMS, reconciliation_routes
from allegiance_server.web.reconciliation.service import (
    ActorSource,
    ItemSource,
    ReconciliationService,
)
from allegiance_server.web.reconciliation.shelf import Shelf
from allegiance_server.web.responses import unless_gone
from allegiance_server.web.search import SearchEndpoint
from allegiance_server.web.service import Service
from allegiance_server.web.sparql import SparqlEndpoint
from allegiance_server.web.updates import Updates
from allegiance_server.workers.commits import Commits, writer_plan
from allegiance_server.workers.disk_store import disk_store_of
from allegiance_server.workers.plan import plan_for
from allegiance_server.workers.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from allegiance.questions import Question
    from allegiance.snapshot import Snapshot
    from allegiance_server.settings import Settings
    from allegiance_server.workers.tasks import Finished, Task

__all__ = ["create_app"]


def create_app(settings: Settings, snapshot: Snapshot, questions: tuple[Question, ...]) -> Front:
    """Make the application; its lifespan starts the processes and ends them.

    The server has to run the lifespan in the thread that then serves: the workers die with it.
    Raises SettingsError for settings that do not go together.
    """
    service = _service(settings, snapshot)
    follower = SnapshotFollower(settings, snapshot, service.supervisor)
    federation = Federation(service) if settings.endpoints else None
    app = FastAPI(
        title="Allegiance",
        version=snapshot.name,
        description="Who stands with whom, and who says so.",
        docs_url=None,
        redoc_url=None,
        lifespan=partial(_lifespan, service, follower, federation),
    )
    app.add_middleware(GuardHeaders)
    pages, descriptions = Pages(service, questions), Descriptions(service)
    _add_routes(app, service, pages, descriptions)
    app.openapi = partial(describe_interface, app)  # type: ignore[method-assign]
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(AllegianceError, _on_error)
    app.add_exception_handler(Exception, _on_fault)
    sparql = SparqlEndpoint(service, descriptions, Updates(service), federation)
    return Front(sparql, GraphStoreEndpoint(service, GRAPH_STORE), app)


def _service(settings: Settings, snapshot: Snapshot) -> Service:
    budgets = Budgets(settings)
    query_log = QueryLog(settings.query_log)

    def on_finished(finished: Finished) -> None:
        metrics.observe(finished)
        if budgets.is_on:
            budgets.charge(finished)
        if query_log.is_on:
            query_log.write(finished)

    supervisor = Supervisor(
        settings, plan_for(settings, snapshot, disk_store_of(settings, snapshot)), on_finished
    )
    cache = ResultCache(settings.cache_bytes)
    metrics = Metrics(supervisor, cache, query_log)
    commits = _commits(settings, snapshot, supervisor) if settings.writable else None
    return Service(
        settings, supervisor, cache, Clients(settings), budgets, metrics, query_log, commits
    )


def _commits(settings: Settings, snapshot: Snapshot, supervisor: Supervisor) -> Commits:
    shapes = str(default_bundle().shapes)
    return Commits(settings, writer_plan(settings, snapshot, PREFIXES, BASE, shapes), supervisor)


@asynccontextmanager
async def _lifespan(
    service: Service, follower: SnapshotFollower, federation: Federation | None, app: FastAPI
) -> AsyncIterator[None]:
    try:
        await _start(service)
    except Exception as error:
        # Uvicorn only exits; whoever runs it finds the reason here.
        app.state.start_error = error
        raise
    service.query_log.start()
    follower.start()
    # What is there now stays: to look through it again and again would delay answers.
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        await follower.stop()
        if federation is not None:
            federation.stop()
        if service.commits is not None:
            await service.commits.stop()
        await service.supervisor.stop()
        await service.query_log.stop()


async def _start(service: Service) -> None:
    """Start the processes side by side; where one of them cannot be started, end the other."""
    starting = [service.supervisor.start()]
    if service.commits is not None:
        starting.append(service.commits.start())
    outcomes = await asyncio.gather(*starting, return_exceptions=True)
    errors = [each for each in outcomes if isinstance(each, BaseException)]
    if errors:
        if service.commits is not None:
            await service.commits.stop()
        await service.supervisor.stop()
        raise errors[0]


def _add_routes(app: FastAPI, service: Service, pages: Pages, descriptions: Descriptions) -> None:
    app.include_router(health_routes(service.supervisor))
    app.include_router(administration_routes(service.settings, service.supervisor))

    async def ask(task: Task, request: Request) -> bytes:
        client = service.clients.client(request.scope)
        if service.budgets.is_on:
            service.budgets.check(client)
        work = service.supervisor.whole(task, client=client)
        return (await unless_gone(work, request.receive))[1]

    _add_reconciliation(app, service, ask)
    search = SearchEndpoint(ask, pages.templates, lambda: service.supervisor.snapshot)
    search.add_to(app)
    app.router.routes.extend(
        [
            Route(VOID, descriptions.void, include_in_schema=False),
            Route("/.well-known/void", descriptions.well_known, include_in_schema=False),
            Route("/metrics", service.metrics.respond, include_in_schema=False),
            Route("/", pages.start, include_in_schema=False),
            Route("/questions/{name}", pages.question, include_in_schema=False),
            Route("/questions/{name}/query", pages.question_query, include_in_schema=False),
            Route("/interface", pages.interface, include_in_schema=False),
            Mount("/static", StaticFiles(directory=STATIC)),
        ]
    )


def _add_reconciliation(
    app: FastAPI, service: Service, ask: Callable[[Task, Request], Awaitable[bytes]]
) -> None:
    supervisor = service.supervisor

    async def read(task: Task) -> bytes:
        return (await supervisor.whole(task))[1]

    def base(request: Request) -> str:
        return service.clients.public_url(request.scope)

    accounts = Accounts(service.budgets, service.clients, service.metrics)
    shelf = Shelf(read, lambda: supervisor.snapshot, default_bundle())
    app.router.routes.extend(decision_routes(service.settings, shelf))
    for profile, source in ((ACTORS, ActorSource(shelf, ask)), (ITEMS, ItemSource(shelf))):
        offered = ReconciliationService(profile, source, shelf, lambda: supervisor.snapshot)
        app.router.routes.extend(reconciliation_routes(offered, base, accounts))


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
