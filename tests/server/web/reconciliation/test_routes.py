"""OpenRefine and other clients find our things by their names, and are told why."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from pyoxigraph import Literal, Quad, Store

from allegiance.namespaces import term
from allegiance.snapshot import write_snapshot
from allegiance_server.web.reconciliation.requests import BATCH_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from allegiance.snapshot import Snapshot

FORM = "application/x-www-form-urlencoded; charset=UTF-8"


def _match(client: httpx.Client, path: str = "/reconcile", **queries: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    response = client.post(path, data={"queries": json.dumps(queries)})
    assert response.status_code == 200, response.text
    told: dict[str, Any] = response.json()
    return told


def test_manifest_leads_to_all_that_is_offered(client: httpx.Client) -> None:
    """The manifest names spaces and addresses under which the server answers."""
    told = client.get("/reconcile").json()
    base = str(client.base_url).rstrip("/")

    assert told["versions"] == ["0.2"]
    assert told["identifierSpace"] == "https://w3id.org/allegiance/id/"
    assert told["schemaSpace"] == "https://w3id.org/allegiance/ontology#"
    assert told["view"]["url"] == "https://w3id.org/allegiance/id/{{id}}"
    assert told["suggest"]["entity"]["service_url"] == f"{base}/reconcile"
    for each in told["suggest"].values():
        assert client.get(each["service_url"] + each["service_path"]).status_code == 200
    preview = told["preview"]["url"].replace("{{id}}", "iran")
    assert "<h1>Iran</h1>" in client.get(preview).text


def test_manifest_of_the_index_has_the_spaces_of_wikidata(client: httpx.Client) -> None:
    """Items are known by the IRIs that Wikidata gives them, plain http and /entity/."""
    told = client.get("/reconcile/wikidata").json()

    assert told["identifierSpace"] == "http://www.wikidata.org/entity/"
    assert told["view"]["url"] == "http://www.wikidata.org/entity/{{id}}"


def test_batch_of_openrefine(client: httpx.Client) -> None:
    """A batch of ten with types and properties, as OpenRefine sends it, has ten matches."""
    properties = [{"pid": "label", "v": "Iran"}]
    batch = {
        f"q{n}": {
            "query": "IRAN",
            "type": "State",
            "type_strict": "should",
            "properties": properties,
        }
        for n in range(10)
    }
    body = urlencode({"queries": json.dumps(batch)})
    response = client.post("/reconcile", content=body, headers={"content-type": FORM})

    assert response.headers["access-control-allow-origin"] == "*"
    assert list(response.json()) == list(batch)
    for told in response.json().values():
        first = told["result"][0]
        assert (first["id"], first["score"], first["match"]) == ("iran", 100.0, True)
        assert len(told["result"]) == 1


def test_queries_may_stand_in_the_address(client: httpx.Client) -> None:
    """A batch is answered by GET as well."""
    batch = json.dumps({"q0": {"query": "Iran", "type": "State"}})
    told = client.get("/reconcile", params={"queries": batch}).json()

    assert told["q0"]["result"][0]["match"] is True


def test_requests_of_reconciler(client: httpx.Client) -> None:
    """The library `reconciler` numbers its queries and reads the first type of each result."""
    batch = {
        "0": {"query": "Iran", "type": "State"},
        "1": {"query": "Hezbollah", "type": "ArmedGroup"},
    }
    body = urlencode({"queries": json.dumps(batch)})
    headers = {"content-type": "application/x-www-form-urlencoded"}
    told = client.post("/reconcile", content=body, headers=headers).json()

    assert {key: told[key]["result"][0]["id"] for key in told} == {"0": "iran", "1": "hezbollah"}
    assert told["0"]["result"][0]["type"][0] == {"id": "State", "name": "state"}
    assert "status" not in told


def test_without_a_type_nothing_is_certain(client: httpx.Client) -> None:
    """A name alone gives a candidate with the highest score, and no match."""
    told = _match(client, q0={"query": "Iran"})["q0"]["result"]

    assert (told[0]["id"], told[0]["match"]) == ("iran", False)
    assert "no type was asked for" in told[0]["description"]


def test_another_type_is_no_match(client: httpx.Client) -> None:
    """A candidate of another type than the one asked for has its score halved, and no match."""
    told = _match(client, q0={"query": "Iran", "type": "ArmedGroup"})["q0"]["result"]

    assert (told[0]["id"], told[0]["score"], told[0]["match"]) == ("iran", 50.0, False)
    assert {"id": "type_match", "value": 0.0} in told[0]["features"]


def test_broader_type_fits(client: httpx.Client) -> None:
    """A state is an actor: the classes of the ontology count with all that is broader."""
    told = _match(client, q0={"query": "Iran", "type": "Actor"})["q0"]["result"]

    assert (told[0]["id"], told[0]["match"]) == ("iran", True)


def test_property_that_disagrees_prevents_a_match(client: httpx.Client) -> None:
    """A property with another value halves the score; one that is not known changes nothing."""
    wrong = {"query": "Iran", "type": "State", "properties": [{"pid": "label", "v": "Iraq"}]}
    unknown = {"query": "Iran", "type": "State", "properties": [{"pid": "isoCode", "v": "IR"}]}
    told = _match(client, wrong=wrong, unknown=unknown)

    first = told["wrong"]["result"][0]
    assert (first["score"], first["match"]) == (50.0, False)
    assert {"id": "property_label", "value": 0.0} in first["features"]
    assert told["unknown"]["result"][0]["match"] is True


def test_properties_alone_find(client: httpx.Client) -> None:
    """A query may have no text: what has the value is found, and certain if it is the only one."""
    told = _match(client, q0={"properties": [{"pid": "label", "v": "Hezbollah"}]})["q0"]["result"]

    assert [(each["id"], each["match"]) for each in told] == [("hezbollah", True)]


def test_all_types_have_to_fit_where_asked(client: httpx.Client) -> None:
    """With type_strict all, what is not of every type is left out."""
    query = {"query": "Iran", "type_strict": "all"}
    told = _match(
        client,
        both={**query, "type": ["State", "Actor"]},
        neither={**query, "type": ["State", "Place"]},
    )

    assert [each["id"] for each in told["both"]["result"]] == ["iran"]
    assert told["neither"]["result"] == []


def test_items_are_found_in_other_scripts(client: httpx.Client) -> None:
    """The index of Wikidata is matched by names in any script."""
    told = _match(client, "/reconcile/wikidata", q0={"query": "Иран", "type": "state", "limit": 1})

    assert [each["id"] for each in told["q0"]["result"]] == ["Q794"]


@pytest.mark.parametrize(
    ("form", "part"),
    [
        ({"queries": "{"}, "no JSON"),
        ({"queries": "[]"}, "no JSON object"),
        ({"queries": '{"q0": {"limit": 1}}'}, "Neither query nor properties"),
        ({"queries": '{"q0": {"query": "x", "limit": 0}}'}, "limit"),
        ({"queries": '{"q0": {"query": "x", "limit": NaN}}'}, "no JSON"),
        ({"queries": "[" * 100_000}, "no JSON"),
        ({"extend": '{"ids": ["iran"], "properties": [{"id": "nonsense"}]}'}, "'nonsense'"),
        ({"other": "1"}, "neither queries nor extend"),
    ],
)
def test_bad_request_is_told_as_clients_look_for_it(
    client: httpx.Client, form: dict[str, str], part: str
) -> None:
    """A request that is none has status 400, and the word error where clients of 0.2 look."""
    response = client.post("/reconcile", data=form)

    assert response.status_code == 400
    assert response.json()["status"] == "error"
    assert part in response.json()["message"]
    assert response.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("kind", ["State", ["State"], {"id": "State", "name": "state"}])
def test_type_may_be_an_id_an_array_or_an_object(client: httpx.Client, kind: object) -> None:
    """Clients name a type by its id, several in an array, and old ones as results name it."""
    told = _match(client, q0={"query": "Iran", "type": kind})["q0"]["result"]

    assert (told[0]["id"], told[0]["match"]) == ("iran", True)


@pytest.mark.parametrize("value", [{"id": "Iran", "name": "?"}, ["x", {"id": "Iran"}], "IRAN"])
def test_value_may_be_another_thing(client: httpx.Client, value: object) -> None:
    """A value that was reconciled itself counts by its id; of several, one has to agree."""
    properties = [{"pid": "label", "v": value}]
    told = _match(client, q0={"query": "Iran", "type": "State", "properties": properties})

    assert told["q0"]["result"][0]["match"] is True


def test_draft_tells_language_and_direction(client: httpx.Client) -> None:
    """In 1.0-draft texts have a language, if it is known, and a direction; in 0.2 neither."""
    asked = {"ids": ["Q794"], "properties": [{"id": "Aen"}, {"id": "Len"}]}
    path = "/reconcile/wikidata"
    extended = client.post(f"{path}/1.0/extend", json=asked)
    aliases, labels = (each["values"] for each in extended.json()["rows"][0]["properties"])
    plain = client.post(path, data={"extend": json.dumps(asked)}).json()["rows"]["Q794"]

    assert labels == [{"str": "Iran", "lang": "en", "dir": "ltr"}]
    assert {"str": "جمهوری اسلامی ایران", "dir": "rtl"} in aliases
    assert plain["Len"] == [{"str": "Iran"}]
    assert all(set(each) == {"str"} for each in plain["Aen"])
    assert extended.headers["content-language"] == "en"


def test_draft_candidates_tell_their_language(client: httpx.Client) -> None:
    """Candidates, suggestions and the manifest say that their texts are English."""
    query = {"type": "State", "conditions": [{"matchType": "name", "propertyValue": "Iran"}]}
    told = client.post("/reconcile/1.0/match", json={"queries": [query]}).json()
    candidate = told["results"][0]["candidates"][0]
    suggested = client.get("/reconcile/1.0/suggest/entity?prefix=ira").json()["result"][0]
    texts = [candidate, candidate["type"][0], candidate["features"][0], suggested]
    texts += [suggested["notable"][0], client.get("/reconcile/1.0").json()]

    assert [(each.get("lang"), each.get("dir")) for each in texts] == [("en", "ltr")] * 6
    plain = client.get("/reconcile/suggest/entity?prefix=ira").json()["result"][0]
    assert "lang" not in plain


def test_preview_isolates_names_of_other_directions(client: httpx.Client) -> None:
    """A name that is read from the right does not turn the names beside it."""
    text = client.get("/reconcile/wikidata/preview?id=Q794").text

    assert '<bdi dir="rtl">جمهوری اسلامی ایران</bdi>' in text or '<bdi lang="ar" dir="rtl">' in text
    assert "<h1>Iran</h1>" in text


def test_batch_beyond_the_size_is_refused(client: httpx.Client) -> None:
    """Neither version takes more queries than the manifest says: 413."""
    size = client.get("/reconcile").json()["batchSize"]
    assert size == BATCH_SIZE
    batch = {str(n): {"query": "x"} for n in range(size + 1)}
    draft = [{"conditions": [{"matchType": "name", "propertyValue": "x"}]}] * (size + 1)

    assert client.post("/reconcile", data={"queries": json.dumps(batch)}).status_code == 413
    response = client.post("/reconcile/1.0/match", json={"queries": draft})
    assert response.status_code == 413
    assert response.headers["content-type"] == "application/problem+json"


def test_body_beyond_the_bound_is_refused(client: httpx.Client) -> None:
    """A body of more than a megabyte is not read to its end."""
    response = client.post("/reconcile", content=b"queries=" + b"x" * 1_100_000)

    assert response.status_code == 413


def test_other_body_is_refused(client: httpx.Client) -> None:
    """Version 0.2 takes forms, and says so."""
    assert client.post("/reconcile", json={"queries": {}}).status_code == 415


def test_suggestion_begins_with_the_prefix(client: httpx.Client) -> None:
    """Entities are suggested by the beginning of a name, types and properties by that of a word."""
    entity = client.get("/reconcile/suggest/entity", params={"prefix": "HEZ"}).json()
    kind = client.get("/reconcile/suggest/type", params={"prefix": "gro"}).json()
    nothing = client.get("/reconcile/suggest/entity", params={"prefix": "zebra"}).json()

    assert [each["id"] for each in entity["result"]] == ["hezbollah"]
    assert [each["id"] for each in kind["result"]] == ["ArmedGroup"]
    assert nothing == {"result": []}
    assert client.get("/reconcile/suggest/other").status_code == 404


def test_callback_is_called(client: httpx.Client) -> None:
    """A page that names a function gets a script that calls it."""
    response = client.get("/reconcile/suggest/entity?prefix=hez&callback=jQuery12_3.x")

    assert response.headers["content-type"].startswith("application/javascript")
    assert response.text.startswith("/**/jQuery12_3.x({")
    assert response.text.endswith(");")


@pytest.mark.parametrize("name", ["alert(1)//", "", "a;b", "<script>", "a" * 200, "x\n"])
def test_callback_that_is_no_name_is_refused(client: httpx.Client, name: str) -> None:
    """Nothing but the name of a function gets into a script."""
    assert client.get(f"/reconcile?callback={quote(name)}").status_code == 400


def test_preview_may_be_framed_and_escapes(client: httpx.Client) -> None:
    """A preview can be shown by another page, can do nothing there, and shows text as text."""
    response = client.get("/reconcile/preview?id=mallory")

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in response.text
    assert "<script>" not in response.text
    policy = response.headers.get_list("content-security-policy")
    assert policy == ["default-src 'none'; frame-ancestors *; sandbox"]
    assert client.get("/reconcile/preview?id=nobody").status_code == 404
    assert "script>alert" not in client.get("/reconcile/flyout/entity?id=mallory").json()["html"]


def test_values_come_from_the_graph(client: httpx.Client) -> None:
    """Data extension gives values by entity and property, and empty ones for what is unknown."""
    asked = {"ids": ["iran", "nobody"], "properties": [{"id": "label"}, {"id": "class"}]}
    told = client.post("/reconcile", data={"extend": json.dumps(asked)}).json()

    assert told["rows"] == {
        "iran": {"label": [{"str": "Iran"}], "class": [{"id": "State", "name": "state"}]},
        "nobody": {"label": [], "class": []},
    }
    assert told["meta"][0] == {"id": "label", "name": "label"}


def test_id_cannot_get_into_the_query(client: httpx.Client) -> None:
    """An id that is none of ours finds nothing, whatever it would mean in SPARQL."""
    asked = {"ids": ["x> ?p ?o } #", "iran> <y"], "properties": [{"id": "label"}]}
    response = client.post("/reconcile", data={"extend": json.dumps(asked)})

    assert response.status_code == 200
    assert set(map(str, response.json()["rows"].values())) == {"{'label': []}"}


def test_half_a_character_is_answered(client: httpx.Client) -> None:
    """Half of a pair of surrogates, which JSON can hold, finds nothing and breaks nothing."""
    half = "\\ud83d"
    queries = f'{{"{half}": {{"query": "{half}", "type": "{half}"}}}}'
    extend = f'{{"ids": ["{half}"], "properties": [{{"id": "label"}}]}}'

    matched = client.post("/reconcile", data={"queries": queries})
    extended = client.post("/reconcile/1.0/extend", content=extend)
    assert (matched.status_code, matched.json()) == (200, {"\ud83d": {"result": []}})
    assert extended.json()["rows"][0]["properties"] == [{"id": "label", "values": []}]


def test_draft_conditions(client: httpx.Client) -> None:
    """In 1.0-draft an id is looked up, a required property leaves others out, none turns it."""
    name = {"matchType": "name", "propertyValue": "Iran"}
    label = {"matchType": "property", "propertyId": "label", "propertyValue": "Iran"}
    queries = [
        {"conditions": [{"matchType": "id", "propertyValue": "hezbollah"}]},
        {"type": "State", "conditions": [name, {**label, "required": True}]},
        {"conditions": [name, {**label, "required": True, "matchQuantifier": "none"}]},
        {"conditions": [name, {**label, "propertyId": "isoCode", "required": True}]},
    ]
    response = client.post("/reconcile/1.0/match", json={"queries": queries})

    told = [[each["id"] for each in one["candidates"]] for one in response.json()["results"]]
    assert told == [["hezbollah"], ["iran"], [], []]
    assert response.headers["access-control-allow-origin"] == "*"


WILDCARD = {"matchType": "property", "propertyId": "label", "propertyValue": "I*"}


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ({"query": "Iran"}, "'query'"),
        ({"conditions": [{**WILDCARD, "matchQualifier": "WildcardMatch"}]}, "WildcardMatch"),
    ],
)
def test_draft_tells_problems(client: httpx.Client, query: dict[str, Any], part: str) -> None:
    """In 1.0-draft what is none of its requests, or not offered, is told as a problem document."""
    response = client.post("/reconcile/1.0/match", json={"queries": [query]})

    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert part in response.json()["detail"]


@pytest.mark.parametrize(
    ("path", "methods"),
    [("/reconcile", "GET, POST, OPTIONS"), ("/reconcile/1.0/match", "POST, OPTIONS")],
)
def test_browsers_may_ask_first(client: httpx.Client, path: str, methods: str) -> None:
    """A preflight allows the methods of the address, once."""
    response = client.options(path, headers={"origin": "https://example.org"})

    assert response.status_code == 204
    assert response.headers.get_list("access-control-allow-origin") == ["*"]
    assert response.headers["access-control-allow-methods"] == methods
    assert "Content-Type" in response.headers["access-control-allow-headers"]


def test_names_of_new_data_are_taken_up(
    serve: Callable[..., AbstractContextManager[str]], tmp_path: Path
) -> None:
    """When another snapshot is served, its names are found soon after."""

    def written(name: str) -> Snapshot:
        store = Store()
        store.add(Quad(term("id:it"), term("rdfs:label"), Literal(name, language="en")))
        return write_snapshot(store, tmp_path, {})

    with (
        serve(written("Arcadia"), snapshot_poll_s=0.05) as url,
        httpx.Client(base_url=url, timeout=20) as client,
    ):
        assert _match(client, q0={"query": "Arcadia"})["q0"]["result"]
        written("Borduria")
        end = time.monotonic() + 20
        while not _match(client, q0={"query": "Borduria"})["q0"]["result"]:
            assert time.monotonic() < end, "the new names are not found"
            time.sleep(0.1)
        assert _match(client, q0={"query": "Arcadia"})["q0"]["result"] == []
