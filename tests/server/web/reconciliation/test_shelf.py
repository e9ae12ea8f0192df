"""The directories are made once, in a thread that takes only so much at a time."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import TYPE_CHECKING

import pytest

from allegiance.bundle import default_bundle
from allegiance_server.errors import ServerBusyError, WorkersUnavailableError
from allegiance_server.web.reconciliation.shelf import MOST_WAITING, Shelf

if TYPE_CHECKING:
    from allegiance_server.workers.tasks import Task


class Graph:
    """A graph with one labelled thing; it counts how often it is asked, and can fail."""

    def __init__(self) -> None:
        """Serve the first data."""
        self.snapshot = "first"
        self.asked = 0
        self.is_broken = False

    async def ask(self, task: Task) -> bytes:
        """Answer as a worker does."""
        assert task.kind == "query"
        self.asked += 1
        if self.is_broken:
            detail = "No worker."
            raise WorkersUnavailableError(detail, "Wait.")
        row = {
            "entity": {"type": "uri", "value": f"https://w3id.org/allegiance/id/{self.snapshot}"},
            "property": {"type": "literal", "value": "label"},
            "value": {"type": "literal", "value": "Arcadia"},
        }
        return json.dumps({"results": {"bindings": [row]}}).encode()


async def _names(shelf: Shelf) -> list[str]:
    return list((await shelf.actors()).entities)


def _shelf(graph: Graph) -> Shelf:
    return Shelf(graph.ask, lambda: graph.snapshot, default_bundle())


def test_names_are_read_once_for_each_data() -> None:
    """However many ask, the names of one snapshot are read once."""
    graph = Graph()

    async def scene() -> list[list[str]]:
        shelf = _shelf(graph)
        return await asyncio.gather(*(_names(shelf) for _ in range(5)))

    assert asyncio.run(scene()) == [["first"]] * 5
    assert graph.asked == 1


def test_old_names_answer_where_the_new_cannot_be_read() -> None:
    """While new data cannot be read the old names answer, and each request tries again."""
    graph = Graph()

    async def scene() -> tuple[list[str], list[str]]:
        shelf = _shelf(graph)
        await _names(shelf)
        graph.snapshot, graph.is_broken = "second", True
        for _ in range(3):
            kept = await _names(shelf)
            await asyncio.sleep(0.05)
        graph.is_broken = False
        await _names(shelf)
        await asyncio.sleep(0.5)
        renewed = await _names(shelf)
        return kept, renewed

    assert asyncio.run(asyncio.wait_for(scene(), 20)) == (["first"], ["second"])
    assert graph.asked >= 5


def test_too_much_work_is_refused() -> None:
    """Beyond so many pieces of work that wait, the next one is told to come back."""
    free = threading.Event()

    async def scene() -> None:
        shelf = _shelf(Graph())
        waiting = [asyncio.ensure_future(shelf.run(free.wait)) for _ in range(MOST_WAITING)]
        await asyncio.sleep(0.01)
        try:
            with pytest.raises(ServerBusyError):
                await shelf.run(free.wait)
        finally:
            free.set()
        assert await asyncio.gather(*waiting) == [True] * MOST_WAITING
        assert await shelf.run(free.is_set)

    asyncio.run(asyncio.wait_for(scene(), 20))
