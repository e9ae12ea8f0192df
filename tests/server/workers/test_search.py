"""The index finds what the default graph names, in the process that built it and in its forks."""

from __future__ import annotations

import json
import os
import resource
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from pyoxigraph import BaseDirection, BlankNode, Literal, NamedNode, Quad, RdfFormat, Store

from allegiance.namespaces import term
from allegiance_server.errors import QueryNotEvaluableError, QueryNotParsedError, RequestError
from allegiance_server.workers.search import SearchIndex, answer_search, expand_searches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allegiance.snapshot import Snapshot

CLAIM = "https://w3id.org/allegiance/claim/page/backing"
HOSTILE = [
    '"',
    '"x',
    "*",
    "x*y",
    "NEAR(iran hezbollah)",
    "folded:iran",
    "iran OR hezbollah",
    "iran NOT hezbollah",
    "^iran",
    "{folded} : iran",
    "-iran",
    "iran + hezbollah",
    "') ; DROP TABLE texts; --",
    "iran\x00",
    "\x00",
    "🚀",
    "\ud800",
    "x" * 100_000,
    "x " * 50_000,
]


def said(subject: str, predicate: str, text: str, language: str | None = None) -> Quad:
    """Make a quad of the default graph; the subject is a name of `id:`."""
    return Quad(term(f"id:{subject}"), term(predicate), Literal(text, language=language))


QUADS = (
    said("iran", "rdfs:label", "Iran", "en"),
    said("iran", "skos:altLabel", "ایران", "fa"),
    said("iran", "al:alias", "伊朗伊斯兰共和国"),
    said("hezbollah", "rdfs:label", "Hezbollah", "en"),
    said("hezbollah", "rdfs:label", "Ḥizballāh", "ar-latn"),
    said("kataib", "rdfs:label", "Kata'ib Hezbollah", "en"),
    said("iran-backs-hezbollah", "al:says", "Iran backs Hezbollah with arms.", "en"),
    said("page", "dcterms:title", "Who stands with Iran?", "en"),
    said("page", "rdfs:label", "Who stands with Iran?", "en"),
)


def store_of(*quads: Quad) -> Store:
    """Make a store of some quads."""
    made = Store()
    made.extend(quads)
    return made


@pytest.fixture
def store() -> Store:
    """Make a graph of names, with texts that are none of them."""
    made = store_of(*QUADS)
    made.add(said("noted", "skos:note", "Iran in a note"))
    made.add(Quad(term("id:elsewhere"), term("rdfs:label"), Literal("Iran"), NamedNode(CLAIM)))
    made.add(Quad(BlankNode("b"), term("rdfs:label"), Literal("Iran")))
    made.add(Quad(term("id:linked"), term("rdfs:label"), term("id:iran")))
    return made


@pytest.fixture
def index(store: Store) -> SearchIndex:
    """Index the graph of names."""
    return SearchIndex.build(store)


def found(index: SearchIndex, words: str) -> list[str]:
    """Return the local names of what is found, in order."""
    return [match.thing.rpartition("/")[2] for match in index.search(words).items]


def test_names_titles_and_summaries_of_the_default_graph_are_found(index: SearchIndex) -> None:
    """Notes, named graphs, blank nodes and links are not in the index; short texts come first."""
    assert found(index, "iran") == ["iran", "page", "iran-backs-hezbollah"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("hizballah", ["hezbollah"]),
        ("ايران", ["iran"]),
        ("伊朗", ["iran"]),
        ("共和国", ["iran"]),
        ("朗伊", ["iran"]),
        ("国伊", []),
        ("kataʾib", ["kataib"]),
        ("hezb*", ["hezbollah", "kataib", "iran-backs-hezbollah"]),
        ("hezb", []),
        ("hezbollah iran", ["iran-backs-hezbollah"]),
        ('"backs hezbollah"', ["iran-backs-hezbollah"]),
        ('"hezbollah backs"', []),
        ("iran OR hezbollah", []),
    ],
)
def test_words_find_things(index: SearchIndex, words: str, expected: list[str]) -> None:
    """All words have to stand in one text, in any spelling; parts of Chinese names are found."""
    assert found(index, words) == expected


def test_thing_is_found_once_with_its_best_text(index: SearchIndex) -> None:
    """Of equal texts the label is shown before the title; a better match goes before both."""
    matches = index.search("iran")
    assert matches.total == 3
    assert [(match.kind, match.text, match.language) for match in matches.items] == [
        ("label", "Iran", "en"),
        ("label", "Who stands with Iran?", "en"),
        ("summary", "Iran backs Hezbollah with arms.", "en"),
    ]
    scores = [match.score for match in matches.items]
    assert scores == sorted(scores, reverse=True)
    assert index.search("伊朗").items[0].kind == "alias"


def test_equal_matches_come_in_the_order_of_their_iris() -> None:
    """The order of answers depends on the graph alone, not on how it was loaded."""
    quads = [said(name, "rdfs:label", "same") for name in ("c", "a", "b")]
    assert found(SearchIndex.build(store_of(*quads)), "same") == ["a", "b", "c"]
    later = SearchIndex.build(Store())
    later.apply(quads, [])
    assert found(later, "same") == ["a", "b", "c"]


def test_pages_follow_each_other(index: SearchIndex) -> None:
    """Limit and offset cut the one order; the total stays, also behind the end."""
    pages = [index.search("iran", 2, offset) for offset in (0, 2, 4)]
    assert [page.total for page in pages] == [3, 3, 3]
    assert [len(page.items) for page in pages] == [2, 1, 0]
    assert pages[0].items + pages[1].items == index.search("iran").items


@pytest.mark.parametrize("words", HOSTILE)
def test_nothing_that_is_typed_is_syntax(index: SearchIndex, words: str) -> None:
    """Whatever is typed is looked for as words, or refused as none; the index stays whole."""
    with suppress(RequestError):
        index.search(words)
    assert index.search("iran").total == 3


def test_words_with_operators_are_words(index: SearchIndex) -> None:
    """A column name, NEAR and the brackets behind it mean nothing: they are looked for."""
    index.apply([said("odd", "rdfs:label", "near (iran, folded: hezbollah)")], [])
    assert found(index, "NEAR(iran folded:hezbollah)") == ["odd"]


def test_index_follows_a_change(store: Store) -> None:
    """After a change, the index answers as one that is built anew, scores and all."""
    changed = SearchIndex.build(store)
    added = [said("iran", "al:alias", "Persia"), said("new", "rdfs:label", "Iran again", "en")]
    removed = [QUADS[0], QUADS[8], said("iran", "al:alias", "never there")]
    changed.apply([*added, QUADS[3]], removed)
    store.extend(added)
    for quad in removed:
        store.remove(quad)
    rebuilt = SearchIndex.build(store)
    for words in ("iran", "persia", "hezb*", "伊朗", "who stands"):
        assert changed.search(words) == rebuilt.search(words)
    assert found(changed, "iran") == ["new", "page", "iran-backs-hezbollah"]
    assert changed.search("who").items[0].kind == "title"


def test_what_is_removed_and_added_again_is_there() -> None:
    """A change first removes, then adds."""
    index = SearchIndex.build(store_of(QUADS[0]))
    index.apply([QUADS[0]], [QUADS[0]])
    assert found(index, "iran") == ["iran"]
    index.apply([], [QUADS[0]])
    assert found(index, "iran") == []


def test_change_that_breaks_off_changes_nothing() -> None:
    """All of a change is done, or nothing."""
    index = SearchIndex.build(store_of(QUADS[0]))

    def broken() -> Iterator[Quad]:
        yield QUADS[3]
        raise OSError

    with pytest.raises(OSError, match=r"^$"):
        index.apply(broken(), [QUADS[0]])
    assert found(index, "iran") == ["iran"]
    assert found(index, "hezbollah") == []


def test_label_is_english_where_there_are_several(index: SearchIndex) -> None:
    """A thing is called by its label; by its title where it has none; else by nothing."""
    space = "https://w3id.org/allegiance/id/"
    assert index.label(space + "hezbollah") == "Hezbollah"
    assert index.label(space + "iran-backs-hezbollah") is None
    assert index.label(space + "nobody") is None
    index.apply([], [QUADS[8]])
    assert index.label(space + "page") == "Who stands with Iran?"


def test_direction_of_a_text_is_kept() -> None:
    """A text that runs from right to left comes back as the term that it is."""
    name = Literal("ایران", language="fa", direction=BaseDirection.RTL)
    store = store_of(Quad(term("id:iran"), term("rdfs:label"), name))
    query = 'SELECT ?name { (?x ?score ?name) alf:search "ایران" . ?x rdfs:label ?name }'
    expanded = expand_searches(SearchIndex.build(store), query, {"rdfs": term("rdfs:").value})
    rows = store.query(expanded, prefixes={"rdfs": term("rdfs:").value})
    assert [row["name"] for row in rows] == [name]  # type: ignore[union-attr,call-overload,index]


def test_answer_is_json_with_marks(index: SearchIndex) -> None:
    """Each item has its label, the text and where the words stand in it."""
    request = json.dumps({"words": "hezbollah iran", "limit": 20, "offset": 0})
    answer = json.loads(answer_search(index, request))
    score = answer["items"][0].pop("score")
    assert score > 0
    assert answer == {
        "total": 1,
        "items": [
            {
                "thing": "https://w3id.org/allegiance/id/iran-backs-hezbollah",
                "label": None,
                "kind": "summary",
                "text": "Iran backs Hezbollah with arms.",
                "language": "en",
                "marks": [[0, 4], [11, 20]],
            }
        ],
    }
    with pytest.raises(RequestError):
        answer_search(index, json.dumps({"words": "*", "limit": 20, "offset": 0}))


def test_query_is_parsed_before_it_is_expanded(index: SearchIndex) -> None:
    """An error names the line in the query as it was sent, not in what became of it."""
    with pytest.raises(SyntaxError, match="error at 2:"):
        expand_searches(index, 'SELECT * { ?x alf:search "i*" .\n ?x ?y }', {})
    with pytest.raises(QueryNotParsedError):
        expand_searches(index, "SELECT * { ?x alf:search ?words }", {})
    with pytest.raises(QueryNotEvaluableError):
        expand_searches(index, 'SELECT * { ?x alf:search "*" }', {})
    relative = 'SELECT * { ?x alf:search "iran" ; <p> ?o }'
    assert "<p>" in expand_searches(index, relative, {}, "https://example.org/")


def test_snapshot_is_searched(snapshot: Snapshot) -> None:
    """What is loaded from a snapshot is found; text that looks like a script is text."""
    store = Store()
    store.bulk_load(path=snapshot.nquads, format=RdfFormat.N_QUADS)
    index = SearchIndex.build(store)
    assert found(index, "iran") == ["iran"]
    assert index.search("script").items[0].text == "<script>alert(1)</script>"


def searched_in_a_fork(index: SearchIndex, pipe: int) -> None:
    """Search in a thread of a process that may open nothing, and write what it found."""
    os.dup2(pipe, 0)
    os.closerange(3, 1024)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))

    def search() -> None:
        counts = [index.search(words).total for words in ("iran", "hezb*", "w*", "w7")]
        os.write(0, json.dumps(counts).encode())

    threading.stack_size(64 * 1024 * 1024)
    thread = threading.Thread(target=search)
    thread.start()
    thread.join()


def test_forks_search_without_a_file(index: SearchIndex) -> None:
    """Several forks without a free descriptor search one index, which its builder goes on with."""
    index.apply(
        [said(f"w{number}", "rdfs:label", f"w{number} of many") for number in range(5000)], []
    )
    pipes = []
    for _ in range(3):
        ours, theirs = os.pipe()
        if os.fork() == 0:
            try:
                searched_in_a_fork(index, theirs)
            finally:
                os._exit(0)
        os.close(theirs)
        pipes.append(ours)
        index.apply([said("another", "rdfs:label", "Iran")], [])
    answers = []
    for pipe in pipes:
        with os.fdopen(pipe) as stream:
            answers.append(json.load(stream))
        os.wait()
    assert answers == [[3, 3, 5002, 1], [4, 3, 5002, 1], [4, 3, 5002, 1]]
    assert index.search("iran").total == 4
