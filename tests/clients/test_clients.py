"""The clients that people use get right answers, and notice where an answer is not whole."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pandas as pd
import pytest
from rdflib import RDFS, Graph, Literal, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import CSV, GET, JSON, POST, POSTDIRECTLY, TURTLE, URLENCODED, XML, SPARQLWrapper

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
SNAPSHOT = HERE.parent / "server" / "snapshot"
LABELS = "SELECT ?label { ?thing a ?class ; rdfs:label ?label } ORDER BY ?label"
IRAN = URIRef("https://w3id.org/allegiance/id/iran")
# 160,000 rows, which pass a bound of 100,000 bytes long after the first have been sent.
LARGE = (
    f"SELECT * {{ VALUES ?a {{ {' '.join(map(str, range(400)))} }}"
    f" VALUES ?b {{ {' '.join(map(str, range(400)))} }} }}"
)
PREFIXES = (
    "PREFIX al: <https://w3id.org/allegiance/ontology#> "
    "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
)

curl_is_there = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
comunica_is_there = pytest.mark.skipif(
    shutil.which("node") is None or not (HERE / "node_modules").is_dir(),
    reason="Comunica is not installed: `npm ci` in tests/clients (82 MB)",
)


@contextmanager
def serving(*options: str) -> Iterator[str]:
    """Run a server; give the address of its endpoint."""
    command = [
        *(sys.executable, "-m", "allegiance_server", "serve", "--port", "0", "--workers", "1"),
        *("--snapshot", str(SNAPSHOT), *options),
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            found = re.search(r"http://[^/]+", process.stdout.readline())
            assert found is not None, "the server did not start"
            yield f"{found[0]}/sparql"
        finally:
            process.kill()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Give the address of the endpoint of a server with two labels of things with a class."""
    with serving() as address:
        yield address


def curl(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run curl as a person does, but silently."""
    return subprocess.run(
        ["curl", "--silent", "--max-time", "60", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


@curl_is_there
@pytest.mark.parametrize("way", [("--get",), (), ("--get", "--compressed"), ("--compressed",)])
def test_curl_asks_by_get_and_post(endpoint: str, way: tuple[str, ...]) -> None:
    """By either method, compressed or not, the same table comes."""
    done = curl(*way, "-H", "Accept: text/csv", "--data-urlencode", f"query={LABELS}", endpoint)
    assert done.returncode == 0
    assert done.stdout.splitlines() == ["label", "Hezbollah", "Iran"]


@curl_is_there
def test_curl_is_told_that_nothing_has_changed(endpoint: str) -> None:
    """With the ETag of before there is a 304 and no body."""
    asked = f"{endpoint}?{urlencode({'query': LABELS})}"
    first = curl("--include", asked)
    tag = re.search(r"^etag: (.*)\r?$", first.stdout, re.MULTILINE | re.IGNORECASE)
    assert tag is not None
    again = curl("--write-out", "%{http_code}", "-H", f"If-None-Match: {tag[1].strip()}", asked)
    assert again.stdout == "304"


@curl_is_there
def test_curl_fails_on_an_error_status(endpoint: str) -> None:
    """What is no query gives an exit code to a script that asks for one."""
    assert curl("--fail", "--data-urlencode", "query=SELECT", endpoint).returncode == 22


@curl_is_there
def test_curl_notices_a_result_that_is_broken_off() -> None:
    """A result that turns out too large on the way does not look whole: curl ends with 18."""
    with serving("--spool-bytes", "1024", "--max-result-bytes", "100000") as endpoint:
        done = curl("-H", "Accept: text/csv", "--data-urlencode", f"query={LARGE}", endpoint)
    assert done.stdout.startswith("a,b")
    assert done.returncode == 18


@pytest.mark.parametrize(
    ("method", "how"), [(GET, URLENCODED), (POST, URLENCODED), (POST, POSTDIRECTLY)]
)
def test_sparqlwrapper_reads_every_format(endpoint: str, method: str, how: str) -> None:
    """By each way of asking, tables come as JSON, XML and CSV with the same two labels."""
    wrapper = SPARQLWrapper(endpoint)
    wrapper.setMethod(method)
    wrapper.setRequestMethod(how)
    wrapper.setQuery(LABELS)
    wrapper.setReturnFormat(JSON)
    converted: Any = wrapper.queryAndConvert()
    rows = converted["results"]["bindings"]
    assert [row["label"]["value"] for row in rows] == ["Hezbollah", "Iran"]
    wrapper.setReturnFormat(XML)
    document: Any = wrapper.queryAndConvert()
    literals = document.getElementsByTagName("literal")
    assert [each.firstChild.data for each in literals] == ["Hezbollah", "Iran"]
    wrapper.setReturnFormat(CSV)
    text: Any = wrapper.queryAndConvert()
    assert text.decode().split() == ["label", "Hezbollah", "Iran"]


def test_sparqlwrapper_reads_a_graph(endpoint: str) -> None:
    """A CONSTRUCT comes as Turtle."""
    wrapper = SPARQLWrapper(endpoint)
    wrapper.setQuery("CONSTRUCT { ?s a al:State } WHERE { ?s a al:State }")
    wrapper.setReturnFormat(TURTLE)
    text: Any = wrapper.queryAndConvert()
    graph = Graph().parse(data=text, format="turtle")
    assert set(graph.subjects()) == {IRAN}


def test_rdflib_asks_and_walks(endpoint: str) -> None:
    """The endpoint behaves as a graph of rdflib: by SPARQL and by patterns of triples."""
    store = SPARQLStore(endpoint)
    graph = Graph(store=store)
    found: Any = graph.query(LABELS)
    assert [str(row.label) for row in found] == ["Hezbollah", "Iran"]
    assert graph.value(IRAN, RDFS.label) == Literal("Iran", lang="en")
    assert (IRAN, RDFS.label, Literal("Nowhere")) not in graph
    store.close()


def test_pandas_reads_a_table(endpoint: str) -> None:
    """The address of a query can be read as a table, by a parameter in place of a header."""
    table = pd.read_csv(f"{endpoint}?{urlencode({'query': LABELS, 'format': 'csv'})}")
    assert table["label"].tolist() == ["Hezbollah", "Iran"]


def comunica(endpoint: str, query: str) -> str:
    """Ask with Comunica; return what it prints."""
    done = subprocess.run(
        ["node", "ask.mjs", endpoint, PREFIXES + query],
        cwd=HERE,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@comunica_is_there
def test_comunica_reads_a_table(endpoint: str) -> None:
    """The engine that runs in browsers gets the same two labels."""
    rows = json.loads(comunica(endpoint, LABELS))["results"]["bindings"]
    assert [row["label"]["value"] for row in rows] == ["Hezbollah", "Iran"]


@comunica_is_there
def test_comunica_reads_an_answer_and_a_graph(endpoint: str) -> None:
    """ASK and CONSTRUCT get through, too."""
    assert json.loads(comunica(endpoint, "ASK { ?s a al:State }"))["boolean"] is True
    triples = comunica(endpoint, "CONSTRUCT { ?s a al:State } WHERE { ?s a al:State }")
    assert triples.split() == [
        f"<{IRAN}>",
        "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>",
        "<https://w3id.org/allegiance/ontology#State>",
        ".",
    ]


def test_lock_file_of_comunica_names_hashes_and_no_host() -> None:
    """Every package is pinned by its hash, and no registry is named."""
    lock = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))
    packages = [each for name, each in lock["packages"].items() if name]
    assert len(packages) > 100
    assert all(each["integrity"].startswith("sha512-") for each in packages)
    assert not any("resolved" in each for each in packages)
