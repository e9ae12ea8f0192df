"""No shape of query brings the server down, whatever its size."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from exchanges import JSON
from hostility import is_problem
from query_shapes import SHAPES

if TYPE_CHECKING:
    from conftest import Scene

KIB = 1024
SIZES = (4 * KIB, 16 * KIB, 64 * KIB)
# What these ask is true in every graph, by the definition of SPARQL.
TRUE = (
    "nested groups",
    "nested brackets in a filter",
    "nested IF",
    "nested COALESCE",
    "nested IN",
    "chain of groups",
    "chain of BIND",
    "chain of VALUES",
    "many prefixes",
    "long comment",
)


@pytest.mark.parametrize("shape", SHAPES)
def test_shape(hurried: Scene, shape: str) -> None:
    """At 4, 16 and 64 KiB a shape is answered in whole or refused, and nobody else notices."""
    for size in SIZES:
        query = SHAPES[shape](size)
        got = hurried.suffer(lambda victim, query=query: victim.send(victim.target.ask(query)))
        if got.status != 200:
            assert is_problem(got), (size, got)
            continue
        assert got.is_whole
        if got.media_type == JSON:
            answer = json.loads(got.body)
            assert "boolean" in answer or "bindings" in answer["results"]
            assert shape not in TRUE or answer["boolean"] is True
