"""A result is sent in frames, encoded and bounded, and a reason can take its place."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from allegiance_server.protocol.media_types import CSV, JSON, RDFXML, XML, Formats
from allegiance_server.workers.inbox import Inbox
from allegiance_server.workers.output import Output, OutputFullError, UnfitTermError
from allegiance_server.workers.tasks import Task
from allegiance_server.workers.wire import (
    BEGUN,
    CHUNK,
    END,
    PROBLEM,
    WHOLE,
    Answer,
    Request,
    pack_go,
)

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from allegiance_server.workers.tasks import Encoding

    Pair = tuple[socket.socket, socket.socket]
    FramesOf = Callable[[socket.socket], list[tuple[Answer, bytes]]]
    Decoded = Callable[[bytes, str], bytes]
    FrameOf = Callable[[socket.socket], tuple[Answer, bytes]]

SPOOL = 4096
LINE = b"0123456789abcde\n"


def output_to(
    connection: socket.socket,
    media_type: str = CSV,
    encoding: Encoding = "identity",
    max_bytes: int = 10**9,
) -> Output:
    """Open an output for the request 5, which wants its rows counted."""
    task = Task("query", "", Formats(CSV, None), encoding=encoding, counts_rows=True)
    output = Output(connection, Request(5, task), SPOOL, max_bytes, Inbox(connection).await_go)
    output.open(media_type)
    return output


@pytest.mark.parametrize("encoding", ["identity", "gzip", "zstd"])
def test_small_result_is_one_frame_as_it_is(
    pair: Pair, frames_of: FramesOf, encoding: Encoding
) -> None:
    """What fits into a packet is not encoded, whatever the client prefers."""
    ours, theirs = pair
    output = output_to(theirs, encoding=encoding)
    output.write(b"x\r\n1\r\n")
    output.close()
    [(answer, body)] = frames_of(ours)
    assert answer == Answer(5, WHOLE, CSV, "identity", 1, 6)
    assert body == b"x\r\n1\r\n"


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_larger_result_is_encoded_from_its_first_byte(
    pair: Pair, frames_of: FramesOf, decoded: Decoded, encoding: Encoding
) -> None:
    """What is larger than a packet is encoded, and decodes to what was written."""
    ours, theirs = pair
    output = output_to(theirs, encoding=encoding)
    for _ in range(200):
        output.write(LINE)
    output.close()
    [(answer, body)] = frames_of(ours)
    assert (answer.kind, answer.encoding, answer.rows) == (WHOLE, encoding, 199)
    assert len(body) < 1000
    assert decoded(body, encoding) == LINE * 200


@pytest.mark.parametrize("encoding", ["identity", "gzip", "zstd"])
def test_result_beyond_the_spool_is_sent_in_parts(
    pair: Pair, frames_of: FramesOf, decoded: Decoded, encoding: Encoding
) -> None:
    """It begins with one part, ends with one that has the count, and is all there in between."""
    ours, theirs = pair
    ours.sendall(pack_go(5))
    output = output_to(theirs, encoding=encoding)
    lines = b"".join(b"%x\n" % (number**7 % 2**64) for number in range(80_000))
    with ThreadPoolExecutor() as threads:
        reading = threads.submit(frames_of, ours)
        for start in range(0, len(lines), 1000):
            output.write(lines[start : start + 1000])
        output.close()
        frames = reading.result()
    kinds = [answer.kind for answer, _ in frames]
    assert kinds[0] == BEGUN
    assert kinds[-1] == END
    assert set(kinds[1:-1]) == {CHUNK}
    assert [answer.rows for answer, _ in frames] == [-1] * (len(frames) - 1) + [79_999]
    assert {answer.encoding for answer, _ in frames} == {encoding}
    assert decoded(b"".join(body for _, body in frames), encoding) == lines


def test_nothing_is_sent_before_the_spool_is_full(pair: Pair) -> None:
    """So long an error can still take the place of the result."""
    ours, theirs = pair
    output = output_to(theirs)
    output.write(b"x" * (SPOOL - 1))
    output.flush()
    ours.setblocking(False)  # noqa: FBT003 - the name says it
    with pytest.raises(BlockingIOError):
        ours.recv(1)


def test_leave_for_another_request_ends_the_connection(pair: Pair, frame_of: FrameOf) -> None:
    """A worker that is told to go on with what it does not do is out of step: it gives up."""
    ours, theirs = pair
    ours.sendall(pack_go(4))
    with pytest.raises(EOFError, match="request 4, not 5"):
        output_to(theirs).write(b"x" * SPOOL)
    assert frame_of(ours)[0].kind == BEGUN


@pytest.mark.parametrize("written", [SPOOL - 2, SPOOL + 1])
def test_reason_takes_the_place_of_what_is_not_sent(
    pair: Pair, frames_of: FramesOf, written: int
) -> None:
    """A failure is the last frame, and nothing of what was kept back comes with it."""
    ours, theirs = pair
    ours.sendall(pack_go(5))
    output = output_to(theirs)
    output.write(b"x" * written)
    output.write(b"y")
    output.fail(b"reason")
    frames = frames_of(ours)
    assert (frames[-1][0].kind, frames[-1][1]) == (PROBLEM, b"reason")
    assert b"y" not in b"".join(body for _, body in frames[:-1])


def test_bound_is_exact(pair: Pair) -> None:
    """As many bytes as are allowed pass, one more does not."""
    _, theirs = pair
    output = output_to(theirs, max_bytes=10)
    output.write(b"x" * 10)
    with pytest.raises(OutputFullError):
        output.write(b"x")


@pytest.mark.parametrize("media_type", [XML, RDFXML, "text/xml"])
@pytest.mark.parametrize(
    ("unfit", "reason"),
    [
        ("\x01", r"U\+0001"),
        ("\ufffe", r"U\+FFFE"),
        ("<oxprefix: xmlns", "predicate"),
        ("<oxprefix:/>", "predicate"),
    ],
)
def test_what_no_xml_can_hold_is_found_across_parts(
    pair: Pair, media_type: str, unfit: str, reason: str
) -> None:
    """A term that would make the document unreadable stops it, wherever the parts are cut."""
    _, theirs = pair
    whole = f"<a>{unfit}</a>".encode()
    for place in range(len(whole) + 1):
        output = output_to(theirs, media_type)
        with pytest.raises(UnfitTermError, match=reason):
            [output.write(part) for part in (whole[:place], whole[place:])]


def test_fit_text_passes_in_xml_and_all_text_elsewhere(pair: Pair) -> None:
    """Neither a text about such an element nor a far character is refused, nor anything in JSON."""
    _, theirs = pair
    output_to(theirs, XML).write("<a>oxprefix: &lt;oxprefix: \t\r\n \uffef é 😀</a>".encode())
    output_to(theirs, JSON).write(b'"\x7f<oxprefix: "')
