"""The SPARQL 1.1 Query Language and its federation's syntax, as the W3C tests them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from manifests import Case

SUITES = ("query", "federation")


def test_query(case: Case, judge: Callable[[Case], None]) -> None:
    """A query has its result; a text that is none is rejected."""
    judge(case)
