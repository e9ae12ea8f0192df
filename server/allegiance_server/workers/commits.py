"""The HTTP process's side of the writer: one commit at a time, and the truth about each of them.

Every change carries an id of its own, which its commit keeps. When a writer dies or is stopped with
a change in its hands, the journal is asked for that id once the process is gone: so it is known
whether the change was made, and the client is told.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import uuid
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol, cast

from allegiance_server.errors import (
    CommitError,
    CommitNotParsedError,
    CommitRefusedError,
    NotFoundError,
    QueryCrashedError,
    QueryNotEvaluableError,
    QueryTimedOutError,
    ServerError,
    SettingsError,
    StorageFullError,
    WorkersUnavailableError,
)
from allegiance_server.protocol.syntax import not_parsed
from allegiance_server.workers.changes import Outcome, WriterPlan
from allegiance_server.workers.journal import find_request
from allegiance_server.workers.writer_link import WriterEndedError, WriterParentLink

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allegiance.snapshot import Snapshot
    from allegiance_server.settings import Settings
    from allegiance_server.workers.changes import Change, Head
    from allegiance_server.workers.writer_link import WriterLink

__all__ = ["Commits", "Committed", "Publisher", "writer_plan"]

OTHERS: Final[Mapping[Outcome, tuple[type[ServerError], str, str]]] = MappingProxyType(
    {
        Outcome.NOT_EVALUABLE: (
            QueryNotEvaluableError,
            "The update cannot be made: {}. Nothing was changed.",
            "Change what it names.",
        ),
        Outcome.NO_GRAPH: (
            NotFoundError,
            "There is no graph <{}>.",
            "Nothing has to be removed.",
        ),
        Outcome.FULL: (
            StorageFullError,
            "There is no room to keep the change ({}). Nothing was changed.",
            "Try again when the operator has made room.",
        ),
        Outcome.NOT_KEPT: (
            CommitError,
            "The change cannot be kept ({}). Nothing was changed.",
            "Tell the operator.",
        ),
    }
)

# How often a writer is forked that is killed from outside before it can say that it is ready.
MOST_FORKS: Final = 3
# How long readers may need to take up a commit: a parent of workers that was killed loads anew.
PUBLISH_TIMEOUT_S: Final = 60.0

log = logging.getLogger(__name__)


class Publisher(Protocol):
    """Have a commit seen by readers: the supervisor does."""

    async def publish(self, patch: Path, name: str) -> None:
        """Return once every further query is answered from the data with the commit."""


@dataclass(frozen=True, slots=True)
class Committed:
    """Tell what a change has done. `name` is that of the data with it.

    `is_new` tells that its graph did not exist before.
    """

    name: str
    added: int
    removed: int
    is_new: bool = False


def writer_plan(
    settings: Settings, snapshot: Snapshot, prefixes: Mapping[str, str], base_iri: str, shapes: str
) -> WriterPlan:
    """Make the plan of the writer.

    Raises SettingsError where writing is on, but not who may write or where commits are kept.
    """
    if not settings.write_token_sha256:
        detail = "Writing is on, but there is no write_token_sha256: nobody could write."
        raise SettingsError(detail, "Make a token with `allegiance token`, and set its sha256.")
    if not settings.commit_dir:
        detail = "Writing is on, but there is no commit_dir to keep commits in."
        raise SettingsError(detail, "Set it to a folder that outlasts the server.")
    if settings.store != "memory":
        detail = f"Writing is on, but the store is {settings.store!r}."
        raise SettingsError(detail, "Set store to memory: commits are applied there.")
    return WriterPlan(
        name=snapshot.name,
        nquads=str(snapshot.nquads),
        commit_dir=str(Path(settings.commit_dir).absolute()),
        shapes=shapes,
        prefixes=dict(prefixes),
        base_iri=base_iri,
        memory_bytes=settings.worker_memory_bytes,
    )


class Commits:
    """Have changes made by the writer, one after the other, and published."""

    def __init__(self, settings: Settings, plan: WriterPlan, publisher: Publisher) -> None:
        """Keep what the writer will be started with; `start` starts it."""
        self._timeout_s = settings.commit_timeout_s
        self._publish_timeout_s = PUBLISH_TIMEOUT_S
        self._plan = plan
        self._publisher = publisher
        self._turn = asyncio.Lock()
        self._link: WriterLink | None = None
        self._parent: WriterParentLink | None = None
        self._is_stopping = False
        self._tasks: set[asyncio.Task[object]] = set()
        self._unpublished: list[tuple[Path, str]] = []

    @property
    def writer(self) -> int | None:
        """Return the process id of the writer, None while there is none."""
        return None if self._link is None else self._link.pid

    async def start(self) -> None:
        """Start the writer and wait until it has loaded the data.

        Raises SettingsError where the journal cannot be used, WorkersUnavailableError where the
        writer ends.
        """
        async with self._turn:
            await self._living()

    async def stop(self) -> None:
        """End the writer after the commit that it is about; later ones are refused."""
        self._is_stopping = True
        async with self._turn:
            if self._link is not None:
                await self._link.stop()
            self._link = None
            await self._stop_parent()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def commit(self, change: Change) -> Committed:
        """Make a change, and return when it is kept for good and every reader sees it.

        Raises CommitError or one of its kinds, NotFoundError, QueryNotParsedError,
        QueryNotEvaluableError, QueryTimedOutError, QueryCrashedError, and WorkersUnavailableError;
        after any of them nothing is changed, unless the last says so. To cancel this call does not
        stop the commit: who has left may come back and look.
        """
        task: asyncio.Task[object] = asyncio.create_task(self._commit(change))
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return cast("Committed", await asyncio.shield(task))

    def _forget(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # of a commit whose client has left, nobody asks for it

    async def _commit(self, change: Change) -> Committed:
        async with self._turn:
            answer = await self._answer(change)
            if answer["outcome"] not in (Outcome.COMMITTED, Outcome.UNCHANGED):
                raise _error(answer)
            name = str(answer["name"])
            if answer["outcome"] == Outcome.COMMITTED:
                self._unpublished.append((Path(str(answer["patch"])), name))
            await self._publish()
        added, removed = cast("int", answer["added"]), cast("int", answer["removed"])
        return Committed(name, added, removed, bool(answer["created"]))

    async def _answer(self, change: Change) -> Head:
        """Have the writer answer; once more if somebody killed it before it had written."""
        request = uuid.uuid4().hex
        for _ in range(2):
            try:
                return await self._ask(request, change)
            except WriterEndedError as ended:
                if ended.status != -signal.SIGKILL:
                    log.error("A change brought the writer down: %s", ended)  # noqa: TRY400 - told whole
                    raise _crashed() from None
        raise _lost()

    async def _ask(self, request: str, change: Change) -> Head:
        """Ask the writer; what it kept before it ended counts as answered.

        Raises WriterEndedError or QueryTimedOutError where it has kept nothing.
        """
        link = await self._living()
        try:
            async with asyncio.timeout(self._timeout_s):
                return await link.ask(request, change)
        except (TimeoutError, WriterEndedError) as error:
            await link.kill()
            self._link = None
            self._start_soon()
            found = await asyncio.to_thread(find_request, Path(self._plan.commit_dir), request)
            if found is not None:
                path, commit = found
                return {
                    "outcome": Outcome.COMMITTED,
                    "name": commit.name,
                    "patch": str(path),
                    "added": len(commit.delta.added),
                    "removed": len(commit.delta.removed),
                    "created": False,
                }
            if isinstance(error, TimeoutError):
                raise _timed_out(self._timeout_s) from None
            raise

    async def _publish(self) -> None:
        """Have readers see the last commit, and before it those that could not be published."""
        while self._unpublished:
            path, name = self._unpublished[0]
            try:
                async with asyncio.timeout(self._publish_timeout_s):
                    await self._publisher.publish(path, name)
            except (ServerError, TimeoutError) as error:
                reason = error.detail if isinstance(error, ServerError) else "it takes too long."
                detail = f"The change is kept, but cannot be read yet: {reason}"
                remedy = "Do not send it again; look for it in a moment."
                raise WorkersUnavailableError(detail, remedy) from None
            del self._unpublished[0]

    async def _living(self) -> WriterLink:
        """Return the writer, started if there is none."""
        if self._is_stopping:
            detail = "The server is stopping; nothing was changed."
            raise WorkersUnavailableError(detail, "Try again in a moment.")
        if self._link is not None:
            return self._link
        try:
            self._link = await self._forked()
        except SettingsError:
            await self._stop_parent()
            raise
        return self._link

    async def _forked(self) -> WriterLink:
        """Have a writer forked, once more where it or its parent has been killed meanwhile."""
        status = 0
        for _ in range(MOST_FORKS):
            if self._parent is None or not self._parent.is_open:
                self._parent = WriterParentLink(self._plan)
            try:
                link = await self._parent.fork()
                told = await link.told()
            except WriterEndedError as ended:
                status = ended.status
                continue
            if told["outcome"] == Outcome.UNUSABLE:
                await link.stop()
                raise SettingsError(str(told["detail"]), str(told["remedy"]))
            return link
        detail = f"The process that writes cannot be started (status {status})."
        raise WorkersUnavailableError(detail, "Look into the log of the server.")

    async def _stop_parent(self) -> None:
        if self._parent is not None:
            await self._parent.stop()
        self._parent = None

    def _start_soon(self) -> None:
        """Start another writer, without anybody waiting for it but the next commit."""

        async def start() -> None:
            async with self._turn:
                if not self._is_stopping:
                    await self._living()

        task: asyncio.Task[object] = asyncio.create_task(start())
        self._tasks.add(task)
        task.add_done_callback(self._forget)


def _error(answer: Head) -> ServerError:
    """Make the error of an answer that is no commit."""
    detail = str(answer["detail"])
    match answer["outcome"]:
        case Outcome.UPDATE_NOT_PARSED:
            return not_parsed(detail)
        case Outcome.UPLOAD_NOT_PARSED:
            return _upload_not_parsed(answer)
        case Outcome.REFUSED:
            return _refused(answer)
        case outcome:
            kind, sentence, remedy = OTHERS[Outcome(str(outcome))]
            return kind(sentence.format(detail), remedy)


def _refused(answer: Head) -> CommitRefusedError:
    report = tuple(cast("list[Mapping[str, str]]", answer["report"]))
    what = f"{len(report)} rules" if len(report) > 1 else "a rule"
    return CommitRefusedError(
        f"The data would break {what} of the shapes. Nothing was changed.",
        "Follow the remedies in the report, and send the whole again.",
        report,
    )


def _upload_not_parsed(answer: Head) -> CommitNotParsedError:
    line, column = cast("int | None", answer.get("line")), cast("int | None", answer.get("column"))
    return CommitNotParsedError(
        f"The upload cannot be read as RDF of its type: {answer['detail']}. Nothing was changed.",
        "Correct it there, or name its type in Content-Type.",
        line,
        column,
    )


def _crashed() -> QueryCrashedError:
    return QueryCrashedError(
        "The change brought down the process that writes. Nothing was changed.",
        "It used too much memory or is nested too deeply: make it in smaller parts.",
    )


def _lost() -> WorkersUnavailableError:
    return WorkersUnavailableError(
        "The process that writes was ended from outside. Nothing was changed.", "Send it again."
    )


def _timed_out(seconds: float) -> QueryTimedOutError:
    return QueryTimedOutError(
        f"The change was stopped after {seconds:g} seconds. Nothing was changed.",
        "Make it in smaller parts.",
    )
