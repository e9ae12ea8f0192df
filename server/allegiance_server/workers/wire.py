"""The frames between the HTTP process and a worker: fixed preambles, then text or bytes.

Every frame carries the id of its request, and both sides compare it: without it one lost frame
would hand each client the answer of the one before.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from struct import Struct
from typing import TYPE_CHECKING, Final, get_args

from allegiance_server.protocol.media_types import GRAPHS, JSON, SOLUTIONS, Formats
from allegiance_server.workers.tasks import Encoding, Kind, Task

if TYPE_CHECKING:
    from typing import Literal

__all__ = [
    "ANSWER",
    "BEGUN",
    "CHUNK",
    "END",
    "PROBLEM",
    "REQUEST",
    "WHOLE",
    "Answer",
    "Request",
    "is_go",
    "pack_answer",
    "pack_go",
    "pack_request",
    "unpack_request",
]

# id; kind, media types for solutions and for a graph, encoding, whether rows are counted; the bound
# in bytes (0: none of its own); the lengths in bytes of the graphs (as JSON) and of the text.
REQUEST: Final = Struct("!QBBBBBQII")
# id; kind of frame, media type, encoding; rows (-1: not counted); the length in bytes of the body.
ANSWER: Final = Struct("!QBBBqI")
# The kinds of frame that a worker sends: a whole result; the first part of one that waits for GO;
# more of it; its end; or, in place of any of these, the reason why there is no more.
WHOLE, BEGUN, CHUNK, END, PROBLEM = range(5)

_MEDIA_TYPES: Final = tuple(dict.fromkeys((*SOLUTIONS, *GRAPHS, JSON)))
_MEDIA_NUMBERS: Final = {media_type: number for number, media_type in enumerate(_MEDIA_TYPES)}
_NO_MEDIA_TYPE: Final = 255
# In place of a kind of task: leave to send the rest of the result of that request.
_GO: Final = 255
_KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_KIND_NUMBERS: Final = {kind: number for number, kind in enumerate(_KINDS)}
_ENCODINGS: Final[tuple[Encoding, ...]] = get_args(Encoding)
_ENCODING_NUMBERS: Final = {encoding: number for number, encoding in enumerate(_ENCODINGS)}


@dataclass(frozen=True, slots=True)
class Request:
    """Hold a task as a worker reads it."""

    id: int
    task: Task


# Not frozen: it is made for each query, and would take three times as long.
@dataclass(slots=True)
class Answer:
    """Hold the preamble of a frame from a worker; `rows` is -1 where they were not counted."""

    id: int
    kind: Literal[0, 1, 2, 3, 4]
    media_type: str
    encoding: Encoding
    rows: int
    length: int

    @classmethod
    def unpack(cls, preamble: bytes | bytearray | memoryview) -> Answer:
        """Read a preamble; raises ValueError where a worker writes what no worker would."""
        request_id, kind, media_type, encoding, rows, length = ANSWER.unpack(preamble)
        if kind > PROBLEM or media_type >= len(_MEDIA_TYPES) or encoding >= len(_ENCODINGS):
            message = "A worker sent a frame that means nothing."
            raise ValueError(message)
        return cls(request_id, kind, _MEDIA_TYPES[media_type], _ENCODINGS[encoding], rows, length)


def pack_request(request_id: int, task: Task) -> bytes:
    """Write a task as one frame."""
    text = task.text.encode()
    graphs = b""
    if task.default_graphs or task.named_graphs:
        graphs = json.dumps([task.default_graphs, task.named_graphs]).encode()
    preamble = REQUEST.pack(
        request_id,
        _KIND_NUMBERS[task.kind],
        _number(task.formats.solutions),
        _number(task.formats.graph),
        _ENCODING_NUMBERS[task.encoding],
        task.counts_rows,
        task.max_bytes or 0,
        len(graphs),
        len(text),
    )
    return preamble + graphs + text


def pack_go(request_id: int) -> bytes:
    """Write leave to send the rest of a result.

    >>> is_go(pack_go(7))
    True
    """
    return REQUEST.pack(request_id, _GO, _NO_MEDIA_TYPE, _NO_MEDIA_TYPE, 0, 0, 0, 0, 0)


def is_go(preamble: bytes) -> bool:
    """Tell whether a frame is leave to go on, and no request."""
    return preamble[8] == _GO


def unpack_request(
    preamble: bytes | bytearray, graphs: bytes | bytearray, text: bytes | bytearray
) -> Request:
    """Read a frame that `pack_request` wrote.

    >>> task = Task("query", "ASK {}", Formats(JSON, None), named_graphs=("http://e.org/g",))
    >>> frame = pack_request(7, task)
    >>> unpack_request(frame[:REQUEST.size], frame[REQUEST.size:-6], frame[-6:]).task == task
    True
    """
    fields = REQUEST.unpack(preamble)
    request_id, kind, solutions, graph, encoding, counts_rows, max_bytes = fields[:7]
    default, named = json.loads(graphs) if graphs else ((), ())
    task = Task(
        _KINDS[kind],
        text.decode(),
        Formats(_media_type(solutions), _media_type(graph)),
        tuple(default),
        tuple(named),
        _ENCODINGS[encoding],
        bool(counts_rows),
        max_bytes or None,
    )
    return Request(request_id, task)


def pack_answer(
    request_id: int, kind: int, media_type: str, encoding: Encoding, rows: int, length: int
) -> bytes:
    """Write a preamble; the body follows as it is: a large one is not copied.

    >>> Answer.unpack(pack_answer(7, WHOLE, JSON, "gzip", -1, 20)).length
    20
    """
    return ANSWER.pack(
        request_id, kind, _MEDIA_NUMBERS[media_type], _ENCODING_NUMBERS[encoding], rows, length
    )


def _number(media_type: str | None) -> int:
    return _NO_MEDIA_TYPE if media_type is None else _MEDIA_NUMBERS[media_type]


def _media_type(number: int) -> str | None:
    return None if number == _NO_MEDIA_TYPE else _MEDIA_TYPES[number]
