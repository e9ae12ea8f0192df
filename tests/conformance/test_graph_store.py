"""The Graph Store Protocol, as the W3C tests it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from manifests import Case

SUITES = ("graph_store_indirect", "graph_store_direct")


def test_graph_store(case: Case, judge: Callable[[Case], None]) -> None:
    """Graphs are read, put, added to and deleted over HTTP as the protocol asks for."""
    judge(case)
