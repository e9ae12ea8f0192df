"""A SPARQL endpoint on loopback that answers, or does what endpoints do instead."""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

WD = "http://www.wikidata.org/entity/"
P31 = "http://www.wikidata.org/prop/direct/P31"
SLOW_S = 1.0

Node = dict[str, str]


def iri(value: str) -> Node:
    """Write an IRI as results in JSON do."""
    return {"type": "uri", "value": value}


@dataclass(slots=True)
class FakeEndpoint:
    """Answer what `facts` has of the items in VALUES; the first of `faults` comes instead.

    A fault is taken by one request; after the last one all goes well.
    """

    address: str = ""
    facts: dict[str, list[tuple[str, Node]]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    retry_after: str | None = None
    asked: list[tuple[str, ...]] = field(default_factory=list)
    answered: list[tuple[str, ...]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    def know(self, *numbers: int) -> tuple[str, ...]:
        """Know of each item that it is a state; return their IRIs."""
        items = tuple(f"{WD}Q{number}" for number in numbers)
        self.facts |= {item: [(P31, iri(WD + "Q3624078"))] for item in items}
        return items

    def result(self, items: tuple[str, ...]) -> bytes:
        """Write the results for some items."""
        rows = [
            {"item": iri(item), "property": iri(property_), "value": value}
            for item in items
            for property_, value in self.facts.get(item, [])
        ]
        head = {"vars": ["item", "property", "value"]}
        return json.dumps({"head": head, "results": {"bindings": rows}}).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    endpoint: FakeEndpoint

    def log_message(self, *_: object) -> None:
        """Keep the tests' output free of requests."""

    def do_POST(self) -> None:
        fake = self.endpoint
        fake.at_once += 1
        fake.most_at_once = max(fake.most_at_once, fake.at_once)
        length = int(self.headers["Content-Length"])
        query = parse_qs(self.rfile.read(length).decode())["query"][0]
        values = re.search(r"VALUES \?item \{(.*?)\}", query)
        assert values is not None
        items = tuple(re.findall("<(.*?)>", values[1]))
        fake.asked.append(items)
        fake.headers.append(dict(self.headers))
        fault = fake.faults.pop(0) if fake.faults else ""
        try:
            self._answer(fault, items)
        finally:
            fake.at_once -= 1

    def _answer(self, fault: str, items: tuple[str, ...]) -> None:
        fake = self.endpoint
        whole = fake.result(items)
        half = whole[: len(whole) // 2]
        wrong = {
            "error in 200": b"java.util.concurrent.TimeoutException\n\tat com.bigdata",
            "result with error": whole + b"\nSPARQL-QUERY: queryStr=SELECT",
            "truncated in silence": half,
            "other items": fake.result(tuple(fake.facts)),
        }
        match fault:
            case "":
                fake.answered.append(items)
                self._send(200, whole)
            case "truncated":
                self._send(200, half, promised=len(whole))
            case "slow":
                time.sleep(SLOW_S)
                self._send(200, whole)
            case "drip":
                self._drip(whole)
            case "redirect":
                self._send(302, b"", location="http://127.0.0.1:1/elsewhere")
            case "hang up":
                self.close_connection = True
            case _ if fault in wrong:
                self._send(200, wrong[fault])
            case _:
                self._send(int(fault), b"Not now.\nsecond line", retry=fake.retry_after)

    def _drip(self, whole: bytes) -> None:
        """Send each byte well within any time-out of a read, and all of them never."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(whole)))
        self.end_headers()
        for at in range(len(whole)):
            try:
                self.wfile.write(whole[at : at + 1])
            except OSError:
                break
            time.sleep(0.05)
        self.close_connection = True

    def _send(
        self,
        status: int,
        body: bytes,
        *,
        promised: int | None = None,
        location: str | None = None,
        retry: str | None = None,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if promised is None else promised))
        if location is not None:
            self.send_header("Location", location)
        if retry is not None:
            self.send_header("Retry-After", retry)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            return  # the client has given up, as it is to do
        self.close_connection = promised is not None


@pytest.fixture
def fake() -> Iterator[FakeEndpoint]:
    """Give an endpoint that knows nothing yet."""
    endpoint = FakeEndpoint()
    handler = type("Handler", (_Handler,), {"endpoint": endpoint})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        endpoint.address = f"http://127.0.0.1:{server.server_address[1]}/sparql"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield endpoint
        server.shutdown()
        thread.join()
