"""The SPARQL 1.1 Protocol, as the W3C tests it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from manifests import Case

SUITES = ("protocol",)


def test_protocol(case: Case, judge: Callable[[Case], None]) -> None:
    """Each request has the status, the format and the answer that the protocol asks for."""
    judge(case)
