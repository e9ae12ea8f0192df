"""Full-text search as `/search`: JSON for programs, a page for people."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from fastapi import Request, Response
from pydantic import BaseModel, Field
from starlette.responses import HTMLResponse

from allegiance.namespaces import compact
from allegiance_server.errors import NotAcceptableError, RequestError
from allegiance_server.protocol.media_types import Formats
from allegiance_server.protocol.search_words import parse
from allegiance_server.web.problems import MEDIA_TYPE
from allegiance_server.web.table import link_target
from allegiance_server.workers.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi import FastAPI
    from jinja2 import Environment

__all__ = ["SearchAnswer", "SearchEndpoint", "SearchItem"]

DEFAULT_LIMIT: Final = 20
MAX_LIMIT: Final = 200
MAX_OFFSET: Final = 1_000_000_000
JSON: Final = "application/json"

PARAMETERS: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "q": (
        {"type": "string", "minLength": 1, "maxLength": 1000},
        'The words; all have to stand in one text. "A phrase" in quotes, the beginning* of a word.',
    ),
    "limit": (
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        "How many items to give.",
    ),
    "offset": (
        {"type": "integer", "minimum": 0, "maximum": MAX_OFFSET, "default": 0},
        "How many items to pass over.",
    ),
    "format": ({"type": "string", "enum": ["json", "html"]}, "Goes before Accept."),
}


class SearchItem(BaseModel):
    """A thing that was found, with the text that matches best."""

    iri: str = Field(description="The thing.")
    label: str | None = Field(description="Its label, or title; null where it has none.")
    kind: str = Field(description="What the text is: label, alias, title or summary.")
    text: str = Field(description="The text that matches.")
    language: str | None = Field(description="The language tag of the text.")
    score: float = Field(description="BM25: the higher, the better.")
    marks: list[tuple[int, int]] = Field(
        description="Where the words stand in the text: start and end, in Unicode characters."
    )


class SearchAnswer(BaseModel):
    """A page of what was found, the best first."""

    total: int = Field(description="How many things match altogether.")
    limit: int
    offset: int
    items: list[SearchItem]
    next: str | None = Field(description="The address of the next page; null on the last one.")


class SearchEndpoint:
    """Answer `/search`, out of what a worker finds."""

    def __init__(
        self,
        ask: Callable[[Task, Request], Awaitable[bytes]],
        templates: Environment,
        snapshot: Callable[[], str],
    ) -> None:
        """Keep who asks a worker, the templates, and who knows the name of the data."""
        self._ask = ask
        self._templates = templates
        self._snapshot = snapshot

    def add_to(self, app: FastAPI) -> None:
        """Add the route, with its description."""
        options: dict[str, Any] = {
            "summary": "Find things by the words of their names, titles and summaries",
            "operation_id": "search",
            "response_model": SearchAnswer,
            "responses": {
                200: {"description": "A page of what was found", "content": {"text/html": {}}},
                400: {"description": "No words, or no such page", "content": {MEDIA_TYPE: {}}},
                406: {"description": "No such format", "content": {MEDIA_TYPE: {}}},
            },
            "openapi_extra": {
                "parameters": [
                    {
                        "name": name,
                        "in": "query",
                        "required": name == "q",
                        "description": description,
                        "schema": schema,
                    }
                    for name, (schema, description) in PARAMETERS.items()
                ]
            },
        }
        app.get("/search", **options)(self.answer)
        app.head("/search", include_in_schema=False)(self.answer)

    async def answer(self, request: Request) -> Response:
        """Answer a request; a page without words is a form to fill in."""
        asked = request.query_params
        is_page = _wants_page(asked.get("format"), request.headers.get("accept", ""))
        words = asked.get("q", "")
        if is_page and not words.strip():
            return self._page(words, None)
        parse(words)
        limit = _number("limit", asked.get("limit"), DEFAULT_LIMIT, (1, MAX_LIMIT))
        offset = _number("offset", asked.get("offset"), 0, (0, MAX_OFFSET))
        text = json.dumps({"words": words, "limit": limit, "offset": offset})
        body = await self._ask(Task("search", text, Formats(JSON, None)), request)
        found = _read(body, words, limit, offset, asked.get("format"))
        if is_page:
            return self._page(words, found)
        headers = {"vary": "Accept"}
        if found.next is not None:
            headers["link"] = f'<{found.next}>; rel="next"'
        return Response(found.model_dump_json(), HTTPStatus.OK, headers, JSON)

    def _page(self, words: str, found: SearchAnswer | None) -> Response:
        items = [] if found is None else found.items
        page = self._templates.get_template("search.html").render(
            snapshot=self._snapshot(), words=words, found=found, items=[_shown(i) for i in items]
        )
        return HTMLResponse(page, headers={"vary": "Accept"})


def _wants_page(name: str | None, accept: str) -> bool:
    if name not in (None, "json", "html"):
        detail = f"The format {name!r} is not offered."
        raise NotAcceptableError(detail, "Ask for format=json or format=html.")
    return name == "html" or (name is None and "text/html" in accept)


def _number(name: str, text: str | None, default: int, bounds: tuple[int, int]) -> int:
    """Read a whole number; raises RequestError for another thing, or one out of bounds."""
    if text is None:
        return default
    low, high = bounds
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(high))
    if is_number and low <= int(text) <= high:
        return int(text)
    detail = f"The parameter {name} is {text[:40]!r}."
    raise RequestError(detail, f"Give a whole number from {low} to {high}.")


def _read(body: bytes, words: str, limit: int, offset: int, name: str | None) -> SearchAnswer:
    found = json.loads(body)
    items = [SearchItem(iri=each.pop("thing"), **each) for each in found["items"]]
    following = None
    if offset + limit < found["total"]:
        asked = {"q": words, "limit": limit, "offset": offset + limit}
        following = f"/search?{urlencode(asked if name is None else {**asked, 'format': name})}"
    return SearchAnswer(
        total=found["total"], limit=limit, offset=offset, items=items, next=following
    )


def _shown(item: SearchItem) -> dict[str, object]:
    """Return what the page shows of an item."""
    pieces: list[tuple[str, bool]] = []
    written = 0
    for start, end in item.marks:
        pieces += [(item.text[written:start], False), (item.text[start:end], True)]
        written = end
    pieces.append((item.text[written:], False))
    query = urlencode({"query": f"DESCRIBE <{item.iri}>", "format": "turtle"})
    return {
        "name": item.label or compact(item.iri),
        "iri": item.iri,
        "href": link_target(item.iri),
        "describe": f"/sparql?{query}",
        "kind": item.kind,
        "language": (item.language or "").partition("--")[0],
        "pieces": pieces,
    }
