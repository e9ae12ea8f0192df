"""Findings that the tests of several forms share."""

from __future__ import annotations

import pytest

from allegiance.finding import Finding, Place, Severity
from allegiance.reports import Sources


@pytest.fixture
def violation() -> Finding:
    """Return a violation in the tenth line of b.yaml."""
    return Finding(Place("b.yaml", 10, 2), "names/unknown", "There is no actor 'x'.", "Add it.")


@pytest.fixture
def warning() -> Finding:
    """Return a warning in the ninth line of a.yaml."""
    place = Place("a.yaml", 9, 30)
    return Finding(place, "syntax/tab", "A tab.", "Use spaces.", Severity.WARNING)


@pytest.fixture
def no_sources() -> Sources:
    """Return sources in which no line can be shown."""
    return Sources(None)
