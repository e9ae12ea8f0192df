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
STORES = ("memory", "disk")
TRUTH = MappingProxyType({"1": True, "true": True, "0": False, "false": False, "": False})

BOUNDS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "port": (0, 65535),
        "query_timeout_s": (0.05, 3600),
        "workers": (1, 256),
        "slow_workers": (1, 256),
        # Below about 100 ms honest aggregates are thrown away and begun again.
        "demotion_threshold_s": (0.01, 60),
        # Below 256 MiB the stack and the allocator's arena leave too little to sort with.
        "worker_memory_bytes": (256 * MIB, 1024 * GIB),
        "max_query_bytes": (256, LONGEST_QUERY),
        "max_query_depth": (8, 1000),
        "max_query_patterns": (8, 100_000),
        "spool_bytes": (KIB, 64 * MIB),
        "max_result_bytes": (KIB, 1024 * GIB),
        "max_page_bytes": (KIB, 16 * MIB),
        "max_queued_queries": (0, 10_000),
        "cache_bytes": (0, 1024 * GIB),
        "snapshot_poll_s": (0.05, 3600),
        "client_processing_s_per_minute": (0, 86_400),
        "client_errors_per_minute": (0, 1_000_000),
        "max_upload_bytes": (KIB, 16 * GIB),
        "commit_timeout_s": (0.05, 3600),
        "shutdown_grace_s": (0, 3600),
    }
)


def _cpu_count() -> int:
    return max(1, os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Settings:
    """Hold what an operator can choose. The unit of each number is in its name.

    `worker_memory_bytes` is what a worker may use beyond the store that it shares with the others.
    `max_page_bytes` bounds a result that is shown as a page; larger ones are for download.
    `max_queued_queries` may wait for a worker; the next one is told to come back.
    A query that others wait behind is demoted after `demotion_threshold_s`, to at most
    `slow_workers` at once. `spool_bytes` of a result are made before its status is sent.
    The two `client_` settings bound what one client may use; 0 stands for no bound.
    Tokens are kept as the sha256 of the token, in hexadecimal; an empty one allows nobody.
    `trusted_proxies` are addresses, with commas between, whose X-Forwarded-For is believed.
    `query_log` is a file, or `-` for standard error; empty: no log.

    >>> Settings(port=0).host
    '127.0.0.1'
    """

    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    trusted_proxies: str = ""
    query_timeout_s: float = 30.0
    workers: int = field(default_factory=_cpu_count)
    slow_workers: int = 2
    demotion_threshold_s: float = 0.1
    worker_memory_bytes: int = GIB
    store: str = "memory"
    max_query_bytes: int = LONGEST_QUERY
    max_query_depth: int = 200
    max_query_patterns: int = 2000
    spool_bytes: int = 256 * KIB
    max_result_bytes: int = 4 * GIB
    max_page_bytes: int = MIB
    max_queued_queries: int = 128
    cache_bytes: int = 64 * MIB
    snapshot_poll_s: float = 1.0
    client_processing_s_per_minute: float = 0
    client_errors_per_minute: int = 0
    query_log: str = ""
    admin_token_sha256: str = ""
    writable: bool = False
    write_token_sha256: str = ""
    commit_dir: str = ""
    commit_timeout_s: float = 60.0
    max_upload_bytes: int = 64 * MIB
    shutdown_grace_s: float = 3.0

    def __post_init__(self) -> None:
        """Check every bound; raises SettingsError at the first that does not hold."""
        for name, (low, high) in BOUNDS.items():
            value = getattr(self, name)
            if not low <= value <= high:
                detail = f"The setting {name} is {value}."
                raise SettingsError(detail, f"Give a value from {low} to {high}.")
        if self.store not in STORES:
            detail = f"The setting store is {self.store!r}."
            raise SettingsError(detail, f"Give one of {', '.join(STORES)}.")

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


def _converted(name: str, text: str, kind: str) -> str | int | float | bool:
    try:
        match kind:
            case "bool":
                return TRUTH[text.strip().lower()]
            case "int":
                return int(text)
            case "float":
                return float(text)
            case _:
                return text
    except (ValueError, KeyError):
        wanted = {"bool": "1 or 0", "int": "a whole number"}.get(kind, "a number")
        detail = f"The variable {PREFIX}{name.upper()} is {text!r}."
        raise SettingsError(detail, f"Give {wanted}, without a unit.") from None
