"""Read the plainest of requests, and no other: `GET /sparql?query=...`, with nothing unusual.

What is not certainly such a request is left to the server library's own parser; what is, both read
in the same way, which a fuzzed comparison shows.
"""

from __future__ import annotations

import re
from binascii import a2b_qp
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from allegiance_server.errors import NotAcceptableError
from allegiance_server.protocol.encodings import negotiate as negotiate_encoding
from allegiance_server.protocol.media_types import negotiate

if TYPE_CHECKING:
    from allegiance_server.protocol.media_types import Formats
    from allegiance_server.workers.tasks import Encoding

__all__ = ["Head", "Heads", "PlainRequest", "decoded_query", "plain_request"]

START: Final = b"GET /sparql?query="
END: Final = b" HTTP/1.1"
BLANK: Final = b"\r\n\r\n"
# What may stand in the address after the first parameter's name, and would begin another one.
TARGET: Final = re.compile(rb"[!$'()*+,\-./0-9:;=?@A-Z\\\[\]^_`a-z{|}~%]*+")
FIELD: Final = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]++):([\x20-\x7e\t]*+)")
# A request with one of these is more than a plain one, or comes by way of a proxy.
UNUSUAL: Final = frozenset(
    {
        *(b"authorization", b"connection", b"content-length", b"content-type", b"expect"),
        *(b"forwarded", b"keep-alive", b"proxy-connection", b"te", b"trailer"),
        *(b"transfer-encoding", b"upgrade", b"http2-settings"),
    }
)
# What HTTP/1.1 does anyway; many clients say it.
KEPT: Final = re.compile(rb"[ \t]*+keep-alive[ \t]*+", re.IGNORECASE)
READ: Final = {b"accept": 0, b"accept-encoding": 1, b"if-none-match": 2}
LONGEST_HEAD: Final = 4096
KEPT_HEADS: Final = 2048


@dataclass(frozen=True, slots=True)
class Head:
    """Hold what the headers ask for."""

    formats: Formats
    encoding: Encoding
    if_none_match: str | None
    is_forwarded: bool


@dataclass(frozen=True, slots=True)
class PlainRequest:
    """Hold the encoded query and the lines of the headers, as they came."""

    encoded_query: bytes
    lines: bytes


def plain_request(received: bytes) -> PlainRequest | None:
    r"""Take a request apart that came whole and alone; None for anything else.

    >>> plain_request(b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: a\r\n\r\n").encoded_query
    b'ASK%7B%7D'
    """
    if not received.startswith(START) or received.find(BLANK) != len(received) - len(BLANK):
        return None
    end = received.index(b"\r\n")
    if not received.startswith(END, end - len(END)):
        return None
    encoded = received[len(START) : end - len(END)]
    if TARGET.fullmatch(encoded) is None:
        return None
    return PlainRequest(encoded, received[end + 2 : -2])


def decoded_query(encoded: bytes) -> str | None:
    """Decode a value of a form; None where it is not well formed.

    The decoder of quoted-printable is the fastest there is for this, but it lets pass what is no
    escape: then the length tells.

    >>> decoded_query(b"ASK+%7B%7D")
    'ASK {}'
    """
    text = a2b_qp(encoded.replace(b"+", b" ").replace(b"=", b"%3D").replace(b"%", b"="))
    escapes = encoded.count(b"%") + encoded.count(b"=")
    if len(encoded) + 2 * encoded.count(b"=") - len(text) != 2 * escapes:
        return None
    try:
        return text.decode()
    except UnicodeDecodeError:
        return None


class Heads:
    """Read the lines of headers; a client sends the same ones again and again."""

    def __init__(self) -> None:
        """Start knowing none."""
        self._known: dict[bytes, Head | None] = {}

    def read(self, lines: bytes) -> Head | None:
        """Return what the lines say; None where they are not those of a plain request."""
        if len(lines) > LONGEST_HEAD:
            return None
        try:
            return self._known[lines]
        except KeyError:
            if len(self._known) >= KEPT_HEADS:
                self._known.clear()
            self._known[lines] = head = _head(lines)
            return head


def _head(lines: bytes) -> Head | None:
    found: list[str | None] = [None, None, None]
    hosts = 0
    is_forwarded = False
    for line in lines.removesuffix(b"\r\n").split(b"\r\n"):
        field = FIELD.fullmatch(line)
        if field is None:
            return None
        name = field[1].lower()
        if name in UNUSUAL and not (name == b"connection" and KEPT.fullmatch(field[2])):
            return None
        hosts += name == b"host"
        is_forwarded = is_forwarded or name.startswith(b"x-forwarded-")
        index = READ.get(name)
        if index is not None:
            if found[index] is not None:
                return None
            found[index] = field[2].strip(b" \t").decode("ascii")
    if hosts != 1:
        return None
    accept, accept_encoding, if_none_match = found
    try:
        return Head(
            negotiate(accept, None),
            negotiate_encoding(accept_encoding),
            if_none_match,
            is_forwarded,
        )
    except NotAcceptableError:
        return None
