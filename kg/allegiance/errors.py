"""The errors that the package raises.

AllegianceError
├── UsageError                 the call is wrong: an unknown question, a missing folder
│   ├── QuestionError          a named question or one of its parameters
│   └── QuerySyntaxError       a SPARQL query that does not parse
├── DataError                  the data cannot be read or built; carries its findings
├── EndpointError              an endpoint elsewhere does not answer, even when asked again
└── SnapshotError              a snapshot is missing, broken or not the one that it claims to be

What is wrong with a contribution is no exception but a `finding.Finding`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allegiance.finding import Finding

__all__ = [
    "AllegianceError",
    "DataError",
    "EndpointError",
    "QuerySyntaxError",
    "QuestionError",
    "SnapshotError",
    "UsageError",
]


class AllegianceError(Exception):
    """Be the root of every error that this package raises on purpose."""


class UsageError(AllegianceError):
    """Tell that the call itself is wrong, and what to call instead."""


class QuestionError(UsageError):
    """Tell that a named question, or a value given to it, does not exist or does not fit."""


class QuerySyntaxError(UsageError):
    """Tell where a SPARQL query stops being one."""


class EndpointError(AllegianceError):
    """Tell that an endpoint elsewhere does not answer a query, and what it said."""


class SnapshotError(AllegianceError):
    """Tell that a snapshot cannot be used, and how to make one."""


class DataError(AllegianceError):
    """Tell that data cannot be built, with every finding that stands in the way."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        """Keep the findings; the sentence counts them."""
        self.findings = tuple(findings)
        super().__init__(
            f"{len(self.findings)} findings stand in the way of the build. "
            "Run `allegiance validate` to see each with its line and remedy."
        )
