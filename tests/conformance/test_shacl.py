"""SHACL, as the W3C tests it: by pySHACL alone, and by our check of all and of given nodes."""

from __future__ import annotations

import pytest
from shape_cases import SHAPE_SUITES, ShapeCase, absence, shape_cases
from shape_runs import EXPECTED_SHAPE_EXCEPTIONS, SHAPE_RUNS, difference

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # pySHACL and rdflib warn of the traps of the suite
]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each way to run a test all tests of the suite, or one that is skipped with a reason."""
    if "shape_case" not in metafunc.fixturenames:
        return
    reason = absence()
    found = [case for suite in SHAPE_SUITES for case in shape_cases(suite)]
    if reason is None:
        metafunc.parametrize("shape_case", found, ids=lambda case: case.name)
    else:
        absent = pytest.param(None, marks=pytest.mark.skip(reason=reason), id="absent")
        metafunc.parametrize("shape_case", [absent])


@pytest.mark.parametrize("way", SHAPE_RUNS)
def test_shacl(way: str, shape_case: ShapeCase) -> None:
    """A report says whether all conforms, and has the results that the W3C expects of it."""
    found = difference(shape_case, SHAPE_RUNS[way])
    reason = EXPECTED_SHAPE_EXCEPTIONS[way].get(shape_case.name)

    if reason is None:
        assert found is None
    elif found is None:
        pytest.fail(f"{shape_case.name} passes: take it from EXPECTED_SHAPE_EXCEPTIONS.")
    else:
        pytest.xfail(reason)


@pytest.mark.skipif(absence() is not None, reason=str(absence()))
def test_the_suite_is_whole() -> None:
    """The suite is read to its end: as many tests as its folders hold, and none of them twice."""
    names = [case.name for suite in SHAPE_SUITES for case in shape_cases(suite)]

    assert len(set(names)) == len(names) == 98 + 22
