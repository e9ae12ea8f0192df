"""SPARQL 1.2, as the W3C tests it: triple terms, directions of text, versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from manifests import Case

SUITES = ("sparql12",)


def test_sparql12(case: Case, judge: Callable[[Case], None]) -> None:
    """A query of SPARQL 1.2 has its result; a text that is none is rejected."""
    judge(case)
