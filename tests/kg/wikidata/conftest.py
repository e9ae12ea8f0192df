"""A fake of Wikidata's wbgetentities on loopback, with the faults that the real one has.

It answers from entities.json, and with a plain entity for any other id. Faults are taken from a
list, one a request. It keeps what it was asked and what it answered whole.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

NONE: dict[str, str] = {}
ENTITIES = json.loads((Path(__file__).parent / "entities.json").read_text(encoding="utf-8"))


@dataclass
class FakeApi:
    """Hold what the fake is to answer, and what it was asked."""

    endpoint: str = ""
    faults: list[str] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    malformed: set[str] = field(default_factory=set)
    ignored: set[str] = field(default_factory=set)
    redirects: dict[str, str] = field(default_factory=dict)
    under_the_new_id: bool = False
    asked: list[tuple[str, ...]] = field(default_factory=list)
    answered: list[tuple[str, ...]] = field(default_factory=list)
    parameters: list[dict[str, str]] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    open_requests: int = 0
    most_at_once: int = 0
    release: threading.Event = field(default_factory=threading.Event)

    def entity(self, qid: str) -> dict[str, Any]:
        """Return an entity as the API would write it."""
        if qid in self.deleted:
            return {"id": qid, "missing": ""}
        if qid in self.malformed:
            return {"id": qid, "type": "item", "labels": {"en": "not a table"}}
        label = {"en": {"language": "en", "value": f"Thing {qid[1:]}"}}
        plain = {"id": qid, "type": "item", "lastrevid": int(qid[1:]) + 1, "labels": label}
        return dict(ENTITIES.get(qid, plain | {"descriptions": [], "aliases": [], "claims": []}))

    def answer(self, ids: tuple[str, ...]) -> dict[str, Any]:
        """Return the answer to a request for ids."""
        if self.refused & set(ids):
            return {"error": {"code": "no-such-entity", "info": "Could not find an entity"}}
        entities = {}
        for qid in ids:
            target = self.redirects.get(qid)
            if target is not None:
                entity = self.entity(target) | {"redirects": {"from": qid, "to": target}}
                entities[target if self.under_the_new_id else qid] = entity
            elif qid not in self.ignored:
                entities[qid] = self.entity(qid)
        return {"entities": entities, "success": 1}


class _Handler(BaseHTTPRequestHandler):
    api: FakeApi

    def log_message(self, *_: object) -> None:
        """Say nothing on standard error."""

    def do_GET(self) -> None:
        """Answer one request, with the next fault if there is one."""
        api = self.api
        api.open_requests += 1
        api.most_at_once = max(api.most_at_once, api.open_requests)
        try:
            query = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
            ids = tuple(query["ids"].split("|"))
            api.asked.append(ids)
            api.parameters.append(query)
            api.agents.append(self.headers["User-Agent"])
            self._reply(ids, api.faults.pop(0) if api.faults else "")
        except (BrokenPipeError, ConnectionResetError):
            # The client was killed, or has given up waiting.
            pass
        finally:
            api.open_requests -= 1

    def _reply(self, ids: tuple[str, ...], fault: str) -> None:
        body = json.dumps(self.api.answer(ids)).encode()
        half, whole_length = body[: len(body) // 2], {"Content-Length": str(len(body))}
        faults: dict[str, tuple[int, bytes, dict[str, str]]] = {
            "429": (429, b"no", {"Retry-After": "7"}),
            "429-long": (429, b"no", {"Retry-After": "86400"}),
            "503": (503, b"no", {}),
            "403": (403, b"no", {}),
            "302": (302, b"no", {"Location": self.api.endpoint}),
            "maxlag": (200, b'{"error": {"code": "maxlag", "lag": 9}}', {"Retry-After": "5"}),
            "error": (200, b'{"error": {"code": "internal_api_error_DBQueryError"}}', {}),
            "cut-json": (200, half, {}),
            "cut-body": (200, half, whole_length),
            "no-entities": (200, b'{"success": 1}', {}),
        }
        if fault == "slow":
            self.api.release.wait(30)
        elif fault:
            self._send(*faults[fault])
        else:
            self._send(200, body)
            self.api.answered.append(ids)

    def _send(self, status: int, body: bytes, headers: dict[str, str] = NONE) -> None:
        self.send_response(status)
        for key, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def fake_api() -> Iterator[FakeApi]:
    """Run the fake on a free port of loopback."""
    api = FakeApi()
    handler = type("Handler", (_Handler,), {"api": api})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        api.endpoint = f"http://127.0.0.1:{server.server_port}/w/api.php"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield api
        finally:
            api.release.set()
            server.shutdown()
            thread.join()
