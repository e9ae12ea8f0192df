"""No shape of query that is let in breaks the store, on a stack such as the workers have."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pyoxigraph import Store

from allegiance_server.errors import QueryRefusedError, QueryTooComplexError, QueryTooDeepError
from allegiance_server.protocol.admission import admit
from allegiance_server.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SHAPES: Mapping[str, Callable[[int], str]]
_names: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("query_shapes.py")))
SHAPES = _names["SHAPES"]

LONGEST = 65536
DEFAULTS = Settings()
# These are short enough to be planned at once, however the store orders their triples.
SHORTEST = 200
# Lists of data and names: not too large at any length that is let in.
HARMLESS = {
    *("long IN", "long CONCAT", "long COALESCE", "long list of variables", "long ORDER BY"),
    *("long GROUP BY", "many prefixes", "many FROM", "rows of VALUES", "long string"),
    *("long comment",),
}
# The store joins as many triples as a query has, in time that grows with the fourth power of their
# number; so these run into the deadline long before the bound on patterns is reached.
SLOW = {
    *("nested blank nodes", "nested collections", "nested reified triples", "nested annotations"),
    *("chain of connected triples", "chain of unconnected triples", "chain of ;", "chain of ,"),
    *("chain of blank nodes", "long collection", "long path sequence", "chain of path stars"),
    *("chain of FILTER EXISTS", "chain of VALUES", "chain of GRAPH", "chain of distinct ||"),
    *("chain of BIND", "chain of FILTER", "chain of ||", "nested path stars"),
}
RUN = """
import sys, threading
import pyoxigraph
def ask():
    store = pyoxigraph.Store()
    for query in sys.stdin.read().split("\\0"):
        results = store.query(query)
        if not isinstance(results, pyoxigraph.QueryBoolean):
            list(results)
    print("whole")
threading.stack_size(64 * 1024 * 1024)
thread = threading.Thread(target=ask)
thread.start()
thread.join()
"""


def _is_admitted(query: str) -> bool:
    try:
        admit(query, DEFAULTS.max_query_depth, DEFAULTS.max_query_patterns)
    except QueryRefusedError:
        return False
    return True


def _longest_admitted(name: str) -> str:
    """Return the longest query of a shape that is let in, to within 64 bytes."""
    build = SHAPES[name]
    low, high = SHORTEST, LONGEST + 64
    while high - low > 64:
        middle = (low + high) // 2
        low, high = (middle, high) if _is_admitted(build(middle)) else (low, middle)
    return build(low)


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_sparql(name: str) -> None:
    """The store answers a short query of each shape; it would not parse what is none."""
    Store().query(SHAPES[name](SHORTEST // 2))


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("size", [1000, 4096, LONGEST])
def test_shapes_have_the_size_asked_for(name: str, size: int) -> None:
    """A query is at most as long as asked for, and hardly shorter."""
    assert size - 80 <= len(SHAPES[name](size)) <= size


def test_there_are_shapes_enough() -> None:
    """All the shapes named below exist, and there are more than twenty."""
    assert set(SHAPES) >= HARMLESS | SLOW
    assert len(SHAPES) > 20


@pytest.mark.parametrize("name", sorted(SHAPES.keys() - HARMLESS - {"chain of VALUES"}))
def test_longest_query_of_a_growing_shape_is_refused(name: str) -> None:
    """What nests or multiplies for 64 KiB is not let in; the bound is named."""
    with pytest.raises((QueryTooDeepError, QueryTooComplexError)):
        admit(SHAPES[name](LONGEST), DEFAULTS.max_query_depth, DEFAULTS.max_query_patterns)


@pytest.mark.parametrize("name", sorted(HARMLESS))
def test_longest_query_of_a_harmless_shape_is_let_in(name: str) -> None:
    """Lists of values, names and text may be as long as a query may be."""
    assert _is_admitted(SHAPES[name](LONGEST))


def test_store_survives_the_longest_admitted_query_of_each_shape() -> None:
    """On a stack of 64 MB none of them breaks the process, and none is taken for no SPARQL."""
    queries = [_longest_admitted(name) for name in SHAPES.keys() - SLOW]
    ended = subprocess.run(
        [sys.executable, "-c", RUN],
        input="\0".join(queries),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (0, "whole\n"), ended.stderr
