"""The pages for people: the start page with its questions, one page a question, and the API page.

All of them work without JavaScript; `static/explore.js` only saves the way to another page.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from allegiance.errors import QuestionError
from allegiance.namespaces import PREFIXES
from allegiance_server.errors import ClientGoneError, NotFoundError, ServerError
from allegiance_server.protocol.admission import admit
from allegiance_server.protocol.media_types import JSON, TURTLE, Formats
from allegiance_server.web import problems
from allegiance_server.web.responses import unless_gone
from allegiance_server.web.table import shown
from allegiance_server.workers.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from allegiance.questions import Question
    from allegiance_server.web.problems import Problem
    from allegiance_server.web.service import Service
    from allegiance_server.web.table import Table

__all__ = ["STATIC", "Pages", "problem_response"]

STATIC: Final = Path(__file__).with_name("static")
TEMPLATES: Final = Path(__file__).with_name("templates")
FIRST_QUERY: Final = "SELECT ?thing ?class WHERE {\n  ?thing a ?class .\n}\nLIMIT 20\n"
# What a browser never gets to see: the number that proxies use for a client that has left.
CLIENT_GONE: Final = 499


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold a question as it was asked, and what came of it: a result or a problem."""

    values: Mapping[str, str]
    query: str | None = None
    result: Table | bool | str | None = None
    problem: Problem | None = None

    @property
    def status(self) -> int:
        """Return the HTTP status of the page that shows this."""
        return HTTPStatus.OK if self.problem is None else self.problem.kind.status

    @property
    def downloads(self) -> dict[str, str]:
        """Return the addresses of the whole result, by name of format."""
        if self.query is None:
            return {}
        names = ("turtle", "json") if isinstance(self.result, str) else ("csv", "json")
        return {
            name: f"/sparql?{urlencode({'query': self.query, 'format': name})}" for name in names
        }


class Pages:
    """Render the pages; each method is a handler of Starlette."""

    def __init__(
        self,
        service: Service,
        questions: tuple[Question, ...],
    ) -> None:
        """Sort the questions into their groups, which keep the order of first appearance."""
        self._service = service
        self._questions = {question.name: question for question in questions}
        first = {each.group: index for index, each in reversed(list(enumerate(questions)))}
        ordered = sorted(questions, key=lambda each: first[each.group])
        self._groups = {
            key: list(found) for key, found in groupby(ordered, lambda each: each.group)
        }
        self.templates = _environment()

    async def start(self, request: Request) -> Response:
        """Show what this is, the questions and an editor, which the parameter `query` fills."""
        return self._page(
            "start.html",
            groups=self._groups,
            prefixes=PREFIXES,
            query=request.query_params.get("query", FIRST_QUERY),
        )

    async def question(self, request: Request) -> Response:
        """Show one question, its parameters and its answer."""
        question = self._question(request)
        try:
            asked = await self._ask(question, _values(question, request), request)
        except ClientGoneError:
            return Response(status_code=CLIENT_GONE)
        page = self._page("question.html", asked.status, question=question, asked=asked)
        if asked.problem is not None:
            page.headers.update(asked.problem.headers)
        return page

    async def question_query(self, request: Request) -> Response:
        """Give the SPARQL of a question with its parameters put in."""
        question = self._question(request)
        query = question.bind(_values(question, request))
        return PlainTextResponse(query, media_type="application/sparql-query")

    async def interface(self, request: Request) -> Response:
        """Show the description of the interface for programs, as far as a person reads it."""
        return self._page("interface.html", description=request.app.openapi())

    async def _ask(self, question: Question, values: Mapping[str, str], request: Request) -> Asked:
        settings, client = self._service.settings, self._service.clients.client(request.scope)
        query = None
        try:
            if self._service.budgets.is_on:
                self._service.budgets.check(client)
            query = question.bind(values)
            admit(query, settings.max_query_depth, settings.max_query_patterns)
            task = Task("query", query, Formats(JSON, TURTLE), max_bytes=settings.max_page_bytes)
            work = self._service.supervisor.whole(task, client=client)
            result = shown(*await unless_gone(work, request.receive))
        except (QuestionError, ServerError) as error:
            return Asked(values, query, problem=problems.describe(error))
        return Asked(values, query, result)

    def _question(self, request: Request) -> Question:
        name = request.path_params["name"]
        if name not in self._questions:
            detail = f"There is no question {name!r}."
            raise NotFoundError(detail, "Choose one on the start page.")
        return self._questions[name]

    def _page(self, template: str, status: int = HTTPStatus.OK, **values: object) -> Response:
        page = self.templates.get_template(template)
        return HTMLResponse(
            page.render(snapshot=self._service.supervisor.snapshot, **values), status
        )


def problem_response(request: Request, problem: Problem) -> Response:
    """Tell of a problem in HTML to who asks for it, in problem+json to all others."""
    status, headers = problem.kind.status, problem.headers
    if "text/html" not in request.headers.get("accept", ""):
        return Response(problem.encode(), status, headers, problems.MEDIA_TYPE)
    page = _environment().get_template("problem.html").render(problem=problem, snapshot=None)
    return HTMLResponse(page, status, headers)


def _values(question: Question, request: Request) -> dict[str, str]:
    """Read the values of a question's parameters; an empty one leaves the default."""
    given = request.query_params
    return {each.name: given[each.name] for each in question.parameters if given.get(each.name, "")}
