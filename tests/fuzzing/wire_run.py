"""The same bytes sent to a running server at once and in two pieces: the answers are the same.

What comes at once may be read as a plain request; what comes in pieces the server library reads.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from exchanges import exchange
from plain_target import SEEDS, START, WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exchanges import Exchange

__all__ = ["EXCUSED", "SPARQL", "WireRun", "compare"]

PATIENCE_S: Final = 0.4
GAP_S: Final = 0.003
FAULT: Final = 500
# Busy, and out of time: what a server may say that has nothing wrong with it.
EXCUSED: Final = (503, 504)
COMPARED: Final = ("content-type", "content-encoding", "etag", "vary", "cache-control", "allow")
SPARQL: Final = (
    "ASK {}",
    "SELECT * { ?s ?p ?o } LIMIT 3",
    "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }",
    "CONSTRUCT WHERE { ?s a ?o }",
    "DESCRIBE <urn:nothing>",
    'SELECT ?x { ?x alf:search "iran" }',
    "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
    "SELECT (NOW() AS ?n) { FILTER(false) }",
    "INSERT DATA { <a:> <a:> 'é' }",
    "SELECT * { ?s ?p '\u00e9 \U0001f680 \x00' }",
    "ASK { " + "(" * 300 + " }",
    "# only a comment",
    "nonsense",
)
HEADERS: Final = (
    b"Accept: text/csv",
    b"accept: text/turtle;q=0.5, application/sparql-results+xml",
    b"Accept: image/png",
    b"Accept: */*",
    b"Accept-Encoding: gzip",
    b"Accept-Encoding: zstd, gzip;q=0.5",
    b"If-None-Match: *",
    b'If-None-Match: W/"a", "b"',
    b"User-Agent: somebody",
    b"X-Forwarded-For: 192.0.2.7",
    b"Connection: close",
    b"Connection: Keep-Alive",
    b"Host: b",
)


@dataclass(slots=True)
class WireRun:
    """Hold what came of a run."""

    pairs: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)


def compare(address: tuple[str, int], pairs: int, seconds: float) -> WireRun:
    """Send so many requests twice, at most for so long."""
    run = WireRun()
    chance = random.Random(3)  # noqa: S311 - no secret
    end = time.monotonic() + seconds
    while run.pairs < pairs and time.monotonic() < end:
        sent = _request(chance)
        at = chance.randrange(1, len(sent))
        whole = exchange(address, [sent], patience_s=PATIENCE_S)
        parted = exchange(address, _pieces(sent, at), patience_s=PATIENCE_S)
        run.pairs += 1
        # What never ends to the server, which waits for more of it, has no answer.
        run.statuses[str(whole.status or f"none, {whole.failure}")] += 1
        for each in (whole, parted):
            if each.status is not None and each.status >= FAULT and each.status not in EXCUSED:
                run.findings.append(f"status {each.status}: {sent!r} {each.body[:200]!r}")
        if _seen(whole) != _seen(parted) and "hung" not in (whole.failure, parted.failure):
            run.findings.append(f"answered otherwise: {sent!r} {_seen(whole)} {_seen(parted)}")
    return run


def _pieces(sent: bytes, at: int) -> Iterator[bytes]:
    yield sent[:at]
    time.sleep(GAP_S)
    yield sent[at:]


def _seen(answer: Exchange) -> tuple[object, ...]:
    """Return what a client sees of an answer, but for what differs from one time to the other."""
    told = tuple(answer.headers.get(name) for name in COMPARED)
    return answer.status, answer.is_whole, told, answer.body


def _request(chance: random.Random) -> bytes:
    """Make a request, mostly well formed."""
    lines = [b"Host: a", *chance.sample(HEADERS, chance.choice((0, 1, 1, 2, 3)))]
    query = quote(chance.choice(SPARQL), safe=chance.choice(("", "/:?*(){}'", " {}'\"<>")))
    made = START + query.encode() + b" HTTP/1.1\r\n" + b"\r\n".join(lines) + b"\r\n\r\n"
    if chance.random() < 1 / 3:
        made = chance.choice((made, *(seed for seed in SEEDS if seed.startswith(START))))
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(made))
            word = chance.choice((b"", *(word.encode() for word in WORDS), b"\x00", b"\xff"))
            made = made[:at] + word + made[at + chance.choice((0, 0, 1, 5)) :]
    return made if made.endswith(b"\r\n\r\n") else made + b"\r\n\r\n"
