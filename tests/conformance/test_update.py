"""The SPARQL 1.1 Update Language, as the W3C tests it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from manifests import Case

SUITES = ("update",)


def test_update(case: Case, judge: Callable[[Case], None]) -> None:
    """An update has its effect on all graphs; a text that is none is rejected."""
    judge(case)
