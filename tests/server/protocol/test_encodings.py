"""The content encoding is what the client likes best of what is offered."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allegiance_server.errors import NotAcceptableError
from allegiance_server.protocol import encodings
from allegiance_server.protocol.encodings import negotiate
from allegiance_server.workers import tasks


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        (None, "identity"),
        ("", "identity"),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("x-gzip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1, zstd;q=0.5", "gzip"),
        ("gzip;q=0.1", "gzip"),
        ("gzip;q=0", "identity"),
        ("gzip;q=0.5, identity", "identity"),
        ("gzip;q=0.5, identity;q=0.5", "gzip"),
        ("*", "zstd"),
        ("*;q=0.5, zstd;q=0", "gzip"),
        ("br, deflate", "identity"),
        ("br, *;q=0, gzip", "gzip"),
        ("identity;q=0, gzip;q=0.001", "gzip"),
        ("gzip;q=much", "identity"),
        ("gzip; q=0.8 ,,", "gzip"),
        ("gzip," * 1000, "identity"),
        ("gzip" + " " * 2000, "gzip"),
    ],
)
def test_accept_encoding_is_weighed(header: str | None, encoding: str) -> None:
    """The highest q wins; identity is the last resort unless it is named."""
    assert negotiate(header) == encoding


@pytest.mark.parametrize("header", ["identity;q=0", "*;q=0", "br, identity;q=0", "gzip;q=0, *;q=0"])
def test_nothing_acceptable_is_an_error(header: str) -> None:
    """Only who rules out identity and all that is offered gets nothing."""
    with pytest.raises(NotAcceptableError, match="gzip"):
        negotiate(header)


def test_encodings_are_those_of_the_workers() -> None:
    """Whatever is chosen here, the workers know how to write."""
    assert get_args(encodings.Encoding) == get_args(tasks.Encoding)


@given(st.text(st.sampled_from('gzipstdenty*;q=01. ,"\\\x00é'), max_size=40))
def test_any_header_gives_an_encoding_or_the_error(header: str) -> None:
    """No header raises anything but the error that lists what is offered."""
    try:
        assert negotiate(header) in get_args(encodings.Encoding)
    except NotAcceptableError:
        assert "q=0" in header.replace(" ", "")
