"""Only what is certainly a plain request is read as one, and a query as every form is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allegiance_server.errors import RequestError
from allegiance_server.protocol.requests import decoded
from allegiance_server.web.plain_requests import Heads, decoded_query, plain_request

if TYPE_CHECKING:
    from collections.abc import Callable

PLAIN = b"GET /sparql?query=ASK+%7B+id%3Airan+a+al%3AState+%7D HTTP/1.1\r\nHost: a\r\n\r\n"
PIECES = st.one_of(
    st.sampled_from(
        [
            *(
                b"%",
                b"%4",
                b"%zz",
                b"%3D",
                b"%3d",
                b"%00",
                b"%FF",
                b"%C3%A9",
                b"%%41",
                b"=3D",
                b"=",
            ),
            *(b"+", b"?", b"/", b"{", b"}", b"|", b"\\", b"^", b"`", b"ASK", b"%7B", b"%7d"),
        ]
    ),
    st.text("AKSELECT{}?*:.;% +=", max_size=8).map(str.encode),
)
VALUES = st.lists(PIECES, min_size=1, max_size=5).map(b"".join)


@given(VALUES)
def test_a_query_is_decoded_as_every_form_is(encoded: bytes) -> None:
    """What is decoded here is decoded alike by the protocol; in doubt, nothing is decoded."""
    found = decoded_query(encoded)
    try:
        expected = decoded(b"query=" + encoded, "the address")["query"][0]
    except RequestError:
        assert found is None
    else:
        assert found in (expected, None)


@given(st.text())
def test_every_text_can_be_a_query(text: str) -> None:
    """What a client encodes as it should is decoded here, and left to nobody else."""
    assert decoded_query(quote_plus(text).encode()) == text


@pytest.mark.parametrize("encoded", [b"%", b"a%4", b"%zz", b"%%41", b"%ff", b"%C3", b"%4%31"])
def test_what_is_badly_encoded_is_left_to_others(encoded: bytes) -> None:
    """A percent sign without two digits behind it, or what is not UTF-8, is not decoded here."""
    assert decoded_query(encoded) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda plain: b"\r\n" + plain,
        lambda plain: plain + b"G",
        lambda plain: plain + plain,
        lambda plain: plain[:-2],
        lambda plain: plain.replace(b"GET", b"HEAD"),
        lambda plain: plain.replace(b"HTTP/1.1", b"HTTP/1.0"),
        lambda plain: plain.replace(b"ASK", b"ASK&format=csv"),
        lambda plain: plain.replace(b"ASK", b"ASK#"),
        lambda plain: plain.replace(b"ASK", b"ASK\xc3\xa9"),
        lambda plain: plain.replace(b"/sparql", b"/sparql.csv"),
    ],
)
def test_only_one_whole_plain_request_is_plain(change: Callable[[bytes], bytes]) -> None:
    """A request that is more or less than a plain one, or two of them, are left to the library."""
    assert plain_request(PLAIN) is not None
    assert plain_request(change(PLAIN)) is None


@pytest.mark.parametrize(
    "lines",
    [
        b"",
        b"Host: a\r\nHost: a\r\n",
        b"Host: a\r\nAuthorization: Bearer x\r\n",
        b"Host: a\r\nConnection: close\r\n",
        b"Host: a\r\nConnection: keep-alive, Upgrade\r\n",
        b"Host: a\r\nContent-Length: 5\r\n",
        b"Host: a\r\nContent-Type: text/plain\r\n",
        b"Host: a\r\nExpect: 100-continue\r\n",
        b"Host: a\r\nUpgrade: h2c\r\n",
        b"Host: a\r\nTransfer-Encoding: chunked\r\n",
        b"Host: a\r\nAccept: */*\r\nAccept: */*\r\n",
        b"Host: a\r\nAccept: image/png\r\n",
        b"Host: a\r\n folded: x\r\n",
        b"Host: a\r\nX-Odd: \x80\r\n",
        b"Host: a\r\nX-Long: " + b"x" * 4096 + b"\r\n",
    ],
)
def test_unusual_headers_are_left_to_the_library(lines: bytes) -> None:
    """Headers that say more than what is wanted, or say it oddly, are not read here."""
    assert Heads().read(lines) is None


def test_headers_say_what_is_wanted() -> None:
    """Of the usual headers the format, the encoding and the known tag are read, without blanks."""
    head = Heads().read(
        b'HOST:a\r\nAccept:\t text/csv \t\r\naccept-encoding: gzip\r\nIf-None-Match: "a"\r\n'
    )
    assert head is not None
    assert (head.formats.solutions, head.formats.graph) == ("text/csv", None)
    assert (head.encoding, head.if_none_match, head.is_forwarded) == ("gzip", '"a"', False)
    forwarded = Heads().read(b"Host: a\r\nX-Forwarded-For: 192.0.2.9\r\n")
    assert forwarded is not None
    assert forwarded.is_forwarded


@pytest.mark.parametrize(
    "fields",
    [
        "User-Agent: curl/7.88.1|Accept: */*",
        "Accept-Encoding: identity",
        "Accept-Encoding: gzip, deflate|Accept: */*|Connection: keep-alive|User-Agent: requests",
        "Connection: Keep-Alive|sec-ch-ua: 'Chromium';v='131'|Accept-Language: en-GB,en;q=0.9",
    ],
)
def test_what_usual_clients_send_is_plain(fields: str) -> None:
    """The requests of command line tools, libraries and browsers need no parser."""
    lines = "\r\n".join(["Host: localhost:8000", *fields.split("|"), ""])
    assert Heads().read(lines.encode()) is not None


def test_blanks_without_end_hold_nobody_up() -> None:
    """The largest head that is read at all is read at once, even where it is made to take long."""
    started = time.perf_counter()
    assert Heads().read(b"Host: a\r\nX-Odd:" + b" " * 4000 + b"\x80\r\n") is None
    assert time.perf_counter() - started < 0.1
