"""The cache gives back what was kept, in the encoding that is asked for, within its bytes."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import pytest
import zstandard

from allegiance_server.web.cache import LARGEST_PART, OVERHEAD_BYTES, Entry, ResultCache, head_of

if TYPE_CHECKING:
    from allegiance_server.web.cache import Key
    from allegiance_server.workers.tasks import Encoding

BODY = b"name\r\n" + b"Iran\r\n" * 1000
ROOMY = 1024 * 1024


def key(query: str, snapshot: str = "one") -> Key:
    """Make the key of a query."""
    return (snapshot, "text/csv", None, (), (), query)


def entry(body: bytes = BODY, encoding: Encoding = "identity") -> Entry:
    """Make an entry with the length in its headers."""
    length = str(len(body)).encode()
    headers = ((b"content-type", b"text/csv"), (b"etag", b'W/"a"'), (b"content-length", length))
    return Entry(body, "text/csv", encoding, headers)


def test_what_is_kept_is_found_by_all_of_its_key() -> None:
    """A result is found by the same key, and by no other one."""
    cache = ResultCache(ROOMY)
    kept = entry()
    cache.keep(key("ASK {}"), kept)
    assert cache.find(key("ASK {}"), "identity") is kept
    others = [
        key("ASK { }"),
        key("ASK {}", "two"),
        ("one", None, "text/csv", (), (), "ASK {}"),
        ("one", "text/csv", None, ("g",), (), "ASK {}"),
        ("one", "text/csv", None, (), ("g",), "ASK {}"),
    ]
    assert [cache.find(other, "identity") for other in others] == [None] * 5
    assert (cache.hits, cache.misses) == (1, 5)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_kept_result_is_encoded_when_it_is_wanted_so(encoding: Encoding) -> None:
    """What was kept as it is can be had encoded, with the headers of that, and is kept so, too."""
    cache = ResultCache(ROOMY)
    cache.keep(key("a"), entry())
    found = cache.find(key("a"), encoding)
    assert found is not None
    unpacked = (
        zlib.decompress(found.body, 16 + zlib.MAX_WBITS)
        if encoding == "gzip"
        else zstandard.ZstdDecompressor().decompress(found.body)
    )
    assert unpacked == BODY
    assert dict(found.headers) == {
        b"content-type": b"text/csv",
        b"etag": b'W/"a"',
        b"content-length": str(len(found.body)).encode(),
        b"content-encoding": encoding.encode(),
    }
    assert found.head == head_of(found.headers)
    assert cache.find(key("a"), encoding) is found
    assert cache.entry_count == 2


def test_small_results_are_not_encoded() -> None:
    """What fits into one packet is given as it is to whoever asks."""
    cache = ResultCache(ROOMY)
    small = entry(b"x" * 1000)
    cache.keep(key("a"), small)
    assert cache.find(key("a"), "gzip") is small


def test_what_takes_long_to_encode_is_left_to_the_workers() -> None:
    """A large result is not encoded here, and what was encoded is not taken apart."""
    cache = ResultCache(16 * ROOMY)
    cache.keep(key("a"), entry(b"x" * (256 * 1024 + 1)))
    assert cache.find(key("a"), "gzip") is None
    cache.keep(key("b"), entry(BODY, "gzip"))
    assert cache.find(key("b"), "identity") is None
    assert cache.find(key("b"), "zstd") is None


def test_what_was_used_least_recently_goes_first() -> None:
    """Where there is no more room, the result goes that nobody has asked for since."""
    size = ROOMY // LARGEST_PART - OVERHEAD_BYTES
    cache = ResultCache(ROOMY)
    for number in range(LARGEST_PART):
        cache.keep(key(str(number)), entry(b"x" * size))
    assert cache.find(key("0"), "identity") is not None
    cache.keep(key("new"), entry(b"x" * size))
    assert cache.find(key("1"), "identity") is None
    assert cache.find(key("0"), "identity") is not None
    assert cache.entry_count == LARGEST_PART
    assert cache.byte_count <= ROOMY


def test_one_result_takes_no_more_than_its_part() -> None:
    """A result that would push out too many others is not kept."""
    cache = ResultCache(ROOMY)
    cache.keep(key("a"), entry(b"x" * (cache.largest_bytes + 1)))
    assert cache.entry_count == 0
    cache.keep(key("a"), entry(b"x" * cache.largest_bytes))
    assert cache.entry_count == 1


def test_without_room_nothing_is_kept() -> None:
    """A cache of no bytes is off, and harms nobody who uses it all the same."""
    cache = ResultCache(0)
    cache.keep(key("a"), entry(b""))
    assert not cache.is_on
    assert cache.find(key("a"), "identity") is None
    assert ResultCache(ROOMY).is_on
