"""Attacks by how a request is sent: too large, too slow, broken, or two requests in one."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack, suppress
from http import HTTPStatus
from itertools import repeat
from typing import TYPE_CHECKING, Final

from exchanges import JSON, QUERY, Exchange, post
from hostility import Attack, boolean_is, never

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostility import Victim

__all__ = ["HOSTILE_REQUESTS", "LONGEST_SENT_BYTES"]

MIB: Final = 1024 * 1024
# What the buffers of two sockets take before anyone looks at it, and a little that is looked at.
LONGEST_SENT_BYTES: Final = 16 * MIB
IDLE_CONNECTIONS: Final = 200
SLOW_S: Final = 1.5


def _head(path: str, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Accept: {JSON}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def _invalid_utf8(victim: Victim) -> Exchange:
    return victim.send(victim.target.ask(b'ASK { FILTER("\xff\xfe" = "\xc3") }'))


def _body_of_100_mb(victim: Victim) -> Exchange:
    head = _head(victim.target.query_path, f"Content-Type: {QUERY}", f"Content-Length: {100 * MIB}")
    return victim.send(head, b"ASK {", *repeat(b" " * MIB, 99), b" " * (MIB - 6) + b"}")


def _chunked_body_of_300_mb(victim: Victim) -> Exchange:
    head = _head(victim.target.query_path, f"Content-Type: {QUERY}", "Transfer-Encoding: chunked")
    chunk = f"{MIB:x}\r\n".encode() + b" " * MIB + b"\r\n"
    return victim.send(head, *repeat(chunk, 300), b"0\r\n\r\n")


def _address_of_1_mb(victim: Victim) -> Exchange:
    return victim.send(victim.target.get("ASK {}" + " " * (MIB // 3)))


def _length_and_chunks(victim: Victim) -> Exchange:
    body = b"6\r\nASK {}\r\n0\r\n\r\n"
    head = _head(
        victim.target.query_path,
        f"Content-Type: {QUERY}",
        f"Content-Length: {len(body)}",
        "Transfer-Encoding: chunked",
        "Connection: close",
    )
    return victim.send(head + body)


def _accept_nonsense(victim: Victim) -> Exchange:
    return victim.send(victim.target.get("ASK {}", "no/such-type;q=a, ;;, */"))


def _says_true(got: Exchange) -> bool:
    """Tell whether a server that chose the format itself says what is true."""
    return b"true" in got.body


def _header_of_1_mb(victim: Victim) -> Exchange:
    return victim.send(victim.target.get("ASK {}", JSON, "X-Long: " + "a" * MIB))


def _slow_headers(victim: Victim) -> Exchange:
    """Hold many connections whose request never ends, and ask over one more."""
    with ExitStack() as stack:
        idle = [
            stack.enter_context(socket.create_connection(victim.target.address))
            for _ in range(IDLE_CONNECTIONS)
        ]
        began = time.monotonic()
        answers: list[Exchange] = []
        while time.monotonic() - began < SLOW_S:
            for connection in idle:
                with suppress(OSError):  # the server may well throw such a client out
                    connection.sendall(b"G" if not answers else b"x")
            answers.append(victim.send(victim.target.get("ASK {}")))
            time.sleep(0.1)
        return max(answers, key=lambda each: (each.status != HTTPStatus.OK, each.seconds))


def _pipelined(victim: Victim) -> Exchange:
    """Send two requests at once: the answers have to come in their order, each to its own."""
    head, _, rest = victim.target.get("ASK {}").partition(b"Connection: close\r\n")
    last = victim.target.get("ASK { <urn:x:nobody> ?p ?o }")
    began = time.monotonic()
    with socket.create_connection(
        victim.target.address, timeout=victim.patience_s, source_address=(victim.source, 0)
    ) as connection:
        connection.sendall(head + rest + last)
        raw = bytearray()
        with suppress(OSError):
            while part := connection.recv(65536):
                raw += part
    seconds = time.monotonic() - began
    return Exchange(200 if raw else None, seconds, bytes(raw), len(raw), is_whole=True)


def _in_order(got: Exchange) -> bool:
    squeezed = got.body.replace(b" ", b"")
    first, second = squeezed.find(b'"boolean":true'), squeezed.find(b'"boolean":false')
    return 0 <= first < second


def _line_break_in(parameter: str) -> Callable[[Victim], Exchange]:
    """Make the attack that tries to write a header of its own into the answer."""
    inserted = "json%0D%0AX-Inserted:%20yes"

    def attempt(victim: Victim) -> Exchange:
        path = f"{victim.target.query_path}?query=ASK%20%7B%7D&{parameter}={inserted}"
        lines = [f"GET {path} HTTP/1.1", "Host: localhost", f"Accept: {JSON}", "Connection: close"]
        return victim.send("\r\n".join([*lines, "", ""]).encode())

    return attempt


def _line_break_in_a_header(victim: Victim) -> Exchange:
    return victim.send(victim.target.get("ASK {}", f"{JSON}\rX-Inserted: yes"))


def _nothing_inserted(got: Exchange) -> bool:
    return "x-inserted" not in got.headers and boolean_is(expected=True)(got)


def _broken_form(victim: Victim) -> Exchange:
    body = b"query=%ZZ%&query&&&=%00;\xff"
    media_type = "application/x-www-form-urlencoded"
    return victim.send(post(victim.target, victim.target.query_path, media_type, body))


HOSTILE_REQUESTS: Final = (
    Attack("invalid-utf-8", "a body that is no UTF-8", _invalid_utf8, never),
    Attack("body-100-mb", "a query of 100 MB", _body_of_100_mb, boolean_is(expected=True)),
    Attack("chunked-300-mb", "300 MB in chunks", _chunked_body_of_300_mb, never),
    Attack("address-1-mb", "an address of 1 MB", _address_of_1_mb, boolean_is(expected=True)),
    Attack("length-and-chunks", "Content-Length and chunks at once", _length_and_chunks, never),
    Attack("accept-nonsense", "an Accept that means nothing", _accept_nonsense, _says_true),
    Attack("header-1-mb", "a header of 1 MB", _header_of_1_mb, boolean_is(expected=True)),
    Attack(
        "slow-headers",
        f"{IDLE_CONNECTIONS} connections whose headers never end",
        _slow_headers,
        boolean_is(expected=True),
    ),
    Attack("pipelining", "two requests at once", _pipelined, _in_order),
    Attack("crlf-in-format", "CR LF in a parameter", _line_break_in("format"), _nothing_inserted),
    Attack(
        "crlf-in-graph", "CR LF in a graph", _line_break_in("default-graph-uri"), _nothing_inserted
    ),
    Attack("cr-in-a-header", "CR in a header", _line_break_in_a_header, _nothing_inserted),
    Attack("broken-form", "a form that is none", _broken_form, never),
)
