"""The frames between the HTTP process and a worker: an id, a JSON head and a body of bytes."""

from __future__ import annotations

import json
from struct import Struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PREAMBLE", "Head", "head_of", "pack"]

# The id of the request, then the lengths in bytes of head and body.
PREAMBLE: Final = Struct("!QII")

Head = dict[str, object]


def pack(request_id: int, head: Mapping[str, object], body_length: int = 0) -> bytes:
    """Write a frame up to its body, which follows as it is: a large one is not copied.

    >>> PREAMBLE.unpack(pack(7, {"a": 1})[: PREAMBLE.size])
    (7, 8, 0)
    """
    encoded = json.dumps(head).encode()
    return PREAMBLE.pack(request_id, len(encoded), body_length) + encoded


def head_of(encoded: bytes | bytearray) -> Head:
    """Read the head of a frame."""
    head: Head = json.loads(encoded)
    return head
