"""Frames carry the id of their request, a head and the length of a body."""

from __future__ import annotations

from allegiance_server.workers.wire import PREAMBLE, head_of, pack


def test_frame_reads_back() -> None:
    """What is packed is what is read: id, lengths in bytes and head."""
    frame = pack(9, {"query": "é"}, 4)
    request_id, head_length, body_length = PREAMBLE.unpack(frame[: PREAMBLE.size])
    assert (request_id, body_length) == (9, 4)
    assert head_length == len(frame) - PREAMBLE.size
    assert head_of(frame[PREAMBLE.size :]) == {"query": "é"}
