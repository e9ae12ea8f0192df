"""One question has one answer: by the command, over HTTP, and by rdflib on the published TriG."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from rdflib import Dataset

from allegiance.namespaces import PREFIXES
from allegiance.questions import find_question, load_questions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allegiance.snapshot import Snapshot

QUESTIONS = ("allies-of", "ties-of", "severed-relations-with", "protecting-power", "evidence-for")
VALUES = {"allies-of": {"as-of": "2024-10-02"}, "ties-of": {"actor": "turkey"}}


@contextmanager
def _served(snapshot: Snapshot) -> Iterator[str]:
    command = [sys.executable, "-m", "allegiance_server", "serve", "--port", "0"]
    command += ["--snapshot", str(snapshot.directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            announced = server.stdout.readline()
            yield announced.split(" at ")[1].split("/ ")[0]
        finally:
            server.terminate()
            server.wait(timeout=10)


@pytest.fixture(scope="module")
def address(snapshot: Snapshot) -> Iterator[str]:
    """Serve the snapshot with the real command, on a free port of the loopback."""
    with _served(snapshot) as found:
        yield found


@pytest.fixture(scope="module")
def dataset(snapshot: Snapshot) -> Dataset:
    """Load the published TriG with rdflib."""
    loaded = Dataset(default_union=False)
    loaded.parse(data=snapshot.trig.read_text(encoding="utf-8"), format="trig")
    return loaded


def _by_command(name: str, snapshot: Snapshot) -> list[tuple[str, ...]]:
    values = [f"--set={key}={value}" for key, value in VALUES.get(name, {}).items()]
    command = [sys.executable, "-m", "allegiance_server", "query", name, *values]
    command += ["--format", "csv", "--snapshot", str(snapshot.directory)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return _rows(done.stdout)


def _by_http(name: str, address: str) -> list[tuple[str, ...]]:
    answer = httpx.post(
        f"{address}/sparql", data={"query": _text(name)}, headers={"Accept": "text/csv"}
    )
    assert answer.status_code == 200
    return _rows(answer.text)


def _by_rdflib(name: str, dataset: Dataset) -> list[tuple[str, ...]]:
    found = dataset.query(_text(name), initNs=dict(PREFIXES))
    return sorted(tuple("" if v is None else str(v) for v in row) for row in found)


def _text(name: str) -> str:
    return find_question(load_questions(), name).bind(VALUES.get(name, {}))


def _rows(text: str) -> list[tuple[str, ...]]:
    return sorted(tuple(row) for row in list(csv.reader(io.StringIO(text)))[1:])


@pytest.mark.parametrize("name", QUESTIONS)
def test_three_ways_give_the_same_rows(
    name: str, snapshot: Snapshot, address: str, dataset: Dataset
) -> None:
    """The same question gives the same rows by CLI, by HTTP and by rdflib on the TriG."""
    by_command = _by_command(name, snapshot)

    assert by_command
    assert by_command == _by_http(name, address)
    assert by_command == _by_rdflib(name, dataset)
