"""Read the test manifests of the W3C into frozen values.

A manifest is a Turtle file: a list of tests, or a list of further manifests. Its tests are of four
kinds, each with a value of its own below. Nothing is run here, and no file but manifests is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode, RdfFormat, Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Any

    # What stands in a manifest: an IRI, a blank node or a literal, as the vocabulary has it.
    Term = Any

__all__ = [
    "BASE",
    "Case",
    "Conversation",
    "Evaluation",
    "Expectation",
    "GraphFile",
    "Step",
    "Syntax",
    "Update",
    "read_manifest",
]

# Where the suites are published: relative names in their files mean something below this address.
BASE = "https://w3c.github.io/rdf-tests/"

NAMESPACES: Mapping[str, str] = MappingProxyType(
    {
        "cnt": "http://www.w3.org/2011/content#",
        "ht": "http://www.w3.org/2011/http#",
        "mf": "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#",
        "qt": "http://www.w3.org/2001/sw/DataAccess/tests/test-query#",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "ut": "http://www.w3.org/2009/sparql/tests/test-update#",
    }
)


@dataclass(frozen=True, slots=True)
class GraphFile:
    """Name a file of data and the graph that it fills; None: the default graph."""

    file: Path
    base: str
    graph: str | None = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """Hold what a response has to be.

    `statuses` are names such as "Created" or "StatusCode2xx", any of which will do. `location` is
    the name under which the address of the response is remembered for later requests. A body has
    to be the graph that `body` is, read as `media_type`.
    """

    statuses: frozenset[str]
    boolean: bool | None = None
    form: str | None = None
    location: str | None = None
    media_type: str = ""
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """Hold one request, as it is to be sent, and what is expected of its response."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: str | None
    encoding: str
    expected: Expectation


@dataclass(frozen=True, slots=True)
class Conversation:
    """Hold a test of a protocol: the data that is there first, and requests in their order."""

    name: str
    data: tuple[GraphFile, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Syntax:
    """Hold a text that is, or is not, of the language."""

    name: str
    file: Path
    is_update: bool
    is_valid: bool


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Hold a query, its data, and the file with its result."""

    name: str
    query: Path
    base: str
    data: tuple[GraphFile, ...]
    result: Path
    result_base: str


@dataclass(frozen=True, slots=True)
class Update:
    """Hold an update, and the graphs before and after it."""

    name: str
    request: Path
    base: str
    before: tuple[GraphFile, ...]
    after: tuple[GraphFile, ...]


Case = Conversation | Syntax | Evaluation | Update


def read_manifest(root: Path, file: Path) -> tuple[Case, ...]:
    """Read a manifest below the root of the suites, with those that it includes.

    The name of a test is its folder and the fragment of its IRI: `sparql11/bind#bind01`. Raises
    ValueError for a kind of test that is not known, and KeyError where a part is missing.
    """
    return tuple(_Manifest(root, file).cases())


class _Manifest:
    """One parsed manifest."""

    def __init__(self, root: Path, file: Path) -> None:
        self._root = root
        self._folder = file.parent
        self._store = Store()
        base = BASE + file.relative_to(root).as_posix()
        self._store.load(path=file, format=RdfFormat.TURTLE, base_iri=base)

    def cases(self) -> Iterator[Case]:
        for each in self._listed("mf:include"):
            yield from read_manifest(self._root, self._file(each))
        for each in self._listed("mf:entries"):
            yield self._case(each)

    def _case(self, test: Term) -> Case:
        kind = _local(self._one(test, "rdf:type"))
        name = f"{self._folder.parent.name}/{self._folder.name}#{_local(test)}"
        action = self._one(test, "mf:action")
        match kind:
            case "ProtocolTest" | "GraphStoreProtocolTest":
                requests = self._members(self._one(action, "ht:requests"))
                steps = tuple(self._step(request) for request in requests)
                return Conversation(name, self._graphs(test, "ut"), steps)
            case "QueryEvaluationTest" | "CSVResultFormatTest":
                return self._evaluation(name, action, self._one(test, "mf:result"))
            case "UpdateEvaluationTest":
                return self._update(name, action, self._one(test, "mf:result"))
            case _ if "SyntaxTest" in kind:
                file = self._file(action)
                # Eight tests of bad updates are called tests of queries; their files tell.
                is_update = "Update" in kind or file.suffix == ".ru"
                return Syntax(name, file, is_update, kind.startswith("Positive"))
        message = f"{name} is of the kind {kind}, which this runner does not know."
        raise ValueError(message)

    def _evaluation(self, name: str, action: Term, result: Term) -> Evaluation:
        query = self._one(action, "qt:query")
        data = self._graphs(action, "qt")
        file = self._file(result)
        return Evaluation(name, self._file(query), query.value, data, file, result.value)

    def _update(self, name: str, action: Term, result: Term) -> Update:
        request = self._one(action, "ut:request")
        before, after = self._graphs(action, "ut"), self._graphs(result, "ut")
        return Update(name, self._file(request), request.value, before, after)

    def _graphs(self, subject: Term, prefix: str) -> tuple[GraphFile, ...]:
        """Read the default graph's files and those of named graphs, which may have labels."""
        data = self._all(subject, f"{prefix}:data")
        found = [GraphFile(self._file(each), each.value) for each in data]
        for each in self._all(subject, f"{prefix}:graphData"):
            labels = self._all(each, "rdfs:label")
            source = self._one(each, f"{prefix}:graph") if labels else each
            name = labels[0].value if labels else source.value
            found.append(GraphFile(self._file(source), source.value, name))
        return tuple(sorted(found, key=lambda graph: (graph.graph or "", graph.file)))

    def _step(self, request: Term) -> Step:
        response = self._one(request, "ht:resp")
        body = next(iter(self._all(request, "ht:body")), None)
        return Step(
            method=self._one(request, "ht:methodName").value,
            path=self._one(request, "ht:absolutePath").value,
            headers=tuple(self._headers(request)),
            body=None if body is None else self._one(body, "cnt:chars").value,
            encoding="" if body is None else self._one(body, "cnt:characterEncoding").value,
            expected=self._expectation(response),
        )

    def _expectation(self, response: Term) -> Expectation:
        boolean = self._text(response, "mf:expectedBoolean")
        body = next(iter(self._all(response, "ht:body")), None)
        media_type = dict(self._headers(response)).get("content-type", "")
        return Expectation(
            statuses=frozenset(map(_local, self._all(response, "mf:expectedStatus"))),
            boolean=None if boolean is None else boolean == "true",
            form=self._text(response, "mf:expectedFormat"),
            location=self._text(response, "mf:expectedLocation"),
            media_type=media_type.partition(";")[0],
            body=None if body is None else self._one(body, "cnt:chars").value,
        )

    def _headers(self, message: Term) -> Iterator[tuple[str, str]]:
        for head in self._all(message, "ht:headers"):
            for header in self._members(head):
                name = self._one(header, "ht:fieldName").value
                yield name.lower(), self._one(header, "ht:fieldValue").value

    def _listed(self, predicate: str) -> Iterator[Term]:
        """Yield the members of the lists that the manifest itself has under a predicate."""
        for quad in self._store.quads_for_pattern(None, _iri(predicate), None):
            yield from self._members(quad.object)

    def _members(self, head: Term) -> Iterator[Term]:
        while head != _iri("rdf:nil"):
            yield self._one(head, "rdf:first")
            head = self._one(head, "rdf:rest")

    def _all(self, subject: Term, predicate: str) -> list[Term]:
        quads = self._store.quads_for_pattern(subject, _iri(predicate), None)
        return [quad.object for quad in quads]

    def _one(self, subject: Term, predicate: str) -> Term:
        found = self._all(subject, predicate)
        if not found:
            message = f"{subject} has no {predicate} in a manifest of {self._folder}."
            raise KeyError(message)
        return found[0]

    def _text(self, subject: Term, predicate: str) -> str | None:
        return next((term.value for term in self._all(subject, predicate)), None)

    def _file(self, term: Term) -> Path:
        return self._root / str(term.value).removeprefix(BASE)


def _iri(name: str) -> NamedNode:
    prefix, _, local = name.partition(":")
    return NamedNode(NAMESPACES[prefix] + local)


def _local(term: Term) -> str:
    return str(term.value).rpartition("#")[2]
