"""The formats of SPARQL 1.1 results, as the W3C tests them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from manifests import Case

SUITES = ("results",)


def test_results(case: Case, judge: Callable[[Case], None]) -> None:
    """Results in JSON, CSV and TSV say what the expected files say."""
    judge(case)
