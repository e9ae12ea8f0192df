"""A fake of Wikidata's API on loopback, with the faults that the real one has.

To wbgetentities it answers from what it was told, from entities.json, and with a plain entity for
any other id; to wbsearchentities, with the items that it was told whose names begin so. Faults are
taken from a list, one a request. It keeps what it was asked and what it answered whole.
"""

from __future__ import annotations

import json
import shutil
import threading
from dataclasses import dataclass, field, replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from allegiance.bundle import Bundle, bundle_at, default_bundle
from allegiance.corpus import Corpus, read_corpus
from allegiance.links.checking import read_links, shipped_index
from allegiance.links.online_audit import Change, OnlineAudit
from allegiance.links.online_survey import Survey, survey
from allegiance.wikidata.entity_api import EntityApi
from allegiance.wikidata.index import index_folder
from allegiance.wikidata.item import Item
from allegiance.wikidata.item_tables import read_items, write_items

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allegiance.links.link import Link

NONE: dict[str, str] = {}
TODAY = date(2026, 11, 22)
BASE = Path(__file__).parents[2] / "contributions" / "base" / "kg" / "data"
# As many as the real one tells at once.
MOST_HITS = 50
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
    told: dict[str, dict[str, Any]] = field(default_factory=dict)
    searched: list[str] = field(default_factory=list)
    under_the_new_id: bool = False
    asked: list[tuple[str, ...]] = field(default_factory=list)
    answered: list[tuple[str, ...]] = field(default_factory=list)
    parameters: list[dict[str, str]] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    open_requests: int = 0
    most_at_once: int = 0
    release: threading.Event = field(default_factory=threading.Event)

    def tell(self, item: Item) -> None:
        """Know an item, as the API would write it."""
        labels = {key: {"language": key, "value": name} for key, name in item.labels.items()}
        self.told[item.id] = {
            "id": item.id,
            "type": "item",
            "lastrevid": item.revision or 1,
            "labels": labels or [],
            "descriptions": {"en": {"language": "en", "value": item.description}},
            "aliases": {"en": [{"language": "en", "value": name} for name in item.aliases]},
            "claims": {
                "P31": [_statement(qid) for qid in item.classes],
                "P1889": [_statement(qid) for qid in item.twins],
            },
        }

    def search(self, name: str) -> dict[str, Any]:
        """Return the answer to a search: the items of which a name begins like this one."""
        hits = []
        for qid, entity in self.told.items():
            names = [label["value"] for label in dict(entity["labels"]).values()]
            names += [alias["value"] for alias in entity["aliases"]["en"]]
            found = [each for each in names if each.casefold().startswith(name.casefold())]
            if found and qid not in self.deleted:
                match = {"type": "label", "language": "en", "text": found[0]}
                hits.append({"id": qid, "label": names[0], "match": match})
        more = {"search-continue": MOST_HITS} if len(hits) > MOST_HITS else {}
        return {"searchinfo": {"search": name}, "search": hits[:MOST_HITS], **more, "success": 1}

    def entity(self, qid: str) -> dict[str, Any]:
        """Return an entity as the API would write it."""
        if qid in self.deleted:
            return {"id": qid, "missing": ""}
        if qid in self.malformed:
            return {"id": qid, "type": "item", "labels": {"en": "not a table"}}
        label = {"en": {"language": "en", "value": f"Thing {qid[1:]}"}}
        plain = {"id": qid, "type": "item", "lastrevid": int(qid[1:]) + 1, "labels": label}
        return dict(
            self.told.get(qid)
            or ENTITIES.get(qid, plain | {"descriptions": [], "aliases": [], "claims": []})
        )

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


def _statement(qid: str) -> dict[str, Any]:
    value = {"value": {"id": qid}, "type": "wikibase-entityid"}
    return {"rank": "normal", "mainsnak": {"snaktype": "value", "datavalue": value}}


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
            api.parameters.append(query)
            api.agents.append(self.headers["User-Agent"])
            fault = api.faults.pop(0) if api.faults else ""
            if query["action"] == "wbsearchentities":
                api.searched.append(query["search"])
                self._reply((), api.search(query["search"]), fault)
            else:
                ids = tuple(query["ids"].split("|"))
                api.asked.append(ids)
                self._reply(ids, api.answer(ids), fault)
        except (BrokenPipeError, ConnectionResetError):
            # The client was killed, or has given up waiting.
            pass
        finally:
            api.open_requests -= 1

    def _reply(self, ids: tuple[str, ...], answer: dict[str, Any], fault: str) -> None:
        body = json.dumps(answer).encode()
        half, whole_length = body[: len(body) // 2], {"Content-Length": str(len(body))}
        faults: dict[str, tuple[int, bytes, dict[str, str]]] = {
            "429": (429, b"no", {"Retry-After": "7"}),
            "429-long": (429, b"no", {"Retry-After": "86400"}),
            "503": (503, b"no", {}),
            "403": (403, b"no", {}),
            "302": (302, b"no", {"Location": self.api.endpoint}),
            "maxlag": (200, b'{"error": {"code": "maxlag", "lag": 9}}', {"Retry-After": "5"}),
            "illegal": (200, b'{"error": {"code": "param-illegal"}}', {}),
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
            self.api.answered += [ids] if ids else []

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


class World:
    """Hold the small checkout of the contributions, and a Wikidata that is as its snapshot."""

    def __init__(self, corpus: Corpus, fake: FakeApi) -> None:
        """Tell the fake all items of the snapshot."""
        self.corpus, self.bundle, self.fake = corpus, corpus.bundle, fake
        self.waits: list[float] = []
        for item in self.items().values():
            fake.tell(item)

    def items(self) -> dict[str, Item]:
        """Return the items of the snapshot."""
        return read_items(index_folder(self.bundle))

    def links(self) -> tuple[Link, ...]:
        """Return the rows as they are now."""
        return read_links(self.corpus)

    def change(self, qid: str, **values: object) -> None:
        """Let an item be otherwise at Wikidata."""
        self.fake.tell(replace(self.items()[qid], **values))  # type: ignore[arg-type]

    def snapshot(self, qid: str, **values: object) -> None:
        """Let an item be otherwise in the snapshot."""
        items = self.items()
        items[qid] = replace(items.get(qid, Item(qid, {})), **values)  # type: ignore[arg-type]
        write_items(index_folder(self.bundle), items.values())

    def agree_with_rows(self) -> None:
        """Know the items of the rows alone, each under the label of its row, and no twins."""
        items, self.fake.told = self.items(), {}
        for link in self.links():
            if link.item is not None:
                item = items.get(link.item, Item(link.item, {}))
                labels = {"en": link.object_label} if link.object_label else item.labels
                self.fake.tell(replace(item, labels=labels, aliases=item.names, twins=()))

    def survey(self, *, searching: bool = True) -> Survey:
        """Ask the fake, without sleeping."""
        api = EntityApi(
            "graph@example.org", self.fake.endpoint, 0.25, 20.0, sleep=self.waits.append
        )
        links = self.links()
        return survey(links, self.corpus, api, TODAY, lambda *_: None, searching=searching)

    def changes(self, *, searching: bool = True) -> tuple[Change, ...]:
        """Return what is found to have changed."""
        found = self.survey(searching=searching)
        return OnlineAudit(self.links(), self.corpus, shipped_index(self.bundle), found).changes()

    def said(self) -> list[tuple[str, str]]:
        """Return entry and rule of each change."""
        return [(change.link.subject, change.finding.rule) for change in self.changes()]


def _lay_out(root: Path) -> Bundle:
    """Lay out the small checkout: data of its own, the rest as in the project."""
    project = default_bundle().root
    for folder in ("ontology", "shapes", "kg/rules", "kg/data/schema"):
        (root / folder).parent.mkdir(parents=True, exist_ok=True)
        (root / folder).symlink_to(project / folder)
    shutil.copytree(BASE, root / "kg" / "data", dirs_exist_ok=True)
    return bundle_at(root)


@pytest.fixture(scope="session")
def base_corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Read the small checkout once; its tables of links are read anew by each test."""
    return read_corpus(_lay_out(tmp_path_factory.mktemp("base")))


@pytest.fixture
def world(base_corpus: Corpus, tmp_path: Path, fake_api: FakeApi) -> World:
    """Hold a checkout whose tables may be changed."""
    return World(replace(base_corpus, bundle=_lay_out(tmp_path)), fake_api)


@pytest.fixture(scope="session")
def project_corpus() -> Corpus:
    """Read the project's own data once."""
    return read_corpus(default_bundle())


@pytest.fixture
def project_world(project_corpus: Corpus, fake_api: FakeApi) -> World:
    """Hold the project's own tables; they are not to be changed."""
    return World(project_corpus, fake_api)
