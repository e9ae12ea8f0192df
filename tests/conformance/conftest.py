"""Fixtures: one server for all tests of a worker, and a judge of its answers.

The suites are those of the W3C, which are no part of the project: where they are not held, every
test is skipped with that reason. `ALLEGIANCE_CONFORMANCE_SERVER` puts another server in the place
of ours, such as `oxigraph`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# The modules beside this one are also a program's, report.py: it finds them in the same way.
sys.path.append(str(Path(__file__).parent))

from connections import Connection
from expected_exceptions import EXPECTED_EXCEPTIONS
from peers import SERVERS
from runner import run
from suites import absence, cases
from verdicts import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from manifests import Case

SERVER = os.environ.get("ALLEGIANCE_CONFORMANCE_SERVER", "allegiance")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each test that takes a `case` all those of the suites that its module names."""
    if "case" not in metafunc.fixturenames:
        return
    reason = absence()
    if reason is None:
        found = [case for name in metafunc.module.SUITES for case in cases(name)]
        metafunc.parametrize("case", found, ids=lambda case: case.name)
    else:
        absent = pytest.param(None, marks=pytest.mark.skip(reason=reason), id="absent")
        metafunc.parametrize("case", [absent])


@pytest.fixture(scope="session")
def connection() -> Iterator[Connection]:
    """Start the server under test; give a connection to it."""
    with SERVERS[SERVER]() as endpoint, Connection(endpoint) as opened:
        yield opened


@pytest.fixture
def judge(connection: Connection) -> Callable[[Case], None]:
    """Give a function that runs a test and compares its outcome with the expected one."""

    def decide(case: Case) -> None:
        verdict = run(case, connection)
        reason = EXPECTED_EXCEPTIONS[SERVER].get(case.name)
        if reason is None:
            assert verdict.outcome is Outcome.PASSED, verdict.reason
        elif verdict.outcome is Outcome.PASSED:
            pytest.fail(f"{case.name} passes: take it from EXPECTED_EXCEPTIONS.")
        else:
            pytest.xfail(reason)

    return decide
