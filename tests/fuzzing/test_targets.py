"""Every target of the fuzzers stays alive: it takes its seeds and what is near them.

The fuzzers themselves run by `make fuzz`.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plain_target import START, Library, run_plain
from target import FindingError
from targets import TARGETS

from allegiance_server.web import plain_requests


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_break_no_rule(name: str) -> None:
    """What each target begins with is read, or refused by an error that says why."""
    for seed in TARGETS[name].seeds:
        TARGETS[name].run(seed)


@pytest.mark.parametrize("name", TARGETS)
def test_no_bytes_break_a_rule(name: str) -> None:
    """Two hundred texts of the target's own words, and of any bytes, are read or refused."""
    target = TARGETS[name]
    piece = st.sampled_from([word.encode() for word in target.words]) | st.binary(max_size=8)
    pieces = st.lists(piece, max_size=12).map(b"".join)
    mixed = st.tuples(st.sampled_from(target.seeds), st.integers(0, 200), pieces)

    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.one_of(pieces, mixed.map(lambda each: each[0][: each[1]] + each[2])))
    def run(data: bytes) -> None:
        target.run(data[: target.max_bytes])

    run()


def test_a_wrong_reading_of_a_plain_request_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """If + were no space to the one reader, the comparison with the library would tell."""
    monkeypatch.setattr("plain_target.decoded_query", lambda encoded: encoded.decode())
    with pytest.raises(FindingError, match="read otherwise"):
        run_plain(START + b"ASK+{} HTTP/1.1\r\nHost: a\r\n\r\n")
    assert plain_requests.decoded_query(b"ASK+{}") == "ASK {}"


def test_a_call_that_is_let_in_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """If admission looked at nothing, the store would tell of the calls."""
    for name in ("admit", "admit_update"):
        monkeypatch.setattr(f"query_targets.{name}", lambda *_: None)
    for target in ("admission of queries", "admission of updates"):
        with pytest.raises(FindingError, match="a call is let in"):
            TARGETS[target].run(TARGETS[target].seeds[0])


def test_the_library_reads_what_is_no_plain_request() -> None:
    """The reader that is compared with is the one of the server: it knows bodies and refusals."""
    read = Library.read(b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab")
    assert (read.scopes[0]["method"], read.is_complete, read.refused) == ("POST", True, None)
    assert Library.read(b"GET / HTTP/9.9\r\n\r\n").refused is not None
