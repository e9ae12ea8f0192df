"""The folder of a run: its plan, and each batch's answer as it came, so that a run can go on.

plan.json             the endpoint, the query, the items, the size of a batch, the day
batches/0001.json     the answer to the first batch
enrichment.nq         the graph that is made of them, when all are there (see `dataset`)
enrichment.json       its manifest; a folder without one is not finished
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from allegiance.enrichment.answer import Answer, BrokenAnswerError, read_answer
from allegiance.errors import EndpointError, UsageError
from allegiance.namespaces import graph_iri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyoxigraph import NamedNode

    from allegiance.enrichment.client import QueryClient
    from allegiance.enrichment.endpoint import Endpoint
    from allegiance.enrichment.selection import Selection

__all__ = ["MANIFEST", "PLAN", "Plan", "Retrieval", "open_retrieval", "write_whole"]

MANIFEST: Final = "enrichment.json"
PLAN: Final = "plan.json"


@dataclass(frozen=True, slots=True)
class Plan:
    """Hold what is asked of whom, and the day of the dated graph, as 2026-11-22."""

    endpoint: Endpoint
    selection: Selection
    items: tuple[str, ...]
    day: str

    @property
    def graph(self) -> NamedNode:
        """Return the graph in which the answers stand."""
        return graph_iri(f"{self.endpoint.name}/{self.day}")

    @property
    def batches(self) -> tuple[tuple[str, ...], ...]:
        """Return the items in the portions in which they are asked for."""
        size = self.endpoint.batch
        return tuple(self.items[at : at + size] for at in range(0, len(self.items), size))

    def as_dict(self) -> dict[str, object]:
        """Return what makes two runs the same one; how patient they are does not."""
        endpoint = asdict(self.endpoint)
        kept = {key: endpoint[key] for key in ("name", "address", "licence", "batch")}
        return {"endpoint": kept, "query": self.selection.template, "items": list(self.items)}


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Hold a run's folder and plan."""

    folder: Path
    plan: Plan

    @property
    def is_finished(self) -> bool:
        """Tell whether the graph was made."""
        return (self.folder / MANIFEST).is_file()

    @property
    def answered(self) -> int:
        """Count the batches whose answer is kept."""
        return sum(self._file(number).is_file() for number in range(len(self.plan.batches)))

    def fetch(self, client: QueryClient, told: Callable[[int, int], None]) -> None:
        """Ask for every batch that is not there yet; `told` gets how many are, of how many.

        Raises EndpointError, with what is kept, where the endpoint does not answer.
        """
        with _alone(self.folder):
            for number, items in enumerate(self.plan.batches):
                if not self._file(number).is_file():
                    self._fetch_one(client, number, items)
                told(number + 1, len(self.plan.batches))

    def answers(self) -> Iterator[Answer]:
        """Read the kept answers; raises EndpointError for one that was damaged since."""
        for number, items in enumerate(self.plan.batches):
            file = self._file(number)
            try:
                yield read_answer(file.read_bytes(), items, self._blank(number))
            except (OSError, BrokenAnswerError) as error:
                message = f"{file} is damaged ({error}). Delete it, and run the command again."
                raise EndpointError(message) from error

    def _fetch_one(self, client: QueryClient, number: int, items: tuple[str, ...]) -> None:
        blank = self._blank(number)
        try:
            content, _ = client.ask(
                self.plan.selection.filled(items),
                lambda content: read_answer(content, items, blank),
            )
        except EndpointError as error:
            message = (
                f"{error} {self.answered} of {len(self.plan.batches)} batches are kept in "
                f"{self.folder}: run the same command again to go on."
            )
            raise EndpointError(message) from error
        write_whole(self._file(number), content)

    def _blank(self, number: int) -> str:
        return f"{self.plan.graph.value}/blank/{number + 1}-"

    def _file(self, number: int) -> Path:
        return self.folder / "batches" / f"{number + 1:04}.json"


def open_retrieval(folder: Path, plan: Plan, *, fresh: bool = False) -> Retrieval:
    """Go on with a run of the same plan that is not finished, or begin one of the plan's day.

    The runs of an endpoint lie under FOLDER/NAME/DAY. A run that goes on keeps its day. Raises
    UsageError where the day has a run of another plan; `fresh` throws the day's run away.
    """
    runs = folder / plan.endpoint.name
    if fresh:
        shutil.rmtree(runs / plan.day, ignore_errors=True)
    for run in sorted(runs.iterdir(), reverse=True) if runs.is_dir() and not fresh else ():
        if not (run / MANIFEST).is_file() and _written_plan(run) == plan.as_dict():
            return Retrieval(run, Plan(plan.endpoint, plan.selection, plan.items, run.name))
    run = runs / plan.day
    found = _written_plan(run)
    if found is not None and found != plan.as_dict():
        message = (
            f"{run} holds answers to another query, or about other items. "
            "Give another folder with --out, or --fresh to throw them away."
        )
        raise UsageError(message)
    (run / "batches").mkdir(parents=True, exist_ok=True)
    if found is None:
        text = json.dumps(plan.as_dict() | {"day": plan.day}, indent=1) + "\n"
        write_whole(run / PLAN, text.encode())
    return Retrieval(run, plan)


def write_whole(file: Path, content: bytes) -> None:
    """Write a file so that, whenever the program is killed, it is there whole or not at all."""
    handle, name = tempfile.mkstemp(prefix=".draft-", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as draft:
            draft.write(content)
            draft.flush()
            os.fsync(draft.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(file)
    except BaseException:
        # Also on an interrupt: no draft may be left behind.
        Path(name).unlink(missing_ok=True)
        raise


def _written_plan(run: Path) -> dict[str, object] | None:
    try:
        found = json.loads((run / PLAN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict):
        return None
    return {key: value for key, value in found.items() if key != "day"}


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a folder for one run at a time; the lock ends with the program, however it ends."""
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = f"Another run is at work in {folder}. Wait until it has ended."
            raise UsageError(message) from error
        yield
