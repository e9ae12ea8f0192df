"""What the writer is asked to change, and what comes of it: values that both sides share.

A frame between the HTTP process and the writer is an id, the lengths of its two parts, a JSON head
and a body of bytes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from struct import Struct
from typing import TYPE_CHECKING, Final, Literal

from allegiance_server.protocol.graph_store import Upload

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "PREAMBLE",
    "Change",
    "ChangeKind",
    "Head",
    "Outcome",
    "WriterPlan",
    "head_of",
    "pack",
    "pack_change",
    "unpack_change",
]

# The id of the request, then the lengths in bytes of head and body.
PREAMBLE: Final = Struct("!QII")

ChangeKind = Literal["update", "put", "post", "delete"]
Head = dict[str, object]


class Outcome(StrEnum):
    """Tell how a change ended; READY and UNUSABLE are for the start of the writer."""

    READY = "ready"
    UNUSABLE = "unusable"
    COMMITTED = "committed"
    UNCHANGED = "unchanged"
    UPDATE_NOT_PARSED = "update-not-parsed"
    UPLOAD_NOT_PARSED = "upload-not-parsed"
    NOT_EVALUABLE = "not-evaluable"
    NO_GRAPH = "no-graph"
    REFUSED = "refused"
    FULL = "full"
    NOT_KEPT = "not-kept"


@dataclass(frozen=True, slots=True)
class WriterPlan:
    """Hold what the writer is started with, in a form that travels as JSON.

    `name` is that of the snapshot whose N-Quads are at `nquads`; `shapes` is the folder of the
    shapes that a change has to satisfy, empty for none. `base_iri` is what relative IRIs are read
    against where a change names none.
    """

    name: str
    nquads: str
    commit_dir: str
    shapes: str
    prefixes: Mapping[str, str]
    base_iri: str
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Change:
    """Hold what is to change: by SPARQL Update, or one graph as the Graph Store Protocol says.

    `text` is the update. `graph` is the IRI of a graph, or nothing for the default graph; `put`
    replaces what it holds by the uploads, `post` adds them, `delete` removes it. `base_iri` is what
    relative IRIs are read against; nothing: the server's own.
    """

    kind: ChangeKind
    text: str = ""
    graph: str = ""
    uploads: tuple[Upload, ...] = ()
    base_iri: str = ""


def pack(request_id: int, head: Mapping[str, object], body_length: int = 0) -> bytes:
    """Write a frame up to its body, which follows as it is: a large one is not copied.

    >>> PREAMBLE.unpack(pack(7, {"a": 1})[: PREAMBLE.size])
    (7, 8, 0)
    """
    encoded = json.dumps(head).encode()
    return PREAMBLE.pack(request_id, len(encoded), body_length) + encoded


def head_of(encoded: bytes) -> Head:
    """Read the head of a frame."""
    head: Head = json.loads(encoded)
    return head


def pack_change(request_id: int, request: str, change: Change) -> tuple[bytes, ...]:
    """Write a change as the parts of one frame; `request` is the id that its commit will carry."""
    text = change.text.encode()
    head = {
        "request": request,
        "kind": change.kind,
        "graph": change.graph,
        "base_iri": change.base_iri,
        "text": len(text),
        "uploads": [[each.media_type, len(each.body)] for each in change.uploads],
    }
    length = len(text) + sum(len(each.body) for each in change.uploads)
    return (pack(request_id, head, length), text, *(each.body for each in change.uploads))


def unpack_change(head: bytes, body: bytes) -> tuple[str, Change]:
    """Read what `pack_change` wrote; return the id of the request and the change.

    >>> change = Change("put", graph="http://e.org/g", uploads=(Upload("text/turtle", b"<> a <>"),))
    >>> frame = b"".join(pack_change(1, "r", change))
    >>> _, length, _ = PREAMBLE.unpack(frame[: PREAMBLE.size])
    >>> end = PREAMBLE.size + length
    >>> unpack_change(frame[PREAMBLE.size : end], frame[end:]) == ("r", change)
    True
    """
    told = json.loads(head)
    position: int = told["text"]
    text = body[:position].decode()
    uploads = []
    for media_type, length in told["uploads"]:
        uploads.append(Upload(media_type, body[position : position + length]))
        position += length
    change = Change(told["kind"], text, told["graph"], tuple(uploads), told["base_iri"])
    return told["request"], change
