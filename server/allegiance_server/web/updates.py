"""SPARQL Update by those who hold the token: admitted, made, kept, and seen by all; then answered.

Specification: https://www.w3.org/TR/sparql11-protocol/#update-operation
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from allegiance_server.errors import ServerError, UpdateRefusedError
from allegiance_server.protocol.admission import admit_update
from allegiance_server.protocol.operations import with_dataset
from allegiance_server.web.headers import SECURITY_HEADERS
from allegiance_server.web.responses import send_problem, send_whole
from allegiance_server.web.tokens import require_token
from allegiance_server.workers.changes import Change

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Send

    from allegiance_server.protocol.requests import UpdateRequest
    from allegiance_server.web.service import Service
    from allegiance_server.workers.commits import Commits, Committed

__all__ = ["SNAPSHOT", "Updates", "commit", "commit_headers", "require_writer"]

# Names the data that a response speaks of: after a commit, the data with it.
SNAPSHOT: Final = b"allegiance-snapshot"


class Updates:
    """Answer updates."""

    def __init__(self, service: Service) -> None:
        """Keep the bounds, who may write, and who writes; nobody where nothing is written."""
        self._service = service

    async def __call__(
        self, request: UpdateRequest, headers: Mapping[str, str], send: Send
    ) -> None:
        """Answer one update: 204 where it is made and kept."""
        try:
            committed = await self._commit(request, headers)
        except ServerError as error:
            # Without the headers that let pages elsewhere read it: those have no business here.
            await send_problem(send, error, SECURITY_HEADERS)
            return
        await send_whole(send, HTTPStatus.NO_CONTENT, commit_headers(committed), b"")

    async def _commit(self, request: UpdateRequest, headers: Mapping[str, str]) -> Committed:
        require_writer(self._service, headers)
        settings = self._service.settings
        admit_update(request.text, settings.max_query_depth, settings.max_query_patterns)
        text = with_dataset(request.text, request.using_graphs, request.using_named_graphs)
        return await commit(self._service, headers, Change("update", text=text))


def require_writer(service: Service, headers: Mapping[str, str]) -> Commits:
    """Return who writes, to those who may have something written.

    Raises UpdateRefusedError where nothing is written here, TokenMissingError or TokenRefusedError
    where the client may not write.
    """
    if service.commits is None:
        detail = "The data is read here, and not written."
        raise UpdateRefusedError(detail, "To add or correct a claim, open a pull request.")
    require_token(headers, service.settings.write_token_sha256)
    return service.commits


async def commit(service: Service, headers: Mapping[str, str], change: Change) -> Committed:
    """Have a change made by whoever may, and count how that ends."""
    commits = require_writer(service, headers)
    try:
        committed = await commits.commit(change)
    except ServerError as error:
        service.metrics.count_commit(type(error).__name__)
        raise
    service.metrics.count_commit("answered")
    return committed


def commit_headers(committed: Committed) -> tuple[tuple[bytes, bytes], ...]:
    """Name the data with the commit.

    >>> from allegiance_server.workers.commits import Committed
    >>> commit_headers(Committed("a1", 1, 0))[0]
    (b'allegiance-snapshot', b'a1')
    """
    return (
        (SNAPSHOT, committed.name.encode()),
        (b"cache-control", b"no-store"),
        *SECURITY_HEADERS,
    )
