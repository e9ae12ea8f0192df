"""The reconciliation API as specified: every example of both versions, and what we answer."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from reconciliation_suites import VERSIONS, Example, absence, examples, validator

from allegiance_server.errors import RequestError
from allegiance_server.web.reconciliation.requests import (
    read_batch,
    read_draft_batch,
    read_extension,
    read_json,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from allegiance.snapshot import Snapshot

pytestmark = pytest.mark.skipif(absence() is not None, reason=str(absence()))

EXAMPLES = examples()
READERS: dict[tuple[str, str], Callable[[dict[str, Any]], object]] = {
    ("0.2", "reconciliation-query-batch"): read_batch,
    ("1.0-draft", "reconciliation-query-batch"): read_draft_batch,
    ("0.2", "data-extension-query"): read_extension,
    ("1.0-draft", "data-extension-query"): read_extension,
}
READ = [each for each in EXAMPLES if (each.version, each.schema) in READERS]


def _faults(version: str, schema: str, told: object) -> list[str]:
    return [str(error) for error in validator(version, schema).iter_errors(told)]


# The schemas name security definitions of Swagger 2.0, these examples are of OpenAPI 3.
CONTRADICTORY = {f"{version}/security-scheme/valid/http_basic_auth" for version in VERSIONS}
SERVICES = ("/reconcile", "/reconcile/wikidata")
NAMES = {"/reconcile": ("Iran", "State"), "/reconcile/wikidata": ("Iran", "state")}
IDS = {
    "/reconcile": ("iran", ("label", "alliedWith", "edges")),
    "/reconcile/wikidata": ("Q794", ("Len", "Aen")),
}
ANNOUNCEMENT = re.compile(r"answers at (http://[^/]*:[0-9]+)/")


@pytest.fixture(scope="module")
def client(snapshot: Snapshot) -> Iterator[httpx.Client]:
    """Give a client of a server over the project's own data."""
    command = [str(Path(sys.executable).parent / "allegiance"), "serve", "--port", "0"]
    command += ["--snapshot", str(snapshot.directory), "--workers", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            announced = ANNOUNCEMENT.search(process.stdout.readline() if process.stdout else "")
            assert announced, "the server does not say where it is"
            with httpx.Client(base_url=announced[1], timeout=30) as http:
                yield http
        finally:
            process.terminate()
            process.communicate(timeout=20)


def test_there_are_examples_of_both_versions() -> None:
    """Both versions have valid and invalid examples, and none has gone missing."""
    held = {(each.version, each.is_valid) for each in EXAMPLES}

    assert held == {(version, valid) for version in VERSIONS for valid in (True, False)}
    assert len(EXAMPLES) == 106


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_schema_decides_as_the_example_says(example: Example) -> None:
    """The schemas, as we apply them, accept the valid examples and refuse the others."""
    is_valid = validator(example.version, example.schema).is_valid(example.read())

    assert is_valid == (example.is_valid and str(example) not in CONTRADICTORY)


@pytest.mark.parametrize("example", [each for each in READ if each.is_valid], ids=str)
def test_valid_request_is_read(example: Example) -> None:
    """Every valid example of a request is read."""
    assert READERS[example.version, example.schema](example.read())


@pytest.mark.parametrize("example", [each for each in READ if not each.is_valid], ids=str)
def test_invalid_request_is_refused(example: Example) -> None:
    """Every invalid example of a request is refused as such."""
    with pytest.raises(RequestError):
        READERS[example.version, example.schema](read_json(example.file.read_bytes(), "It"))


@pytest.mark.parametrize("path", SERVICES)
def test_answers_of_version_02_are_valid(client: httpx.Client, path: str) -> None:
    """Manifest, candidates, suggestions, proposals and values are valid by the schemas of 0.2."""
    (name, kind), (entity, properties) = NAMES[path], IDS[path]
    queries = {"q0": {"query": name, "type": kind}, "q1": {"query": "No Such Name At All"}}
    extend = {"ids": [entity, "unknown"], "properties": [{"id": each} for each in properties]}
    answers = {
        "manifest": client.get(path),
        "reconciliation-result-batch": client.post(path, data={"queries": json.dumps(queries)}),
        "suggest-entities-response": client.get(f"{path}/suggest/entity?prefix=ira"),
        "suggest-types-response": client.get(f"{path}/suggest/type?prefix=sta"),
        "suggest-properties-response": client.get(f"{path}/suggest/property?prefix=l"),
        "data-extension-property-proposal": client.get(f"{path}/extend/propose?type={kind}"),
        "data-extension-response": client.post(path, data={"extend": json.dumps(extend)}),
    }
    told = {schema: response.json() for schema, response in answers.items()}

    assert {} == {name: found for name in told if (found := _faults("0.2", name, told[name]))}
    assert told["reconciliation-result-batch"]["q0"]["result"][0]["id"] == entity
    assert entity in [each["id"] for each in told["suggest-entities-response"]["result"]]
    assert told["data-extension-response"]["rows"][entity][properties[0]] == [{"str": "Iran"}]
    assert kind in [each["id"] for each in told["suggest-types-response"]["result"]]


@pytest.mark.parametrize("path", SERVICES)
def test_answers_of_the_draft_are_valid(client: httpx.Client, path: str) -> None:
    """Manifest, candidates, suggestions, proposals and values are valid by the draft's schemas."""
    (name, kind), (entity, properties) = NAMES[path], IDS[path]
    by_name = {"matchType": "name", "propertyValue": name}
    by_id = {"matchType": "id", "propertyValue": entity}
    queries = [{"type": kind, "conditions": [by_name]}, {"conditions": [by_id]}]
    extend = {"ids": [entity, "unknown"], "properties": [{"id": each} for each in properties]}
    draft = f"{path}/1.0"
    answers = {
        "manifest": client.get(draft),
        "reconciliation-result-batch": client.post(f"{draft}/match", json={"queries": queries}),
        "suggest-entities-response": client.get(f"{draft}/suggest/entity?prefix=ira"),
        "suggest-types-response": client.get(f"{draft}/suggest/type?prefix=sta"),
        "suggest-properties-response": client.get(f"{draft}/suggest/property?prefix=l"),
        "data-extension-property-proposal": client.get(f"{draft}/extend/propose?type={kind}"),
        "data-extension-response": client.post(f"{draft}/extend", json=extend),
    }
    told = {schema: response.json() for schema, response in answers.items()}

    assert {} == {name: found for name in told if (found := _faults("1.0-draft", name, told[name]))}
    for result in told["reconciliation-result-batch"]["results"]:
        assert result["candidates"][0]["id"] == entity
        assert 0 <= result["candidates"][0]["score"] <= 100
    assert [each["id"] for each in told["data-extension-response"]["rows"]] == [entity, "unknown"]
