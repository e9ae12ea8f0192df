"""The settings of the server: one frozen value, read from the environment, its bounds checked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from allegiance_server.endpoints import read_endpoints
from allegiance_server.errors import SettingsError
from allegiance_server.processors import usable_processors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allegiance_server.endpoints import Endpoint

__all__ = ["EXPLANATIONS", "PREFIX", "Network", "Settings"]

Network = IPv4Network | IPv6Network
Value = str | int | float | bool

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
        "federation_timeout_s": (0.05, 3600),
        "federation_max_rows": (1, 100_000),
        # Wikidata and others refuse requests much larger than this many IRIs make.
        "federation_batch": (1, 1000),
    }
)


# What each setting is for, with its unit, in the groups in which the help shows them.
EXPLANATIONS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "Address": {
            "host": "Address to listen on.",
            "port": "Port; 0: any that is free.",
            "public_url": "Address under which the world sees this server, "
            "as https://kg.example.org; empty: as each request says.",
            "trusted_proxies": "Addresses or networks, with commas between, "
            "whose X-Forwarded headers are believed.",
        },
        "Queries": {
            "query_timeout_s": "Seconds after which a query is stopped.",
            "max_query_bytes": "Bytes of the longest query.",
            "max_query_depth": "Levels of brackets in a query.",
            "max_query_patterns": "Patterns in a query.",
            "max_queued_queries": "Queries that may wait for a worker; "
            "the next one is told to come back.",
        },
        "Results": {
            "spool_bytes": "Bytes of a result that are made before its status is sent.",
            "max_result_bytes": "Bytes of the largest result.",
            "max_page_bytes": "Bytes of the largest result that is shown as a page.",
            "cache_bytes": "Bytes of results that are kept to be given again; 0: none.",
        },
        "Workers": {
            "workers": "Processes that answer queries.",
            "slow_workers": "Processes at most that answer queries that take long.",
            "demotion_threshold_s": "Seconds after which a query is one that takes long, "
            "if others wait.",
            "worker_memory_bytes": "Bytes that a worker may use beyond the graph, "
            "which all of them share.",
            "shutdown_grace_s": "Seconds that running queries are given when the server ends.",
        },
        "Graph": {
            "store": "Where the graph is kept: memory or disk.",
            "snapshot_poll_s": "Seconds between two looks for a new snapshot.",
        },
        "Clients": {
            "client_processing_s_per_minute": "Seconds of processing that one client "
            "may use in a minute; 0: no bound.",
            "client_errors_per_minute": "Failed queries that one client may send in a minute; "
            "0: no bound.",
        },
        "Federation": {
            "federation_endpoints": "Endpoints that SERVICE may call, as name=address "
            "with commas between; empty: none.",
            "federation_contact": "E-mail address or page that is told to these endpoints; "
            "they need it.",
            "federation_timeout_s": "Seconds after which a request to an endpoint is given up.",
            "federation_max_rows": "Rows at most that a SERVICE clause takes or gives.",
            "federation_batch": "Bindings that are sent with one request.",
        },
        "Operation": {
            "query_log": "File with a line of JSON for each query; -: standard error; empty: none.",
            "admin_token_sha256": "Hash of the token that lists and stops queries "
            "(see `allegiance token`); empty: nobody may.",
        },
        "Writing": {
            "writable": "Take updates from whoever has the token.",
            "write_token_sha256": "Hash of the token that writes (see `allegiance token`).",
            "commit_dir": "Folder where commits are kept.",
            "commit_timeout_s": "Seconds after which a commit is given up.",
            "max_upload_bytes": "Bytes of the largest upload.",
        },
        "Reconciliation": {
            "decisions_file": "File to which decisions about links are appended, for review; "
            "empty: none are taken.",
            "decisions_token_sha256": "Hash of the token that sends and lists decisions "
            "(see `allegiance token`); empty: nobody may.",
        },
    }
)
SHA256: Final = re.compile(r"[0-9a-fA-F]{64}")


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
    `federation_endpoints` are what SERVICE may call, as name=address with commas between.

    >>> Settings(port=0).host
    '127.0.0.1'
    """

    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    trusted_proxies: str = ""
    query_timeout_s: float = 30.0
    workers: int = field(default_factory=usable_processors)
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
    decisions_file: str = ""
    decisions_token_sha256: str = ""
    shutdown_grace_s: float = 3.0
    federation_endpoints: str = ""
    federation_contact: str = ""
    federation_timeout_s: float = 20.0
    federation_max_rows: int = 10_000
    federation_batch: int = 100

    def __post_init__(self) -> None:
        """Check every bound, and what only works together; raises SettingsError at the first."""
        for name, (low, high) in BOUNDS.items():
            value = getattr(self, name)
            if not low <= value <= high:
                detail = f"The setting {name} is {value}."
                raise SettingsError(detail, f"Give a value from {low} to {high}.")
        if self.store not in STORES:
            detail = f"The setting store is {self.store!r}."
            raise SettingsError(detail, f"Give one of {', '.join(STORES)}.")
        self._check_tokens()
        self._check_addresses()
        self._check_writing()
        self._check_federation()

    @property
    def trusted_networks(self) -> tuple[Network, ...]:
        """Return `trusted_proxies` as networks; an address is a network of one."""
        named = (part.strip() for part in self.trusted_proxies.split(","))
        return tuple(ip_network(each, strict=False) for each in named if each)

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Return `federation_endpoints` one by one."""
        return read_endpoints(self.federation_endpoints)

    @classmethod
    def from_env(
        cls, environ: Mapping[str, str], chosen: Mapping[str, Value] = MappingProxyType({})
    ) -> Settings:
        """Read the settings from variables such as ALLEGIANCE_QUERY_TIMEOUT_S.

        What was `chosen`, by a flag, wins over the variable. Variables of other names are left
        alone. Raises SettingsError for a value that is no number where one belongs, or out of
        bounds.
        """
        values = {
            each.name: _converted(each.name, environ[PREFIX + each.name.upper()], str(each.type))
            for each in fields(cls)
            if each.name not in chosen and PREFIX + each.name.upper() in environ
        }
        return cls(**values, **chosen)  # type: ignore[arg-type]  # each has its field's type

    def _check_tokens(self) -> None:
        for name in ("admin_token_sha256", "write_token_sha256", "decisions_token_sha256"):
            value = getattr(self, name)
            if value and not SHA256.fullmatch(value):
                # What stands there may be the token itself: it is not shown.
                detail = f"The setting {name} is no sha256, which has 64 hexadecimal digits."
                raise SettingsError(detail, "Give the hash that `allegiance token` prints.")

    def _check_addresses(self) -> None:
        try:
            _ = self.trusted_networks
        except ValueError as error:
            detail = f"The setting trusted_proxies is {self.trusted_proxies!r}: {error}."
            remedy = "Give addresses or networks, as 10.0.0.2,192.168.0.0/24."
            raise SettingsError(detail, remedy) from None
        if self.public_url and not _is_base(self.public_url):
            detail = f"The setting public_url is {self.public_url!r}."
            raise SettingsError(detail, "Give an address such as https://kg.example.org.")

    def _check_writing(self) -> None:
        if not self.writable:
            return
        for name, remedy in (
            ("write_token_sha256", "Give the hash that `allegiance token` prints."),
            ("commit_dir", "Name a folder where commits are to be kept."),
        ):
            if not getattr(self, name):
                detail = f"The server is to be writable without {name}."
                raise SettingsError(detail, remedy)

    def _check_federation(self) -> None:
        if not self.endpoints:
            return
        # Imported here: the HTTP client takes a while, and every command reads the settings.
        from allegiance.polite_client import is_contact  # noqa: PLC0415

        if not is_contact(self.federation_contact):
            detail = "The server is to call other endpoints without federation_contact."
            remedy = "Give an e-mail address or the address of a page: who is asked wants it."
            raise SettingsError(detail, remedy)


def _is_base(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_web = parts.scheme in ("http", "https") and bool(parts.netloc)
    return is_web and not parts.query and not parts.fragment and url.isprintable()


def _converted(name: str, text: str, kind: str) -> Value:
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
