"""Validation of a change looks up only those events that the change can concern."""

from __future__ import annotations

from dataclasses import replace

import pytest

from allegiance.bundle import default_bundle
from allegiance.corpus import Corpus, read_corpus
from allegiance.links.checking import check_links

EVENT = "korean-war"


@pytest.fixture(scope="module")
def changed() -> Corpus:
    """Let the claims of a bombing describe what is linked to the Korean War."""
    corpus = read_corpus(default_bundle())
    bombing = corpus.events["consulate-bombing-2024"]
    return replace(corpus, events={**corpus.events, EVENT: bombing})


def test_an_event_that_is_looked_up_is_judged(changed: Corpus) -> None:
    """Its link is wrong now, whether all events are looked up or this one."""
    assert [found.rule for found in check_links(changed)] == ["links/name"]
    assert [found.rule for found in check_links(changed, {EVENT})] == ["links/name"]


def test_an_event_that_is_not_chosen_is_left(changed: Corpus) -> None:
    """Where neither the event nor a table has changed, its claims are not read."""
    assert list(check_links(changed, {"israel-iran-war-2025"})) == []
