"""The full-text index: the names, titles and summaries of the default graph, in memory.

It is an SQLite database without a file, built by the zygote and inherited by the workers, which may
open nothing: whatever SQLite would put into a temporary file has to stay in memory as well.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager
from heapq import nsmallest
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol

from pyoxigraph import DefaultGraph, Literal, NamedNode, Store

from allegiance.namespaces import term
from allegiance_server.protocol.search_patterns import (
    FUNCTIONS,
    MAX_MATCHES,
    PREFIX,
    Match,
    Matches,
    expand,
    may_search,
)
from allegiance_server.protocol.search_words import Term, marks, parse, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Self

    from pyoxigraph import Quad

__all__ = ["KINDS", "SearchIndex", "answer_search", "expand_searches"]

# What is indexed, and as what. Of two texts that match equally well, the earlier kind is shown.
KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "rdfs:label": "label",
        "skos:prefLabel": "label",
        "al:alias": "alias",
        "skos:altLabel": "alias",
        "dcterms:title": "title",
        "al:says": "summary",
    }
)

# A text is numbered by its thing, times so much: the hits of a thing are known without a look at
# the texts, which halves the time of a search for a common word.
TEXTS_PER_THING: Final = 1_000_000

# The words arrive cut and folded; `ascii` leaves all beyond ASCII as it is. What FTS5 need not
# keep twice it does not: the texts stand in their own table.
SCHEMA: Final = """
    PRAGMA temp_store = MEMORY;
    CREATE TABLE things (thing INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE);
    CREATE TABLE texts (
        id INTEGER PRIMARY KEY, predicate INTEGER NOT NULL,
        language TEXT NOT NULL, text TEXT NOT NULL
    );
    CREATE VIRTUAL TABLE words USING fts5 (folded, content='', tokenize='ascii');
"""
ADD_THING: Final = "INSERT INTO things (iri) VALUES (?) ON CONFLICT DO NOTHING"
FIND_THING: Final = "SELECT thing FROM things WHERE iri = ?"
TEXTS_OF: Final = "SELECT id, predicate, language, text FROM texts WHERE id BETWEEN ? AND ?"
ADD_TEXT: Final = "INSERT INTO texts (id, predicate, language, text) VALUES (?, ?, ?, ?)"
ADD_WORDS: Final = "INSERT INTO words (rowid, folded) VALUES (?, ?)"
REMOVE_TEXT: Final = "DELETE FROM texts WHERE id = ?"
# An index without the texts needs to be told what it forgets.
REMOVE_WORDS: Final = "INSERT INTO words (words, rowid, folded) VALUES ('delete', ?, ?)"
SEARCH: Final = f"""
    SELECT words.rowid, iri, -bm25(words)
    FROM words JOIN things ON thing = words.rowid / {TEXTS_PER_THING}
    WHERE words MATCH ?
"""  # noqa: S608 - a number of this module
TEXT: Final = "SELECT predicate, language, text FROM texts WHERE id = ?"

# The predicate by its place in KINDS, the language, the text.
Row = tuple[int, str, str]


class Quads(Protocol):
    """A store, as far as it is read here."""

    def quads_for_pattern(
        self,
        subject: None,
        predicate: NamedNode,
        object: None,  # noqa: A002 - the name that pyoxigraph gives it
        graph_name: DefaultGraph,
    ) -> Iterable[Quad]:
        """Give the quads that match."""


class SearchIndex:
    """Find the things of a graph by the words of their names, titles and summaries.

    Things without an IRI are not in it. A process that was forked from the one that built it may
    search, in any one thread at a time; to change it is for the builder alone.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._database = sqlite3.connect(
            ":memory:", check_same_thread=False, isolation_level=None, cached_statements=16
        )
        self._database.executescript(SCHEMA)
        self._predicates = {term(name): index for index, name in enumerate(KINDS)}
        self._kinds = tuple(KINDS.values())
        self.nothing = Store()

    @classmethod
    def build(cls, store: Quads) -> Self:
        """Index the default graph of a store.

        >>> SearchIndex.build(Store()).search("iran").total
        0
        """
        index = cls()
        with index._transaction():
            for predicate in index._predicates:
                quads = store.quads_for_pattern(None, predicate, None, DefaultGraph())
                index._add(quads)
        return index

    def apply(self, added: Iterable[Quad], removed: Iterable[Quad]) -> None:
        """Follow a change of the store: first what it removed, then what it added.

        What is removed without being there, or added while it is, changes nothing. All or nothing
        is done.
        """
        with self._transaction():
            self._remove(removed)
            self._add(added)

    def search(self, text: str, limit: int = MAX_MATCHES, offset: int = 0) -> Matches:
        """Find things, each with the text that matches best; the best first, then by IRI.

        All words have to stand in one text. Raises RequestError where there is no word to look for.
        """
        expression = " ".join(map(_quoted, parse(text)))
        best: dict[str, tuple[float, list[int]]] = {}
        for number, iri, score in self._database.execute(SEARCH, (expression,)):
            known = best.get(iri)
            if known is None or score > known[0]:
                best[iri] = (score, [number])
            elif score == known[0]:
                known[1].append(number)
        order = nsmallest(offset + limit, ((-score, iri) for iri, (score, _) in best.items()))
        items = (self._match(iri, *best[iri]) for _, iri in order[offset:])
        return Matches(len(best), tuple(items))

    def label(self, iri: str) -> str | None:
        """Return the label of a thing, else its title; the English one where there are several."""
        named = [
            (predicate, language != "en", language, text)
            for _, (predicate, language, text) in self._texts(self._thing(iri))
            if self._kinds[predicate] in ("label", "title")
        ]
        return min(named)[-1] if named else None

    def close(self) -> None:
        """Give the memory back."""
        self._database.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._database:
            self._database.execute("BEGIN")
            yield

    def _match(self, iri: str, score: float, numbers: list[int]) -> Match:
        """Choose among texts that match equally well."""
        found = (self._database.execute(TEXT, (number,)).fetchone() for number in numbers)
        predicate, language, text = min(found)
        return Match(iri, self._kinds[predicate], text, language, score)

    def _thing(self, iri: str) -> int | None:
        """Return the number of a thing that is or was in the index."""
        row = self._database.execute(FIND_THING, (iri,)).fetchone()
        return None if row is None else int(row[0])

    def _texts(self, thing: int | None) -> list[tuple[int, Row]]:
        """Return the texts of a thing with their numbers, in the order of these."""
        if thing is None:
            return []
        first = thing * TEXTS_PER_THING
        rows = self._database.execute(TEXTS_OF, (first, first + TEXTS_PER_THING - 1))
        return [(number, (predicate, language, text)) for number, predicate, language, text in rows]

    def _add(self, quads: Iterable[Quad]) -> None:
        for iri, row in filter(None, map(self._row, quads)):
            self._database.execute(ADD_THING, (iri,))
            thing = self._thing(iri)
            known = self._texts(thing)
            if thing is None or any(row == each for _, each in known):
                continue
            number = known[-1][0] + 1 if known else thing * TEXTS_PER_THING
            self._database.execute(ADD_TEXT, (number, *row))
            self._database.execute(ADD_WORDS, (number, _folded(row[-1])))

    def _remove(self, quads: Iterable[Quad]) -> None:
        for iri, row in filter(None, map(self._row, quads)):
            for number, each in self._texts(self._thing(iri)):
                if each == row:
                    self._database.execute(REMOVE_WORDS, (number, _folded(row[-1])))
                    self._database.execute(REMOVE_TEXT, (number,))

    def _row(self, quad: Quad) -> tuple[str, Row] | None:
        """Return the thing of a quad and what is indexed of it; None where nothing is."""
        predicate = self._predicates.get(quad.predicate)
        text = quad.object
        if (
            predicate is None
            or not isinstance(quad.graph_name, DefaultGraph)
            or not isinstance(quad.subject, NamedNode)
            or not isinstance(text, Literal)
        ):
            return None
        tag = text.language or ""
        if text.direction is not None:
            tag = f"{tag}--{text.direction.value}"
        return quad.subject.value, (predicate, tag, text.value)


def _folded(text: str) -> str:
    return " ".join(word.folded for word in words(text))


def _quoted(wanted: Term) -> str:
    """Write a term for FTS5; its words are letters and digits only, so that none is syntax."""
    return f'"{" ".join(wanted.folded)}"{"*" if wanted.is_prefix else ""}'


def expand_searches(
    index: SearchIndex, query: str, prefixes: Mapping[str, str], base_iri: str | None = None
) -> str:
    """Replace the searches in a query by what they find.

    The query as it was sent is parsed first, so that an error names a place in it. Raises
    SyntaxError as the store's parser does, and what `expand` raises.
    """
    if not may_search(query):
        return query
    index.nothing.query(query, base_iri=base_iri, prefixes={PREFIX: FUNCTIONS, **prefixes})
    return expand(query, index.search)


def answer_search(index: SearchIndex, request: str) -> bytes:
    """Answer a request, which is JSON: `words`, `limit`, `offset`; so is the answer.

    It has the `total` and the `items`. The marks of an item are the places of the words in its
    text: start and end in characters of Unicode. Raises RequestError where there is no word.
    """
    asked = json.loads(request)
    found = index.search(asked["words"], asked["limit"], asked["offset"])
    wanted = parse(asked["words"])
    items = [
        {
            "thing": match.thing,
            "label": index.label(match.thing),
            "kind": match.kind,
            "text": match.text,
            "language": match.language or None,
            "score": match.score,
            "marks": marks(match.text, wanted),
        }
        for match in found.items
    ]
    return json.dumps({"total": found.total, "items": items}).encode()
