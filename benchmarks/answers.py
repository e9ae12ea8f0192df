"""Fetch answers whole and compare them as rows: who answers otherwise is not measured."""

from __future__ import annotations

import hashlib
import http.client
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

if TYPE_CHECKING:
    from exchanges import Target

__all__ = ["Answer", "NoAnswerError", "fetch"]

PATIENCE_S: Final = 120
STRING: Final = "http://www.w3.org/2001/XMLSchema#string"
OK: Final = 200


class NoAnswerError(Exception):
    """Tell that a server gave something else than a result, and what."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold an answer: the digest of its rows, how many there are, its size and its time."""

    digest: str
    rows: int
    byte_count: int
    seconds: float


def fetch(target: Target, query: str, *, is_ordered: bool = False) -> Answer:
    """Ask once; raises NoAnswerError where no whole JSON result comes back."""
    connection = http.client.HTTPConnection(*target.address, timeout=PATIENCE_S)
    path = f"{target.query_path}?{urlencode({'query': query})}"
    began = time.perf_counter()
    try:
        connection.request("GET", path, headers={"Accept": "application/sparql-results+json"})
        response = connection.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException) as error:
        message = f"{type(error).__name__}: {error}"
        raise NoAnswerError(message) from error
    finally:
        connection.close()
    seconds = time.perf_counter() - began
    if response.status != OK:
        raise NoAnswerError(_refusal(response.status, body))
    rows = _rows(body)
    digest = hashlib.sha256("\n".join(rows if is_ordered else sorted(rows)).encode()).hexdigest()
    return Answer(digest, len(rows), len(body), seconds)


def _refusal(status: int, body: bytes) -> str:
    """Tell in a few words what the server says instead."""
    try:
        detail = str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        detail = body.decode(errors="replace")
    first = detail.strip().splitlines()[:1]
    return f"HTTP {status}: {first[0][:80] if first else 'nothing said'}"


def _rows(body: bytes) -> list[str]:
    """Write each row in one spelling, whatever of the notation the format leaves open."""
    try:
        bindings = json.loads(body)["results"]["bindings"]
    except (ValueError, KeyError, TypeError) as error:
        message = f"no result of a SELECT: {body[:80]!r}"
        raise NoAnswerError(message) from error
    return [
        json.dumps({name: _term(term) for name, term in row.items()}, sort_keys=True)
        for row in bindings
    ]


def _term(term: dict[str, Any]) -> list[str]:
    kind = "uri" if term["type"] == "uri" else "literal"
    language = term.get("xml:lang", "").lower()
    return [kind, term["value"], language, "" if language else term.get("datatype", STRING)]
