"""What is known of other servers: the runner has to find it, neither more nor less."""

from __future__ import annotations

import pytest
from connections import Connection
from expected_exceptions import EXPECTED_EXCEPTIONS
from peers import oxigraph, rdflib_endpoint
from runner import run
from suites import SUITES, absence, cases
from verdicts import Outcome

pytestmark = pytest.mark.skipif(absence() is not None, reason=absence() or "")


def test_every_exception_is_of_a_test() -> None:
    """Each exception names a test of the suites."""
    known = {case.name for suite in SUITES for case in cases(suite.name)}

    assert [
        name for each in EXPECTED_EXCEPTIONS.values() for name in each if name not in known
    ] == []


def test_the_suites_are_whole() -> None:
    """As many tests are read as the manifests list."""
    assert {suite.name: len(cases(suite.name)) for suite in SUITES} == {
        "protocol": 34,
        "graph_store_indirect": 9,
        "graph_store_direct": 4,
        "query": 328,
        "update": 157,
        "results": 10,
        "federation": 3,
        "sparql12": 269,
    }


def test_oxigraph_fails_where_it_is_known_to() -> None:
    """The native server of Oxigraph passes all tests but those that are listed for it."""
    with oxigraph() as endpoint, Connection(endpoint) as connection:
        failed = {
            case.name
            for suite in SUITES
            for case in cases(suite.name)
            if run(case, connection).outcome is not Outcome.PASSED
        }

    assert failed == set(EXPECTED_EXCEPTIONS["oxigraph"])


def test_rdflib_endpoint_fails_where_it_is_known_to() -> None:
    """rdflib-endpoint 0.6.3 passes 15 of the 34 tests of the protocol, and misses bad requests."""
    with rdflib_endpoint() as endpoint, Connection(endpoint) as connection:
        passed = {
            case.name.partition("#")[2]
            for case in cases("protocol")
            if run(case, connection).outcome is Outcome.PASSED
        }

    assert len(passed) == 15
    assert "query_get" in passed
    assert "bad_multiple_queries" not in passed
