"""A run's folder: nothing lost, nothing asked twice, and no day mixed up with another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from allegiance.enrichment.client import QueryClient
from allegiance.enrichment.dataset import NQUADS, write_dataset
from allegiance.enrichment.endpoint import Endpoint
from allegiance.enrichment.retrieval import MANIFEST, Plan, open_retrieval
from allegiance.enrichment.selection import Selection
from allegiance.errors import EndpointError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import FakeEndpoint

CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
WD = "http://www.wikidata.org/entity/"
GRAPH = "https://w3id.org/allegiance/graph/fake/2026-11-22"


def ignore(*_: int) -> None:
    """Tell nobody how far the run is."""


@pytest.fixture
def plan(fake: FakeEndpoint) -> Plan:
    """Give a plan of five items in batches of two."""
    items = fake.know(1, 2, 3, 4, 5)
    endpoint = Endpoint("fake", fake.address, CC0, batch=2, pause_s=0, timeout_s=5)
    return Plan(endpoint, Selection.of_properties(["P31"]), items, "2026-11-22")


@pytest.fixture
def client(plan: Plan) -> QueryClient:
    """Give a client that does not wait."""
    return QueryClient(plan.endpoint, "graph@example.org", lambda _: None)


def test_every_batch_is_asked_for_once(
    fake: FakeEndpoint, plan: Plan, client: QueryClient, tmp_path: Path
) -> None:
    """Five items in batches of two are three requests, one at a time; progress is told."""
    told: list[tuple[int, int]] = []
    open_retrieval(tmp_path, plan).fetch(client, lambda done, of: told.append((done, of)))
    assert [len(items) for items in fake.asked] == [2, 2, 1]
    assert [item for items in fake.asked for item in items] == list(plan.items)
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert fake.most_at_once == 1


def test_a_run_that_failed_goes_on(
    fake: FakeEndpoint, plan: Plan, client: QueryClient, tmp_path: Path
) -> None:
    """What was answered is kept, the error says so, and only the rest is asked for again."""
    fake.faults[:] = ["", "400"]
    with pytest.raises(EndpointError, match=r"1 of 3 batches are kept in .*run the same command"):
        open_retrieval(tmp_path, plan).fetch(client, ignore)
    again = open_retrieval(tmp_path, plan)
    assert again.answered == 1
    again.fetch(client, ignore)
    assert fake.answered == list(plan.batches)


def test_all_faults_on_the_way_lose_nothing(
    fake: FakeEndpoint, plan: Plan, client: QueryClient, tmp_path: Path
) -> None:
    """With a fault before each batch, the graph is that of a run without any."""
    open_retrieval(tmp_path / "smooth", plan).fetch(client, ignore)
    smooth = open_retrieval(tmp_path / "smooth", plan)
    fake.faults[:] = ["429", "error in 200", "", "truncated", "503", "", "truncated in silence"]
    rough = open_retrieval(tmp_path / "rough", plan)
    rough.fetch(client, ignore)
    assert fake.faults == []
    assert write_dataset(rough).triples == write_dataset(smooth).triples == 5
    facts = [
        [
            line
            for line in (run.folder / NQUADS).read_text().splitlines()
            if line.startswith(f"<{WD}")
        ]
        for run in (rough, smooth)
    ]
    assert facts[0] == facts[1]
    assert len(facts[0]) == 5


def test_a_run_goes_on_in_the_graph_of_its_day(
    fake: FakeEndpoint, plan: Plan, client: QueryClient, tmp_path: Path
) -> None:
    """A run that was stopped before midnight keeps the day on which it began."""
    fake.faults[:] = ["", "400"]
    with pytest.raises(EndpointError):
        open_retrieval(tmp_path, plan).fetch(client, ignore)
    next_day = open_retrieval(tmp_path, replace(plan, day="2026-11-23"))
    assert next_day.plan.graph.value == GRAPH


def test_a_finished_run_of_another_day_is_left_alone(
    plan: Plan, client: QueryClient, tmp_path: Path
) -> None:
    """The next day's run is a graph of its own."""
    first = open_retrieval(tmp_path, plan)
    first.fetch(client, ignore)
    write_dataset(first)
    next_day = open_retrieval(tmp_path, replace(plan, day="2026-11-23"))
    assert next_day.answered == 0
    assert first.is_finished


def test_another_query_on_the_same_day_is_refused(plan: Plan, tmp_path: Path) -> None:
    """Two queries do not mix in one graph, unless the first is thrown away."""
    other = replace(plan, selection=Selection.of_properties(["P17"]))
    open_retrieval(tmp_path, plan)
    with pytest.raises(UsageError, match="--fresh"):
        open_retrieval(tmp_path, other)
    assert open_retrieval(tmp_path, other, fresh=True).plan == other


def test_a_run_is_alone_in_its_folder(plan: Plan, client: QueryClient, tmp_path: Path) -> None:
    """A second run at the same time is refused: the endpoint sees one request at a time."""
    run = open_retrieval(tmp_path, plan)
    refused: list[str] = []

    def run_again(*_: int) -> None:
        with pytest.raises(UsageError, match="Another run is at work") as caught:
            run.fetch(client, ignore)
        refused.append(str(caught.value))

    run.fetch(client, run_again)
    assert len(refused) == 3


def test_a_damaged_answer_is_named(plan: Plan, client: QueryClient, tmp_path: Path) -> None:
    """A kept answer that was cut off since is no shorter graph."""
    run = open_retrieval(tmp_path, plan)
    run.fetch(client, ignore)
    file = run.folder / "batches" / "0002.json"
    file.write_bytes(file.read_bytes()[:-3])
    with pytest.raises(EndpointError, match=r"0002\.json is damaged"):
        write_dataset(run)
    assert not (run.folder / MANIFEST).exists()


def test_the_graph_says_where_it_comes_from(
    fake: FakeEndpoint, plan: Plan, client: QueryClient, tmp_path: Path
) -> None:
    """Endpoint, licence, day, number and query stand beside the facts, in a graph of their own."""
    run = open_retrieval(tmp_path, plan)
    run.fetch(client, ignore)
    write_dataset(run)
    lines = (run.folder / NQUADS).read_text().splitlines()
    told = [line for line in lines if line.endswith("/graph/enrichments> .")]
    assert len(lines) == 5 + len(told)
    terms = "http://purl.org/dc/terms/"
    integer = "http://www.w3.org/2001/XMLSchema#integer"
    for fact in (
        f"<{GRAPH}> <{terms}source> <{fake.address}>",
        f"<{GRAPH}> <{terms}license> <{CC0}>",
        f'<{GRAPH}> <{terms}created> "2026-11-22"^^<http://www.w3.org/2001/XMLSchema#date>',
        f'<{GRAPH}> <http://rdfs.org/ns/void#triples> "5"^^<{integer}>',
        f"<{GRAPH}> <http://www.w3.org/ns/prov#wasGeneratedBy> <{GRAPH}/retrieval>",
    ):
        assert any(line.startswith(fact) for line in told), fact
    assert any("VALUES ?item {}" in line for line in told)


def test_items_without_an_answer_and_merged_ones_are_told(
    fake: FakeEndpoint, plan: Plan, client: QueryClient, tmp_path: Path
) -> None:
    """A deleted item gives no rows, and a merged one its successor, which is no fact."""
    same = "http://www.w3.org/2002/07/owl#sameAs"
    fake.facts[WD + "Q2"] = []
    fake.facts[WD + "Q3"] = [(same, {"type": "uri", "value": WD + "Q9"})]
    run = open_retrieval(tmp_path, plan)
    run.fetch(client, ignore)
    made = write_dataset(run)
    assert made.unanswered == (WD + "Q2",)
    assert dict(made.merged) == {WD + "Q3": WD + "Q9"}
    assert "sameAs> <" not in (run.folder / NQUADS).read_text()
