"""The client that asks another endpoint: patient with what passes, plain about what does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
from pyoxigraph import NamedNode, Triple

from allegiance.enrichment.answer import Answer, read_answer
from allegiance.enrichment.client import ATTEMPTS, QueryClient
from allegiance.enrichment.endpoint import Endpoint
from allegiance.enrichment.selection import Selection
from allegiance.errors import EndpointError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import FakeEndpoint

CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
IRAN = "http://www.wikidata.org/entity/Q794"
IS_A_STATE = Triple(
    NamedNode(IRAN),
    NamedNode("http://www.wikidata.org/prop/direct/P31"),
    NamedNode("http://www.wikidata.org/entity/Q3624078"),
)


@pytest.fixture
def waits() -> list[float]:
    """Give the list of the seconds that the client waits; no test waits them."""
    return []


@pytest.fixture
def ask(fake: FakeEndpoint, waits: list[float]) -> Callable[[], Answer]:
    """Give a way to ask the endpoint about Iran."""
    fake.know(794)
    endpoint = Endpoint("fake", fake.address, CC0, pause_s=0.25, timeout_s=0.5)
    client = QueryClient(endpoint, "graph@example.org", waits.append)
    query = Selection.of_properties(["P31"]).filled([IRAN])
    return lambda: client.ask(query, lambda content: read_answer(content, [IRAN], "x:"))[1]


@pytest.mark.parametrize(
    "fault",
    [
        *("429", "500", "502", "503", "504", "error in 200", "result with error", "truncated"),
        *("truncated in silence", "slow", "drip", "hang up", "other items"),
    ],
)
def test_what_passes_is_asked_again(
    fault: str, fake: FakeEndpoint, ask: Callable[[], Answer], waits: list[float]
) -> None:
    """After a fault that passes, the whole answer comes; the waits double from two seconds."""
    fake.know(30)
    fake.faults[:] = [fault, fault]
    assert ask().triples == (IS_A_STATE,)
    assert waits == [2, 4]
    assert len(fake.asked) == 3


def test_retry_after_in_seconds_is_kept(
    fake: FakeEndpoint, ask: Callable[[], Answer], waits: list[float]
) -> None:
    """The endpoint's own wish goes before the usual wait."""
    fake.faults[:], fake.retry_after = ["429"], "37"
    ask()
    assert waits == [37]


def test_retry_after_as_a_date_is_kept(
    fake: FakeEndpoint, ask: Callable[[], Answer], waits: list[float]
) -> None:
    """A date is waited for."""
    until = datetime.now(UTC) + timedelta(seconds=90)
    fake.faults[:], fake.retry_after = ["503"], format_datetime(until, usegmt=True)
    ask()
    assert 80 < waits[0] <= 90


def test_a_wish_for_a_long_rest_ends_the_run(
    fake: FakeEndpoint, ask: Callable[[], Answer], waits: list[float]
) -> None:
    """Who is told to stay away for a day stops, and does not knock again."""
    fake.faults[:], fake.retry_after = ["429"], "86400"
    with pytest.raises(EndpointError, match="left alone for 86400 seconds"):
        ask()
    assert (waits, len(fake.asked)) == ([], 1)


def test_patience_ends(fake: FakeEndpoint, ask: Callable[[], Answer], waits: list[float]) -> None:
    """An endpoint that fails each time is named, with its last fault."""
    fake.faults[:] = ["503"] * ATTEMPTS
    with pytest.raises(EndpointError, match=r"failed 6 times; at last the endpoint answered 503"):
        ask()
    assert waits == [2, 4, 8, 16, 32]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("redirect", "redirects to 'http://127.0.0.1:1/elsewhere'"),
        ("400", "answered 400: 'Not now"),
    ],
)
def test_what_does_not_pass_is_told_at_once(
    fault: str, told: str, fake: FakeEndpoint, ask: Callable[[], Answer]
) -> None:
    """A redirect is not followed and a refused query not repeated."""
    fake.faults[:] = [fault]
    with pytest.raises(EndpointError, match=told):
        ask()
    assert len(fake.asked) == 1


def test_there_is_a_pause_between_two_requests(
    ask: Callable[[], Answer], waits: list[float]
) -> None:
    """The first request goes at once, each later one after the pause."""
    ask()
    ask()
    assert waits == [0.25]


def test_the_client_says_who_it_is(fake: FakeEndpoint, ask: Callable[[], Answer]) -> None:
    """The user agent has a name and the contact, and JSON is what is asked for."""
    ask()
    assert fake.headers[0]["User-Agent"].startswith("allegiance/")
    assert "(graph@example.org)" in fake.headers[0]["User-Agent"]
    assert fake.headers[0]["Accept"] == "application/sparql-results+json"


@pytest.mark.parametrize("contact", ["", "me", "me@here", "a@b.org\r\nX: y", "é@example.org"])
def test_a_contact_has_to_be_given(contact: str) -> None:
    """Nobody is asked by somebody who cannot be written to."""
    endpoint = Endpoint("fake", "http://127.0.0.1:1/", CC0)
    with pytest.raises(UsageError, match="--contact"):
        QueryClient(endpoint, contact)
