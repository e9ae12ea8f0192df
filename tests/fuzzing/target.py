"""One thing to fuzz: a function of bytes, where to begin, and what to write into the bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FindingError", "Target", "require"]


class FindingError(Exception):
    """Tell that the code under test broke a rule without an exception of its own."""


@dataclass(frozen=True, slots=True)
class Target:
    """Hold a function that raises for what it finds; anything else may be read from any bytes.

    `words` are pieces that a fuzzer would take long to hit upon. `max_bytes` bounds an input.
    """

    name: str
    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]
    words: tuple[str, ...]
    max_bytes: int = 1024


def require(rule: bool, *told: object) -> None:  # noqa: FBT001 - it reads as assert does
    """Raise FindingError with what is told unless a rule is kept; python -O leaves it in place."""
    if not rule:
        raise FindingError(*told)
