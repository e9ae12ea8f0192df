"""The settings of the server: one frozen value, read from the environment, its bounds checked."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING

from allegiance_server.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Settings"]

PREFIX = "ALLEGIANCE_"

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

# A worker parses on a 64 MB stack, which was measured to bear 64 KiB of the worst nesting.
LONGEST_QUERY = 64 * KIB

BOUNDS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "port": (0, 65535),
        "query_timeout_s": (0.05, 3600),
        "workers": (1, 256),
        # Below 256 MiB the stack and the allocator's arena leave too little to sort with.
        "worker_memory_bytes": (256 * MIB, 1024 * GIB),
        "max_query_bytes": (256, LONGEST_QUERY),
        "max_query_depth": (8, 1000),
        "max_result_bytes": (KIB, 2 * GIB),
        "max_page_bytes": (KIB, 16 * MIB),
        "max_queued_queries": (0, 10_000),
    }
)


def _cpu_count() -> int:
    return max(1, os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Settings:
    """Hold what an operator can choose. Sizes are in bytes, times in seconds.

    `worker_memory_bytes` is what a worker may use beyond the store that it shares with the others.
    `max_page_bytes` bounds a result that is shown as a page; larger ones are for download.
    `max_queued_queries` may wait for a worker; the next one is told to come back.

    >>> Settings(port=0).host
    '127.0.0.1'
    """

    host: str = "127.0.0.1"
    port: int = 8000
    query_timeout_s: float = 30.0
    workers: int = field(default_factory=_cpu_count)
    worker_memory_bytes: int = GIB
    max_query_bytes: int = LONGEST_QUERY
    max_query_depth: int = 200
    max_result_bytes: int = 64 * MIB
    max_page_bytes: int = MIB
    max_queued_queries: int = 128

    def __post_init__(self) -> None:
        """Check every bound; raises SettingsError at the first that does not hold."""
        for name, (low, high) in BOUNDS.items():
            value = getattr(self, name)
            if not low <= value <= high:
                detail = f"The setting {name} is {value}."
                raise SettingsError(detail, f"Give a value from {low} to {high}.")

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read the settings from variables such as ALLEGIANCE_QUERY_TIMEOUT_S.

        Variables of other names are left alone. Raises SettingsError for a value that is no number
        where one belongs, or out of bounds.
        """
        values = {
            each.name: _converted(each.name, environ[PREFIX + each.name.upper()], str(each.type))
            for each in fields(cls)
            if PREFIX + each.name.upper() in environ
        }
        return cls(**values)  # type: ignore[arg-type]  # each value has its field's type


def _converted(name: str, text: str, kind: str) -> str | int | float:
    try:
        match kind:
            case "int":
                return int(text)
            case "float":
                return float(text)
            case _:
                return text
    except ValueError:
        wanted = "a whole number" if kind == "int" else "a number"
        detail = f"The variable {PREFIX}{name.upper()} is {text!r}."
        raise SettingsError(detail, f"Give {wanted}, without a unit.") from None
