"""A new snapshot is served without a pause; one that cannot be served changes nothing."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from allegiance.snapshot import write_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from allegiance.snapshot import Snapshot

    Serve = Callable[..., AbstractContextManager[str]]

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
LABEL = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
# A look for a new snapshot, and the time that workers need to start on a machine that is busy.
PATIENCE_S = 20


def write(folder: Path, size: int) -> Snapshot:
    """Write a snapshot of so many triples, and point to it."""
    store = Store()
    store.extend(
        Quad(NamedNode(f"urn:thing:{number}"), LABEL, Literal(f"thing {number}"))
        for number in range(size)
    )
    return write_snapshot(store, folder, {})


def count(client: httpx.Client) -> httpx.Response:
    """Ask how many triples there are."""
    return client.get("/sparql", params={"query": COUNT}, headers={"accept": "text/csv"})


def number_in(response: httpx.Response) -> int:
    """Return the number of triples of an answer."""
    assert response.status_code == 200, response.text
    return int(response.text.split()[1])


def wait_for(client: httpx.Client, snapshot: Snapshot) -> None:
    """Wait until a snapshot is served."""
    deadline = time.monotonic() + PATIENCE_S
    while client.get("/health").json()["snapshot"] != snapshot.name:
        assert time.monotonic() < deadline, "it has not been taken up"
        time.sleep(0.02)


@pytest.mark.parametrize("store", ["memory", "disk"])
def test_a_new_snapshot_is_taken_up_under_load(serve: Serve, tmp_path: Path, store: str) -> None:
    """While clients go on asking, all get answers, first of the old data and then of the new."""
    first = write(tmp_path, 3)
    is_over = Event()

    def ask(address: str) -> list[tuple[int, str]]:
        found = []
        with httpx.Client(base_url=address, timeout=20) as client:
            while not is_over.is_set():
                response = count(client)
                found.append((number_in(response), response.headers.get("etag", "")))
        return found

    with (
        serve(first, snapshot_poll_s=0.05, store=store, query_timeout_s=20) as address,
        httpx.Client(base_url=address) as client,
        ThreadPoolExecutor(3) as pool,
    ):
        try:
            seen = [pool.submit(ask, address) for _ in range(3)]
            time.sleep(0.2)
            second = write(tmp_path, 5)
            wait_for(client, second)
            time.sleep(0.1)
        finally:
            is_over.set()
        assert number_in(count(client)) == 5
        for each in seen:
            numbers = [number for number, _ in each.result()]
            assert numbers == sorted(numbers)
            assert set(numbers) == {3, 5}
            tags = {tag: number for number, tag in each.result() if tag}
            assert sorted(tags.values()) == [3, 5]  # a tag for each, and none for both


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / "graph.nq").write_text("no quads at all"),
        lambda folder: (folder / "graph.nq").unlink(),
        lambda folder: (folder / "manifest.json").write_text("{"),
    ],
    ids=["no quads", "no data", "no manifest"],
)
def test_a_broken_snapshot_is_refused_and_the_next_one_taken(
    serve: Serve,
    tmp_path: Path,
    spoil: Callable[[Path], Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What cannot be served is tried once, the old data is served on, and the next is taken."""
    first = write(tmp_path, 3)
    broken = write(tmp_path, 4)
    spoil(broken.directory)
    point(tmp_path, first.name)
    with (
        serve(first, snapshot_poll_s=0.05, query_timeout_s=20) as address,
        httpx.Client(base_url=address, timeout=20) as client,
    ):
        point(tmp_path, broken.name)
        ends = time.monotonic() + 1
        while time.monotonic() < ends:
            assert number_in(count(client)) == 3
            time.sleep(0.02)
        assert client.get("/health").json()["snapshot"] == first.name
        told = [each for each in caplog.records if "is not taken up" in each.getMessage()]
        assert len(told) == 1
        wait_for(client, write(tmp_path, 5))
        assert number_in(count(client)) == 5


@pytest.mark.parametrize("text", [b"", b"\xff\xfe", b"../../nowhere", b"no\x00name"])
def test_a_broken_pointer_changes_nothing(serve: Serve, tmp_path: Path, text: bytes) -> None:
    """A pointer to nothing is none, and the next good one is followed."""
    first = write(tmp_path, 3)
    with (
        serve(first, snapshot_poll_s=0.05, query_timeout_s=20) as address,
        httpx.Client(base_url=address, timeout=20) as client,
    ):
        (tmp_path / "current").write_bytes(text)
        time.sleep(0.3)
        assert number_in(count(client)) == 3
        wait_for(client, write(tmp_path, 5))


def test_a_folder_that_points_elsewhere_is_not_followed(serve: Serve, tmp_path: Path) -> None:
    """Whoever serves another snapshot than the current one has chosen it, and keeps it."""
    first = write(tmp_path, 3)
    write(tmp_path, 5)
    with (
        serve(first, snapshot_poll_s=0.05) as address,
        httpx.Client(base_url=address, timeout=20) as client,
    ):
        write(tmp_path, 7)
        time.sleep(0.3)
        assert number_in(count(client)) == 3


def test_descriptions_are_of_the_new_snapshot(serve: Serve, tmp_path: Path) -> None:
    """What was described of the old data is described anew."""
    first = write(tmp_path, 3)
    with (
        serve(first, snapshot_poll_s=0.05, query_timeout_s=20) as address,
        httpx.Client(base_url=address, timeout=20) as client,
    ):
        assert first.name in client.get("/void").text
        second = write(tmp_path, 5)
        wait_for(client, second)
        assert second.name in client.get("/void").text
        assert first.name not in client.get("/void").text


def point(folder: Path, name: str) -> None:
    """Point to a snapshot."""
    (folder / "current").write_text(name + "\n")
