"""Ties that Wikidata lacks: what is told, and what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyoxigraph import NamedNode, Quad

from allegiance.answering import load_store
from allegiance.build import build_snapshot
from allegiance.enrichment.client import QueryClient
from allegiance.enrichment.dataset import write_dataset
from allegiance.enrichment.endpoint import Endpoint
from allegiance.enrichment.quickstatements import PROPERTIES
from allegiance.enrichment.retrieval import Plan, open_retrieval
from allegiance.enrichment.selection import Selection
from allegiance.snapshot import write_snapshot
from allegiance_server.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Checkout, FakeEndpoint

CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
WD = "http://www.wikidata.org/entity/"
DIRECT = "http://www.wikidata.org/prop/direct/"
EXACT = NamedNode("http://www.w3.org/2004/02/skos/core#exactMatch")
ID = "https://w3id.org/allegiance/id/"
LEAGUE = "  league-of-lands: {class: InternationalOrganisation, label: League of Lands}\n"
REFERENCE = 'S854\t"https://example.org/page"\tS813\t+2026-11-21T00:00:00Z/11'
ITEMS = {"arcadia": "Q1", "borduria": "Q2", "syldavia": "Q3", "league-of-lands": "Q4"}
RELATIONS = "diplomaticRelations: {parties: [arcadia, borduria], status: established}"
MEMBERSHIP = "membership: {member: arcadia, group: league-of-lands}"


@pytest.fixture
def export(
    checkout: Checkout,
    claim: Callable[..., str],
    fake: FakeEndpoint,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> Callable[..., list[str]]:
    """Give a way to export claims, given what Wikidata has."""

    def run(*contents: str, properties: tuple[str, ...] = PROPERTIES, **lines: str) -> list[str]:
        actors = checkout.actors.replace("places:", LEAGUE + "places:")
        checkout.write_actors(actors)
        claims = [claim(f"c{at}", content, **lines) for at, content in enumerate(contents)]
        checkout.write_source("doc", "".join(claims))
        store = load_store(build_snapshot(checkout.bundle, tmp_path / "plain"))
        store.extend(
            Quad(NamedNode(ID + name), EXACT, NamedNode(WD + item)) for name, item in ITEMS.items()
        )
        snapshot = write_snapshot(store, tmp_path / "linked", {})
        endpoint = Endpoint("fake", fake.address, CC0, pause_s=0)
        items = tuple(sorted(WD + item for item in ITEMS.values()))
        plan = Plan(endpoint, Selection.of_properties(properties), items, "2026-11-22")
        retrieval = open_retrieval(tmp_path / "out", plan)
        client = QueryClient(endpoint, "graph@example.org", lambda _: None)
        retrieval.fetch(client, lambda *_: None)
        write_dataset(retrieval)
        given = ["--with", str(retrieval.folder), "--snapshot", str(snapshot.directory)]
        status = main(["export", "quickstatements", *given])
        out, err = capfd.readouterr()
        assert status == 0, err
        return out.splitlines()

    return run


def has(fake: FakeEndpoint, subject: str, property_: str, value: str) -> None:
    """Let Wikidata have a statement."""
    fake.facts[WD + subject] = [(DIRECT + property_, {"type": "uri", "value": WD + value})]


def test_what_wikidata_lacks_is_written_with_its_reference(
    export: Callable[..., list[str]],
) -> None:
    """A membership is one line; relations are one in each direction."""
    assert export(RELATIONS, MEMBERSHIP) == [
        f"Q1\tP463\tQ4\t{REFERENCE}",
        f"Q1\tP530\tQ2\t{REFERENCE}",
        f"Q2\tP530\tQ1\t{REFERENCE}",
    ]


def test_what_wikidata_has_is_left_out(
    fake: FakeEndpoint, export: Callable[..., list[str]]
) -> None:
    """Relations stated in one direction are known in both; a membership is known in its own."""
    has(fake, "Q2", "P530", "Q1")
    has(fake, "Q4", "P463", "Q1")
    assert export(RELATIONS, MEMBERSHIP) == [f"Q1\tP463\tQ4\t{REFERENCE}"]


@pytest.mark.parametrize(
    "lines",
    [{"status": "judgement"}, {"review": "draft"}, {"attributedTo": "[syldavia]"}],
    ids=str,
)
def test_only_reviewed_claims_of_the_view_are_told(
    lines: dict[str, str], export: Callable[..., list[str]]
) -> None:
    """What a document does not assert itself, or nobody has reviewed, is not passed on."""
    assert export(MEMBERSHIP, **lines) == []


def test_only_states_in_organisations_are_members_there(export: Callable[..., list[str]]) -> None:
    """An armed group in an organisation is left out: only states are told by P463."""
    assert export("membership: {member: reed-front, group: league-of-lands}") == []


def test_an_enrichment_that_did_not_ask_is_refused(
    export: Callable[..., list[str]],
) -> None:
    """Without having asked, nobody knows what Wikidata lacks."""
    with pytest.raises(AssertionError, match=r"does not tell what Wikidata has of P463, P530"):
        export(MEMBERSHIP, properties=("P31",))


def test_a_tie_that_ended_is_not_told(export: Callable[..., list[str]]) -> None:
    """A membership with a known end is no statement of today."""
    assert export(MEMBERSHIP.replace("}", ', until: "2020"}')) == []


def test_relations_that_were_severed_are_not_told(export: Callable[..., list[str]]) -> None:
    """Where another claim says that relations were severed, a person has to look first."""
    severed = RELATIONS.replace("established", "severed")
    assert export(RELATIONS, severed, MEMBERSHIP) == [f"Q1\tP463\tQ4\t{REFERENCE}"]
