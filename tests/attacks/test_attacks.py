"""No attack is noticed by another client, and none is answered with half a truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hostile_queries import HOSTILE_QUERIES, REACHING_OUT
from hostile_requests import HOSTILE_REQUESTS, LONGEST_SENT_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Scene
    from exchanges import Exchange
    from hostility import Attack

ROWS = (*HOSTILE_QUERIES, *REACHING_OUT, *HOSTILE_REQUESTS)
REFUSED = {
    "service": 403,
    "service-silent": 403,
    "service-variable": 403,
    "service-file": 403,
    "load": 403,
    "load-silent": 403,
    "load-file": 403,
    "invalid-utf-8": 400,
    "body-100-mb": 413,
    "chunked-300-mb": 413,
    "accept-nonsense": 406,
    "length-and-chunks": 400,
    "groups": 400,
}


@pytest.mark.parametrize("attack", ROWS, ids=lambda attack: attack.name)
def test_attack(
    attacked: Scene, judged: Callable[[Attack, Exchange], None], attack: Attack
) -> None:
    """Others are answered within a second, the server lives, and the answer is whole or refused."""
    got = attacked.suffer(attack.attempt)
    judged(attack, got)
    assert got.status == REFUSED.get(attack.name, got.status)


@pytest.mark.parametrize(
    "attack",
    [each for each in HOSTILE_REQUESTS if each.name in ("body-100-mb", "chunked-300-mb")],
    ids=lambda attack: attack.name,
)
def test_long_body_is_refused_before_it_is_sent(attacked: Scene, attack: Attack) -> None:
    """A body that no query can have is refused while most of it is still with the client."""
    assert attacked.suffer(attack.attempt).sent_bytes < LONGEST_SENT_BYTES
