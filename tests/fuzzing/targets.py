"""All that is fuzzed without a running server."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from federation_targets import FEDERATION_TARGETS
from plain_target import PLAIN_TARGET
from query_targets import QUERY_TARGETS
from reconciliation_target import RECONCILIATION_TARGET
from request_targets import REQUEST_TARGETS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target import Target

__all__ = ["TARGETS"]

TARGETS: Final[Mapping[str, Target]] = MappingProxyType(
    {
        target.name: target
        for target in (
            *QUERY_TARGETS,
            *REQUEST_TARGETS,
            PLAIN_TARGET,
            *FEDERATION_TARGETS,
            RECONCILIATION_TARGET,
        )
    }
)
