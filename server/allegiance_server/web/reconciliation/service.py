"""Answer for one reconciliation service, in both versions: what is asked to what is told."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from allegiance_server.errors import NotFoundError
from allegiance_server.web.reconciliation import answers
from allegiance_server.web.reconciliation.costs import current_cost
from allegiance_server.web.reconciliation.directory import suggested
from allegiance_server.web.reconciliation.extension import (
    Values,
    actor_values,
    check_properties,
    item_values,
    query,
)
from allegiance_server.web.reconciliation.languages import unmarked
from allegiance_server.web.reconciliation.requests import (
    check_qualifiers,
    read_batch,
    read_draft_batch,
    read_extension,
    read_number,
)
from allegiance_server.web.reconciliation.shelf import sparql_task

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    from allegiance_server.web.reconciliation.answers import Profile
    from allegiance_server.web.reconciliation.directory import Directory, Found, Wanted
    from allegiance_server.web.reconciliation.languages import Marks
    from allegiance_server.web.reconciliation.requests import Extension
    from allegiance_server.web.reconciliation.shelf import Shelf
    from allegiance_server.workers.tasks import Task

__all__ = ["ActorSource", "ItemSource", "ReconciliationService", "Source"]

SUGGESTED: Final = 10
MOST_SUGGESTED: Final = 50
FURTHEST: Final = 10_000


class Source(Protocol):
    """Where a service has its names and values from."""

    async def directory(self) -> Directory:
        """Return what can be found."""

    async def values(self, asked: Extension, request: Request) -> Values:
        """Return values of entities; raises RequestError for unknown properties."""


class ActorSource:
    """Take names and values from the graph."""

    def __init__(self, shelf: Shelf, ask: Callable[[Task, Request], Awaitable[bytes]]) -> None:
        """Keep who has the names, and who asks a worker on behalf of a client."""
        self._shelf = shelf
        self._ask = ask

    async def directory(self) -> Directory:
        """Return the directory of our own things."""
        return await self._shelf.actors()

    async def values(self, asked: Extension, request: Request) -> Values:
        """Ask a worker for the values."""
        text = query(asked, await self._shelf.actors())
        return actor_values(await self._ask(sparql_task(text), request), asked)


class ItemSource:
    """Take names and values from the offline index of Wikidata."""

    def __init__(self, shelf: Shelf) -> None:
        """Keep who has the index."""
        self._shelf = shelf

    async def directory(self) -> Directory:
        """Return the directory of the index."""
        return (await self._shelf.items())[0]

    async def values(self, asked: Extension, request: Request) -> Values:  # noqa: ARG002 - the index is the same for every client
        """Look the values up."""
        directory, index = await self._shelf.items()
        check_properties(asked, directory)
        return item_values(index, asked)


class ReconciliationService:
    """Answer what is asked of a service; each method gives what is to be written as JSON."""

    def __init__(
        self, profile: Profile, source: Source, shelf: Shelf, version: Callable[[], str]
    ) -> None:
        """Keep what the service says of itself, its data, and the thread that matches."""
        self.profile = profile
        self._source = source
        self._shelf = shelf
        self._version = version

    async def manifest(self, base: str) -> dict[str, Any]:
        """Describe the service as 0.2 does; `base` is the address of the server."""
        directory = await self._source.directory()
        return answers.manifest(self.profile, directory, base, self._version())

    async def draft_manifest(self, base: str) -> dict[str, Any]:
        """Describe the service as 1.0-draft does."""
        directory = await self._source.directory()
        return answers.draft_manifest(self.profile, directory, base, self._version())

    async def match(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Match a batch of 0.2."""
        wanted = read_batch(batch)
        directory = await self._source.directory()
        found = await self._found(directory, list(wanted.values()))
        return {
            key: {"result": answers.candidates(each, directory)}
            for key, each in zip(wanted, found, strict=True)
        }

    async def draft_match(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Match a batch of 1.0-draft."""
        wanted = read_draft_batch(body)
        check_qualifiers(wanted)
        directory = await self._source.directory()
        found = await self._found(directory, wanted)
        return {
            "results": [{"candidates": answers.draft_candidates(each, directory)} for each in found]
        }

    async def suggest(
        self, kind: str, asked: Mapping[str, str], offset: str, marks: Marks = unmarked
    ) -> dict[str, Any]:
        """Suggest entities, types or properties; `offset` is how the version calls it."""
        directory = await self._source.directory()
        prefix = asked.get("prefix", "")[:200]
        limit = read_number(asked, "limit", SUGGESTED, MOST_SUGGESTED)
        start = read_number(asked, offset, 0, FURTHEST)
        if kind == "entity":
            found = await self._shelf.run(partial(directory.suggest, prefix, limit, start))
            return answers.suggested_entities(found, directory, marks)
        terms = _terms(directory, kind)
        return answers.suggested_terms(suggested(terms, prefix, limit, start), terms, marks)

    async def preview(self, asked: Mapping[str, str]) -> str:
        """Show an entity as a small page; raises NotFoundError."""
        directory = await self._source.directory()
        entity = directory.entities.get(asked.get("id", ""))
        if entity is None:
            raise _nothing(asked)
        return answers.page(entity, directory)

    async def flyout(self, kind: str, asked: Mapping[str, str]) -> dict[str, Any]:
        """Show an entity, a type or a property beside a list of suggestions."""
        if kind == "entity":
            return {"id": asked.get("id", ""), "html": await self.preview(asked)}
        term = _terms(await self._source.directory(), kind).get(asked.get("id", ""))
        if term is None:
            raise _nothing(asked)
        return {"id": term.id, "html": answers.term_page(term)}

    async def extend(self, body: Mapping[str, Any], request: Request) -> dict[str, Any]:
        """Give values as 0.2 does."""
        return await self._extended(body, request, answers.extension)

    async def draft_extend(self, body: Mapping[str, Any], request: Request) -> dict[str, Any]:
        """Give values as 1.0-draft does."""
        return await self._extended(body, request, answers.draft_extension)

    async def propose(self, asked: Mapping[str, str], marks: Marks = unmarked) -> dict[str, Any]:
        """Propose the properties that there are; they are the same for every type."""
        directory = await self._source.directory()
        limit = read_number(asked, "limit", MOST_SUGGESTED, MOST_SUGGESTED)
        properties = list(directory.properties.values())[:limit]
        return answers.proposal(properties, asked.get("type"), limit, marks)

    async def _found(self, directory: Directory, wanted: list[Wanted]) -> list[list[Found]]:
        cost = current_cost()
        if cost is not None:
            cost.queries = len(wanted)
        return await self._shelf.run(partial(_match_all, directory, wanted))

    async def _extended(
        self,
        body: Mapping[str, Any],
        request: Request,
        write: Callable[..., dict[str, Any]],
    ) -> dict[str, Any]:
        asked = read_extension(body)
        directory = await self._source.directory()
        values = await self._source.values(asked, request)
        return write(asked.ids, asked.properties, values, directory)


def _match_all(directory: Directory, wanted: list[Wanted]) -> list[list[Found]]:
    return [directory.match(each) for each in wanted]


def _terms(directory: Directory, kind: str) -> Mapping[str, Any]:
    return directory.types if kind == "type" else directory.properties


def _nothing(asked: Mapping[str, str]) -> NotFoundError:
    detail = f"There is nothing with the id {asked.get('id', '')[:60]!r}."
    return NotFoundError(detail, "Give an id that this service gives.")
