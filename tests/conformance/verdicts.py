"""What comes of a test."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connections import Response

__all__ = ["CallRefusedError", "DiffersError", "Outcome", "Verdict", "expect"]


class Outcome(Enum):
    """Tell what came of a test; REFUSED: the server calls no other server, and says so by 403."""

    PASSED = "passed"
    FAILED = "failed"
    REFUSED = "refused by design"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold the outcome of a test, and why where it did not pass."""

    outcome: Outcome
    reason: str = ""


class DiffersError(Exception):
    """Tell how a response is not the expected one."""


class CallRefusedError(Exception):
    """Tell that the server refused to call another one."""


def expect(holds: bool, otherwise: str, response: Response) -> None:  # noqa: FBT001 - a condition
    """Go on if something holds of a response; raise DiffersError with the response if not."""
    if not holds:
        message = f"{otherwise}: {response.summary}"
        raise DiffersError(message)
